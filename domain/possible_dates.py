"""Dates that cannot be, whatever form they stand in: laws on the glossary's fields, for a whole tree of values. Pure.

Fields: ``production_date``, ``expiry_date`` (days), ``departure_time``, ``arrival_time`` (moments).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from domain.clock import from_text
from domain.errors import Fault, Text

CLOCK_SLACK = timedelta(minutes=10)
"""A moment may lie so far ahead of our clock: clocks of people differ."""


def impossible_dates(values: Any, *, today: date, now: str) -> list[Fault]:
    """Every date that cannot be, by its pointer. ``today`` is the site's day, ``now`` canonical time text.

    A value that is no date at all is no matter of this law: the form says so.
    """
    moment = from_text(now)
    return [fault for pointer, one in _objects(values, "") for fault in _faults(one, pointer, today, moment)]


def _objects(value: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        yield pointer, value
        for key, below in value.items():
            yield from _objects(below, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _objects(below, f"{pointer}/{index}")


def _faults(values: Mapping[str, Any], pointer: str, today: date, now: datetime) -> Iterator[Fault]:
    made, ends = _day(values.get("production_date")), _day(values.get("expiry_date"))
    if made is not None and made > today:
        zh = f"生产日期 {made} 在今天（{today}）之后。请按标签核对。"
        en = f"The production date {made} lies after today ({today}). Check it against the label."
        yield Fault(f"{pointer}/production_date", "date_in_future", Text(zh, en))
    elif made is not None and ends is not None and made > ends:
        zh = f"生产日期 {made} 晚于失效日期 {ends}。请按标签核对这两个日期。"
        en = f"The production date {made} is later than the expiry date {ends}. Check both against the label."
        yield Fault(f"{pointer}/production_date", "date_order", Text(zh, en))
    left, came = _moment(values.get("departure_time")), _moment(values.get("arrival_time"))
    if came is not None and came > now + CLOCK_SLACK:
        zh = "到货时间在现在之后。请填写实际到货时间。"
        en = "The arrival time lies in the future. Enter when the goods really arrived."
        yield Fault(f"{pointer}/arrival_time", "time_in_future", Text(zh, en))
    elif came is not None and left is not None and came < left:
        zh = "到货时间早于启运时间。请核对这两个时间。"
        en = "The arrival time is before the departure time. Check both."
        yield Fault(f"{pointer}/arrival_time", "time_order", Text(zh, en))


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        return from_text(value) if isinstance(value, str) else None
    except ValueError:
        return None
