"""Answers to requests that are no acts of a case, kept for a day so that a repeat gets the first answer again.

The key is kept as its hash and the answer sealed with it (`services.repeats`): an answer may hold a one-time link.
"""

from __future__ import annotations

from sqlalchemy import Index, Text, delete
from sqlmodel import Field, Session, col

from records.base import Stored, Upsert, connection_of, table_of


class RequestRepeat(Stored, table=True):
    """A request that was answered well: whose it was, the hash of what was sent, the sealed answer."""

    __table_args__ = (Index("ix_request_repeat_at", "at"),)

    key: str = Field(primary_key=True)
    caller: str
    body_sha: str
    answer: str = Field(sa_type=Text)
    at: str


def find(session: Session, key: str) -> RequestRepeat | None:
    """The request with this (hashed) key."""
    return session.get(RequestRepeat, key)


def keep(session: Session, row: RequestRepeat, oldest: str) -> None:
    """Keep an answer, and forget all that are older than `oldest`."""
    connection = connection_of(session)
    connection.execute(delete(table_of(RequestRepeat)).where(col(RequestRepeat.at) < oldest))
    _REPEATS.run(connection, [row.model_dump()])


_REPEATS = Upsert(RequestRepeat, keep=True)
