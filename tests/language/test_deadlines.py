"""A step that cites an article is warned of when its due date lies beyond what the article allows."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from app.wiring import deadlines
from domain.deadlines import longest_legal_hours
from workflows.language.checks.deadlines import hours_of


@pytest.mark.parametrize(
    ("due", "hours"),
    [
        ("PT12H", 12),
        ("P1D", 24),
        ("P1DT2H", 26),
        ("P2W", 336),
        ("work:P1D", 72),
        ("work:P5D", 168),
        ("work:PT4H", 72),
        ("work:P1W", 168),
        ("work:PT0H", 0),
        ("soon", None),
        (None, None),
        (7, None),
    ],
)
def test_how_long_a_due_can_last(due: Any, hours: float | None) -> None:
    assert hours_of(due) == hours


@pytest.mark.parametrize(
    ("basis", "due", "warned"),
    [
        ("AE-25", "P20D", False),
        ("AE-25", "P21D", True),
        ("AE-25", "work:P15D", True),
        ("AE-25", "work:P10D", False),
        ("AE-31", "PT25H", True),
        ("AE-33", "PT12H", False),
        ("AE-33", "work:PT1H", True),
        ("GSP-66", "P1D", False),
        ("GSP-66", "P2D", True),
        ("GSP-61", "P99D", False),
    ],
)
def test_a_due_beyond_the_law_is_a_warning_at_its_place(draft: Any, basis: str, due: str, warned: bool) -> None:
    known = dataclasses.replace(
        draft.catalogue,
        clauses=draft.catalogue.clauses | {"AE-25", "AE-31", "AE-33"},
        legal_hours=longest_legal_hours(deadlines()),
    )
    draft.catalogue = known
    draft.add_step(f"- {{id: cited, notify: [quality_staff], basis: [{basis}], due: {due}}}\n")
    found = draft.findings("due_beyond_law")
    assert bool(found) is warned
    for finding in found:
        assert finding.severity == "warning" and finding.pointer.endswith("/due")
        assert basis in finding.message.zh and basis in finding.message.en


@pytest.mark.parametrize(
    ("words", "pointer"),
    [
        ("due: work:P99999D", "/due"),
        ("due: P999999D", "/due"),
        ("escalate: [{after: P999999D, remind: assignee}]", "/escalate/0/after"),
    ],
)
def test_a_time_beyond_twenty_years_is_an_error_at_its_place(draft: Any, words: str, pointer: str) -> None:
    draft.add_step(f"- {{id: far, task: inspector, {words}}}\n")
    (finding,) = draft.findings("time_too_far")
    assert finding.severity == "error" and finding.pointer.endswith(pointer)


def test_a_timer_beyond_twenty_years_is_an_error(draft: Any) -> None:
    draft.add_step("- {id: far, wait: {first_of: [{timer: P1D}, {timer: work:P99999D}]}}\n")
    (finding,) = draft.findings("time_too_far")
    assert finding.pointer.endswith("/wait/first_of/1/timer")
