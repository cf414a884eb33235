"""The acts that go back: return to an earlier step, withdraw what one has just done, cancel the whole case."""

from __future__ import annotations

from typing import Any

from domain import paths
from domain.errors import Refusal
from domain.json_types import JsonObject
from workflows.engine import back
from workflows.engine.events import Acted
from workflows.engine.records import detail_of, note
from workflows.engine.state import CaseState, Instance
from workflows.engine.turn import Turn, child_key
from workflows.language.model import Model

JUMP_BACK, WALK = "jump_back", "walk"


def mode_of(model: Model, instance: Instance, values: Any) -> str:
    """How the case comes back after the return: as the act says, else as the step says."""
    return str(values.get("mode") or model.steps[instance.step].after_return)


def planned(model: Model, state: CaseState, turn: Turn, instance: Instance, values: Any) -> back.Plan | Refusal:
    """What a return from ``instance`` would do; the refusal when it cannot be."""
    target = back.target_of(model, state, turn.place_of(instance), str(values["to"]))
    if isinstance(target, Refusal):
        return target
    only = mode_of(model, instance, values) == JUMP_BACK
    return back.plan_of(model, state, back.reached(model, state, target, only_target=only))


def return_to(turn: Turn, event: Acted, instance: Instance) -> None:
    """退回: the case goes back to an earlier step, which opens in a new round once all is undone."""
    values: Any = event.act.values
    place = turn.place_of(instance)
    target = back.target_of(turn.model, turn.state, place, str(values["to"]))
    assert isinstance(target, back.Target), "check found the target"
    mode = mode_of(turn.model, instance, values)
    plan = back.plan_of(turn.model, turn.state, _reached(turn, target, mode))
    origin: JsonObject | None = None
    if mode == JUMP_BACK:
        scope, _, left = turn.climb(place.scope, place.block, target.step)
        origin = {"scope": scope, "step": left.step if left is not None else instance.step}
    detail: JsonObject = {
        **detail_of(event, instance),
        "to": target.step,
        "mode": mode,
        "reason": event.act.envelope["reason"],
    }
    then = back.then_open(turn, target, origin)
    back.go_back(turn, instance.path, "returned", detail, plan, then, event.act.sha)


def _reached(turn: Turn, target: back.Target, mode: str) -> list[Instance]:
    return back.reached(turn.model, turn.state, target, only_target=mode == JUMP_BACK)


def withdraw(turn: Turn, event: Acted, instance: Instance) -> None:
    """撤回: a vote at an open step is taken back, or a step that was just done opens again for who did it."""
    key = str(event.act.envelope["seat"])
    if instance.state == "open":
        closes = [seat.key for seat in instance.seats if seat.key != key and _follows(turn, instance, seat.key, key)]
        note(turn, event, instance, "withdrawn", {"closes": list(closes), "reason": event.act.envelope["reason"]})
        return
    place = turn.place_of(instance)
    target = back.Target(place.scope, place.block, instance.step, instance)
    plan = back.plan_of(turn.model, turn.state, _reached(turn, target, WALK))
    detail: JsonObject = {**detail_of(event, instance), "reason": event.act.envelope["reason"]}
    above = turn.state.instance_above(place.scope)
    key = child_key(place.scope, place.block)
    if above is not None and above.children.get(key) == "done":
        detail["reopens"] = {"path": above.path, "child": key}
    back.go_back(turn, instance.path, "withdrawn", detail, plan, back.then_open(turn, target), event.act.sha)


def _follows(turn: Turn, instance: Instance, seat: str, key: str) -> bool:
    """Whether a seat was opened by the vote that is withdrawn (in a sequence, or an added signer after it)."""
    step, other = turn.model.steps[instance.step], instance.seat(seat)
    if other is None or other.state != "open":
        return False
    if other.beside == key and other.position == "after":
        return True
    return step.rule == "sequence" and seat[0] == key[0] == "s" and int(seat[1:]) == int(key[1:]) + 1


def cancel_case(turn: Turn, event: Acted) -> None:
    """撤销: everything stops, what was posted is reversed, then the case ends as cancelled."""
    plan = back.plan_of(turn.model, turn.state, list(turn.state.instances.values()))
    detail: JsonObject = {**detail_of(event, None), "reason": event.act.envelope["reason"]}
    back.go_back(turn, paths.ROOT, "returned", detail, plan, {"ends": "cancelled"}, event.act.sha)
