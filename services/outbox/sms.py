"""Text messages through any gateway that takes a POST of JSON: a template says where number, text and key go."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from domain.errors import Text
from domain.json_types import Json
from services.outbox.message import Message, short
from services.outbox.post import post

SMS_CHARACTERS = 200
_SLOT = re.compile(r"\{(to|text|key)\}")


def filled(template: str, to: str, text: str, key: str) -> bytes:
    """The body: `{to}`, `{text}` and `{key}` in the strings of a JSON template. Raises `ValueError` for no JSON.

    Values are put into parsed strings, so nothing in a text can change the shape of the request.
    """
    return orjson.dumps(_fill(orjson.loads(template), {"to": to, "text": text, "key": key}))


def _fill(value: Json, values: dict[str, str]) -> Json:
    if isinstance(value, str):
        return _SLOT.sub(lambda found: values[found[1]], value)
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    return {name: _fill(item, values) for name, item in value.items()} if isinstance(value, dict) else value


@dataclass(frozen=True)
class Sms:
    """The sender. `token` goes out as a bearer token; the key is also the `Idempotency-Key`."""

    url: str = field(repr=False)
    template: str
    token: str = field(default="", repr=False)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    name: str = "sms"
    whose: Text = Text("短信网关", "The SMS gateway")

    async def send(self, message: Message, addresses: Sequence[str]) -> None:
        """Ask the gateway to send. Raises `SendFault`."""
        headers = {"Idempotency-Key": message.key}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = filled(self.template, addresses[0], short(message)[:SMS_CHARACTERS], message.key)
        await post(self.url, body, whose=self.whose, tls=self.tls, headers=headers)
