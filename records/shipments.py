"""What left the house, line by line: one shipment for each outbound posting, with what its papers must say.

The rows are those of 出库复核记录 (R-14), 随货同行单 (R-15) and, for a sale, 销售记录 (R-13). They are written in the
transaction of the posting and never changed. A posting that is reversed leaves lines with negative quantities under the
reversal's own posting id (`reverses_posting_id` names the first), so a sum over the lines is what is really gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, Session, col, func, select

from records.base import COMPANY, BigKey, JsonText
from records.case_tables import Placed

KINDS = ("sale", "purchase_return", "transfer", "kit", "consignment")
"""Why goods left. `partner_id` is the purchaser, the supplier, or the hospital; a transfer has none."""
APPEND_ONLY = ("shipment", "shipment_line", "customer_payment", "sales_allocation")
"""Tables of selling whose rows are never changed or removed."""


class Shipment(Placed, table=True):
    """One outbound posting: `number` is the 出库单号 (`CK-<year>-<n>`), `shipped_on` the 出库日期.

    `consignee_name`, address and contact are those of that day. `picker` and `reviewer` are usernames, two persons
    (GSP 87); their signatures stand in the case. `outbound_seal` says that the note bears the seal (GSP 91).
    """

    __table_args__ = (
        UniqueConstraint("company", "number", name="uq_shipment_number"),
        UniqueConstraint("effect_key", name="uq_shipment_effect_key"),
        Index("ix_shipment_order", "order_id"),
        Index("ix_shipment_partner", "partner_id", "shipped_on"),
        Index("ix_shipment_case", "case_id"),
        CheckConstraint("kind IN ('sale','purchase_return','transfer','kit','consignment')", name="ck_shipment_kind"),
    )

    posting_id: int = Field(primary_key=True, foreign_key="posting.id", sa_type=BigKey)  # type: ignore[call-overload]
    number: str
    kind: str
    effect_key: str
    case_id: str
    partner_id: int | None = Field(default=None, foreign_key="partner.id", sa_type=BigKey)  # type: ignore[call-overload]
    order_id: int | None = Field(default=None, foreign_key="sales_order.id", sa_type=BigKey)  # type: ignore[call-overload]
    shipped_on: str
    consignee_name: str = ""
    delivery_address: str = ""
    consignee_contact: str = ""
    purchaser_license_no: str = ""
    delivery_way: str = "delivery"
    storage_transport_provider: str = ""
    online_order_no: str = ""
    outbound_seal: bool = False
    picker: str = ""
    reviewer: str = ""
    review: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    """The answers of the review: the four stop checks of GSP 87, the result and remarks."""


class ShipmentLine(Placed, table=True):
    """`quantity` base units of one lot that left from one location.

    `order_line_no` is the line of the sales order (`order_id` of the shipment). `serial_nos` names each unit where the
    product has numbers. `unit_price` is in yuan, `amount_fen` the line's sum in 分; both empty where nothing is sold.
    `told` is what the product's file and the lot said that day, by the glossary's keys: product_code, product_name, model,
    specification, registration_no, registrant_name, contract_manufacturer_name, production_license_no, unit, lot_no,
    expiry_date, service_life, production_date, storage_condition, transport_condition, is_cold_chain. `udi` is the code
    scanned at the review.
    """

    __table_args__ = (
        Index("ix_shipment_line_lot", "lot_id"),
        Index("ix_shipment_line_product", "product_id"),
        Index("ix_shipment_line_reverses", "reverses_posting_id"),
    )

    posting_id: int = Field(primary_key=True, foreign_key="posting.id", sa_type=BigKey)  # type: ignore[call-overload]
    line_no: str = Field(primary_key=True)
    reverses_posting_id: int | None = Field(default=None, sa_type=BigKey)  # type: ignore[call-overload]
    order_line_no: int | None = None
    product_id: int = Field(foreign_key="product.id", sa_type=BigKey)  # type: ignore[call-overload]
    lot_id: int = Field(foreign_key="lot.id", sa_type=BigKey)  # type: ignore[call-overload]
    location_id: int = Field(foreign_key="location.id", sa_type=BigKey)  # type: ignore[call-overload]
    quantity: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    serial_nos: list[Any] = Field(default_factory=list, sa_type=JsonText)
    udi: str = ""
    unit_price: Any = Field(default=None, sa_type=JsonText, nullable=True)
    amount_fen: int | None = Field(default=None, sa_type=BigKey)  # type: ignore[call-overload]
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)


def of_posting(session: Session, posting_id: int) -> Shipment | None:
    """The shipment that a posting is."""
    return session.get(Shipment, posting_id)


def by_number(session: Session, number: str, company: str = COMPANY) -> Shipment | None:
    """The shipment with this number."""
    return session.exec(select(Shipment).where(Shipment.company == company, Shipment.number == number)).first()


def of_order(session: Session, order_id: int) -> list[Shipment]:
    """The shipments of an order, the first first, those that were reversed too."""
    return list(session.exec(select(Shipment).where(Shipment.order_id == order_id).order_by(col(Shipment.posting_id))))


def lines_of(session: Session, posting_id: int) -> list[ShipmentLine]:
    """The lines of a posting."""
    query = select(ShipmentLine).where(ShipmentLine.posting_id == posting_id)
    return list(session.exec(query.order_by(col(ShipmentLine.line_no))))


def undone(session: Session, posting_ids: Sequence[int]) -> set[int]:
    """Those of the postings that were reversed."""
    query = select(ShipmentLine.reverses_posting_id).where(col(ShipmentLine.reverses_posting_id).in_(posting_ids))
    return {found for found in session.exec(query.distinct()) if found is not None}


def shipped(session: Session, order_id: int) -> dict[int, int]:
    """Base units that really left for an order, by order line."""
    mine = select(Shipment.posting_id).where(Shipment.order_id == order_id)
    first = func.coalesce(ShipmentLine.reverses_posting_id, ShipmentLine.posting_id)
    query = (
        select(ShipmentLine.order_line_no, func.sum(ShipmentLine.quantity))
        .where(first.in_(mine))
        .group_by(col(ShipmentLine.order_line_no))
    )
    return {line: int(quantity) for line, quantity in session.exec(query) if line is not None}
