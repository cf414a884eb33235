"""The values expressions work on: JSON (numbers as int or Decimal), dates, instants and durations.

Text is compared and counted in Unicode normal form C. Instants are aware UTC in whole milliseconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from domain.canonical import INTEGER_MAX
from rules.errors import ValueFault

MAX_LIST = 2_000
MAX_TEXT = 65_536
MAX_NESTING = 64
DAY_MS = 86_400_000
_MAX_MONTHS = 120_000
_MAX_MS = 10_000 * 366 * DAY_MS

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DURATION = re.compile(
    r"(-)?P(?:([0-9]{1,6})Y)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})W)?(?:([0-9]{1,7})D)?"
    r"(T(?:([0-9]{1,8})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,11})(?:\.([0-9]{1,3}))?S)?)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: calendar months and milliseconds, kept apart because a month has no fixed length.

    In expressions a day is 24 hours; adding days to a date gives a date.
    """

    months: int = 0
    ms: int = 0

    def __post_init__(self) -> None:
        if abs(self.months) > _MAX_MONTHS or abs(self.ms) > _MAX_MS:
            raise ValueFault("overflow", "时长超出范围（一万年以内）。", "The duration is beyond ten thousand years.")


Value: TypeAlias = (
    None | bool | int | Decimal | str | date | datetime | Duration | Sequence["Value"] | Mapping[str, "Value"]
)

_NAMES: dict[type, tuple[str, str]] = {
    type(None): ("空值", "null"),
    bool: ("真假值", "true/false"),
    int: ("数字", "number"),
    Decimal: ("数字", "number"),
    str: ("文字", "text"),
    date: ("日期", "date"),
    datetime: ("时间", "date-time"),
    Duration: ("时长", "duration"),
    list: ("列表", "list"),
    tuple: ("列表", "list"),
    dict: ("记录", "record"),
}


def kind_names(value: object) -> tuple[str, str]:
    """What kind of value this is, in Chinese and English, for messages."""
    return _NAMES.get(type(value), ("记录", "record") if isinstance(value, Mapping) else ("未知值", "unknown value"))


def type_fault(zh: str, en: str, *values: object) -> ValueFault:
    """A fault that names the kinds of the values it got."""
    got_zh = "、".join(kind_names(value)[0] for value in values)
    got_en = " and ".join(kind_names(value)[1] for value in values)
    return ValueFault("type", f"{zh}，实际为{got_zh}。", f"{en}, got {got_en}.")


def admit(value: object) -> Value:
    """A value from outside as expressions see it; refuses `float`, naive times and numbers out of bounds."""
    kind = type(value)
    if value is None or kind is bool or kind is list or kind is dict or kind is date or kind is Duration:
        return value  # type: ignore[return-value]
    if kind is str:
        return nfc(value)  # type: ignore[arg-type]
    if kind is int:
        if -INTEGER_MAX <= value <= INTEGER_MAX:  # type: ignore[operator]
            return value  # type: ignore[return-value]
        raise ValueFault("overflow", "整数超出 ±(2^53−1)。", "The integer is outside ±(2^53−1).")
    return _admit_rare(value)


def _admit_rare(value: object) -> Value:
    if isinstance(value, Decimal):
        if value.is_finite():
            return value
        raise ValueFault("type", "不是有限的数。", "The number is not finite.")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueFault("type", "时间缺少时区。", "The date-time has no zone.")
        return _to_milliseconds(value)
    if isinstance(value, timedelta):
        return Duration(ms=value // timedelta(milliseconds=1))
    if isinstance(value, str):
        return nfc(str(value))
    if isinstance(value, (tuple, Mapping)):
        return value
    raise ValueFault(
        "type",
        f"不支持的值类型 {type(value).__name__}。",
        f"Values of type {type(value).__name__} are not supported.",
    )


def _to_milliseconds(moment: datetime) -> datetime:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueFault("overflow", "时间超出范围。", "The date-time is out of range.") from exc
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def nfc(text: str) -> str:
    """Text in normal form C, so that equal-looking text is equal and counts the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_number(value: object) -> bool:
    """Whether the value is a number (`true` is not)."""
    return type(value) is int or type(value) is Decimal


def is_list(value: object) -> bool:
    """Whether the value is a list."""
    return type(value) is list or type(value) is tuple


def read_date(text: str) -> date | None:
    """The date that `text` writes as `YYYY-MM-DD`, else `None`."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_datetime(text: str) -> datetime | None:
    """The instant that `text` writes by RFC 3339 (a zone is required, seconds may be left out), else `None`."""
    match = _DATETIME.fullmatch(text)
    if not match:
        return None
    day, minutes, seconds, fraction, zone = match.groups()
    millis = ((fraction or ".")[1:] + "000")[:3]
    offset = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{day}T{minutes}{seconds or ':00'}.{millis}000{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_duration(text: str) -> Duration | None:
    """The duration that `text` writes by ISO 8601 (`P1Y6M`, `P2W`, `P1DT2H30M`), else `None`."""
    match = _DURATION.fullmatch(text)
    if not match or text.endswith(("P", "T")):
        return None
    sign = -1 if match[1] else 1
    years, months, weeks, days, hours, minutes, seconds = (int(match[i] or 0) for i in (2, 3, 4, 5, 7, 8, 9))
    millis = int(((match[10] or "") + "000")[:3])
    total = (weeks * 7 + days) * DAY_MS + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + millis
    try:
        return Duration(sign * (years * 12 + months), sign * total)
    except ValueFault:
        return None


def duration_text(value: Duration) -> str:
    """ISO 8601 text of a duration; days, hours, minutes and seconds for the fixed part.

    >>> duration_text(Duration(ms=90_000))
    'PT1M30S'
    """
    if value.months * value.ms < 0:
        # ISO 8601 has one sign for the whole, so a mixed sign is written as two addends.
        return f"{duration_text(Duration(value.months))}{duration_text(Duration(ms=value.ms))}"
    sign = "-" if value.months < 0 or value.ms < 0 else ""
    days, rest = divmod(abs(value.ms), DAY_MS)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds = f"{rest // 1000}" + (f".{rest % 1000:03d}" if rest % 1000 else "")
    parts = f"{abs(value.months)}M" if value.months else ""
    parts += f"{days}D" if days else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if rest else "")
    parts += f"T{clock}" if clock else ""
    return f"{sign}P{parts}" if parts else "PT0S"


def datetime_text(value: datetime) -> str:
    """RFC 3339 UTC text in milliseconds."""
    utc = value.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z".rjust(24, "0")


def to_json(value: Value) -> object:
    """The value as canonical JSON data: dates and durations as text, whole decimals as integers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, datetime):
        return datetime_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Duration):
        return duration_text(value)
    if isinstance(value, Mapping):
        return {nfc(str(key)): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return nfc(value) if isinstance(value, str) else value
