"""What a purchaser may owe: set by finance alone, with its password, and on record in the admin stream."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from domain.canonical import normalize
from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from records import audit, parties, selling
from records.parties import Partner
from records.sales import CreditTerm
from services import links
from services.actor import Actor
from services.office import Office
from services.refusals import forbidden, no_business, not_found, refuse

SETTER = "finance"


@dataclass(frozen=True)
class Terms:
    """`limit_fen` of `None`: no limit. `on_hold`: nothing more is sold until finance releases an order, for `reason`."""

    limit_fen: int | None
    payment_days: int
    on_hold: bool
    reason: str


async def terms(office: Office, actor: Actor, code: str) -> JsonObject:
    """What is agreed with a purchaser, and what it owes, in yuan."""
    about: JsonObject = {"action": "read_credit", "subject": code}
    if not actor.works_at():
        await refuse(office, actor, no_business(), about)
    shown = await office.db.reading(_shown, code)
    if shown is None:
        await refuse(office, actor, _unknown(code), about)
    return shown


async def set_terms(office: Office, actor: Actor, code: str, wanted: Terms, password: str) -> JsonObject:
    """Agree what a purchaser may owe, or stop its credit; refused to everybody but finance."""
    about: JsonObject = {"action": "set_credit", "subject": code}
    if not actor.has(SETTER):
        zh, en = "只有财务人员可以设定信用额度和冻结信用。", "Only finance sets credit limits and credit holds."
        await refuse(office, actor, forbidden(zh, en, who_can=(SETTER,), rule="role"), about)
    if wanted.on_hold and not wanted.reason.strip():
        text = Text("冻结信用须写明原因。", "Say why the credit is stopped.")
        fault = Fault("/reason", "required", text)
        await refuse(office, actor, Refusal(422, "reason_missing", text, faults=(fault,)), about)
    await links.prove_password(office, actor, password, about)
    if not await office.db.writing(_set, code, wanted, actor, office.now()):
        await refuse(office, actor, _unknown(code), about)
    return await terms(office, actor, code)


def _unknown(code: str) -> Refusal:
    return not_found(f"没有购货者 {code}。", f"There is no purchaser {code}.")


def _purchaser(session: Session, code: str) -> Partner | None:
    row = parties.by_code(session, code)
    return row if row is not None and row.kind == "CUSTOMER" else None


def _shown(session: Session, code: str) -> JsonObject | None:
    row = _purchaser(session, code)
    if row is None or row.id is None:
        return None
    kept = selling.credit_term(session, row.id)
    limit = kept.limit_fen if kept is not None else None
    return {
        "purchaser_code": row.code,
        "purchaser_name": row.name,
        "credit_limit": None if limit is None else normalize(limit * selling.FEN),
        "payment_days": kept.payment_days if kept is not None else None,
        "credit_hold": kept is not None and kept.on_hold,
        "reason": kept.reason if kept is not None else "",
        "set_by": kept.set_by if kept is not None else "",
        "set_at": kept.set_at if kept is not None else "",
        "owed_amount": normalize(selling.owed(session, row.id, row.company) * selling.FEN),
    }


def _set(session: Session, code: str, wanted: Terms, actor: Actor, now: str) -> bool:
    row = _purchaser(session, code)
    if row is None or row.id is None:
        return False
    kept = selling.credit_term(session, row.id) or CreditTerm(partner_id=row.id)
    before: JsonObject = {"limit_fen": kept.limit_fen, "on_hold": kept.on_hold, "reason": kept.reason}
    kept.limit_fen, kept.payment_days = wanted.limit_fen, wanted.payment_days
    kept.on_hold, kept.reason = wanted.on_hold, wanted.reason.strip()
    kept.set_by, kept.set_at = actor.id, now
    session.add(kept)
    session.flush()
    after: JsonObject = {"limit_fen": kept.limit_fen, "on_hold": kept.on_hold, "reason": kept.reason}
    audit.append(session, audit.ADMIN, actor.id, "set_credit", code, {"before": before, "after": after}, now)
    return True
