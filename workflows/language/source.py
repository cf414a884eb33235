"""YAML text → plain JSON values and the place of every one of them.

YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema): ``on``, ``yes`` and dates are text, numbers with a
point are exact decimals. Tags, anchors, aliases, merge keys, duplicate keys, directives and further documents are
refused, because two readers could understand them differently: what is signed must have one meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from domain.canonical import number_fault
from domain.json_types import Json
from workflows.language.findings import START, Place, Report, join

BYTES_MAX = 256 * 1024
"""Largest file of a definition, in bytes of UTF-8."""
DEPTH_MAX = 64
"""Deepest nesting of lists and mappings."""
_NULL = re.compile(r"null|Null|NULL|~|")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,400}")
_OCTAL = re.compile(r"0o[0-7]{1,400}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,400}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,6})?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass
class Source:
    """A YAML file that was read as far as it could be."""

    file: str
    value: Json = None
    readable: bool = False
    _values: dict[str, Place] = field(default_factory=dict)
    _keys: dict[str, Place] = field(default_factory=dict)
    _quoted: dict[str, int] = field(default_factory=dict)

    def place(self, pointer: str, key: bool = False) -> Place:
        """Where the value (or its key) stands; the nearest parent for one that is missing."""
        if key and pointer in self._keys:
            return self._keys[pointer]
        while pointer not in self._values and pointer:
            pointer = pointer.rpartition("/")[0]
        return self._values.get(pointer, START)

    def inside(self, pointer: str, offset: int) -> Place:
        """Where character ``offset`` of a one-line text stands; the beginning of the text for any other."""
        begin = self.place(pointer)
        shift = self._quoted.get(pointer)
        return begin if shift is None else Place(begin.line, begin.column + shift + offset)


def read_yaml(text: str, file: str, report: Report) -> Source:
    """Read one YAML document; everything that is wrong with it goes to ``report``."""
    source = Source(file)
    report.files[file] = source
    if len(text.encode("utf-8", "surrogatepass")) > BYTES_MAX:
        limit = BYTES_MAX // 1024
        report.add(
            "file_too_large",
            file,
            "",
            f"文件超过 {limit} KB，请拆分或精简。",
            f"The file exceeds {limit} KB: shorten it.",
        )
        return source
    reader = _Reader(source, report)
    try:
        reader.read(text)
    except MarkedYAMLError as error:
        _syntax_finding(error, file, report)
    except (YAMLError, ValueError, ArithmeticError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        report.add("yaml_syntax", file, "", f"YAML 无法读取：{reason}", f"The YAML cannot be read: {reason}.")
    return source


def _syntax_finding(error: MarkedYAMLError, file: str, report: Report) -> None:
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else START
    problem = str(error.problem or error.context or "syntax error")
    if "'\\t'" in problem:
        zh, en = "缩进不能用制表符，请改用空格。", "Tabs cannot indent YAML: use spaces."
    else:
        zh, en = (
            f"YAML 语法错误：{problem}。请检查此处的缩进、引号和括号。",
            f"YAML syntax: {problem}. Check indentation, quotes and brackets here.",
        )
    report.add_at("yaml_syntax", file, place, "", zh, en)


class _TooDeep(ValueError):
    pass


class _Reader:
    """Builds values from parser events, so that nothing of YAML's object construction is ever reached."""

    def __init__(self, source: Source, report: Report) -> None:
        self._source = source
        self._report = report
        self._events: Iterator[Any] = iter(())

    def read(self, text: str) -> None:
        """Read the whole text."""
        self._events = YAML(typ="safe", pure=True).parse(text)
        documents = 0
        for event in self._events:
            if isinstance(event, StreamEndEvent):
                break
            if not isinstance(event, DocumentStartEvent):
                continue
            documents += 1
            if documents > 1:
                self._add(
                    "yaml_documents",
                    event,
                    "",
                    "一个文件只能有一个文档，请删去 `---` 之后的部分。",
                    "A file holds one document: remove what follows `---`.",
                )
                return
            if event.version or event.tags:
                self._directive(text)
            self._source.value = self._value(next(self._events), "", 0)
            self._source.readable = True

    def _directive(self, text: str) -> None:
        line = next((number for number, line in enumerate(text.split("\n"), 1) if line.startswith("%")), 1)
        zh = "不允许 YAML 指令（%YAML、%TAG），请删去。"
        en = "YAML directives (%YAML, %TAG) are not allowed: remove them."
        self._report.add_at("yaml_directive", self._source.file, Place(line, 1), "", zh, en)

    def _value(self, event: Any, pointer: str, depth: int) -> Json:
        self._source._values[pointer] = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        if depth > DEPTH_MAX:
            raise _TooDeep(f"nested deeper than {DEPTH_MAX}")
        if isinstance(event, AliasEvent):
            self._add(
                "yaml_anchor",
                event,
                pointer,
                f"不允许别名 *{event.anchor}，请把内容写全。",
                f"The alias *{event.anchor} is not allowed: write the content out.",
            )
            return None
        self._refuse_marks(event, pointer)
        if isinstance(event, MappingStartEvent):
            return self._mapping(pointer, depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(pointer, depth)
        return self._scalar(event, pointer)

    def _refuse_marks(self, event: Any, pointer: str) -> None:
        if event.anchor:
            self._add(
                "yaml_anchor",
                event,
                pointer,
                f"不允许锚点 &{event.anchor}，请删去。",
                f"The anchor &{event.anchor} is not allowed: remove it.",
            )
        if event.tag:
            self._add(
                "yaml_tag",
                event,
                pointer,
                f"不允许标签 {event.tag}，请删去；值的类型由写法决定。",
                f"The tag {event.tag} is not allowed: remove it, the spelling decides the type.",
            )

    def _mapping(self, pointer: str, depth: int) -> dict[str, Json]:
        result: dict[str, Json] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, pointer, depth)
            inner = join(pointer, key)
            mark = event.start_mark
            duplicate = key in result
            if duplicate:
                first = self._source._keys[inner]
                self._add(
                    "yaml_duplicate_key",
                    event,
                    inner,
                    f"键“{key}”重复，第一次在第 {first.line} 行；请只留一个。",
                    f"The key '{key}' stands here a second time (first on line {first.line}): keep one.",
                )
            else:
                self._source._keys[inner] = Place(mark.line + 1, mark.column + 1)
            value = self._value(next(self._events), inner if not duplicate else inner + "~duplicate", depth + 1)
            if not duplicate:
                result[key] = value
        return result

    def _key(self, event: Any, pointer: str, depth: int) -> str:
        if isinstance(event, ScalarEvent):
            self._refuse_marks(event, pointer)
            if event.value == "<<" and event.style is None:
                self._add(
                    "yaml_anchor",
                    event,
                    pointer,
                    "不允许合并键 <<，请把内容写全。",
                    "The merge key << is not allowed: write the content out.",
                )
            if event.value or event.style:
                return event.value
        else:
            self._value(event, pointer + "~key", depth + 1)
        self._add("yaml_key", event, pointer, "键必须是文本。", "A key must be text.")
        return ""

    def _sequence(self, pointer: str, depth: int) -> list[Json]:
        result: list[Json] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            result.append(self._value(event, join(pointer, len(result)), depth + 1))
        return result

    def _scalar(self, event: Any, pointer: str) -> Json:
        one_line = event.start_mark.line == event.end_mark.line
        if one_line:
            self._source._quoted[pointer] = 1 if event.style in ("'", '"') else 0
        if event.style is not None:
            return event.value
        if _NOT_FINITE.fullmatch(event.value):
            self._add("yaml_number", event, pointer, "不允许无穷大和 NaN。", "Infinity and NaN are not numbers here.")
            return None
        value = plain_value(event.value)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and number_fault(value):
            self._add(
                "yaml_number",
                event,
                pointer,
                f"数值 {event.value} 超出可精确保存的范围（15 位有效数字）。",
                f"The number {event.value} cannot be kept exactly (15 significant digits).",
            )
            return None
        return value

    def _add(self, code: str, event: Any, pointer: str, zh: str, en: str) -> None:
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        self._report.add_at(code, self._source.file, place, pointer, zh, en)


def plain_value(text: str) -> Json:
    """The value of an unquoted scalar in the core schema; floats become exact decimals.

    >>> plain_value("on"), plain_value("2026-01-01"), plain_value("1.50")
    ('on', '2026-01-01', Decimal('1.50'))
    """
    if _NULL.fullmatch(text):
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEX.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text):
        try:
            return Decimal(text)
        except InvalidOperation:
            return text
    return text
