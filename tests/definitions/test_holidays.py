"""The shipped holidays: announced years are exact, later ones are marked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.wiring import holidays
from domain.calendar_layers import Layers, pinned_calendar
from domain.canonical import dumps
from domain.working_time import after_days, calendar_of


def test_the_file_loads_and_every_holiday_has_words() -> None:
    known = holidays()
    assert set(range(2024, 2032)) <= set(known.years)
    assert all(text.zh and text.en for text in known.names.values())
    assert [year for year in known.years if known.is_announced(year)] == [2024, 2025, 2026]


def test_make_up_days_of_2026_are_worked() -> None:
    worked = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
    assert list(holidays().years[2026].worked) == worked


@pytest.mark.parametrize("year", range(2025, 2032))
def test_every_year_has_its_thirteen_statutory_days(year: int) -> None:
    free = set(holidays().years[year].free)
    fixed = {f"{year}-{day}" for day in ("01-01", "05-01", "05-02", "10-01", "10-02", "10-03")}
    assert fixed <= free and len(free) >= 13


@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        ("2026-09-30", 5, "2026-10-13"),
        ("2026-09-30", 10, "2026-10-20"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-04-30", 5, "2026-05-11"),
        ("2026-11-20", 10, "2026-12-04"),
    ],
)
def test_working_days_by_the_shipped_calendar(at: str, days: int, due: str) -> None:
    calendar = calendar_of(pinned_calendar(Layers(holidays=holidays()), date(2026, 1, 1)), "Asia/Shanghai")
    moment = datetime.fromisoformat(f"{at}T02:00:00+00:00").astimezone(UTC)
    assert calendar.local_day(after_days(calendar, moment, days)) == date.fromisoformat(due)


def test_a_pinned_calendar_is_small_and_marks_what_is_not_announced() -> None:
    pinned = pinned_calendar(Layers(holidays=holidays()), date(2026, 11, 28))
    assert pinned["provisional"] == [2027, 2028] and pinned["until"] == "2028-12-31"
    assert len(dumps(pinned)) < 3_000
