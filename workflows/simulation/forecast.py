"""The forecast: many runs of a simulated company, and what they say of durations, load, lateness and the bottleneck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.errors import GspError, Text
from domain.json_types import Json, JsonObject
from domain.roles import role_text
from domain.working_time import WorkingCalendar
from workflows.language.model import Model
from workflows.simulation.chance import Chance
from workflows.simulation.habits import Habit
from workflows.simulation.hours import Hours, hours_of
from workflows.simulation.world import World

BUSY = 0.85
"""From this load on a queue grows faster than people can see."""
BUCKETS = 24
CASES_MAX = 10_000
"""Simulated cases of one forecast, all runs together."""
_MARGIN_DAYS = 400


@dataclass(frozen=True)
class Question:
    """What is asked: how many cases a working day, who is there, how long, how often, from which seed."""

    per_day: float
    people: Mapping[str, int]
    days: int = 30
    runs: int = 10
    seed: int = 1


@dataclass
class Found:
    """What all runs together have seen; times in minutes."""

    durations: list[float] = field(default_factory=list)
    began: int = 0
    busy: dict[str, float] = field(default_factory=dict)
    queued: dict[str, float] = field(default_factory=dict)
    worked: float = 0.0
    waits: dict[str, list[float]] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    promised: dict[str, int] = field(default_factory=dict)
    step_waits: dict[str, list[float]] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)


def forecast(
    model: Model, habits: Mapping[str, Habit], calendar: WorkingCalendar, begins: datetime, question: Question
) -> JsonObject:
    """Simulate and tell. The same question gives the same answer. Raises ``GspError`` for one that is too large."""
    hours = hours_of(calendar, begins, question.days + _MARGIN_DAYS)
    _fits(hours, question)
    found = _simulate(model, habits, hours, question)
    role, load = _busiest(found)
    told = _told(found, question)
    if role is None:
        return {**told, "bottleneck": None}
    more = replace(question, people={**question.people, role: found.roles[role] + 1})
    with_one_more = _simulate(model, habits, hours, more)
    return {**told, "bottleneck": _bottleneck(role, load, found, with_one_more)}


def _fits(hours: Hours, question: Question) -> None:
    expected = question.per_day * question.days * question.runs
    if not hours.opens or question.per_day <= 0 or question.days < 1 or question.runs < 1:
        raise GspError(
            "forecast_question", "请给出正的每日案例数、天数和次数。", "Give a positive rate, days and runs."
        )
    if expected > CASES_MAX:
        zh = f"约要模拟 {expected:.0f} 个案例，最多 {CASES_MAX} 个；请减少次数或天数。"
        en = f"That is about {expected:.0f} simulated cases; {CASES_MAX} are the most. Take fewer runs or days."
        raise GspError("forecast_too_large", zh, en)


def _simulate(model: Model, habits: Mapping[str, Habit], hours: Hours, question: Question) -> Found:
    found = Found()
    end = float(question.days * 1440)
    for run in range(question.runs):
        world = World(model, habits, question.people, hours)
        _arrivals(world, hours, question, run, end)
        world.run(end)
        _read(world, hours, found, end)
    return found


def _arrivals(world: World, hours: Hours, question: Question, run: int, end: float) -> None:
    """Cases come at random in working hours; each has a stream of chance of its own, whatever the others do."""
    chance = Chance(question.seed, run)
    mean, at, number = hours.day / question.per_day, 0.0, 0
    while (at := hours.after(at, chance.wait(mean))) < end:
        world.at(at, lambda number=number: world.begin(Chance(question.seed, run, number)))
        number += 1


def _read(world: World, hours: Hours, found: Found, end: float) -> None:
    found.began += len(world.cases)
    found.durations += [case.ended - case.began for case in world.cases if case.ended is not None]
    found.worked += hours.worked(end)
    for pool in world.pools.values():
        found.roles[pool.role] = pool.people
        found.busy[pool.role] = found.busy.get(pool.role, 0.0) + pool.busy
        found.queued[pool.role] = found.queued.get(pool.role, 0.0) + pool.waiting
    for job in world.jobs:
        step = job.step.id
        if job.started is not None:
            waited = hours.worked(job.started) - hours.worked(job.opened)
            found.waits.setdefault(job.role, []).append(waited)
            found.step_waits.setdefault(step, []).append(waited)
        found.done[step] = found.done.get(step, 0) + (job.ended is not None)
        if job.due is not None and (job.ended is not None or job.due <= end):
            found.promised[step] = found.promised.get(step, 0) + 1
            found.late[step] = found.late.get(step, 0) + (job.ended is None or job.ended > job.due)


# ------------------------------------------------------------------ telling


def _told(found: Found, question: Question) -> JsonObject:
    people: dict[str, Json] = {**found.roles}
    return {
        "cases": {"began": found.began, "ended": len(found.durations)},
        "days": question.days,
        "runs": question.runs,
        "seed": question.seed,
        "per_day": _number(question.per_day),
        "people": people,
        "duration": _spread(found.durations),
        "histogram": _histogram(found.durations),
        "roles": [_role(found, role) for role in sorted(found.roles)],
        "steps": [_step(found, step) for step in found.done],
    }


def _role(found: Found, role: str) -> JsonObject:
    return {
        "role": role,
        "people": found.roles[role],
        "load": _number(_load(found, role), 3),
        "queue": _number(found.queued[role] / found.worked if found.worked else 0.0),
        "wait": _spread(found.waits.get(role, [])),
    }


def _step(found: Found, step: str) -> JsonObject:
    promised = found.promised.get(step, 0)
    late: Json = _number(found.late[step] / promised, 3) if promised else None
    return {"step": step, "done": found.done[step], "late": late, "wait": _spread(found.step_waits.get(step, []))}


def _load(found: Found, role: str) -> float:
    there = found.worked * found.roles[role]
    return found.busy[role] / there if there else 0.0


def _busiest(found: Found) -> tuple[str | None, float]:
    loads = {role: _load(found, role) for role in sorted(found.roles)}
    role = max(loads, key=lambda name: loads[name], default=None)
    return role, loads.get(role or "", 0.0)


def _bottleneck(role: str, load: float, found: Found, more: Found) -> JsonObject:
    """The busiest role in words, and what one more person would change."""
    who, percent = role_text(role), round(100 * load)
    before, after = _hours(_at(sorted(found.durations), 0.5)), _hours(_at(sorted(more.durations), 0.5))
    if load >= BUSY:
        zh = f"瓶颈是{who.zh}：{found.roles[role]} 人，忙碌 {percent}%。多一人，案例时长中位数从 {before} 变为 {after} 小时。"
        en = (
            f"The bottleneck is: {who.en}. {found.roles[role]} there, busy {percent} % of the time. "
            f"With one more the median case takes {after} hours instead of {before}."
        )
    else:
        zh = f"没有瓶颈：最忙的是{who.zh}，忙碌 {percent}%。多一人，案例时长中位数从 {before} 变为 {after} 小时。"
        en = (
            f"There is no bottleneck: the busiest is: {who.en}, at {percent} %. "
            f"With one more the median case takes {after} hours instead of {before}."
        )
    return {
        "role": role,
        "load": _number(load, 3),
        "is_one": load >= BUSY,
        "text": Text(zh, en).as_json(),
        "duration_with_one_more": _spread(more.durations),
    }


def _spread(values: Sequence[float]) -> JsonObject:
    """Median, 10th, 90th and 95th percentile, in minutes; ``None`` for no values."""
    ordered = sorted(values)
    shares = (("p10", 0.1), ("p50", 0.5), ("p90", 0.9), ("p95", 0.95))
    return {name: _number(_at(ordered, share), 1) if ordered else None for name, share in shares}


def _histogram(values: Sequence[float]) -> list[Json]:
    """How many cases took how long: buckets of the same width up to the 99th percentile, the last takes the rest."""
    ordered = sorted(values)
    if not ordered:
        return []
    width = max(_at(ordered, 0.99) / BUCKETS, 1.0)
    counts = [0] * BUCKETS
    for value in ordered:
        counts[min(BUCKETS - 1, int(value / width))] += 1
    return [
        {"from": _number(index * width, 1), "to": _number((index + 1) * width, 1), "cases": number}
        for index, number in enumerate(counts)
    ]


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _hours(minutes: float) -> str:
    return f"{minutes / 60:.1f}"


def _number(value: float, places: int = 2) -> Json:
    """A figure as exact JSON: nobody needs more places than these."""
    found: Any = Decimal(f"{value:.{places}f}").normalize()
    return int(found) if found == found.to_integral_value() else found
