"""Which versions a reference takes: ``*``, an exact ``1.4.0``, ``^1`` (same major), ``~1.4`` (same minor)."""

from __future__ import annotations

import re

_RANGE = re.compile(r"([\^~]?)(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*))?(?:\.(0|[1-9][0-9]*))?")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:[-+].*)?")


def is_range(text: str) -> bool:
    """Whether this is written as a range of versions."""
    return text == "*" or _RANGE.fullmatch(text) is not None


def within(version: str, versions: str) -> bool:
    """Whether a version like ``1.4.0`` lies in a range.

    ``^1.2.3`` is at least 1.2.3 with major 1, ``~1.2`` is any 1.2.x, ``1.2`` any 1.2.x, ``1.2.3`` exactly that one.
    ``False`` for what is no version or no range.
    """
    if versions == "*":
        return True
    asked, found = _RANGE.fullmatch(versions), _VERSION.fullmatch(version)
    if asked is None or found is None:
        return False
    sign, parts = asked[1], [int(part) for part in asked.groups()[1:] if part is not None]
    numbers = [int(part) for part in found.groups()]
    fixed = {"^": 1, "~": 2}.get(sign, len(parts))
    fixed = min(fixed, len(parts))
    return numbers[:fixed] == parts[:fixed] and numbers[: len(parts)] >= parts
