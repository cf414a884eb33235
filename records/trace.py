"""Where the goods of a lot are and who has them, down and up through repackings: a few plain statements.

Lots are followed by a recursive query over the repack links; what stands is read from the balances; what went over the
border of our stores (`records.trace_crossings`) from one covering index on the moves. There is no closure table and no
rollup: both were measured and bring nothing.
A repacking that was reversed is none. Drills have lots of their own, and links never lead from one mode into another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sqlalchemy import TextClause, bindparam, text
from sqlmodel import Session

from records.base import COMPANY, connection_of

Direction = Literal["down", "up"]
LOTS_MAX = 5_000
"""A trace through more lots than this is refused: nobody could act on it."""


class TooManyLotsError(Exception):
    """The repackings lead to more lots than a trace follows."""


@dataclass(frozen=True)
class Link:
    """Units of `parent` that became units of `child`, by all repackings that still hold."""

    parent: int
    child: int
    qty_parent: int
    qty_child: int


@dataclass(frozen=True)
class TracedLot:
    """A lot and the product it is of."""

    id: int
    lot_no: str
    expiry: str
    mode: str
    product: str
    name: str
    name_en: str
    model: str
    specification: str
    unit: str


@dataclass(frozen=True)
class Standing:
    """Units of a lot in one real place and status."""

    lot_id: int
    location: str
    kind: str
    zone: str | None
    warehouse: str | None
    warehouse_name: str
    site: str | None
    status: str
    owner: str
    qty: int


# ------------------------------------------------------------------ lots

_ALIVE = """k.qty_child > 0 AND NOT EXISTS (SELECT 1 FROM stock_move d JOIN stock_move r ON r.reverses_move_id = d.id
 WHERE d.posting_id = k.posting_id AND d.lot_id IN (k.parent_lot_id, k.child_lot_id))"""
# CROSS JOIN: SQLite keeps the order in which the tables stand, so that it never begins with every link there is.
_CLOSURE = """WITH RECURSIVE cl(lot) AS (SELECT id FROM lot WHERE id IN :lots AND mode = :mode
 UNION SELECT k.{far} FROM cl JOIN lot_link k ON k.{near} = cl.lot JOIN lot l ON l.id = k.{far}
 WHERE l.mode = :mode AND {alive}) """
_LINKS = """SELECT k.parent_lot_id, k.child_lot_id, SUM(k.qty_parent), SUM(k.qty_child)
 FROM cl CROSS JOIN lot_link k JOIN lot l ON l.id = k.{far} WHERE k.{near} = cl.lot AND l.mode = :mode AND {alive}
 GROUP BY k.parent_lot_id, k.child_lot_id ORDER BY k.parent_lot_id, k.child_lot_id"""


def links(session: Session, lots: Sequence[int], direction: Direction, mode: str) -> list[Link]:
    """Every repacking that leads on from these lots: `down` to what was made of them, `up` to what they are made
    of."""
    rows = connection_of(session).execute(_links(direction), {"lots": list(lots), "mode": mode})
    found = [Link(row[0], row[1], int(row[2]), int(row[3])) for row in rows]
    if len(found) > LOTS_MAX:
        raise TooManyLotsError(len(found))
    return found


@cache
def _links(direction: Direction) -> TextClause:
    near, far = ("parent_lot_id", "child_lot_id") if direction == "down" else ("child_lot_id", "parent_lot_id")
    return _listed((_CLOSURE + _LINKS).format(near=near, far=far, alive=_ALIVE), "lots")


def _listed(sql: str, *names: str) -> TextClause:
    return text(sql).bindparams(*(bindparam(name, expanding=True) for name in names))


_LOTS = _listed(
    """SELECT l.id, l.lot_no, l.expiry, l.mode, p.code, p.name, p.name_en, p.model, p.specification, p.unit
 FROM lot l JOIN product p ON p.id = l.product_id WHERE l.id IN :lots AND l.company = :company""",
    "lots",
)


def lots(session: Session, ids: Collection[int], company: str = COMPANY) -> dict[int, TracedLot]:
    """Those of these lots that exist, by id."""
    rows = connection_of(session).execute(_LOTS, {"lots": sorted(ids), "company": company})
    return {row[0]: TracedLot(*row) for row in rows}


# ------------------------------------------------------------------ places

_SITES = text("SELECT DISTINCT site FROM warehouse WHERE company = :company")
_SEEN = _listed("SELECT m.lot_id FROM stock_move m WHERE m.lot_id = :lot AND m.site IN :sites LIMIT 1", "sites")


def sites(session: Session, company: str = COMPANY) -> set[str]:
    """The sites that have warehouses."""
    return {row[0] for row in connection_of(session).execute(_SITES, {"company": company})}


def was_at(session: Session, lot: int, among: Collection[str]) -> bool:
    """Whether a lot was ever moved by one of these sites."""
    return connection_of(session).execute(_SEEN, {"lot": lot, "sites": sorted(among)}).first() is not None


_STOCK = _listed(
    """SELECT b.lot_id, loc.code, loc.kind, loc.zone, w.code, COALESCE(w.name, ''), COALESCE(w.site, b.site), b.status,
 b.owner, b.qty FROM stock_balance b JOIN location loc ON loc.id = b.location_id
 LEFT JOIN warehouse w ON w.id = loc.warehouse_id
 WHERE b.lot_id IN :lots AND b.qty <> 0 AND NOT b.is_virtual ORDER BY b.lot_id, loc.code, b.status, b.owner""",
    "lots",
)


def standing(session: Session, ids: Collection[int]) -> list[Standing]:
    """What stands where of these lots."""
    rows = connection_of(session).execute(_STOCK, {"lots": sorted(ids)})
    return [Standing(*row) for row in rows]
