"""Cases: what may be started, starting one, looking at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain import roles
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from domain.version_ranges import within
from forms.fill import prefill
from forms.model import load_form
from records import cases as rows
from records import definitions, inbox, organisation
from rules.errors import ExprFault
from rules.evaluate import evaluate
from services import case_openings, case_relatives, case_waiting, late_entry, people, pinning, tasks
from services.acting import act_id_of, body_sha, repeated
from services.actor import Actor
from services.case_rows import case_view, cursor_key, cursor_text, step_view, task_view
from services.case_rules import readable
from services.case_waiting import Beside
from services.entered import entered, invalid
from services.folded import Folded, folded
from services.hidden import hidden_from, without
from services.late_entry import LateEntry
from services.office import Office
from services.refusals import forbidden, no_business, not_found, refuse
from services.scopes import CaseScopes
from services.starting import Beginning, begin, started_view
from services.superseding import superseded_by
from services.views import CaseDetail, Page
from workflows.engine.looked import Tried
from workflows.engine.scope import Lazy
from workflows.language.model import Model

MODES = ("live", "drill", "sandbox")


@dataclass(frozen=True)
class Begin:
    """A wish to start a case."""

    definition: str
    start: JsonObject
    version: str | None = None
    site: str | None = None
    mode: str = "live"
    versions: str = "*"
    """The range within which the version in force must lie."""
    late: LateEntry | None = None
    """The paper on which it was begun, when it is entered afterwards."""
    origin: JsonObject | None = None
    """What made the system start it (``services.own_starts``); a person's wish has none."""


@dataclass(frozen=True)
class Ground:
    """What a case starts on: the version in force, pinned for the site."""

    version: definitions.DefinitionVersion
    pinned: JsonObject
    pinned_sha: str
    model: Model


async def startable(office: Office, actor: Actor) -> list[JsonObject]:
    """The definitions in force that the actor may start, with the sites where."""
    found = await office.db.reading(definitions.effective_all, office.now())
    listed: list[JsonObject] = []
    for version in found:
        checked: Any = version.checked or {}
        by = checked["definition"]["start"]["by"]
        sites: list[Any] = sorted({site for role in by for site in actor.roles.get(role, ())})
        if sites:
            form: Any = checked["forms"][checked["definition"]["start"]["form"]]
            listed.append(
                {
                    "name": version.name,
                    "version": version.version,
                    "title": version.title,
                    "sites": sites,
                    "form": form["schema"],
                    "ui": form.get("ui") or {},
                    "sha256": version.sha256,
                    "data": prefill(load_form(form), {}, None),
                }
            )
    return listed


async def start(office: Office, actor: Actor, wish: Begin, act_id: str | None = None) -> JsonObject:
    """Start a case; 201's body, with ``recorded`` alone set while the projection is late."""
    about: JsonObject = {
        "action": "start",
        "subject": wish.definition,
        "definition": wish.definition,
        "site": wish.site,
        "mode": wish.mode,
    }
    known = await act_id_of(office, actor, act_id, about)
    sha = body_sha(
        "start",
        wish.definition,
        wish.version,
        wish.site,
        wish.mode,
        wish.start,
        *_own(wish),
        *late_entry.told(wish.late),
    )
    done = await repeated(office, actor, known, sha, about) if act_id is not None else None
    if done is not None and done.answer is not None:
        return await started_view(office, str(done.answer["case"]))
    return await begin(office, actor, await _prepared(office, actor, wish, known, sha, about))


async def check_start(office: Office, actor: Actor, wish: Begin, about: JsonObject) -> None:
    """Refuse a wish that could not be started now; a running case with its key does not matter. Nothing is begun."""
    await _prepared(office, actor, wish, "", "", {**about, "definition": wish.definition, "mode": wish.mode})


async def _prepared(office: Office, actor: Actor, wish: Begin, act_id: str, sha: str, about: JsonObject) -> Beginning:
    site = await _site(office, actor, wish, about)
    about["site"] = site
    ground = await _ground(office, actor, wish, site, about)
    values = await _values(office, actor, ground, wish, about)
    key = await _business_key(office, actor, ground.model, values, about)
    origin = {**(wish.origin or {}), **await late_entry.facts_of(office, actor, wish.late, about)}
    return Beginning(ground.model, ground.pinned, values, act_id, sha, site, wish.mode, key, about, origin)


def _own(wish: Begin) -> list[Any]:
    """What more a start of the system's own says; the hash of a person's start stays what it always was."""
    return [] if wish.origin is None else [wish.versions, wish.origin]


async def _site(office: Office, actor: Actor, wish: Begin, about: JsonObject) -> str:
    if wish.mode not in MODES:
        text = Text(f"模式“{wish.mode}”不存在。", f"There is no mode '{wish.mode}'.")
        await refuse(office, actor, Refusal(422, "unknown_mode", text), about)
    if wish.site is None and len(actor.sites) == 1:
        return actor.sites[0]
    if wish.site is None:
        sites = ", ".join(actor.sites)
        text = Text(f"请指明机构（site）：{sites}。", f"Say for which site: {sites}.")
        await refuse(office, actor, Refusal(422, "site_missing", text), about)
    known = await office.db.reading(organisation.site, wish.site)
    if known is None:
        text = Text(f"没有机构“{wish.site}”。", f"There is no site '{wish.site}'.")
        await refuse(office, actor, Refusal(422, "unknown_site", text), about)
    return wish.site


async def _ground(office: Office, actor: Actor, wish: Begin, site: str, about: JsonObject) -> Ground:
    now = office.now()
    version = await office.db.glance(definitions.effective, wish.definition, now)
    if version is None:
        text = f"没有生效的流程“{wish.definition}”。", f"No version of '{wish.definition}' is in force."
        await refuse(office, actor, not_found(*text), about)
    if wish.version not in (None, version.version):
        zh = f"{wish.definition} 生效的版本是 {version.version}，不是 {wish.version}。"
        en = f"{wish.definition} is in force in version {version.version}, not {wish.version}."
        await refuse(office, actor, Refusal(409, "version_not_effective", Text(zh, en)), about)
    if not within(version.version, wish.versions):
        zh = f"{wish.definition} 生效的版本是 {version.version}，不在要求的范围 {wish.versions} 内。"
        en = f"{wish.definition} is in force in version {version.version}, which {wish.versions} does not take."
        await refuse(office, actor, Refusal(409, "version_out_of_range", Text(zh, en)), about)
    pinned, sha = await office.db.glance(pinning.pin_version, office, version, site, now)
    model = office.keep_model(sha, pinned)
    if wish.origin is None and not set(actor.roles_at(site)) & set(model.start_roles):
        zh = "、".join(roles.role_text(role).zh for role in model.start_roles)
        en = ", ".join(roles.role_text(role).en for role in model.start_roles)
        why = forbidden(
            f"只有{zh}可以在该机构发起此流程。",
            f"Only {en} may start this at the site.",
            who_can=model.start_roles,
            rule="role",
        )
        await refuse(office, actor, why, about)
    return Ground(version, pinned, sha, model)


async def _values(office: Office, actor: Actor, ground: Ground, wish: Begin, about: JsonObject) -> JsonObject:
    form = load_form(ground.model.forms[ground.model.start_form])
    scope = pinning.start_scope(ground.model, office.now())
    found = await entered(office, form, wish.start, {}, scope, ground.model.zone)
    why = invalid(found.faults, "/start")
    if why is not None:
        await refuse(office, actor, why, about)
    return found.values


async def _business_key(
    office: Office, actor: Actor, model: Model, values: JsonObject, about: JsonObject
) -> str | None:
    if model.key is None:
        return None
    try:
        found = evaluate(model.key, Lazy({"start": lambda: values})).value
    except ExprFault as fault:
        await refuse(office, actor, Refusal(422, "key_fault", Text(fault.zh, fault.en)), about)
    return str(found)


async def listing(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """Cases by definition, state, key, lot, supplier, person, clause, date; newest first. Reading is on record."""
    readable = actor.works_at()
    if not readable and actor.roles:
        await refuse(office, actor, no_business(), {"action": "list_cases"})
    tags = tuple((kind, str(filters[name])) for name, kind in _TAGS.items() if filters.get(name))
    query = rows.CaseQuery(
        sites=readable,
        definition=filters.get("definition"),
        definitions=_of_clause(office, filters.get("clause")),
        state=filters.get("state"),
        mode=filters.get("mode"),
        business_key=filters.get("business_key"),
        q=filters.get("q"),
        tags=tags,
        since=filters.get("from"),
        until=filters.get("to"),
        started_by=filters.get("started_by"),
        after=cursor_key(filters.get("cursor")),
        limit=int(filters.get("limit") or 25),
    )
    found, after = await office.db.reading(rows.listing, query)
    await people.note_reading(office, actor, "cases", {name: str(value) for name, value in filters.items() if value})
    return {"items": [case_view(row) for row in found], "next": cursor_text(after)}


_TAGS = {name: name for name in ("lot", "serial", "supplier", "person", "product")}


def _of_clause(office: Office, clause: str | None) -> tuple[str, ...] | None:
    return tuple(sorted(office.catalogue.process_keys_by_clause.get(clause, ()))) if clause else None


@dataclass(frozen=True)
class File:
    """A case with its rows."""

    case: rows.CaseRow
    scopes: CaseScopes
    model: Model
    hidden: frozenset[str] = frozenset()
    """The fields that whoever opened it does not get to see."""

    @property
    def start(self) -> JsonObject:
        """The values of the start that the reader may see."""
        return without(self.scopes.start, self.hidden)

    @property
    def data(self) -> JsonObject:
        """The case's effective data that the reader may see."""
        return without(self.scopes.data(), self.hidden)


def _file(session: Any, office: Office, actor: Actor, case_id: str) -> File | None:
    case = rows.case(session, case_id)
    if case is None:
        return None
    model = readable(session, office, case_id, case.pinned_sha)
    hidden = hidden_from(model, actor, case)
    return File(case, CaseScopes(model, case, rows.scopes(session, case_id)), model, hidden)


async def open_file(office: Office, actor: Actor, case_id: str, action: str) -> File:
    """A case that the actor may read; a refusal otherwise."""
    found = await office.db.reading(_file, office, actor, case_id)
    site = found.case.site if found else ""
    if found is None or not (found.case.started_by == actor.id or site in actor.works_at()):
        if actor.roles_at(site):
            await refuse(office, actor, no_business(), {"action": action, "case": case_id, "site": site})
        about: JsonObject = {"action": action, "case": case_id}
        await refuse(
            office, actor, not_found("没有这个案例，或您无权查看。", "There is no such case, or not for you."), about
        )
    return found


async def detail(office: Office, actor: Actor, case_id: str) -> CaseDetail:
    """A case as it stands: its data, every instance of its steps and why it waits, its tasks, what may be done to it."""
    file = await open_file(office, actor, case_id, "open_case")
    known = await office.db.reading(folded, office, case_id) if file.case.state == "running" else None
    tries = await case_waiting.attempts(office, known) if known is not None else {}
    around = await office.db.reading(_around, office, actor, file, known, tries)
    await people.note_reading(office, actor, f"case/{case_id}", {})
    view: Any = {
        **case_view(file.case),
        "pinned_sha256": file.case.pinned_sha,
        "engine_rev": file.case.engine_rev,
        "seq": file.case.seq,
        "head": file.case.head,
        "start": file.start,
        "data": file.data,
        **around,
    }
    return view


def _around(
    session: Session, office: Office, actor: Actor, file: File, known: Folded | None, tries: Mapping[str, Tried]
) -> JsonObject:
    """The steps with why they wait or count no more, the tasks, the cases around, and what is open to the actor."""
    case, steps = file.case, rows.steps(session, file.case.id)
    told_of = Beside(tries, file.hidden)
    waits = case_waiting.of_case(session, office, actor, known, case, told_of) if known else {}
    gone = superseded_by(rows.goings_back(session, case.id))
    told: list[Any] = [{**step_view(row), **_told(row, waits.get(row.path), gone.get(row.path))} for row in steps]
    listed: list[Any] = [_task(row, file.hidden) for row in inbox.tasks_of(session, case.id)]
    return {
        "steps": told,
        "tasks": listed,
        "parent": case_relatives.parent_of(session, actor, case),
        "children": [*case_relatives.children_of(session, actor, file.scopes, steps)],
        "allow": case_openings.allowed(office, actor, known, case)
        if known
        else case_openings.after_the_end(session, office, actor, case),
        "lists": case_openings.open_lists(office, actor, known, case) if known else [],
    }


def _told(row: rows.CaseStep, waits: case_waiting.Waiting | None, gone: JsonObject | None) -> JsonObject:
    """What a row does not say of a step: why it waits, for the person who asks; which act went back over it."""
    told: JsonObject = {"superseded_by": gone if row.state in ("superseded", "compensating") else None}
    if waits is None:
        return told
    why_not = waits.why_not.as_json() if waits.why_not else None
    return {**told, "why_waiting": waits.why.as_json(), "why_not": why_not, "may_act": waits.may_act}


def _task(row: dict[str, Any], hidden: frozenset[str]) -> JsonObject:
    prepared: Any = (row["more"] or {}).get("prepared")
    view: Any = task_view(row)
    chips = without(view["chips"], hidden)
    return {**view, "chips": chips, "prepared_by": prepared["actor"] if prepared else None}


async def retry(office: Office, actor: Actor, case_id: str, path: str, act_id: str | None = None) -> Any:
    """Try again the incident at ``path`` of a case."""
    found = await office.db.reading(inbox.tasks_of, case_id)
    waiting = [row for row in found if row["path"] == path and row["kind"] == "incident" and row["state"] == "open"]
    if not waiting:
        await open_file(office, actor, case_id, "retry")
        about: JsonObject = {"action": "retry", "case": case_id, "path": path}
        text = Text("这里没有待处理的故障。", "There is no incident waiting here.")
        await refuse(office, actor, Refusal(409, "no_incident", text), about)
    return await tasks.retry(office, actor, waiting[0]["id"], act_id)
