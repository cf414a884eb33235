"""Placing purchase orders: numbers without a gap, an order once for each effect, how much of it has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from domain.errors import GspError
from domain.json_types import JsonObject
from records import orders
from records.base import connection_of
from records.orders import PurchaseOrder, PurchaseOrderLine
from records.parties import Partner
from records.products import by_codes
from records.stock import Tombstone


@dataclass(frozen=True)
class Placing:
    """What an order is placed for and by; `kind` is `purchase`, `sample` or `gift`."""

    effect_key: str
    case_id: str
    company: str
    site: str
    mode: str
    kind: str
    contract_no: str
    expected_on: str


def stand_in_line(session: Session, company: str) -> None:
    """Orders of a company are numbered one after the other. SQLite has one writer anyhow."""
    connection = connection_of(session)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"order/{company}"})


def order_of(session: Session, effect_key: str) -> PurchaseOrder | None:
    """The order that this effect placed."""
    return session.exec(select(PurchaseOrder).where(PurchaseOrder.effect_key == effect_key)).first()


def require_not_undone(session: Session, effect_key: str) -> None:
    """Raise where the placing was undone before it happened."""
    if session.get(Tombstone, effect_key) is not None:
        zh, en = "该下单在执行前已被撤销。", "The order was cancelled before it was placed."
        raise GspError("undone_before", zh, en)


def bury(session: Session, key: str, undo_key: str, site: str, mode: str, company: str, at: str) -> None:
    """The placing was undone before it happened: a late attempt is refused for ever."""
    if session.get(Tombstone, key) is None:
        row = Tombstone(company=company, site=site, mode=mode, effect_key=key, undo_key=undo_key, recorded_at=at)
        session.add(row)
        session.flush()


def write(session: Session, about: Placing, partner: Partner, day: date, lines: Sequence[JsonObject]) -> PurchaseOrder:
    """The order with its lines (`product_code`, `quantity` in base units, `unit_price` in yuan) under the next number."""
    assert partner.id is not None
    order = PurchaseOrder(
        company=about.company,
        site=about.site,
        mode=about.mode,
        number=_next_number(session, about.company, day.year),
        supplier_id=partner.id,
        ordered_on=day.isoformat(),
        effect_key=about.effect_key,
        case_id=about.case_id,
        kind=about.kind,
        contract_no=about.contract_no,
        expected_on=about.expected_on or None,
    )
    session.add(order)
    session.flush()
    assert order.id is not None
    files = by_codes(session, (str(line["product_code"]) for line in lines), about.company)
    for number, line in enumerate(lines, start=1):
        product: Any = files[str(line["product_code"])].id
        price, count = Decimal(str(line["unit_price"])), int(str(line["quantity"]))
        row = PurchaseOrderLine(order_id=order.id, line_no=number, product_id=product, quantity=count, unit_price=price)
        session.add(row)
    session.flush()
    return order


def _next_number(session: Session, company: str, year: int) -> str:
    """`PO-<year>-<n>`: one above the highest of the year."""
    head = f"PO-{year}-"
    query = select(PurchaseOrder.number).where(
        PurchaseOrder.company == company, col(PurchaseOrder.number).startswith(head, autoescape=True)
    )
    used = [int(tail) for number in session.exec(query) if (tail := number.removeprefix(head)).isdigit()]
    return f"{head}{max(used, default=0) + 1:04d}"


def progress(session: Session, order: PurchaseOrder) -> tuple[int, dict[int, int]]:
    """Base units ordered, and by product what still has to come."""
    assert order.id is not None
    ordered = sum(line.quantity for line in orders.lines(session, order.id))
    left = orders.remaining(session, order.id, order.mode)
    return ordered, {product: quantity for product, quantity in left.items() if quantity > 0}


def end(session: Session, order: PurchaseOrder, state: str, day: str, reason: str) -> None:
    """Close or cancel an order: nothing is received against it any more."""
    order.state, order.ended_on, order.end_reason = state, day, reason
    session.add(order)
    session.flush()


def spent_under(session: Session, contract_no: str, company: str) -> Decimal:
    """Yuan of all orders under a contract that were not cancelled."""
    query = (
        select(PurchaseOrderLine)
        .join(PurchaseOrder, col(PurchaseOrder.id) == col(PurchaseOrderLine.order_id))
        .where(
            PurchaseOrder.company == company,
            PurchaseOrder.contract_no == contract_no,
            PurchaseOrder.state != "cancelled",
            PurchaseOrder.mode == "live",
        )
    )
    rows = session.exec(query)
    return sum((Decimal(str(row.unit_price or 0)) * row.quantity for row in rows), Decimal(0))
