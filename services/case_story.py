"""What pages tell of cases beside the rows themselves: names of people, titles of steps, who is waited for, and the
checks of one signature with what witnesses each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from domain import acts
from domain.canonical import digest
from domain.chain import next_head, sealed
from domain.json_types import JsonObject
from records import audit, organisation
from records import cases as rows
from records.case_tables import CaseRecord, CaseRow, CaseStep, Signature, Task
from records.people import Account
from services.actor import Actor
from services.case_rows import as_record
from services.case_rules import in_force, readable
from services.cases import open_file
from services.office import Office
from workflows.language.model import Model, Step

CASES_MAX = 200


async def overview(office: Office, actor: Actor, case_ids: Sequence[str]) -> dict[str, Any]:
    """For cases that the actor may see: ``{waiting, steps, records, signatures, refusals}`` by case id.

    ``waiting`` lists the open tasks ``{id, path, step, kind, title, roles, assignee, since, due}``, ``steps`` the ids of
    the steps that were entered; the rest are numbers.
    """
    return await office.db.reading(_overview, actor, list(case_ids)[:CASES_MAX])


def _overview(session: Session, actor: Actor, wanted: list[str]) -> dict[str, Any]:
    seen = session.exec(select(CaseRow.id, CaseRow.seq, CaseRow.site).where(col(CaseRow.id).in_(wanted)))
    found: dict[str, Any] = {
        id_: {"waiting": [], "steps": [], "records": seq, "signatures": 0, "refusals": 0}
        for id_, seq, site in seen
        if site in actor.works_at()
    }
    open_tasks = select(Task).where(col(Task.case_id).in_(found), Task.state == "open")
    for task in session.exec(open_tasks.order_by(Task.due_sort, Task.id)):
        found[task.case_id]["waiting"].append(_waiting(task))
    entered = select(CaseStep.case_id, CaseStep.step).where(
        col(CaseStep.case_id).in_(found), col(CaseStep.state) != "skipped"
    )
    for case_id, step in session.exec(entered.distinct()):
        found[case_id]["steps"].append(step)
    signed = select(Signature.case_id, func.count()).where(col(Signature.case_id).in_(found))
    for case_id, number in session.exec(signed.group_by(Signature.case_id)):
        found[case_id]["signatures"] = number
    refused = select(audit.AuditEvent.case_id, func.count()).where(
        col(audit.AuditEvent.case_id).in_(found), col(audit.AuditEvent.stream).startswith("refusals/")
    )
    for case_id, number in session.exec(refused.group_by(audit.AuditEvent.case_id)):
        found[str(case_id)]["refusals"] = number
    return found


def _waiting(task: Task) -> JsonObject:
    due: Any = task.due
    return {
        "id": task.id,
        "path": task.path,
        "step": task.step,
        "kind": task.kind,
        "title": task.title,
        "roles": list(task.roles),
        "assignee": task.assignee,
        "since": task.opened_at,
        "due": due,
    }


async def names(office: Office, usernames: Iterable[str]) -> dict[str, Any]:
    """The names of accounts in both languages by username; an unknown one is called by its username."""
    return await office.db.reading(_names, {name for name in usernames if name})


def _names(session: Session, usernames: set[str]) -> dict[str, Any]:
    found = session.exec(select(Account).where(col(Account.username).in_(usernames)))
    known: dict[str, Any] = {row.username: {"zh": row.name, "en": row.name_en or row.name} for row in found}
    return {name: known.get(name, {"zh": name, "en": name}) for name in usernames}


async def people(office: Office, actor: Actor) -> dict[str, Any]:
    """Every account's name in both languages by username, for choosing a person in a search."""
    known = await office.db.reading(_everybody)
    return known if actor.sites else {}


def _everybody(session: Session) -> dict[str, Any]:
    found = session.exec(select(Account).where(Account.kind == "person").order_by(Account.username))
    return {row.username: {"zh": row.name, "en": row.name_en or row.name} for row in found}


async def zone_of(office: Office, site: str | None) -> str:
    """The IANA zone of a site; that of the company's first site when none is named."""
    return await office.db.reading(_zone, site)


def _zone(session: Session, site: str | None) -> str:
    found = organisation.site(session, site) if site else None
    return found.zone if found else next((one.zone for one in organisation.sites(session)), "Asia/Shanghai")


async def story(office: Office, actor: Actor, case_id: str) -> dict[str, Any]:
    """What is needed to tell a case in words: ``{zone, names, steps, definition, tables, start_form, data_form, …}``.

    ``steps`` maps a step id to ``{title, kind, roles, items}`` in the order of the definition, ``labels`` field names
    to their words in the pinned forms, ``choices`` to the words of their values, ``definition`` is the pinned
    definition as plain data.
    """
    file = await open_file(office, actor, case_id, "tell")
    pinned: Any = await office.db.reading(rows.pinned, file.case.pinned_sha) or {}
    who = await office.db.reading(_actors, case_id)
    body: Any = pinned.get("definition") or {}
    data_form = (body.get("data") or {}).get("schema")
    return {
        "zone": file.model.zone,
        "names": await names(office, {*who, file.case.started_by}),
        "steps": {step.id: _told(step) for step in file.model.steps.values()},
        "definition": body,
        "tables": pinned.get("tables") or {},
        "labels": _hints(file.model, "label"),
        "choices": _hints(file.model, "enumTitles"),
        "start_form": file.model.forms[file.model.start_form],
        "data_form": file.model.forms.get(data_form or ""),
    }


def _actors(session: Session, case_id: str) -> set[str]:
    found = set(session.exec(select(CaseRecord.actor).where(CaseRecord.case_id == case_id).distinct()))
    held = session.exec(select(Task.assignee, Task.done_by).where(Task.case_id == case_id))
    refused = session.exec(select(audit.AuditEvent.actor).where(audit.AuditEvent.case_id == case_id).distinct())
    return {name for name in (*found, *(one for pair in held for one in pair), *refused) if name}


def _told(step: Step) -> JsonObject:
    zh, en = (step.title.zh.text, step.title.en.text) if step.title else (step.id, step.id)
    titles: JsonObject = {"zh": zh, "en": en}
    outcomes: JsonObject = {one.key: one.title.as_json() for one in step.outcomes}
    listed: Any = step.list_field
    basis: list[Any] = list(step.basis)
    return {
        "title": titles,
        "kind": step.kind,
        "roles": list(step.roles),
        "items": listed,
        "outcomes": outcomes,
        "basis": basis,
    }


def _hints(model: Model, hint: str) -> JsonObject:
    """Field name → what the pinned forms say of it: its words (`label`) or those of its values (`enumTitles`)."""
    found: dict[str, Any] = {}
    for form in model.forms.values():
        ui: Any = form.get("ui") or {}
        for pointer, hints in (ui.get("fields") or {}).items():
            if hints.get(hint):
                found.setdefault(pointer.rsplit("/", 1)[-1], hints[hint])
    return found


# ------------------------------------------------------------------ the checks of a signature


async def signature_checks(office: Office, actor: Actor, case_id: str, seq: int) -> list[JsonObject]:
    """What can be recomputed of the signed record ``seq``: ``{check, holds, witness}`` each, nothing taken on trust."""
    file = await open_file(office, actor, case_id, "check_signature")
    found = await office.db.reading(rows.records, case_id, max(0, seq - 2), 2)
    before = next((row for row in found if row.seq == seq - 1), None)
    row = next((row for row in found if row.seq == seq), None)
    detail: Any = row.detail if row else {}
    if row is None or not detail.get("act"):
        return []
    others = await office.db.reading(rows.signatures, case_id)
    sha = await office.db.reading(in_force, case_id, seq, file.case.pinned_sha)
    model = await office.db.reading(readable, office, case_id, sha)
    return [
        *_envelope_checks(acts.Act.from_json(detail["act"]), row, model, dict(office.keys.public)),
        *_chain_checks(row, before),
        *_four_eyes(model, row, others),
    ]


def _check(check: str, holds: bool, witness: str) -> JsonObject:
    return {"check": check, "holds": holds, "witness": witness}


def _envelope_checks(act: acts.Act, row: CaseRecord, model: Model, keys: dict[str, str]) -> list[JsonObject]:
    envelope: Any = act.envelope
    fault = acts.fault_of(act, keys)
    form_sha, pinned = envelope["form_sha"], set(model.form_shas.values())
    role = (envelope["actor"] or {}).get("role")
    return [
        _check("seal", fault is None, str(envelope["key_id"])),
        _check("values", envelope["values_sha"] == acts.values_sha(act.values), str(envelope["values_sha"])),
        _check("form", form_sha is None or form_sha in pinned, str(form_sha or model.pinned_sha)),
        _check("rules", envelope["pinned_sha"] == model.pinned_sha, str(envelope["pinned_sha"])),
        _check("act", row.act_sha == act.sha, str(row.act_sha)),
        _check("role", role is None or role in envelope["facts"].get("roles", []), str(role or "")),
    ]


def _chain_checks(row: CaseRecord, before: CaseRecord | None) -> list[JsonObject]:
    record = as_record(row)
    content = digest("detail", row.detail) == row.detail_sha
    if before is None:
        return [_check("content", content, row.detail_sha)]
    linked = next_head(before.head, sealed(record)) == row.head
    return [_check("content", content, row.detail_sha), _check("chain", linked, row.head)]


def _four_eyes(model: Model, row: CaseRecord, signed: Sequence[Signature]) -> list[JsonObject]:
    """Who signed at the steps that may not be the same person's, within the same line of steps."""
    others = model.four_eyes_with(row.step or "")
    scope = row.path.rpartition("/")[0]
    theirs = [
        one
        for one in signed
        if one.seq < row.seq and one.step in others and scope.startswith(one.path.rpartition("/")[0])
    ]
    if not theirs:
        return []
    same = any(one.signer == row.actor for one in theirs)
    return [_check("four_eyes", not same, ", ".join(dict.fromkeys(one.signer_name for one in theirs)))]
