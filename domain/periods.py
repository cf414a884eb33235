"""Periods: what is to happen every day, week, month, quarter or year, at which moments, and what each period is called.

A rhythm as data::

    {"every": "day", "at": "08:00", "working_days": true}          only on working days of the site
    {"every": "week", "weekday": 1, "at": "08:00"}                  Monday is 1
    {"every": "month", "day": 1, "at": "08:00"}                     day 1–31; a shorter month ends earlier
    {"every": "quarter", "month": 1, "day": 10, "at": "08:00"}      month 1–3 of the quarter
    {"every": "year", "month": 3, "day": 31, "days_before": 30, "at": "08:00"}   thirty days ahead of the 31st of March

A period is named after the day it is about (``2026-11-28``, ``2026-W48``, ``2026-11``, ``2026-Q4``, ``2026``), not after
the day on which it begins: the report for the 31st of March 2027 is ``2027``, also when it begins in 2026.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import Text
from domain.json_types import JsonObject

EVERY = ("day", "week", "month", "quarter", "year")
DAYS_BEFORE_MAX = 180
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_WEEKDAYS = (
    ("一", "Monday"), ("二", "Tuesday"), ("三", "Wednesday"), ("四", "Thursday"), ("五", "Friday"), ("六", "Saturday"),
    ("日", "Sunday"),
)  # fmt: skip
_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True)
class Rhythm:
    """How often something happens. What does not matter for ``every`` keeps its default."""

    every: str
    at: str
    weekday: int = 1
    month: int = 1
    day: int = 1
    days_before: int = 0
    working_days: bool = False

    def as_json(self) -> JsonObject:
        """The rhythm as data, with what matters for it."""
        given: JsonObject = {"every": self.every, "at": self.at}
        given |= {name: getattr(self, name) for name in _WORDS_OF[self.every]}
        return given


@dataclass(frozen=True)
class Period:
    """One time that it happens: the period's name, the day it is about, and the moment at which it begins."""

    key: str
    day: date
    begins: datetime


_WORDS_OF: dict[str, tuple[str, ...]] = {
    "day": ("working_days",),
    "week": ("weekday",),
    "month": ("day", "days_before"),
    "quarter": ("month", "day", "days_before"),
    "year": ("month", "day", "days_before"),
}
_BOUNDS = {"weekday": (1, 7), "day": (1, 31), "days_before": (0, DAYS_BEFORE_MAX)}


def rhythm_of(raw: Mapping[str, Any]) -> Rhythm:
    """The rhythm that data says. Raises ``ValueError`` naming the word that is missing, unknown or out of bounds."""
    every = raw.get("every")
    if every not in _WORDS_OF:
        raise ValueError("every")
    if not isinstance(raw.get("at"), str) or not _TIME.fullmatch(raw["at"]):
        raise ValueError("at")
    given: dict[str, Any] = {}
    for name in _WORDS_OF[every]:
        if name not in raw:
            continue
        given[name] = _checked(every, name, raw[name])
    unknown = sorted(set(raw) - {"every", "at", *_WORDS_OF[every]})
    if unknown:
        raise ValueError(unknown[0])
    return Rhythm(every, raw["at"], **given)


def _checked(every: str, name: str, value: Any) -> Any:
    if name == "working_days":
        if not isinstance(value, bool):
            raise ValueError(name)
        return value
    low, high = _BOUNDS.get(name) or ((1, 3) if every == "quarter" else (1, 12))
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(name)
    return value


def periods(rhythm: Rhythm, zone: str, after: datetime) -> Iterator[Period]:
    """The periods that begin after a moment, in order, without end (until the calendar's own end)."""
    local = after.astimezone(ZoneInfo(zone)).date()
    for day in _days(rhythm, local - timedelta(days=1)):
        period = _period(rhythm, zone, day)
        if period.begins > after:
            yield period


def period_at(rhythm: Rhythm, zone: str, begins: datetime) -> Period | None:
    """The period that begins at exactly this moment (whole seconds), if one does."""
    found = next(periods(rhythm, zone, begins - timedelta(seconds=1)), None)
    return found if found is not None and abs(found.begins - begins) < timedelta(seconds=1) else None


def period_named(rhythm: Rhythm, zone: str, key: str) -> Period | None:
    """The period with this name, if the rhythm has one."""
    first = _first_day(key)
    if first is None:
        return None
    start = datetime.combine(first - timedelta(days=DAYS_BEFORE_MAX + 8), time(), UTC)
    for period in periods(rhythm, zone, start):
        if period.key == key:
            return period
        if period.day > first + timedelta(days=370):
            return None
    return None


def told(rhythm: Rhythm) -> Text:
    """The rhythm in words: 每月1日 08:00 / on day 1 of every month, 08:00."""
    zh, en = _told[rhythm.every](rhythm)
    if rhythm.days_before and rhythm.every in ("month", "quarter", "year"):
        zh, en = f"{zh}之前 {rhythm.days_before} 天", f"{rhythm.days_before} days before {en}"
    return Text(f"{zh} {rhythm.at}", f"{en}, {rhythm.at}")


def _every_day(rhythm: Rhythm) -> tuple[str, str]:
    return ("每个工作日", "every working day") if rhythm.working_days else ("每天", "every day")


def _every_week(rhythm: Rhythm) -> tuple[str, str]:
    zh, en = _WEEKDAYS[rhythm.weekday - 1]
    return f"每周{zh}", f"every {en}"


def _every_month(rhythm: Rhythm) -> tuple[str, str]:
    return (
        ("每月最后一天", "the last day of every month")
        if rhythm.day == 31
        else (f"每月{rhythm.day}日", f"day {rhythm.day} of every month")
    )


def _every_quarter(rhythm: Rhythm) -> tuple[str, str]:
    return (
        f"每季度第{rhythm.month}个月{rhythm.day}日",
        f"day {rhythm.day} of month {rhythm.month} of every quarter",
    )


def _every_year(rhythm: Rhythm) -> tuple[str, str]:
    return f"每年{rhythm.month}月{rhythm.day}日", f"{rhythm.day} {_MONTHS[rhythm.month - 1]} of every year"


_told = {
    "day": _every_day,
    "week": _every_week,
    "month": _every_month,
    "quarter": _every_quarter,
    "year": _every_year,
}


def _days(rhythm: Rhythm, since: date) -> Iterator[date]:
    """The days that periods are about, whose beginning is not before ``since`` (a little earlier ones may come too)."""
    if rhythm.every in ("day", "week"):
        day = since
        if rhythm.every == "week":
            day += timedelta(days=(rhythm.weekday - 1 - day.weekday()) % 7)
        step = timedelta(days=1 if rhythm.every == "day" else 7)
        while day.year < 9999:
            yield day
            day += step
        return
    months = {"month": 1, "quarter": 3, "year": 12}[rhythm.every]
    offset = 0 if rhythm.every == "month" else rhythm.month - 1
    number = (since.year * 12 + since.month - 1) // months * months
    while number < 9998 * 12:
        yield _in_month(number + offset, rhythm.day)
        number += months


def _in_month(number: int, day: int) -> date:
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def _period(rhythm: Rhythm, zone: str, day: date) -> Period:
    hour, minute = (int(part) for part in rhythm.at.split(":"))
    begins = datetime.combine(day - timedelta(days=rhythm.days_before), time(hour, minute), ZoneInfo(zone))
    return Period(key_of(rhythm.every, day), day, begins.astimezone(UTC))


def key_of(every: str, day: date) -> str:
    """The name of the period a day lies in."""
    if every == "day":
        return day.isoformat()
    if every == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if every == "month":
        return f"{day:%Y-%m}"
    return f"{day.year}-Q{(day.month + 2) // 3}" if every == "quarter" else str(day.year)


def _first_day(key: str) -> date | None:
    """The first day of the period of this name."""
    for pattern, make in _KEYS:
        match = re.fullmatch(pattern, key)
        if match:
            try:
                return make(*(int(part) for part in match.groups()))
            except ValueError:
                return None
    return None


_KEYS: tuple[tuple[str, Any], ...] = (
    (r"(\d{4})-(\d{2})-(\d{2})", date),
    (r"(\d{4})-W(\d{2})", lambda year, week: date.fromisocalendar(year, week, 1)),
    (r"(\d{4})-(\d{2})", lambda year, month: date(year, month, 1)),
    (r"(\d{4})-Q([1-4])", lambda year, quarter: date(year, quarter * 3 - 2, 1)),
    (r"(\d{4})", lambda year: date(year, 1, 1)),
)


def filled(values: Any, period: Period) -> Any:
    """Start values with the words ``{period}``, ``{day}``, ``{year}`` and ``{month}`` filled in, at any depth.

    A text that is nothing but ``{year}`` or ``{month}`` becomes the number.
    """
    if isinstance(values, dict):
        return {key: filled(value, period) for key, value in values.items()}
    if isinstance(values, list):
        return [filled(value, period) for value in values]
    if not isinstance(values, str):
        return values
    numbers = {"{year}": period.day.year, "{month}": period.day.month}
    if values in numbers:
        return numbers[values]
    words = {"{period}": period.key, "{day}": period.day.isoformat(), "{year}": str(period.day.year)}
    words["{month}"] = f"{period.day.month:02d}"
    for word, text in words.items():
        values = values.replace(word, text)
    return values
