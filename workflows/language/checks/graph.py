"""The graph of a definition: which step can come after which, through the groups of steps."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.language.checks.outcomes import outcomes_of
from workflows.language.findings import join
from workflows.language.outline import BlockView, StepView, wait_arms
from workflows.language.subject import Subject
from workflows.language.words import BLOCK_KINDS, END_OF_BLOCK, PEOPLE_KINDS

Node = StepView | BlockView | None
"""A step being entered, a block being completed, or ``None``: the outermost block completed without an ``end``."""


class Graph:
    """Successors of every step. A block's own node stands for its completion."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._next: dict[Node, list[Node]] = {}
        for step in subject.outline.steps:
            self._next[step] = self._successors(step)
            for block in step.blocks:
                self._next[block] = [*self._again(step), *self._after(step)]

    @property
    def steps(self) -> list[StepView]:
        """All steps in the order of the text."""
        return self._subject.outline.steps

    def messages(self) -> list[StepView]:
        """Where messages to the whole case lead, whatever it is doing."""
        found = [self._subject.outline.by_id.get(name) for _, _, name in message_targets(self._subject)]
        return [step for step in found if step is not None]

    def successors(self, node: Node) -> list[Node]:
        """What can come right after a step is entered, or a group of steps is complete."""
        return self._next.get(node, [])

    def skipped(self, step: StepView) -> list[Node]:
        """Where a step goes whose ``when`` is false, or whose ``cancel_when`` comes true."""
        return self._skipped(step)

    def reached(self) -> set[StepView]:
        """Every step that some path from the beginning enters."""
        seen: set[Node] = set()
        todo: list[Node] = [*self._subject.outline.root.steps[:1], *self.messages()]
        while todo:
            node = todo.pop()
            if node in seen or node is None:
                continue
            seen.add(node)
            todo += self._next.get(node, [])
        return {node for node in seen if isinstance(node, StepView)}

    def after(self, group: StepView) -> list[StepView]:
        """Every step that can be entered once a group is complete."""
        seen: set[Node] = set()
        todo: list[Node] = self._after(group)
        while todo:
            node = todo.pop()
            if node not in seen and node is not None:
                seen.add(node)
                todo += self._next.get(node, [])
        return [step for step in self.steps if step in seen]

    def can_end(self, reached: set[StepView]) -> set[StepView]:
        """The steps from which an ``end`` can be reached (running off the last step is reported elsewhere)."""
        before: dict[Node, list[Node]] = {}
        for node, following in self._next.items():
            for other in following:
                before.setdefault(other, []).append(node)
        seen: set[Node] = set()
        todo: list[Node] = [None, *(step for step in reached if step.kind == "end")]
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            todo += before.get(node, [])
        return {node for node in seen if isinstance(node, StepView)}

    def run_off(self, reached: set[StepView]) -> list[StepView]:
        """The outermost steps after which nothing follows though the case has not ended."""
        root = self._subject.outline.root
        return [step for step in root.steps if step in reached and None in self._leaving(step)]

    def automatic_cycles(self, reached: set[StepView]) -> list[StepView]:
        """The first step of each cycle in which no person acts and nothing is waited for. The rounds of a `loop` are
        no such cycle: they have a `max`."""
        found: list[StepView] = []
        colour: dict[Node, int] = {}
        for step in self._subject.outline.steps:
            if step in reached and step not in colour:
                self._visit(step, colour, found)
        return found

    def _visit(self, start: Node, colour: dict[Node, int], found: list[StepView]) -> None:
        stack: list[tuple[Node, int]] = [(start, 0)]
        colour[start] = 1
        while stack:
            node, position = stack.pop()
            following = self._at_once(node)
            if position >= len(following):
                colour[node] = 2
                continue
            stack.append((node, position + 1))
            other = following[position]
            if other is None or colour.get(other) == 2:
                continue
            if colour.get(other) == 1:
                if isinstance(other, StepView):
                    found.append(other)
                continue
            colour[other] = 1
            stack.append((other, 0))

    def _at_once(self, node: Node) -> list[Node]:
        """What follows without anybody acting; the next round of a `loop` left out."""
        if isinstance(node, BlockView):
            return self._after(node.owner) if node.owner else []
        return [] if node is None or _holds_up(node) else self._next.get(node, [])

    # ------------------------------------------------------------ successors
    def _leaving(self, step: StepView) -> list[Node]:
        """Where a step goes that does not enter its own blocks."""
        return [node for block in step.blocks for node in self._next[block]] if step.blocks else self._next[step]

    def _successors(self, step: StepView) -> list[Node]:
        if step.kind == "end":
            return self._skipped(step)
        if step.kind == "branch":
            arms = [arm.get("to") or arm.get("else") for arm in step.listing("branch") if isinstance(arm, dict)]
            return [*self._resolved(step, arms), *self._skipped(step)]
        if step.kind in BLOCK_KINDS and step.blocks:
            entered: list[Node] = [block.steps[0] for block in step.blocks if block.steps]
            return [*entered, *(self._after(step) if may_be_empty(step) else self._skipped(step))]
        if step.kind == "wait":
            return [*self._arms(step), *self._skipped(step)]
        return [*self._after(step), *self._skipped(step)]

    def _arms(self, step: StepView) -> list[Node]:
        """Where a `wait` goes: each arm its own way, those without `to` the usual one."""
        own = [arm["to"] for arm in wait_arms(step) if isinstance(arm.get("to"), str)]
        usual = self._after(step) if len(own) < len(wait_arms(step)) or not own else []
        return [*self._resolved(step, own), *usual]

    def _again(self, step: StepView) -> list[Node]:
        """The next round of a `loop`."""
        return [step.blocks[0].steps[0]] if step.kind == "loop" and step.blocks and step.blocks[0].steps else []

    def _skipped(self, step: StepView) -> list[Node]:
        return self._succeeding(step) if "when" in step.raw or "cancel_when" in step.raw else []

    def _succeeding(self, step: StepView) -> list[Node]:
        success = (outcomes_of(self._subject, step) or ("done",))[0]
        main = step.mapping("on").get(success) or step.text("next")
        return self._resolved(step, [main]) if main else [self._fall(step)]

    def _after(self, step: StepView) -> list[Node]:
        routed = step.mapping("on")
        success = (outcomes_of(self._subject, step) or ("done",))[0]
        others = [target for outcome, target in routed.items() if outcome != success]
        return [*self._succeeding(step), *self._resolved(step, others)]

    def _fall(self, step: StepView) -> Node:
        following = step.following
        if following is not None:
            return following
        return None if step.block.owner is None else step.block

    def _resolved(self, step: StepView, targets: Sequence[object]) -> list[Node]:
        found: list[Node] = []
        for target in targets:
            if target == END_OF_BLOCK:
                found.append(None if step.block.owner is None else step.block)
            elif isinstance(target, str) and target in self._subject.outline.by_id:
                found.append(self._subject.outline.by_id[target])
            elif isinstance(target, str):
                found.append(None)
        return found


def may_be_empty(step: StepView) -> bool:
    """Whether a group can be complete without a step of it being entered."""
    none = step.raw.get("min") == 0 or step.raw.get("open") is True
    return step.kind == "loop" or (step.kind == "foreach" and none)


def message_targets(subject: Subject) -> list[tuple[str, str, str]]:
    """``(pointer, message, step)`` of every `on_message` that says where it goes."""
    found: list[tuple[str, str, str]] = []
    for name, raw in subject.section("on_message").items():
        target = raw.get("to") if isinstance(raw, dict) else None
        if isinstance(target, str) and target:
            found.append((join("/on_message", name, "to"), name, target))
    return found


def _holds_up(step: StepView) -> bool:
    """Whether a step waits for a person, a time or a message before it goes on."""
    if step.kind == "wait":
        return not any("condition" in arm for arm in wait_arms(step))
    return step.kind in PEOPLE_KINDS or step.raw.get("acknowledge") is True
