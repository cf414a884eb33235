"""Hard rules before the act: facts from the records, decisions by ``domain.hard_rules``; the posting decides again.

They attach to what a signature means, not to an SOP, so no definition can leave them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain.errors import Fault, Refusal, Text
from domain.filed_rules import file_is_lawful
from domain.hard_rules import Violation, blocking_at_receipt
from domain.json_types import Json, JsonObject
from records import facts, filed
from records.sale_stock import Where
from services import sale_rules, stock_rules, transport_rules
from services.scopes import CaseScopes
from workflows.language.model import Step

QUALIFIED = "pass"
"""The outcome of an inspection that makes goods qualified."""
VOUCHES = frozenset({"submitted", "review", "verified", "approve"})
"""What a signature means that lets an application for qualification go on."""


@dataclass(frozen=True)
class Attempt:
    """A completion as the rules see it."""

    case_id: str
    site: str
    mode: str
    path: str
    step: Step
    outcome: str
    values: JsonObject
    roles: tuple[str, ...]
    role: str
    at: str
    person: str = ""


def violations(session: Session, scopes: CaseScopes, attempt: Attempt) -> list[Violation]:
    """The hard rules that this completion would break."""
    meaning = attempt.step.sign.meaning if attempt.step.sign else None
    sold = _selling(session, scopes, attempt, meaning) if attempt.outcome == attempt.step.success else []
    return _leaving(session, scopes, attempt, meaning) + sold + _by_meaning(session, scopes, attempt, meaning)


def _leaving(session: Session, scopes: CaseScopes, attempt: Attempt, meaning: str | None) -> list[Violation]:
    """What concerns goods on their way out of the house."""
    if attempt.outcome != attempt.step.success or meaning not in ("performed", "handed_over", "submitted"):
        return []
    about = {**scopes.target(attempt.step, attempt.path), **attempt.values}
    if meaning == "performed":
        return transport_rules.performed(about, attempt.values, attempt.role)
    if meaning == "submitted":
        return transport_rules.submitted(attempt.values)
    today = facts.today_at(session, attempt.site, attempt.at)
    return transport_rules.handed_over(session, about, attempt.values, today)


def _by_meaning(session: Session, scopes: CaseScopes, attempt: Attempt, meaning: str | None) -> list[Violation]:
    if meaning == "received" and attempt.outcome == attempt.step.success:
        return _receipt(session, scopes, attempt)
    if meaning == "inspected":
        return _inspection(session, scopes, attempt)
    if meaning == "quality_rule":
        path, role = attempt.path, attempt.role
        found = facts.ruling_violations(session, case_id=attempt.case_id, path=path, role=role, outcome=attempt.outcome)
        line = _line(scopes, attempt)
        return found + stock_rules.ruling_violations(session, line, attempt.outcome, attempt.site, attempt.at)
    if meaning == "approve" and attempt.outcome == attempt.step.success:
        line, who = _line(scopes, attempt), attempt.person
        found = stock_rules.approval_violations(session, line, attempt.case_id, attempt.path, who)
        return found + _application(session, scopes, attempt)
    if meaning == "performed" and isinstance(attempt.values.get("location_code"), str):
        return _put_away(session, scopes, attempt)
    if meaning in VOUCHES and attempt.outcome == attempt.step.success:
        return _application(session, scopes, attempt)
    return []


_SELLING = {
    "submitted": sale_rules.draft_violations,
    "approve": sale_rules.approval_violations,
    "performed": sale_rules.pick_violations,
    "verified": sale_rules.review_violations,
    "received": sale_rules.return_violations,
}


def _selling(session: Session, scopes: CaseScopes, attempt: Attempt, meaning: str | None) -> list[Violation]:
    """What an order, a pick, a review or a return would break."""
    rule = _SELLING.get(meaning or "")
    if rule is None:
        return []
    where = Where(attempt.site, attempt.at, facts.today_at(session, attempt.site, attempt.at), attempt.mode)
    shown = sale_rules.Shown(scopes.start, scopes.data(), attempt.values, attempt.case_id, attempt.path, attempt.person)
    return rule(session, shown, where)


def _application(session: Session, scopes: CaseScopes, attempt: Attempt) -> list[Violation]:
    """The file of a supplier, product, purchaser or salesperson, where the case is about one."""
    subject = filed.subject_of(_names_of_case(scopes))
    if subject is None:
        return []
    values = {**scopes.start, **scopes.data(), **attempt.values}
    today = facts.today_at(session, attempt.site, attempt.at)
    return file_is_lawful(filed.read(session, subject, values, today), today)


def _names_of_case(scopes: CaseScopes) -> set[str]:
    """The fields that the case's data and its start form declare."""
    declared: Any = scopes.model.data_schema.get("properties") or {}
    return {*declared, *_names_at_start(scopes)}


def _receipt(session: Session, scopes: CaseScopes, attempt: Attempt) -> list[Violation]:
    """What speaks of products, orders, suppliers and locations is judged where the form or the case has them."""
    listed: Any = attempt.values.get("lines")
    if not isinstance(listed, list):
        return []
    has = _columns(scopes, attempt.step, listed)
    lines = [line for line in listed if isinstance(line, dict)] if "product_code" in has else []
    code = scopes.start.get("supplier_code")
    found = facts.receipt_violations(
        session,
        supplier_code=str(code or "") if "supplier_code" in _names_at_start(scopes) else None,
        lines=lines,
        site=attempt.site,
        at=attempt.at,
        mode=attempt.mode,
        ordered="purchase_order_no" in has,
    )
    if "quarantine_location" in has:
        found += [fault for line in lines for fault in facts.pending_place_violations(session, line, attempt.site)]
    return blocking_at_receipt(found)


def _columns(scopes: CaseScopes, step: Step, lines: list[Any]) -> set[str]:
    """The columns that the step's form declares for its lines, and what stands in them."""
    declared: Any = _properties(scopes, step.form).get("lines") or {}
    named = set((declared.get("items") or {}).get("properties") or ())
    return named.union(*(line for line in lines if isinstance(line, dict)))


def _names_at_start(scopes: CaseScopes) -> set[str]:
    return {*scopes.start, *_properties(scopes, scopes.model.start_form)}


def _properties(scopes: CaseScopes, form: str | None) -> dict[str, Any]:
    body: Any = scopes.model.forms.get(form or "") or {}
    return (body.get("schema") or {}).get("properties") or {}


def _line(scopes: CaseScopes, attempt: Attempt) -> JsonObject:
    """What the step is about, with what is entered now; a product that the form asks for counts as named."""
    line = {**scopes.target(attempt.step, attempt.path), **attempt.values}
    if "product_code" in _properties(scopes, attempt.step.form):
        line.setdefault("product_code", "")
    return line


def _inspection(session: Session, scopes: CaseScopes, attempt: Attempt) -> list[Violation]:
    return facts.inspection_violations(
        session,
        case_id=attempt.case_id,
        path=attempt.path,
        line=_line(scopes, attempt),
        roles=attempt.roles,
        outcome=QUALIFIED if attempt.outcome == attempt.step.success else attempt.outcome,
        at=attempt.at,
        site=attempt.site,
    )


def _put_away(session: Session, scopes: CaseScopes, attempt: Attempt) -> list[Violation]:
    line = _line(scopes, attempt)
    line.setdefault("product_code", scopes.start.get("product_code"))
    if line["product_code"] is None:
        return []
    return facts.put_away_violations(
        session,
        location_code=str(attempt.values["location_code"]),
        product_code=str(line["product_code"] or ""),
        line_no=str(line.get("line_no") or "") or None,
        status=stock_rules.status_of(line),
    )


def refusal_of(found: list[Violation], values: JsonObject) -> Refusal:
    """One refusal for all broken rules: the first names it, every reason is told and points into ``values``."""
    first = found[0]
    zh = " ".join(dict.fromkeys(item.zh for item in found))
    en = " ".join(dict.fromkeys(item.en for item in found))
    articles = tuple(dict.fromkeys(article for item in found for article in item.articles))
    who_can = tuple(dict.fromkeys(who for item in found for who in item.who_can))
    listed: list[Json] = [item.as_json() for item in found]
    return Refusal(
        403,
        "rule_refused",
        Text(zh, en),
        rule=first.rule,
        articles=articles,
        who_can=who_can,
        faults=tuple(Fault(_pointer(item, values), item.rule, item.message) for item in found),
        facts={"violations": listed},
        within="/data",
    )


_SPEAKS_OF = {
    "RULE-02": ("product_code",),
    "RULE-03": ("product_code",),
    "RULE-04": ("product_code",),
    "RULE-05": ("purchase_order_no",),
    "RULE-06": ("transit_temp_log",),
    "RULE-08": ("quarantine_location", "location_code", "quantity"),
    "RULE-09": ("quarantine_location", "location_code"),
    "RULE-10": ("expiry_date", "lot_no", "product_code"),
    "RULE-12": ("udi", "scanned_lot_no", "reviewed_quantity", "serial_no", "picked_quantity"),
    "RULE-25": ("reviewed_quantity", "picked_quantity", "quantity"),
    "RULE-26": ("return_quantity",),
}
"""The fields at which a rule's violation is shown, where the values have them."""
_LISTS = ("lines", "order_lines", "pick_lines", "return_lines", "transfer_lines", "selection_lines")


def _pointer(item: Violation, values: JsonObject) -> str:
    """The field, else the line, else the whole form (an empty pointer)."""
    named = item.facts.get("field")
    if isinstance(named, str) and named in values:
        return f"/{named}"
    place, row = "", values
    for name in _LISTS:
        lines: Any = values.get(name)
        for index, line in enumerate(lines if isinstance(lines, list) else ()):
            if item.line_no is not None and isinstance(line, dict) and line.get("line_no") == item.line_no:
                place, row = f"/{name}/{index}", line
    field = next((name for name in _SPEAKS_OF.get(item.rule, ()) if name in row), None)
    return f"{place}/{field}" if field else place
