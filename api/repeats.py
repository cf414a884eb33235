"""Repeated requests of calls that are no acts of a case: saving a draft, signing a version, making an account, a file.

Acts of cases are repeated from the record itself (`services.acting`), for ever. These answers are in the database for a
day (`services.repeats`); a repeat that comes while the first one still works waits for it here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from domain.json_types import JsonObject
from services import repeats
from services.actor import Actor
from services.office import Office

log = logging.getLogger("gspflow.api")


@dataclass
class Asked:
    """One request under a key; `done` is set when it was answered, well or not."""

    office: Office
    actor: Actor
    key: str
    sha: str
    about: JsonObject
    done: asyncio.Event = field(default_factory=asyncio.Event)


_working: dict[str, Asked] = {}


class Repeated(Exception):  # noqa: N818 - an answer, not an error
    """The request was answered before; here is that answer."""

    def __init__(self, response: Response) -> None:
        super().__init__("repeated")
        self.response = response


async def begin(request: Request, office: Office, actor: Actor, key: str) -> None:
    """Remember a request under its key. Raises `Repeated` for the same one; another one is refused with 422."""
    sha = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + await request.body()).hexdigest()
    request.state.repeat = await claim(office, actor, key, sha, f"{request.method} {request.url.path}")


async def claim(office: Office, actor: Actor, key: str, sha: str, subject: str) -> Asked:
    """The key is this request's until `settle`; raises as `begin` does."""
    about: JsonObject = {"action": "request", "subject": subject}
    while (other := _working.get(key)) is not None:
        if (other.actor.id, other.sha) != (actor.id, sha):
            await repeats.reused(office, actor, about)
        await other.done.wait()
    mine = _working[key] = Asked(office, actor, key, sha, about)
    try:
        known = await repeats.answer_to(office, actor, key, sha, about)
    except BaseException:
        await settle(mine, None)
        raise
    if known is not None:
        await settle(mine, None)
        raise Repeated(_response(known))
    return mine


async def settle(asked: Asked, answer: Response | None) -> None:
    """The request was answered: a good answer (else `None`) is kept for whoever repeats it."""
    try:
        if answer is not None:
            await repeats.keep(asked.office, asked.actor, asked.key, asked.sha, _text(answer))
    except Exception:  # what was asked is done, and the caller has to hear so
        log.exception("the answer to %s is not kept: a repeat would be done again", asked.about["subject"])
    finally:
        _working.pop(asked.key, None)
        asked.done.set()


async def keeping(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """The answer of `handle`, kept for whoever repeats the request if it is a good one."""
    good: Response | None = None
    try:
        response = await handle(request)
        good = response if response.status_code < 300 else None
        return response
    finally:
        asked: Asked | None = getattr(request.state, "repeat", None)
        if asked is not None:
            await settle(asked, good)


def _text(answer: Response) -> bytes:
    headers = [[name, value] for name, value in answer.headers.items() if name != "content-length"]
    body: Any = bytes(answer.body).decode("utf-8")
    return json.dumps({"status": answer.status_code, "headers": headers, "body": body}).encode()


def _response(known: bytes) -> Response:
    told = json.loads(known)
    return Response(told["body"].encode(), told["status"], dict(told["headers"]))


async def _again(_request: Request, fault: Exception) -> Response:
    assert isinstance(fault, Repeated)
    return fault.response


def install(app: FastAPI) -> None:
    """A repeated request is answered as the first time."""
    app.add_exception_handler(Repeated, _again)
