"""Goods that came back from purchasers: 退货记录 (R-18), one row for each line, matched to the line that once left.

A return is of goods that we shipped: each line names its shipped line. The verdict is added when the inspector has
signed, and what became of the goods when it is done. Source: GSP 2023 arts. 67, 90, 106, 107.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, Session, col, func, select

from records.base import COMPANY, BigKey, JsonText, Stored
from records.case_tables import Placed


class SalesReturn(Placed, table=True):
    """A return as received: `number` is `TH-<year>-<n>`, `returned_on` the 退货日期, `posting_id` its receipt.

    `without_papers`: the purchaser brought no outbound number; its goods were found by lot or serial number.
    """

    __table_args__ = (
        UniqueConstraint("company", "number", name="uq_sales_return_number"),
        UniqueConstraint("effect_key", name="uq_sales_return_effect_key"),
        Index("ix_sales_return_partner", "partner_id", "returned_on"),
        Index("ix_sales_return_case", "case_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    number: str
    partner_id: int = Field(foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    effect_key: str
    case_id: str
    posting_id: int | None = Field(default=None, foreign_key="posting.id", sa_type=BigKey)  # type: ignore[call-overload]
    returned_on: str
    return_reason: str = ""
    without_papers: bool = False
    state: str = "received"
    """`received`, or `cancelled` where its receipt was reversed."""


class SalesReturnLine(Stored, table=True):
    """`quantity` base units of a shipped line that came back. `told` is what the shipped line told, by the glossary's keys.

    `quality_status` is empty until the inspector has signed: `pass` or `fail`; `accepted` units pass, `rejected` fail.
    `disposition` is what became of them: `restock` or `nonconforming`. `sold_log` is the temperature log of the sold
    period of cold goods (an attachment).
    """

    __table_args__ = (
        CheckConstraint("quantity > 0", name="ck_sales_return_line_quantity"),
        Index("ix_sales_return_line_shipped", "shipment_posting_id", "shipment_line_no"),
        Index("ix_sales_return_line_lot", "lot_id"),
    )

    return_id: int = Field(primary_key=True, foreign_key="sales_return.id", sa_type=BigKey)  # type: ignore[call-overload]
    line_no: str = Field(primary_key=True)
    shipment_posting_id: int = Field(foreign_key="shipment.posting_id", sa_type=BigKey)  # type: ignore[call-overload]
    shipment_line_no: str
    original_outbound_no: str
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    lot_id: int = Field(foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    quantity: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    serial_nos: list[Any] = Field(default_factory=list, sa_type=JsonText)
    udi: str = ""
    unit_price: Any = Field(default=None, sa_type=JsonText, nullable=True)
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    sold_log: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    quality_status: str = ""
    accepted: int = 0
    rejected: int = 0
    inspector: str = ""
    inspected_at: str = ""
    nonconformity_description: str = ""
    disposition: str = ""


def of_effect(session: Session, effect_key: str) -> SalesReturn | None:
    """The return that an effect received."""
    return session.exec(select(SalesReturn).where(SalesReturn.effect_key == effect_key)).first()


def by_number(session: Session, number: str, company: str = COMPANY) -> SalesReturn | None:
    """The return with this number."""
    return session.exec(select(SalesReturn).where(SalesReturn.company == company, SalesReturn.number == number)).first()


def lines_of(session: Session, return_id: int) -> list[SalesReturnLine]:
    """The lines of a return."""
    query = select(SalesReturnLine).where(SalesReturnLine.return_id == return_id)
    return list(session.exec(query.order_by(col(SalesReturnLine.line_no))))


def returned(session: Session, posting_id: int) -> dict[str, int]:
    """Base units of a shipment that have come back already, by its line."""
    query = (
        select(SalesReturnLine.shipment_line_no, func.sum(SalesReturnLine.quantity))
        .join(SalesReturn, col(SalesReturn.id) == col(SalesReturnLine.return_id))
        .where(SalesReturnLine.shipment_posting_id == posting_id, SalesReturn.state == "received")
        .group_by(col(SalesReturnLine.shipment_line_no))
    )
    return {line: int(quantity) for line, quantity in session.exec(query)}
