"""What the hard rules of selling decide on, read from the files, the books and the case; and small sums over orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, func, select

from domain import hard_rules as rules
from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.sale_rules import goods_are_free as goods_are_free
from records import facts, parties, products, sale_stock
from records.base import COMPANY
from records.parties import Partner
from records.sale_stock import Where, Wish
from records.sales import CustomerPayment, SalesOrder
from records.stock_facts import signed_in

LICENCES = ("practice_license", "operation_license", "production_license", "business_license")
"""The papers whose number stands in a sales record, the more telling first (GSP 84)."""


@dataclass(frozen=True)
class Asked:
    """An order as somebody wants it: `lines` with `line_no`, `product_code`, `quantity`, perhaps `lot_no`.

    `person` is the salesperson (an account), whose letter of ours must cover what is sold; empty: not judged.
    """

    purchaser_code: str
    lines: Sequence[JsonObject]
    person: str = ""


def order_violations(session: Session, asked: Asked, where: Where, *, lock: bool = False) -> list[Violation]:
    """RULE-11, 03, 04 on purchaser and products, RULE-02 on the salesperson, RULE-08, 10, 25 on the goods."""
    codes = [str(line.get("product_code") or "") for line in asked.lines]
    found = facts.sale_violations(
        session,
        purchaser_code=asked.purchaser_code,
        product_codes=codes,
        site=where.site,
        at=where.at,
        company=where.company,
    )
    files = products.by_codes(session, codes, where.company)
    if asked.person:
        found += _seller_violations(session, asked.person, files, where)
    wishes = [
        Wish(
            _text(line, "line_no"), files[_text(line, "product_code")], _whole(line, "quantity"), _text(line, "lot_no")
        )
        for line in asked.lines
        if _text(line, "product_code") in files
    ]
    return found + goods_are_free(sale_stock.plan(session, wishes, where, lock=lock)[0])


def _seller_violations(
    session: Session, person: str, files: dict[str, products.Product], where: Where
) -> list[Violation]:
    letters = facts.papers(session, parties.of_company(session, where.company))
    return [
        violation
        for row in files.values()
        for violation in rules.seller_is_authorised(letters, person, facts.product(row), where.day)
    ]


def salesperson(session: Session, case_id: str, path: str) -> str:
    """The account of whoever signed the order as submitted; empty where nobody has."""
    submitted = [one.person for one in signed_in(session, case_id, path) if one.meaning == "submitted"]
    return submitted[-1] if submitted else ""


def licence_of(session: Session, partner: Partner, day: date) -> str:
    """The number of the paper by which the purchaser may buy on a day; empty where none has a number."""
    assert partner.id is not None
    held = facts.papers(session, parties.credentials(session, "partner", partner.id))
    for kind in LICENCES:
        for paper in held:
            if paper.kind == kind and paper.number and paper.is_valid_on(day):
                return paper.number
    return ""


def sold_under(session: Session, contract_no: str, company: str = COMPANY) -> int:
    """分 of all orders under a contract that were not cancelled."""
    query = select(func.coalesce(func.sum(SalesOrder.total_fen), 0)).where(
        SalesOrder.company == company,
        SalesOrder.contract_no == contract_no,
        SalesOrder.state != "cancelled",
        SalesOrder.mode == "live",
    )
    return int(session.exec(query).one())


def note_payment(
    session: Session, order: SalesOrder, effect_key: str, amount: int, day: str, case_id: str, at: str
) -> None:
    """Money for an order, once for an effect."""
    if session.exec(select(CustomerPayment).where(CustomerPayment.effect_key == effect_key)).first() is not None:
        return
    assert order.id is not None
    session.add(
        CustomerPayment(
            company=order.company,
            site=order.site,
            mode=order.mode,
            effect_key=effect_key,
            order_id=order.id,
            amount_fen=amount,
            received_on=day,
            case_id=case_id,
            recorded_at=at,
        )
    )
    session.flush()


def _text(line: JsonObject, key: str) -> str:
    found = line.get(key)
    return found.strip() if isinstance(found, str) else ""


def _whole(line: JsonObject, key: str) -> int:
    found = line.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
