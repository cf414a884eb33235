"""Which operand types an operator takes and what comes out; `None` where the operation would fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from rules.types import (
    NEVER,
    Bool,
    Date,
    DateTime,
    Duration,
    Dyn,
    Integer,
    List,
    MapOf,
    Null,
    Number,
    Record,
    Text,
    Type,
    options,
    union,
)
from rules.values import read_date, read_datetime, read_duration

Rule = Callable[[Type, Type], Type | None]


def pairwise(left: Type, right: Type, rule: Rule) -> Type | None:
    """The result over all combinations of what both sides may be; `None` when one of them would fault."""
    results: list[Type] = []
    for first in options(left):
        for second in options(right):
            result: Type | None = Dyn() if isinstance(first, Dyn) or isinstance(second, Dyn) else rule(first, second)
            if result is None:
                return None
            results.append(result)
    return union(results) if results else NEVER


def is_number(kind: Type) -> bool:
    """Whether the type is numeric."""
    return isinstance(kind, (Number, Integer))


def _both_numbers(left: Type, right: Type) -> Type | None:
    if is_number(left) and is_number(right):
        return Integer() if isinstance(left, Integer) and isinstance(right, Integer) else Number()
    return None


def add(left: Type, right: Type) -> Type | None:
    """`+`."""
    if isinstance(left, Text) and isinstance(right, Text):
        return Text()
    if isinstance(left, List) and isinstance(right, List):
        return List(union((left.item, right.item)))
    for moment, other in ((left, right), (right, left)):
        if isinstance(other, Duration) and isinstance(moment, (Date, DateTime, Duration)):
            return moment
    return _both_numbers(left, right)


def subtract(left: Type, right: Type) -> Type | None:
    """`-`."""
    if isinstance(right, Duration) and isinstance(left, (Date, DateTime, Duration)):
        return left
    if isinstance(left, (Date, DateTime)) and type(left) is type(right):
        return Duration()
    return _both_numbers(left, right)


def multiply(left: Type, right: Type) -> Type | None:
    """`*` and `%`: whole when both sides are."""
    return _both_numbers(left, right)


def divide(left: Type, right: Type) -> Type | None:
    """`/`: never promised to be whole."""
    return Number() if is_number(left) and is_number(right) else None


def ordered(left: Type, right: Type) -> Type | None:
    """`< <= > >=`, `min`, `max`."""
    if is_number(left) and is_number(right):
        return Bool()
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Text) and isinstance(other, (Date, DateTime, Duration)):
            return Bool() if _reads_as(one, other) else None
    same = type(left) is type(right) and isinstance(left, (Text, Date, DateTime, Duration))
    return Bool() if same else None


def _reads_as(text: Text, other: Type) -> bool:
    """Whether every value the text can have writes a date, instant or duration, as literals may."""
    reader = {Date: read_date, DateTime: read_datetime, Duration: read_duration}[type(other)]
    return text.values is not None and all(reader(value) is not None for value in text.values)


def can_be_equal(left: Type, right: Type) -> bool:
    """Whether `==` can ever be true."""
    return any(_may_equal(first, second) for first in options(left) for second in options(right))


def _may_equal(left: Type, right: Type) -> bool:
    if isinstance(left, Dyn) or isinstance(right, Dyn):
        return True
    if is_number(left) and is_number(right):
        return True
    if isinstance(left, Text) and isinstance(right, Text):
        return left.values is None or right.values is None or bool(set(left.values) & set(right.values))
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Text) and isinstance(other, (Date, DateTime, Duration)):
            return one.values is None or _reads_as(one, other)
    records = (Record, MapOf)
    return type(left) is type(right) or (isinstance(left, records) and isinstance(right, records))


def contained(item: Type, whole: Type) -> Type | None:
    """`in`."""
    if isinstance(whole, List):
        return Bool()
    return Bool() if isinstance(whole, (Record, MapOf)) and isinstance(item, Text) else None


def all_are(kind: Type, allowed: Iterable[type]) -> bool:
    """Whether every possibility is one of `allowed` (or unknown)."""
    kinds = (*allowed, Dyn)
    return all(isinstance(option, kinds) for option in options(kind))


def may_be_null(kind: Type) -> bool:
    """Whether `null` is a possibility."""
    return any(isinstance(option, Null) for option in options(kind))


def literal_type(value: None | bool | int | Decimal | str) -> Type:
    """The type of a literal; a text literal is known to have just that value."""
    if value is None:
        return Null()
    if isinstance(value, bool):
        return Bool()
    if isinstance(value, str):
        return Text((value,))
    return Integer() if isinstance(value, int) else Number()


def without_limits(kind: Type) -> Type:
    """The type without the bounds of its numbers, which a sign change moves."""

    def plain(option: Type) -> Type:
        if isinstance(option, Integer):
            return Integer()
        return Number() if isinstance(option, Number) else option

    return union(plain(option) for option in options(kind))
