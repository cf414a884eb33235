"""What one warehouse holds, for the stock board: tiles, map, expiry ladder, and its table in six orders.

Every question is about one warehouse and reads it through an index that begins with it; nothing here looks at all
warehouses at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, case, distinct, func, or_
from sqlmodel import Session, col, select

from domain.json_types import Json, JsonObject
from domain.stock import PlaceKind, Status
from records.base import COMPANY
from records.hold_rows import StockHold, StockHoldRelease
from records.products import Product
from records.stock import Location, Lot, Serial, StockBalance, Warehouse
from records.stock_pages import beyond

BUCKETS = ("expired", "d30", "d90", "d180", "d365", "later", "none")
"""Steps of the expiry ladder: past its day, within 30, 90, 180, 365 days, later, and goods without an expiry."""
_ENDS = (30, 90, 180, 365)
VIEWS = ("lot", "serial", "location", "zone", "temperature", "expiry")
_COLD_FIRST = case((col(Product.is_cold_chain), 0), else_=1)
_ZONE = func.coalesce(col(Location.zone), "")
STOPPED = (Status.HOLD, Status.REJECTED, Status.RECALLED)


@dataclass(frozen=True)
class BoardFilter:
    """What to show of a warehouse. `text` is a lot, serial number, location, product code or a part of a name."""

    warehouse_id: int
    today: date
    zone: str | None = None
    status: str | None = None
    bucket: str | None = None
    location: str | None = None
    product: str | None = None
    lot: str | None = None
    serial: str | None = None
    cold: bool | None = None
    transit: bool | None = None
    text: str | None = None
    mode: str = "live"
    company: str = COMPANY


def bucket_ends(today: date) -> list[tuple[str, str, str]]:
    """Each dated step with its first and last day (inclusive); goods may be used up to the day of their expiry."""
    found = [("expired", "0001-01-01", (today - timedelta(days=1)).isoformat())]
    first = today
    for days in _ENDS:
        last = today + timedelta(days=days)
        found.append((f"d{days}", first.isoformat(), last.isoformat()))
        first = last + timedelta(days=1)
    return [*found, ("later", first.isoformat(), "9999-12-31")]


def bucket_of(expiry: str, today: date) -> str:
    """The step of the ladder on which an expiry stands."""
    if not expiry:
        return "none"
    return next(name for name, first, last in bucket_ends(today) if first <= expiry <= last)


# ------------------------------------------------------------------ the summary


def summary(session: Session, warehouse: Warehouse, today: date, mode: str = "live") -> JsonObject:
    """Lots by zone, status and expiry of one warehouse, what is on its way, and what is on hold."""
    assert warehouse.id is not None
    zones, statuses, transit = _counted(session, warehouse.id, mode)
    return {
        "warehouse": warehouse.code,
        "name": {"zh": warehouse.name, "en": warehouse.name_en or warehouse.name},
        "site": warehouse.site,
        "today": today.isoformat(),
        "lots": _lots(session, warehouse.id, mode),
        "zones": zones,
        "statuses": statuses,
        "expiry": [_step(session, warehouse.id, mode, today, name) for name in BUCKETS],
        "in_transit": transit,
        "holds": _open_holds(session, warehouse.site, mode),
    }


def _there(warehouse_id: int, mode: str) -> list[Any]:
    return [StockBalance.warehouse_id == warehouse_id, StockBalance.qty > 0, StockBalance.mode == mode]


def _lots(session: Session, warehouse_id: int, mode: str) -> int:
    query = select(func.count(distinct(col(StockBalance.lot_id)))).where(*_there(warehouse_id, mode))
    return int(session.exec(query).one())


def _counted(session: Session, warehouse_id: int, mode: str) -> tuple[list[Json], list[Json], JsonObject]:
    in_transit = col(Location.kind) == PlaceKind.TRANSIT.value
    lot, stopped = col(StockBalance.lot_id), col(StockBalance.status).in_([status.value for status in STOPPED])
    query: Any = (
        select(  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
            _ZONE,
            func.count(distinct(lot)),
            func.count(distinct(col(StockBalance.location_id))),
            func.count(distinct(case((stopped, lot)))),
        )
        .join(Location, col(Location.id) == col(StockBalance.location_id))
        .where(*_there(warehouse_id, mode))
    )
    filled = {row[0]: row[1:] for row in session.exec(query.where(~in_transit).group_by(_ZONE))}
    zones = [_zone(name, there, filled.get(name)) for name, there in _places(session, warehouse_id)]
    by_status = select(StockBalance.status, func.count(distinct(lot))).where(*_there(warehouse_id, mode))
    found = session.exec(by_status.group_by(StockBalance.status).order_by(StockBalance.status))
    statuses: list[Json] = [{"status": status, "lots": lots} for status, lots in found]
    away: Any = select(func.count(distinct(lot))).join(Location, col(Location.id) == col(StockBalance.location_id))
    return [*zones], statuses, {"lots": int(session.exec(away.where(*_there(warehouse_id, mode), in_transit)).one())}


def _places(session: Session, warehouse_id: int) -> list[tuple[str, int]]:
    """The zones of a warehouse with how many locations each has."""
    query: Any = select(_ZONE, func.count()).select_from(Location)
    query = query.where(Location.warehouse_id == warehouse_id, Location.kind != PlaceKind.TRANSIT.value)
    rows_ = session.exec(query.where(Location.retired_at == None).group_by(_ZONE).order_by(_ZONE))  # noqa: E711
    return [(name, number) for name, number in rows_]


def _zone(name: str, there: int, filled: Any) -> JsonObject:
    lots, used, stopped = filled or (0, 0, 0)
    return {"zone": name or None, "lots": lots, "locations": there, "occupied": used, "stopped": stopped}


def _step(session: Session, warehouse_id: int, mode: str, today: date, name: str) -> JsonObject:
    query = select(func.count(distinct(col(StockBalance.lot_id)))).where(*_there(warehouse_id, mode))
    return {"bucket": name, "lots": int(session.exec(query.where(_in_bucket(name, today))).one())}


def _in_bucket(name: str, today: date) -> Any:
    if name == "none":
        return StockBalance.expiry == ""
    first, last = next((first, last) for key, first, last in bucket_ends(today) if key == name)
    return and_(col(StockBalance.expiry) >= first, col(StockBalance.expiry) <= last)


def _open_holds(session: Session, site: str, mode: str) -> int:
    query = select(func.count()).select_from(StockHold)
    query = query.join(StockHoldRelease, col(StockHoldRelease.hold_id) == col(StockHold.id), isouter=True)
    open_ = col(StockHoldRelease.hold_id).is_(None)
    return int(session.exec(query.where(StockHold.site == site, StockHold.mode == mode, open_)).one())


# ------------------------------------------------------------------ the map


def cells(session: Session, warehouse_id: int, today: date, mode: str = "live") -> list[JsonObject]:
    """Every location of a warehouse with what it holds: lots, the nearest expiry, whether any of it is stopped."""
    held = func.max(case((col(StockBalance.status).in_([status.value for status in STOPPED]), 1), else_=0))
    nearest = func.min(case((col(StockBalance.expiry) == "", "9999-12-31"), else_=col(StockBalance.expiry)))
    query: Any = select(  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        StockBalance.location_id, func.count(distinct(col(StockBalance.lot_id))), nearest, held
    )
    query = query.where(*_there(warehouse_id, mode)).group_by(StockBalance.location_id)
    filled = {row[0]: row[1:] for row in session.exec(query)}
    places = select(Location).where(Location.warehouse_id == warehouse_id, Location.retired_at == None)  # noqa: E711
    return [_cell(row, filled.get(row.id), today) for row in session.exec(places.order_by(Location.code))]


def _cell(row: Location, filled: Any, today: date) -> JsonObject:
    lots, nearest, held = filled or (0, "9999-12-31", 0)
    return {
        "location": row.code,
        "zone": row.zone,
        "kind": row.kind,
        "temp_min": row.temp_min,
        "temp_max": row.temp_max,
        "lots": lots,
        "expiry": bucket_of(nearest, today) if lots and nearest != "9999-12-31" else None,
        "stopped": bool(held),
    }


# ------------------------------------------------------------------ the table


def rows(
    session: Session, wanted: BoardFilter, view: str, after: list[Any] | None = None, limit: int = 50
) -> tuple[list[JsonObject], list[Any] | None]:
    """A page of the table in one of `VIEWS`, with the cursor of the next page."""
    if view == "lot":
        return _by_lot(session, wanted, after, limit)
    if view == "serial":
        return _by_serial(session, wanted, after, limit)
    return _by_place(session, wanted, view, after, limit)


def count(session: Session, wanted: BoardFilter) -> int:
    """How many lots the filter leaves."""
    query: Any = select(func.count(distinct(col(StockBalance.lot_id))))
    return int(session.exec(_joined(query.select_from(StockBalance), wanted)).one())


def _by_place(
    session: Session, wanted: BoardFilter, view: str, after: list[Any] | None, limit: int
) -> tuple[list[JsonObject], list[Any] | None]:
    key = _ORDERS[view]
    query: Any = select(StockBalance, Lot, Product, Location, *key)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    query = _joined(query, wanted)
    if after is not None:
        query = query.where(beyond(key, after))
    found = session.exec(query.order_by(*key).limit(limit + 1)).all()
    page = found[:limit]
    items = [_place_row(row[0], row[1], row[2], row[3], wanted.today) for row in page]
    return items, [*page[-1][4:]] if len(found) > limit else None


_REST = (col(StockBalance.lot_id), col(StockBalance.location_id), col(StockBalance.status), col(StockBalance.owner))
_ORDERS: dict[str, tuple[Any, ...]] = {
    "expiry": (col(StockBalance.expiry), *_REST),
    "location": (col(Location.code), *_REST),
    "zone": (_ZONE, col(Location.code), *_REST),
    "temperature": (_COLD_FIRST, col(StockBalance.expiry), *_REST),
}
ORDER_KINDS: dict[str, tuple[type, ...]] = {
    "lot": (str, int, int),
    "serial": (str, int),
    "expiry": (str, int, int, str, str),
    "location": (str, int, int, str, str),
    "zone": (str, str, int, int, str, str),
    "temperature": (int, str, int, int, str, str),
}
"""What a cursor of each view holds."""


def _by_lot(
    session: Session, wanted: BoardFilter, after: list[Any] | None, limit: int
) -> tuple[list[JsonObject], list[Any] | None]:
    key = (col(StockBalance.expiry), col(StockBalance.product_id), col(StockBalance.lot_id))
    query: Any = _joined(select(*key).select_from(StockBalance), wanted).group_by(*key)
    if after is not None:
        query = query.where(beyond(key, after))
    found = session.exec(query.order_by(*key).limit(limit + 1)).all()
    page = found[:limit]
    shown = _of_lots(session, wanted, [row[2] for row in page])
    return [shown[row[2]] for row in page], [*page[-1]] if len(found) > limit else None


def _of_lots(session: Session, wanted: BoardFilter, lot_ids: Sequence[int]) -> dict[int, JsonObject]:
    query: Any = select(StockBalance, Lot, Product, Location)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    query = _joined(query, wanted).where(col(StockBalance.lot_id).in_(lot_ids)).order_by(Location.code)
    parts: dict[int, list[Any]] = defaultdict(list)
    for row in session.exec(query):
        parts[row[1].id].append(row)
    return {lot_id: _lot_row(parts[lot_id], wanted.today) for lot_id in lot_ids}


def _by_serial(
    session: Session, wanted: BoardFilter, after: list[Any] | None, limit: int
) -> tuple[list[JsonObject], list[Any] | None]:
    key = (col(Serial.serial_no), col(Serial.id))
    query: Any = select(Serial, Lot, Product, Location)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    query = (
        query.join(Location, col(Location.id) == col(Serial.current_location_id))
        .join(Lot, col(Lot.id) == col(Serial.lot_id))
        .join(Product, col(Product.id) == col(Serial.product_id))
        .where(Serial.mode == wanted.mode, Location.warehouse_id == wanted.warehouse_id)
        .where(*_shared(wanted), *_of_serials(wanted))
    )
    if after is not None:
        query = query.where(beyond(key, after))
    found = session.exec(query.order_by(*key).limit(limit + 1)).all()
    page = found[:limit]
    items = [_serial_row(row[0], row[1], row[2], row[3], wanted.today) for row in page]
    return items, [page[-1][0].serial_no, page[-1][0].id] if len(found) > limit else None


def _joined(query: Any, wanted: BoardFilter) -> Any:
    return (
        query.join(Lot, col(Lot.id) == col(StockBalance.lot_id))
        .join(Product, col(Product.id) == col(StockBalance.product_id))
        .join(Location, col(Location.id) == col(StockBalance.location_id))
        .where(*_there(wanted.warehouse_id, wanted.mode), *_shared(wanted), *_of_balances(wanted))
    )


def _shared(wanted: BoardFilter) -> list[Any]:
    found: list[Any] = []
    for column, value in ((Location.code, wanted.location), (Product.code, wanted.product)):
        found += [] if value is None else [column == value]
    if wanted.zone is not None:
        found.append(_ZONE == wanted.zone)
    if wanted.lot is not None:
        number = wanted.lot.removeprefix("#")
        by_id = wanted.lot.startswith("#") and number.isdigit()
        found.append(col(Lot.id) == int(number) if by_id else Lot.lot_no == wanted.lot)
    if wanted.cold is not None:
        found.append(col(Product.is_cold_chain) == wanted.cold)
    if wanted.transit is not None:
        transit = col(Location.kind) == PlaceKind.TRANSIT.value
        found.append(transit if wanted.transit else ~transit)
    if wanted.text:
        found.append(_says(wanted))
    return found


def _says(wanted: BoardFilter) -> Any:
    """Rows that a typed or scanned word means."""
    said = wanted.text or ""
    part = f"%{_plain(said)}%"
    named = select(Serial.lot_id).where(Serial.serial_no == said, Serial.mode == wanted.mode)
    return or_(
        col(Lot.lot_no).startswith(said, autoescape=True),
        col(Location.code).startswith(said, autoescape=True),
        col(Product.code) == said,
        col(Product.name).like(part, escape="\\"),
        col(Product.name_en).ilike(part, escape="\\"),
        col(Lot.id).in_(named),
    )


def _plain(said: str) -> str:
    return said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _of_balances(wanted: BoardFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.status is not None:
        found.append(StockBalance.status == wanted.status)
    if wanted.bucket is not None:
        found.append(_in_bucket(wanted.bucket, wanted.today))
    if wanted.serial is not None:
        units = select(Serial.lot_id).where(Serial.serial_no == wanted.serial, Serial.mode == wanted.mode)
        found.append(col(StockBalance.lot_id).in_(units))
    return found


def _of_serials(wanted: BoardFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.status is not None:
        found.append(Serial.current_status == wanted.status)
    if wanted.serial is not None:
        found.append(Serial.serial_no == wanted.serial)
    if wanted.bucket == "none":
        found.append(Lot.expiry == "")
    elif wanted.bucket is not None:
        first, last = next(ends[1:] for ends in bucket_ends(wanted.today) if ends[0] == wanted.bucket)
        found.append(and_(col(Lot.expiry) >= first, col(Lot.expiry) <= last))
    return found


# ------------------------------------------------------------------ rows as outsiders see them


def _place_row(balance: StockBalance, lot: Lot, product: Product, location: Location, today: date) -> JsonObject:
    return {
        **_goods(lot, product, today),
        **_place(location),
        "status": balance.status,
        "owner": balance.owner,
        "quantity": balance.qty,
        "reserved": balance.reserved,
        "suits": _suits(location, product),
    }


def _lot_row(parts: Sequence[Any], today: date) -> JsonObject:
    _, lot, product, first = parts[0]
    by_status: dict[str, int] = defaultdict(int)
    for balance, *_ in parts:
        by_status[balance.status] += balance.qty
    places: list[Json] = [*dict.fromkeys(row[3].code for row in parts)]
    quantities: JsonObject = dict(by_status)
    return {
        **_goods(lot, product, today),
        "locations": places,
        "zone": first.zone,
        "statuses": quantities,
        "quantity": sum(by_status.values()),
        "reserved": sum(row[0].reserved for row in parts),
        "suits": all(_suits(row[3], product) for row in parts),
    }


def _serial_row(serial: Serial, lot: Lot, product: Product, location: Location, today: date) -> JsonObject:
    return {
        **_goods(lot, product, today),
        **_place(location),
        "serial": serial.serial_no,
        "status": serial.current_status,
        "quantity": 1,
        "suits": _suits(location, product),
    }


def _place(location: Location) -> JsonObject:
    return {"location": location.code, "zone": location.zone, "in_transit": location.kind == PlaceKind.TRANSIT}


def _goods(lot: Lot, product: Product, today: date) -> JsonObject:
    days = (date.fromisoformat(lot.expiry) - today).days if lot.expiry else None
    return {
        "lot_id": lot.id,
        "lot": lot.lot_no,
        "expiry": lot.expiry or None,
        "days_left": days,
        "bucket": bucket_of(lot.expiry, today),
        "product": product.code,
        "product_name": product.name,
        "product_name_en": product.name_en,
        "specification": product.specification,
        "unit": product.unit,
        "cold": product.is_cold_chain,
        "temp_min": product.temp_min,
        "temp_max": product.temp_max,
    }


def _suits(location: Location, product: Product) -> bool:
    """Whether the place is kept at what the label asks for; a place without a range suits only goods without one."""
    if product.temp_min is None and product.temp_max is None:
        return True
    if location.temp_min is None or location.temp_max is None:
        return False
    warm = product.temp_min is None or location.temp_min >= product.temp_min
    return bool(warm and (product.temp_max is None or location.temp_max <= product.temp_max))
