"""A company's calendar from its layers: the regular week, public holidays, and days that the company sets itself.

A day set for a site wins over one set for the whole company, that over public holidays, and these over the week. The
result has the form of ``domain.working_time`` and travels in the pinned set of a case, so it is canonical: only days
that differ from the week, in order, within whole calendar years, so that it does not change from one day to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.holidays import Holidays
from domain.json_types import Json, JsonObject
from domain.working_time import DEFAULT_WEEK, minutes_of

YEARS_AHEAD = 2
"""A pinned calendar reaches to the end of the second year after its own: the next 24 months are always in it."""
MOST_SPANS = 6

Hours = tuple[str, ...]


@dataclass(frozen=True)
class Layers:
    """What a calendar is made of. ``days`` are the company's own, the site's already laid over the company's."""

    week: tuple[Hours, ...] = DEFAULT_WEEK
    holidays: Holidays = field(default_factory=Holidays)
    days: Mapping[str, Hours] = field(default_factory=dict)
    confirmed: frozenset[int] = frozenset()
    """Years that the company has confirmed although the shipped holidays call them provisional."""

    def hours_on(self, day: date) -> Hours:
        """The hours worked on a day."""
        own = self.days.get(day.isoformat())
        if own is not None:
            return own
        holiday = self.holidays.holiday_on(day)
        if holiday is None:
            return self.week[day.weekday()]
        return self.usual_hours() if holiday[0] else ()

    def set_days(self, years: range) -> set[str]:
        """The days of some years about which more is said than the week says."""
        known = (self.holidays.years[year] for year in years if year in self.holidays.years)
        said = {day for year in known for day in (*year.free, *year.worked)}
        return said | {day for day in self.days if int(day[:4]) in years}

    def usual_hours(self) -> Hours:
        """The hours of a make-up day: those of the first day of the week that is worked."""
        return next(hours for hours in self.week if hours)

    def is_settled(self, year: int) -> bool:
        """Whether the public holidays of a year are final."""
        return self.holidays.is_announced(year) or year in self.confirmed


def pinned_calendar(layers: Layers, today: date) -> JsonObject:
    """The calendar for cases that start today, from the first of January to the end of ``YEARS_AHEAD``."""
    first, last = date(today.year, 1, 1), date(today.year + YEARS_AHEAD, 12, 31)
    days: JsonObject = {}
    for text in sorted(layers.set_days(range(first.year, last.year + 1))):
        day = date.fromisoformat(text)
        hours = layers.hours_on(day)
        if hours != layers.week[day.weekday()]:
            days[text] = list(hours)
    provisional: list[Json] = [year for year in range(first.year, last.year + 1) if not layers.is_settled(year)]
    calendar: JsonObject = {"days": days, "provisional": provisional, "until": last.isoformat()}
    if layers.week != DEFAULT_WEEK:
        calendar["week"] = [list(hours) for hours in layers.week]
    return calendar


def hours_fault(hours: Sequence[str]) -> str | None:
    """What is wrong with the hours of a day (``shape``, ``order``, ``many``), or ``None``."""
    if len(hours) > MOST_SPANS:
        return "many"
    try:
        spans = [minutes_of(one) for one in hours]
    except ValueError:
        return "shape"
    return "order" if any(one[1] > two[0] for one, two in zip(spans, spans[1:], strict=False)) else None
