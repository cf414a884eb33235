"""Quiet hours, digests, gaps and retries, as laws."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.outbox import timing

ZONE = "Asia/Shanghai"
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
CLOCK = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def local(moment: datetime) -> time:
    return moment.astimezone(ZoneInfo(ZONE)).time()


@given(MOMENTS, CLOCK, CLOCK)
def test_quiet_hours_end_at_their_end_within_a_day(now: datetime, begin: time, end: time) -> None:
    until = timing.quiet_until(now, ZONE, (begin, end))
    if until is None:
        clock = local(now)
        assert begin == end or not (begin <= clock < end if begin < end else clock >= begin or clock < end)
    else:
        assert now < until <= now + timedelta(days=1)
        assert (local(until).hour, local(until).minute) == (end.hour, end.minute)
        assert timing.quiet_until(until, ZONE, (begin, end)) is None


@pytest.mark.parametrize(("clock", "quiet"), [("21:59", False), ("22:00", True), ("03:00", True), ("07:00", False)])
def test_quiet_hours_over_midnight(clock: str, quiet: bool) -> None:
    now = datetime.combine(datetime(2026, 11, 26), time.fromisoformat(clock), ZoneInfo(ZONE)).astimezone(UTC)
    assert (timing.quiet_until(now, ZONE, (time(22), time(7))) is not None) is quiet


@given(MOMENTS, st.sampled_from(timing.DIGESTS), st.booleans())
def test_urgent_word_never_waits_and_the_rest_at_most_a_day(now: datetime, digest: str, urgent: bool) -> None:
    first = timing.first_time(now, ZONE, digest, urgent=urgent)
    assert first == now if urgent else now < first <= now + timedelta(days=1)
    if digest == "daily" and not urgent:
        assert local(first) == timing.DAILY_AT
    if digest == "hourly" and not urgent:
        assert local(first).minute == 0 and first <= now + timedelta(hours=1)


@given(MOMENTS, st.integers(0, 7200), st.integers(0, 7200), st.booleans())
def test_the_gap_is_kept_and_never_longer(now: datetime, ago: int, gap: int, urgent: bool) -> None:
    last = now - timedelta(seconds=ago)
    at = timing.after_gap(now, last, timedelta(seconds=gap), urgent=urgent)
    assert at >= now and at <= now + timedelta(seconds=gap)
    if urgent:
        assert at <= now + timing.URGENT_GAP
    elif at > now:
        assert at == last + timedelta(seconds=gap)


@given(MOMENTS, st.integers(1, 50), st.integers(0, 10**6))
def test_retries_grow_to_an_hour_and_respect_what_was_asked(now: datetime, attempts: int, asked: int) -> None:
    at = timing.retry_at(now, attempts, timedelta(seconds=asked))
    assert timing.FIRST_RETRY <= at - now <= timing.LAST_RETRY
    assert at - now >= min(timedelta(seconds=asked), timing.LAST_RETRY)
    assert timing.retry_at(now, attempts + 1) >= timing.retry_at(now, attempts)


@pytest.mark.parametrize("text", ["7:00", "24:00", "22:60", "2230", "", "22:30:00", "ab:cd"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        timing.parse_quiet(text)
