"""The queue of deliveries: what is due, who holds it while it is sent, how it ended, what people read.

A lease is taken in one transaction under row locks; a process that dies holding one loses it when it runs out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, update
from sqlmodel import Session, col, select

from records.base import Upsert, as_dict, connection_of, table_of
from records.case_tables import NoticeRead, Task
from records.outbox import Delivery, Dispatch, Outgoing

OPEN = ("waiting", "failed")
_deliveries, _outgoing = table_of(Delivery), table_of(Outgoing)
_ADD = Upsert(Delivery, keep=True)


# ------------------------------------------------------------------ making


def unspread(session: Session, limit: int) -> list[Outgoing]:
    """What nobody has worked out the deliveries of, the oldest first; other processes' are passed over."""
    waiting = select(Outgoing).where(col(Outgoing.spread_at).is_(None)).order_by(Outgoing.at, Outgoing.id).limit(limit)
    return list(session.exec(waiting.with_for_update(skip_locked=True)))


def spread_to_nobody(session: Session, at: str) -> None:
    """No channel is set up: nothing goes out, now or later."""
    waiting = update(_outgoing).where(_outgoing.c.spread_at.is_(None))
    connection_of(session).execute(waiting.values(spread_at=at))


def spread(session: Session, row: Outgoing, said: dict[str, Any] | None, made: Sequence[Delivery], at: str) -> None:
    """Write the deliveries of something to tell. The same delivery twice is one."""
    row.said, row.spread_at = said, at
    session.add(row)
    session.flush()
    _ADD.run(connection_of(session), [as_dict(one) for one in made])


# ------------------------------------------------------------------ sending


def _is_due(now: str) -> ColumnElement[bool]:
    return or_(
        and_(col(Delivery.state).in_(OPEN), col(Delivery.next_at) <= now),
        and_(col(Delivery.state) == "sending", col(Delivery.leased_until) <= now),
    )


def is_anything_due(session: Session, now: str) -> bool:
    """Whether there is something to spread or to send."""
    if session.exec(select(Delivery.id).where(_is_due(now)).limit(1)).first() is not None:
        return True
    return session.exec(select(Outgoing.id).where(col(Outgoing.spread_at).is_(None)).limit(1)).first() is not None


def due(session: Session, now: str, limit: int) -> list[Delivery]:
    """Deliveries to send now, urgent ones first, locked against other processes."""
    found = select(Delivery).where(_is_due(now))
    ordered = found.order_by(col(Delivery.urgent).desc(), Delivery.next_at, Delivery.id).limit(limit)
    return list(session.exec(ordered.with_for_update(skip_locked=True)))


def outgoing(session: Session, ids: Iterable[str]) -> dict[str, Outgoing]:
    """What has to be told, by id."""
    return {row.id: row for row in session.exec(select(Outgoing).where(col(Outgoing.id).in_(set(ids))))}


def tasks(session: Session, ids: Iterable[str]) -> dict[str, Task]:
    """Tasks by id."""
    return {row.id: row for row in session.exec(select(Task).where(col(Task.id).in_(set(ids))))}


def last_sent(session: Session, channel: str, account: str | None) -> str | None:
    """When the last message went out by a channel, to one person or (`None`) to anybody."""
    newest = select(func.max(Delivery.sent_at)).where(Delivery.channel == channel)
    return session.exec(newest if account is None else newest.where(Delivery.account == account)).one()


def held(session: Session, lease: str) -> list[Delivery]:
    """The deliveries that a lease still holds: fewer than were taken when it ran out and another took them."""
    return list(session.exec(select(Delivery).where(Delivery.lease == lease, Delivery.state == "sending")))


def note_attempt(session: Session, attempt: Dispatch) -> None:
    """Keep how one attempt ended."""
    session.add(attempt)


# ------------------------------------------------------------------ reading


def unread_urgent(session: Session, limit: int) -> list[Outgoing]:
    """Urgent word that somebody still has to read, the oldest first."""
    open_ = select(Outgoing).where(col(Outgoing.closed_at).is_(None), col(Outgoing.spread_at).is_not(None))
    return list(session.exec(open_.order_by(Outgoing.at, Outgoing.id).limit(limit)))


def readings(session: Session, ids: Iterable[str]) -> list[NoticeRead]:
    """Who read what, the first reading first."""
    found = select(NoticeRead).where(col(NoticeRead.notice_id).in_(set(ids)))
    return list(session.exec(found.order_by(NoticeRead.at)))


def close(session: Session, outgoing_id: str, at: str, why: str) -> bool:
    """Stop waiting for a reading; whether this process was the one that did."""
    open_ = update(_outgoing).where(_outgoing.c.id == outgoing_id, _outgoing.c.closed_at.is_(None))
    return connection_of(session).execute(open_.values(closed_at=at, closed_why=why)).rowcount == 1


def seconds(session: Session, first: str) -> list[Outgoing]:
    """What was told to second people because something was not read or not delivered."""
    return list(session.exec(select(Outgoing).where(Outgoing.first == first)))


# ------------------------------------------------------------------ looking


@dataclass(frozen=True)
class DeliveryQuery:
    """Filters of the list; `after` is the cursor `(created_at, id)` of the last one shown."""

    state: str | None = None
    channel: str | None = None
    account: str | None = None
    case_id: str | None = None
    outgoing: tuple[str, ...] | None = None
    sites: tuple[str, ...] | None = None
    after: tuple[str, str] | None = None
    limit: int = 50


def listing(session: Session, query: DeliveryQuery) -> list[tuple[Delivery, Outgoing]]:
    """Deliveries with what they tell, the newest first; one more than `limit` when there are more."""
    found = select(Delivery, Outgoing).join(Outgoing, col(Outgoing.id) == col(Delivery.outgoing_id))
    found = found.where(*_conditions(query))
    newest = found.order_by(col(Delivery.created_at).desc(), col(Delivery.id).desc()).limit(query.limit + 1)
    return list(session.exec(newest))


def _conditions(query: DeliveryQuery) -> list[ColumnElement[bool]]:
    equal = {
        col(Delivery.state): query.state, col(Delivery.channel): query.channel, col(Delivery.account): query.account,
        col(Outgoing.case_id): query.case_id,
    }  # fmt: skip
    wanted: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if query.outgoing is not None:
        wanted.append(col(Delivery.outgoing_id).in_(query.outgoing))
    if query.sites is not None:
        wanted.append(col(Delivery.site).in_(query.sites))
    if query.after is not None:
        at, key = query.after
        same = and_(col(Delivery.created_at) == at, col(Delivery.id) < key)
        wanted.append(or_(col(Delivery.created_at) < at, same))
    return wanted


def counts(session: Session) -> dict[str, int]:
    """State → how many deliveries are in it."""
    return dict(session.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all())


def given_up(session: Session) -> int:
    """How many deliveries nobody tries any more."""
    return session.exec(select(func.count()).where(Delivery.state == "given_up")).one()


def delivery(session: Session, delivery_id: str) -> Delivery | None:
    """One delivery."""
    return session.get(Delivery, delivery_id)


def attempts(session: Session, bundle: str) -> list[Dispatch]:
    """Every attempt at a message, in order."""
    return list(session.exec(select(Dispatch).where(Dispatch.bundle == bundle).order_by(Dispatch.id)))
