"""When a step is due: ``P1D`` counts calendar days in the site's zone, ``PT24H`` hours, ``work:`` by the calendar."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.clock import from_text, to_text
from domain.errors import GspError
from domain.working_time import after_days, after_hours, calendar_of, working_days_of_week
from rules.values import read_duration

WORK = "work:"
_DAY_MS = 86_400_000
_WORKING = re.compile(
    r"P(?:(?P<weeks>[0-9]{1,4})W)?(?:(?P<days>[0-9]{1,5})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,7})M)?(?:(?P<seconds>[0-9]{1,9})S)?)?"
)


class DurationFault(GspError, ValueError):
    """A length of time that cannot be counted; in a case it is an incident of the step, never the end of the case."""


def due_at(duration: str, at: str, zone: str, calendar: Mapping[str, Any] | None = None) -> str:
    """The absolute moment at which something that begins at ``at`` is due.

    ``work:PT2H`` is the moment at which two working hours are over, ``work:P3D`` the close of the third working day
    after the day of ``at``; ``work:P1W`` stands for the working days of a regular week. Days are counted before hours.
    ``calendar`` is the pinned one (form: ``domain.working_time``).
    Raises ``DurationFault`` (a ``ValueError``) for a text that is no duration or lies too far ahead; ``check`` has refused
    it before.
    """
    try:
        return _due_at(duration, at, zone, calendar)
    except (ValueError, OverflowError) as error:
        zh, en = f"期限“{duration}”无法计算：{error}", f"The length of time '{duration}' cannot be counted: {error}"
        raise DurationFault("bad_duration", zh, en) from error


def _due_at(duration: str, at: str, zone: str, calendar: Mapping[str, Any] | None) -> str:
    if duration.startswith(WORK):
        return _working(duration, at, zone, calendar or {})
    parsed = read_duration(duration)
    if parsed is None:
        raise ValueError(f"{duration!r} is no duration")
    days, rest = divmod(parsed.ms, _DAY_MS) if "T" not in duration else (0, parsed.ms)
    local = from_text(at).astimezone(ZoneInfo(zone))
    moved = _add_months(local, parsed.months) + timedelta(days=days)
    # Hours are real hours: they are added in UTC, so a change of the clocks does not stretch them.
    return to_text(moved.astimezone(UTC) + timedelta(milliseconds=rest))


def _working(duration: str, at: str, zone: str, data: Mapping[str, Any]) -> str:
    match = _WORKING.fullmatch(duration.removeprefix(WORK))
    if match is None or not any(match.groups()):
        raise ValueError(f"{duration!r} is no working time: write work:P3D or work:PT2H")
    part = {name: int(text or 0) for name, text in match.groupdict().items()}
    calendar = calendar_of(data, zone)
    days = part["weeks"] * working_days_of_week(calendar) + part["days"]
    hours = timedelta(hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"])
    moment = from_text(at)
    if days:
        moment = after_days(calendar, moment, days)
    if hours or not days:
        moment = after_hours(calendar, moment, hours)
    return to_text(moment)


def _add_months(moment: datetime, months: int) -> datetime:
    """The same day ``months`` later, or the last day of a shorter month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
