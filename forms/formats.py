"""The formats of the dialect, checked the same way whichever validator asks.

Source: RFC 3339 (date, date-time), ISO 8601 (duration). A time of day is ``HH:MM`` or ``HH:MM:SS`` at the site.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rules.values import read_date, read_datetime, read_duration

YEAR_MIN = 1900
YEAR_MAX = 2199
"""Years outside are slips of the finger: no product in trade was made before, none is good for longer."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?")
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_UDI = re.compile(r"[\x1d\x20-\x7e]{4,500}")


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1c\x1e\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but for tab, line breaks and GS (0x1D), which separates the parts of a scanned UDI. The last two
ranges turn the direction of writing: with them a text shows something else than it says."""


def has_control(text: str) -> bool:
    """Whether a text holds characters that nobody sees and no record should keep."""
    return _CONTROL.search(text) is not None


def date_fault(text: str) -> str | None:
    """``form`` (not YYYY-MM-DD), ``calendar`` (no such day), ``range`` (the year), or ``None``."""
    if not _DATE.fullmatch(text):
        return "form"
    if read_date(text) is None:
        return "calendar"
    return None if YEAR_MIN <= int(text[:4]) <= YEAR_MAX else "range"


def is_date(text: str) -> bool:
    """Whether this is a day of the calendar within the years 1900–2199."""
    return date_fault(text) is None


def is_moment(text: str) -> bool:
    """Whether this is an RFC 3339 moment with its zone, within the same years."""
    if not _MOMENT.fullmatch(text) or not YEAR_MIN <= int(text[:4]) <= YEAR_MAX:
        return False
    return read_datetime(text) is not None


def is_time(text: str) -> bool:
    """Whether this is a time of day, ``HH:MM`` or ``HH:MM:SS``."""
    return _TIME.fullmatch(text) is not None


def is_duration(text: str) -> bool:
    """Whether this is an ISO 8601 duration such as ``P1D`` or ``PT2H30M``."""
    return read_duration(text) is not None


def is_email(text: str) -> bool:
    """Whether this looks like one mail address."""
    return len(text) <= 254 and _EMAIL.fullmatch(text) is not None


def is_udi(text: str) -> bool:
    """Whether this can be a scanned code at all (its structure is judged where it is parsed)."""
    return _UDI.fullmatch(text) is not None


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": is_date,
    "date-time": is_moment,
    "time": is_time,
    "duration": is_duration,
    "email": is_email,
    "udi": is_udi,
}
"""Formats of text fields; ``attachment`` is a format of objects and has no function."""
