"""Dates as codes carry them: two digits for the year, sometimes no day, sometimes the day of the year."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def full_year(two_digits: int, this_year: int) -> int:
    """The year that two digits mean: at most 49 years back and 50 ahead of ``this_year``.

    Source: GS1 General Specifications, "Determination of century in dates".
    """
    ahead = two_digits - this_year % 100
    century = this_year // 100 + (1 if ahead <= -50 else -1 if ahead >= 51 else 0)
    return century * 100 + two_digits


def last_day(year: int, month: int) -> date:
    """The last day of a month: what a date without a day means for the end of use."""
    return date(year, month, calendar.monthrange(year, month)[1])


def day_of_year(year: int, number: int) -> date | None:
    """The day with this number (1–366) in a year, or ``None``."""
    found = date(year, 1, 1) + timedelta(days=number - 1)
    return found if number >= 1 and found.year == year else None


def calendar_day(year: int, month: int, day: int) -> date | None:
    """The day, or ``None`` where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
