"""What people do with tasks: look, claim, release, keep a draft, complete."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from domain import acts, roles
from domain.clock import to_text
from domain.errors import Fault, Refusal, Text
from domain.json_types import Json, JsonObject
from domain.needs import Verdict
from records import cases, inbox, seen
from records import talk as talk_rows
from services import added_seats, copies, hard_rules, late_entry, needs, people
from services.acted import completed
from services.acting import Intent, act_id_of, body_sha, repeated, send
from services.actor import Actor, Proof
from services.case_rows import cursor_key, cursor_text, task_view
from services.desk import (
    OTHER_KINDS,
    Desk,
    acting_role,
    acting_roles,
    allowed,
    behalf,
    four_eyes_step,
    needs_of,
    open_desk,
    refusal_before,
    shown,
    wrong_role,
)
from services.entered import Entered, entered, invalid
from services.hidden import hidden_from, without
from services.late_entry import LateEntry
from services.office import Office
from services.openings import Openings, openings
from services.refusals import refuse
from services.signing import signature
from services.step_fields import HIDE
from services.views import Completed, Page, TaskDetail, TaskView
from workflows.engine.item_keys import repeated_keys
from workflows.engine.laws import outcome_missing
from workflows.language.model import PRIORITIES, Step

PAGE_SIZE = 25


async def listing(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """One page of the inbox. ``filters``: scope, definition, role, site, state, due_before, priority (at least), q, cursor, limit."""
    query = inbox.InboxQuery(
        account=actor.id,
        pairs=actor.pairs(),
        away=actor.away(),
        read_sites=tuple(site for site in actor.sites if actor.reads_site(site)),
        scope=filters.get("scope") or "claimable",
        definition=filters.get("definition"),
        role=filters.get("role"),
        site=filters.get("site"),
        state=filters.get("state"),
        due_before=filters.get("due_before"),
        priority=PRIORITIES.get(str(filters.get("priority"))),
        q=filters.get("q"),
        after=cursor_key(filters.get("cursor")),
        limit=int(filters.get("limit") or PAGE_SIZE),
        only_put_off=bool(filters.get("snoozed")),
    )
    if query.scope == "cc":
        return {"items": [*await copies.copies(office, actor, query.limit)], "next": None}
    page, put_off = await office.db.reading(_page, query, office.now())
    hides = await office.db.reading(_hidden_in, office, page.items)
    items: list[Any] = [
        {**_listed(actor, row, hides[row["id"]]), "snoozed_until": put_off.get(row["id"])} for row in page.items
    ]
    return {"items": items, "next": cursor_text(page.next)}


def _hidden_in(session: Any, office: Office, rows: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Task → the fields that its step hides."""
    known = cases.some(session, sorted({row["case_id"] for row in rows}))
    steps = {row["id"]: office.model(session, known[row["case_id"]].pinned_sha).steps.get(row["step"]) for row in rows}
    return {task: _hides(step) if step else set() for task, step in steps.items()}


def _hides(step: Step) -> set[str]:
    return {name for name, how in step.fields.items() if how == HIDE}


def _page(session: Any, query: inbox.InboxQuery, now: str) -> tuple[inbox.InboxPage, dict[str, str]]:
    """A page without what the person put off, and until when that is."""
    put_off = talk_rows.snoozed(session, query.account, now)
    return inbox.page(session, replace(query, put_off=tuple(sorted(put_off)))), put_off


def _counts(session: Any, query: inbox.InboxQuery, now: str) -> dict[str, int]:
    put_off = tuple(sorted(talk_rows.snoozed(session, query.account, now)))
    return {**inbox.counts(session, replace(query, put_off=put_off), now), "snoozed": len(put_off)}


def _listed(actor: Actor, row: dict[str, Any], hides: Collection[str]) -> TaskView:
    """A task in a list; whoever only keeps the system running sees of an incident no more than where it stands."""
    view: TaskView = {**task_view(row), "away": _listed_for(actor, row)}
    view["chips"] = without(view["chips"], hides)
    return view if row["site"] in actor.works_at() else {**view, "chips": {}, "item_key": None}


def _listed_for(actor: Actor, row: dict[str, Any]) -> JsonObject | None:
    """The person who is away for whom a task stands in the actor's list; ``None`` when it is the actor's own."""
    held, site, assignee = set(row["roles"]), row["site"], row["assignee"]
    if row["state"] != "open" or (set(actor.roles_at(site)) & held and assignee in (None, actor.id)):
        return None
    fitting = (
        one
        for one in actor.stands_in
        if one.mandate.roles_at(site, row["definition"]) & held and assignee in (None, actor.id, one.principal)
    )
    away = next(fitting, None)
    return away.view() if away else None


async def counts(office: Office, actor: Actor, site: str | None = None) -> dict[str, int]:
    """How many tasks wait in each tab of the inbox."""
    query = inbox.InboxQuery(account=actor.id, pairs=actor.pairs(), away=actor.away(), site=site)
    return await office.db.reading(_counts, query, office.now())


async def detail(office: Office, actor: Actor, task_id: str) -> TaskDetail:
    """A task with its form, what stands in it, the caller's draft, and what the caller may do."""
    desk = await open_desk(office, actor, task_id, "open")
    draft = await office.db.run(office.drafts.load, task_id, actor.id)
    names = await office.db.reading(_who_may_act, desk, office.now())
    put_off = (await office.db.reading(talk_rows.snoozed, actor.id, office.now())).get(task_id)
    open_to = await office.db.reading(openings, office, actor, desk, intent_at(desk, "open", "", actor, desk.about))
    added = await office.db.reading(added_seats.origins, desk)
    view: Any = {**_detail(office, actor, desk, draft, names, open_to, added), "snoozed_until": put_off}
    if view["allow"] and desk.task["state"] == "open" and not await office.db.reading(seen.has_seen, task_id, actor.id):
        await office.db.writing(seen.saw, task_id, actor.id, office.now())
    return view


def _who_may_act(session: Any, desk: Desk, now: str) -> list[JsonObject]:
    """Who holds a post of the task, with what stands in the way: `not` a step where the person acted, `lacks` a need."""
    names = people.holders_of(session, desk.task["roles"], desk.case.site, now, desk.case.process)
    lacks: dict[str, Any] = {}
    for post in {str(person["role"]) for person in names}:
        these = [str(person["id"]) for person in names if person["role"] == post]
        for account, found in needs_of(session, desk, these, post, now).items():
            unmet = needs.first_unmet(found)
            lacks[account] = unmet.why.as_json() if unmet and unmet.why else None
    return [{**person, "not": _kept_apart(desk, person), "lacks": lacks.get(str(person["id"]))} for person in names]


def _kept_apart(desk: Desk, person: JsonObject) -> str | None:
    """The step at which the person acted, or the one who is away and whom the person stands in for."""
    behind = person.get("for")
    return four_eyes_step(desk, str(person["id"])) or (four_eyes_step(desk, str(behind)) if behind else None)


def _detail(
    office: Office,
    actor: Actor,
    desk: Desk,
    draft: Any,
    names: list[JsonObject],
    open_to: Openings,
    added: added_seats.Origins,
) -> TaskDetail:
    task, step, form = desk.task, desk.step, desk.form_json()
    why = refusal_before(actor, desk)
    external = task["external_signature"]
    incident = next((row for row in desk.steps if row.path == task["path"]), None)
    reads, hides = desk.case.site in actor.works_at() or desk.case.started_by == actor.id, _hidden_at(actor, desk)
    view: Any = {
        **_listed(actor, task, hides),
        "business_key": desk.case.business_key if reads else None,
        "case_title": desk.case.title,
        "case_state": desk.case.state,
        "form": form["schema"] if form else None,
        "ui": (form.get("ui") or {}) if form else None,
        "form_key": task["form"],
        "form_sha": desk.model.form_shas.get(task["form"] or ""),
        "outcomes": task["outcomes"] or [{"key": step.success, "title": {"zh": "完成", "en": "Done"}}],
        "data": shown(desk) if reads else {},
        "draft": draft["data"] if draft else None,
        "sign": task["sign"],
        "external_signature": {"role": external, "title": roles.role_text(external).as_json()} if external else None,
        "allow": [*allowed(actor, desk, why), *open_to.verbs],
        "more": {**(_more_of(desk, added) if reads or task["assignee"] == actor.id else {}), **open_to.more},
        "why_not": why.message.as_json() if why and not (task["kind"] in OTHER_KINDS and open_to.verbs) else None,
        "who_may_act": names,
        "on_behalf_of": away.view() if (away := behalf(actor, desk)) else None,
        "needs": [_need_view(desk, one) for one in desk.needs],
        "basis": list(step.basis),
        "help": step.help.as_json() if step.help else None,
        "scope": _form_scope(desk, hides) if reads else {},
        "incident": incident.why if incident and task["kind"] == "incident" else None,
    }
    return view


def _more_of(desk: Desk, added: added_seats.Origins) -> JsonObject:
    """What only some tasks have: whose it is, what is asked, who prepared it, how the vote stands, who signs besides."""
    row = next((row for row in desk.steps if row.path == desk.task["path"]), None)
    tally: Json = (row.more or {}).get("tally") if row else None
    seats, coming = added_seats.beside(desk, added), added_seats.to_come(desk, added)
    return {**desk.more, "tally": tally, "beside": seats, "to_come": coming, "added": added.get(desk.task["seat"])}


def _need_view(desk: Desk, one: Verdict) -> JsonObject:
    """A need of the task as the page tells it."""
    need = desk.book.needs.get(one.need)
    return {
        "key": one.need,
        "title": need.text.as_json() if need else {"zh": one.need, "en": one.need},
        "basis": [*need.basis] if need else [],
        "asked": one.asked,
        "met": one.met,
        "valid_until": one.until,
        "why": one.why.as_json() if one.why else None,
    }


def _form_scope(desk: Desk, hides: Collection[str]) -> JsonObject:
    """What the form's own expressions read besides the form: plain values, for drawing it."""
    around: dict[str, Any] = dict(desk.scopes.items_around(desk.task["path"]))
    seen_around = {name: without(item, hides) for name, item in around.items()}
    return {"start": without(desk.scopes.start, hides), "data": without(desk.scopes.data(), hides), **seen_around}


def _hidden_at(actor: Actor, desk: Desk) -> frozenset[str]:
    """The fields that the step of a task hides and those that the actor does not get to see anywhere in the case,
    wherever they stand in what the page gets beside the form."""
    return hidden_from(desk.model, actor, desk.case) | _hides(desk.step)


async def claim(office: Office, actor: Actor, task_id: str, act_id: str | None = None) -> Completed:
    """Take a task: others see that it is being worked on."""
    return await _plain_act(office, actor, task_id, "claim", act_id)


async def release(office: Office, actor: Actor, task_id: str, act_id: str | None = None) -> Completed:
    """Give a claimed task back."""
    return await _plain_act(office, actor, task_id, "release", act_id)


async def retry(office: Office, actor: Actor, task_id: str, act_id: str | None = None) -> Completed:
    """Try again what became an incident."""
    return await _plain_act(office, actor, task_id, "retry", act_id)


async def _plain_act(office: Office, actor: Actor, task_id: str, action: str, given: str | None) -> Completed:
    desk = await open_desk(office, actor, task_id, action)
    about = {**desk.about, "action": action}
    act_id = await act_id_of(office, actor, given, about)
    sha = body_sha(task_id, action)
    done = await repeated(office, actor, act_id, sha, about)
    if done is None:
        await refuse_if(office, actor, refusal_before(actor, desk, action), about)
        met = _facts_of(desk.needs) if action in needs.ASKED_OF else {}
        if action == "claim":
            met["lease"] = to_text(office.clock() + timedelta(hours=office.claim_hours))
        done = await send(office, actor, act_id, intent_at(desk, action, sha, actor, about, facts=met))
    return await completed(office, desk.case.id, done)


def intent_at(desk: Desk, action: str, sha: str, actor: Actor, about: JsonObject, **more: Any) -> Intent:
    """An act of the actor at the task."""
    away, role = behalf(actor, desk), acting_role(actor, desk)
    return Intent(
        case_id=desk.case.id,
        site=desk.case.site,
        mode=desk.case.mode,
        path=desk.task["path"],
        seat=desk.task["seat"],
        action=action,
        pinned_sha=desk.case.pinned_sha,
        body_sha=sha,
        role=role,
        about=about if away is None else {**about, "on_behalf_of": away.principal},
        on_behalf_of=away.as_json(role) if away else None,
        held=acting_roles(actor, desk) if away else None,
        **more,
    )


async def refuse_if(office: Office, actor: Actor, refusal: Refusal | None, about: JsonObject) -> None:
    """Refuse, on record, when there is a reason to."""
    if refusal is not None:
        await refuse(office, actor, refusal, about)


async def save_draft(office: Office, actor: Actor, task_id: str, data: JsonObject) -> int:
    """Keep what was typed, whatever it is; returns the draft's revision."""
    desk = await open_desk(office, actor, task_id, "draft")
    await refuse_if(office, actor, wrong_role(actor, desk), {**desk.about, "action": "draft"})
    sha = desk.model.form_shas.get(desk.task["form"] or "")
    return await office.db.run(office.drafts.save, task_id, actor.id, data, office.now(), sha)


@dataclass(frozen=True)
class Completion:
    """What a caller sends to complete a task."""

    data: JsonObject
    outcome: str | None = None
    proof: Proof | None = None
    external: JsonObject | None = None
    late: LateEntry | None = None
    """The paper on which it was done first, when it is entered afterwards."""


async def complete(
    office: Office, actor: Actor, task_id: str, given: Completion, act_id: str | None = None
) -> Completed:
    """Complete a task: every rule is checked here and, where it can, again by the case and the posting."""
    desk = await open_desk(office, actor, task_id, "complete")
    about = {**desk.about, "action": "complete", "outcome": given.outcome}
    known_id = await act_id_of(office, actor, act_id, about)
    sha = body_sha(task_id, "complete", given.data, given.outcome, given.external, *late_entry.told(given.late))
    done = await repeated(office, actor, known_id, sha, about) if act_id is not None else None
    if done is None:
        intent = await _ready(office, actor, desk, given, sha, about)
        late = await late_entry.facts_of(office, actor, given.late, about)
        intent = replace(intent, facts={**intent.facts, **late})
        auth = await signature(office, actor, desk, given.proof, given.external, about)
        done = await send(office, actor, known_id, _signed(intent, desk, given, auth))
        return await completed(office, desk.case.id, done, draft=(task_id, actor.id))
    return await completed(office, desk.case.id, done)


async def _ready(office: Office, actor: Actor, desk: Desk, given: Completion, sha: str, about: JsonObject) -> Intent:
    """All that can be refused before anybody is asked to sign: permission, outcome, form, hard rules."""
    await refuse_if(office, actor, refusal_before(actor, desk), about)
    outcome = given.outcome or desk.step.success
    await refuse_if(office, actor, _outcome_fault(desk, given.outcome), about)
    found = await _entered(office, desk, given.data)
    await refuse_if(office, actor, invalid(found.faults, "/data"), about)
    values = found.values
    intent = intent_at(
        desk,
        "complete",
        sha,
        actor,
        about,
        values=values,
        outcome=outcome,
        form_sha=desk.model.form_shas.get(desk.task["form"] or ""),
        shown_sha=acts.shown_sha(desk.model.form_shas.get(desk.task["form"] or ""), shown(desk), actor.lang),
    )
    decided_at = office.now()
    met: tuple[Verdict, ...] = ()
    if desk.step.sign is not None or desk.needs:  # an unsigned step that asks for nothing has nothing to be judged by
        refusal, met = await office.db.glance(_rules, office, actor, desk, intent)
        await refuse_if(office, actor, refusal, about)
    meaning = desk.step.sign.meaning if desk.step.sign else None
    rules: JsonObject = {"meaning": meaning, "at": decided_at, "violations": 0}
    return replace(intent, facts={"hard_rules": rules, **_facts_of(met)})


def _rules(
    session: Any, office: Office, actor: Actor, desk: Desk, intent: Intent
) -> tuple[Refusal | None, tuple[Verdict, ...]]:
    """What is asked of the person for exactly what was entered, then the hard rules."""
    found = needs_of(session, desk, [actor.id], intent.role, office.now(), intent.values).get(actor.id, ())
    unmet = needs.first_unmet(found)
    if unmet is not None:
        return needs.refusal(desk.book, unmet, desk.task["roles"]), found
    return _hard_rules(session, office, actor, desk, intent), found


def _facts_of(found: tuple[Verdict, ...]) -> JsonObject:
    """The met needs as they stand in the act, for the case to check again; nothing where nothing is asked."""
    keys: list[Json] = [*needs.met_keys(found)]
    return {"needs": keys} if found else {}


def _outcome_fault(desk: Desk, outcome: str | None) -> Refusal | None:
    known = [item.key for item in desk.step.outcomes] or [desk.step.success]
    if desk.task["kind"] != "incident" and not outcome:
        return outcome_missing(desk.step)
    if desk.task["kind"] != "incident" and outcome in known:
        return None
    listed = ", ".join(known)
    text = Text(f"结果“{outcome}”未声明；可选：{listed}。", f"'{outcome}' is no outcome here; choose of: {listed}.")
    return Refusal(422, "unknown_outcome", text, faults=(Fault("/outcome", "unknown_outcome", text),))


async def _entered(office: Office, desk: Desk, data: JsonObject) -> Entered:
    """The values as the step would keep them: by the form, and by what comes after."""
    form = desk.form()
    if form is None:
        return Entered({}, [])
    path, zone = desk.task["path"], desk.model.zone
    scope = desk.scopes.expression_scope(path, office.now())
    found = await entered(office, form, data, desk.scopes.target(desk.step, path), scope, zone)
    in_item = bool(desk.scopes.items_around(path))
    repeated_rows = repeated_keys(desk.model, desk.step, found.values, scope, in_item=in_item)
    return Entered(found.values, [*found.faults, *repeated_rows])


def _hard_rules(session: Any, office: Office, actor: Actor, desk: Desk, intent: Intent) -> Refusal | None:
    attempt = hard_rules.Attempt(
        case_id=desk.case.id,
        site=desk.case.site,
        mode=desk.case.mode,
        path=intent.path,
        step=desk.step,
        outcome=str(intent.outcome),
        values=intent.values,
        roles=acting_roles(actor, desk),
        role=intent.role or "",
        at=office.now(),
        person=actor.id,
    )
    found = hard_rules.violations(session, desk.scopes, attempt)
    return hard_rules.refusal_of(found, intent.values) if found else None


def _signed(intent: Intent, desk: Desk, given: Completion, auth: JsonObject) -> Intent:
    sign, external = desk.step.sign, None
    if desk.step.external_signature is not None and given.external is not None:
        kept = {name: given.external[name] for name in ("name", "attachment_sha256", "how")}
        external = {"role": desk.step.external_signature, **kept}
    reason = given.proof.reason if given.proof else None
    return replace(intent, meaning=sign.meaning if sign else None, auth=auth, external=external, reason=reason)


async def preview(office: Office, actor: Actor, task_id: str, data: JsonObject) -> JsonObject:
    """What would be signed: the values as they would be stored, their hash, and what is still wrong with them."""
    desk = await open_desk(office, actor, task_id, "preview")
    found = await _entered(office, desk, data)
    errors: list[Any] = [
        {"pointer": fault.pointer, "code": fault.code, "message": fault.message.as_json()} for fault in found.faults
    ]
    return {"values": found.values, "sha256": acts.values_sha(found.values), "errors": errors}
