"""Reading a temperature logger's CSV as it comes: any delimiter, decimal comma, headers in Chinese or
English, time zones.

Pure: bytes in, points out. A row without a readable time and temperature is skipped when it is not a
reading (headers,
comments, summaries); a file without at least two readings, or with an ambiguous date order, is refused.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from io import StringIO

from domain.errors import GspError
from domain.temperature import Point

ROWS_MAX = 200_000
_ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")
_TIME = re.compile(r"time|date|timestamp|时间|日期|记录点", re.I)
_CLOCK = re.compile(r"^\s*(time|时间|时刻)\s*$", re.I)
_DAY = re.compile(r"^\s*(date|日期)\s*$", re.I)
_TEMPERATURE = re.compile(r"temp|celsius|温度|°c|℃|^t\d*$", re.I)
_NOT_TEMPERATURE = re.compile(r"set|limit|alarm|high|low|max|min|上限|下限|报警|最高|最低", re.I)
_ZONE = re.compile(r"(?:utc|gmt)\s*([+-]\d{1,2})(?::?(\d{2}))?", re.I)
_NUMBER = re.compile(r"^[+-]?\d{1,4}(?:[.,]\d{1,4})?$")
_MOMENT = re.compile(
    r"^(\d{1,4})[-/.年](\d{1,2})[-/.月](\d{1,4})日?[T\s]+(\d{1,2})[:时](\d{2})(?:[:分](\d{2})(?:[.,](\d{1,6}))?秒?)?"
    r"\s*(am|pm|上午|下午)?\s*(z|utc|[+-]\d{2}:?\d{2})?$",
    re.I,
)


class LoggerFileError(GspError):
    """The file cannot be read as a temperature log; the sentences say why."""


@dataclass(frozen=True)
class Columns:
    """Where time and temperature stand; `day` is set when date and time of day have a column each."""

    time: int
    temperature: int
    day: int | None = None


def read_points(content: bytes, default_zone: tzinfo, near: datetime | None = None) -> list[Point]:
    """The readings of a log, by time. Times without a zone are in the file's stated zone, else in
    `default_zone`.

    Raises `LoggerFileError`.
    """
    text = _decoded(content)
    rows = _rows(text)
    header, columns = _columns(rows)
    stated = _ZONE.search(text[:4000])
    zone = _offset(stated) if stated else default_zone
    readings = [reading for row in rows[header + 1 :] if (reading := _reading(row, columns)) is not None]
    order = _date_order([parts for parts, _ in readings]) or _closer(readings, near, zone)
    points = sorted((_point(parts, celsius, order, zone) for parts, celsius in readings), key=lambda point: point.at)
    if len(points) < 2:
        raise LoggerFileError(
            "too_few_readings",
            f"文件中只有 {len(points)} 个可读的读数，至少需要 2 个。请上传记录仪导出的完整 CSV 文件。",
            f"The file holds {len(points)} readable readings; at least 2 are needed. Attach the logger's "
            f"full CSV export.",
        )
    return points


def _decoded(content: bytes) -> str:
    encodings = _ENCODINGS if content[:2] in (b"\xff\xfe", b"\xfe\xff") else (_ENCODINGS[0], _ENCODINGS[2])
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise LoggerFileError(
        "not_text",
        "文件不是文本，无法作为温度记录读取。请上传记录仪导出的 CSV 文件。",
        "The file is not text and cannot be read as a temperature log. Attach the logger's CSV export.",
    )


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > ROWS_MAX:
        raise LoggerFileError(
            "too_long",
            f"文件超过 {ROWS_MAX} 行。请按行程导出。",
            f"The file has more than {ROWS_MAX} rows. Export the journey only.",
        )
    delimiter = max(";\t,|", key=lambda mark: _steadiness(lines, mark))
    return [[cell.strip() for cell in row] for row in csv.reader(StringIO("\n".join(lines)), delimiter=delimiter)]


def _steadiness(lines: list[str], mark: str) -> tuple[int, int]:
    """How many lines have the mark as often as most do; `;` and tab win over a comma that may be a decimal
    one."""
    counts = [line.count(mark) for line in lines[:200] if mark in line]
    if not counts:
        return (0, 0)
    usual = max(set(counts), key=counts.count)
    return (counts.count(usual), ",|\t;".index(mark))


def _columns(rows: list[list[str]]) -> tuple[int, Columns]:
    for index, row in enumerate(rows[:60]):
        if any(_moment_parts(cell) for cell in row):
            break
        found = _named(row)
        if found is not None:
            return index, found
    return -1, _guessed(rows)


def _named(row: list[str]) -> Columns | None:
    warm = [i for i, cell in enumerate(row) if _TEMPERATURE.search(cell) and not _NOT_TEMPERATURE.search(cell)]
    times = [i for i, cell in enumerate(row) if _TIME.search(cell) and i not in warm]
    if not warm or not times:
        return None
    days = [i for i in times if _DAY.match(row[i])]
    clocks = [i for i in times if _CLOCK.match(row[i])]
    if days and clocks:
        return Columns(clocks[0], warm[0], days[0])
    return Columns(times[0], warm[0])


def _guessed(rows: list[list[str]]) -> Columns:
    """A file without a header: the column of moments, and the first other column that holds numbers with a
    point."""
    for row in rows[:60]:
        times = [i for i, cell in enumerate(row) if _moment_parts(cell)]
        warm = [i for i, cell in enumerate(row) if _celsius(cell) is not None and re.search(r"[.,]\d", cell)]
        if times and warm:
            return Columns(times[0], warm[0])
    raise LoggerFileError(
        "no_columns",
        "没有找到时间列和温度列。请上传记录仪导出的 CSV 文件，保留表头。",
        "No time column and temperature column were found. Attach the logger's CSV export with its header.",
    )


_Parts = tuple[int, int, int, int, int, int, int, str, str]


def _reading(row: list[str], columns: Columns) -> tuple[_Parts, Decimal] | None:
    needed = max(columns.time, columns.temperature, columns.day or 0)
    if len(row) <= needed:
        return None
    moment = row[columns.time] if columns.day is None else f"{row[columns.day]} {row[columns.time]}"
    parts, celsius = _moment_parts(moment), _celsius(row[columns.temperature])
    return None if parts is None or celsius is None else (parts, celsius)


def _celsius(cell: str) -> Decimal | None:
    text = re.sub(r"\s*(°\s*c|℃|c)$", "", cell.strip(), flags=re.I).replace("−", "-")
    if not _NUMBER.match(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def _moment_parts(cell: str) -> _Parts | None:
    found = _MOMENT.match(cell.strip())
    if found is None:
        return None
    a, b, c, hour, minute, second, fraction, half, zone = found.groups()
    micro = int((fraction or "0").ljust(6, "0"))
    return int(a), int(b), int(c), int(hour), int(minute), int(second or 0), micro, (half or "").lower(), zone or ""


def _date_order(all_parts: list[_Parts]) -> str | None:
    """`ymd`, `dmy` or `mdy`, `None` where the file itself leaves day and month open."""
    if not all_parts or all_parts[0][0] > 31:
        return "ymd"
    if any(parts[0] > 12 for parts in all_parts):
        return "dmy"
    if any(parts[1] > 12 for parts in all_parts):
        return "mdy"
    first, second = {parts[0] for parts in all_parts}, {parts[1] for parts in all_parts}
    if len(first) != len(second):  # the part that changes within one log is the day
        return "dmy" if len(first) > len(second) else "mdy"
    return "dmy" if first == second else None


def _closer(readings: list[tuple[_Parts, Decimal]], near: datetime | None, zone: tzinfo) -> str:
    if near is None:
        raise LoggerFileError(
            "ambiguous_date",
            "日期的日和月无法区分。请以“年-月-日”格式重新导出。",
            "Day and month cannot be told apart. Export the log again with dates as year-month-day.",
        )
    parts, celsius = readings[0]
    return min(("dmy", "mdy"), key=lambda order: abs(_point(parts, celsius, order, zone).at - near))


def _point(parts: _Parts, celsius: Decimal, order: str, zone: tzinfo) -> Point:
    a, b, c, hour, minute, second, micro, half, stated = parts
    year, month, day = {"ymd": (a, b, c), "dmy": (c, b, a), "mdy": (c, a, b)}[order]
    if half in ("pm", "下午") and hour < 12:
        hour += 12
    if half in ("am", "上午") and hour == 12:
        hour = 0
    own = zone
    if stated:
        own = UTC if stated.lower() in ("z", "utc") else _zone_of(stated)
    try:
        at = datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second, micro, own)
    except ValueError as error:
        raise LoggerFileError(
            "bad_moment",
            f"读数时间无效：{a}-{b}-{c} {hour}:{minute:02d}。",
            f"A reading has an impossible time: {a}-{b}-{c} {hour}:{minute:02d}.",
        ) from error
    return Point(at.astimezone(UTC), celsius)


def _offset(found: re.Match[str]) -> tzinfo:
    hours, minutes = int(found[1]), int(found[2] or 0)
    return timezone(timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes))


def _zone_of(text: str) -> tzinfo:
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
