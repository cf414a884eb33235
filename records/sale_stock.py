"""What of the stock may be sold, and which goods an order gets: those that expire first (近效期先出, FEFO)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from domain.sale_rules import Offer
from domain.stock import IN_HOUSE, PlaceKind, Status, Zone
from records.base import COMPANY
from records.hold_rows import marks
from records.products import Product
from records.reservations import OPEN
from records.stock import Reservation
from records.stock_standing import Standing, Wanted, lots_named, standing

STOPPED = frozenset({Status.HOLD, Status.RECALLED, Status.REJECTED})
SALE_ZONES = frozenset({Zone.QUALIFIED.value, Zone.DISPATCH.value})


@dataclass(frozen=True)
class Where:
    """Whose stock: the site, live or drill, and the moment and day on which it is asked."""

    site: str
    at: str
    day: date
    mode: str = "live"
    company: str = COMPANY


@dataclass(frozen=True)
class Wish:
    """`quantity` base units of a product, of one lot where `lot_no` is given."""

    line_no: str
    product: Product
    quantity: int
    lot_no: str = ""


@dataclass(frozen=True)
class Share:
    """`qty` units of one balance for a wish."""

    wish: Wish
    here: Standing
    qty: int


@dataclass
class _Pool:
    """The balances of a product, with what of each is still free in this plan."""

    rows: list[tuple[Standing, str]]
    free: dict[int, int]
    promised: dict[int, int]


def plan(
    session: Session, wishes: Sequence[Wish], where: Where, *, lock: bool = False
) -> tuple[list[Offer], list[Share]]:
    """What stands against each wish, and the shares that each would get; `lock` holds the balances still.

    Wishes for a lot are served before those for any lot, so that nobody takes what another line needs.
    """
    pools: dict[int, _Pool] = {}
    told: dict[str, Offer] = {}
    shares: list[Share] = []
    for wish in sorted(wishes, key=lambda one: one.lot_no == ""):
        assert wish.product.id is not None
        pool = pools.get(wish.product.id) or _pool(session, wish.product, where, lock=lock)
        pools[wish.product.id] = pool
        told[wish.line_no] = _offer(wish, pool)
        shares += _taken(wish, pool)
    return [told[wish.line_no] for wish in wishes], shares


def _pool(session: Session, product: Product, where: Where, *, lock: bool) -> _Pool:
    assert product.id is not None
    lot_ids = lots_named(session, product.id, "", "", "", where.mode)
    wanted = Wanted(where.site, where.mode, where.company, lot_ids)
    rows = [
        one for one in standing(session, wanted, lock=lock) if one.location.kind in {kind.value for kind in IN_HOUSE}
    ]
    held = {hold.lot_id for hold in marks(session, lot_ids, where.site, where.mode)}
    late = _late(session, lot_ids, where)
    sorted_rows = sorted(rows, key=lambda one: (one.lot.expiry or "9999", one.lot.lot_no, one.location.code))
    named = [(one, why_not(one, held, where.day)) for one in sorted_rows]
    promised = {id(one): max(one.balance.reserved - late.get(_key(one), 0), 0) for one, _ in named}
    free = {id(one): one.balance.qty - promised[id(one)] for one, _ in named}
    return _Pool(named, free, promised)


def why_not(here: Standing, held: set[int], day: date) -> str:
    """Why a balance may not be sold: `pending`, `stopped`, `expired`, `short`, `elsewhere`; empty where it may."""
    status, ends = Status(here.balance.status), here.lot.expiry
    if status in (Status.PENDING, Status.RETURN_PENDING):
        return "pending"
    if status in STOPPED or here.lot.id in held:
        return "stopped"
    if ends and ends < day.isoformat():
        return "expired"
    if ends and here.product.sale_min_days and (date.fromisoformat(ends) - day).days < here.product.sale_min_days:
        return "short"
    own = here.balance.owner == "" and (here.location.zone in SALE_ZONES or here.location.kind == PlaceKind.DOCK.value)
    return "" if own else "elsewhere"


def _late(session: Session, lot_ids: set[int], where: Where) -> dict[tuple[int, int, str, str], int]:
    """Promises whose time is over but that nobody has freed yet."""
    late = select(Reservation).where(
        col(Reservation.lot_id).in_(sorted(lot_ids)), Reservation.state == OPEN, Reservation.expires_at <= where.at
    )
    left: dict[tuple[int, int, str, str], int] = {}
    for row in session.exec(late):
        key = (row.lot_id, row.location_id, row.status, row.owner)
        left[key] = left.get(key, 0) + row.qty - row.consumed
    return left


def _key(here: Standing) -> tuple[int, int, str, str]:
    row = here.balance
    return (row.lot_id, row.location_id, row.status, row.owner)


def _offer(wish: Wish, pool: _Pool) -> Offer:
    counts = dict.fromkeys(("free", "promised", "pending", "stopped", "expired", "short"), 0)
    for here, why in pool.rows:
        if wish.lot_no and here.lot.lot_no != wish.lot_no:
            continue
        if not why:
            counts["free"] += pool.free[id(here)]
            counts["promised"] += pool.promised[id(here)]
        elif why in counts:
            counts[why] += here.balance.qty
    return Offer(wish.line_no, wish.product.code, wish.product.name, wish.quantity, lot_no=wish.lot_no, **counts)


def _taken(wish: Wish, pool: _Pool) -> list[Share]:
    left, shares = wish.quantity, list[Share]()
    for here, why in pool.rows:
        if why or (wish.lot_no and here.lot.lot_no != wish.lot_no):
            continue
        qty = min(left, pool.free[id(here)])
        if qty > 0:
            shares.append(Share(wish, here, qty))
            pool.free[id(here)] -= qty
            left -= qty
    return shares
