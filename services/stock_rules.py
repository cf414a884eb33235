"""Hard rules of goods on the shelves before the act: at rulings, at approvals of an adjustment, at a scanned location.

They attach to what a signature means and to the glossary's names (`stock_status`, `expiry_date`, `differences`), not to
an SOP; the postings decide again.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from domain import hard_rules as rules
from domain import stock_rules
from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.stock import Status
from records import facts, stock_facts


def ruling_violations(session: Session, line: JsonObject, outcome: str, site: str, at: str) -> list[Violation]:
    """RULE-22 and RULE-10 on whoever would let goods go: rejected ones never, expired ones on hold neither."""
    status = _text(line, "stock_status")
    found = stock_rules.rejected_stays_rejected(status, outcome)
    if status != Status.HOLD.value or outcome not in stock_rules.LETS_GO or not _text(line, "expiry_date"):
        return found
    end = date.fromisoformat(_text(line, "expiry_date"))
    return found + rules.not_expired(_text(line, "line_no"), end, facts.today_at(session, site, at))


def approval_violations(session: Session, line: JsonObject, case_id: str, path: str, person: str) -> list[Violation]:
    """RULE-23 on whoever approves an adjustment: each difference has a cause, and whoever counted does not sign."""
    listed: Any = line.get("differences")
    if not isinstance(listed, list):
        return []
    rows = [row for row in listed if isinstance(row, dict)]
    causes = [(_text(row, "line_no"), _whole(row, "variance"), _text(row, "variance_reason")) for row in rows]
    counters = stock_rules.counters_of(stock_facts.signed_in(session, case_id, path))
    return stock_rules.adjustment_is_explained(causes) + stock_rules.counter_signs_not([person], counters)


def status_of(line: JsonObject) -> Status:
    """In which status goods are brought to a location: what the case says of them, else qualified."""
    said = _text(line, "stock_status")
    return Status(said) if said in Status.__members__ else Status.QUALIFIED


def _text(value: JsonObject, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _whole(value: JsonObject, key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
