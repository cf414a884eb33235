"""Filters of lists: bounded numbers, cursors that we made, times in one spelling."""

from __future__ import annotations

import base64
import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Query

from api.problems import Problem
from domain.canonical import INTEGER_MAX, CanonicalError, loads
from domain.clock import from_text, to_text
from domain.errors import Fault, Text
from services.case_rows import cursor_key, cursor_parts

log = logging.getLogger(__name__)
LIMIT_MAX = 200
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="Items on a page.")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
Filter = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[str | None, Query(max_length=40, description="RFC 3339 time, or a date (UTC).")]


def checked_cursor(cursor: str | None) -> str | None:
    """The cursor, if it is one of ours. Raises 422 otherwise."""
    try:
        cursor_key(cursor)
    except ValueError as error:
        raise _wrong("/query/cursor", "bad_cursor", "游标无效。", "This is no cursor of ours.") from error
    return cursor


def position(cursor: str | None, kinds: tuple[type, ...]) -> str | None:
    """The cursor of a stock page, if its parts are of these kinds. Raises 422 otherwise."""
    if not cursor:
        return None
    try:
        parts = loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if [type(part) for part in parts] == list(kinds) and not any(_is_huge(part) for part in parts):
            return cursor
    except (ValueError, TypeError, CanonicalError):
        log.debug("a cursor that is none of ours")
    raise _wrong("/query/cursor", "bad_cursor", "游标无效。", "This is no cursor of ours.")


def event_cursor(cursor: str | None) -> str | None:
    """The cursor of a page of events, if it is one of ours. Raises 422 otherwise."""
    try:
        parts = cursor_parts(cursor, 3)
        if parts is None or (parts[2].isascii() and parts[2].isdigit() and len(parts[2]) < 16):
            return cursor
    except ValueError:
        log.debug("a cursor that is none of ours")
    raise _wrong("/query/cursor", "bad_cursor", "游标无效。", "This is no cursor of ours.")


def _is_huge(part: Any) -> bool:
    return isinstance(part, int) and abs(part) > INTEGER_MAX


def moment(name: str, text: str | None, *, last: bool = False) -> str | None:
    """A time as it is stored. A date means its first moment, with `last` the end of the day. Raises 422."""
    if not text:
        return None
    try:
        if len(text) == 10:
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return to_text(day + timedelta(days=1) if last else day)
        return to_text(from_text(text))
    except (ValueError, OverflowError) as error:
        why = "须为 RFC 3339 时间或日期。", "This has to be an RFC 3339 time or a date."
        raise _wrong(f"/query/{name}", "bad_time", *why) from error


def day(name: str, text: str | None) -> str | None:
    """A calendar date. Raises 422."""
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError as error:
        why = "须为日期（YYYY-MM-DD）。", "This has to be a date (YYYY-MM-DD)."
        raise _wrong(f"/query/{name}", "bad_date", *why) from error


def whole(cursor: str | None) -> int | None:
    """The cursor of a list in the order of its numbers. Raises 422 for one that we did not make."""
    if not cursor:
        return None
    if cursor.isascii() and cursor.isdigit() and len(cursor) < 16:
        return int(cursor)
    raise _wrong("/query/cursor", "bad_cursor", "游标无效。", "This is no cursor of ours.")


def given(**filters: Any) -> dict[str, Any]:
    """The filters that were set."""
    return {name: value for name, value in filters.items() if value not in (None, "")}


def _wrong(pointer: str, code: str, zh: str, en: str) -> Problem:
    text = Text(zh, en)
    return Problem(422, code, text, faults=(Fault(pointer, code, text),))
