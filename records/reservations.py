"""Goods promised to a task until a time: guarded like the balance itself, used up by the issue, freed when late.

The row of a balance is locked before any of its reservations is touched, so what is reserved never exceeds what
stands there (I14). Stopping goods never waits for a promise: a hold breaks it, and whoever issues is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col
from sqlmodel import select as pick

from domain.stock import BalanceKey, Move, Status, StockLawError, not_enough
from records.base import COMPANY, connection_of, table_of
from records.hold_rows import check_promise
from records.stock import Location, Reservation, StockBalance

OPEN, CONSUMED, RELEASED, EXPIRED, BROKEN = "open", "consumed", "released", "expired", "broken"


@dataclass(frozen=True)
class Wanted:
    """What a task asks for: `qty` units of one balance until `expires_at`."""

    effect_key: str
    task_id: str
    key: BalanceKey
    qty: int
    expires_at: str
    site: str
    mode: str = "live"
    company: str = COMPANY


def reserve(session: Session, wanted: Wanted, at: str) -> Reservation:
    """Promise the units, or answer with the promise made before under this key; raises `StockLawError`."""
    known = by_key(session, wanted.effect_key)
    if known is not None:
        return _same(known, wanted)
    if wanted.qty <= 0 or wanted.expires_at <= at:
        raise StockLawError(
            "bad_reservation",
            "预留数量须大于零，期限须在将来。",
            "A reservation needs a quantity above zero and a time that is still to come.",
        )
    check_promise(session, wanted.key[0], wanted.site, wanted.mode)
    _lock(session, wanted.key)
    free_expired(session, at, wanted.key)
    balance = table_of(StockBalance)
    guarded = update(balance).where(
        is_key(wanted.key), balance.c.is_virtual.is_(False), balance.c.qty - balance.c.reserved >= wanted.qty
    )
    if connection_of(session).execute(guarded.values(reserved=balance.c.reserved + wanted.qty)).rowcount != 1:
        raise _too_few(session, wanted)
    row = Reservation(
        company=wanted.company,
        site=wanted.site,
        mode=wanted.mode,
        effect_key=wanted.effect_key,
        task_id=wanted.task_id,
        lot_id=wanted.key[0],
        location_id=wanted.key[1],
        status=wanted.key[2],
        owner=wanted.key[3],
        qty=wanted.qty,
        expires_at=wanted.expires_at,
        made_at=at,
    )
    session.add(row)
    session.flush()
    return row


def by_key(session: Session, effect_key: str) -> Reservation | None:
    """The reservation made under this key."""
    return session.exec(pick(Reservation).where(Reservation.effect_key == effect_key)).first()


def release(session: Session, effect_key: str, at: str, state: str = RELEASED) -> int:
    """Give back what is still promised; answers how many units. Again, or for a key that never was: none."""
    row = by_key(session, effect_key)
    if row is None:
        return 0
    _lock(session, key_of(row))
    session.refresh(row)
    return _close(session, row, at, state)


def free_expired(session: Session, at: str, key: BalanceKey | None = None) -> int:
    """Give back every promise whose time has come, of one balance or of all; answers how many units."""
    query = pick(Reservation).where(Reservation.state == OPEN, Reservation.expires_at <= at)
    if key is not None:
        query = query.where(*_columns_are(key))
    late = session.exec(query.order_by(*_ORDER)).all()
    return sum(release(session, row.effect_key, at, EXPIRED) for row in late)


def consume(session: Session, effect_keys: Iterable[str], moves: Sequence[Move], at: str) -> None:
    """Let the moves use what was promised to them, before they are taken from the balances.

    A promise that is gone by then helps nothing: the move needs free goods like any other.
    """
    taken: dict[BalanceKey, int] = {}
    for move in moves:
        taken[move.out_key] = taken.get(move.out_key, 0) + move.qty
    rows = [row for key in set(effect_keys) if (row := by_key(session, key)) is not None]
    for row in sorted(rows, key=lambda row: (key_of(row), row.id or 0)):
        _lock(session, key_of(row))
        session.refresh(row)
        used = min(left_of(row), taken.get(key_of(row), 0)) if row.state == OPEN and row.expires_at > at else 0
        if not used:
            continue
        taken[key_of(row)] -= used
        row.consumed += used
        _unreserve(session, key_of(row), used)
        if not left_of(row):
            row.state, row.closed_at = CONSUMED, at
        session.add(row)
    session.flush()


def make_room(session: Session, key: BalanceKey, at: str, *, stopping: bool) -> None:
    """Free what is late on a balance; where goods are stopped, break every promise on it."""
    _lock(session, key)
    free_expired(session, at, key)
    if stopping:
        promised = session.exec(
            pick(Reservation).where(Reservation.state == OPEN, *_columns_are(key)).order_by(*_ORDER)
        )
        for row in list(promised):
            release(session, row.effect_key, at, BROKEN)


def left_of(row: Reservation) -> int:
    """What is still promised."""
    return row.qty - row.consumed


def key_of(row: Reservation) -> BalanceKey:
    """The balance that the reservation is on."""
    return (row.lot_id, row.location_id, row.status, row.owner)


def is_key(key: BalanceKey) -> Any:
    """The condition that names one balance."""
    columns = table_of(StockBalance).c
    lot, location, status, owner = key
    return (
        (columns.lot_id == lot)
        & (columns.location_id == location)
        & (columns.status == status)
        & (columns.owner == owner)
    )


_ORDER = (
    col(Reservation.lot_id),
    col(Reservation.location_id),
    col(Reservation.status),
    col(Reservation.owner),
    col(Reservation.id),
)


def _columns_are(key: BalanceKey) -> tuple[Any, ...]:
    lot, location, status, owner = key
    return (
        Reservation.lot_id == lot,
        Reservation.location_id == location,
        Reservation.status == status,
        Reservation.owner == owner,
    )


def _lock(session: Session, key: BalanceKey) -> None:
    balance = table_of(StockBalance)
    connection_of(session).execute(select(balance.c.lot_id).where(is_key(key)).with_for_update())


def _close(session: Session, row: Reservation, at: str, state: str) -> int:
    if row.state != OPEN:
        return 0
    left = left_of(row)
    row.state, row.closed_at = state, at
    session.add(row)
    session.flush()
    _unreserve(session, key_of(row), left)
    return left


def _unreserve(session: Session, key: BalanceKey, qty: int) -> None:
    balance = table_of(StockBalance)
    change = update(balance).where(is_key(key)).values(reserved=balance.c.reserved - qty)
    connection_of(session).execute(change)


def _same(known: Reservation, wanted: Wanted) -> Reservation:
    if (known.task_id, key_of(known), known.qty) != (wanted.task_id, wanted.key, wanted.qty):
        raise StockLawError(
            "effect_key_reused",
            f"操作键 {wanted.effect_key} 已用于另一预留，未做任何变更。",
            f"The effect key {wanted.effect_key} was used for another reservation; nothing was changed.",
        )
    return known


def _too_few(session: Session, wanted: Wanted) -> StockLawError:
    balance, place = table_of(StockBalance), session.get(Location, wanted.key[1])
    query = select(balance.c.qty - balance.c.reserved).where(is_key(wanted.key), balance.c.is_virtual.is_(False))
    free = connection_of(session).execute(query).scalar()
    return not_enough(place.code if place else "?", Status(wanted.key[2]), int(free or 0), wanted.qty)
