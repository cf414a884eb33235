"""What each binary operator does with two values, and what values cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from rules.arithmetic import add, equal, list_limit, multiply, nesting_limit, order, subtract
from rules.values import MAX_LIST, MAX_NESTING, Value, is_list, type_fault

_ORDERED: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}


SMALL = frozenset({int, bool, type(None)})


def weight(value: Value) -> int:
    """What a long text, list or record costs in steps beside the operation itself."""
    if type(value) is str:
        return len(value) // 256
    if is_list(value) or isinstance(value, Mapping):
        return _depth_weight(value, 0)
    return 0


def _depth_weight(value: Value, depth: int) -> int:
    if depth > MAX_NESTING:
        raise nesting_limit()
    if is_list(value):
        items = cast("list[Value]", value)
    elif isinstance(value, Mapping):
        items = list(value.values())
    else:
        return len(value) // 256 if isinstance(value, str) else 0
    if len(items) > MAX_LIST:
        raise list_limit()
    return len(items) // 8 + sum(_depth_weight(item, depth + 1) for item in items)


def operation(op: str) -> Callable[[Value, Value], Value]:
    """The function of a binary operator."""
    if op in ("==", "!="):
        return equal if op == "==" else lambda left, right: not equal(left, right)
    if op in _ORDERED:
        decide = _ORDERED[op]
        return lambda left, right: decide(order(left, right))
    if op == "in":
        return _member_of
    if op == "+":
        return add
    return subtract if op == "-" else lambda left, right: multiply(op, left, right)


def _member_of(item: Value, whole: Value) -> bool:
    if isinstance(whole, Mapping):
        if not isinstance(item, str):
            raise type_fault("记录的键应为文字", "A key of a record is a text", item)
        return item in whole
    if not is_list(whole):
        raise type_fault("in 右边应为列表或记录", "'in' needs a list or a record on its right", whole)
    return any(equal(item, other) for other in cast("list[Value]", whole))
