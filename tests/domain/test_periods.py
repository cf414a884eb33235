"""Rhythms: when something begins, what its period is called, and that no period is left out or comes twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import filled, key_of, period_at, period_named, periods, rhythm_of, told

SHANGHAI = "Asia/Shanghai"
TIMES = st.sampled_from(["00:00", "02:30", "08:00", "23:59"])
ZONES = st.sampled_from([SHANGHAI, "Europe/Berlin", "America/New_York"])
BEFORE = st.sampled_from([0, 1, 30, 180])
RHYTHMS = st.one_of(
    st.fixed_dictionaries({"every": st.just("day"), "at": TIMES}),
    st.fixed_dictionaries({"every": st.just("week"), "at": TIMES, "weekday": st.integers(1, 7)}),
    st.fixed_dictionaries({"every": st.just("month"), "at": TIMES, "day": st.integers(1, 31), "days_before": BEFORE}),
    st.fixed_dictionaries(
        {"every": st.just("quarter"), "at": TIMES, "month": st.integers(1, 3), "day": st.integers(1, 31)}
    ),
    st.fixed_dictionaries(
        {
            "every": st.just("year"),
            "at": TIMES,
            "month": st.integers(1, 12),
            "day": st.integers(1, 31),
            "days_before": BEFORE,
        }
    ),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
LONGEST = {"day": 2, "week": 8, "month": 32, "quarter": 93, "year": 367}


@given(RHYTHMS, ZONES, MOMENTS)
def test_periods_come_one_after_the_other_each_once_and_none_is_left_out(raw: Any, zone: str, after: datetime) -> None:
    rhythm = rhythm_of(raw)
    found = list(islice(periods(rhythm, zone, after), 30))
    assert found[0].begins > after
    assert found[0].begins - after <= timedelta(days=LONGEST[rhythm.every])
    assert [one.begins for one in found] == sorted({one.begins for one in found})
    assert len({one.key for one in found}) == len(found)
    for one, two in zip(found, found[1:], strict=False):
        assert two.begins - one.begins <= timedelta(days=LONGEST[rhythm.every])


@given(RHYTHMS, ZONES, MOMENTS)
def test_a_period_is_found_by_its_moment_and_by_its_name(raw: Any, zone: str, after: datetime) -> None:
    rhythm = rhythm_of(raw)
    for period in islice(periods(rhythm, zone, after), 4):
        assert period_at(rhythm, zone, period.begins) == period
        assert period_named(rhythm, zone, period.key) == period
        assert period_at(rhythm, zone, period.begins + timedelta(minutes=7)) is None
        assert period.key == key_of(rhythm.every, period.day)


@given(RHYTHMS)
def test_a_rhythm_is_the_same_read_back_and_has_words(raw: Any) -> None:
    rhythm = rhythm_of(raw)
    assert rhythm_of(rhythm.as_json()) == rhythm
    assert told(rhythm).zh and told(rhythm).en.endswith(rhythm.at)


@pytest.mark.parametrize(
    ("raw", "begins", "key", "words"),
    [
        ({"every": "month", "day": 1, "at": "08:00"}, "2026-12-01T00:00", "2026-12", "每月1日 08:00"),
        ({"every": "month", "day": 31, "at": "08:00"}, "2026-11-30T00:00", "2026-11", "每月最后一天 08:00"),
        ({"every": "week", "weekday": 1, "at": "08:00"}, "2026-11-30T00:00", "2026-W49", "每周一 08:00"),
        (
            {"every": "quarter", "month": 1, "day": 10, "at": "09:00"},
            "2027-01-10T01:00",
            "2027-Q1",
            "每季度第1个月10日 09:00",
        ),
        (
            {"every": "year", "month": 3, "day": 31, "days_before": 90, "at": "08:00"},
            "2026-12-31T00:00",
            "2027",
            "每年3月31日之前 90 天 08:00",
        ),
        ({"every": "day", "at": "08:00", "working_days": True}, "2026-11-29T00:00", "2026-11-29", "每个工作日 08:00"),
    ],
)
def test_the_next_period_after_saturday_noon(raw: Any, begins: str, key: str, words: str) -> None:
    noon = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
    found = next(periods(rhythm_of(raw), SHANGHAI, noon))
    assert (found.begins, found.key) == (datetime.fromisoformat(begins + "+00:00"), key)
    assert told(rhythm_of(raw)).zh == words


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ({"every": "fortnight", "at": "08:00"}, "every"),
        ({"every": "day"}, "at"),
        ({"every": "day", "at": "8:00"}, "at"),
        ({"every": "week", "at": "08:00", "weekday": 0}, "weekday"),
        ({"every": "month", "at": "08:00", "day": 32}, "day"),
        ({"every": "quarter", "at": "08:00", "month": 4}, "month"),
        ({"every": "year", "at": "08:00", "month": True}, "month"),
        ({"every": "day", "at": "08:00", "day": 1}, "day"),
        ({"every": "day", "at": "08:00", "cron": "* * *"}, "cron"),
    ],
)
def test_a_rhythm_that_cannot_be_names_its_word(raw: Any, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        rhythm_of(raw)


def test_what_is_no_period_has_no_moment() -> None:
    monthly = rhythm_of({"every": "month", "day": 1, "at": "08:00"})
    assert period_named(monthly, SHANGHAI, "2026-13") is None
    assert period_named(monthly, SHANGHAI, "2026") is None
    assert period_named(monthly, SHANGHAI, "soon") is None


def test_start_values_name_their_period() -> None:
    period = period_named(rhythm_of({"every": "year", "month": 3, "day": 31, "at": "08:00"}), SHANGHAI, "2027")
    assert period is not None and period.day == date(2027, 3, 31)
    given = {"report_year": "{year}", "until": "{day}", "lines": [{"title": "自查 {period}/{month}"}], "count": 3}
    assert filled(given, period) == {
        "report_year": 2027,
        "until": "2027-03-31",
        "lines": [{"title": "自查 2027/03"}],
        "count": 3,
    }
