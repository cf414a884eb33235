"""What the answers of activities do: a result, a declared business error, a failure, an answer that nobody waits for."""

from __future__ import annotations

from typing import Any

from domain.errors import GspError
from domain.json_types import JsonObject
from rules.errors import ExprFault
from workflows.engine import back
from workflows.engine.calls import failure
from workflows.engine.events import CallFailed, CallRefused, CallReturned
from workflows.engine.state import CaseState, Instance
from workflows.engine.turn import Turn


def answered(turn: Turn, event: CallReturned | CallRefused | CallFailed) -> None:
    """An activity has answered, or given up."""
    instance = turn.state.instances.get(event.path)
    if instance is not None and back.waits_for_answer(turn.state, instance, event.effect_key):
        back.settled(turn, instance, event)
        return
    if instance is None or not _waits_for(turn.state, instance, event.effect_key):
        turn.record(event.path, "late", {"effect_key": event.effect_key, "event": type(event).__name__})
        return
    made: Any = instance.call or {}
    turn.business_at = made.get("business_at")  # what follows from a late entry happened then, too
    if isinstance(event, CallReturned):
        _returned(turn, instance, event)
    elif isinstance(event, CallRefused) and event.code in turn.model.steps[instance.step].on:
        _posted(turn, instance, event.effect_key, {"error": event.code, **event.detail}, event.code)
    else:
        _failed(turn, instance, event)


def _waits_for(state: CaseState, instance: Instance, key: str) -> bool:
    made: Any = instance.call
    return state.state == "running" and instance.state == "open" and bool(made) and made["effect_key"] == key


def _returned(turn: Turn, instance: Instance, event: CallReturned) -> None:
    if instance.kind in ("approve", "notify"):
        _people_known(turn, instance, event.output)
    elif instance.kind == "start" and not turn.model.steps[instance.step].detached:
        _child_runs(turn, instance, event.output)
    else:
        _posted(turn, instance, event.effect_key, event.output, "done")


def _people_known(turn: Turn, instance: Instance, output: Any) -> None:
    turn.people = output["holders"]
    turn.resumes.append(turn.place_of(instance))


def _child_runs(turn: Turn, instance: Instance, output: JsonObject) -> None:
    """An attached sub-process: the step stays open until its end is told."""
    place = turn.place_of(instance)
    turn.record(instance.path, "opened", {**place.entry(), "child": output, "title": instance.title})


def _posted(turn: Turn, instance: Instance, key: str, output: JsonObject, outcome: str) -> None:
    place = turn.place_of(instance)
    try:
        writes = turn.writes(place, output) if outcome == "done" else None
    except (GspError, ExprFault) as error:
        turn.incident(place, "call", error)
        return
    detail: JsonObject = {
        "step": instance.step,
        "round": instance.round,
        "outcome": outcome,
        "values": output,
        "writes": writes,
        "effect_key": key,
    }
    turn.record(instance.path, "posted", detail)
    turn.follow(place, outcome)


def _failed(turn: Turn, instance: Instance, event: CallRefused | CallFailed) -> None:
    turn.incident(turn.place_of(instance), "call", failure(instance, event))
