"""Getting a case going again: try again, correct data and try again, skip a step with a deviation."""

from __future__ import annotations

from typing import Any

from domain.json_types import JsonObject
from workflows.engine import back, blocks, kinds
from workflows.engine.events import Acted
from workflows.engine.records import note
from workflows.engine.state import Instance
from workflows.engine.turn import Turn, effect_of


def retry(turn: Turn, event: Acted, instance: Instance) -> None:
    """Try again what became an incident, in the same round and, for a call, under the same effect key."""
    fault: Any = instance.incident
    note(turn, event, instance, "retried", {})
    _again(turn, instance, fault["stage"])


def fix(turn: Turn, event: Acted, instance: Instance) -> None:
    """Correct fields of the case's data, then try again; the old values stay in the record."""
    fault: Any = instance.incident
    fields: Any = event.act.values["fields"]
    old: JsonObject = {name: turn.state.data.get(name) for name in fields}
    more: JsonObject = {
        "how": "fix",
        "fix": {"target": {"target": "data"}, "fields": fields},
        "was": old,
        "reason": event.act.envelope["reason"],
    }
    note(turn, event, instance, "retried", more)
    _again(turn, instance, fault["stage"])


def _again(turn: Turn, instance: Instance, stage: str) -> None:
    place = turn.place_of(instance)
    if stage == "call":
        turn.effects.append(effect_of(turn.state, instance))
    elif stage == "undo":
        back.retry_undo(turn, instance)
    elif stage == "when":
        kinds.visit(turn, place)
    elif stage == "loop":
        blocks.end_of_round(turn, instance)
    else:
        kinds.begin(turn, place)


def skip(turn: Turn, event: Acted, instance: Instance) -> None:
    """Go on without the step: with an output that quality has signed, as a deviation."""
    values: Any = event.act.values
    place = turn.place_of(instance)
    outcome = str(values.get("outcome") or turn.success_of(place.step))
    output: JsonObject = dict(values.get("output") or {})
    more: JsonObject = {
        "outcome": outcome,
        "values": output,
        "writes": turn.writes(place, output) if output else None,
        "deviation": values.get("deviation"),
        "reason": event.act.envelope["reason"],
    }
    note(turn, event, instance, "deviated", more)
    turn.follow(place, outcome)
