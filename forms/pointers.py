"""JSON pointers (RFC 6901) into values, and field pointers, which are the same without the indices of rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Token = str | int


def pointer_of(tokens: Iterable[Token]) -> str:
    """The pointer of a path: ``("lines", 0, "lot_no")`` is ``/lines/0/lot_no``.

    >>> pointer_of(["a/b", 1])
    '/a~1b/1'
    """
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def tokens_of(pointer: str) -> list[str]:
    """The parts of a pointer, unescaped; empty for the whole document."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def field_pointer(pointer: str) -> str:
    """The field that a value belongs to: ``/lines/0/lot_no`` → ``/lines/lot_no`` (field names never are numbers)."""
    return "".join(f"/{part}" for part in pointer.split("/")[1:] if not part.isdigit())


def value_at(document: Any, pointer: str) -> Any:
    """The value at a pointer, ``None`` where there is none."""
    for token in tokens_of(pointer):
        if isinstance(document, dict):
            document = document.get(token)
        elif isinstance(document, list) and token.isdigit() and int(token) < len(document):
            document = document[int(token)]
        else:
            return None
    return document
