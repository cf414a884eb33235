"""Where the goods of a lot are and who has them, down and up through repackings: a few plain statements.

Lots are followed by a recursive query over the repack links; what stands is read from the balances; what went over the
border of our real places (suppliers, customers, destruction, adjustment, repacking) from one covering index on the
moves. There is no closure table and no rollup: both were measured and bring nothing.
A repacking that was reversed is none. Drills have lots of their own, and links never lead from one mode into another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import TextClause, bindparam, text
from sqlmodel import Session

from domain.stock import PlaceKind
from domain.tracing import Flow, Part, is_real, part_of
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


@dataclass(frozen=True)
class Party:
    """What a partner gave us and had from us; `partner` is `None` for moves on which no partner stands."""

    partner: int | None
    code: str
    name: str
    name_en: str
    contact: str
    received: int
    sent_back: int
    out: int
    returned: int
    in_transit: int
    lent: int
    first: str
    last: str
    lot_id: int | None = None

    @property
    def held(self) -> int:
        """The units that are with this partner or on the way there."""
        return self.out - self.returned + self.in_transit + self.lent

    @property
    def has_anything(self) -> bool:
        """Whether anything came or went, returned or not."""
        return any((self.received, self.sent_back, self.out, self.returned, self.in_transit, self.lent))


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


# ------------------------------------------------------------------ what went over the border


def _at(*kinds: str) -> str:
    """The places of these kinds, as the condition after a column; the engines look them up once a statement."""
    return "IN (SELECT id FROM location WHERE kind IN (" + ", ".join(f"'{kind}'" for kind in kinds) + "))"


_VIRTUAL = _at(*(kind for kind in PlaceKind if not is_real(kind)))
_FLOWS = _listed(
    f"""SELECT g.lot_id, COALESCE(f.kind, 'INTERNAL'), COALESCE(t.kind, 'INTERNAL'), g.undoes, g.qty
 FROM (SELECT m.lot_id, CASE WHEN m.from_location_id {_VIRTUAL} THEN m.from_location_id END AS source,
 CASE WHEN m.to_location_id {_VIRTUAL} THEN m.to_location_id END AS target,
 CASE WHEN m.reverses_move_id IS NULL THEN 0 ELSE 1 END AS undoes, SUM(m.qty) AS qty
 FROM stock_move m WHERE m.lot_id IN :lots AND (m.from_location_id {_VIRTUAL} OR m.to_location_id {_VIRTUAL})
 GROUP BY 1, 2, 3, 4) g LEFT JOIN location f ON f.id = g.source LEFT JOIN location t ON t.id = g.target""",
    "lots",
)


def flows(session: Session, ids: Collection[int]) -> list[Flow]:
    """The flows of these lots over the border of our real places, added up by the kinds of place they join."""
    rows = connection_of(session).execute(_FLOWS, {"lots": sorted(ids)})
    return [Flow(row[0], row[1], row[2], int(row[4]), bool(row[3])) for row in rows]


_SUPPLIER, _CUSTOMER, _ROAD = (_at(kind) for kind in (PlaceKind.SUPPLIER, PlaceKind.CUSTOMER, PlaceKind.TRANSIT))
_LENT = _at(*(kind for kind in PlaceKind if part_of(kind) is Part.ELSEWHERE))
"""Our goods in other people's hands: consigned, out as a kit, with a member of the staff."""


def _net(source: str, target: str, places: str) -> str:
    """The units that went to (or came from) some places, less those of which that was undone."""
    return (
        f"SUM(CASE WHEN m.{source} {places} AND m.reverses_move_id IS NULL THEN m.qty"
        f" WHEN m.{target} {places} AND m.reverses_move_id IS NOT NULL THEN -m.qty ELSE 0 END)"
    )


def _there(places: str) -> str:
    """The units that are in some places now."""
    return (
        f"SUM(CASE WHEN m.to_location_id {places} THEN m.qty ELSE 0 END)"
        f" - SUM(CASE WHEN m.from_location_id {places} THEN m.qty ELSE 0 END)"
    )


_FROM, _TO = "from_location_id", "to_location_id"
_SUMS = ", ".join(
    (
        _net(_FROM, _TO, _SUPPLIER) + " AS received",
        _net(_TO, _FROM, _SUPPLIER) + " AS sent_back",
        _net(_TO, _FROM, _CUSTOMER) + " AS went_out",
        _net(_FROM, _TO, _CUSTOMER) + " AS returned",
        _there(_ROAD) + " AS in_transit",
        _there(_LENT) + " AS lent",
    )
)
_CONCERNED = _at(
    *(kind for kind in PlaceKind if part_of(kind) in (Part.OUT, Part.SENT_BACK, Part.IN_TRANSIT, Part.ELSEWHERE))
)
_PARTIES = """SELECT g.partner_id, COALESCE(p.code, ''), COALESCE(p.name, ''), COALESCE(p.name_en, ''),
 COALESCE(p.contact, ''), g.received, g.sent_back, g.went_out, g.returned, g.in_transit, g.lent, g.first_at, g.last_at{lot}
 FROM (SELECT m.partner_id, {sums}, MIN(m.business_at) AS first_at, MAX(m.business_at) AS last_at{inner}
 FROM stock_move m WHERE m.lot_id IN :lots AND (m.from_location_id {concerned} OR m.to_location_id {concerned}){sites}
 GROUP BY m.partner_id{by}) g LEFT JOIN partner p ON p.id = g.partner_id"""


def parties(
    session: Session, ids: Collection[int], among: Collection[str] | None = None, *, by_lot: bool = False
) -> list[Party]:
    """Who gave and who had units of these lots, net of reversals; returns stand beside what went out.

    `among` bounds it to moves of some sites; `by_lot` tells each lot of a partner by itself.
    """
    values: dict[str, Any] = {"lots": sorted(ids)}
    if among is not None:
        values["sites"] = sorted(among) or [""]
    rows = connection_of(session).execute(_parties(by_lot, among is not None), values)
    found = (Party(row[0], *row[1:5], *map(int, row[5:11]), *row[11:]) for row in rows)
    return sorted((one for one in found if one.has_anything), key=lambda one: (-one.held, one.code, one.lot_id or 0))


@cache
def _parties(by_lot: bool, bounded: bool) -> TextClause:
    sql = _PARTIES.format(
        sums=_SUMS,
        concerned=_CONCERNED,
        lot=", g.lot_id" if by_lot else "",
        inner=", m.lot_id" if by_lot else "",
        by=", m.lot_id" if by_lot else "",
        sites=" AND m.site IN :sites" if bounded else "",
    )
    return _listed(sql, "lots", *(("sites",) if bounded else ()))
