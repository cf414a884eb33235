"""What is open in a case, as people see it: the picture before a migration and after it, and whether they agree."""

from __future__ import annotations

from typing import Any

from domain.json_types import Json, JsonObject
from workflows.engine.due import due_at
from workflows.engine.kinds import title_of
from workflows.engine.scope import scope_of
from workflows.engine.state import CaseState, Instance, Seat
from workflows.language.model import Model, Step

_COMPARED = ("step", "kind", "round", "state", "title", "seats")


def open_now(state: CaseState) -> list[JsonObject]:
    """Every open step: where, since when, due when, who may act, who has taken it."""
    return [_shown(one) for one in state.active()]


def _shown(one: Instance) -> JsonObject:
    seats: list[Json] = [_seat(seat) for seat in one.seats if seat.state == "open"]
    return {
        "path": one.path,
        "step": one.step,
        "kind": one.kind,
        "round": one.round,
        "state": one.state,
        "seq": one.seq,
        "since": one.since,
        "due": one.due,
        "title": one.title,
        "seats": seats,
    }


def _seat(seat: Seat) -> JsonObject:
    return {"key": seat.key, "roles": list(seat.roles), "person": seat.person, "assignee": seat.assignee}


def kept(old: Model, new: Model, state: CaseState, one: Instance) -> JsonObject:
    """What is made anew of a step that is kept: its words, its deadline, who may act. A claim stays while the post does."""
    step, was = new.steps[one.step], old.steps[one.step]
    again: JsonObject = {"path": one.path}
    if one.title is not None:
        again["title"] = title_of(step, scope_of(new, state, one.scope, state.at))
    if one.kind in ("task", "approve") and (step.due, step.escalate) != (was.due, was.escalate):
        again.update(_deadline(new, state, one, step))
    if one.kind == "task" and step.roles != was.roles:
        again["roles"] = list(step.roles)
    if one.kind == "foreach" and step.item_name != one.item_name:
        again["item_name"] = step.item_name
    return again


def _deadline(new: Model, state: CaseState, one: Instance, step: Step) -> JsonObject:
    """The deadline counted from when the step was opened, and its alarms: those that have rung do not ring again."""
    calendar = state.calendar or new.calendar
    due = due_at(step.due, one.since, new.zone, calendar) if step.due else None
    alarms: JsonObject = {}
    for index, item in enumerate(step.escalate if due else ()):
        name, at = f"escalate{index}", due_at(item.after, str(due), new.zone, calendar)
        if at > state.at or name in one.alarms:
            alarms[name] = at
    return {"due": due, "alarms": alarms}


def surprises(expected: list[Any], state: CaseState, new: Model) -> list[JsonObject]:
    """Where the open steps of a migrated case differ from what its verdict said; empty when all came true."""
    actual = {str(one["path"]): one for one in open_now(state)}
    wanted = {str(one["path"]): one for one in expected}
    found: list[JsonObject] = []
    for path in sorted({*actual, *wanted}):
        before, now = wanted.get(path), actual.get(path)
        if before is None or now is None:
            found.append({"path": path, "what": "missing" if now is None else "unexpected"})
            continue
        found += [
            {"path": path, "what": name, "expected": before[name], "actual": now[name]}
            for name in _COMPARED
            if before[name] != now[name]
        ]
        due = _due(new, state.calendar, before, now)
        if due != now["due"]:
            found.append({"path": path, "what": "due", "expected": due, "actual": now["due"]})
    return found


def _due(new: Model, calendar: Any, expected: Any, actual: Any) -> Json:
    """The deadline that was said; of what opened anew, counted from the moment at which it did."""
    if not expected.get("new"):
        return expected["due"]
    lasts = expected["lasts"]
    if not lasts or expected["kind"] not in ("task", "approve"):
        return expected["due"] if expected["due"] is None else actual["due"]
    return due_at(str(lasts), str(actual["since"]), new.zone, calendar or new.calendar)
