"""What once left and may come back: shipped lines of a purchaser, found by outbound number, lot or serial number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.sale_rules import Claimed, return_is_ours
from domain.stock import PlaceKind
from records import products, sales_returns, shipments
from records.base import COMPANY
from records.parties import Partner
from records.products import Product
from records.shipments import Shipment, ShipmentLine
from records.stock import Lot, PostingRow, Serial, virtual_place


@dataclass(frozen=True)
class Match:
    """Units of a shipped line that a claimed line stands for, with how many of it may still come back."""

    claim: JsonObject
    shipment: Shipment
    line: ShipmentLine
    shipped_at: str
    open_quantity: int
    quantity: int


@dataclass(frozen=True)
class Claims:
    """Whose goods are claimed."""

    partner: Partner
    mode: str = "live"
    company: str = COMPANY


def matched(session: Session, claims: Claims, lines: Sequence[JsonObject]) -> tuple[list[Match], list[Violation]]:
    """The shipped lines behind each claimed one, newest first, and RULE-26 on those that cannot be found or are too many.

    A claimed line has `line_no`, `product_code`, `return_quantity`, and `original_outbound_no`, `lot_no` or `serial_no`.
    """
    found: list[Match] = []
    claimed: list[Claimed] = []
    taken: dict[tuple[int, str], int] = {}
    for line in lines:
        product = products.by_code(session, _text(line, "product_code"), claims.company)
        rows = [] if product is None else _shipped(session, claims, product, line)
        back = [_back(session, claims, row, line) + taken.get((row.posting_id, row.line_no), 0) for _, row, _ in rows]
        sold = [_sold(row, line) for _, row, _ in rows]
        wanted = _whole(line, "return_quantity")
        claimed.append(_claimed(line, product, wanted, sum(sold), sum(back)))
        for (shipment, row, at), units, came in zip(rows, sold, back, strict=True):
            quantity = min(wanted, max(units - came, 0))
            if quantity:
                found.append(Match(line, shipment, row, at, units - came, quantity))
                taken[(row.posting_id, row.line_no)] = taken.get((row.posting_id, row.line_no), 0) + quantity
                wanted -= quantity
    return found, return_is_ours(claimed)


def _claimed(line: JsonObject, product: Product | None, wanted: int, sold: int, back: int) -> Claimed:
    named = [_text(line, key) for key in ("original_outbound_no", "lot_no", "serial_no")]
    name = product.name if product is not None else _text(line, "product_code")
    return Claimed(_text(line, "line_no"), name, " / ".join(one for one in named if one), wanted, sold, back)


def _shipped(
    session: Session, claims: Claims, product: Product, line: JsonObject
) -> list[tuple[Shipment, ShipmentLine, str]]:
    """The sales to the purchaser that fit what is claimed; nothing where no number identifies the goods."""
    number, lot_no, serial = (_text(line, key) for key in ("original_outbound_no", "lot_no", "serial_no"))
    if not (number or lot_no or serial):
        return []
    query = (
        select(Shipment, ShipmentLine, PostingRow.business_at)
        .join(ShipmentLine, col(ShipmentLine.posting_id) == col(Shipment.posting_id))
        .join(PostingRow, col(PostingRow.id) == col(Shipment.posting_id))
        .where(
            Shipment.company == claims.company,
            Shipment.mode == claims.mode,
            Shipment.partner_id == claims.partner.id,
            col(Shipment.kind).in_(("sale", "kit", "consignment")),
            ShipmentLine.product_id == product.id,
        )
        .order_by(col(Shipment.posting_id).desc(), col(ShipmentLine.line_no))
    )
    if number:
        query = query.where(Shipment.number == number)
    if lot_no:
        lots = select(Lot.id).where(Lot.product_id == product.id, Lot.mode == claims.mode, Lot.lot_no == lot_no)
        query = query.where(col(ShipmentLine.lot_id).in_(lots))
    rows = [(shipment, row, at) for shipment, row, at in session.exec(query)]
    gone = shipments.undone(session, [shipment.posting_id for shipment, _, _ in rows])
    rows = [one for one in rows if one[0].posting_id not in gone]
    return [one for one in rows if not serial or serial in one[1].serial_nos]


def _sold(row: ShipmentLine, line: JsonObject) -> int:
    return 1 if _text(line, "serial_no") else row.quantity


def _back(session: Session, claims: Claims, row: ShipmentLine, line: JsonObject) -> int:
    serial = _text(line, "serial_no")
    if not serial:
        return sales_returns.returned(session, row.posting_id).get(row.line_no, 0)
    outside = virtual_place(session, PlaceKind.CUSTOMER, claims.company).id
    unit = session.exec(
        select(Serial).where(
            Serial.product_id == row.product_id, Serial.mode == claims.mode, Serial.serial_no == serial
        )
    ).first()
    return 0 if unit is not None and unit.current_location_id == outside else 1


def _text(line: JsonObject, key: str) -> str:
    found = line.get(key)
    return found.strip() if isinstance(found, str) else ""


def _whole(line: JsonObject, key: str) -> int:
    found = line.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
