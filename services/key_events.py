"""The installation's keys on record: registered at start, rotated with the signatures of the old and the new key.

A key that is not registered is a stranger's: the projection refuses cases that trust one.
"""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlmodel import Session

from domain.canonical import canonical_bytes
from domain.json_types import JsonObject
from records import keys as rows
from records.keys import KeyEvent
from services.keys import PURPOSES, SigningKey
from services.office import Office

CREATED, ROTATED = "created", "rotated"


async def register(office: Office) -> list[str]:
    """Record the public keys in use that are not on record yet; returns their ids. Done at every start."""
    return await office.db.writing(_register, office)


def _register(session: Session, office: Office) -> list[str]:
    known = {event.key_id for event in rows.events(session)}
    new: list[str] = []
    for purpose in PURPOSES:
        key: SigningKey = office.keys.act if purpose == "act" else office.keys.seal
        if key.key_id not in known:
            body = statement(purpose, CREATED, key, None, office.now())
            rows.add(session, event_of(purpose, CREATED, key, body, None))
            new.append(key.key_id)
    return new


async def rotate(office: Office, purpose: str, by: str) -> JsonObject:
    """A new key for ``act`` or ``seal``: ``{purpose, old, new}``. What the old one sealed stays valid.

    Running cases go on with the keys they were started with; only new ones trust the new key, so acts on running ones
    are sealed with the key that they know. Restart web and workers afterwards.
    """
    await register(office)
    old, new = office.keys.rotate(purpose)
    body = statement(purpose, ROTATED, new, old, office.now())
    event = event_of(purpose, ROTATED, new, body, old)
    await office.db.writing(rows.add, event, by)
    return {"purpose": purpose, "old": old.key_id, "new": new.key_id}


def statement(purpose: str, event: str, key: SigningKey, before: SigningKey | None, at: str) -> JsonObject:
    """What is signed about a key."""
    return {
        "v": 1,
        "purpose": purpose,
        "event": event,
        "key_id": key.key_id,
        "public_key": key.public,
        "before": before.key_id if before else None,
        "at": at,
    }


def event_of(purpose: str, event: str, key: SigningKey, body: JsonObject, before: SigningKey | None) -> KeyEvent:
    """The row of a key event, signed by the key and, at a rotation, by the one before."""
    return KeyEvent(
        at=str(body["at"]),
        purpose=purpose,
        event=event,
        key_id=key.key_id,
        public_key=key.public,
        body=body,
        signed_by_old=_signed(before.private, body) if before else None,
        signed_by_new=_signed(key.private, body),
    )


def _signed(key: Ed25519PrivateKey, body: JsonObject) -> str:
    return base64.b64encode(key.sign(canonical_bytes(body))).decode("ascii")


def event_fault(event: KeyEvent, known: dict[str, str]) -> str | None:
    """Why a key event does not hold (``fields``, ``new``, ``old``), or ``None``; ``known``: the keys before it."""
    body = event.body
    told = (body.get("purpose"), body.get("event"), body.get("key_id"), body.get("public_key"), body.get("at"))
    if told != (event.purpose, event.event, event.key_id, event.public_key, event.at):
        return "fields"
    if not _holds(event.public_key, event.signed_by_new, body):
        return "new"
    if event.event == ROTATED and not _holds(known.get(str(body.get("before")), ""), event.signed_by_old, body):
        return "old"
    return None


def _holds(public: str, signature: str | None, body: JsonObject) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
        key.verify(base64.b64decode(signature or ""), canonical_bytes(body))
    except (InvalidSignature, ValueError):
        return False
    return True
