"""What the outbound review decides on: each picked line against the books, the promises to its document, and the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from domain import sale_rules
from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.sale_rules import Picked
from domain.stock import Status
from domain.udi import Code, UdiFault, read
from records import lots, products
from records.hold_rows import marks
from records.products import Product
from records.reservations import OPEN
from records.sale_stock import Where
from records.stock import Location, Lot, Reservation, Serial, StockBalance, location_by_code

Place = tuple[int, int, str]
"""Lot, location and status of goods."""


@dataclass(frozen=True)
class Document:
    """What goods leave for: the number that promises are made to, and whether they are sold (else sent back)."""

    number: str
    is_sale: bool = True


def promised_to(session: Session, number: str, at: str) -> dict[Place, int]:
    """Units promised to a document and not used yet, by where they stand."""
    query = select(Reservation).where(
        Reservation.task_id == number, Reservation.state == OPEN, Reservation.expires_at > at
    )
    left: dict[Place, int] = {}
    for row in session.exec(query):
        key = (row.lot_id, row.location_id, row.status)
        left[key] = left.get(key, 0) + row.qty - row.consumed
    return left


def promise_keys(session: Session, number: str) -> list[str]:
    """The effect keys of the open promises to a document."""
    query = select(Reservation.effect_key).where(Reservation.task_id == number, Reservation.state == OPEN)
    return list(session.exec(query.order_by(col(Reservation.id))))


def picked_lines(session: Session, lines: Sequence[JsonObject], document: Document, where: Where) -> list[Picked]:
    """The lines of a pick list as the rules see them; goods that are not on the books have nothing promised to them."""
    left = promised_to(session, document.number, where.at)
    return [_picked(session, line, left, document, where) for line in lines]


def _picked(session: Session, line: JsonObject, left: dict[Place, int], document: Document, where: Where) -> Picked:
    product = products.by_code(session, _text(line, "product_code"), where.company)
    lot = _lot(session, product, line, where)
    place = location_by_code(session, _text(line, "location_code"), where.company)
    status = _text(line, "stock_status") or Status.QUALIFIED.value
    reserved = 0
    if lot is not None and lot.id is not None and place is not None and place.id is not None:
        key = (lot.id, place.id, status)
        reserved = min(_whole(line, "quantity") or 0, left.get(key, 0))
        left[key] = left.get(key, 0) - reserved
    code = _code(line, where)
    is_numbered = product is not None and "SERIAL" in product.tracking
    return Picked(
        line_no=_text(line, "line_no"),
        product_name=_text(line, "product_name") or (product.name if product else ""),
        lot_no=_text(line, "lot_no"),
        location=_text(line, "location_code"),
        reserved=reserved,
        picked=_whole(line, "picked_quantity"),
        reviewed=_whole(line, "reviewed_quantity"),
        serial_no=_text(line, "serial_no"),
        scanned_lot=(code.lot if code and code.lot else "") or _text(line, "scanned_lot_no"),
        scanned_serial=(code.serial if code and code.serial else "") or _text(line, "scanned_serial_no"),
        is_numbered=is_numbered,
        has_lot=product is None or "LOT" in product.tracking,
        expired_on=_expired(lot, document, where),
        stopped=_stopped(session, lot, place, line, document, where),
        fits=_fits(session, code, product),
        unit_is_there=not is_numbered or _unit_is_there(session, product, lot, place, line, status),
    )


def _lot(session: Session, product: Product | None, line: JsonObject, where: Where) -> Lot | None:
    if product is None or product.id is None:
        return None
    key = lots.LotKey(product.id, _text(line, "lot_no"), _text(line, "expiry_date"))
    return lots.find(session, key, where.mode, where.company)


def _code(line: JsonObject, where: Where) -> Code | None:
    scanned = _text(line, "udi")
    if not scanned:
        return None
    try:
        return read(scanned, where.day)
    except UdiFault:
        return None  # the form has told it already; what was not read counts as not scanned


def _fits(session: Session, code: Code | None, product: Product | None) -> bool:
    if code is None:
        return True
    named = products.by_di(session, code.di)
    return named is not None and product is not None and named.id == product.id


def _expired(lot: Lot | None, document: Document, where: Where) -> str:
    ends = lot.expiry if lot is not None else ""
    return ends if document.is_sale and ends and ends < where.day.isoformat() else ""


def _stopped(
    session: Session, lot: Lot | None, place: Location | None, line: JsonObject, document: Document, where: Where
) -> str:
    """Why goods that were qualified when they were promised may not leave now, in words; empty where they may."""
    if not document.is_sale or lot is None or lot.id is None or place is None or place.id is None:
        return ""
    if marks(session, [lot.id], where.site, where.mode):
        return "该批已整批停售"
    here = session.get(StockBalance, (lot.id, place.id, Status.QUALIFIED.value, ""))
    wanted = min(
        _whole(line, "reviewed_quantity") or _whole(line, "picked_quantity") or 0, _whole(line, "quantity") or 0
    )
    if (here.qty if here else 0) < wanted:
        return "货位上的合格品已不足（停售、召回或移走）"
    return ""


def _unit_is_there(
    session: Session, product: Product | None, lot: Lot | None, place: Location | None, line: JsonObject, status: str
) -> bool:
    number = _text(line, "serial_no")
    if not number or product is None or lot is None or place is None:
        return False
    query = select(Serial).where(Serial.product_id == product.id, Serial.mode == lot.mode, Serial.serial_no == number)
    unit = session.exec(query).first()
    return unit is not None and (unit.lot_id, unit.current_location_id, unit.current_status) == (
        lot.id,
        place.id,
        status,
    )


def pick_violations(session: Session, lines: Sequence[JsonObject], document: Document, where: Where) -> list[Violation]:
    """What keeps a pick from being done as entered."""
    return sale_rules.pick_is_lawful(picked_lines(session, lines, document, where))


def review_violations(
    session: Session, lines: Sequence[JsonObject], checks: JsonObject, document: Document, where: Where
) -> list[Violation]:
    """What keeps a review from letting the goods go."""
    agreed = sale_rules.review_agrees(picked_lines(session, lines, document, where))
    return agreed + (sale_rules.stop_cases_are_clear(checks) if document.is_sale else [])


def document_of(scopes: Sequence[JsonObject]) -> Document | None:
    """The document of a case, by the glossary's names in its data and its start; `None` where nothing leaves in it."""
    for values in scopes:
        if _text(values, "sales_order_no"):
            return Document(_text(values, "sales_order_no"))
    for values in scopes:
        if _text(values, "purchase_return_no"):
            return Document(_text(values, "purchase_return_no"), is_sale=False)
    return None


def _text(line: JsonObject, key: str) -> str:
    found = line.get(key)
    return found.strip() if isinstance(found, str) else ""


def _whole(line: JsonObject, key: str) -> int | None:
    found = line.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
