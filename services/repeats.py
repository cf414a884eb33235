"""Repeats of requests that are no acts of a case: the same key and request get the same answer, also after a restart.

Acts of cases are repeated from the record itself (`services.acting`), for ever; these answers are kept for a day. The
database holds the hash of the caller's key and the answer encrypted with a key made from it, so that whoever reads the
database or a backup learns no one-time link.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

from cryptography.fernet import Fernet

from domain.clock import from_text, to_text
from domain.json_types import JsonObject
from records import repeats as rows
from services.acting import key_reused
from services.actor import Actor
from services.office import Office
from services.refusals import refuse

KEPT_HOURS = 24


async def answer_to(office: Office, actor: Actor, key: str, body_sha: str, about: JsonObject) -> bytes | None:
    """The first answer to this very request, or ``None``. Refuses a key that stands for another one, on record."""
    known = await office.db.reading(rows.find, _hashed("key", key).hex())
    if known is None or known.at < _oldest(office):
        return None
    if (known.caller, known.body_sha) != (actor.id, body_sha):
        await reused(office, actor, about)
    return _seal(key).decrypt(known.answer.encode())


async def is_known(office: Office, key: str) -> bool:
    """Whether a request with this key was answered within the last day."""
    known = await office.db.reading(rows.find, _hashed("key", key).hex())
    return known is not None and known.at >= _oldest(office)


async def reused(office: Office, actor: Actor, about: JsonObject) -> None:
    """Refuse a key that stands for another request."""
    await refuse(office, actor, key_reused(), about)


async def keep(office: Office, actor: Actor, key: str, body_sha: str, answer: bytes) -> None:
    """Keep a good answer for whoever repeats the request."""
    row = rows.RequestRepeat(
        key=_hashed("key", key).hex(),
        caller=actor.id,
        body_sha=body_sha,
        answer=_seal(key).encrypt(answer).decode(),
        at=office.now(),
    )
    await office.db.writing(rows.keep, row, _oldest(office))


def _oldest(office: Office) -> str:
    return to_text(from_text(office.now()) - timedelta(hours=KEPT_HOURS))


def _seal(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_hashed("answer", key)))


def _hashed(what: str, key: str) -> bytes:
    return hashlib.sha256(f"gspflow repeat {what}\n{key}".encode()).digest()
