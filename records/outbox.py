"""The outbox: what has to be told to people outside the screen, and every delivery of it.

`put` writes one row in the transaction of what it tells; who gets it by which channel is worked out afterwards, so
that a case never waits for addresses. A delivery is one notice to one person by one channel.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Index
from sqlmodel import Field, Session

from domain.notices import KINDS
from records.base import COMPANY, JsonText, Stored, connection_of
from records.case_tables import Placed
from records.ready import Ready

STATES = ("waiting", "sending", "sent", "failed", "given_up", "needless")
"""`failed` is tried again at `next_at`, `given_up` is not; `needless`: the task was done before word went out."""


class Outgoing(Placed, table=True):
    """Something to tell: to the holders of `roles` at the site, or to `account`.

    `title` is shown in the house, `said` goes out (`None`: only the words of the kind). `bell`: the screen shows it to
    `account`. `first`: the row whose people did not read it, so that a second person gets this one in place of
    `instead_of`. `spread_at`: its deliveries were made. `closed_at`, `closed_why`: nobody waits for its reading any more.
    """

    __table_args__ = (
        Index("ix_outgoing_spread", "spread_at", "at"),
        Index("ix_outgoing_closed", "closed_at", "at"),
        Index("ix_outgoing_account", "account", "bell", "at"),
        Index("ix_outgoing_case", "case_id"),
        Index("ix_outgoing_first", "first"),
    )

    id: str = Field(primary_key=True)
    kind: str
    at: str
    title: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    said: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    case_id: str = ""
    path: str = ""
    step: str | None = None
    task_id: str | None = None
    business_key: str | None = None
    link: str = "/"
    due: str | None = None
    roles: list[Any] = Field(default_factory=list, sa_type=JsonText)
    account: str | None = None
    bell: bool = False
    urgent: bool = False
    first: str | None = None
    instead_of: str | None = None
    caused_by: str | None = None
    spread_at: str | None = None
    closed_at: str | None = None
    closed_why: str | None = None


class Delivery(Placed, table=True):
    """One notice to one person by one channel. `bundle` is the message it goes out with, and the key of that message.

    `lease` is held by the process that sends it now, until `leased_until`; then another may send it again.
    """

    __table_args__ = (
        Index("ix_delivery_next", "state", "next_at"),
        Index("ix_delivery_outgoing", "outgoing_id"),
        Index("ix_delivery_account", "account", "channel", "sent_at"),
        Index("ix_delivery_channel", "channel", "sent_at"),
        Index("ix_delivery_created", "created_at", "id"),
        Index("ix_delivery_bundle", "bundle"),
    )

    id: str = Field(primary_key=True)
    outgoing_id: str
    account: str
    channel: str
    address: str
    urgent: bool = False
    legal: bool = False
    state: str = "waiting"
    attempts: int = 0
    created_at: str
    next_at: str
    last_error: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    sent_at: str | None = None
    bundle: str | None = None
    lease: str | None = None
    leased_until: str | None = None


class Dispatch(Stored, table=True):
    """One attempt to send one message, as it ended. Append-only."""

    __table_args__ = (Index("ix_dispatch_bundle", "bundle"),)

    id: str = Field(primary_key=True)
    company: str = COMPANY
    bundle: str
    channel: str
    addresses: list[Any] = Field(default_factory=list, sa_type=JsonText)
    deliveries: int
    attempt: int
    at: str
    ok: bool
    error: dict[str, Any] | None = Field(default=None, sa_type=JsonText)


@dataclass(frozen=True)
class Told:
    """What `put` is given. `key` names it for ever: the same key twice is told once.

    `title` is for the screen and may hold names; `said` leaves the house, so it must not: no form data, no lot numbers,
    no personal data. Either `account` (one person, also on the bell) or `roles` at `site`. `link` is a path of ours.
    """

    key: str
    kind: str
    at: str
    site: str
    title: dict[str, str]
    said: dict[str, str] | None = None
    account: str | None = None
    roles: tuple[str, ...] = ()
    case_id: str = ""
    path: str = ""
    step: str | None = None
    task_id: str | None = None
    business_key: str | None = None
    link: str = "/"
    due: str | None = None
    urgent: bool = False
    bell: bool | None = None
    first: str | None = None
    instead_of: str | None = None
    caused_by: str | None = None
    mode: str = "live"
    company: str = field(default=COMPANY)


def put(session: Session, *told: Told) -> None:
    """Write what has to be told, in the session's transaction. A key that is there already is left as it is."""
    rows = [row_of(one) for one in told]
    _PUT.run(connection_of(session), *rows)


def put_rows(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """`put` for the projection, which has whole rows of `outgoing` at hand."""
    _PUT.run(connection, *rows)


def row_of(told: Told) -> dict[str, Any]:
    """The row of something to tell. Raises `KeyError` for a kind that does not exist."""
    urgent = told.urgent or KINDS[told.kind].urgent
    waits_for_reading = urgent and told.first is None and told.mode == "live"
    return {
        "id": told.key, "kind": told.kind, "at": told.at, "site": told.site, "mode": told.mode, "company": told.company,
        "title": told.title, "said": told.said, "case_id": told.case_id, "path": told.path, "step": told.step,
        "task_id": told.task_id, "business_key": told.business_key, "link": told.link, "due": told.due,
        "roles": list(told.roles), "account": told.account, "urgent": urgent, "first": told.first,
        "bell": told.account is not None and told.task_id is None if told.bell is None else told.bell,
        "instead_of": told.instead_of, "caused_by": told.caused_by, "spread_at": None,
        "closed_at": None if waits_for_reading else told.at, "closed_why": None,
    }  # fmt: skip


_PUT = Ready.upsert(Outgoing, keep=True)
