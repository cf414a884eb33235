"""Purchase orders and what has come of them. Receipts are append-only: a reversal is a row with a negative
quantity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func
from sqlmodel import Field, Session, col, select

from records.base import COMPANY, BigKey, JsonText, Stored


class PurchaseOrder(Stored, table=True):
    """An order to a supplier. `ordered_on` is the 购货日期; `state` is `open`, `closed` or `cancelled`.

    `effect_key` names the call that placed it; orders that were loaded have none. `kind`: purchase, sample or gift.
    """

    __table_args__ = (
        UniqueConstraint("company", "number", name="uq_purchase_order_number"),
        Index("uq_purchase_order_effect_key", "effect_key", unique=True),
        Index("ix_purchase_order_supplier", "supplier_id", "state"),
        Index("ix_purchase_order_contract", "contract_no"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    site: str
    mode: str = "live"
    number: str
    supplier_id: int = Field(foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    ordered_on: str
    state: str = "open"
    effect_key: str | None = None
    case_id: str | None = None
    kind: str = "purchase"
    contract_no: str = ""
    expected_on: str | None = None
    ended_on: str | None = None
    end_reason: str = ""


class PurchaseOrderLine(Stored, table=True):
    """One product of an order: `quantity` base units at `unit_price` yuan (decimal)."""

    __table_args__ = (CheckConstraint("quantity > 0", name="ck_purchase_order_line_quantity"),)

    order_id: int = Field(primary_key=True, foreign_key="purchase_order.id", sa_type=BigKey)  # type: ignore[call-overload]
    line_no: int = Field(primary_key=True)
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    quantity: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    unit_price: Any = Field(default=None, sa_type=JsonText, nullable=True)


class OrderReceipt(Stored, table=True):
    """What a posting took in against an order. Append-only."""

    __table_args__ = (Index("ix_order_receipt_order", "order_id", "product_id"),)

    posting_id: int = Field(primary_key=True, foreign_key="posting.id", sa_type=BigKey)  # type: ignore[call-overload]
    line_no: str = Field(primary_key=True)
    order_id: int = Field(foreign_key="purchase_order.id", sa_type=BigKey)  # type: ignore[call-overload]
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    mode: str = "live"
    quantity: int = Field(sa_type=BigKey)  # type: ignore[call-overload]


def by_numbers(
    session: Session, numbers: Iterable[str], company: str = COMPANY, *, lock: bool = False
) -> dict[str, PurchaseOrder]:
    """The orders with these numbers; `lock` keeps other receipts of them waiting until the transaction
    ends."""
    statement = (
        select(PurchaseOrder)
        .where(PurchaseOrder.company == company, col(PurchaseOrder.number).in_(sorted(set(numbers))))
        .order_by(col(PurchaseOrder.id))
    )
    rows = session.exec(statement.with_for_update() if lock else statement)
    return {row.number: row for row in rows}


def remaining(session: Session, order_id: int, mode: str = "live") -> dict[int, int]:
    """Base units still to come, by product id. Drills count their own receipts only."""
    ordered = session.exec(
        select(PurchaseOrderLine.product_id, func.sum(PurchaseOrderLine.quantity))
        .where(PurchaseOrderLine.order_id == order_id)
        .group_by(col(PurchaseOrderLine.product_id))
    )
    left = {product: int(quantity) for product, quantity in ordered}
    received = session.exec(
        select(OrderReceipt.product_id, func.sum(OrderReceipt.quantity))
        .where(OrderReceipt.order_id == order_id, OrderReceipt.mode == mode)
        .group_by(col(OrderReceipt.product_id))
    )
    for product, quantity in received:
        left[product] = left.get(product, 0) - int(quantity)
    return left


def lines(session: Session, order_id: int) -> list[PurchaseOrderLine]:
    """The lines of an order."""
    statement = select(PurchaseOrderLine).where(PurchaseOrderLine.order_id == order_id)
    return list(session.exec(statement.order_by(col(PurchaseOrderLine.line_no))))


def open_orders(session: Session, site: str | None = None, company: str = COMPANY) -> list[PurchaseOrder]:
    """Orders that may still be received, newest first."""
    statement = select(PurchaseOrder).where(PurchaseOrder.company == company, PurchaseOrder.state == "open")
    if site is not None:
        statement = statement.where(PurchaseOrder.site == site)
    return list(session.exec(statement.order_by(col(PurchaseOrder.ordered_on).desc(), PurchaseOrder.number)))
