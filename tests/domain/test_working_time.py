"""Working time: hours and days that are over by a calendar, in zones with and without changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.working_time import (
    WorkingCalendar,
    after_days,
    after_hours,
    calendar_of,
    minutes_of,
    working_time_between,
)
from tests.examples import examples

CHINA_2026: dict[str, Any] = {
    "days": {
        **dict.fromkeys(("2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23"), []),
        **dict.fromkeys(("2026-05-01", "2026-05-04", "2026-05-05"), []),
        **dict.fromkeys(("2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"), []),
        **dict.fromkeys(("2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"), ["09:00-17:30"]),
    }
}
WEEKS = st.sampled_from(
    [
        [],
        [["09:00-12:00", "13:00-17:30"]] * 5 + [[], []],
        [["22:00-24:00"]] * 7,
        [["00:00-24:00"]] * 7,
        [["00:00-06:00", "22:00-24:00"]] * 6 + [[]],
        [[], [], ["01:30-02:10", "02:20-02:40", "02:50-03:30"], [], [], [], ["02:30-02:45", "03:10-04:00"]],
    ]
)
ZONES = st.sampled_from(
    ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
HOURS = st.sampled_from([[], ["09:00-17:30"], ["08:00-09:00", "23:00-24:00"], ["00:00-03:00"]])
DAYS = st.dictionaries(st.dates(date(2026, 1, 1), date(2027, 6, 1)).map(date.isoformat), HOURS, max_size=20)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
LENGTHS = st.integers(0, 90 * 3600 * 1000).map(lambda ms: timedelta(milliseconds=ms))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    data = {"week": draw(WEEKS), "days": draw(DAYS)}
    return calendar_of(data, draw(ZONES))


def inside(calendar: WorkingCalendar, moment: datetime) -> bool:
    """Whether a moment lies in working time, its closing moment included."""
    day = calendar.local_day(moment)
    near = [day + timedelta(days=number) for number in (-1, 0, 1)]
    return any(opens <= moment <= closes for one in near for opens, closes in calendar.spans(one))


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text + "+08:00").astimezone(UTC)


@given(calendars(), MOMENTS, LENGTHS)
def test_working_hours_land_inside_working_time_and_are_exactly_as_many(
    calendar: WorkingCalendar, at: datetime, hours: timedelta
) -> None:
    over = after_hours(calendar, at, hours)
    assert over >= at
    assert inside(calendar, over)
    assert working_time_between(calendar, at, over) == hours


@given(calendars(), MOMENTS, LENGTHS, LENGTHS)
def test_working_hours_add_up(calendar: WorkingCalendar, at: datetime, one: timedelta, two: timedelta) -> None:
    assert after_hours(calendar, after_hours(calendar, at, one), two) == after_hours(calendar, at, one + two)


@given(calendars(), MOMENTS, LENGTHS, LENGTHS, LENGTHS)
def test_working_hours_are_monotone(
    calendar: WorkingCalendar, at: datetime, later: timedelta, hours: timedelta, more: timedelta
) -> None:
    over = after_hours(calendar, at, hours)
    assert over <= after_hours(calendar, at + later, hours)
    assert over <= after_hours(calendar, at, hours + more)


@given(calendars(), MOMENTS, LENGTHS, LENGTHS)
def test_working_time_between_adds_up(calendar: WorkingCalendar, at: datetime, one: timedelta, two: timedelta) -> None:
    middle, end = at + one, at + one + two
    whole = working_time_between(calendar, at, end)
    assert whole == working_time_between(calendar, at, middle) + working_time_between(calendar, middle, end)
    assert working_time_between(calendar, end, at) == timedelta(0) or one + two == timedelta(0)


@given(calendars(), MOMENTS, st.integers(1, 40), st.integers(1, 40), LENGTHS)
def test_working_days_add_up_are_monotone_and_end_on_a_working_day(
    calendar: WorkingCalendar, at: datetime, one: int, two: int, later: timedelta
) -> None:
    over = after_days(calendar, at, one)
    assert inside(calendar, over)
    assert calendar.is_working_day(calendar.local_day(over))
    assert after_days(calendar, over, two) == after_days(calendar, at, one + two)
    assert over <= after_days(calendar, at + later, one)
    assert over < after_days(calendar, at, one + two)


@given(calendars(), MOMENTS, st.integers(1, 40))
def test_so_many_working_days_lie_between(calendar: WorkingCalendar, at: datetime, days: int) -> None:
    begins, ends = calendar.local_day(at), calendar.local_day(after_days(calendar, at, days))
    between = [begins + timedelta(days=number) for number in range(1, (ends - begins).days + 1)]
    # In some zones a clock change swallows a day's whole working time: such a day has hours and no time.
    assert sum(1 for day in between if calendar.spans(day)) == days


@settings(max_examples=examples(30))
@given(MOMENTS, st.sampled_from(["Europe/Berlin", "America/New_York"]))
def test_a_week_with_a_change_of_the_clocks_has_the_real_hours(at: datetime, zone: str) -> None:
    calendar = calendar_of({"week": [["00:00-24:00"]] * 7}, zone)
    assert after_hours(calendar, at, timedelta(hours=24 * 7)) == at + timedelta(days=7)


@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        ("2026-09-30T10:00", 5, "2026-10-13"),
        ("2026-09-30T10:00", 10, "2026-10-20"),
        ("2026-02-13T10:00", 1, "2026-02-14"),
        ("2026-02-13T10:00", 5, "2026-02-27"),
        ("2026-04-30T10:00", 5, "2026-05-11"),
        ("2026-11-20T10:00", 10, "2026-12-04"),
    ],
)
def test_working_days_with_holidays_and_make_up_days(at: str, days: int, due: str) -> None:
    calendar = calendar_of(CHINA_2026, "Asia/Shanghai")
    assert after_days(calendar, shanghai(at), days) == shanghai(due + "T17:30")


def test_two_working_hours_late_on_friday_are_over_on_monday() -> None:
    calendar = calendar_of({}, "Asia/Shanghai")
    over = after_hours(calendar, shanghai("2026-11-27T16:30"), timedelta(hours=2))
    assert over == shanghai("2026-11-30T10:00")


def test_a_day_that_closes_at_midnight_is_still_that_day() -> None:
    calendar = calendar_of({"week": [["14:00-24:00"]] * 7}, "Asia/Shanghai")
    assert after_days(calendar, shanghai("2026-11-27T16:30"), 1) == shanghai("2026-11-28T23:59:59.999")


def test_a_week_without_work_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        calendar_of({"week": [[]] * 7}, "Asia/Shanghai")


def test_hours_that_cannot_be_are_refused() -> None:
    for wrong in ("9-17", "09:00-09:00", "17:00-09:00", "09:00-24:30", "25:00-26:00"):
        with pytest.raises(ValueError, match=wrong):
            minutes_of(wrong)


def test_working_time_does_not_run_backwards_or_beyond_twenty_years() -> None:
    calendar = calendar_of({}, "Asia/Shanghai")
    at = shanghai("2026-11-27T16:30")
    with pytest.raises(ValueError, match="forwards"):
        after_days(calendar, at, -1)
    with pytest.raises(ValueError, match="twenty years"):
        after_days(calendar, at, 10_000)
    with pytest.raises(ValueError, match="twenty years"):
        after_hours(calendar, at, timedelta(hours=100_000))


def test_an_unannounced_year_is_provisional_and_so_is_what_lies_behind_the_calendar() -> None:
    calendar = calendar_of({"provisional": [2027], "until": "2028-11-30"}, "Asia/Shanghai")
    assert not calendar.is_provisional(date(2026, 12, 31))
    assert calendar.is_provisional(date(2027, 1, 1))
    assert not calendar.is_provisional(date(2028, 11, 30))
    assert calendar.is_provisional(date(2028, 12, 1))
