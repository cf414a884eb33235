"""Goods where they stand: balances above zero with product, lot and location, as the warehouse SOPs list them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from domain.json_types import JsonObject
from domain.stock import Status
from records.base import COMPANY, table_of
from records.products import Product
from records.stock import Location, Lot, Serial, StockBalance, Warehouse


@dataclass(frozen=True)
class Wanted:
    """Which goods: empty means all. `lot_ids` of `None` asks for no lot in particular."""

    site: str
    mode: str = "live"
    company: str = COMPANY
    lot_ids: Collection[int] | None = None
    location: str = ""
    warehouse: str = ""
    zone: str = ""
    statuses: Collection[Status] = ()
    is_cold_only: bool = False


@dataclass(frozen=True)
class Standing:
    """One balance with its files."""

    balance: StockBalance
    lot: Lot
    product: Product
    location: Location
    warehouse: Warehouse

    @property
    def is_serial(self) -> bool:
        """Whether each unit has a number of its own."""
        return "SERIAL" in self.product.tracking

    def row(self, line_no: str, **more: Any) -> JsonObject:
        """The balance as a line of a form; what is empty is left out."""
        values: JsonObject = {
            "line_no": line_no,
            "product_code": self.product.code,
            "product_name": self.product.name,
            "model": self.product.model,
            "specification": self.product.specification,
            "registration_no": self.product.registration_no,
            "unit": self.product.unit,
            "lot_no": self.lot.lot_no,
            "expiry_date": self.lot.expiry,
            "warehouse": self.warehouse.code,
            "location_code": self.location.code,
            "stock_status": self.balance.status,
            "stock_owner": self.balance.owner,
            "quantity": self.balance.qty,
            **more,
        }
        return {name: value for name, value in values.items() if value not in ("", None)}


def standing(session: Session, wanted: Wanted, *, lock: bool = False) -> list[Standing]:
    """What stands there, by warehouse, location, product, lot and status; `lock` holds it still."""
    joined: Any = select(StockBalance, Lot, Product, Location, Warehouse)  # pyright: ignore[reportCallIssue]
    query = (
        joined.join(Lot, col(Lot.id) == col(StockBalance.lot_id))
        .join(Product, col(Product.id) == col(StockBalance.product_id))
        .join(Location, col(Location.id) == col(StockBalance.location_id))
        .join(Warehouse, col(Warehouse.id) == col(Location.warehouse_id))
        .where(StockBalance.qty > 0, StockBalance.mode == wanted.mode, StockBalance.company == wanted.company)
        .where(Warehouse.site == wanted.site, *_narrowed(wanted))
        .order_by(
            Warehouse.code, Location.code, Product.code, Lot.lot_no, Lot.expiry, StockBalance.status, StockBalance.owner
        )
    )
    if lock:
        query = query.with_for_update(of=table_of(StockBalance))
    return [Standing(*row) for row in session.exec(query).all()]


def _narrowed(wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    if wanted.lot_ids is not None:
        found.append(col(StockBalance.lot_id).in_(sorted(wanted.lot_ids)))
    if wanted.statuses:
        found.append(col(StockBalance.status).in_(sorted(status.value for status in wanted.statuses)))
    for column, value in (
        (Location.code, wanted.location),
        (Warehouse.code, wanted.warehouse),
        (Location.zone, wanted.zone),
    ):
        if value:
            found.append(column == value)
    if wanted.is_cold_only:
        found.append(col(Product.is_cold_chain).is_(True))
    return found


def units_at(session: Session, here: Standing) -> list[Serial]:
    """The numbered units of a balance, by number."""
    query = select(Serial).where(
        Serial.lot_id == here.lot.id,
        Serial.current_location_id == here.location.id,
        Serial.current_status == here.balance.status,
    )
    return list(session.exec(query.order_by(col(Serial.serial_no))))


def lots_named(session: Session, product_id: int, lot_no: str, serial_no: str, expiry: str, mode: str) -> set[int]:
    """The lots of a product that a lot number, a serial number and an expiry mean; what is empty narrows nothing."""
    query = select(Lot.id).where(Lot.product_id == product_id, Lot.mode == mode)
    if lot_no:
        query = query.where(Lot.lot_no == lot_no)
    if expiry:
        query = query.where(Lot.expiry == expiry)
    if serial_no:
        units = select(Serial.lot_id).where(Serial.product_id == product_id, Serial.mode == mode)
        query = query.where(col(Lot.id).in_(units.where(Serial.serial_no == serial_no)))
    return {found for found in session.exec(query) if found is not None}
