"""What becomes of each open step when a case changes to another version: kept, opened again, moved, stopped, or why not.

A step is kept when people see and owe the same under both versions; what is only shown (title, deadline, who may act)
is made anew. Nothing is guessed: a step that the new version has elsewhere or no more needs a line in the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from domain import paths
from domain.json_types import JsonObject
from workflows.engine.migration_plan import Plan, Reason, reason
from workflows.engine.state import CaseState, Instance
from workflows.language.model import Allow, Block, Model, Step

What = Literal["kept", "reopened", "moved", "cancelled"]
BLOCKS = frozenset({"parallel", "foreach", "loop"})
_PEOPLE = frozenset({"task", "approve"})
_CALLS = frozenset({"call", "start"})


@dataclass(frozen=True)
class Landing:
    """Where a token stands after the migration; ``left`` is the outermost block that it leaves for that."""

    scope: str
    block: Block
    position: int
    left: Instance | None = None


@dataclass(frozen=True)
class Fate:
    """What becomes of one open instance. ``landing`` is where its people go on; ``None`` for one that stops."""

    path: str
    step: str
    what: What
    to: str | None
    landing: Landing | None

    def as_json(self) -> JsonObject:
        """As the verdict and the record tell it."""
        return {"path": self.path, "step": self.step, "what": self.what, "to": self.to}


@dataclass(frozen=True)
class Passage:
    """The two versions, the case and the plan: what every question here is asked about."""

    old: Model
    new: Model
    state: CaseState
    plan: Plan

    def block_of(self, instance: Instance) -> Block | None:
        """The block of the new version in which the instance's scope lies; ``None`` when it has none."""
        above = self.state.instance_above(instance.scope)
        if above is None:
            return self.new.root
        step = self.new.steps.get(above.step)
        return step.blocks[instance.block] if step is not None and instance.block < len(step.blocks) else None

    def landing(self, instance: Instance, target: str) -> Landing | None:
        """Where ``target`` stands in the instance's scope or an enclosing one of the new version."""
        scope, block, left = instance.scope, self.block_of(instance), None
        while block is not None:
            position = block.position(target)
            if position is not None:
                return Landing(scope, block, position, left)
            left = self.state.instance_above(scope)
            if left is None:
                return None
            scope, block = left.scope, self.block_of(left)
        return None


def fates_of(passage: Passage) -> tuple[list[Fate], list[Reason]]:
    """The fate of every open instance in order of entry, and why some have none."""
    open_now = sorted(passage.state.active(), key=lambda one: (one.path.count("/"), one.seq))
    landings = {one.path: passage.landing(one, passage.plan.map[one.step]) for one in _mapped(passage, open_now)}
    leaving = _leaving(open_now, landings)
    fates: list[Fate] = []
    faults: list[Reason] = []
    lost: list[str] = []
    for one in open_now:
        if any(paths.is_within(one.path, block) for block in lost):
            continue
        found = _stopped(one, leaving) or _fate(passage, one, landings)
        if isinstance(found, Reason):
            faults.append(found)
            lost.append(one.path)
        else:
            fates.append(found)
    order = {one.path: one.seq for one in open_now}
    return sorted(fates, key=lambda fate: order[fate.path]), faults


def _mapped(passage: Passage, open_now: list[Instance]) -> Iterator[Instance]:
    return (one for one in open_now if one.step in passage.plan.map)


def _leaving(open_now: list[Instance], landings: dict[str, Landing | None]) -> dict[str, str]:
    """The blocks that are left: path of the block → path of the instance whose people go on outside it.

    Of several that leave the same block the one entered first goes on; a block inside one that is left counts with it.
    """
    found: dict[str, str] = {}
    for one in sorted(open_now, key=lambda one: one.seq):
        landing = landings.get(one.path)
        if landing is None or (landing.left is not None and landing.left.state != "open"):
            continue
        left = landing.left.path if landing.left is not None else one.path if one.kind in BLOCKS else None
        if left is not None:
            found.setdefault(left, one.path)
    return {left: by for left, by in found.items() if not any(paths.is_within(left, other) for other in found)}


def _stopped(one: Instance, leaving: dict[str, str]) -> Fate | None:
    """The fate of what lies in a block that is left, unless it is the one that goes on outside."""
    for block, by in leaving.items():
        if (one.path == block or paths.is_within(one.path, block)) and one.path != by:
            return Fate(one.path, one.step, "cancelled", None, None)
    return None


def _fate(passage: Passage, one: Instance, landings: dict[str, Landing | None]) -> Fate | Reason:
    busy = _busy(one)
    if busy is not None:
        return busy
    if one.step in passage.plan.map:
        return _moved(passage, one, landings[one.path])
    step = passage.new.steps.get(one.step)
    if step is None:
        return _needs_plan("step_gone", one, "在新版本中已没有", "does not exist in the new version")
    block = passage.block_of(one)
    position = block.position(one.step) if block is not None else None
    if block is None or position is None:
        return _needs_plan("step_elsewhere", one, "在新版本中换了位置", "stands in another place in the new version")
    what = _what(passage, one, passage.old.steps[one.step], step)
    if isinstance(what, Reason):
        return what
    return Fate(one.path, one.step, what, one.step, Landing(one.scope, block, position))


def _busy(one: Instance) -> Reason | None:
    """A call that is under way: nobody can tell yet what it did."""
    if one.state in ("settling", "compensating"):
        zh, en = f"“{one.step}”正在撤销，请等它完成。", f"{one.step} is being undone; wait until it is."
        return reason("settling", one.path, zh, en, passes=True)
    if is_in_flight(one):
        zh, en = f"“{one.step}”的调用尚未返回，请稍候。", f"The call of {one.step} has not answered yet; wait for it."
        return reason("call_in_flight", one.path, zh, en, passes=True)
    return None


def is_in_flight(one: Instance) -> bool:
    """Whether the case waits for an activity here, not for people or a sub-process."""
    return one.state == "open" and one.call is not None and one.child is None and not one.seats


def _moved(passage: Passage, one: Instance, landing: Landing | None) -> Fate | Reason:
    target = passage.plan.map[one.step]
    if one.call is not None and one.kind in _CALLS:
        return _unsettled(one)
    if landing is not None and landing.left is not None and landing.left.state != "open":
        return Fate(one.path, one.step, "cancelled", None, None)
    if landing is None:
        zh = f"“{one.step}”不能移到“{target}”：后者不在同一组或外层步骤中。"
        en = f"{one.step} cannot move to {target}: that stands neither in the same block nor in one around it."
        return reason("unreachable_target", one.path, zh, en)
    return Fate(one.path, one.step, "moved", target, landing)


def _unsettled(one: Instance) -> Reason:
    if one.child is not None:
        zh = f"“{one.step}”的子流程还在进行，新版本改了这一步。请先让它结束。"
        en = f"The sub-process of {one.step} still runs, and the new version changes that step. Let it end first."
        return reason("child_runs", one.path, zh, en)
    zh = f"“{one.step}”的调用结果未知，新版本改了这个调用。请先在原版本重试或处理它。"
    en = f"Nobody knows what the call of {one.step} did, and the new version calls otherwise. Settle it first: retry."
    return reason("call_unsettled", one.path, zh, en)


def _needs_plan(code: str, one: Instance, zh: str, en: str) -> Reason:
    return reason(
        code,
        one.path,
        f"待办步骤“{one.step}”{zh}；请在方案 map 中写明去哪一步。",
        f"The open step {one.step} {en}; say in the plan's map where it goes on.",
    )


def _what(passage: Passage, one: Instance, old: Step, new: Step) -> What | Reason:
    """Whether an open step that both versions have at the same place is kept or opens again."""
    if one.queued is not None and old.mutex != new.mutex:
        return "reopened"
    if one.kind in BLOCKS:
        return _block_fault(one, old, new) or "kept"
    if one.call is not None and one.kind in _CALLS:
        return "kept" if _called(old) == _called(new) else _unsettled(one)
    if old.kind != new.kind:
        return "reopened"
    if old.kind in _PEOPLE:
        return "kept" if _asked(passage.old, old) == _asked(passage.new, new) else "reopened"
    return "kept" if _plain(old) == _plain(new) else "reopened"


def _called(step: Step) -> tuple[Any, ...]:
    """What a step calls, or starts, and with what."""
    given = {name: expr.text for name, expr in step.arguments.items()}
    return step.kind, step.call, step.child, step.child_range, step.detached, given


def _asked(model: Model, step: Step) -> tuple[Any, ...]:
    """What a person is asked and signs at a step; who may act at a task is not part of it."""
    outcomes = tuple(item.key for item in step.outcomes)
    voters = (step.rule, step.n, step.ratio, step.veto, step.roles) if step.kind == "approve" else ()
    form = model.form_shas[step.form] if step.form else None
    return form, outcomes, step.success, step.sign, step.external_signature, step.fields, step.mutex, voters


def _plain(step: Step) -> Step:
    """A step without its words and deadlines."""
    return replace(step, title=None, help=None, basis=(), due=None, escalate=(), priority=0, allow=Allow(), blocks=())


def _block_fault(one: Instance, old: Step, new: Step) -> Reason | None:
    if old.kind != new.kind:
        return _needs_plan("kind_changed", one, "在新版本中换了种类", "is of another kind in the new version")
    if old.kind == "parallel" and len(old.blocks) != len(new.blocks):
        return _needs_plan("branches_changed", one, "的分支数有变化", "has another number of branches")
    if old.kind == "foreach" and _listed(old) != _listed(new):
        return _needs_plan(
            "list_changed", one, "改为逐项处理另一列表或另一方式", "goes through another list or another way"
        )
    return None


def _listed(step: Step) -> tuple[Any, ...]:
    return step.list_field, step.sequential, step.is_open
