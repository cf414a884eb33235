"""What a company's calendar is made of, and which layer wins."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar_layers import Layers, hours_fault, pinned_calendar
from domain.canonical import dumps
from domain.errors import Text
from domain.holidays import Holidays, HolidayYear, load_holidays
from domain.working_time import DEFAULT_WEEK, calendar_of

HALF = ("08:00-12:00",)
WHOLE = ("08:00-12:00", "13:00-17:00")
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31)).map(date.isoformat)
HOURS = st.sampled_from([(), HALF, WHOLE])
WEEKS = st.lists(HOURS, min_size=7, max_size=7).map(tuple).filter(any)


@st.composite
def holidays(draw: st.DrawFn) -> Holidays:
    years = {}
    for year in (2026, 2027, 2028):
        free = draw(st.lists(st.dates(date(year, 1, 1), date(year, 12, 31)), max_size=6, unique=True))
        worked = [day for day in free if day.weekday() > 4]
        lists = ({day.isoformat(): "x" for day in free if day not in worked}, {d.isoformat(): "x" for d in worked})
        years[year] = HolidayYear(year, draw(st.booleans()), *lists)
    return Holidays({"x": Text("节", "Feast")}, years)


@given(WEEKS, holidays(), st.dictionaries(DAYS, HOURS, max_size=8), st.integers(0, 364))
def test_the_pinned_calendar_says_of_every_day_what_the_layers_say(
    week: Any, feasts: Holidays, days: Any, number: int
) -> None:
    layers = Layers(week, feasts, days)
    pinned = pinned_calendar(layers, date(2026, 1, 1) + timedelta(days=number))
    calendar = calendar_of(pinned, "Asia/Shanghai")
    for ahead in range(3 * 365):
        day = date(2026, 1, 1) + timedelta(days=ahead)
        assert calendar.hours_on(day) == layers.hours_on(day)
        assert calendar.is_provisional(day) is not layers.is_settled(day.year)
    assert pinned == pinned_calendar(layers, date(2026, 12, 31)), "the same on every day of the year"
    assert dumps(pinned) == dumps(pinned_calendar(layers, date(2026, 1, 1)))


def test_a_companys_own_day_wins_over_a_holiday_and_a_holiday_over_the_week() -> None:
    feasts = Holidays({}, {2027: HolidayYear(2027, True, {"2027-02-08": "x"}, {"2027-02-20": "x"})})
    layers = Layers(DEFAULT_WEEK, feasts, {"2027-02-09": (), "2027-02-08": HALF})
    assert layers.hours_on(date(2027, 2, 8)) == HALF
    assert layers.hours_on(date(2027, 2, 9)) == ()
    assert layers.hours_on(date(2027, 2, 20)) == ("09:00-17:30",)
    assert layers.hours_on(date(2027, 2, 21)) == ()


def test_a_make_up_day_has_the_hours_of_the_first_worked_day_of_the_week() -> None:
    feasts = Holidays({}, {2027: HolidayYear(2027, True, {}, {"2027-02-20": "x"})})
    week = ((), WHOLE, HALF, (), (), (), ())
    assert Layers(week, feasts).hours_on(date(2027, 2, 20)) == WHOLE


def test_a_year_is_provisional_until_it_is_announced_or_confirmed() -> None:
    feasts = Holidays({}, {2026: HolidayYear(2026, True, {}, {}), 2027: HolidayYear(2027, False, {}, {})})
    assert pinned_calendar(Layers(holidays=feasts), date(2026, 5, 5))["provisional"] == [2027, 2028]
    settled = Layers(holidays=feasts, confirmed=frozenset({2027}))
    assert pinned_calendar(settled, date(2026, 5, 5))["provisional"] == [2028]


@pytest.mark.parametrize(
    ("hours", "fault"),
    [
        ([], None),
        (["09:00-12:00", "13:00-17:30"], None),
        (["00:00-24:00"], None),
        (["9-17"], "shape"),
        (["13:00-17:30", "09:00-12:00"], "order"),
        (["09:00-12:00", "11:00-17:30"], "order"),
        (["00:00-01:00"] * 7, "many"),
    ],
)
def test_hours_of_a_day_are_in_order_and_apart(hours: list[str], fault: str | None) -> None:
    assert hours_fault(hours) == fault


@pytest.mark.parametrize(
    ("year", "why"),
    [
        ({"year": 2026, "state": "announced", "free": {"2027-01-01": "x"}}, "stands in the year"),
        ({"year": 2026, "state": "announced", "free": {"2026-01-01": "y"}}, "no words"),
        ({"year": 2026, "state": "announced", "worked": {"2026-01-05": "x"}}, "worked anyway"),
        ({"year": 2026, "state": "sure"}, "state is"),
        (
            {"year": 2026, "state": "announced", "free": {"2026-01-04": "x"}, "worked": {"2026-01-04": "x"}},
            "both free and worked",
        ),
    ],
)
def test_a_file_of_holidays_that_contradicts_itself_is_refused(year: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        load_holidays({"names": {"x": {"zh": "节", "en": "Feast"}}, "years": [year]})
