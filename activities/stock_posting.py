"""One posting for one call: once for its effect key, laws and conflicts told as business errors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call, rule_refused
from domain import hard_rules as rules
from domain.errors import GspError
from domain.json_types import JsonObject
from domain.stock import Place, Status, StockLawError
from records import ledger
from records.stock import Warehouse, location_by_code


def posted(
    ctx: ActivityContext,
    call: Call,
    kind: str,
    draft: Callable[[Session], ledger.Draft],
    document: tuple[str, str] = ("", ""),
) -> JsonObject:
    """One posting in one transaction, done once for its effect key; `draft` runs inside it."""
    with ctx.database.write() as session:
        told = posting(call, kind, document)
        return translated(lambda: ledger.post(session, told, lambda: draft(session)))


def posting(call: Call, kind: str, document: tuple[str, str] = ("", "")) -> ledger.Posting:
    """What the ledger is told of a call."""
    return ledger.Posting(
        effect_key=call.effect_key,
        kind=kind,
        request={"kind": kind, "input": call.input},
        case_id=call.case_id,
        path=call.path,
        site=call.site,
        at=call.at,
        business_at=call.business_at,
        mode=call.mode,
        company=call.company,
        document_type=document[0],
        document_id=document[1],
    )


def translated(post: Callable[[], JsonObject]) -> JsonObject:
    """Laws and conflicts as business errors; inside the transaction, so that it is rolled back."""
    try:
        return post()
    except StockLawError as error:
        if error.rule is not None:
            raise rule_refused([rules.Violation(error.rule, error.articles, error.text)]) from error
        raise BusinessError("stock_refused", error.text, {"law": error.code}) from error
    except GspError as error:
        raise BusinessError(error.code, error.text) from error


def refuse(violations: list[rules.Violation]) -> None:
    """Refuse the posting for every rule that it breaks."""
    if violations:
        raise rule_refused(violations)


def number(call: Call, letter: str) -> str:
    """The posting's number as people read it: the same whenever it is computed."""
    return f"{letter}-{hashlib.sha256(call.effect_key.encode()).hexdigest()[:10].upper()}"


def place_at(session: Session, call: Call, code: str) -> Place:
    """The location of that code at the site of the call; refused by RULE-08 where there is none."""
    row = location_by_code(session, code, call.company)
    if row is None or row.warehouse_id is None:
        raise rule_refused(rules.zone_admits(rules.LocationFact(code, exists=False), Status.PENDING))
    warehouse = session.get(Warehouse, row.warehouse_id)
    if warehouse is None or warehouse.site != call.site:
        raise rule_refused(rules.stands_at_site(code, warehouse.site if warehouse else "", call.site))
    return row.place()


def whereabouts(session: Session, code: str, company: str) -> JsonObject:
    """Warehouse, zone and location of a code, as an activity answers them."""
    row = location_by_code(session, code, company)
    assert row is not None and row.warehouse_id is not None
    warehouse = session.get(Warehouse, row.warehouse_id)
    return {"warehouse": warehouse.code if warehouse else "", "zone": row.zone or "", "location": row.code}
