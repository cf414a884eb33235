"""The public keys of the installation and what became of them. Private keys are never in the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy import select as sql_select
from sqlmodel import Field, Session, col, select

from records import witness
from records.base import COMPANY, BigKey, JsonText, Stored, connection_of, table_of


class KeyEvent(Stored, table=True):
    """A key made, rotated or revoked; a rotation is signed by the old and the new key. Append-only."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    at: str
    purpose: str
    event: str
    key_id: str
    public_key: str
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    signed_by_old: str | None = None
    signed_by_new: str | None = None


def add(session: Session, event: KeyEvent, actor: str = "system") -> None:
    """Record a key event, witnessed by the admin stream."""
    session.add(event)
    session.flush()
    witness.testify(session, event, actor=actor, action=f"key_{event.event}", subject=event.key_id, at=event.at)


def events(session: Session, purpose: str | None = None) -> list[KeyEvent]:
    """Every key event, the oldest first; `purpose` is `act` or `seal`."""
    query = select(KeyEvent) if purpose is None else select(KeyEvent).where(KeyEvent.purpose == purpose)
    return list(session.exec(query.order_by(col(KeyEvent.id))))


def public_keys(session: Session | Connection, purpose: str) -> dict[str, str]:
    """Key id → base64 of the public key, also of keys no longer in use: what they sealed stays valid."""
    table = table_of(KeyEvent)
    query = sql_select(table.c.key_id, table.c.public_key).where(table.c.purpose == purpose).order_by(table.c.id)
    return {row.key_id: row.public_key for row in connection_of(session).execute(query)}
