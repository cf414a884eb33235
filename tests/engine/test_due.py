"""When a step is due, in every spelling a definition may use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.samples import Case, task
from workflows.engine.due import due_at

FRIDAY = "2026-11-27T08:30:00.000Z"  # 16:30 in Shanghai
ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("duration", "due"),
    [
        ("P1D", "2026-11-28T08:30:00.000Z"),
        ("PT24H", "2026-11-28T08:30:00.000Z"),
        ("work:PT2H", "2026-11-30T02:00:00.000Z"),
        ("work:PT0H", "2026-11-27T08:30:00.000Z"),
        ("work:P1D", "2026-11-30T09:30:00.000Z"),
        ("work:P1DT1H", "2026-12-01T02:00:00.000Z"),
        ("work:P1W", "2026-12-04T09:30:00.000Z"),
        ("work:PT90M", "2026-11-30T01:30:00.000Z"),
    ],
)
def test_a_due_date_by_the_clock_and_by_the_empty_calendar(duration: str, due: str) -> None:
    assert due_at(duration, FRIDAY, ZONE) == due


def test_the_pinned_calendar_decides() -> None:
    calendar = {"days": {"2026-11-30": [], "2026-11-28": ["09:00-12:00"]}}
    assert due_at("work:P1D", FRIDAY, ZONE, calendar) == "2026-11-28T04:00:00.000Z"
    assert due_at("work:P2D", FRIDAY, ZONE, calendar) == "2026-12-01T09:30:00.000Z"


def test_a_deadline_that_cannot_be_counted_is_an_incident_and_never_the_end_of_the_case() -> None:
    for wrong in ("work:P99999D", "P9999999D"):
        case = Case.start([task("far", due=wrong), {"id": "end", "end": "completed"}])
        assert case.states() == {"far#1": "incident"}
        incident: Any = case.state.instances["far#1"].incident
        assert incident["code"] == "bad_duration"


def test_what_is_no_duration_is_refused() -> None:
    for wrong in ("work:", "work:P", "work:PT", "work:P1M", "work:-P1D", "tomorrow"):
        with pytest.raises(ValueError, match="is no"):
            due_at(wrong, FRIDAY, ZONE)
