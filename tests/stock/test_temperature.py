"""What a logger's points prove about a journey."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.temperature import Journey, Point, Range, judge, summarize

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
JOURNEY = Journey(START, START + timedelta(hours=3))
COLD = Range(Decimal(2), Decimal(8))


def log(first: int = -5, last: int = 185, step: int = 5, celsius: str = "5.0") -> list[Point]:
    """Points every `step` minutes, counted from the departure."""
    return [Point(START + timedelta(minutes=m), Decimal(celsius)) for m in range(first, last + 1, step)]


def verdict(points: list[Point], limit: int = 5) -> str:
    return judge(summarize(points, JOURNEY), COLD, Decimal(limit)).key


def test_a_log_of_the_whole_journey_within_its_limits_passes() -> None:
    assert verdict(log()) == "ok"
    assert verdict(log(0, 180)) == "ok"


def test_a_reading_missing_in_the_middle_is_a_gap() -> None:
    points = log()
    del points[12]
    summary = summarize(points, JOURNEY)
    assert (summary.max_gap_min, summary.covers) == (10, True)
    assert judge(summary, COLD, Decimal(5)).key == "gap"
    assert judge(summary, COLD, Decimal(10)).key == "ok"


def test_a_second_more_than_the_limit_is_a_gap() -> None:
    points = [Point(p.at + timedelta(seconds=1 if i > 12 else 0), p.celsius) for i, p in enumerate(log(0, 180))]
    assert summarize(points, JOURNEY).max_gap_min == Decimal("5.02")
    assert verdict(points) == "gap"


@pytest.mark.parametrize(("first", "last"), [(20, 185), (-5, 150), (200, 400), (-300, -10)])
def test_a_log_that_leaves_out_a_part_of_the_journey_does_not_cover_it(first: int, last: int) -> None:
    assert verdict(log(first, last)) == "not_covering"


def test_silence_outside_the_journey_does_not_count() -> None:
    points = [
        Point(START - timedelta(days=2), Decimal(25)),
        *log(0, 180),
        Point(START + timedelta(days=2), Decimal(25)),
    ]
    assert verdict(points) == "ok"


def test_limits_belong_to_the_range_and_a_tenth_more_does_not() -> None:
    assert verdict(log(celsius="8.0")) == "ok"
    assert verdict([*log(), Point(START + timedelta(minutes=33), Decimal("8.1"))]) == "out_of_range"
    assert verdict([*log(), Point(START + timedelta(minutes=33), Decimal("1.9"))]) == "out_of_range"


def test_an_empty_log_covers_nothing() -> None:
    summary = summarize([], JOURNEY)
    assert (summary.points, summary.covers, summary.max_gap_min) == (0, False, 180)


def test_a_colder_room_does_not_suit_goods_that_may_not_freeze() -> None:
    assert Range(Decimal(2), Decimal(8)).is_within(Range(Decimal(2), Decimal(25)))
    assert not Range(Decimal(0), Decimal(8)).is_within(Range(Decimal(2), Decimal(25)))
    assert not Range(None, Decimal(8)).is_within(Range(Decimal(2), Decimal(25)))
    assert not Range().is_within(Range(Decimal(2), Decimal(8))) and Range().is_within(Range())


@given(st.lists(st.integers(-600, 800), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_the_order_of_points_does_not_matter_and_no_silence_is_missed(minutes: list[int], rng: object) -> None:
    points = [Point(START + timedelta(minutes=m), Decimal(5)) for m in minutes]
    shuffled = list(points)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    summary = summarize(shuffled, JOURNEY)
    assert summary == summarize(points, JOURNEY)
    inside = sorted(m for m in minutes if 0 <= m <= 180)
    assert all(summary.max_gap_min >= b - a for a, b in zip(inside, inside[1:], strict=False))
