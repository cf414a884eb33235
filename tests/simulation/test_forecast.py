"""The forecast: laws of queues hold, the seed decides, history is read as it was, limits are told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.canonical import dumps
from domain.errors import GspError
from domain.working_time import after_hours, calendar_of, working_time_between
from tests.engine.samples import pinned, task
from tests.examples import examples
from workflows.language.model import Model, load_model
from workflows.simulation.chance import Chance
from workflows.simulation.forecast import Question, forecast
from workflows.simulation.habits import Habit, habits_of
from workflows.simulation.hours import hours_of
from workflows.simulation.scenario import run_scenarios

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
OFFICE = calendar_of({}, "Asia/Shanghai")
ALWAYS = calendar_of({"week": [["00:00-24:00"]] * 7}, "Asia/Shanghai")


def _habits(model: Model, **known: Habit) -> dict[str, Habit]:
    found, _ = habits_of(model, [], OFFICE)
    return {**found, **known}


def _one(steps: list[Any], question: Question, calendar: Any = OFFICE, **known: Habit) -> Any:
    model = load_model(pinned(steps))
    return forecast(model, _habits(model, **known), calendar, MONDAY, question)


def test_the_same_seed_gives_the_same_forecast_and_another_one_another() -> None:
    steps = [task("check"), {"id": "end", "end": "completed"}]
    question = Question(6, {"receiver": 1}, days=14, runs=3, seed=5)
    assert dumps(_one(steps, question)) == dumps(_one(steps, question))
    assert dumps(_one(steps, question)) != dumps(_one(steps, Question(6, {"receiver": 1}, 14, 3, seed=6)))


def test_load_is_arrivals_times_work_over_people() -> None:
    told = _one([task("check")], Question(12, {"receiver": 2}, days=60, runs=8), check=Habit(30, 30, 9, {"done": 1.0}))
    (role,) = told["roles"]
    assert float(role["load"]) == pytest.approx(12 * 30 / (2 * 510), rel=0.06)
    assert told["bottleneck"]["is_one"] is False


def test_a_queue_is_as_long_as_arrivals_times_waiting() -> None:
    """Little's law, in working time."""
    told = _one([task("check")], Question(14, {"receiver": 1}, days=90, runs=6), check=Habit(30, 30, 9, {"done": 1.0}))
    (role,) = told["roles"]
    waits = told["steps"][0]["wait"]
    assert float(role["queue"]) > 0.5
    per_minute = 14 / 510
    assert per_minute * float(waits["p10"]) <= float(role["queue"]) <= per_minute * float(waits["p95"])


def test_too_few_people_are_the_bottleneck_in_words() -> None:
    steps = [task("first"), task("second", "inspector"), {"id": "end", "end": "completed"}]
    work = {"first": Habit(5, 5, 9), "second": Habit(55, 55, 9)}
    told = _one(steps, Question(10, {"receiver": 1, "inspector": 1}, days=30, runs=3), **work)
    assert told["bottleneck"]["role"] == "inspector" and told["bottleneck"]["is_one"]
    assert "The bottleneck is: Inspector. 1 there, busy" in told["bottleneck"]["text"]["en"]
    assert "瓶颈是验收人员：1 人" in told["bottleneck"]["text"]["zh"]
    fewer = float(told["bottleneck"]["duration_with_one_more"]["p50"])
    assert fewer < float(told["duration"]["p50"]) / 2


def test_work_is_done_in_working_hours_only_and_lateness_is_counted() -> None:
    steps = [task("check", due="PT1H")]
    told = _one(steps, Question(1, {"receiver": 1}, days=60, runs=4), check=Habit(120, 120, 9))
    assert told["steps"][0]["late"] == 1
    told = _one(steps, Question(1, {"receiver": 1}, days=60, runs=4), check=Habit(20, 20, 9))
    assert 0 < float(told["steps"][0]["late"]) < 0.3  # only what comes shortly before the office closes


def test_an_attached_wait_takes_time_and_no_person() -> None:
    steps = [{"id": "pause", "wait": {"timer": "P3D"}}, {"id": "end", "end": "completed"}]
    told = _one(steps, Question(2, {}, days=60, runs=2))
    assert told["roles"] == [] and told["bottleneck"] is None
    assert told["duration"]["p10"] == told["duration"]["p95"] == 3 * 1440


def test_history_gives_work_outcomes_and_lines(model: Model, cases: list[Any]) -> None:
    records = [result.records for result in run_scenarios(model, cases, {}) if result.state == "completed"]
    habits, count = habits_of(model, records * 3, ALWAYS)
    assert count == len(records) * 3
    assert habits["receive"].median == 20 and habits["receive"].known >= 30
    assert set(habits["receive"].outcomes) == {"accepted", "refused"}
    assert 0 < habits["cold_check"].entered < 1
    assert set(habits["lines"].items) == {1, 2}
    assumed, _ = habits_of(model, [], ALWAYS)
    assert (assumed["receive"].median, assumed["receive"].known) == (15.0, 0)


def test_a_question_that_is_too_large_or_empty_is_told() -> None:
    for question in (Question(0, {}), Question(1000, {}, days=365, runs=100), Question(1, {}, days=0)):
        with pytest.raises(GspError):
            _one([task("check")], question)


@given(st.integers(0, 2**64), st.floats(1, 1000), st.floats(1.01, 20))
def test_chance_keeps_to_its_distributions(seed: int, median: float, ratio: float) -> None:
    chance = Chance(seed, 1)
    drawn = [chance.around(median, median * ratio) for _ in range(400)]
    assert all(value > 0 for value in drawn)
    assert 130 < sum(value < median for value in drawn) < 270
    assert 0 < chance.unit() < 1
    assert chance.pick({"a": 0.0, "b": 1.0}) == "b"


@given(st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 40))
def test_working_time_as_numbers_is_the_calendar(at: int, work: int) -> None:
    hours = hours_of(OFFICE, MONDAY, 60)
    from datetime import timedelta

    moment = MONDAY + timedelta(minutes=at)
    assert hours.worked(at) == pytest.approx(working_time_between(OFFICE, MONDAY, moment) / timedelta(minutes=1))
    expected = (after_hours(OFFICE, moment, timedelta(minutes=work)) - MONDAY) / timedelta(minutes=1)
    assert hours.after(at, work) == pytest.approx(expected)


KINDS = [
    {"id": "both", "parallel": [{"do": [task("left")]}, {"do": [task("right", "inspector")]}], "join": "any"},
    {"id": "lines", "foreach": "data.lines", "as": "line", "item_key": "line.no", "do": [task("look", "inspector")]},
    {"id": "again", "loop": {"while": "data.more", "max": 5}, "do": [task("once")]},
    {"id": "vote", "approve": {"by": ["quality_staff", "quality_director"], "rule": "sequence"}, "on": {"rejected": "again"}},
    {"id": "fork", "branch": [{"when": "data.x > 1", "to": "both"}, {"else": "end"}]},
    {"id": "end", "end": "completed"},
]  # fmt: skip


@settings(max_examples=examples(25), deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 20), st.integers(1, 3), st.permutations(range(5)))
def test_whatever_the_definition_figures_stay_possible(seed: int, per_day: int, people: int, order: list[int]) -> None:
    steps = [KINDS[index] for index in order if index != 4] + KINDS[4:]
    told = _one(steps, Question(per_day, dict.fromkeys(("receiver", "inspector"), people), 10, 2, seed))
    assert 0 <= told["cases"]["ended"] <= told["cases"]["began"]
    assert sum(bucket["cases"] for bucket in told["histogram"]) == told["cases"]["ended"]
    for role in told["roles"]:
        assert 0 <= float(role["load"]) <= 1.0001 and float(role["queue"]) >= 0
    for step in told["steps"]:
        assert step["late"] is None or 0 <= float(step["late"]) <= 1
