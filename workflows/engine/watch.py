"""What is looked at after every move: conditions that are waited for, cancel, close a list or name messages; mutexes."""

from __future__ import annotations

from domain import paths
from domain.errors import GspError
from domain.json_types import JsonObject
from rules.ast import Expr
from rules.errors import ExprFault
from rules.evaluate import evaluate
from workflows.engine import blocks, waits
from workflows.engine.state import Instance
from workflows.engine.turn import Turn, reads_of

CLOSING: JsonObject = {"begins_waiting": True}
"""What closes a list says: items that wait for their turn in a sequence still have it. Acts of before 2026-11-29 do not say
it, nor do conditions in cases of an earlier revision of the engine; they left those items out."""
UNTIL_BEGINS_ALL = 2
"""The revision of the engine from which on a condition closes a list like an act does."""


def look(turn: Turn) -> bool:
    """Do what has come true; ``True`` when something moved, so that it is worth to look again."""
    steps = turn.model.watched
    moved = bool(steps) and any(_look_at(turn, one) for one in turn.state.active() if one.step in steps)
    if moved or not turn.model.on_message:
        return moved
    _listen(turn)
    return False


def _look_at(turn: Turn, instance: Instance) -> bool:
    if not instance.is_active or turn.state.state != "running":
        return False
    step = turn.model.steps[instance.step]
    if step.cancel_when and instance.state == "open" and _true(turn, instance, step.cancel_when):
        return _cancel(turn, instance, step.cancel_when)
    if instance.queued is not None:
        return _unqueue(turn, instance)
    if instance.state != "open":
        return False
    if step.until and not instance.closed and _true(turn, instance, step.until):
        told = CLOSING if turn.state.engine_rev >= UNTIL_BEGINS_ALL else {}
        return close_list(turn, instance, {"why": {"expr": step.until.text}, **told})
    return waits.look_at(turn, instance)


def _true(turn: Turn, instance: Instance, expr: Expr) -> bool:
    """A fault is not yet true: the data it reads may still come."""
    try:
        return evaluate(expr, turn.scope(instance.scope)).value is True
    except (ExprFault, GspError):
        return False


def _cancel(turn: Turn, instance: Instance, expr: Expr) -> bool:
    """``cancel_when``: the step and all below it stop; the token goes on as if the step had been skipped."""
    decision = evaluate(expr, turn.scope(instance.scope))
    why: JsonObject = {"expr": expr.text, "reads": reads_of(decision.reads)}
    turn.cancel(instance, {"why": why})
    place = turn.place_of(instance)
    turn.follow(place, turn.success_of(place.step))
    return True


def _unqueue(turn: Turn, instance: Instance) -> bool:
    """Whoever waits longest for a mutex that is free gets it."""
    for other in turn.state.active():
        if other.path != instance.path and turn.model.steps[other.step].mutex == instance.queued:
            if other.holds_mutex or (other.queued is not None and other.seq < instance.seq):
                return False
    turn.resumes.append(turn.place_of(instance))
    return True


def close_list(turn: Turn, instance: Instance, more: JsonObject, act_sha: str | None = None) -> bool:
    """No item is added any more; the block is complete once those that it has are through."""
    detail: JsonObject = {"step": instance.step, "round": instance.round, **more}
    turn.record(instance.path, "items_closed", detail, act_sha=act_sha)
    if "waiting" not in instance.children.values():  # else the item before it is still under way
        blocks.complete_if(turn, instance, {"step": instance.step, "round": instance.round})
    return True


def _listen(turn: Turn) -> None:
    """The keys under which the whole case hears messages, evaluated again after each move."""
    if turn.state.state != "running":
        return
    keys: JsonObject = {}
    for name, heard in turn.model.on_message.items():
        try:
            keys[name] = list(waits.keys_of(heard.keys, turn.scope(paths.ROOT)))
        except (ExprFault, GspError):
            keys[name] = list(turn.state.listens.get(name, ()))
    if keys != turn.state.listens:
        turn.record(paths.ROOT, "set", {"step": None, "listens": keys})
