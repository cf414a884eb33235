"""Opening balances against the files and the books: what a sheet's rows are judged by, and what was opened before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select as pick
from sqlmodel import Session, col, func, select

from domain.errors import Fault, Text
from domain.master_data.loading import Judged
from domain.master_data.opening import Files, PlaceFacts, ProductFacts, judged
from domain.stock import MoveKind, PlaceKind, Zone
from records.base import COMPANY
from records.parties import Partner
from records.products import Product
from records.stock import Location, Lot, MoveSerial, Serial, StockMove, Warehouse

_AT_ONCE = 500
Key = tuple[str, str, str, str, str, str]
"""(location, product, lot, expiry, status, owner), all as codes."""


@dataclass(frozen=True)
class Place:
    """Whose books are opened: company, real or drill, warehouse, and the day on which goods are expired or not."""

    warehouse: str
    today: str
    mode: str = "live"
    company: str = COMPANY


@dataclass(frozen=True)
class Opened:
    """What was opened before: quantities by key, and numbered units by (product, serial number)."""

    quantities: dict[Key, int]
    serials: frozenset[tuple[str, str]]

    def holds(self, values: dict[str, Any]) -> bool:
        """Whether the row stands in the books already, just so."""
        if values.get("serial_no"):
            return (str(values.get("product_code")), str(values["serial_no"])) in self.serials
        found = self.quantities.get(key_of(values))
        return found is not None and found == values.get("counted_quantity")

    def other(self, values: dict[str, Any]) -> int | None:
        """The quantity that was opened where the row says another one."""
        found = None if values.get("serial_no") else self.quantities.get(key_of(values))
        return None if found == values.get("counted_quantity") else found


def key_of(values: dict[str, Any]) -> Key:
    """The key of a row."""
    code, product, lot, expiry, status, owner = (
        str(values.get(name) or "")
        for name in ("location_code", "product_code", "lot_no", "expiry_date", "stock_status", "stock_owner")
    )
    return code, product, lot, expiry, status, owner


def judge(session: Session, place: Place, rows: Sequence[tuple[int, dict[str, Any]]]) -> list[Judged]:
    """Every row with all that is wrong with it; codes are compared as they were typed, once cleaned."""
    first = judged(rows, Files(place.warehouse, place.today, {}, {}, frozenset()))
    named: Callable[..., set[str]] = lambda *keys: {  # noqa: E731
        str(one.values[key]) for one in first for key in keys if one.values.get(key)
    }
    files = Files(
        place.warehouse,
        place.today,
        _products(session, named("product_code"), place.company),
        _places(session, named("location_code"), place.company),
        _partners(session, named("stock_owner", "supplier_code"), place.company),
        _serials(session, named("serial_no"), place),
    )
    return judged(rows, files)


def opened(session: Session, place: Place) -> Opened:
    """What postings of kind OPENING have brought into the warehouse."""
    to = col(StockMove.to_location_id)
    undone = select(StockMove.reverses_move_id).where(col(StockMove.reverses_move_id).is_not(None))
    key: Any = (Location.code, Product.code, Lot.lot_no, Lot.expiry, StockMove.to_status, StockMove.owner)
    moves = (
        pick(*key, func.sum(StockMove.qty))
        .join(Location, to == col(Location.id))
        .join(Lot, col(StockMove.lot_id) == col(Lot.id))
        .join(Product, col(Lot.product_id) == col(Product.id))
        .where(col(StockMove.kind) == MoveKind.OPENING.value, col(StockMove.mode) == place.mode)
        .where(col(StockMove.company) == place.company, col(StockMove.id).not_in(undone))
        .group_by(*key)
    )
    quantities: dict[Key, int] = {(r[0], r[1], r[2], r[3], r[4], r[5]): int(r[6]) for r in session.execute(moves)}
    units = (
        select(Product.code, Serial.serial_no)
        .join(Serial, col(Serial.product_id) == col(Product.id))
        .join(MoveSerial, col(MoveSerial.serial_id) == col(Serial.id))
        .join(StockMove, col(StockMove.id) == col(MoveSerial.move_id))
        .where(StockMove.kind == MoveKind.OPENING.value, StockMove.mode == place.mode)
        .where(StockMove.company == place.company, col(StockMove.id).not_in(undone))
    )
    return Opened(quantities, frozenset((code, number) for code, number in session.exec(units)))


def beside(one: Judged, before: Opened) -> Judged:
    """A lot that was opened with another quantity is put right by a stocktake, never by a second opening."""
    booked = before.other(one.values)
    if booked is None:
        return one
    zh, en = (
        f"该批期初已按 {booked} 入账，差异请走盘点。",
        f"It was opened with {booked}; use a stocktake for the difference.",
    )
    return replace(one, faults=(*one.faults, Fault("/counted_quantity", "exists", Text(zh, en))))


def _parts(codes: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(codes)
    return (ordered[at : at + _AT_ONCE] for at in range(0, len(ordered), _AT_ONCE))


def _products(session: Session, codes: set[str], company: str) -> dict[str, ProductFacts]:
    found: dict[str, ProductFacts] = {}
    for part in _parts(codes):
        rows = session.exec(select(Product).where(Product.company == company, col(Product.code).in_(part)))
        found |= {row.code: ProductFacts(row.tracking, row.shelf_rule, row.name, row.unit) for row in rows}
    return found


def _places(session: Session, codes: set[str], company: str) -> dict[str, PlaceFacts]:
    found: dict[str, PlaceFacts] = {}
    for part in _parts(codes):
        rows = session.exec(
            select(Location, Warehouse.code)
            .join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id))
            .where(Location.company == company, col(Location.code).in_(part))
        )
        for row, warehouse in rows:
            zone = Zone(row.zone) if row.zone else None
            found[row.code] = PlaceFacts(PlaceKind(row.kind), zone, warehouse, row.retired_at is not None)
    return found


def _partners(session: Session, codes: set[str], company: str) -> frozenset[str]:
    found: set[str] = set()
    for part in _parts(codes):
        found |= set(session.exec(select(Partner.code).where(Partner.company == company, col(Partner.code).in_(part))))
    return frozenset(found)


def _serials(session: Session, numbers: set[str], place: Place) -> frozenset[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for part in _parts(numbers):
        rows = session.exec(
            select(Product.code, Serial.serial_no)
            .join(Serial, col(Serial.product_id) == col(Product.id))
            .where(Serial.company == place.company, Serial.mode == place.mode, col(Serial.serial_no).in_(part))
        )
        found |= set(rows)
    return frozenset(found)
