"""Waiting: for a time, a message or a condition; reminders and escalations of what is due; messages to the whole case."""

from __future__ import annotations

from typing import Any

from domain import paths
from domain.errors import GspError
from domain.json_types import Json, JsonObject
from rules.errors import ExprFault
from rules.evaluate import evaluate
from workflows.engine.due import due_at
from workflows.engine.events import Acted, Fired
from workflows.engine.scope import Lazy
from workflows.engine.state import CaseState, Instance
from workflows.engine.turn import Place, StepFault, Turn, reads_of
from workflows.language.model import Escalation, WaitArm

KEYS_MAX = 2000


def wait(turn: Turn, place: Place) -> None:
    """Begin to wait for every arm at once; the first that comes wins."""
    scope = turn.scope(place.scope)
    calendar = turn.state.calendar or turn.model.calendar
    arms: list[Json] = []
    alarms: JsonObject = {}
    for index, arm in enumerate(place.step.waits):
        told: JsonObject = {"kind": arm.kind}
        if arm.kind == "timer":
            alarms[f"arm{index}"] = told["at"] = due_at(arm.timer, turn.at, turn.model.zone, calendar)
        elif arm.kind == "message":
            told.update(name=arm.message, keys=list(keys_of(arm.keys, scope)), keep=arm.keep)
        arms.append(told)
    turn.record(place.path, "opened", {**place.entry(), "waits": arms, "alarms": alarms})


def keys_of(expr: Any, scope: Lazy) -> list[str]:
    """The keys of a message: a list of text. Raises ``StepFault`` for anything else."""
    value: Any = evaluate(expr, scope).value
    if not isinstance(value, (list, tuple)) or len(value) > KEYS_MAX or not all(isinstance(one, str) for one in value):
        raise StepFault(
            "not_keys",
            f"消息的键“{expr.text}”应是文字的列表。",
            f"The keys '{expr.text}' of a message are a list of text.",
        )
    return sorted(dict.fromkeys(value))


# ---------------------------------------------------------------- alarms
def fired(turn: Turn, event: Fired) -> None:
    """An alarm has rung. One whose step is no longer open, or was set anew, is on record and does nothing."""
    instance = turn.state.instances.get(event.path)
    if instance is None or not instance.is_active or instance.alarms.get(event.alarm) != event.at:
        turn.record(event.path, "late", {"alarm": event.alarm, "at": event.at, "event": "Fired"})
        return
    step = turn.model.steps[instance.step]
    if event.alarm.startswith("arm"):
        _through(turn, instance, int(event.alarm.removeprefix("arm")), "timed", {"alarm": event.alarm}, {})
        return
    _escalate(turn, instance, step.escalate[int(event.alarm.removeprefix("escalate"))], event.alarm)


def _escalate(turn: Turn, instance: Instance, rung: Escalation, alarm: str) -> None:
    detail: JsonObject = {"step": instance.step, "round": instance.round, "alarm": alarm, "due": instance.due}
    if rung.add is not None:
        detail["adds"] = rung.add
    if rung.remind is not None:
        detail["reminds"] = rung.remind
        detail["people"] = [seat.assignee for seat in instance.seats if seat.state == "open" and seat.assignee]
    turn.record(instance.path, "timed", detail)


def next_alarm(state: CaseState) -> Fired | None:
    """The earliest alarm of the case; of several at one moment the one whose step was entered first."""
    found = [
        (at, instance.seq, alarm, instance.path)
        for instance in state.active()
        for alarm, at in instance.alarms.items()
        if instance.queued is None
    ]
    if not found or state.state != "running":
        return None
    at, _, alarm, path = min(found)
    return Fired(path, alarm, at)


def _through(
    turn: Turn,
    instance: Instance,
    index: int,
    action: str,
    more: JsonObject,
    values: JsonObject,
    act_sha: str | None = None,
) -> None:
    """An arm has come: the wait is over and goes where the arm says."""
    place = turn.place_of(instance)
    arm = place.step.waits[index]
    try:
        writes = turn.writes(place, values) if values else None
    except (GspError, ExprFault) as error:
        turn.incident(place, "do", error)
        return
    detail: JsonObject = {
        "step": instance.step,
        "round": instance.round,
        "outcome": "done",
        "values": values,
        "writes": writes,
        "arm": index,
        **more,
    }
    if arm.to is not None:
        detail["goes"] = {"to": arm.to}
    turn.record(instance.path, action, detail, act_sha=act_sha)
    if arm.to is not None:
        turn.jump(place, arm.to)
    else:
        turn.follow(place, "done")


# ---------------------------------------------------------------- messages
def hears(state: CaseState, message: Any) -> list[tuple[str, int]]:
    """Where a message ``{name, keys}`` is waited for: (path, arm); the case itself is path ``""``, arm −1."""
    named, keys = message["name"], set(message["keys"])
    found = [("", -1)] if keys & set(state.listens.get(named, ())) else []
    for instance in state.active():
        for index, raw in enumerate(instance.waits):
            arm: Any = raw
            if arm.get("name") == named and keys & set(arm["keys"]):
                found.append((instance.path, index))
    return found


def messaged(turn: Turn, event: Acted) -> None:
    """A message is taken by every step that waits for it, and by the case when it listens.

    The first record that it makes carries the sealed act, with its hash, as every record with an act does.
    """
    values: Any = event.act.values
    message: JsonObject = {"id": values["id"], "name": values["name"], "keys": values["keys"]}
    told: JsonObject = {
        "message": message,
        "actor": event.act.envelope["actor"],
        "act_id": event.act_id,
        "act": event.act.as_json(),
    }
    act_sha: str | None = event.act.sha
    for path, index in hears(turn.state, values):
        if path != paths.ROOT:
            _through(turn, turn.state.instances[path], index, "messaged", told, values["data"], act_sha)
        else:
            _whole_case(turn, told, values, act_sha)
        act_sha = None
        told = {"message": message, "actor": event.act.envelope["actor"]}


def _whole_case(turn: Turn, told: JsonObject, values: Any, act_sha: str | None) -> None:
    """``on_message``: the case leaves what it does and goes on at the recovery step."""
    heard = turn.model.on_message[values["name"]]
    block = turn.model.block_of[heard.to]
    active: list[Json] = [instance.path for instance in turn.state.active()]
    detail: JsonObject = {**told, "step": None, "goes": {"to": heard.to}, "values": values["data"]}
    turn.record(paths.ROOT, "messaged", detail, act_sha=act_sha)
    if active:
        turn.record(paths.ROOT, "cancelled", {"step": None, "cancels": active, "goes": {"to": heard.to}})
    position = block.position(heard.to)
    assert position is not None and block.owner is None, "check allows outermost steps only"
    turn.agenda.clear()
    turn.go((paths.ROOT, block, position))


def child_ended(turn: Turn, event: Acted) -> None:
    """An attached sub-process has come to its end: its outcome routes the step that started it."""
    values: Any = event.act.values
    instance = turn.state.instances[str(event.act.envelope["path"])]
    place = turn.place_of(instance)
    outcome = str(values["outcome"])
    turn.need_route(place, outcome)
    output: JsonObject = {**(instance.child or {}), "outcome": outcome}
    detail: JsonObject = {
        "step": instance.step,
        "round": instance.round,
        "message": {"id": event.act_id, "name": "child_ended", "keys": [values["case"]]},
        "outcome": outcome,
        "values": output,
        "writes": turn.writes(place, output) if place.step.into else None,
        "actor": event.act.envelope["actor"],
        "act_id": event.act_id,
        "act": event.act.as_json(),
    }
    turn.record(instance.path, "messaged", detail, act_sha=event.act.sha)
    turn.follow(place, outcome)


# ---------------------------------------------------------------- what is watched
def condition_holds(turn: Turn, place: Place, arm: WaitArm) -> tuple[bool, list[Json]]:
    """Whether the condition of an arm is true now; a fault is not yet true (``why_waiting`` tells it)."""
    assert arm.condition is not None
    try:
        decision = evaluate(arm.condition, turn.scope(place.scope))
    except (ExprFault, GspError):
        return False, []
    return decision.value is True, reads_of(decision.reads)


def look_at(turn: Turn, instance: Instance) -> bool:
    """End a wait one of whose conditions has come true."""
    place = turn.place_of(instance)
    for index, arm in enumerate(place.step.waits):
        if arm.kind == "condition":
            holds, reads = condition_holds(turn, place, arm)
            if holds:
                assert arm.condition is not None
                why: JsonObject = {"why": {"expr": arm.condition.text, "reads": reads}}
                _through(turn, instance, index, "decided", why, {})
                return True
    return False
