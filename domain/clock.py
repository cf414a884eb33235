"""Time as text: RFC 3339, UTC, milliseconds. The pure rooms are given times; nobody in them reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def to_text(moment: datetime) -> str:
    """``2026-11-22T10:11:12.345Z`` of an aware moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def from_text(text: str) -> datetime:
    """The aware UTC moment of an RFC 3339 text; raises ``ValueError`` for any other text or without a
    zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)


def date_in_zone(text: str, zone: str) -> date:
    """The calendar date of a moment in the site's zone (an IANA name)."""
    return from_text(text).astimezone(ZoneInfo(zone)).date()
