"""A newer working-time calendar enters a running case: what is open gets its deadline and alarms anew.

The calendar of the pinned set stays what it was; the newer one is a recorded event, and from then on the case counts by
it. Only working time (``work:``) is counted again, from when the step was entered. Alarms that have rung do not ring
again.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from domain import paths
from domain.calendar_layers import hours_fault
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from domain.working_time import calendar_of
from workflows.engine.due import WORK, due_at
from workflows.engine.events import Acted
from workflows.engine.records import detail_of
from workflows.engine.state import CaseState, Instance
from workflows.engine.turn import Turn
from workflows.language.model import Model, Step

ACTION = "recalendar"
DAYS_MAX = 1500


def calendar_fault(model: Model, state: CaseState, event: Acted) -> Refusal | None:
    """Why the calendar of an act cannot be taken, or ``None``."""
    given: Any = event.act.values.get("calendar")
    if not isinstance(given, dict) or not _is_calendar(given, model.zone):
        return Refusal(422, "bad_calendar", Text("工作日历的格式不对。", "The calendar has the wrong shape."))
    if given == (state.calendar or model.calendar):
        return Refusal(
            409, "calendar_known", Text("案例已按这份日历计算。", "The case counts by this calendar already.")
        )
    return None


def _is_calendar(given: Any, zone: str) -> bool:
    try:
        calendar = calendar_of(given, zone)
        listed: list[Any] = [*calendar.week, *calendar.days.values()]
        for day in calendar.days:
            date.fromisoformat(day)
    except (ValueError, TypeError, AttributeError):
        return False
    spelled = all(isinstance(hours, (list, tuple)) and all(isinstance(one, str) for one in hours) for hours in listed)
    return spelled and len(listed) <= DAYS_MAX and all(hours_fault(hours) is None for hours in listed)


def recalendar(turn: Turn, event: Acted) -> None:
    """Take the calendar; ``check`` let the act through before."""
    calendar: Any = event.act.values["calendar"]
    detail: JsonObject = {
        **detail_of(event, None),
        "calendar": calendar,
        "keeps": [*moved(turn.model, turn.state, calendar)],
    }
    turn.record(paths.ROOT, "set", detail, act_sha=event.act.sha)


def moved(model: Model, state: CaseState, calendar: Any) -> list[JsonObject]:
    """What changes by a calendar: ``{path, due, alarms, waits?}`` of each open step whose deadline moves."""
    found = [
        _again(model, state, one, model.steps[one.step], calendar) for one in state.active() if one.step in model.steps
    ]
    return [one for one in found if one is not None]


def _again(model: Model, state: CaseState, one: Instance, step: Step, calendar: Any) -> JsonObject | None:
    if one.kind == "wait":
        return _wait_again(model, one, step, calendar)
    if not step.due or one.due is None:
        return None
    due = due_at(step.due, one.since, model.zone, calendar) if step.due.startswith(WORK) else one.due
    alarms: JsonObject = {name: at for name, at in one.alarms.items() if not name.startswith("escalate")}
    for index, rung in enumerate(step.escalate):
        name = f"escalate{index}"
        if name in one.alarms:
            alarms[name] = due_at(rung.after, due, model.zone, calendar)
    changed = due != one.due or alarms != one.alarms
    return {"path": one.path, "due": due, "alarms": alarms} if changed else None


def _wait_again(model: Model, one: Instance, step: Step, calendar: Any) -> JsonObject | None:
    """Timers of a wait; each stands in its arm and among the alarms."""
    alarms: JsonObject = {**one.alarms}
    waits: list[Json] = []
    for index, (arm, told) in enumerate(zip(step.waits, one.waits, strict=True)):
        waiting: Any = told
        if arm.kind == "timer" and arm.timer.startswith(WORK) and f"arm{index}" in one.alarms:
            at = due_at(arm.timer, one.since, model.zone, calendar)
            alarms[f"arm{index}"], waiting = at, {**waiting, "at": at}
        waits.append(waiting)
    if alarms == one.alarms:
        return None
    return {"path": one.path, "due": one.due, "alarms": alarms, "waits": waits}
