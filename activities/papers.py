"""Papers in force: which run out and who has to be told, a renewed paper, a partner stopped, the letters of our sales staff.

Source: GSP 2023 arts. 51(4), (5), 53, 78.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from activities.context import ActivityContext, BusinessError, Call
from activities.qualification import letter_scopes, once, owner_of, sha_of, vouch
from domain import file_findings as findings
from domain.errors import Text
from domain.json_types import Json, JsonObject
from domain.paper_watch import days_left, step_of
from domain.paths import ROOT
from records import facts, file_effects, filed, files, parties, people, products, staff
from records.case_tables import CaseRow, PinnedSet
from records.file_effects import PaperWarning
from records.files import NewPaper, Owner
from records.master import Because
from records.parties import Credential, Partner
from records.products import Product

STEPS_PARAMETER = "paper_expiry_warning_days"
DEFAULT_STEPS = (90, 60, 30, 7)
AT_ONCE = 200
"""So many papers are told of by one look; the rest by the next."""
RENEWAL = "qualification_renewal"
COMPANY_OWNER = Owner("company", 0, "company/main")
LETTER = "authorization_letter"
KEEPS_QUALIFIED = (
    "operation_license", "production_license", "practice_license", "authorization_letter", "business_license",
)  # fmt: skip
"""Papers without which a partner is not dealt with; an approval ends with the first of them."""


@dataclass(frozen=True)
class Watched:
    """A paper with a last day, and whose it is."""

    name: str
    owner_kind: str
    owner_code: str
    owner_name: str
    kind: str
    number: str
    until: date


# ------------------------------------------------------------------ what runs out


def papers_due(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`papers.due`: papers that reached a step of warning for the first time, and those that are over."""
    call = Call.from_json(envelope)

    def work(session: Session) -> tuple[JsonObject, JsonObject]:
        today, steps = facts.today_at(session, call.site, call.at), _steps(session, call.case_id)
        due = _due(session, today, steps, call.company)[:AT_ONCE]
        listed: list[Json] = [_row(session, one, today) for one, _ in due]
        for one, step in due:
            session.add(
                PaperWarning(
                    paper=one.name, valid_until=one.until.isoformat(), step=step, effect_key=call.effect_key, at=call.at
                )
            )
        return {"due_papers": listed}, {}

    return once(ctx, call, "papers_due", work)


def _steps(session: Session, case_id: str) -> tuple[int, ...]:
    """The days of warning that the case's own parameters name."""
    case = session.get(CaseRow, case_id)
    pinned = session.get(PinnedSet, case.pinned_sha) if case else None
    given = (pinned.body.get("parameters") or {}).get(STEPS_PARAMETER) if pinned else None
    return tuple(int(day) for day in given) if isinstance(given, list) and given else DEFAULT_STEPS


def _due(session: Session, today: date, steps: tuple[int, ...], company: str) -> list[tuple[Watched, int]]:
    """The narrowest last: what is over or nearly over comes first."""
    last = today + timedelta(days=max(steps))
    watched = [*_partner_papers(session, last, company), *_company_papers(session, last, company)]
    watched += _registrations(session, last, company)
    told = file_effects.warned(session, [one.name for one in watched])
    found: list[tuple[Watched, int]] = []
    for one in sorted(watched, key=lambda each: (each.until, each.name)):
        step = step_of(one.until, today, steps)
        if step is not None and step < told.get((one.name, one.until.isoformat()), max(steps) + 1):
            found.append((one, step))
    return found


def _partner_papers(session: Session, last: date, company: str) -> Iterator[Watched]:
    rows = _current(session, "partner", company)
    owners = {row.id: row for row in session.exec(select(Partner).where(Partner.company == company))}
    for row in rows:
        partner = owners.get(row.owner_id)
        if partner is None or partner.retired_at is not None or str(row.valid_until) > last.isoformat():
            continue
        if files.standing(session, owner_of(partner)) in ("approved", "suspended"):
            kind = "purchaser" if partner.kind == "CUSTOMER" else "supplier"
            yield _watched(row, kind, partner.code, partner.name)


def _company_papers(session: Session, last: date, company: str) -> Iterator[Watched]:
    for row in _current(session, "company", company):
        if str(row.valid_until) <= last.isoformat():
            yield _watched(row, "company", "", "")


def _registrations(session: Session, last: date, company: str) -> Iterator[Watched]:
    mine = select(Product).where(
        Product.company == company,
        Product.status == "APPROVED",
        col(Product.registration_valid_until) <= last.isoformat(),
    )
    for row in session.exec(mine):
        until = date.fromisoformat(str(row.registration_valid_until))
        number = row.registration_no
        yield Watched(f"product-{row.id}", "product", row.code, row.name, "registration_certificate", number, until)


def _watched(row: Credential, kind: str, code: str, name: str) -> Watched:
    return Watched(str(row.id), kind, code, name, row.kind, row.number, date.fromisoformat(str(row.valid_until)))


def _current(session: Session, owner_type: str, company: str) -> list[Credential]:
    """Papers with a last day that no later one of the same kind has taken the place of; a letter is its person's."""
    mine = select(Credential).where(
        Credential.company == company, Credential.owner_type == owner_type, Credential.status == "valid"
    )
    best: dict[tuple[Any, ...], Credential] = {}
    rows = list(session.exec(mine.order_by(col(Credential.id))))
    people_of = _persons(session, [row for row in rows if row.kind == LETTER])
    for row in rows:
        name = (row.owner_id, row.kind, people_of.get(row.id or 0, ""))
        before = best.get(name)
        if before is None or (row.valid_until or "9999") >= (before.valid_until or "9999"):
            best[name] = row
    return [row for row in best.values() if row.valid_until is not None]


def _persons(session: Session, letters: Iterable[Credential]) -> dict[int, str]:
    found = parties.scopes(session, [row.id for row in letters if row.id is not None])
    return {number: next((one.value for one in rows if one.kind == "person"), "") for number, rows in found.items()}


def _row(session: Session, one: Watched, today: date) -> JsonObject:
    until = one.until.isoformat()
    left = days_left(one.until, today)
    action = "tell" if one.owner_kind == "company" else "remind" if _is_running(session, one) else "renew"
    row: JsonObject = {
        "paper_id": one.name, "owner_kind": one.owner_kind, "owner_code": one.owner_code, "owner_name": one.owner_name,
        "paper": one.kind, "paper_no": one.number, "valid_until": until, "days_left": left, "watch_action": action,
        "is_blocked": left < 0 and one.owner_kind in ("supplier", "purchaser") and one.kind in KEEPS_QUALIFIED,
    }  # fmt: skip
    return row


def _is_running(session: Session, one: Watched) -> bool:
    mine = select(CaseRow.id).where(
        CaseRow.process == RENEWAL, CaseRow.state == "running", CaseRow.business_key == one.name, CaseRow.mode == "live"
    )
    return session.exec(mine).first() is not None


# ------------------------------------------------------------------ renewed and stopped


def papers_check(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`papers.check`: validity, seal and scope of a renewed paper."""
    call = Call.from_json(envelope)
    given: Any = call.input["file"]
    with ctx.database.read() as session:
        today = facts.today_at(session, call.site, call.at)
        read = filed.read(session, "renewal", given, today, call.company)
    found = findings.of_sheets(read.sheets, today) + findings.of_seal(read)
    listed: list[Json] = [one.as_json() for one in found]
    return {"check_findings": listed}


def papers_renew(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`papers.renew`: the renewed paper goes on file beside the old one; a partner that is whole again is approved."""
    call = Call.from_json(envelope)
    given: Any = call.input["file"]

    def work(session: Session) -> tuple[JsonObject, JsonObject]:
        vouched = vouch(session, call, "renewal", None)
        because = vouched.because
        if given["owner_kind"] == "product":
            return _renewed_registration(session, call, given, because)
        old = session.get(Credential, int(given["paper_id"]))
        if old is None:
            raise _no_paper(str(given["paper_id"]))
        owner = Owner(old.owner_type, old.owner_id, files.subject_of(session, old))
        made = files.keep_papers(session, owner, [_renewed(session, old, given)], because, call.company)
        kept: JsonObject = {"papers": [*made]}
        if old.owner_type != "partner" or files.standing(session, owner) not in ("approved", "suspended"):
            return {"paper_id": str(made[0] if made else old.id)}, kept
        until = files.earliest_end(session, owner, KEEPS_QUALIFIED)
        if until is None or until >= vouched.day:
            files.decide(
                session, owner, "approved", because, day=vouched.day, until=until, seq=vouched.seq, company=call.company
            )
            kept["owner"] = [owner.type, owner.id, owner.subject]
        return {"paper_id": str(made[0] if made else old.id)}, kept

    return once(ctx, call, "papers_renew", work)


def _renewed(session: Session, old: Credential, given: Any) -> NewPaper:
    assert old.id is not None
    scopes = [(one.kind, one.value) for one in parties.scopes(session, [old.id]).get(old.id, ())]
    entries = filed.scope_entries(given.get("business_scope"))
    if entries:
        scopes = [pair for pair in scopes if pair[0] != "class_code"] + [("class_code", entry) for entry in entries]
    number = str(given.get("renewed_no") or old.number)
    return NewPaper(old.kind, number, str(given["renewed_until"]), sha_of(given, "renewed_file"), tuple(sorted(scopes)))


def _renewed_registration(session: Session, call: Call, given: Any, because: Because) -> tuple[JsonObject, JsonObject]:
    code = str(given["owner_code"])
    row = products.by_code(session, code, call.company)
    if row is None or row.id is None:
        raise _no_paper(str(given["paper_id"]))
    before: JsonObject = {
        "registration_no": row.registration_no, "registration_valid_until": row.registration_valid_until,
    }  # fmt: skip
    number, until = str(given.get("renewed_no") or row.registration_no), str(given["renewed_until"])
    now: JsonObject = {"registration_no": number, "registration_valid_until": until}
    files.keep_product(session, code, now, "", because, call.company)
    owner = Owner("product", row.id, f"product/{code}")
    paper = NewPaper("registration_certificate", number, until, sha_of(given, "renewed_file"))
    made = files.keep_papers(session, owner, [paper], because, call.company)
    return {"paper_id": f"product-{row.id}"}, {"papers": [*made], "product": code, "before": before}


def _no_paper(number: str) -> BusinessError:
    why = Text(
        f"没有文件 {number}。请质量管理人员核对。", f"There is no paper {number}; quality staff must look into it."
    )
    return BusinessError("unknown_paper", why)


def partners_suspend(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`partners.suspend`: nothing is bought from or sold to the partner from now on, until a new approval."""
    call = Call.from_json(envelope)
    code, reason = str(call.input["owner_code"]), str(call.input["reason"])

    def work(session: Session) -> tuple[JsonObject, JsonObject]:
        row = parties.by_code(session, code, call.company)
        if row is None or files.standing(session, owner_of(row)) != "approved":
            return {"suspended": False}, {}
        owner, day = owner_of(row), facts.today_at(session, call.site, call.at).isoformat()
        because = Because("system", call.at, reason, call.case_id, call.effect_key)
        files.decide(session, owner, "suspended", because, day=day, company=call.company)
        return {"suspended": True}, {}

    return once(ctx, call, "suspend", work)


# ------------------------------------------------------------------ letters of our sales staff


def letters_facts(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`letters.facts`: who a member of the sales staff is, and whether the training for the post counts today."""
    call = Call.from_json(envelope)
    username = str(call.input["sales_account"])
    with ctx.database.read() as session:
        today = facts.today_at(session, call.site, call.at).isoformat()
        person = people.account(session, username)
        held = people.roles_on(session, username, today) if person is not None else {}
        if person is None or "sales" not in held:
            why = Text(
                f"账号“{username}”不存在，或没有销售人员岗位。请核对后重新申请。",
                f"There is no account '{username}' with the post of sales; check it and apply again.",
            )
            raise BusinessError("not_sales", why)
        trained = [row for row in staff.of_person(session, username) if _is_training(row, today)]
    until = max((row.valid_until or "9999-12-31" for row in trained), default=None)
    known = until is not None and until != "9999-12-31"
    answer: JsonObject = {"salesperson_name": person.name, "is_trained": bool(trained)}
    return answer | ({"training_until": until} if known else {})


def _is_training(row: staff.StaffRecord, today: str) -> bool:
    counts = row.kind == "training" and row.result == "passed" and row.withdrawn_at is None
    return counts and row.on_date <= today and (row.valid_until is None or today <= row.valid_until)


def letters_issue(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`letters.issue`: the sealed letter of a salesperson goes on file with products, region and last day (GSP 78)."""
    call = Call.from_json(envelope)
    given: Any = call.input["file"]

    def work(session: Session) -> tuple[JsonObject, JsonObject]:
        vouched = vouch(session, call, "letter", "company_head", reviewed=False)
        covered = letter_scopes(given, str(given["sales_account"]))
        paper = NewPaper(LETTER, call.case_id, str(given["authorized_until"]), sha_of(given, LETTER), covered)
        made = files.keep_papers(session, COMPANY_OWNER, [paper], vouched.because, call.company)
        return {"paper_id": str(made[0]) if made else ""}, {"papers": [*made]}

    return once(ctx, call, "letters_issue", work)


def letters_withdraw(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`letters.withdraw`: every letter of a salesperson ends; how many there were."""
    call = Call.from_json(envelope)
    person = str(call.input["sales_account"])

    def work(session: Session) -> tuple[JsonObject, JsonObject]:
        letters = [row for row in parties.of_company(session, call.company) if row.kind == LETTER]
        named = _persons(session, letters)
        mine = [row.id for row in letters if row.id is not None and named.get(row.id) == person]
        signed = facts.effective_signatures(session, call.case_id, ROOT)
        by = signed[-1].signer if signed else "system"
        because = Because(by, call.at, "撤销销售授权 / authorisation revoked", call.case_id, call.effect_key)
        return {"withdrawn": files.withdraw_papers(session, mine, because)}, {}

    return once(ctx, call, "letters_withdraw", work)
