"""Where a person is reached outside the house, and what the person wants to be told.

An address counts once a code that was sent there came back. Contacts and settings are watched by the admin stream:
whoever turns an alarm away behind our back is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete
from sqlmodel import Field, Session, col, select

from records.base import COMPANY, JsonText, Stored, connection_of, table_of


class Contact(Stored, table=True):
    """A verified address of a person in a channel: e-mail address, mobile number, or user id."""

    account: str = Field(primary_key=True, foreign_key="account.username")
    channel: str = Field(primary_key=True)
    company: str = COMPANY
    address: str
    verified_at: str


class ContactCode(Stored, table=True):
    """A code on its way to an address that is not verified yet. Only its hash is kept."""

    account: str = Field(primary_key=True, foreign_key="account.username")
    channel: str = Field(primary_key=True)
    company: str = COMPANY
    address: str
    code_hash: str
    sent_at: str
    expires_at: str
    tries: int = 0
    sent_today: int = 1


class NoticeSetting(Stored, table=True):
    """What a person chose: `kinds` (kind → channels), `quiet` (`{from, to}` or nothing), `digest` (off, hourly, daily)."""

    account: str = Field(primary_key=True, foreign_key="account.username")
    company: str = COMPANY
    kinds: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    quiet: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    digest: str = "off"
    changed_at: str


def contacts(session: Session, accounts: Sequence[str]) -> list[Contact]:
    """The verified addresses of some people."""
    mine = select(Contact).where(col(Contact.account).in_(accounts))
    return list(session.exec(mine.order_by(Contact.account, Contact.channel)))


def settings(session: Session, accounts: Sequence[str]) -> dict[str, NoticeSetting]:
    """What some people chose, by username; who chose nothing is not in it."""
    found = session.exec(select(NoticeSetting).where(col(NoticeSetting.account).in_(accounts)))
    return {row.account: row for row in found}


def code(session: Session, account: str, channel: str) -> ContactCode | None:
    """The code that is on its way."""
    return session.get(ContactCode, (account, channel))


def codes(session: Session, account: str) -> list[ContactCode]:
    """Every code of a person that is on its way."""
    return list(session.exec(select(ContactCode).where(ContactCode.account == account)))


def keep(session: Session, row: Contact | ContactCode | NoticeSetting) -> None:
    """Write a row in place of the one with the same key."""
    session.merge(row)
    session.flush()


def forget(session: Session, model: type[Contact] | type[ContactCode], account: str, channel: str) -> bool:
    """Remove an address or a code; whether there was one."""
    table = table_of(model)
    gone = delete(table).where(table.c.account == account, table.c.channel == channel)
    return connection_of(session).execute(gone).rowcount == 1
