"""Findings: what is wrong with a definition, at which line and column, in words the process owner can act on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from domain.errors import Text
from domain.json_types import JsonObject
from workflows.language.codes import CODES

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Place:
    """A character in a file, line and column counted from 1."""

    line: int
    column: int


START = Place(1, 1)


class Located(Protocol):
    """A file that was read: it knows where each of its values stands."""

    def place(self, pointer: str, key: bool = False) -> Place:
        """Where the value at ``pointer`` (RFC 6901) begins, or its key; the nearest parent for one that is missing."""
        ...

    def inside(self, pointer: str, offset: int) -> Place:
        """Where character ``offset`` of the text at ``pointer`` stands."""
        ...


@dataclass(frozen=True)
class Finding:
    """One finding. ``code`` is stable and documented; ``pointer`` is RFC 6901 within ``file``."""

    severity: Severity
    file: str
    line: int
    column: int
    pointer: str
    code: str
    message: Text

    def as_json(self, lang: str) -> JsonObject:
        """The shape of the public contract, the message in one language."""
        return {
            "severity": self.severity,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "pointer": self.pointer,
            "code": self.code,
            "message": self.message.said_in(lang),
        }

    def as_line(self, lang: str) -> str:
        """``file:line:column: code: message``, as compilers print."""
        return f"{self.file}:{self.line}:{self.column}: {self.code}: {self.message.said_in(lang)}"


@dataclass
class Report:
    """Collects the findings of all families; the same finding is kept once."""

    files: dict[str, Located] = field(default_factory=dict)
    _found: dict[tuple[str, str, str, int, int], Finding] = field(default_factory=dict)

    def add(
        self, code: str, file: str, pointer: str, zh: str, en: str, *, key: bool = False, offset: int | None = None
    ) -> None:
        """Report at a value of a file, at its key, or at character ``offset`` of its text."""
        source = self.files.get(file)
        if source is None:
            place = START
        elif offset is not None:
            place = source.inside(pointer, offset)
        else:
            place = source.place(pointer, key)
        self.add_at(code, file, place, pointer, zh, en)

    def add_at(self, code: str, file: str, place: Place, pointer: str, zh: str, en: str) -> None:
        """Report at a place that is known already."""
        finding = Finding(CODES[code].severity, file, place.line, place.column, pointer, code, Text(zh, en))
        self._found.setdefault((code, file, pointer, place.line, place.column), finding)

    def sorted(self) -> list[Finding]:
        """All findings: file by file in the order of their lines, the definition first."""
        order = {name: index for index, name in enumerate(self.files)}
        return sorted(
            self._found.values(), key=lambda it: (order.get(it.file, len(order)), it.file, it.line, it.column, it.code)
        )


def escape(token: str) -> str:
    """One reference token of a JSON pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


def join(pointer: str, *tokens: str | int) -> str:
    """``pointer`` extended by keys or indices."""
    return pointer + "".join("/" + escape(str(token)) for token in tokens)
