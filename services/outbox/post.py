"""One POST of JSON to a webhook: no redirect, no proxy, one deadline, and faults without the address in them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson

from domain.errors import Text
from services.outbox.channel import SEND_SECONDS, SendFault

ANSWER_MOST = 64 * 1024
"""More of an answer is not read."""
SOCKET_SECONDS = 10.0
SLOW_DOWN = timedelta(minutes=1)
"""How long to wait after "too many" when the answer does not say."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, how long to wait as the header says, the first bytes of the body."""

    status: int
    retry_after: str
    content: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object of the body; an empty one when it is none."""
        try:
            found = orjson.loads(self.content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


async def post(
    url: str, body: bytes, *, whose: Text, tls: ssl.SSLContext, headers: Mapping[str, str] | None = None
) -> Answer:
    """The answer to a POST that was accepted (2xx). Raises `SendFault`; `whose` says in words who was asked."""
    sent = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "GSPFlow", **(headers or {})}
    try:
        async with asyncio.timeout(SEND_SECONDS):
            answer = await _post(url, body, sent, tls)
    except (TimeoutError, httpx.TimeoutException) as fault:
        raise SendFault(Text(f"{whose.zh}没有及时应答。", f"{whose.en} did not answer in time.")) from fault
    except httpx.HTTPError as fault:
        raise SendFault(Text(f"连不上{whose.zh}。", f"{whose.en} cannot be reached.")) from fault
    if not 200 <= answer.status < 300:
        raise _refused(answer, whose)
    return answer


async def _post(url: str, body: bytes, headers: Mapping[str, str], tls: ssl.SSLContext) -> Answer:
    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=SOCKET_SECONDS) as client:
        async with client.stream("POST", url, content=body, headers=headers, follow_redirects=False) as answer:
            content = b""
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > ANSWER_MOST:
                    break
            return Answer(answer.status_code, answer.headers.get("retry-after", ""), content)


def refused_with(code: object, whose: Text, *, slow_down: bool) -> SendFault:
    """The fault of an answer that came with 200 and a code that says no."""
    after = SLOW_DOWN if slow_down else None
    zh, en = f"{whose.zh}没有接受消息（{code}）。", f"{whose.en} did not accept the message ({code})."
    return SendFault(Text(zh, en), after=after)


def _refused(answer: Answer, whose: Text) -> SendFault:
    said = answer.retry_after
    after = timedelta(seconds=int(said)) if said.isdigit() and len(said) < 6 else None
    if answer.status == 429:
        after = after or SLOW_DOWN
    zh, en = f"{whose.zh}应答 {answer.status}。", f"{whose.en} answered {answer.status}."
    return SendFault(Text(zh, en), after=after)
