"""Blocks: ``parallel``, ``foreach`` and ``loop``; when one of them is complete, and what becomes of the rest."""

from __future__ import annotations

from domain import paths
from domain.canonical import digest
from domain.errors import GspError
from domain.json_types import Json, JsonObject
from rules.errors import ExprFault
from rules.evaluate import evaluate
from workflows.engine.scope import Lazy
from workflows.engine.state import Instance
from workflows.engine.turn import ITEMS_MAX, Place, StepFault, Turn, child_key, reads_of
from workflows.language.model import Block, Step

EXHAUSTED = "exhausted"
"""The outcome of a loop whose condition still holds after its last round."""


def parallel(turn: Turn, place: Place) -> None:
    """All branches begin."""
    children: list[Json] = [str(block.index) for block in place.step.blocks]
    turn.record(place.path, "opened", {**place.entry(), "children": children})
    turn.go(*((place.path, block, 0) for block in place.step.blocks))


# ---------------------------------------------------------------- foreach
def foreach(turn: Turn, place: Place) -> None:
    """Each item of the list begins, or the first of them in a sequence."""
    step = place.step
    assert step.items is not None
    listed, reads = turn.value(step.items, turn.scope(place.scope))
    items = _keyed(turn, place, listed)
    if len(items) < step.minimum and not step.is_open:
        raise StepFault(
            "too_few_items",
            f"步骤 {step.id} 至少需要 {step.minimum} 项，现在有 {len(items)} 项。",
            f"Step {step.id} needs at least {step.minimum} items and has {len(items)}.",
        )
    kept = _kept(turn, place, items)
    begun = [key for key in items if key not in kept]
    waiting = begun[1:] if step.sequential else []
    begun = begun[:1] if step.sequential else begun
    detail: JsonObject = {
        **place.entry(),
        "children": list(begun),
        "items": items,
        "item_name": step.item_name,
        "list_field": step.list_field,
    }
    if waiting:
        detail["waiting"] = list(waiting)
    if kept:
        detail["carried"] = list(kept)
    turn.record(place.path, "opened", detail, reads=reads)
    _enter_items(turn, place, begun)


def _enter_items(turn: Turn, place: Place, keys: list[str]) -> None:
    instance = turn.state.instances[place.path]
    if not keys:
        complete_if(turn, instance, {"step": place.step.id, "round": place.round})
    turn.go(*((paths.item(place.path, key), place.step.blocks[0], 0) for key in keys))


def _kept(turn: Turn, place: Place, items: JsonObject) -> list[str]:
    """The items that a return left as they were done (``on_return: keep_unchanged``), and that have not changed."""
    if place.step.on_return != "keep_unchanged":
        return []
    earlier = [
        one
        for one in turn.state.instances.values()
        if one.step == place.step.id and one.scope == place.scope and one.state == "superseded"
    ]
    if not earlier:
        return []
    shas = earlier[-1].shas or {key: digest("item", value) for key, value in earlier[-1].items.items()}
    done = {key for key, how in earlier[-1].children.items() if how == "done"}
    return [key for key, value in items.items() if key in done and shas.get(key) == digest("item", value)]


def _keyed(turn: Turn, place: Place, listed: Json) -> JsonObject:
    """The items by their keys, fixed from now on."""
    step = place.step
    if not isinstance(listed, list) or len(listed) > ITEMS_MAX:
        raise StepFault(
            "not_a_list",
            f"步骤 {step.id} 需要一个最多 {ITEMS_MAX} 项的列表。",
            f"Step {step.id} needs a list of at most {ITEMS_MAX} items.",
        )
    items: JsonObject = {}
    outer = turn.scope(place.scope)
    for item in listed:
        key = key_of(step, outer, item)
        if key in items:
            raise StepFault(
                "duplicate_item_key",
                f"步骤 {step.id} 的项目键“{key}”重复；每一行的键必须不同。",
                f"Step {step.id} has the item key '{key}' twice; every line needs its own.",
            )
        items[key] = item
    return items


def key_of(step: Step, outer: Lazy, item: Json) -> str:
    """The key of one item. Raises ``ExprFault`` when it has none."""
    assert step.item_key is not None
    scope = Lazy({**{name: (lambda name=name: outer[name]) for name in outer}, step.item_name: lambda: item})
    return str(evaluate(step.item_key, scope).value)


# ---------------------------------------------------------------- loop
def loop(turn: Turn, place: Place) -> None:
    """The body begins while the condition holds; else the step is over at once."""
    why, goes = _goes_on(turn, place)
    if goes:
        turn.record(place.path, "opened", {**place.entry(), "iteration": 1, "why": why}, reads=why["reads"])
        turn.go((place.path, place.step.blocks[0], 0))
        return
    detail: JsonObject = {**place.entry(), "outcome": "done", "values": {}, "why": why}
    turn.record(place.path, "decided", detail, reads=why["reads"])
    turn.follow(place, "done")


def _goes_on(turn: Turn, place: Place) -> tuple[JsonObject, bool]:
    assert place.step.condition is not None
    decision = evaluate(place.step.condition, turn.scope(place.scope))
    if decision.value is not True and decision.value is not False:
        raise StepFault(
            "not_boolean",
            f"循环 {place.step.id} 的条件没有得出真假。",
            f"The condition of the loop {place.step.id} gave neither true nor false.",
        )
    return {"expr": place.step.condition.text, "reads": reads_of(decision.reads)}, decision.value


def _loop_again(turn: Turn, owner: Instance) -> None:
    place = turn.place_of(owner)
    why, goes = _goes_on(turn, place)
    detail: JsonObject = {"step": owner.step, "round": owner.round, "why": why}
    if goes and owner.iteration < place.step.maximum:
        turn.record(owner.path, "ended", {**detail, "iteration": owner.iteration + 1}, reads=why["reads"])
        turn.go((owner.path, place.step.blocks[0], 0))
        return
    if goes and EXHAUSTED not in place.step.on:
        raise StepFault(
            "loop_exhausted",
            f"循环 {owner.step} 已进行 {owner.iteration} 次，达到上限，条件仍成立。请更正数据后重试。",
            f"The loop {owner.step} ran {owner.iteration} times, its limit, and its condition still holds. "
            "Correct the data, then retry.",
        )
    outcome = EXHAUSTED if goes else "done"
    ended: JsonObject = {**detail, "done": True, "outcome": outcome, **_lingering(turn, owner)}
    turn.record(owner.path, "ended", ended, reads=why["reads"])
    turn.follow(place, outcome)


# ---------------------------------------------------------------- the end of a branch, an item, a round
def ended(turn: Turn, scope: str, block: Block) -> None:
    """A token has run out of steps: the block it stood in is through."""
    if block.owner is None:
        turn.end("completed", None, False)
        return
    owner = turn.state.instance_above(scope)
    assert owner is not None, "a block's scope lies below its instance"
    if owner.kind == "loop":
        end_of_round(turn, owner)
        return
    child = child_key(scope, block)
    detail: JsonObject = {"step": owner.step, "round": owner.round, "children": child}
    complete_if(turn, owner, detail, child)


def end_of_round(turn: Turn, owner: Instance) -> None:
    """A loop begins its next round, or is over, or cannot say which of them."""
    try:
        _loop_again(turn, owner)
    except (ExprFault, GspError) as error:
        turn.incident(turn.place_of(owner), "loop", error)


def complete_if(turn: Turn, owner: Instance, detail: JsonObject, child: str | None = None) -> None:
    """Record that a child is through (``child``), and whether that completes the block."""
    step = turn.model.steps[owner.step]
    if owner.state != "open":  # complete already: the rest goes on without consequence
        turn.record(owner.path, "ended", {**detail, "done": False})
        return
    states = {key: how for key, how in owner.children.items() if key != child}
    through = sum(how == "done" for how in states.values()) + (child is not None)
    if step.join != "all" and through >= step.n:
        _complete_early(turn, owner, detail)
    elif nxt := next((key for key, how in states.items() if how == "waiting"), None):
        turn.record(owner.path, "ended", {**detail, "done": False, "enters": nxt})
        turn.go((paths.item(owner.path, nxt), step.blocks[0], 0))
    elif all(how == "done" for how in states.values()) and (owner.closed or not step.is_open):
        _complete(turn, owner, detail)
    elif child is not None:
        turn.record(owner.path, "ended", {**detail, "done": False})


def _complete(turn: Turn, owner: Instance, detail: JsonObject) -> None:
    place = turn.place_of(owner)
    more = _lingering(turn, owner)
    if place.step.on_return == "keep_unchanged":
        more["shas"] = {key: digest("item", value) for key, value in owner.items.items()}
    turn.record(owner.path, "ended", {**detail, "done": True, **more})
    turn.follow(place, "done")


def _lingering(turn: Turn, owner: Instance) -> JsonObject:
    """A block is complete though a block inside it has left its rest running (``rest: ignore``): that goes on."""
    return {"lingers": True} if turn.below(owner) else {}


def _complete_early(turn: Turn, owner: Instance, detail: JsonObject) -> None:
    """Enough children are through: the others stop, or go on without consequence (``rest: ignore``)."""
    place = turn.place_of(owner)
    rest = turn.below(owner)
    if rest and place.step.rest == "cancel":
        turn.record(owner.path, "cancelled", {"step": owner.step, "cancels": rest, "goes": {"join": place.step.join}})
    turn.record(owner.path, "ended", {**detail, "done": True, **_lingering(turn, owner)})
    turn.follow(place, "done")
