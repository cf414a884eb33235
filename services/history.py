"""What happened: the records of a case, the case as it was after any of them, the refusals around it."""

from __future__ import annotations

from typing import Any

from domain import paths
from domain.json_types import JsonObject
from records import audit, cases, inbox
from records.case_tables import CaseRecord, Signature
from services import people
from services.actor import Actor
from services.case_rows import as_record, cursor_parts, cursor_text
from services.case_rules import in_force, readable
from services.cases import open_file
from services.hidden import record_without, without
from services.office import Office
from services.refusals import forbidden, not_found, refuse
from services.superseding import superseded_paths
from workflows.engine import rows
from workflows.engine.appliers import fold
from workflows.engine.scope import data_of
from workflows.engine.state import CaseState
from workflows.language.model import Model

NOTICES_MAX = 500
"""Older notices are found at their cases."""


async def records(office: Office, actor: Actor, case_id: str) -> list[JsonObject]:
    """Every record of a case in order, as people read them."""
    file = await open_file(office, actor, case_id, "read_history")
    found, signatures = await office.db.reading(_rows, case_id)
    await people.note_reading(office, actor, f"case/{case_id}/history", {})
    signed = {row.seq: row for row in signatures}
    return [record_without(record_view(row, signed.get(row.seq)), file.hidden) for row in found]


def _rows(session: Any, case_id: str) -> tuple[list[CaseRecord], list[Signature]]:
    return cases.records(session, case_id), cases.signatures(session, case_id)


def record_view(row: CaseRecord, signature: Signature | None) -> JsonObject:
    """One record: who did what where, with which data, under which hash."""
    detail: Any = row.detail
    actor: Any = detail.get("actor")
    view: JsonObject = {
        "seq": row.seq,
        "at": row.at,
        "actor": actor if isinstance(actor, dict) else {"id": "system", "name": "system", "role": None},
        "action": row.action,
        "step": row.step or detail.get("step"),
        "path": row.path,
        "round": detail.get("round") or (paths.round_of(row.path) if row.path else None),
        "seat": detail.get("seat"),
        "outcome": detail.get("outcome"),
        "data": _data(detail, row.action),
        "signature": _signature_view(signature) if signature else None,
        "on_behalf_of": detail.get("on_behalf_of"),
        "late_entry": detail.get("late"),
        "external_signature": _external(detail),
        "why": detail.get("why") or detail.get("error"),
        "goes": detail.get("goes"),
        "to": _to(detail),
        "reason": detail.get("reason"),
        "supersedes": superseded_paths(detail) or None,
        "prepared_by": _prepared_by(detail),
        "reads": row.reads,
        "act_sha": row.act_sha,
        "detail_sha": row.detail_sha,
        "hash": row.head,
    }
    return {key: value for key, value in view.items() if value is not None}


def _to(detail: Any) -> Any:
    """The step that was returned to, or the person that a task went to."""
    to = detail.get("to")
    return to if isinstance(to, str) or (isinstance(to, dict) and "id" in to) else None


def _prepared_by(detail: Any) -> Any:
    """Who prepared a task and gave it back to be signed."""
    return (detail.get("prepared") or {}).get("actor")


def _data(detail: Any, action: str) -> Any:
    if action == "started":
        return detail.get("start")
    act = detail.get("act")
    if act:
        return act["values"] or None
    return detail.get("values") or None


def _external(detail: Any) -> Any:
    act = detail.get("act")
    return act["envelope"].get("external") if act else None


def _signature_view(row: Signature) -> JsonObject:
    return {
        "signer": row.signer,
        "signer_name": row.signer_name,
        "role": row.role,
        "on_behalf_of": row.on_behalf_of,
        "meaning": row.meaning,
        "outcome": row.outcome,
        "reason": row.reason,
        "at": row.at,
        "method": row.method,
        "values_sha": row.values_sha,
        "shown_sha": row.shown_sha,
        "form_sha": row.form_sha,
        "pinned_sha": row.pinned_sha,
        "key_id": row.key_id,
    }


async def state_at(office: Office, actor: Actor, case_id: str, seq: int | None = None) -> JsonObject:
    """The case as it was after record ``seq`` (``None``: now), folded from its records by the engine itself."""
    file = await open_file(office, actor, case_id, "time_travel")
    stored = await office.db.reading(cases.records, case_id)
    await people.note_reading(office, actor, f"case/{case_id}/state", {"at_seq": seq})
    last = stored[-1].seq if stored else 0
    wanted = min(max(1, seq if seq is not None else last), last)
    # the record of a change itself is read under the rules after it
    sha = await office.db.reading(in_force, case_id, wanted + 1, file.case.pinned_sha)
    model = await office.db.reading(readable, office, case_id, sha)
    return _seen(await office.db.run(_folded, model, stored[:wanted], wanted, last), file.hidden)


def _seen(view: JsonObject, hidden: frozenset[str]) -> JsonObject:
    """A state without the fields that the reader does not get to see."""
    form: Any = view["form"]
    seen = {**view, "start": without(view["start"], hidden), "data": without(view["data"], hidden)}
    return {**seen, "form": {**form, "values": without(form["values"], hidden)} if form else None}


def _folded(model: Model, stored: list[CaseRecord], wanted: int, last: int) -> JsonObject:
    state = fold([as_record(row) for row in stored])
    steps: list[Any] = [_step(model, state, path) for path in state.instances]
    return {
        "seq": wanted,
        "last_seq": last,
        "at": state.at,
        "state": state.state,
        "outcome": state.outcome,
        "head": state.head,
        "start": state.start,
        "data": data_of(state),
        "steps": steps,
        "form": form_at(model, state, stored[-1]),
    }


def _step(model: Model, state: CaseState, path: str) -> JsonObject:
    """An instance as the diagram colours it."""
    row = rows.step_row(model, state.instances[path])
    instance = state.instances[path]
    who: list[Any] = [
        {
            "seat": seat.key,
            "roles": list(seat.roles),
            "state": seat.state,
            "assignee": seat.assignee,
            "actor": seat.actor,
        }
        for seat in instance.seats
    ]
    return {**row, "seats": who}


def form_at(model: Model, state: CaseState, row: CaseRecord) -> JsonObject | None:
    """The form that the record is about, filled as it was signed, in the language shown then."""
    detail: Any = row.detail
    act = detail.get("act")
    key = model.start_form if row.action == "started" else None
    if key is None and row.path and row.path in state.instances:
        key = model.steps[state.instances[row.path].step].form
    if key is None:
        return None
    form: Any = model.forms[key]
    return {
        "key": key,
        "sha256": model.form_shas[key],
        "schema": form["schema"],
        "ui": form.get("ui") or {},
        "values": act["values"] if act else {},
        "lang": act["envelope"]["lang"] if act else None,
    }


async def refusals(office: Office, actor: Actor, case_id: str) -> list[JsonObject]:
    """What was refused around a case (another chain than its history), oldest first."""
    await open_file(office, actor, case_id, "read_refusals")
    found = await office.db.reading(audit.events, prefix="refusals/", case_id=case_id, limit=500)
    return [refusal_view(row) for row in reversed(found)]


def refusal_view(row: audit.AuditEvent) -> JsonObject:
    """One refusal as people read it."""
    payload: Any = row.payload
    return {
        "id": f"{row.stream}#{row.seq}",
        "at": row.at,
        "actor": row.actor,
        "action": row.action,
        "rule": payload.get("rule"),
        "rules": payload.get("rules") or [payload.get("rule")],
        "articles": payload.get("articles") or [],
        "reason": payload.get("message"),
        "status": payload.get("status"),
        "case": payload.get("case"),
        "task": payload.get("task"),
        "step": payload.get("step"),
        "path": payload.get("path"),
        "site": row.site,
        "after_seq": payload.get("after_seq"),
        "faults": payload.get("faults") or [],
    }


async def all_refusals(office: Office, actor: Actor, filters: dict[str, Any]) -> JsonObject:
    """The refusals ledger: by site, rule, person and time, newest first."""
    about: JsonObject = {"action": "read_refusals"}
    sites = [site for site in actor.sites if actor.reads_site(site)]
    if not sites:
        why = forbidden(
            "只有质量、审计人员和企业负责人可以查阅拒绝记录。",
            "Refusals are for quality, auditors and the company head.",
            who_can=("quality_staff", "quality_director", "company_head", "auditor", "guest_auditor"),
        )
        await refuse(office, actor, why, about)
    site, limit = filters.get("site"), max(1, min(int(filters.get("limit") or 50), 200))
    parts = cursor_parts(filters.get("cursor"), 3)
    found = await office.db.reading(
        audit.events,
        f"refusals/{site}" if site else None,
        prefix=None if site else "refusals/",
        actor=filters.get("actor"),
        rule=filters.get("rule"),
        since=filters.get("from"),
        until=filters.get("to"),
        after=(parts[0], parts[1], int(parts[2])) if parts else None,
        limit=limit + 1,
    )
    await people.note_reading(office, actor, "refusals", {key: str(value) for key, value in filters.items() if value})
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    visible: list[Any] = [refusal_view(row) for row in shown if row.site in (*sites, "all")]
    return {"items": visible, "next": cursor_text((last.at, last.stream, str(last.seq)) if last else None)}


async def notices(office: Office, actor: Actor) -> list[JsonObject]:
    """The messages to the actor's posts, newest first, with whether they were seen."""
    found: Any = await office.db.reading(inbox.notices, actor.id, actor.pairs())
    return found


async def mark_notice(office: Office, actor: Actor, notice_id: str) -> None:
    """Remember that the actor has seen a notice; refuses one that was not sent to the actor, for who read is evidence."""
    mine: Any = await office.db.reading(inbox.notices, actor.id, actor.pairs(), NOTICES_MAX)
    if notice_id not in {one["id"] for one in mine}:
        about: JsonObject = {"action": "notice_seen", "subject": notice_id}
        await refuse(office, actor, not_found("没有发给您的这条通知。", "No such notice was sent to you."), about)
    await office.db.writing(inbox.mark_read, notice_id, actor.id, office.now())


async def saw_case(office: Office, actor: Actor, case_id: str) -> None:
    """The actor looks at a case: what it told this person is read. Called by open pages, never by a link alone."""
    if await office.db.reading(inbox.unread_of_case, case_id, actor.id, actor.pairs()):
        await office.db.writing(inbox.mark_case_read, case_id, actor.id, actor.pairs(), office.now())
