"""The functions of the language. Each takes evaluated arguments and returns a value or raises `ValueFault`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import reduce

from rules.arithmetic import add, list_limit, order, text_limit
from rules.errors import ExprSyntaxError, ValueFault
from rules.regex import compile_pattern
from rules.values import (
    MAX_LIST,
    MAX_TEXT,
    Duration,
    Value,
    is_list,
    is_number,
    nfc,
    read_date,
    read_datetime,
    read_duration,
    type_fault,
)

# One evaluation step pays for this many visits of a pattern's states.
PATTERN_WORK_PER_STEP = 50
ARITIES: dict[str, tuple[int, int]] = {
    "size": (1, 1),
    "contains": (2, 2),
    "startsWith": (2, 2),
    "endsWith": (2, 2),
    "matches": (2, 2),
    "min": (1, 32),
    "max": (1, 32),
    "sum": (1, 1),
    "date": (1, 1),
    "datetime": (1, 1),
    "duration": (1, 1),
}


def size(value: Value) -> int:
    """Characters of a text, items of a list, entries of a record."""
    if isinstance(value, str):
        return len(nfc(value))
    if is_list(value) or isinstance(value, Mapping):
        return len(value)  # type: ignore[arg-type]
    raise type_fault("size() 应给文字、列表或记录", "size() takes a text, a list or a record", value)


def _texts(name: str, left: Value, right: Value) -> tuple[str, str]:
    if isinstance(left, str) and isinstance(right, str):
        if len(left) > MAX_TEXT or len(right) > MAX_TEXT:
            raise text_limit()
        return nfc(left), nfc(right)
    raise type_fault(f"{name}() 应给两段文字", f"{name}() takes two texts", left, right)


def contains(text: Value, part: Value) -> bool:
    """Whether `part` occurs in `text`."""
    whole, piece = _texts("contains", text, part)
    return piece in whole


def starts_with(text: Value, part: Value) -> bool:
    """Whether `text` begins with `part`."""
    whole, piece = _texts("startsWith", text, part)
    return whole.startswith(piece)


def ends_with(text: Value, part: Value) -> bool:
    """Whether `text` ends with `part`."""
    whole, piece = _texts("endsWith", text, part)
    return whole.endswith(piece)


def matches(text: Value, pattern: Value, steps: int) -> tuple[bool, int]:
    """Whether `pattern` occurs in `text`, and the steps it took out of `steps`."""
    whole, piece = _texts("matches", text, pattern)
    try:
        compiled = compile_pattern(piece)
    except ExprSyntaxError as exc:
        raise ValueFault("bad_text", exc.message_zh, exc.message_en) from exc
    found, used = compiled.search(whole, max(steps, 0) * PATTERN_WORK_PER_STEP)
    return found, used // PATTERN_WORK_PER_STEP


def smallest(*values: Value) -> Value:
    """`min(a, b, …)` or `min(list)`."""
    return _extreme("min", values, -1)


def largest(*values: Value) -> Value:
    """`max(a, b, …)` or `max(list)`."""
    return _extreme("max", values, 1)


def _extreme(name: str, values: tuple[Value, ...], wanted: int) -> Value:
    if len(values) == 1:
        values = tuple(_items(name, values[0]))
    if not values:
        raise ValueFault("empty_list", f"{name}() 的列表为空。", f"{name}() of an empty list.")
    best = values[0]
    # Comparing the first with itself refuses a single value that has no order.
    order(best, best)
    for value in values[1:]:
        if order(value, best) == wanted:
            best = value
    return best


def total(value: Value) -> Value:
    """`sum(list)` of numbers or of durations; 0 for an empty list."""
    items = _items("sum", value)
    if not all(is_number(item) or isinstance(item, Duration) for item in items):
        raise type_fault("sum() 应给数字或时长的列表", "sum() takes a list of numbers or of durations", *items[:3])
    return reduce(add, items) if items else 0


def _items(name: str, value: Value) -> list[Value]:
    if not is_list(value):
        raise type_fault(f"{name}() 应给列表", f"{name}() takes a list", value)
    if len(value) > MAX_LIST:  # type: ignore[arg-type]
        raise list_limit()
    return list(value)  # type: ignore[arg-type]


def to_date(value: Value) -> Value:
    """`date("2026-01-01")`; a date stays as it is."""
    found = read_date(value) if isinstance(value, str) else value if type(value) is date else None
    return _found(found, value, "date", "YYYY-MM-DD")


def to_datetime(value: Value) -> Value:
    """`datetime("2026-01-01T08:00:00Z")`; an instant stays as it is."""
    found = read_datetime(value) if isinstance(value, str) else value if type(value) is datetime else None
    return _found(found, value, "datetime", "2026-01-01T08:00:00+08:00")


def to_duration(value: Value) -> Value:
    """`duration("P1DT2H")`; a duration stays as it is."""
    found = read_duration(value) if isinstance(value, str) else value if isinstance(value, Duration) else None
    return _found(found, value, "duration", "P1D、PT2H、P6M")


def _found(found: Value, value: Value, name: str, example: str) -> Value:
    if found is not None:
        return found
    if isinstance(value, str):
        raise ValueFault(
            "bad_text",
            f"{name}() 读不懂“{value[:40]}”，应写作 {example}。",
            f"{name}() cannot read {value[:40]!r}; write it like {example}.",
        )
    raise type_fault(f"{name}() 应给文字", f"{name}() takes a text", value)


PLAIN: dict[str, Callable[..., Value]] = {
    "size": size,
    "contains": contains,
    "startsWith": starts_with,
    "endsWith": ends_with,
    "min": smallest,
    "max": largest,
    "sum": total,
    "date": to_date,
    "datetime": to_datetime,
    "duration": to_duration,
}
