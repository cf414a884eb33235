"""Pages of balances and moves: filtered, in a stable order, by cursor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from domain.json_types import JsonObject
from records.base import COMPANY
from records.products import Product
from records.stock import Location, Lot, PostingRow, StockBalance, StockMove, Warehouse

LIMIT_MAX = 500


@dataclass(frozen=True)
class StockFilter:
    """What to show. `lot` is a lot number or `#<id>`; `sites` bounds what the caller may see (`None`:
    everything)."""

    lot: str | None = None
    product: str | None = None
    warehouse: str | None = None
    status: str | None = None
    location: str | None = None
    case_id: str | None = None
    expiring_before: str | None = None
    mode: str = "live"
    sites: Collection[str] | None = None
    company: str = COMPANY


def balances(
    session: Session, wanted: StockFilter, after: list[Any] | None = None, limit: int = 50
) -> tuple[list[JsonObject], list[Any] | None]:
    """Balances above zero in real places, by expiry, lot and place; with them the cursor of the next page,
    if any."""
    key = (col(StockBalance.expiry), col(StockBalance.lot_id), col(StockBalance.location_id), col(StockBalance.status))
    joined: Any = select(StockBalance, Lot, Product, Location, Warehouse)  # pyright: ignore[reportCallIssue]
    query = (
        joined.join(Lot, col(Lot.id) == col(StockBalance.lot_id))
        .join(Product, col(Product.id) == col(StockBalance.product_id))
        .join(Location, col(Location.id) == col(StockBalance.location_id))
        .join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id))
        .where(StockBalance.qty > 0, StockBalance.company == wanted.company, *_shared(wanted, StockBalance))
    )
    if wanted.expiring_before is not None:
        query = query.where(StockBalance.expiry != "", StockBalance.expiry < wanted.expiring_before)
    if wanted.status is not None:
        query = query.where(StockBalance.status == wanted.status)
    if wanted.location is not None:
        query = query.where(Location.code == wanted.location)
    if after is not None:
        query = query.where(beyond(key, after))
    rows = session.exec(query.order_by(*key).limit(_bounded(limit) + 1)).all()
    page, more = rows[: _bounded(limit)], len(rows) > _bounded(limit)
    last = page[-1][0] if page else None
    cursor: list[Any] | None = None
    if more and last is not None:
        cursor = [last.expiry, last.lot_id, last.location_id, last.status]
    return [_balance(*row) for row in page], cursor


def moves(
    session: Session, wanted: StockFilter, after: int | None = None, limit: int = 50
) -> tuple[list[JsonObject], int | None]:
    """Moves, newest first, with the cursor of the next page, if any."""
    source, target = aliased(Location), aliased(Location)
    query = (
        select(StockMove, PostingRow, Lot, Product, source, target, Warehouse)  # type: ignore[call-overload]
        .join(PostingRow, col(PostingRow.id) == col(StockMove.posting_id))
        .join(Lot, col(Lot.id) == col(StockMove.lot_id))
        .join(Product, col(Product.id) == col(StockMove.product_id))
        .join(source, source.id == col(StockMove.from_location_id))
        .join(target, target.id == col(StockMove.to_location_id))
        .join(Warehouse, col(Warehouse.id) == col(PostingRow.warehouse_id))
        .where(StockMove.company == wanted.company, *_shared(wanted, StockMove))
    )
    if wanted.status is not None:
        query = query.where(StockMove.to_status == wanted.status)
    if wanted.location is not None:
        query = query.where(or_(col(source.code) == wanted.location, col(target.code) == wanted.location))
    if wanted.case_id is not None:
        query = query.where(PostingRow.case_id == wanted.case_id)
    if after is not None:
        query = query.where(col(StockMove.id) < after)
    rows = session.exec(query.order_by(col(StockMove.id).desc()).limit(_bounded(limit) + 1)).all()
    page, more = rows[: _bounded(limit)], len(rows) > _bounded(limit)
    return [_move(*row) for row in page], page[-1][0].id if more else None


def _shared(wanted: StockFilter, table: type[StockBalance] | type[StockMove]) -> list[Any]:
    found: list[Any] = [table.mode == wanted.mode]
    if wanted.sites is not None:
        found.append(col(Warehouse.site).in_(sorted(wanted.sites)))
    if wanted.warehouse is not None:
        found.append(Warehouse.code == wanted.warehouse)
    if wanted.product is not None:
        found.append(Product.code == wanted.product)
    if wanted.lot is not None:
        number = wanted.lot.removeprefix("#")
        by_id = wanted.lot.startswith("#") and number.isdigit()
        found.append(col(Lot.id) == int(number) if by_id else Lot.lot_no == wanted.lot)
    return found


def beyond(key: tuple[Any, ...], after: list[Any]) -> Any:
    """Rows after a key: `a > x or (a = x and (b > y or …))`, which both engines read with an index."""
    clauses = []
    for index, column in enumerate(key):
        equal = [key[i] == after[i] for i in range(index)]
        clauses.append(and_(*equal, column > after[index]))
    return or_(*clauses)


def _bounded(limit: int) -> int:
    return max(1, min(limit, LIMIT_MAX))


def _balance(row: StockBalance, lot: Lot, product: Product, location: Location, warehouse: Warehouse) -> JsonObject:
    return {
        **_goods(lot, product),
        "warehouse": warehouse.code,
        "site": warehouse.site,
        "location": location.code,
        "zone": location.zone,
        "status": row.status,
        "owner": row.owner,
        "quantity": row.qty,
        "reserved": row.reserved,
        "available": row.qty - row.reserved,
        "unit": product.unit,
    }


def _move(
    row: StockMove,
    posting: PostingRow,
    lot: Lot,
    product: Product,
    source: Location,
    target: Location,
    warehouse: Warehouse,
) -> JsonObject:
    return {
        "id": row.id,
        **_goods(lot, product),
        "kind": row.kind,
        "quantity": row.qty,
        "unit": product.unit,
        "from": source.code,
        "from_status": row.from_status,
        "to": target.code,
        "to_status": row.to_status,
        "warehouse": warehouse.code,
        "site": row.site,
        "business_at": row.business_at,
        "recorded_at": row.recorded_at,
        "actor": posting.actor,
        "case": posting.case_id,
        "path": posting.path,
        "posting": posting.result.get("posting"),
        "line_no": row.line_no,
        "reverses": row.reverses_move_id,
    }


def _goods(lot: Lot, product: Product) -> JsonObject:
    return {
        "lot_id": lot.id,
        "lot": lot.lot_no,
        "expiry": lot.expiry or None,
        "product": product.code,
        "product_name": product.name,
        "model": product.model,
        "specification": product.specification,
    }
