"""The values of a table column, cut into the fewest regions that no cell of the column tells apart further."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from rules.cells import Cell, Point
from rules.types import Bool, Date, DateTime, Dyn, Integer, Null, Number, Text, Type, options
from rules.types import Duration as DurationType
from rules.values import Duration, Value, read_date, read_datetime

__all__ = ["CellMismatch", "cells_fit", "regions"]

Axis = int | Decimal
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST_DAY = date.max.toordinal()


class CellMismatch(Exception):
    """The column cannot be cut up exactly (ordered text, months beside days)."""


def cells_fit(cell: Cell, kind: Type) -> bool:
    """Whether every value of the cell is of a kind the column can have."""
    return all(
        any(_fits(test.sample, option) for option in options(kind) if not isinstance(option, Null))
        for test in cell.tests
    )


def _fits(value: Point, kind: Type) -> bool:
    if isinstance(kind, Dyn):
        return True
    if isinstance(value, bool):
        return isinstance(kind, Bool)
    if isinstance(value, (int, Decimal)):
        return isinstance(kind, (Integer, Number))
    if isinstance(value, str):
        return (
            isinstance(kind, Text)
            or (isinstance(kind, Date) and read_date(value) is not None)
            or (isinstance(kind, DateTime) and read_datetime(value) is not None)
        )
    wanted = {datetime: DateTime, date: Date, Duration: DurationType}[type(value)]
    return isinstance(kind, wanted)


def regions(kind: Type, cells: Sequence[Cell]) -> list[Value]:
    """One value from each region, so that two values of a region match exactly the same cells of the column.

    Raises `CellMismatch` when that cannot be told exactly.
    """
    found: list[Value] = []
    for option in options(kind):
        found += _of_option(option, cells)
    return found


def _of_option(kind: Type, cells: Sequence[Cell]) -> list[Value]:
    points = [end for cell in cells for test in cell.tests for end in (test.low, test.high) if end is not None]
    match kind:
        case Null():
            return [None]
        case Bool():
            return [True, False]
        case Text():
            return _texts(kind, cells, [point for point in points if isinstance(point, str)])
        case Integer() | Number():
            return _numbers(kind, [p for p in points if isinstance(p, (int, Decimal)) and not isinstance(p, bool)])
        case Date():
            days = _axis([_day(point) for point in points], whole=True, low=1, high=_LAST_DAY)
            return [date.fromordinal(int(day)) for day in days]
        case DateTime():
            instants = _axis([_instant(point) for point in points], whole=True)
            return [_EPOCH + int(ms) * _MILLISECOND for ms in instants]
        case DurationType():
            return _durations([point for point in points if isinstance(point, Duration)])
        case Dyn():
            return _unknown(cells, points)
    raise CellMismatch


def _unknown(cells: Sequence[Cell], points: Sequence[Point]) -> list[Value]:
    """A column of unknown type is taken to hold what its cells are about."""
    kinds: dict[type, Type] = {
        bool: Bool(), int: Number(), Decimal: Number(), str: Text(), date: Date(), datetime: DateTime(),
        Duration: DurationType(),
    }  # fmt: skip
    found = {type(kinds[type(point)]): kinds[type(point)] for point in points}
    if len(found) > 1:
        raise CellMismatch
    return [value for option in found.values() for value in _of_option(option, cells)] or [None]


def _texts(kind: Text, cells: Sequence[Cell], points: Sequence[str]) -> list[Value]:
    if any(test.low != test.high for cell in cells for test in cell.tests):
        raise CellMismatch
    if kind.values is not None:
        return list(kind.values)
    known = list(dict.fromkeys(points))
    other = "…"
    while other in known:
        other += "…"
    return [*known, other]


def _numbers(kind: Integer | Number, points: Sequence[Axis]) -> list[Value]:
    if kind.values is not None:
        return list(kind.values)
    return list(_axis(points, whole=isinstance(kind, Integer), low=kind.low, high=kind.high))


def _day(point: Point) -> int:
    found = read_date(point) if isinstance(point, str) else point
    if not isinstance(found, date) or isinstance(found, datetime):
        raise CellMismatch
    return found.toordinal()


def _instant(point: Point) -> int:
    found = read_datetime(point) if isinstance(point, str) else point
    if not isinstance(found, datetime):
        raise CellMismatch
    return (found - _EPOCH) // _MILLISECOND


def _durations(points: Sequence[Duration]) -> list[Value]:
    if all(point.months == 0 for point in points):
        return [Duration(ms=int(ms)) for ms in _axis([point.ms for point in points], whole=True)]
    raise CellMismatch


def _axis(points: Sequence[Axis], *, whole: bool, low: Axis | None = None, high: Axis | None = None) -> list[Axis]:
    """Every point and one value from each gap between, before and behind them, within the bounds."""
    ends = sorted({*points, *(end for end in (low, high) if end is not None)})
    if not ends:
        return [0]
    found: list[Axis] = [_before(ends[0], whole=whole)]
    for one, after in zip(ends, [*ends[1:], None], strict=True):
        found.append(one)
        found.append(_before(one, whole=whole, after=True) if after is None else _between(one, after, whole=whole))
    return [
        value
        for value in dict.fromkeys(found)
        if (low is None or value >= low) and (high is None or value <= high) and not (whole and value != int(value))
    ]


def _before(end: Axis, *, whole: bool, after: bool = False) -> Axis:
    step = 1 if after else -1
    if whole and end != int(end):
        return int(end // 1) + (1 if after else 0)
    return end + step


def _between(one: Axis, other: Axis, *, whole: bool) -> Axis:
    if whole:
        # When no whole number lies between, this gives the upper end, which is listed anyway.
        return int(one // 1) + 1
    return (Decimal(one) + Decimal(other)) / 2
