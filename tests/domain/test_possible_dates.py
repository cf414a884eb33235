"""Dates that cannot be, found wherever they stand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.possible_dates import impossible_dates

TODAY = date(2026, 11, 22)
NOW = "2026-11-22T04:00:00.000Z"


def found(values: Any) -> dict[str, str]:
    """Code by pointer; every fault speaks both languages."""
    faults = impossible_dates(values, today=TODAY, now=NOW)
    assert all(fault.message.zh and fault.message.en for fault in faults)
    return {fault.pointer: fault.code for fault in faults}


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"production_date": "2026-11-22"}, None),
        ({"production_date": "2026-11-23"}, ("/production_date", "date_in_future")),
        ({"production_date": "2025-01-01", "expiry_date": "2025-01-01"}, None),
        ({"production_date": "2025-01-02", "expiry_date": "2025-01-01"}, ("/production_date", "date_order")),
        ({"arrival_time": "2026-11-22T04:10:00.000Z"}, None),
        ({"arrival_time": "2026-11-22T04:10:01.000Z"}, ("/arrival_time", "time_in_future")),
        ({"arrival_time": "2026-11-22T10:00:00+08:00", "departure_time": "2026-11-22T02:00:00Z"}, None),
        (
            {"arrival_time": "2026-11-22T01:59:00Z", "departure_time": "2026-11-22T10:00:00+08:00"},
            ("/arrival_time", "time_order"),
        ),
        ({"production_date": "tomorrow", "expiry_date": 5, "arrival_time": "noon", "departure_time": None}, None),
    ],
)
def test_dates_are_judged_by_the_days_of_the_site(values: Any, fault: tuple[str, str] | None) -> None:
    assert found(values) == (dict([fault]) if fault else {})


def test_rows_and_groups_are_searched() -> None:
    values = {"lines": [{}, {"a/b": {"production_date": "2027-01-01"}}]}
    assert found(values) == {"/lines/1/a~1b/production_date": "date_in_future"}
