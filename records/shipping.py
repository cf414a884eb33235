"""Writing shipments: the rows that stand beside an outbound posting, and their mirror where it is reversed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from domain.json_types import JsonObject
from records import ledger, shipments
from records.base import COMPANY
from records.lots import LotKey, find
from records.numbering import next_number, stand_in_line
from records.products import Product
from records.shipments import Shipment, ShipmentLine
from records.stock import Lot, location_by_code


@dataclass(frozen=True)
class Gone:
    """One line that left, as `ShipmentLine` keeps it."""

    line_no: str
    product: Product
    lot: Lot
    location_id: int
    quantity: int
    serial_nos: tuple[str, ...] = ()
    udi: str = ""
    order_line_no: int | None = None
    unit_price: Any = None
    amount_fen: int | None = None


@dataclass(frozen=True)
class Note:
    """The head of a shipment; `more` are the plain columns of `Shipment`."""

    kind: str
    year: int
    partner_id: int | None = None
    order_id: int | None = None
    more: dict[str, Any] = field(default_factory=dict)


def told(product: Product, lot: Lot) -> JsonObject:
    """What a product's file and a lot say, by the glossary's keys, for papers that must not change afterwards."""
    values: JsonObject = {
        "product_code": product.code,
        "product_name": product.name,
        "model": product.model,
        "specification": product.specification,
        "registration_no": product.registration_no,
        "registrant_name": product.registrant_name,
        "contract_manufacturer_name": product.contract_manufacturer_name,
        "production_license_no": product.production_license_no,
        "unit": product.unit,
        "lot_no": lot.lot_no,
        "expiry_date": lot.expiry,
        "production_date": lot.made_on,
        "service_life": product.service_life,
        "storage_condition": product.storage_condition,
        "transport_condition": product.transport_condition or product.storage_condition,
        "is_cold_chain": product.is_cold_chain,
    }
    return {name: value for name, value in values.items() if value not in ("", None)}


def draw_number(session: Session, company: str, year: int, mode: str) -> str:
    """The next 出库单号 of the year."""
    stand_in_line(session, f"shipment/{company}")
    return next_number(session, Shipment, company, "CK", year, mode)


def write(session: Session, effect_key: str, number: str, note: Note, lines: Sequence[Gone]) -> Shipment:
    """The shipment of the posting that this effect made, in the same transaction."""
    posting = ledger.posting_of(session, effect_key)
    assert posting is not None and posting.id is not None, "a shipment stands beside its posting"
    row = Shipment(
        company=posting.company,
        site=posting.site,
        mode=posting.mode,
        posting_id=posting.id,
        number=number,
        kind=note.kind,
        effect_key=effect_key,
        case_id=posting.case_id,
        partner_id=note.partner_id,
        order_id=note.order_id,
        **note.more,
    )
    session.add(row)
    session.flush()
    session.add_all(_line(row, one) for one in lines)
    session.flush()
    return row


def _line(of: Shipment, one: Gone) -> ShipmentLine:
    assert one.product.id is not None and one.lot.id is not None
    return ShipmentLine(
        company=of.company,
        site=of.site,
        mode=of.mode,
        posting_id=of.posting_id,
        line_no=one.line_no,
        order_line_no=one.order_line_no,
        product_id=one.product.id,
        lot_id=one.lot.id,
        location_id=one.location_id,
        quantity=one.quantity,
        serial_nos=list(one.serial_nos),
        udi=one.udi,
        unit_price=one.unit_price,
        amount_fen=one.amount_fen,
        told=told(one.product, one.lot),
    )


def mirror(session: Session, original_key: str, undo_key: str, company: str = COMPANY) -> None:
    """The negative lines of a shipment whose posting was reversed under `undo_key`; nothing where there was none."""
    first, reversal = (ledger.posting_of(session, key) for key in (original_key, undo_key))
    if first is None or first.id is None or reversal is None or reversal.id is None:
        return
    if shipments.lines_of(session, reversal.id):
        return
    for line in shipments.lines_of(session, first.id):
        copied = line.model_dump()
        copied |= {
            "posting_id": reversal.id,
            "reverses_posting_id": first.id,
            "quantity": -line.quantity,
            "amount_fen": None if line.amount_fen is None else -line.amount_fen,
        }
        session.add(ShipmentLine(**copied))
    session.flush()


def lot_key(product: Product, lot_no: str, expiry: str) -> LotKey:
    """What makes the lot of a shipped line."""
    assert product.id is not None
    return LotKey(product.id, lot_no, expiry)


def lot_of(session: Session, key: LotKey, mode: str, company: str) -> Lot:
    """The lot with this key, which the posting has moved."""
    found = find(session, key, mode, company)
    assert found is not None, f"lot {key.lot_no} is not on the books"
    return found


def place_of(session: Session, code: str, company: str) -> int:
    """The id of the location with this code."""
    found = location_by_code(session, code, company)
    assert found is not None and found.id is not None, f"there is no location {code}"
    return found.id
