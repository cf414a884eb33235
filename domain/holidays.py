"""Public holidays and make-up working days of a country, year by year, as far as they are announced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.errors import Text

ANNOUNCED = "announced"
PROVISIONAL = "provisional"


@dataclass(frozen=True)
class HolidayYear:
    """One year: day → key of the holiday it is free for, and day → key of the holiday it is worked for."""

    year: int
    announced: bool
    free: Mapping[str, str]
    worked: Mapping[str, str]


@dataclass(frozen=True)
class Holidays:
    """The years that are known, and the words for their holidays."""

    names: Mapping[str, Text] = field(default_factory=dict)
    years: Mapping[int, HolidayYear] = field(default_factory=dict)

    def holiday_on(self, day: date) -> tuple[bool, str] | None:
        """``(worked, key)`` of a day that differs from an ordinary week, else ``None``."""
        year, text = self.years.get(day.year), day.isoformat()
        if year is None:
            return None
        if text in year.worked:
            return True, year.worked[text]
        return (False, year.free[text]) if text in year.free else None

    def is_announced(self, year: int) -> bool:
        """Whether the days of this year are final."""
        found = self.years.get(year)
        return found is not None and found.announced


def load_holidays(raw: Mapping[str, Any]) -> Holidays:
    """The holidays of a file of ``definitions/calendar``.

    Raises ``ValueError`` for a day of another year, a weekday that is "worked" (it is worked anyway), a day that is both
    free and worked, or a holiday without words.
    """
    names = {str(key): Text(words["zh"], words["en"]) for key, words in raw["names"].items()}
    years = {int(one["year"]): _year(one) for one in raw["years"]}
    for year in years.values():
        _require_sound(year, names)
    return Holidays(names, years)


def _year(raw: Mapping[str, Any]) -> HolidayYear:
    if raw["state"] not in (ANNOUNCED, PROVISIONAL):
        raise ValueError(f"year {raw['year']}: state is {ANNOUNCED} or {PROVISIONAL}, not {raw['state']!r}")
    free = {str(day): str(key) for day, key in (raw.get("free") or {}).items()}
    worked = {str(day): str(key) for day, key in (raw.get("worked") or {}).items()}
    return HolidayYear(int(raw["year"]), raw["state"] == ANNOUNCED, free, worked)


def _require_sound(year: HolidayYear, names: Mapping[str, Text]) -> None:
    for day, key in (*year.free.items(), *year.worked.items()):
        if date.fromisoformat(day).year != year.year:
            raise ValueError(f"{day} stands in the year {year.year}")
        if key not in names:
            raise ValueError(f"{day}: no words for the holiday {key!r}")
    twice = sorted(set(year.free) & set(year.worked))
    if twice:
        raise ValueError(f"{twice[0]} is both free and worked")
    for day in year.worked:
        if date.fromisoformat(day).weekday() < 5:
            raise ValueError(f"{day} is worked anyway")
