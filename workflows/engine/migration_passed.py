"""Steps of the new version that a migrated case would never see, because it stands behind them: never silently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.errors import GspError
from rules.ast import Expr
from rules.errors import ExprFault
from rules.evaluate import evaluate
from rules.names import paths_read
from workflows.engine.migration_fates import Fate, Landing, Passage
from workflows.engine.scope import scope_of
from workflows.engine.state import EFFECTIVE
from workflows.language.model import Block, Model, Step


@dataclass(frozen=True)
class Passed:
    """A step before the place where the case goes on, which was not done. ``surely``: every case comes by it."""

    scope: str
    step: Step
    surely: bool

    @property
    def is_signed(self) -> bool:
        """Whether a signature is asked at it or inside it: no migration passes that."""
        return any(one.signed or one.external_signature for one in _with_inner(self.step))


def passed_by(passage: Passage, fates: list[Fate], at: str) -> list[Passed]:
    """What lies before the places where the case goes on, in their blocks and in those around them."""
    found: dict[tuple[str, str], Passed] = {}
    for fate in fates:
        if fate.landing is None:
            continue
        here = passage.old.steps[fate.step].id
        for landing, step in _outwards(passage, fate.landing, here):
            for passed in _before(passage, landing, step, at):
                found.setdefault((passed.scope, passed.step.id), passed)
    return list(found.values())


def _outwards(passage: Passage, landing: Landing, step: str) -> Iterator[tuple[Landing, str]]:
    """The place itself and those of the blocks around it, each with the step of the old version that stood there."""
    yield landing, step
    above = passage.state.instance_above(landing.scope)
    while above is not None:
        block = passage.block_of(above)
        position = block.position(above.step) if block is not None else None
        if block is not None and position is not None:
            yield Landing(above.scope, block, position), above.step
        above = passage.state.instance_above(above.scope)


def _before(passage: Passage, landing: Landing, came_from: str, at: str) -> Iterator[Passed]:
    ways = _ways(landing.block)
    for index, step in enumerate(landing.block.steps[: landing.position]):
        if index not in ways or _was_here(passage, landing.scope, step) or _was_behind(passage.old, step, came_from):
            continue
        yield Passed(landing.scope, step, ways[index] and not _is_off(passage, landing.scope, step, at))


def _was_here(passage: Passage, scope: str, step: Step) -> bool:
    """Whether this scope has an instance of the step that counts, or one that is open."""
    return any(
        one.scope == scope and one.step == step.id and (one.state in EFFECTIVE or one.is_active)
        for one in passage.state.instances.values()
    )


def _was_behind(old: Model, step: Step, came_from: str) -> bool:
    """Whether the case had passed the step under the old version already: it went another way there."""
    block = old.block_of.get(came_from)
    if block is None or old.block_of.get(step.id) is not block:
        return False
    mine, here = block.position(step.id), block.position(came_from)
    return mine is not None and here is not None and mine < here


def _ways(block: Block) -> dict[int, bool]:
    """The steps of a block that a case comes by without anything going wrong: index → whether every case does."""
    found: dict[int, bool] = {}
    agenda: list[tuple[int, bool]] = [(0, True)]
    while agenda:
        index, surely = agenda.pop()
        if index >= len(block.steps) or found.get(index, False) or (index in found and not surely):
            continue
        found[index] = surely
        agenda += [(following, sure and surely) for following, sure in _following(block, index)]
    return found


def _following(block: Block, index: int) -> Iterator[tuple[int, bool]]:
    step = block.steps[index]
    if step.kind == "end":
        return
    arms = [arm.to for arm in step.arms] + [arm.to for arm in step.waits if arm.to]
    for target in arms:
        position = block.position(target)
        if position is not None:
            yield position, False
    if step.kind == "branch" or (step.waits and len(arms) == len(step.waits)):
        return
    if step.next is None:
        yield index + 1, True
        return
    position = block.position(step.next)
    if position is not None:
        yield position, True


def _is_off(passage: Passage, scope: str, step: Step, at: str) -> bool:
    """Whether its ``when`` is false for this case now: it would be skipped anyway."""
    if step.when is None:
        return False
    try:
        return evaluate(step.when, scope_of(passage.new, passage.state, scope, at)).value is False
    except (ExprFault, GspError):
        return False


def _with_inner(step: Step) -> Iterator[Step]:
    yield step
    for block in step.blocks:
        for inner in block.steps:
            yield from _with_inner(inner)


def readers_of(model: Model, step: str) -> list[str]:
    """The steps that read the output of ``step``: without it they would stop."""
    return [one.id for one in model.steps.values() if any(_reads(expr, step) for expr in _expressions(model, one))]


def _reads(expr: object, step: str) -> bool:
    wanted = f"steps.{step}"
    return isinstance(expr, Expr) and any(path == wanted or path.startswith(wanted + ".") for path in paths_read(expr))


def _expressions(model: Model, step: Step) -> Iterator[object]:
    yield from (step.when, step.items, step.item_key, step.cancel_when, step.until, step.condition)
    yield from step.arguments.values()
    yield from step.assignments.values()
    yield from (arm.when for arm in step.arms)
    for arm in step.waits:
        yield from (arm.keys, arm.condition)
    if step.kind == "decide":
        yield from (item.expr for item in model.tables[step.table].inputs)
