"""The steps of a definition as they stand in the text, whatever is wrong with them: every check walks this outline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.json_types import Json
from workflows.language.findings import join
from workflows.language.words import INTO_NONE, KINDS


@dataclass(eq=False)
class BlockView:
    """A list of steps: the case itself (``owner`` is ``None``), a branch of a ``parallel``, the body of a ``foreach`` or ``loop``."""

    pointer: str
    owner: StepView | None
    steps: list[StepView] = field(default_factory=list)

    def scopes(self) -> Iterator[BlockView]:
        """This block and those around it, innermost first: where its steps may jump to."""
        block: BlockView | None = self
        while block is not None:
            yield block
            block = block.owner.block if block.owner else None


@dataclass(eq=False)
class StepView:
    """One step as written. ``id`` and ``kind`` are empty when the text does not say them clearly."""

    pointer: str
    raw: dict[str, Any]
    id: str
    kind: str
    block: BlockView
    index: int
    blocks: list[BlockView] = field(default_factory=list)

    def at(self, *tokens: str | int) -> str:
        """The pointer of something within the step."""
        return join(self.pointer, *tokens)

    def text(self, key: str) -> str | None:
        """The value of ``key`` if it is text."""
        value = self.raw.get(key)
        return value if isinstance(value, str) else None

    def mapping(self, key: str) -> dict[str, Any]:
        """The value of ``key`` if it is a mapping, else an empty one."""
        value = self.raw.get(key)
        return value if isinstance(value, dict) else {}

    def listing(self, key: str) -> list[Any]:
        """The value of ``key`` if it is a list, else an empty one."""
        value = self.raw.get(key)
        return value if isinstance(value, list) else []

    @property
    def following(self) -> StepView | None:
        """The step after this one in its block."""
        siblings = self.block.steps
        return siblings[self.index + 1] if self.index + 1 < len(siblings) else None

    def foreaches(self) -> Iterator[StepView]:
        """The ``foreach`` steps around this one, innermost first."""
        for block in self.block.scopes():
            if block.owner is not None and block.owner.kind == "foreach":
                yield block.owner

    def target(self) -> str:
        """Where its values go: ``data``, the name of the item, or ``none``."""
        given = self.text("into")
        if given:
            return given
        if self.kind not in ("task", "set"):
            return INTO_NONE
        around = next(self.foreaches(), None)
        return "data" if around is None else around.text("as") or INTO_NONE


@dataclass
class Outline:
    """All steps in the order of the text; ``by_id`` keeps the first of each id."""

    root: BlockView
    steps: list[StepView] = field(default_factory=list)
    by_id: dict[str, StepView] = field(default_factory=dict)


def outline_of(definition: Json) -> Outline:
    """The outline of whatever was read; an empty one when there are no steps."""
    body = definition if isinstance(definition, dict) else {}
    outline = Outline(BlockView("/steps", None))
    _fill(outline.root, body.get("steps"), outline)
    return outline


def kinds_of(raw: dict[str, Any]) -> list[str]:
    """The kind keys that stand in a step."""
    return [word for word in raw if word in KINDS]


def wait_arms(step: StepView) -> list[dict[str, Any]]:
    """What a `wait` waits for: the entries of its `first_of`, else itself."""
    spec = step.mapping("wait")
    arms = spec.get("first_of", [spec])
    return [arm for arm in arms if isinstance(arm, dict)] if isinstance(arms, list) else []


def _fill(block: BlockView, raw_steps: Any, outline: Outline) -> None:
    for position, raw in enumerate(raw_steps if isinstance(raw_steps, list) else ()):
        if not isinstance(raw, dict):
            continue
        step_id = raw.get("id")
        kinds = kinds_of(raw)
        kind = kinds[0] if len(kinds) == 1 else ""
        pointer = join(block.pointer, position)
        step = StepView(pointer, raw, step_id if isinstance(step_id, str) else "", kind, block, len(block.steps))
        block.steps.append(step)
        outline.steps.append(step)
        if step.id:
            outline.by_id.setdefault(step.id, step)
        _fill_inner(step, outline)


def _fill_inner(step: StepView, outline: Outline) -> None:
    if isinstance(step.raw.get("do"), list):
        inner = BlockView(step.at("do"), step)
        step.blocks.append(inner)
        _fill(inner, step.raw["do"], outline)
    for index, branch in enumerate(step.listing("parallel")):
        if isinstance(branch, dict):
            inner = BlockView(step.at("parallel", index, "do"), step)
            step.blocks.append(inner)
            _fill(inner, branch.get("do"), outline)
