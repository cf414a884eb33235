"""Which fields certainly have a value when a step is entered: written on every path that leads there."""

from __future__ import annotations

from collections import Counter

from rules.guards import there_when
from workflows.language.checks.graph import Graph, Node
from workflows.language.checks.scopes import parsed
from workflows.language.checks.writes import surely_written
from workflows.language.outline import BlockView, StepView
from workflows.language.subject import Subject
from workflows.language.words import INTO_NONE

Facts = frozenset[str]
_WRITERS = frozenset({"task", "approve", "call", "set"})


class Assigned:
    """A forward analysis over the graph: what holds at a step is what holds at the end of all steps before it."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._graph = Graph(subject)
        self._before: dict[Node, Facts] = {}
        if subject.outline.root.steps:
            self._run()

    def at(self, step: StepView) -> Facts:
        """Paths (``data.x``, ``line.y``, ``steps.z``) that have a value when the step is entered and its ``when`` holds."""
        before = self._before.get(step, frozenset())
        return before | guarded(step) | _implied(before, step)

    def on_entry(self, step: StepView) -> Facts:
        """The same before ``when`` is looked at."""
        return self._before.get(step, frozenset())

    def _run(self) -> None:
        entries = [self._subject.outline.root.steps[0], *self._graph.messages()]
        self._before.update(dict.fromkeys(entries, frozenset()))
        todo: list[Node] = [*entries]
        while todo:
            node = todo.pop()
            if node is None:
                continue
            for following, facts in self._edges(node):
                known = self._before.get(following)
                merged = facts if known is None else known & facts
                if known is None or merged != known:
                    self._before[following] = merged
                    todo.append(following)

    def _edges(self, node: Node) -> list[tuple[Node, Facts]]:
        if isinstance(node, BlockView):
            facts = self._after_block(node)
            if facts is None:
                return []
            return [(following, facts) for following in self._graph.successors(node)]
        if node is None:
            return []
        before = self._before[node]
        own = self._facts_of(node)
        implied = _implications(node, own)
        before, done = before | implied, before | implied | guarded(node) | own
        skipped = set(self._graph.skipped(node))
        entered = {block.steps[0] for block in node.blocks if block.steps}
        found: list[tuple[Node, Facts]] = []
        for following in self._graph.successors(node):
            found.append((following, before if following in skipped or following in entered else done))
        return found

    def _facts_of(self, step: StepView) -> Facts:
        own = {f"steps.{step.id}", f"steps.{step.id}.values", f"steps.{step.id}.outcome"} if step.id else set()
        target = step.target()
        if step.kind in _WRITERS and target != INTO_NONE:
            own |= {f"{target}.{name}" for name in surely_written(self._subject, step)}
        return frozenset(own)

    def _after_block(self, block: BlockView) -> Facts | None:
        """What holds after a group, as far as the ends of its branches have been looked at; ``None`` while these are
        fewer than complete it. Whichever branches they are: what each possible set of them has written is sure."""
        owner = block.owner
        if owner is None:
            return frozenset()
        if owner.kind != "parallel":
            return self._after_rounds(block, owner)
        ended = [self._before[one] for one in owner.blocks if one in self._before]
        needed = completing(owner)
        if len(ended) < needed:
            return None
        seen = Counter(fact for facts in ended for fact in facts)
        return frozenset(fact for fact, times in seen.items() if times > len(ended) - needed)

    def _after_rounds(self, block: BlockView, owner: StepView) -> Facts:
        facts = self._before.get(block, frozenset())
        if owner.kind != "foreach":
            return facts
        name = owner.text("as") or ""
        inside = {step.id for one in owner.blocks for step in one.steps}
        return frozenset(fact for fact in facts if not _about_item(fact, name, inside))


def completing(group: StepView) -> int:
    """How many branches of a `parallel` complete it."""
    way = group.text("join") or "all"
    n = group.raw.get("n")
    if way == "any":
        return 1
    counted = way == "n_of" and isinstance(n, int) and 0 < n <= len(group.blocks)
    return n if counted and isinstance(n, int) else len(group.blocks)


def _about_item(fact: str, name: str, inside: set[str]) -> bool:
    first, _, rest = fact.partition(".")
    return "⇒" in fact or first == name or (first == "steps" and rest.partition(".")[0] in inside)


def _implications(step: StepView, facts: Facts) -> Facts:
    """What holds whether or not the step is entered: where its ``when`` is true, it has written. Steps with the same
    condition behind it may rely on that."""
    condition = step.text("when") if "cancel_when" not in step.raw else None
    return frozenset(f"{condition.strip()}⇒{fact}" for fact in facts) if condition else frozenset()


def _implied(facts: Facts, step: StepView) -> Facts:
    condition = step.text("when")
    if not condition:
        return frozenset()
    prefix = condition.strip() + "⇒"
    return frozenset(fact.removeprefix(prefix) for fact in facts if fact.startswith(prefix))


def guarded(step: StepView) -> Facts:
    """The paths that the step's own ``when`` proves."""
    expr = parsed(step.raw.get("when"))
    return there_when(expr.root, True) if expr else frozenset()
