"""What a set of played cases reached of a definition: steps, outcomes, arms, rows of tables, clauses of the law.

Every goal is counted once a case: a test that goes through a step five times reaches it once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from domain.errors import Text
from domain.json_types import JsonObject
from workflows.language.model import Model, Step

Kind = Literal["step", "outcome", "arm", "row", "clause"]
KINDS: tuple[Kind, ...] = ("step", "outcome", "arm", "row", "clause")
"""In the order in which they are told."""
_NOT_ENTERED = frozenset({"not_entered", "cancelled"})
_ENTERED, _PASSED = "when", "else"


@dataclass(frozen=True)
class Goal:
    """One thing that tests can reach. ``step`` is empty for a clause."""

    kind: Kind
    step: str
    key: str

    def text(self) -> Text:
        """The goal in words short enough for a line of a table."""
        if self.kind == "row":
            return Text(f"{self.step} 第 {self.key} 行", f"{self.step} row {self.key}")
        if self.kind in ("step", "clause"):
            return Text(self.step or self.key, self.step or self.key)
        return Text(f"{self.step} → {self.key}", f"{self.step} → {self.key}")


@dataclass(frozen=True)
class Coverage:
    """The goals of a definition and how many of the cases reached each."""

    goals: tuple[Goal, ...]
    hits: Counter[Goal]

    def of(self, kind: Kind) -> tuple[list[Goal], list[Goal]]:
        """The goals of one kind that were reached, and those that were not."""
        mine = [goal for goal in self.goals if goal.kind == kind]
        return [goal for goal in mine if self.hits[goal]], [goal for goal in mine if not self.hits[goal]]

    def as_json(self) -> JsonObject:
        """By kind: how many there are, how many were reached, which were not; and the cases through each step."""
        told: JsonObject = {}
        for kind in KINDS:
            reached, missed = self.of(kind)
            listed: list[Any] = [{"step": goal.step, "key": goal.key, "text": goal.text().as_json()} for goal in missed]
            told[kind] = {"reached": len(reached), "of": len(reached) + len(missed), "missed": listed}
        steps: dict[str, Any] = {goal.step: self.hits[goal] for goal in self.goals if goal.kind == "step"}
        return {**told, "steps": steps}


def cover(model: Model, cases: Iterable[list[JsonObject]]) -> Coverage:
    """The coverage of cases, each given by its records."""
    goals = tuple(dict.fromkeys(_goals(model)))
    known, hits = set(goals), Counter[Goal]()
    for records in cases:
        hits.update(known & reached_by(model, records))
    return Coverage(goals, hits)


def _goals(model: Model) -> Iterator[Goal]:
    for step in model.steps.values():
        yield Goal("step", step.id, step.id)
        yield from (Goal("outcome", step.id, key) for key in outcomes_of(model, step))
        yield from (Goal("arm", step.id, arm.to) for arm in step.arms)
        if len(step.waits) > 1:
            yield from (Goal("arm", step.id, f"{arm.kind} {number + 1}") for number, arm in enumerate(step.waits))
        if step.when is not None:
            yield from (Goal("arm", step.id, key) for key in (_ENTERED, _PASSED))
        yield from (Goal("clause", "", clause) for clause in step.basis)
        if step.kind == "decide":
            yield from (Goal("row", step.id, str(number + 1)) for number in range(len(model.tables[step.table].rules)))


def outcomes_of(model: Model, step: Step) -> list[str]:
    """The outcomes that a step can have, when there is more than one."""
    if step.kind == "decide":
        found = list(model.tables[step.table].outcomes)
    elif step.kind in ("task", "approve"):
        found = [outcome.key for outcome in step.outcomes]
    else:
        found = [step.success, *step.on]
    found = list(dict.fromkeys(found))
    return found if len(found) > 1 else []


def reached_by(model: Model, records: list[JsonObject]) -> set[Goal]:
    """Everything that one case reached."""
    found: set[Goal] = set()
    for record in records:
        detail: Any = record["detail"]
        step = model.steps.get(detail.get("step") or "")
        if step is None:
            continue
        action = str(record["action"])
        if action == "not_entered":
            found.add(Goal("arm", step.id, _PASSED))
        if action not in _NOT_ENTERED:
            found.add(Goal("step", step.id, step.id))
            found |= {Goal("clause", "", clause) for clause in step.basis}
        if detail.get("when"):
            found.add(Goal("arm", step.id, _ENTERED))
        found |= _came_out(step, action, detail)
    return found


def _came_out(step: Step, action: str, detail: Any) -> set[Goal]:
    outcome = detail.get("decides") if action == "completed" else detail.get("outcome")
    if outcome is None:
        return set()
    if step.kind == "wait" and isinstance(detail.get("arm"), int):
        arm = step.waits[detail["arm"]]
        return {Goal("arm", step.id, f"{arm.kind} {detail['arm'] + 1}")}
    if step.kind == "branch":
        return {Goal("arm", step.id, str(outcome))}
    found = {Goal("outcome", step.id, str(outcome))}
    why = detail.get("why")
    if step.kind == "decide" and isinstance(why, dict) and isinstance(why.get("rule"), int):
        found.add(Goal("row", step.id, str(why["rule"] + 1)))
    return found
