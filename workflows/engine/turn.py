"""One engine step: an event comes in, tokens move until every one of them waits, each move is a record.

``Turn`` decides; ``appliers.apply`` changes the state. A turn never raises for what a definition or its data do wrong:
the step where it happens becomes an incident and the rest of the case goes on.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from domain import ids, paths
from domain.canonical import digest
from domain.errors import GspError, Text
from domain.json_types import Json, JsonObject
from rules.ast import Expr
from rules.errors import ExprFault
from rules.evaluate import evaluate
from rules.values import to_json
from workflows.engine import rows
from workflows.engine.appliers import apply
from workflows.engine.events import CallEffect
from workflows.engine.scope import Lazy, items_above, overlay_name, scope_of
from workflows.engine.state import CaseState, Instance
from workflows.language.model import END_OF_BLOCK, INTO_NONE, Block, Model, Step

ROUNDS_MAX = 50
"""Rounds of one step in one scope. An act that would pass it is refused; anything else becomes an incident."""
ITEMS_MAX = 500
INCIDENT_ROLES = ("quality_staff", "it_admin")
SYSTEM: JsonObject = {"id": "system", "name": "system"}


class StepFault(GspError):
    """What a step cannot do with the data it met; it becomes an incident."""


@dataclass(frozen=True)
class Place:
    """Where a token stands: a step in a block, in one scope, in one round."""

    scope: str
    block: Block
    step: Step
    round: int

    @property
    def path(self) -> str:
        """The path of this instance."""
        return paths.child(self.scope, self.step.id, self.round)

    def entry(self) -> JsonObject:
        """What the first record of an instance says about it."""
        return {
            "step": self.step.id,
            "kind": self.step.kind,
            "round": self.round,
            "scope": self.scope,
            "block": self.block.index,
        }


@dataclass(frozen=True)
class Entry:
    """A record with the rows that it changes and the case's head before it."""

    record: JsonObject
    rows: JsonObject
    prev_head: str


class Turn:
    """The work of one engine step on ``state``, which it moves forward."""

    def __init__(self, model: Model, state: CaseState, at: str) -> None:
        self.model = model
        self.state = state
        self.at = max(at, state.at)
        self.entries: list[Entry] = []
        self.effects: list[CallEffect] = []
        self.agenda: deque[tuple[str, Block, int]] = deque()
        self.resumes: deque[Place] = deque()
        """Steps that were entered before and can begin now."""
        self.business_at: str | None = None
        """When what is entered late was really done: the moment of what is posted because of it."""
        self.people: dict[str, list[Any]] | None = None
        """Who holds the roles of ``everyone(…)``, while the step that asked is opened."""
        self.entered_because: dict[str, JsonObject] = {}
        """The decision of a ``when`` that was true, until the first record of its entry carries it."""

    def record(
        self, path: str, action: str, detail: JsonObject, *, act_sha: str | None = None, reads: Json = None
    ) -> None:
        """Make one record, apply it, note the rows that it changes."""
        if path in self.entered_because:
            detail = {**detail, "when": self.entered_because.pop(path)}
        record: JsonObject = {
            "seq": self.state.seq + 1,
            "at": self.at,
            "path": path,
            "action": action,
            "act_sha": act_sha,
            "detail_sha": digest("detail", detail),
            "reads": reads or [],
            "detail": detail,
        }
        prev_head = self.state.head
        apply(self.state, record)
        self.entries.append(Entry(record, rows.rows_of(self.model, self.state, record), prev_head))

    def scope(self, place_scope: str) -> Lazy:
        """What expressions in ``place_scope`` read now."""
        return scope_of(self.model, self.state, place_scope, self.at)

    def go(self, *tokens: tuple[str, Block, int]) -> None:
        """Put tokens (scope, block, index of the step); the first moves on first, as far as it can."""
        self.agenda.extendleft(reversed(tokens))

    def need_route(self, place: Place, outcome: str) -> None:
        """Refuse an outcome that the step neither routes nor has as its success."""
        if outcome == self.success_of(place.step) or outcome in place.step.on:
            return
        raise StepFault(
            "undeclared_outcome",
            f"步骤 {place.step.id} 得到未声明的结果“{outcome}”，没有去向。",
            f"Step {place.step.id} came out with '{outcome}', which it does not route.",
        )

    def success_of(self, step: Step) -> str:
        """The outcome that needs no route: for a decision the first outcome of its table."""
        return self.model.tables[step.table].outcomes[0] if step.kind == "decide" else step.success

    def follow(self, place: Place, outcome: str) -> None:
        """Leave a finished step: by its route for ``outcome``, else to the next step."""
        back: Any = self.state.backs.get(place.path)
        if back is not None and outcome == self.success_of(place.step):
            self.go_to(back)
            return
        target = place.step.on.get(outcome)
        if target is None:
            target = place.step.next
        if target is None:
            position = place.block.position(place.step.id)
            assert position is not None
            self.go((place.scope, place.block, position + 1))
        else:
            self.jump(place, target)

    def jump(self, place: Place, target: str) -> None:
        """Go to the end of the block, or to a step of it or of an enclosing one; what is active in blocks left is cancelled."""
        if target == END_OF_BLOCK:
            self.go((place.scope, place.block, len(place.block.steps)))
            return
        scope, block, left = self.climb(place.scope, place.block, target)
        if left is not None and left.state != "open":
            self.go((place.scope, place.block, len(place.block.steps)))  # the block is complete: it only runs out
            return
        if left is not None:
            self.cancel(left, {"goes": {"to": target, "from": place.step.id}})
        position = block.position(target)
        assert position is not None
        self.go((scope, block, position))

    def climb(self, scope: str, block: Block, target: str) -> tuple[str, Block, Instance | None]:
        """The scope and block in which ``target`` stands, and the outermost block instance that is left for it."""
        wanted = self.model.block_of[target]
        left: Instance | None = None
        while block is not wanted:
            left = self.state.instance_above(scope)
            assert left is not None, "check allows jumps to the same or an enclosing block only"
            scope, block = left.scope, self.model.block_of[left.step]
        return scope, block, left

    def go_to(self, where: Any) -> None:
        """Put a token at a step given as ``{scope, step}``."""
        block = self.model.block_of[where["step"]]
        position = block.position(where["step"])
        assert position is not None
        self.go((where["scope"], block, position))

    def cancel(self, block: Instance, detail: JsonObject) -> None:
        """Cancel a block and everything active below it."""
        below = self.below(block)
        self.record(block.path, "cancelled", {**detail, "step": block.step, "cancels": [block.path, *below]})

    def below(self, block: Instance) -> list[Json]:
        """The paths of everything active inside a block."""
        return [
            item.path for item in self.state.active() if paths.is_within(item.path, block.path) and not item.is_undoing
        ]

    def end(self, outcome: str, step: str | None, seal: bool) -> None:
        """End the case; whatever is active is cancelled. What is being undone is undone first."""
        active = [instance for instance in self.state.active() if not instance.is_undoing]
        undoing: list[Json] = [instance.path for instance in self.state.active() if instance.is_undoing]
        if active or undoing:
            detail: JsonObject = {"step": step, "cancels": [instance.path for instance in active]}
            if undoing:
                detail.update(waits=undoing, then={"ends": outcome, "seal": seal})
            self.record(paths.ROOT, "cancelled", detail)
        if undoing:
            self.agenda.clear()
            return
        self.record(paths.ROOT, "ended", {"step": step, "outcome": outcome, "seal": seal})
        self.agenda.clear()

    def place_of(self, instance: Instance) -> Place:
        """The place of an instance that was entered before."""
        step = self.model.steps[instance.step]
        return Place(instance.scope, self.model.block_of[step.id], step, instance.round)

    def incident(self, place: Place, stage: str, error: GspError | ExprFault, more: JsonObject | None = None) -> None:
        """The step cannot go on: it waits, and people who can help get a task that says why."""
        text = Text(error.zh, error.en) if isinstance(error, ExprFault) else error.text
        fault: JsonObject = {"stage": stage, "code": error.code, "message": text.as_json(), **(more or {})}
        roles: list[Json] = list(INCIDENT_ROLES)
        self.record(place.path, "incident", {**place.entry(), "error": fault, "roles": roles})

    def writes(self, place: Place, values: JsonObject) -> JsonObject | None:
        """Where the values of a step also go (``into``): a target and, for an item, its key; ``None`` when nowhere."""
        target = place.step.into
        around = items_above(self.state, place.scope)
        if not target:
            if place.step.kind not in ("task", "set"):
                return None
            target = around[-1][0] if around else "data"
        if target == INTO_NONE or not values:
            return None
        only = self._only(place.step, values)
        if target == "data":
            return {"target": "data", **only}
        for name, block, key in reversed(around):
            if name == target:
                return {"target": overlay_name(block), "key": key, **only}
        raise StepFault(
            "unknown_into",
            f"步骤 {place.step.id} 的 into“{target}”不存在。",
            f"Step {place.step.id}: no target {target}.",
        )

    def _only(self, step: Step, values: JsonObject) -> JsonObject:
        """A step that hides fields, or shows them for reading, does not write those."""
        if not step.fields:
            return {}
        names: list[Json] = [name for name in values if name not in step.fields]
        return {"only": names}

    def value(self, expr: Expr, scope: Lazy) -> tuple[Json, list[Json]]:
        """The JSON value of an expression and what it read."""
        result = evaluate(expr, scope)
        return as_json(result.value), reads_of(result.reads)


def child_key(scope: str, block: Block) -> str:
    """The key under which a foreach, parallel or loop knows one of its children."""
    last = scope.rpartition("/")[2]
    return paths.unescape_key(last[1 : last.rindex("]")]) if last.startswith("[") else str(block.index)


def as_json(value: Any) -> Any:
    """An evaluated value as plain JSON: dates and durations as their canonical text."""
    return to_json(value)


def reads_of(reads: Any) -> list[Json]:
    """What an expression read, as it stands in a record: ``[path, value]``; large values by their hash."""
    found: list[Json] = []
    for path, value in reads:
        plain = as_json(value)
        found.append([path, plain if _is_small(plain) else {"sha256": digest("value", plain)}])
    return found


def _is_small(value: Any) -> bool:
    return not isinstance(value, (dict, list)) or (isinstance(value, list) and len(value) <= 5)


def effect_of(state: CaseState, instance: Instance) -> CallEffect:
    """The activity that an instance waits for: its call, or the undo of it."""
    call: Any = instance.undo or instance.call
    when = call.get("business_at")
    return CallEffect(instance.path, call["name"], call["effect_key"], call["input"], call["attempts"], when)


def effect_key(state: CaseState, place: Place) -> str:
    """The key of a call's posting."""
    return ids.effect_key(state.case_id, place.path, place.step.call or place.step.kind)
