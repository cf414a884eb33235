"""Pages of postings with their vouchers, and of reservations: filtered, newest first, by cursor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from domain.json_types import JsonObject
from records.base import COMPANY
from records.products import Product
from records.stock import Location, Lot, PostingRow, Reservation, StockMove, Warehouse
from records.vouchers import Voucher, VoucherPrint


@dataclass(frozen=True)
class LedgerFilter:
    """What to show. `sites` bounds what the caller may see."""

    sites: Collection[str]
    warehouse: str | None = None
    voucher: str | None = None
    case_id: str | None = None
    kind: str | None = None
    task: str | None = None
    lot: str | None = None
    state: str | None = None
    mode: str = "live"
    company: str = COMPANY


def postings(
    session: Session, wanted: LedgerFilter, after: int | None = None, limit: int = 50
) -> tuple[list[JsonObject], int | None]:
    """Postings, the newest first, and the cursor of the next page, if any."""
    joined: Any = select(PostingRow, Voucher, Warehouse)  # pyright: ignore[reportCallIssue]
    query = (
        joined.join(Voucher, col(Voucher.posting_id) == col(PostingRow.id))
        .join(Warehouse, col(Warehouse.id) == col(PostingRow.warehouse_id))
        .where(PostingRow.company == wanted.company, PostingRow.mode == wanted.mode)
        .where(col(Warehouse.site).in_(sorted(wanted.sites)))
    )
    for column, value in (
        (Warehouse.code, wanted.warehouse),
        (Voucher.number, wanted.voucher),
        (PostingRow.case_id, wanted.case_id),
        (PostingRow.kind, wanted.kind),
    ):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(col(PostingRow.id) < after)
    rows = session.exec(query.order_by(col(PostingRow.id).desc()).limit(limit + 1)).all()
    page = rows[:limit]
    ids = [row[0].id for row in page]
    units, prints = _units(session, ids), _prints(session, ids)
    found = [_posting(*row, units.get(row[0].id, (0, 0)), prints.get(row[0].id, 0)) for row in page]  # pyright: ignore[reportCallIssue]
    return found, page[-1][0].id if len(rows) > limit else None


def reservations(
    session: Session, wanted: LedgerFilter, after: int | None = None, limit: int = 50
) -> tuple[list[JsonObject], int | None]:
    """Reservations, the newest first, and the cursor of the next page, if any."""
    joined: Any = select(Reservation, Lot, Product, Location)  # pyright: ignore[reportCallIssue]
    query = (
        joined.join(Lot, col(Lot.id) == col(Reservation.lot_id))
        .join(Product, col(Product.id) == col(Lot.product_id))
        .join(Location, col(Location.id) == col(Reservation.location_id))
        .where(Reservation.company == wanted.company, Reservation.mode == wanted.mode)
        .where(col(Reservation.site).in_(sorted(wanted.sites)))
    )
    for column, value in (
        (Reservation.task_id, wanted.task),
        (Reservation.state, wanted.state),
        (Lot.lot_no, wanted.lot),
    ):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(col(Reservation.id) < after)
    rows = session.exec(query.order_by(col(Reservation.id).desc()).limit(limit + 1)).all()
    page = rows[:limit]
    return [_reservation(*row) for row in page], page[-1][0].id if len(rows) > limit else None


def _units(session: Session, ids: list[int]) -> dict[int, tuple[int, int]]:
    query = (
        select(StockMove.posting_id, func.count(), func.sum(StockMove.qty))
        .where(col(StockMove.posting_id).in_(ids))
        .group_by(col(StockMove.posting_id))
    )
    return {posting: (moves, int(qty)) for posting, moves, qty in session.exec(query)}


def _prints(session: Session, ids: list[int]) -> dict[int, int]:
    query = select(VoucherPrint.posting_id, func.count()).where(col(VoucherPrint.posting_id).in_(ids))
    return dict(session.exec(query.group_by(col(VoucherPrint.posting_id))).all())


def _posting(
    row: PostingRow, voucher: Voucher, warehouse: Warehouse, units: tuple[int, int], prints: int
) -> JsonObject:
    return {
        "voucher": voucher.number,
        "prints": prints,
        "kind": row.kind,
        "warehouse": warehouse.code,
        "site": row.site,
        "case": row.case_id,
        "path": row.path,
        "document_type": row.document_type,
        "document": row.document_id,
        "moves": units[0],
        "quantity": units[1],
        "business_at": row.business_at,
        "recorded_at": row.recorded_at,
        "actor": row.actor,
        "effect_key": row.effect_key,
    }


def _reservation(row: Reservation, lot: Lot, product: Product, location: Location) -> JsonObject:
    return {
        "task": row.task_id,
        "product": product.code,
        "product_name": product.name,
        "lot_id": lot.id,
        "lot": lot.lot_no,
        "location": location.code,
        "status": row.status,
        "owner": row.owner,
        "quantity": row.qty,
        "consumed": row.consumed,
        "unit": product.unit,
        "state": row.state,
        "made_at": row.made_at,
        "expires_at": row.expires_at,
        "closed_at": row.closed_at,
    }
