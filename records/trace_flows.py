"""The way of the goods for a picture: units that went from one store, road or party to another, added up.

Moves inside a store are left out. Lots that are not drawn by themselves are told together, under lot 0.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlmodel import Session

from records.base import connection_of

STORES = ("INTERNAL", "DOCK")


@dataclass(frozen=True)
class Way:
    """Units of a lot on their way from one end to another; what was undone is taken off.

    An end is a warehouse (its id), or another place (minus its id).
    """

    lot_id: int
    source: int
    target: int
    partner: int | None
    qty: int


@dataclass(frozen=True)
class End:
    """What an end of a way is: `STORE` for a warehouse, else the kind of the place."""

    key: int
    kind: str
    code: str
    name: str
    name_en: str
    site: str | None


_WAYS = text(
    """SELECT g.lot, g.source, g.target, g.partner_id, g.undoes, SUM(g.qty) FROM (
 SELECT CASE WHEN m.lot_id IN :drawn THEN m.lot_id ELSE 0 END AS lot,
 CASE WHEN f.kind IN ('INTERNAL', 'DOCK') THEN f.warehouse_id ELSE -f.id END AS source,
 CASE WHEN t.kind IN ('INTERNAL', 'DOCK') THEN t.warehouse_id ELSE -t.id END AS target,
 m.partner_id, CASE WHEN m.reverses_move_id IS NULL THEN 0 ELSE 1 END AS undoes, m.qty
 FROM stock_move m JOIN location f ON f.id = m.from_location_id JOIN location t ON t.id = m.to_location_id
 WHERE m.lot_id IN :lots AND m.from_location_id <> m.to_location_id) g
 WHERE g.source <> g.target GROUP BY 1, 2, 3, 4, 5"""
).bindparams(bindparam("drawn", expanding=True), bindparam("lots", expanding=True))
_WAREHOUSES = text("SELECT id, 'STORE', code, name, name_en, site FROM warehouse WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_PLACES = text(
    """SELECT -l.id, l.kind, l.code, l.name, l.name_en, w.site FROM location l
 LEFT JOIN warehouse w ON w.id = l.warehouse_id WHERE l.id IN :ids"""
).bindparams(bindparam("ids", expanding=True))


def ways(session: Session, lots: Collection[int], drawn: Collection[int]) -> list[Way]:
    """Every way that units of these lots went, those of lots not `drawn` together."""
    rows = connection_of(session).execute(_WAYS, {"lots": sorted(lots), "drawn": sorted(drawn)})
    found: dict[tuple[int, int, int, int | None], int] = {}
    for lot, source, target, partner, undoes, qty in rows:
        key = (lot, target, source, partner) if undoes else (lot, source, target, partner)
        found[key] = found.get(key, 0) + (-int(qty) if undoes else int(qty))
    return [Way(*key, qty) for key, qty in sorted(found.items(), key=lambda pair: str(pair[0])) if qty]


def ends(session: Session, found: Collection[Way]) -> dict[int, End]:
    """What the ends of these ways are."""
    keys = {key for one in found for key in (one.source, one.target)}
    told: dict[int, End] = {}
    for statement, ids in ((_WAREHOUSES, [k for k in keys if k > 0]), (_PLACES, [-k for k in keys if k <= 0])):
        rows = connection_of(session).execute(statement, {"ids": sorted(ids)})
        told |= {row[0]: End(*row) for row in rows}
    return told
