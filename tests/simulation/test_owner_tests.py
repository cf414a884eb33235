"""The process owner's tests: what passes, what fails and why, and what they reach."""

from __future__ import annotations

from typing import Any

import pytest

from app.wiring import catalogue
from services.owner_tests import form_check, run_tests
from services.publishing import Source
from workflows.language.check import Checked
from workflows.language.model import Model
from workflows.simulation.coverage import cover
from workflows.simulation.scenario import ScenarioResult, run_scenarios


def _one(model: Model, case: Any, fakes: Any = None) -> ScenarioResult:
    return run_scenarios(model, [case], fakes or {}, form_check)[0]


def test_the_shipped_tests_pass_and_reach_every_step_and_clause(source: Source, checked: Checked) -> None:
    tested = run_tests(checked, source.cases, {}, catalogue().contracts)
    assert tested.ok and tested.faults() == ()
    for kind in ("step", "row", "clause"):
        assert tested.coverage.of(kind)[1] == []


def test_a_goal_that_no_case_reaches_is_named(model: Model, cases: list[Any]) -> None:
    refused = [case for case in cases if case["name"]["en"] == "the whole delivery refused"]
    coverage = cover(model, [result.records for result in run_scenarios(model, refused, {})])
    reached, missed = coverage.of("outcome")
    assert [goal.key for goal in reached if goal.step == "receive"] == ["refused"]
    assert [goal.key for goal in missed if goal.step == "receive"] == ["accepted"]
    assert "inspect" in {goal.step for goal in coverage.of("step")[1]}


def test_a_condition_is_covered_both_ways(model: Model, cases: list[Any]) -> None:
    coverage = cover(model, [result.records for result in run_scenarios(model, cases, {})])
    arms = {(goal.step, goal.key) for goal in coverage.of("arm")[0]}
    assert {("cold_check", "when"), ("cold_check", "else")} <= arms


def test_a_broken_expectation_fails_with_what_came_instead(source: Source, checked: Checked) -> None:
    text = (source.cases or "").replace("state: completed", "state: cancelled", 1)
    tested = run_tests(checked, text, {}, catalogue().contracts)
    assert not tested.ok
    (fault,) = tested.faults()
    assert fault.pointer == "cases.yaml#/cases/0"
    assert fault.message.en == "two lines, both put away: the case is completed, not cancelled"


def test_a_call_without_stub_and_fake_fails_the_test(model: Model, cases: list[Any]) -> None:
    given = {**cases[0]["given"], "calls": {}}
    result = _one(model, {**cases[0], "given": given})
    assert "orders.expected_lines has neither a stub nor a fake" in result.faults[0].en


def test_values_that_no_form_would_take_are_noted(model: Model, cases: list[Any]) -> None:
    act = {**cases[0]["when"][0], "data": {"lines": [{"line_no": "L1"}]}}
    result = _one(model, {**cases[0], "when": [act], "then": {}})
    assert result.passed
    assert "The form of receive would not take" in result.notes[0].en


def test_a_test_may_expect_that_the_form_refuses(model: Model, cases: list[Any]) -> None:
    act = {**cases[0]["when"][0], "data": {}, "refused": "invalid_data"}
    result = _one(model, {**cases[0], "when": [act], "then": {"not_reached": ["post_pending"]}})
    assert result.passed and result.notes == []
    fits = _one(model, {**cases[0], "when": [{**cases[0]["when"][0], "refused": "invalid_data"}], "then": {}})
    assert fits.faults[0].en == "receive should have been refused"


@pytest.mark.parametrize(
    "broken",
    [
        {"given": {"clock": "yesterday"}},
        {"given": {"start": 5}},
        {"when": [{"step": "receive", "by": "receiver", "at": "+Pnever"}]},
        {"when": [{"step": "receive", "by": "receiver", "data": [1]}]},
        {"when": [{"step": "receive"}]},
        {"then": {"reached": 5}},
    ],
)
def test_a_test_of_a_shape_that_nothing_has_fails_and_raises_nothing(
    model: Model, cases: list[Any], broken: dict[str, Any]
) -> None:
    result = _one(model, {"name": {"zh": "坏"}, "given": cases[0]["given"], "then": {}, **broken})
    assert not result.passed
    assert result.name.en == "坏"
