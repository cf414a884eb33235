"""Sales orders: what a purchaser ordered at which price, and which goods are promised to it.

An order is entered once for an effect under a gap-free number. Its goods are promised by `records.reservations`; an
allocation says which order line a promise is for. What left for it stands in `records.shipments`. `state` is `open`,
`closed` (all left, or the rest given up) or `cancelled`.
Source: GSP 2023 arts. 80–84 (R-13 is the order line, with the shipped line of `records.shipments`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, Session, col, select

from records.base import COMPANY, BigKey, JsonText, Stored
from records.case_tables import Placed

WAYS = ("delivery", "pickup")
"""How goods reach the purchaser: brought by us or a carrier, or collected (自提)."""


class SalesOrder(Placed, table=True):
    """An order of a purchaser. `ordered_on` is the 销售日期; address, contact and licence number are those of that day.

    `kind`: sale, sample or gift. `is_urgent`: approved after the goods have left, for `urgent_reason`. `total_fen` is the
    sum of its lines in 分.
    """

    __table_args__ = (
        UniqueConstraint("company", "number", name="uq_sales_order_number"),
        Index("uq_sales_order_effect_key", "effect_key", unique=True),
        Index("ix_sales_order_purchaser", "purchaser_id", "state"),
        Index("ix_sales_order_case", "case_id"),
        CheckConstraint("state IN ('open','closed','cancelled')", name="ck_sales_order_state"),
        CheckConstraint("delivery_way IN ('delivery','pickup')", name="ck_sales_order_way"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    number: str
    purchaser_id: int = Field(foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    ordered_on: str
    state: str = "open"
    effect_key: str
    case_id: str
    kind: str = "sale"
    contract_no: str = ""
    online_order_no: str = ""
    delivery_way: str = "delivery"
    delivery_address: str = ""
    purchaser_contact: str = ""
    purchaser_license_no: str = ""
    requested_on: str | None = None
    is_urgent: bool = False
    urgent_reason: str = ""
    salesperson: str = ""
    total_fen: int = Field(default=0, sa_type=BigKey)  # type: ignore[call-overload]
    ended_on: str | None = None
    end_reason: str = ""


class SalesOrderLine(Stored, table=True):
    """One product of an order: `quantity` base units at `unit_price` yuan (decimal, tax in it). `lot_no`: a lot asked for."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="ck_sales_order_line_quantity"),
        Index("ix_sales_order_line_product", "product_id"),
    )

    order_id: int = Field(primary_key=True, foreign_key="sales_order.id", sa_type=BigKey)  # type: ignore[call-overload]
    line_no: int = Field(primary_key=True)
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    quantity: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    unit_price: Any = Field(sa_type=JsonText)
    agreed_price: Any = Field(default=None, sa_type=JsonText, nullable=True)
    lot_no: str = ""


class SalesAllocation(Stored, table=True):
    """Goods promised to an order line: `qty` units of one balance, under the effect key of the promise.

    Whether the promise still holds says the reservation; what is promised anew is a further row. Append-only.
    """

    __table_args__ = (
        UniqueConstraint("reservation_key", name="uq_sales_allocation_key"),
        Index("ix_sales_allocation_lot", "lot_id"),
    )

    order_id: int = Field(primary_key=True, foreign_key="sales_order.id", sa_type=BigKey)  # type: ignore[call-overload]
    seq: int = Field(primary_key=True)
    line_no: int
    lot_id: int = Field(foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    location_id: int = Field(foreign_key="location.id", sa_type=BigKey)  # type: ignore[call-overload]
    qty: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    reservation_key: str


class CreditTerm(Stored, table=True):
    """What a purchaser may owe: `limit_fen` (`None`: no limit), or nothing more at all while `on_hold`."""

    partner_id: int = Field(primary_key=True, foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    limit_fen: int | None = Field(default=None, sa_type=BigKey)  # type: ignore[call-overload]
    payment_days: int = 60
    on_hold: bool = False
    reason: str = ""
    set_by: str = ""
    set_at: str = ""


class CustomerPayment(Placed, table=True):
    """Money that came for an order, in 分; a correction is a row with a negative amount. Append-only."""

    __table_args__ = (
        UniqueConstraint("effect_key", name="uq_customer_payment_effect_key"),
        Index("ix_customer_payment_order", "order_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    effect_key: str
    order_id: int = Field(foreign_key="sales_order.id", sa_type=BigKey)  # type: ignore[call-overload]
    amount_fen: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    received_on: str
    note: str = ""
    case_id: str = ""
    recorded_at: str


def by_number(session: Session, number: str, company: str = COMPANY, *, lock: bool = False) -> SalesOrder | None:
    """The order with this number; `lock` keeps others from it until the transaction ends."""
    query = select(SalesOrder).where(SalesOrder.company == company, SalesOrder.number == number)
    return session.exec(query.with_for_update() if lock else query).first()


def lines(session: Session, order_id: int) -> list[SalesOrderLine]:
    """The lines of an order."""
    query = select(SalesOrderLine).where(SalesOrderLine.order_id == order_id)
    return list(session.exec(query.order_by(col(SalesOrderLine.line_no))))


def allocations(session: Session, order_id: int) -> list[SalesAllocation]:
    """What was promised to an order, in the order of the promises."""
    query = select(SalesAllocation).where(SalesAllocation.order_id == order_id)
    return list(session.exec(query.order_by(col(SalesAllocation.seq))))
