"""What closed cases tell of an SOP: how long people work at a step, how it comes out, how many lines there are.

The work at a task is counted in working time from the moment at which its person could begin (it was open, claimed, and
what the same person did before was done) to its completion. So it is an upper bound: a pause counts as work.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from domain.clock import from_text
from domain.json_types import JsonObject
from domain.working_time import WorkingCalendar, working_time_between
from workflows.language.model import Model, Step
from workflows.simulation.coverage import outcomes_of

ENTERED, PASSED = "entered", "passed"
ASSUMED_WORK = {"task": (15.0, 45.0), "approve": (20.0, 90.0)}
"""Median and 90th percentile, in minutes of work, where no closed case tells."""
ASSUMED_DELAY = {"call": (0.05, 0.2), "start": (1440.0, 4320.0), "wait": (1440.0, 4320.0)}
"""The same for what nobody works at, in minutes of real time."""
ASSUMED_ITEMS = 3
ASSUMED_SUCCESS = 0.9
"""How often a step comes out well where no closed case tells; the other outcomes share the rest."""
ENOUGH = 5
"""Fewer observations than this tell nothing: what is assumed counts."""
_PAUSE_MAX = 60.0


@dataclass(frozen=True)
class Habit:
    """How a step goes. ``known`` is the number of observations behind ``median`` and ``p90`` (minutes)."""

    median: float
    p90: float
    known: int
    outcomes: dict[str, float] = field(default_factory=dict)
    entered: float = 1.0
    items: tuple[int, ...] = ()


def habits_of(
    model: Model, cases: Iterable[list[JsonObject]], calendar: WorkingCalendar
) -> tuple[dict[str, Habit], int]:
    """The habits of every step, and how many cases they were read from."""
    read = _Reader(calendar)
    count = 0
    for records in cases:
        read.case(records)
        count += 1
    return {step.id: read.habit(model, step) for step in model.steps.values()}, count


class _Reader:
    """Collects what the records of many cases say of each step."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.calendar = calendar
        self.minutes: dict[str, list[float]] = defaultdict(list)
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.entries: dict[str, Counter[str]] = defaultdict(Counter)
        self.items: dict[str, list[int]] = defaultdict(list)

    def case(self, records: list[JsonObject]) -> None:
        began: dict[str, str] = {}
        free: dict[str, str] = {}
        for record in records:
            entry: Any = record
            action, path, at, detail = entry["action"], entry["path"], entry["at"], entry["detail"]
            step = detail.get("step") or ""
            if action in ("opened", "called", "claimed"):
                began[path] = str(at)
            self._note(action, step, detail)
            if action == "completed":
                who = detail["actor"]["id"]
                start = max(began.get(path) or at, free.get(who) or "")
                self.minutes[step].append(self._work(start, str(at)))
                free[who] = began[path] = at
            elif action == "posted" and path in began:
                self.minutes[step].append((from_text(at) - from_text(began[path])) / timedelta(minutes=1))

    def _note(self, action: str, step: str, detail: Any) -> None:
        if action == "not_entered":
            self.entries[step][PASSED] += 1
        elif detail.get("when"):
            self.entries[step][ENTERED] += 1
        if action == "opened" and "items" in detail:
            self.items[step].append(len(detail["items"]))
        outcome = detail.get("decides") if action == "completed" else detail.get("outcome")
        if outcome is not None and action in ("completed", "decided", "posted"):
            self.outcomes[step][str(outcome)] += 1

    def _work(self, begins: str, ends: str) -> float:
        """Minutes of work between two moments; out of working hours the time that passed, an hour at most."""
        first, last = from_text(begins), from_text(ends)
        worked = working_time_between(self.calendar, first, last) / timedelta(minutes=1)
        return worked or min((last - first) / timedelta(minutes=1), _PAUSE_MAX)

    def habit(self, model: Model, step: Step) -> Habit:
        """What is known of a step, completed by what is assumed."""
        measured = sorted(self.minutes[step.id])
        assumed = ASSUMED_WORK.get(step.kind) or ASSUMED_DELAY.get(step.kind) or (0.0, 0.0)
        known = len(measured)
        median, p90 = (_at(measured, 0.5), _at(measured, 0.9)) if known >= ENOUGH else assumed
        entries = self.entries[step.id]
        entered = entries[ENTERED] / entries.total() if entries.total() >= ENOUGH else 0.5
        items = tuple(self.items[step.id]) or (ASSUMED_ITEMS,)
        return Habit(median, p90, known, self._outcomes(model, step), entered if step.when else 1.0, items)

    def _outcomes(self, model: Model, step: Step) -> dict[str, float]:
        counted = self.outcomes[step.id]
        possible = [arm.to for arm in step.arms] or outcomes_of(model, step)
        known = {key: float(counted[key]) for key in possible if counted[key]}
        if sum(known.values()) >= ENOUGH:
            return known
        if step.arms or len(possible) < 2:
            return dict.fromkeys(possible, 1.0)
        first, *others = possible
        rest = (1 - ASSUMED_SUCCESS) / len(others)
        return {first: ASSUMED_SUCCESS, **dict.fromkeys(others, rest)}


def _at(ordered: list[float], share: float) -> float:
    """The value below which ``share`` of the ordered values lie."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
