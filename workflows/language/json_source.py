"""JSON text → plain values, with the place of every one of them found when it is first asked for."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from domain.canonical import number_fault
from domain.json_types import Json
from workflows.language.findings import START, Place, Report, join
from workflows.language.source import BYTES_MAX, DEPTH_MAX

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|([{}\[\],:])|([^\s{}\[\],:"]+))', re.DOTALL)


class JsonSource:
    """A JSON file that was read. ``value`` is ``None`` and ``readable`` false when it could not be."""

    def __init__(self, file: str, text: str | None, value: Json = None, readable: bool = False) -> None:
        self.file = file
        self.value = value
        self.readable = readable
        self._text = text
        self._places: dict[str, tuple[Place, Place]] | None = None

    def place(self, pointer: str, key: bool = False) -> Place:
        """Where the value (or its key) stands; the nearest parent for one that is missing."""
        if self._text is None or not self.readable:
            return START
        if self._places is None:
            self._places = _places(self._text)
        while pointer not in self._places and pointer:
            pointer = pointer.rpartition("/")[0]
        at_key, at_value = self._places.get(pointer, (START, START))
        return at_key if key else at_value

    def inside(self, pointer: str, offset: int) -> Place:
        """Where character ``offset`` of a text stands (exact when no character before it is escaped)."""
        begin = self.place(pointer)
        return Place(begin.line, begin.column + 1 + offset) if self._text is not None and self.readable else begin


def read_json(text: str | dict[str, Any], file: str, report: Report) -> JsonSource:
    """Read one JSON file (or take an object that was read already); faults go to ``report``."""
    if not isinstance(text, str):
        report.files[file] = source = JsonSource(file, None, text, True)
        return source
    report.files[file] = source = JsonSource(file, text)
    if len(text.encode("utf-8", "surrogatepass")) > BYTES_MAX:
        limit = BYTES_MAX // 1024
        report.add("file_too_large", file, "", f"文件超过 {limit} KB。", f"The file exceeds {limit} KB: shorten it.")
        return source
    duplicates: list[str] = []
    try:
        source.value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=lambda pairs: _object(pairs, duplicates),
        )
        if _too_deep(source.value):
            raise ValueError(f"nested deeper than {DEPTH_MAX}")
        source.readable = True
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.colno)
        report.add_at("json_syntax", file, place, "", f"JSON 语法错误：{error.msg}。", f"JSON syntax: {error.msg}.")
    except (ValueError, RecursionError, ArithmeticError) as error:
        reason = str(error) or type(error).__name__
        report.add("json_syntax", file, "", f"JSON 无法读取：{reason}。", f"The JSON cannot be read: {reason}.")
    for name in duplicates:
        zh, en = f"键“{name}”在同一对象里重复；请只留一个。", f"The key '{name}' stands twice in one object: keep one."
        report.add("json_duplicate_key", file, "", zh, en)
    return source


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        containers = [item for item in level if isinstance(item, (dict, list))]
        level = [inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)]
        if not level:
            return False
    return True


def _object(pairs: list[tuple[str, Any]], duplicates: list[str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            duplicates.append(key)
        result.setdefault(key, value)
    return result


def _decimal(text: str) -> Decimal:
    return _bounded(Decimal(text))


def _integer(text: str) -> int:
    return _bounded(int(text))


def _bounded(value: Any) -> Any:
    if number_fault(value):
        raise ValueError(f"the number {value} cannot be kept exactly (15 significant digits)")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _places(text: str) -> dict[str, tuple[Place, Place]]:
    """Pointer → (place of the key, place of the value) of valid JSON text."""
    line_starts = [0] + [match.end() for match in re.finditer("\n", text)]
    walker = _Walker(text, line_starts)
    walker.value("", None)
    return walker.found


class _Walker:
    def __init__(self, text: str, line_starts: list[int]) -> None:
        self.found: dict[str, tuple[Place, Place]] = {}
        self._starts = line_starts
        self._line = 0
        self._tokens = [
            (match.group(match.lastindex or 0), match.start(match.lastindex or 0)) for match in _TOKEN.finditer(text)
        ]
        self._at = 0

    def _next(self) -> tuple[str, Place]:
        token, offset = self._tokens[self._at]
        self._at += 1
        while self._line + 1 < len(self._starts) and self._starts[self._line + 1] <= offset:
            self._line += 1
        return token, Place(self._line + 1, offset - self._starts[self._line] + 1)

    def value(self, pointer: str, key: Place | None) -> None:
        token, place = self._next()
        self.found[pointer] = (key or place, place)
        if token == "{":
            self._members(pointer)
        elif token == "[":
            self._items(pointer)

    def _members(self, pointer: str) -> None:
        while True:
            token, place = self._next()
            if token == "}":
                return
            if token == ",":
                continue
            self._next()
            self.value(join(pointer, json.loads(token, strict=False)), place)

    def _items(self, pointer: str) -> None:
        index = 0
        while True:
            token, _ = self._tokens[self._at]
            if token == "]":
                self._next()
                return
            if token == ",":
                self._next()
                continue
            self.value(join(pointer, index), None)
            index += 1
