"""The rows of the projection that one record changes: what inbox, case page and audit are read from."""

from __future__ import annotations

from typing import Any

from domain import ids, paths
from domain.json_types import Json, JsonObject
from workflows.engine.appliers import touched
from workflows.engine.scope import item_of, items_above
from workflows.engine.state import CaseState, Instance, Seat
from workflows.engine.votes import tally
from workflows.language.model import Model, Step

CHIP_FIELDS = (
    "product_name",
    "lot_no",
    "serial_no",
    "supplier_name",
    "delivery_note_no",
    "is_cold_chain",
    "storage_range",
)
"""Fields of the item or the start form by which people recognise a task in their list."""
_BLOCKS = ("foreach", "parallel", "loop")
_RETRY: list[Json] = [{"key": "retry", "title": {"zh": "重试", "en": "Retry"}}]
_INCIDENT_TITLE = ("处理故障：{}", "Deal with the incident: {}")


def rows_of(model: Model, state: CaseState, record: JsonObject) -> JsonObject:
    """The rows after ``record`` was applied, as ``records.projection`` takes them."""
    entry: Any = record
    detail = entry["detail"]
    steps: list[Json] = []
    tasks: list[Json] = []
    for path in touched(entry):
        instance = state.instances.get(path)
        if instance is not None:
            steps.append(step_row(model, instance))
            tasks.extend(_task_rows(model, state, instance))
    rows: JsonObject = {
        "case": case_row(state),
        "steps": steps,
        "tasks": tasks,
        "scopes": _scope_rows(state, entry, detail),
        "notices": _notices(model, state, entry, detail),
    }
    listens = _listens(state, entry, detail)
    if listens:
        rows["listens"] = listens
    return rows


def _listens(state: CaseState, entry: Any, detail: Any) -> list[Json]:
    """Where the case waits for messages now: all keys of each place that the record changes; none when it is over."""
    found: list[Json] = []
    ends = entry["path"] == paths.ROOT and entry["action"] == "ended"
    if "listens" in detail or (ends and state.hears):
        listening = [{"name": name, "keys": list(keys), "keep": True} for name, keys in state.listens.items()]
        found.append({"path": paths.ROOT, "waits": list(listening)})
    for path in touched(entry):
        instance = state.instances.get(path)
        if instance is None or instance.kind != "wait":
            continue
        arms: list[Any] = [arm for arm in instance.waits if isinstance(arm, dict) and arm["kind"] == "message"]
        waits: list[Json] = [{name: arm[name] for name in ("name", "keys", "keep")} for arm in arms]
        if waits or instance.is_deaf:
            found.append({"path": path, "waits": waits})
    return found


def case_row(state: CaseState) -> JsonObject:
    """The case as it is now."""
    return {
        "id": state.case_id,
        "company": state.company,
        "site": state.site,
        "mode": state.mode,
        "process": state.process,
        "version": state.version,
        "title": state.title,
        "definition_sha": state.definition_sha,
        "pinned_sha": state.pinned_sha,
        "engine_rev": state.engine_rev,
        "business_key": state.business_key,
        "state": state.state,
        "outcome": state.outcome,
        "sealed": state.sealed,
        "started_at": state.started_at,
        "started_by": state.started_by,
        "closed_at": state.closed_at,
        "seq": state.seq,
        "head": state.head,
        **({"parent": state.parent} if state.parent else {}),
    }


def step_row(model: Model, instance: Instance) -> JsonObject:
    """An instance of a step as it is now."""
    step = model.steps[instance.step]
    why = instance.incident["message"] if instance.incident else None
    call: Any = instance.call
    more = _more_of_step(step, instance)
    return {
        "path": instance.path,
        "step": instance.step,
        "kind": instance.kind,
        "round": instance.round,
        "state": instance.state,
        "since": instance.since,
        "due": instance.due,
        "title": instance.title,
        "roles": list(step.roles) if instance.kind in ("task", "approve") else [],
        "call": call["name"] if call else None,
        "why": why,
        "outcome": instance.output["outcome"] if instance.output else None,
        "actor": instance.output["actor"] if instance.output else None,
        "at": instance.output["at"] if instance.output else None,
        **({"more": more} if more else {}),
    }


def _more_of_step(step: Step, instance: Instance) -> JsonObject:
    """What only some steps have: what they wait for, a sub-process, how a vote stands, the round of a loop."""
    told: JsonObject = {}
    if instance.waits and instance.is_active:
        told["waits"] = instance.waits
    if instance.alarms:
        told["alarms"] = dict(instance.alarms)
    if instance.queued:
        told["queued"] = instance.queued
    if instance.child:
        told["child"] = instance.child
    if instance.iteration:
        told["iteration"] = instance.iteration
    if instance.suspended:
        told["suspended"] = dict(instance.suspended)
    if step.is_open:
        told["open"] = {"closed": instance.closed, "items": list(instance.children), "add_by": list(step.add_by)}
    if step.rule in ("n_of", "ratio") and instance.is_active:
        told["tally"] = tally(step, instance)
    return told


def _task_rows(model: Model, state: CaseState, instance: Instance) -> list[Json]:
    if not instance.seats:
        return []
    step = model.steps[instance.step]
    around = items_above(state, instance.scope)
    chips = _chips(state, around)
    key = around[-1][2] if around else None
    return [_task_row(model, state, instance, step, seat, chips, key) for seat in instance.seats]


def _chips(state: CaseState, around: list[tuple[str, Instance, str]]) -> JsonObject:
    chips: JsonObject = {name: state.start[name] for name in CHIP_FIELDS if name in state.start}
    if around:
        _, block, key = around[-1]
        item = item_of(state, block, key)
        if isinstance(item, dict):
            chips.update({name: item[name] for name in CHIP_FIELDS if name in item})
    return chips


def _task_row(
    model: Model,
    state: CaseState,
    instance: Instance,
    step: Step,
    seat: Seat,
    chips: JsonObject,
    key: str | None,
) -> JsonObject:
    kind = _KINDS_OF_SEATS.get(seat.key[0]) or instance.kind
    incident, asks = kind == "incident", kind != instance.kind
    title = _incident_title(instance) if incident else instance.title or {"zh": step.id, "en": step.id}
    sign = None if asks or step.sign is None else {"meaning": step.sign.meaning, "reauth": step.sign.reauth}
    outcomes: list[Json] = [{"key": item.key, "title": item.title.as_json()} for item in step.outcomes]
    more = _more_of_seat(instance, seat)
    return {
        "id": ids.task_id(state.case_id, instance.path, seat.key),
        "path": instance.path,
        "seat": seat.key,
        "step": instance.step,
        "round": instance.round,
        "kind": kind,
        "state": _task_state(seat),
        "roles": list(seat.roles),
        "assignee": seat.assignee,
        "title": title,
        "definition": state.process,
        "version": state.version,
        "due": None if asks else instance.due,
        "opened_at": state.at if incident and seat.state == "open" and seat.at is None else instance.since,
        "done_at": seat.at,
        "done_by": seat.actor,
        "outcome": seat.outcome,
        "priority": 1 if incident else step.priority,
        "form": None if asks else step.form,
        "sign": sign,
        "external_signature": None if asks or seat.key != "s1" else step.external_signature,
        "outcomes": _RETRY if incident else [] if asks else outcomes,
        "item_key": key,
        "chips": chips,
        "search": _search(state, title, chips),
        **({"more": more} if more else {}),
    }


_KINDS_OF_SEATS = {"i": "incident", "q": "question", "n": "reading"}


def _more_of_seat(instance: Instance, seat: Seat) -> JsonObject:
    """What only some seats have: whose it is, who prepared it, what is asked, what it waits for."""
    told: JsonObject = {
        "person": seat.person,
        "lease": seat.lease,
        "principal": seat.principal,
        "prepared": seat.prepared,
        "behind": seat.behind,
        "question": seat.question,
        "late": seat.late,
        "beside": seat.beside or None,
        "position": seat.position or None,
        "suspended_by": instance.suspended.get(seat.key) if seat.state == "open" else None,
    }
    return {name: value for name, value in told.items() if value is not None}


_TASK_STATES = {"open": "open", "done": "done", "superseded": "superseded"}


def _task_state(seat: Seat) -> str:
    return _TASK_STATES.get(seat.state, "cancelled")


def _incident_title(instance: Instance) -> JsonObject:
    title: Any = instance.title or {"zh": instance.step, "en": instance.step}
    return {"zh": _INCIDENT_TITLE[0].format(title["zh"]), "en": _INCIDENT_TITLE[1].format(title["en"])}


def _search(state: CaseState, title: Any, chips: JsonObject) -> str:
    words = [title["zh"], title["en"], state.business_key or "", *(str(value) for value in chips.values())]
    return " ".join(words).lower()


def _scope_rows(state: CaseState, entry: Any, detail: Any) -> list[Json]:
    if entry["action"] == "started":
        return [{"scope": "start", "body": state.start}, {"scope": "data", "body": state.data}]
    if "supersedes" in detail:
        return _all_scopes(state, entry)
    found: list[Json] = []
    writes = detail.get("writes")
    if detail.get("fix"):
        found.append(_written(state, detail["fix"]["target"]))
        found += [_written(state, detail["fix"]["also"]["target"])] if "also" in detail["fix"] else []
    if writes and writes["target"] == "data":
        found.append({"scope": "data", "body": state.data})
    elif writes:
        found.append(_written(state, writes))
    instance = state.instances.get(entry["path"])
    if instance is not None and instance.output is not None and instance.kind not in _BLOCKS:
        body = {**instance.output, "step": instance.step, "state": instance.state}
        found.append({"scope": f"out/{instance.path}", "body": body})
    if entry["action"] == "opened" and instance is not None and instance.kind == "foreach":
        keys: list[Json] = list(instance.children)
        found.append({"scope": f"keys/{instance.list_field or instance.path}", "body": {"keys": keys}})
    return found


def _written(state: CaseState, target: Any) -> JsonObject:
    """The part of the data that was just written: all of it, or one item's overlay."""
    if target["target"] == "data":
        return {"scope": "data", "body": state.data}
    body = state.overlays[target["target"]][target["key"]]
    return {"scope": f"item/{target['target']}/{target['key']}", "body": body}


def _all_scopes(state: CaseState, entry: Any) -> list[Json]:
    """After a return: the data as they are now, every item that was ever written, and the outputs that changed."""
    found: list[Json] = [{"scope": "data", "body": state.data}]
    items: dict[str, Json] = {}
    for instance in state.instances.values():
        target: Any = instance.writes
        if target and target["target"] != "data":
            body = state.overlays.get(target["target"], {}).get(target["key"], {})
            items[f"item/{target['target']}/{target['key']}"] = body
    found += [{"scope": scope, "body": body} for scope, body in items.items()]
    for path in touched(entry):
        instance = state.instances.get(path)
        if instance is not None and instance.output is not None and instance.kind not in _BLOCKS:
            body = {**instance.output, "step": instance.step, "state": instance.state}
            found.append({"scope": f"out/{path}", "body": body})
    return found


def _notices(model: Model, state: CaseState, entry: Any, detail: Any) -> list[Json]:
    if entry["action"] == "timed" and detail.get("reminds"):
        return [_reminder(model, state, entry, detail)]
    if entry["action"] != "notified":
        return []
    told: JsonObject = {
        "seq": entry["seq"],
        "path": entry["path"],
        "roles": detail["roles"],
        "title": detail["title"],
        "at": entry["at"],
    }
    return [{**told, "people": detail["people"]} if "people" in detail else told]


def _reminder(model: Model, state: CaseState, entry: Any, detail: Any) -> JsonObject:
    """A reminder goes to whoever has the task, or to the role that the step names."""
    instance = state.instances[entry["path"]]
    title: Any = instance.title or {"zh": instance.step, "en": instance.step}
    to_assignee = detail["reminds"] == "assignee"
    roles: list[Json] = list(model.steps[instance.step].roles) if to_assignee else [detail["reminds"]]
    people: list[Json] = [{"id": person} for person in detail["people"]] if to_assignee else []
    return {
        "seq": entry["seq"],
        "path": entry["path"],
        "roles": [] if people else roles,
        "people": people,
        "kind": "reminder",
        "title": {"zh": f"到期提醒：{title['zh']}", "en": f"Reminder: {title['en']}"},
        "at": entry["at"],
    }
