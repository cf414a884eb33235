"""Hard rules of selling before the act: on an order as it is submitted and approved, a pick, a review, a return received.

They attach to what a signature means and to the glossary's names (`order_lines`, `pick_lines`, `return_lines`), not to an
SOP; the postings decide again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain import hard_rules as rules
from domain import sale_rules
from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.stock import Status
from records import facts, outbound_facts, parties, products, return_facts, sale_facts
from records.return_facts import Claims
from records.sale_facts import Asked
from records.sale_stock import Where


@dataclass(frozen=True)
class Shown:
    """A completion: what the case started with, its data, what is entered now."""

    start: Mapping[str, Any]
    data: Mapping[str, Any]
    values: Mapping[str, Any]
    case_id: str
    path: str
    person: str


def draft_violations(session: Session, shown: Shown, where: Where) -> list[Violation]:
    """RULE-02, 03, 04, 08, 10, 11, 25 on an order as its salesperson submits it."""
    return _order_violations(session, shown, shown.person, where)


def approval_violations(session: Session, shown: Shown, where: Where) -> list[Violation]:
    """The same on an order that somebody approves: papers and stock may have changed since."""
    return _order_violations(session, shown, sale_facts.salesperson(session, shown.case_id, shown.path), where)


def _order_violations(session: Session, shown: Shown, person: str, where: Where) -> list[Violation]:
    code, listed = shown.start.get("purchaser_code"), {**shown.data, **shown.values}.get("order_lines")
    if not isinstance(code, str) or not isinstance(listed, list) or shown.data.get("sales_order_no"):
        return []
    lines = [line for line in listed if isinstance(line, dict)]
    return sale_facts.order_violations(session, Asked(code, lines, person), where)


def pick_violations(session: Session, shown: Shown, where: Where) -> list[Violation]:
    """RULE-10, 12, 25 on whoever picked."""
    document, lines = _document(shown), _lines(shown, "pick_lines")
    return outbound_facts.pick_violations(session, lines, document, where) if document and lines else []


def review_violations(session: Session, shown: Shown, where: Where) -> list[Violation]:
    """RULE-10, 12, 13, 25 on whoever lets goods leave."""
    document, lines = _document(shown), _lines(shown, "pick_lines")
    if document is None or not lines:
        return []
    found = outbound_facts.review_violations(session, lines, dict(shown.values), document, where)
    return found + sale_rules.note_is_sealed(shown.values.get("outbound_sealed") is True)


def return_violations(session: Session, shown: Shown, where: Where) -> list[Violation]:
    """RULE-26 on goods that come back, RULE-08 and 09 on where they are put."""
    lines = [line for line in _lines(shown, "return_lines") if line.get("return_quantity")]
    partner = parties.by_code(session, str(shown.start.get("purchaser_code") or ""), where.company)
    if not lines or partner is None:
        return []
    found = return_facts.matched(session, Claims(partner, where.mode, where.company), lines)[1]
    for line in lines:
        place = facts.location(session, str(line.get("location_code") or ""), where.company)
        fact = facts.product(products.by_code(session, str(line.get("product_code") or ""), where.company))
        number = str(line.get("line_no") or "")
        found += rules.zone_admits(place, Status.RETURN_PENDING, number)
        found += rules.climate_suits(place, fact, number) if fact.is_cold_chain else []
    return found


def _document(shown: Shown) -> outbound_facts.Document | None:
    return outbound_facts.document_of([dict(shown.data), dict(shown.start)])


def _lines(shown: Shown, key: str) -> list[JsonObject]:
    """The lines as they would stand after the act: what is entered over what the case has, by line number."""
    entered: Any = shown.values.get(key)
    if not isinstance(entered, list):
        return []
    kept: Any = shown.data.get(key) or []
    before = {line.get("line_no"): line for line in kept if isinstance(line, dict)}
    return [{**before.get(line.get("line_no"), {}), **line} for line in entered if isinstance(line, dict)]
