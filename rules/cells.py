"""Cells of decision tables: `-`, `< 5`, `[2..8]`, `"A", "B"`, `not("A")`, `true`, `date("2026-01-01")`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from rules.arithmetic import order
from rules.errors import syntax_error
from rules.lexer import number_from, text_at
from rules.values import Duration, Value, read_date, read_datetime, read_duration, type_fault

__all__ = ["Cell", "Point", "Range", "parse_cell"]

Point = bool | int | Decimal | str | date | datetime | Duration
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_COMPARE = re.compile(r"<=|>=|<|>")
_MOMENT = re.compile(r"(date|datetime|duration)\s*\(\s*")
_WORD = re.compile(r"true\b|false\b")
_NOT = re.compile(r"not\s*\(")
_READERS: dict[str, Callable[[str], Point | None]] = {
    "date": read_date,
    "datetime": read_datetime,
    "duration": read_duration,
}


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; `None` is an open side without end, `*_open` leaves the end itself out. A value is a point."""

    low: Point | None
    low_open: bool
    high: Point | None
    high_open: bool

    @property
    def sample(self) -> Point:
        """One of the ends, to tell what kind of value the test is about."""
        found = self.low if self.low is not None else self.high
        assert found is not None, "a test has at least one end"
        return found

    def holds(self, value: Value) -> bool:
        """Whether the value lies inside. Raises `ValueFault` for a value of another kind."""
        if isinstance(self.sample, bool):
            if type(value) is not bool:
                raise type_fault("此列应为真假值", "This column needs true or false", value)
            return value is self.sample
        return self._above(value) and self._below(value)

    def _above(self, value: Value) -> bool:
        if self.low is None:
            return True
        sign = order(value, self.low)
        return sign > 0 or (sign == 0 and not self.low_open)

    def _below(self, value: Value) -> bool:
        if self.high is None:
            return True
        sign = order(value, self.high)
        return sign < 0 or (sign == 0 and not self.high_open)


@dataclass(frozen=True, slots=True)
class Cell:
    """One condition of a rule: any of its tests, or with `negated` none of them; no tests at all is `-`."""

    text: str
    tests: tuple[Range, ...]
    negated: bool = False

    @property
    def any(self) -> bool:
        """Whether this is `-`, which also a missing value matches."""
        return not self.tests

    def matches(self, value: Value) -> bool:
        """Whether the value fits; `null` fits `-` only. Raises `ValueFault` for a value of another kind."""
        if self.any:
            return True
        if value is None:
            return False
        return any(test.holds(value) for test in self.tests) is not self.negated


def parse_cell(data: object) -> Cell:
    """The cell that the table writes, as text or as a bare number or true/false. Raises `ExprSyntaxError`."""
    if isinstance(data, bool):
        return _Reader("true" if data else "false").cell()
    if isinstance(data, (int, Decimal)):
        return _Reader(f"{data:f}" if isinstance(data, Decimal) else str(data)).cell()
    if isinstance(data, str):
        return _Reader(data).cell()
    return _Reader("").cell()


class _Reader:
    """Reads one cell from the left."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def cell(self) -> Cell:
        """The whole text."""
        if self._text.strip() == "-":
            return Cell(self._text, ())
        self._skip()
        negated = self._match(_NOT) is not None
        tests = [self._test()]
        while self._accept(","):
            tests.append(self._test())
        if negated and not self._accept(")"):
            self._fail("not( 没有闭合。", "not( is not closed.")
        if self._at < len(self._text):
            self._fail("多余的内容。", "Something is left over here.")
        kinds = {_kind(test.sample) for test in tests}
        if len(kinds) > 1:
            self._fail("一个单元格里的值应为同一类。", "The values of one cell must be of one kind.")
        return Cell(self._text, tuple(tests), negated)

    def _fail(self, zh: str, en: str) -> NoReturn:
        example = '- 、5、< 5、[2..8]、"A","B"、not("A")、true、date("2026-01-01")'
        raise syntax_error(f"{zh}单元格可写作 {example}。", f"{en} A cell is written {example}.", self._text, self._at)

    def _skip(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self._text, self._at)
        if not found:
            return None
        self._at = found.end()
        self._skip()
        return found.group()

    def _accept(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._at += len(sign)
        self._skip()
        return True

    def _test(self) -> Range:
        if sign := self._match(_COMPARE):
            end = self._ordered()
            if sign[0] == "<":
                return Range(None, False, end, sign == "<")
            return Range(end, sign == ">", None, False)
        for opening in "[(":
            if self._accept(opening):
                return self._interval(opening)
        value = self._point()
        return Range(value, False, value, False)

    def _interval(self, opening: str) -> Range:
        low = self._ordered()
        if not self._accept(".."):
            self._fail("区间两端之间应为 ..。", "The ends of a range stand around '..'.")
        high = self._ordered()
        if _kind(low) != _kind(high) or order(low, high) > 0:
            self._fail("区间的下限应不大于上限。", "The low end of a range must not be above its high end.")
        for closing in "])":
            if self._accept(closing):
                return Range(low, opening == "(", high, closing == ")")
        self._fail("区间应以 ] 或 ) 结束。", "A range ends with ] or ).")

    def _ordered(self) -> Point:
        value = self._point()
        if isinstance(value, bool):
            self._fail("真假值没有大小。", "true and false have no order.")
        return value

    def _point(self) -> Point:
        if quoted := text_at(self._text, self._at):
            self._at = quoted.end
            self._skip()
            return str(quoted.value)
        if word := self._match(_WORD):
            return word.startswith("true")
        if moment := _MOMENT.match(self._text, self._at):
            return self._moment(moment)
        start = self._at
        if number := self._match(_NUMBER):
            value = number_from(number)
            if value is not None:
                return value
            self._at = start
        self._fail("读不懂这个值（文字须加引号）。", "This value cannot be read (text needs quotes).")

    def _moment(self, opening: re.Match[str]) -> Point:
        start, self._at = self._at, opening.end()
        quoted = text_at(self._text, self._at)
        value = _READERS[opening.group(1)](str(quoted.value)) if quoted else None
        if quoted is None or value is None:
            self._at = start
            self._fail("日期或时长写错。", "The date or duration is not well written.")
        self._at = quoted.end
        self._skip()
        if not self._accept(")"):
            self._fail("括号没有闭合。", "The parenthesis is not closed.")
        return value


def _kind(value: Point) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, Decimal)) else type(value).__name__
