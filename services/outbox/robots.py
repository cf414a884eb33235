"""Group robots of 企业微信 (WeCom), 钉钉 (DingTalk) and 飞书 (Feishu): what they are sent, how it is signed.

Sources: developer.work.weixin.qq.com/document/path/91770, open.dingtalk.com/document/robots/custom-robot-access and
…/customize-robot-security-settings, open.feishu.cn/document/client-docs/bot-v3/add-custom-bot.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote_plus

import orjson

from domain.errors import Text
from domain.json_types import Json, JsonObject
from services.outbox.channel import SendFault
from services.outbox.message import Message
from services.outbox.post import post, refused_with

WECOM_BYTES = 2048
"""The longest text a WeCom robot takes, in UTF-8 bytes."""
ROBOT_CHARACTERS = 4000
_SLOW_DOWN = frozenset({45009, 45033, 130101, 660026, 11232, 9499})
"""Codes of the three services that ask for fewer messages."""


def _now() -> datetime:
    return datetime.now(UTC)


# ------------------------------------------------------------------ WeCom


def wecom_body(message: Message, mobiles: Sequence[str]) -> JsonObject:
    """A text that mentions members by their mobile numbers."""
    mentioned: list[Json] = list(mobiles)
    text: JsonObject = {"content": _cut(_words(message), WECOM_BYTES), "mentioned_mobile_list": mentioned}
    return {"msgtype": "text", "text": text}


@dataclass(frozen=True)
class WeCom:
    """The sender; the key in the webhook's address is all that protects the group."""

    webhook: str = field(repr=False)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    name: str = "wecom"
    whose: Text = Text("企业微信", "WeCom")

    async def send(self, message: Message, addresses: Sequence[str]) -> None:
        """Post to the group. Raises `SendFault`."""
        answer = await post(self.webhook, orjson.dumps(wecom_body(message, addresses)), whose=self.whose, tls=self.tls)
        _require_zero(answer.json().get("errcode"), self.whose)


# ------------------------------------------------------------------ DingTalk


def dingtalk_address(webhook: str, secret: str, milliseconds: int) -> str:
    """The webhook with time and signature: HMAC-SHA256 of `<ms>\\n<secret>` under the secret, base64, in the query."""
    if not secret:
        return webhook
    seal = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    joint = "&" if "?" in webhook else "?"
    return f"{webhook}{joint}timestamp={milliseconds}&sign={quote_plus(base64.b64encode(seal).decode())}"


def dingtalk_body(message: Message, mobiles: Sequence[str]) -> JsonObject:
    """A text that mentions members by their mobile numbers."""
    at: list[Json] = list(mobiles)
    return {"msgtype": "text", "text": {"content": _words(message)[:ROBOT_CHARACTERS]}, "at": {"atMobiles": at}}


@dataclass(frozen=True)
class DingTalk:
    """The sender. `secret` begins with `SEC`; empty when the robot is protected otherwise."""

    webhook: str = field(repr=False)
    secret: str = field(default="", repr=False)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    clock: Callable[[], datetime] = _now
    name: str = "dingtalk"
    whose: Text = Text("钉钉", "DingTalk")

    async def send(self, message: Message, addresses: Sequence[str]) -> None:
        """Post to the group. Raises `SendFault`."""
        address = dingtalk_address(self.webhook, self.secret, int(self.clock().timestamp() * 1000))
        answer = await post(address, orjson.dumps(dingtalk_body(message, addresses)), whose=self.whose, tls=self.tls)
        _require_zero(answer.json().get("errcode"), self.whose)


# ------------------------------------------------------------------ Feishu


def feishu_sign(secret: str, seconds: int) -> str:
    """HMAC-SHA256 of nothing under the key `<s>\\n<secret>`, in base64."""
    return base64.b64encode(hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def feishu_body(message: Message, users: Sequence[str], secret: str, seconds: int) -> JsonObject:
    """A text that mentions members by their open ids; what looks like a tag of theirs in our words is none."""
    mentions = "".join(f'<at user_id="{user}"></at> ' for user in users)
    plain = _words(message).replace("<", "‹").replace(">", "›")
    body: JsonObject = {"msg_type": "text", "content": {"text": mentions + plain[:ROBOT_CHARACTERS]}}
    return {"timestamp": str(seconds), "sign": feishu_sign(secret, seconds), **body} if secret else body


@dataclass(frozen=True)
class Feishu:
    """The sender, for 飞书 and Lark alike."""

    webhook: str = field(repr=False)
    secret: str = field(default="", repr=False)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    clock: Callable[[], datetime] = _now
    name: str = "feishu"
    whose: Text = Text("飞书", "Feishu")

    async def send(self, message: Message, addresses: Sequence[str]) -> None:
        """Post to the group. Raises `SendFault`."""
        body = feishu_body(message, addresses, self.secret, int(self.clock().timestamp()))
        said = (await post(self.webhook, orjson.dumps(body), whose=self.whose, tls=self.tls)).json()
        _require_zero(said.get("code", said.get("StatusCode")), self.whose)


def _words(message: Message) -> str:
    return f"{message.subject}\n{message.text}".strip()


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def _require_zero(code: object, whose: Text) -> None:
    if code != 0:
        fault: SendFault = refused_with(code, whose, slow_down=code in _SLOW_DOWN)
        raise fault
