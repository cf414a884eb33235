"""Working time: a calendar of hours and days that differ, and what lies a number of working hours or days ahead.

A calendar as data (it travels in the pinned set of a case, so it is small)::

    {"week": [["09:00-12:00", "13:00-17:30"], …7 lists, Monday first…],   the regular hours
     "days": {"2027-02-08": [], "2027-02-20": ["09:00-17:30"]},            days that differ: none = free
     "provisional": [2027], "until": "2028-11-30"}                         what is not settled yet

Everything may be left out; ``{}`` works Monday to Friday, 09:00 to 17:30. Moments are aware UTC; hours of the calendar
are wall-clock hours of the site's zone, but what is counted is real time that passes, so a change of the clocks neither
adds nor loses any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

OFFICE_HOURS = ("09:00-17:30",)
DEFAULT_WEEK: tuple[tuple[str, ...], ...] = (OFFICE_HOURS,) * 5 + ((),) * 2
"""The week of a calendar that names none."""
MAX_DAYS = 7_400
"""How far ahead is counted: twenty years. Beyond it a deadline is a mistake of writing."""

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_DAY_MINUTES = 24 * 60
_MS = timedelta(milliseconds=1)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingCalendar:
    """A calendar at a place. ``days`` are read when they are needed: a case asks for a few of hundreds."""

    zone: ZoneInfo
    week: tuple[tuple[str, ...], ...]
    days: Mapping[str, Any]
    provisional: frozenset[int] = frozenset()
    until: str | None = None

    def hours_on(self, day: date) -> tuple[str, ...]:
        """The hours worked on a day, like ``09:00-17:30``; none on a free day."""
        differs = self.days.get(day.isoformat())
        return self.week[day.weekday()] if differs is None else tuple(differs)

    def is_working_day(self, day: date) -> bool:
        """Whether anybody works on this day."""
        return bool(self.hours_on(day))

    def is_provisional(self, day: date) -> bool:
        """Whether this day may still change: its year is not announced, or it lies behind what the calendar covers."""
        return day.year in self.provisional or (self.until is not None and day.isoformat() > self.until)

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working time of a day as UTC moments, in order and without overlaps."""
        found: list[tuple[datetime, datetime]] = []
        behind: datetime | None = None
        for hours in self.hours_on(day):
            opens, closes = (self._moment(day, minute) for minute in minutes_of(hours))
            # A wall clock that jumps can turn an interval round or into its neighbour: time is counted once.
            opens = opens if behind is None else max(opens, behind)
            if opens < closes:
                found.append((opens, closes))
                behind = closes
        return found

    def local_day(self, moment: datetime) -> date:
        """The day of the place's calendar on which a moment lies."""
        return moment.astimezone(self.zone).date()

    def _moment(self, day: date, minute: int) -> datetime:
        whole, rest = divmod(minute, _DAY_MINUTES)
        local = datetime.combine(day + timedelta(days=whole), time(rest // 60, rest % 60), self.zone)
        return local.astimezone(UTC)


def calendar_of(data: Mapping[str, Any], zone: str) -> WorkingCalendar:
    """The calendar of pinned data at a place in ``zone`` (IANA name).

    Raises ``ValueError`` for a week that is not seven days or in which nobody works: nothing would ever be over.
    """
    week = tuple(tuple(hours) for hours in data.get("week") or DEFAULT_WEEK)
    if len(week) != 7 or not any(week):
        raise ValueError("the week of a calendar has seven days and at least one of them is worked")
    until = data.get("until")
    return WorkingCalendar(
        ZoneInfo(zone), week, data.get("days") or {}, frozenset(data.get("provisional") or ()), until
    )


def minutes_of(hours: str) -> tuple[int, int]:
    """``09:00-17:30`` as minutes after midnight; ``24:00`` is the end of the day. Raises ``ValueError`` otherwise."""
    match = _HOURS.fullmatch(hours)
    if match is None:
        raise ValueError(f"{hours!r} is not written like 09:00-17:30")
    opens = int(match[1]) * 60 + int(match[2])
    closes = _DAY_MINUTES if match[3] is None else int(match[3]) * 60 + int(match[4])
    if opens >= closes:
        raise ValueError(f"{hours!r} closes before it opens")
    return opens, closes


def after_hours(calendar: WorkingCalendar, at: datetime, hours: timedelta) -> datetime:
    """The moment at which so much working time after ``at`` is over; for none, the next moment of working time.

    Raises ``ValueError`` for a negative length or one beyond ``MAX_DAYS``.
    """
    if hours < timedelta(0):
        raise ValueError("working time is counted forwards")
    left = hours
    for opens, closes in _from(calendar, at):
        begins = max(opens, at)
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    raise ValueError("the deadline lies more than twenty years ahead")


def after_days(calendar: WorkingCalendar, at: datetime, days: int) -> datetime:
    """The close of the ``days``-th working day after the day of ``at``, which is not counted (Civil Code 201, 203).

    A day that closes at midnight is over in its last millisecond, so that the moment is still of that day. For none:
    the next moment of working time. Raises ``ValueError`` for a negative number or one beyond ``MAX_DAYS``.
    """
    if days <= 0:
        return after_hours(calendar, at, timedelta(days=days))
    first = calendar.local_day(at)
    left = days
    for number in range(1, MAX_DAYS):
        day = first + timedelta(days=number)
        spans = calendar.spans(day)
        left -= 1 if spans else 0
        if left == 0:
            close = spans[-1][1]
            return close if calendar.local_day(close) == day else close - _MS
    raise ValueError("the deadline lies more than twenty years ahead")


def working_time_between(calendar: WorkingCalendar, begins: datetime, ends: datetime) -> timedelta:
    """How much working time lies between two moments; none when ``ends`` is not later."""
    total = timedelta(0)
    day, last = calendar.local_day(begins), calendar.local_day(ends)
    while day <= last:
        for opens, closes in calendar.spans(day):
            total += max(min(closes, ends) - max(opens, begins), timedelta(0))
        day += _ONE_DAY
    return total


def working_days_of_week(calendar: WorkingCalendar) -> int:
    """How many days of a regular week are worked: what ``work:P1W`` means."""
    return sum(1 for hours in calendar.week if hours)


def _from(calendar: WorkingCalendar, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans of working time that are not over at ``at``, in order."""
    # One day back: at midnight the day that closes at 24:00 is not over before this moment either.
    first = calendar.local_day(at) - _ONE_DAY
    for number in range(MAX_DAYS):
        for opens, closes in calendar.spans(first + timedelta(days=number)):
            if closes >= at:
                yield opens, closes
