"""Entering sales orders: numbers, lines, promises of goods, what a purchaser owes, and how an order ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlmodel import Session, col, func, select

from domain.json_types import JsonObject
from domain.stock import Status
from records import reservations, sales, shipments
from records.base import COMPANY
from records.numbering import next_number, stand_in_line
from records.parties import Partner
from records.products import by_codes
from records.sale_stock import Share
from records.sales import CreditTerm, CustomerPayment, SalesAllocation, SalesOrder, SalesOrderLine
from records.sales_returns import SalesReturn, SalesReturnLine
from records.shipments import Shipment, ShipmentLine
from records.stock import Reservation

FEN = Decimal("0.01")


@dataclass(frozen=True)
class Entering:
    """What an order is entered for and by; `more` are the plain columns of `SalesOrder` that the case gives."""

    effect_key: str
    case_id: str
    company: str
    site: str
    mode: str
    more: dict[str, Any]


def order_of(session: Session, effect_key: str) -> SalesOrder | None:
    """The order that this effect entered."""
    return session.exec(select(SalesOrder).where(SalesOrder.effect_key == effect_key)).first()


def write(session: Session, about: Entering, partner: Partner, day: date, lines: Sequence[JsonObject]) -> SalesOrder:
    """The order with its lines (worked out by `sales.quote`) under the next number."""
    assert partner.id is not None
    stand_in_line(session, f"sales/{about.company}")
    total = sum((Decimal(str(line["amount"])) for line in lines), Decimal(0))
    order = SalesOrder(
        company=about.company,
        site=about.site,
        mode=about.mode,
        number=next_number(session, SalesOrder, about.company, "SO", day.year, about.mode),
        purchaser_id=partner.id,
        ordered_on=day.isoformat(),
        effect_key=about.effect_key,
        case_id=about.case_id,
        total_fen=int(total / FEN),
        **about.more,
    )
    session.add(order)
    session.flush()
    files = by_codes(session, (str(line["product_code"]) for line in lines), about.company)
    for number, line in enumerate(lines, start=1):
        product: Any = files[str(line["product_code"])].id
        row = SalesOrderLine(
            order_id=order.id or 0,
            line_no=number,
            product_id=product,
            quantity=int(str(line["quantity"])),
            unit_price=Decimal(str(line["unit_price"])),
            agreed_price=_decimal(line.get("agreed_price")),
            lot_no=str(line.get("lot_no") or ""),
        )
        session.add(row)
    session.flush()
    return order


def promise(session: Session, order: SalesOrder, shares: Sequence[Share], effect_key: str, at: str, until: str) -> None:
    """Promise the shares to the order until a moment; `wish.line_no` is the order line. Raises `StockLawError`."""
    assert order.id is not None
    seq = len(sales.allocations(session, order.id))
    shares = sorted(shares, key=lambda one: (one.here.lot.id or 0, one.here.location.id or 0))
    for share in shares:
        seq += 1
        key = f"{effect_key}/promise/{seq}"
        row = share.here.balance
        wanted = reservations.Wanted(
            effect_key=key,
            task_id=order.number,
            key=(row.lot_id, row.location_id, Status.QUALIFIED.value, row.owner),
            qty=share.qty,
            expires_at=until,
            site=order.site,
            mode=order.mode,
            company=order.company,
        )
        reservations.reserve(session, wanted, at)
        session.add(
            SalesAllocation(
                order_id=order.id,
                seq=seq,
                line_no=int(share.wish.line_no),
                lot_id=row.lot_id,
                location_id=row.location_id,
                qty=share.qty,
                reservation_key=key,
            )
        )
    session.flush()


def promised(session: Session, order_id: int) -> list[tuple[SalesAllocation, Reservation]]:
    """The promises to an order that are still open, with what each is for."""
    query = (
        select(SalesAllocation, Reservation)
        .join(Reservation, col(Reservation.effect_key) == col(SalesAllocation.reservation_key))
        .where(SalesAllocation.order_id == order_id, Reservation.state == reservations.OPEN)
        .order_by(col(SalesAllocation.line_no), col(SalesAllocation.seq))
    )
    return [(allocation, reservation) for allocation, reservation in session.exec(query)]


def let_go(session: Session, order_id: int, at: str) -> int:
    """Free what is still promised to an order; answers how many units."""
    return sum(reservations.release(session, one.effect_key, at) for _, one in promised(session, order_id))


def end(session: Session, order: SalesOrder, day: date, reason: str) -> tuple[int, int]:
    """Close the order, or cancel it where nothing left; answers base units shipped and given up."""
    assert order.id is not None
    ordered = sum(line.quantity for line in sales.lines(session, order.id))
    gone = sum(shipments.shipped(session, order.id).values())
    if order.state == "open":
        order.state = "closed" if gone else "cancelled"
        order.ended_on, order.end_reason = day.isoformat(), reason
        session.add(order)
        session.flush()
    return gone, ordered - gone


# ------------------------------------------------------------------ what is owed


def credit_term(session: Session, partner_id: int) -> CreditTerm | None:
    """What the purchaser may owe, where that was agreed."""
    return session.get(CreditTerm, partner_id)


def owed(session: Session, partner_id: int, company: str = COMPANY) -> int:
    """分 that the purchaser owes or will owe: open orders whole, ended ones as shipped, less returns and payments."""
    mine = select(SalesOrder.id).where(
        SalesOrder.company == company, SalesOrder.purchaser_id == partner_id, SalesOrder.mode == "live"
    )
    open_sum = select(func.coalesce(func.sum(SalesOrder.total_fen), 0)).where(
        col(SalesOrder.id).in_(mine), SalesOrder.state == "open"
    )
    ended = select(SalesOrder.id).where(col(SalesOrder.id).in_(mine), SalesOrder.state == "closed")
    first = func.coalesce(ShipmentLine.reverses_posting_id, ShipmentLine.posting_id)
    gone = select(func.coalesce(func.sum(ShipmentLine.amount_fen), 0)).where(
        first.in_(select(Shipment.posting_id).where(col(Shipment.order_id).in_(ended)))
    )
    paid = select(func.coalesce(func.sum(CustomerPayment.amount_fen), 0)).where(col(CustomerPayment.order_id).in_(mine))
    sums = [int(session.exec(query).one() or 0) for query in (open_sum, gone, paid)]
    return sums[0] + sums[1] - sums[2] - _credited(session, partner_id)


def open_amount(session: Session, order: SalesOrder) -> int:
    """分 of what left for an order that were not paid yet; returns are settled on the purchaser's account."""
    first = func.coalesce(ShipmentLine.reverses_posting_id, ShipmentLine.posting_id)
    mine = select(Shipment.posting_id).where(Shipment.order_id == order.id)
    gone = select(func.coalesce(func.sum(ShipmentLine.amount_fen), 0)).where(first.in_(mine))
    paid = select(func.coalesce(func.sum(CustomerPayment.amount_fen), 0)).where(CustomerPayment.order_id == order.id)
    return int(session.exec(gone).one() or 0) - int(session.exec(paid).one() or 0)


def _credited(session: Session, partner_id: int) -> int:
    """分 of what came back and was taken back."""
    query = (
        select(SalesReturnLine)
        .join(SalesReturn, col(SalesReturn.id) == col(SalesReturnLine.return_id))
        .where(SalesReturn.partner_id == partner_id, SalesReturn.state == "received", SalesReturn.mode == "live")
    )
    return sum(fen(row.unit_price, row.quantity) for row in session.exec(query) if row.unit_price is not None)


def fen(price: Any, quantity: int) -> int:
    """A price in yuan times a quantity, in 分, rounded half up."""
    return int((Decimal(str(price)) * quantity / FEN).quantize(Decimal(1), ROUND_HALF_UP))


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
