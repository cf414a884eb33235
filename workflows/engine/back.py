"""Going back: return, withdraw and cancel. They undo, after settling what is in flight; a jump never does.

``plan_of`` says what would happen without doing it, for previews. What was called is reversed in reverse order of its
completion, one at a time, under the effect key with ``/undo``; only then the target opens again, or the case ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import ids, paths
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from workflows.engine.calls import failure
from workflows.engine.events import CallEffect, CallFailed, CallRefused, CallReturned
from workflows.engine.state import EFFECTIVE, CaseState, Instance
from workflows.engine.turn import Place, Turn, effect_of
from workflows.language.model import Block, Model

UNDO_ATTEMPTS = 5
CANCEL_CASE = "cases.cancel"
_IN_FLIGHT = ("call", "start")


@dataclass(frozen=True)
class Plan:
    """What a return or a cancel does: paths that stop, settle first, count no more, are reversed (in this order).

    ``joins`` are those that an earlier return is still undoing: this one waits for them as well, and takes its place.
    """

    cancels: list[str]
    settles: list[str]
    supersedes: list[str]
    compensates: list[str]
    joins: list[str]

    @property
    def waits(self) -> list[str]:
        """What has to be settled first."""
        return [*self.joins, *self.settles, *self.compensates]

    def as_json(self) -> JsonObject:
        """As it stands in the record and in a preview."""
        return {
            "cancels": list(self.cancels),
            "settles": list(self.settles),
            "supersedes": list(self.supersedes),
            "compensates": list(self.compensates),
            "joins": list(self.joins),
        }


def plan_of(model: Model, state: CaseState, touched: list[Instance]) -> Plan:
    """What becomes of these instances when they are gone back over."""
    cancels, settles, supersedes, reverses, joins = [], [], [], [], []
    for one in touched:
        if one.state == "open" and one.kind in _IN_FLIGHT and one.call and one.child is None:
            settles.append(one.path)
        elif one.state in ("settling", "compensating"):
            joins.append(one.path)
        elif one.is_active and one.child is not None and undo_of(model, one):
            reverses.append(one)
        elif one.is_active:
            cancels.append(one.path)
        elif one.state == "done" and undo_of(model, one):
            reverses.append(one)
        elif one.state in EFFECTIVE:
            supersedes.append(one.path)
    reverses.sort(key=lambda one: one.done_seq or one.seq, reverse=True)
    return Plan(cancels, settles, supersedes, [one.path for one in reverses], joins)


def undo_of(model: Model, instance: Instance) -> str | None:
    """The activity that reverses what the instance did, or ``None``."""
    step = model.steps.get(instance.step)
    if step is None:  # another version of the SOP has no such step; what it posted can still be reversed
        call: Any = instance.call or {}
        contract: Any = model.contracts.get(call.get("name")) or {}
        return contract.get("undo") if instance.kind == "call" else None
    if instance.kind == "start":
        return CANCEL_CASE if step.child_on_return == "cancel" and not step.detached else None
    return step.undo if instance.kind == "call" else None


# ---------------------------------------------------------------- where a return reaches
@dataclass(frozen=True)
class Target:
    """A step that can be gone back to: its scope and block, and its latest instance there that counts."""

    scope: str
    block: Block
    step: str
    anchor: Instance


def target_of(model: Model, state: CaseState, place: Place, step: str) -> Target | Refusal:
    """The step of that name in the scope of ``place`` or an enclosing one, when it was done there."""
    if step not in model.steps:
        return _no_target(step, "没有这个步骤", "there is no such step")
    scope, block = place.scope, place.block
    while block.position(step) is None:
        above = state.instance_above(scope)
        if above is None:
            return _no_target(step, "它在另一组步骤里", "it stands inside a group of steps")
        scope, block = above.scope, model.block_of[above.step]
    for path in reversed(state.latest.get(step, ())):
        found = state.instances[path]
        if found.scope == scope and found.state in EFFECTIVE:
            return Target(scope, block, step, found)
    return _no_target(step, "它在这里还没有完成过", "it has not been done here")


def _no_target(step: str, zh: str, en: str) -> Refusal:
    text = Text(f"不能退回到“{step}”：{zh}。", f"This cannot be returned to '{step}': {en}.")
    return Refusal(422, "no_return_target", text)


def reached(model: Model, state: CaseState, target: Target, *, only_target: bool) -> list[Instance]:
    """The instances that a return to ``target`` touches: in its branch, from the target on, with all inside them.

    A return that jumps back afterwards (``only_target``) touches the target itself and what is active.
    """
    found: list[Instance] = []
    for one in state.instances.values():
        head = lane_head(model, state, one, target.scope, target.block)
        if head is None or head.seq < target.anchor.seq:
            continue
        if head.path == target.anchor.path or one.is_active or not only_target:
            found.append(one)
    return _without_kept(model, state, found, target)


def lane_head(model: Model, state: CaseState, one: Instance, scope: str, block: Block) -> Instance | None:
    """The instance directly in (scope, block) that ``one`` is or lies in."""
    current: Instance | None = one
    while current is not None and current.scope != scope:
        current = state.instance_above(current.scope)
    return current if current is not None and model.block_of.get(current.step) is block else None


def _without_kept(model: Model, state: CaseState, found: list[Instance], target: Target) -> list[Instance]:
    """Items that are done stay as they are in a ``foreach`` that keeps what is unchanged; its new round decides."""
    keeping = [one.path for one in found if one.step in model.steps and _keeps(model, one)]
    return [
        one
        for one in found
        if one.is_active or not any(_in_done_item(state, one, block) for block in keeping if one.path != block)
    ]


def _keeps(model: Model, one: Instance) -> bool:
    return model.steps[one.step].on_return == "keep_unchanged"


def _in_done_item(state: CaseState, one: Instance, block: str) -> bool:
    if not paths.is_within(one.path, block):
        return False
    segment = one.path[len(block) + 1 :].partition("/")[0]
    key = paths.unescape_key(segment[1 : segment.rindex("]")])
    return state.instances[block].children.get(key) == "done"


# ---------------------------------------------------------------- doing it
def go_back(turn: Turn, path: str, action: str, detail: JsonObject, plan: Plan, then: JsonObject, sha: str) -> None:
    """Record that the case goes back; what is to be reversed is reversed one after the other, then it goes on."""
    turn.record(path, action, {**detail, **plan.as_json(), "then": then}, act_sha=sha)
    if not plan.waits:
        _then(turn, then)


def then_open(turn: Turn, target: Target, back: JsonObject | None = None) -> JsonObject:
    """What follows once all is settled: the target opens in a new round, and jumps ``back`` when it is done."""
    then: JsonObject = {"scope": target.scope, "step": target.step}
    if back is not None:
        round_ = turn.state.next_round(target.scope, target.step)
        then["back"] = {**back, "from": paths.child(target.scope, target.step, round_)}
    return then


def go_on(turn: Turn) -> bool:
    """Advance the returns and cancels that are under way; ``True`` when a token was put somewhere."""
    state, moved = turn.state, False
    for raw in list(state.pending):
        waiting: Any = raw
        left = [path for path in waiting["waits"] if state.instances[path].state in ("settling", "compensating")]
        if left:
            _undo_next(turn, left)
            continue
        if "ends" not in waiting["then"]:
            detail: JsonObject = {"step": waiting["then"]["step"], "resumes": waiting["then"]}
            turn.record(paths.ROOT, "superseded", detail)
        _then(turn, waiting["then"])
        moved = True
        if state.state != "running":
            break
    return moved


def _then(turn: Turn, then: Any) -> None:
    if "ends" in then:
        turn.end(then["ends"], None, bool(then.get("seal")))
        return
    turn.go_to(then)


def _undo_next(turn: Turn, left: list[str]) -> None:
    """Begin the next undo, unless one runs, has failed, or a call has still to settle."""
    instances = [turn.state.instances[path] for path in left]
    if any(one.state == "settling" or one.undo is not None or one.incident for one in instances):
        return
    instance = instances[0]
    name = undo_of(turn.model, instance)
    assert name is not None and instance.call is not None
    call: Any = instance.call
    if name == CANCEL_CASE:
        child: Any = instance.child or (instance.output or {}).get("values") or {}
        given: JsonObject = {"case": child.get("id"), "reason": "returned"}
    else:
        given = call["input"]
    undo: JsonObject = {
        "name": name,
        "effect_key": ids.undo_key(call["effect_key"]),
        "input": given,
        "attempts": UNDO_ATTEMPTS,
    }
    turn.record(instance.path, "called", {"step": instance.step, "round": instance.round, "undo": undo})
    turn.effects.append(effect_of(turn.state, instance))


# ---------------------------------------------------------------- answers of what is settled or undone
def waits_for_answer(state: CaseState, instance: Instance, key: str) -> bool:
    """Whether this answer is that of a call being settled, or of an undo."""
    made: Any = instance.undo if instance.state == "compensating" else instance.call
    in_time = instance.state in ("settling", "compensating") and state.state == "running"
    return in_time and bool(made) and made["effect_key"] == key


def settled(turn: Turn, instance: Instance, event: CallReturned | CallRefused | CallFailed) -> None:
    """A call in flight has told its result, or an undo has: what follows is decided by ``go_on``."""
    if instance.state == "settling":
        _settle(turn, instance, event)
    elif isinstance(event, CallReturned):
        detail: JsonObject = {"step": instance.step, "round": instance.round, "effect_key": event.effect_key}
        turn.record(instance.path, "undone", {**detail, "values": event.output})
    else:
        turn.incident(turn.place_of(instance), "undo", failure(instance, event))


def _settle(turn: Turn, instance: Instance, event: CallReturned | CallRefused | CallFailed) -> None:
    """A refused call posted nothing; one that returned, or of which nobody knows, is undone where it can be."""
    undone = undo_of(turn.model, instance) and not isinstance(event, CallRefused)
    values = event.output if isinstance(event, CallReturned) else {}
    detail: JsonObject = {
        "step": instance.step,
        "round": instance.round,
        "outcome": type(event).__name__,
        "values": values,
        "effect_key": event.effect_key,
        "settles_as": "compensating" if undone else "superseded",
    }
    if instance.kind == "start" and values:
        detail["child"] = values
    turn.record(instance.path, "posted", detail)


def retry_undo(turn: Turn, instance: Instance) -> None:
    """Run a failed undo again under the same key."""
    turn.effects.append(effect_of(turn.state, instance))


def pending_effects(state: CaseState) -> list[CallEffect]:
    """Undos and settling calls that run when the case is continued as new."""
    return [
        effect_of(state, one)
        for one in state.active()
        if one.state == "settling" or (one.state == "compensating" and one.undo and not one.incident)
    ]
