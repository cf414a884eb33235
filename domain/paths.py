"""Paths of step instances: ``step#round`` segments; a foreach item adds ``[item_key]#round``.

``lines#1/[L3]#1/inspect#2`` is the second round of ``inspect`` for the item ``L3`` of the first round of
``lines``.
Parallel branches add no segment. Item keys are escaped (``%``, ``/``, ``[``, ``]``, ``#``), so that
every path can be read back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOT = ""
"""The path of the case's own scope."""
_ESCAPED = {"%": "%25", "/": "%2F", "[": "%5B", "]": "%5D", "#": "%23"}


_PATH = re.compile(r"(?:[^/#]+#[1-9][0-9]{0,8}(?:/|$))+(?<!/)", re.ASCII)


@dataclass(frozen=True)
class Segment:
    """One part of a path: a step id, or an item key when ``is_item``; ``round`` counts entries from 1."""

    name: str
    round: int
    is_item: bool = False


def child(parent: str, name: str, round_: int) -> str:
    """The path of round ``round_`` of step ``name`` in the scope ``parent``."""
    return f"{parent}/{name}#{round_}" if parent else f"{name}#{round_}"


def item(parent: str, key: str, round_: int = 1) -> str:
    """The scope path of the item ``key`` of the foreach instance ``parent``."""
    return f"{parent}/[{escape_key(key)}]#{round_}"


def is_path(text: str) -> bool:
    """Whether ``text`` has the form of a path of a step instance; every other function here takes that for granted."""
    return _PATH.fullmatch(text) is not None


def split(path: str) -> list[Segment]:
    """The segments of ``path``, first the outermost."""
    return [_segment(part) for part in path.split("/")] if path else []


def parent_of(path: str) -> str:
    """The path one segment up; the root for a single segment."""
    head, _, _ = path.rpartition("/")
    return head


def is_within(path: str, scope: str) -> bool:
    """Whether ``path`` lies below ``scope`` (everything lies below the root)."""
    return scope == ROOT or path.startswith(scope + "/")


def step_of(path: str) -> str:
    """The step id of the last segment that names a step."""
    for segment in reversed(split(path)):
        if not segment.is_item:
            return segment.name
    return ""


def round_of(path: str) -> int:
    """The round of the last segment."""
    return int(path.rpartition("#")[2])


def escape_key(key: str) -> str:
    """An item key as it stands in a path."""
    return "".join(_ESCAPED.get(char, char) for char in key)


def unescape_key(text: str) -> str:
    """The item key that ``escape_key`` wrote."""
    for plain, escaped in reversed(_ESCAPED.items()):
        text = text.replace(escaped, plain)
    return text


def _segment(part: str) -> Segment:
    name, _, round_ = part.rpartition("#")
    if name.startswith("["):
        return Segment(unescape_key(name[1:-1]), int(round_), True)
    return Segment(name, int(round_))
