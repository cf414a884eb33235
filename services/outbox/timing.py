"""When a delivery may go out: quiet hours, digests, gaps between messages, retries. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DIGESTS = ("off", "hourly", "daily")
DAILY_AT = time(8, 30)
"""When a daily digest goes out, on the clock of the person's site."""
GATHER = timedelta(seconds=15)
"""How long ordinary word waits for more of the same, so that 500 tasks opened at once are one message."""
URGENT_GAP = timedelta(seconds=10)
"""Least time between two messages when the second one is urgent."""
FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(hours=1)


def first_time(now: datetime, zone: str, digest: str, *, urgent: bool) -> datetime:
    """When new word goes out: urgent word now, the rest after a moment, or at the next digest."""
    if urgent:
        return now
    local = now.astimezone(ZoneInfo(zone))
    if digest == "hourly":
        return (local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)).astimezone(now.tzinfo)
    if digest == "daily":
        return _next(local, DAILY_AT).astimezone(now.tzinfo)
    return now + GATHER


def quiet_until(now: datetime, zone: str, quiet: tuple[time, time] | None) -> datetime | None:
    """The end of the quiet hours that `now` lies in, else `None`. They may go over midnight; equal ends are none."""
    if quiet is None or quiet[0] == quiet[1]:
        return None
    local, (begin, end) = now.astimezone(ZoneInfo(zone)), quiet
    clock = local.time().replace(tzinfo=None)
    inside = begin <= clock < end if begin < end else clock >= begin or clock < end
    return _next(local, end).astimezone(now.tzinfo) if inside else None


def after_gap(now: datetime, last: datetime | None, gap: timedelta, *, urgent: bool) -> datetime:
    """The earliest moment for another message to where the last one went at `last`."""
    wait = min(gap, URGENT_GAP) if urgent else gap
    return now if last is None else max(now, last + wait)


def retry_at(now: datetime, attempts: int, asked: timedelta | None = None) -> datetime:
    """When to try again after `attempts` failures (1, 2, …): 30 s, 2 min, 8 min, … at most an hour; longer if asked."""
    wait = min(FIRST_RETRY * 4 ** min(attempts - 1, 10), LAST_RETRY)
    return now + max(wait, min(asked or timedelta(), LAST_RETRY))


def parse_quiet(text: str) -> time:
    """`22:30` as a time of day. Raises `ValueError`."""
    if len(text) != 5 or text[2] != ":":
        raise ValueError(text)
    return time.fromisoformat(text)


def _next(local: datetime, at: time) -> datetime:
    today = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)
