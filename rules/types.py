"""Types of values, as the checker sees them: what a form or data schema promises about each field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

Bound: TypeAlias = int | Decimal | None


@dataclass(frozen=True, slots=True)
class Null:
    """Only `null`."""


@dataclass(frozen=True, slots=True)
class Bool:
    """`true` or `false`."""


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal; `low` and `high` (inclusive) and `values` when the schema states them."""

    low: Bound = None
    high: Bound = None
    values: tuple[int | Decimal, ...] | None = None


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number, with the same optional limits as `Number`."""

    low: Bound = None
    high: Bound = None
    values: tuple[int | Decimal, ...] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Text; `values` when only these are possible."""

    values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar day (in JSON: text `YYYY-MM-DD`)."""


@dataclass(frozen=True, slots=True)
class DateTime:
    """An instant (in JSON: RFC 3339 text)."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time, the result of `duration()` or of a difference. Duration fields of forms are `Text`."""


@dataclass(frozen=True, slots=True)
class Dyn:
    """Anything; nothing is checked about it."""


@dataclass(frozen=True, slots=True)
class List:
    """A list of `item`."""

    item: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """A record with any keys, all values of one type."""

    value: Type


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record; an optional one may be absent."""

    type: Type
    optional: bool = False


@dataclass(frozen=True)
class Record:
    """A record with known fields."""

    fields: Mapping[str, Field] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Union:
    """One of several types; with no options it has no value (the item of an empty list)."""

    options: tuple[Type, ...] = ()


Type: TypeAlias = (
    Null | Bool | Number | Integer | Text | Date | DateTime | Duration | Dyn | List | MapOf | Record | Union
)

NEVER = Union(())
_NAMES: dict[type, tuple[str, str]] = {
    Null: ("空值", "null"),
    Bool: ("真假值", "true/false"),
    Number: ("数字", "number"),
    Integer: ("整数", "integer"),
    Text: ("文字", "text"),
    Date: ("日期", "date"),
    DateTime: ("时间", "date-time"),
    Duration: ("时长", "duration"),
    Dyn: ("任意值", "anything"),
    List: ("列表", "list"),
    MapOf: ("记录", "record"),
    Record: ("记录", "record"),
}


def record(**fields: Type | Field) -> Record:
    """A record type written by hand.

    >>> record(qty=Integer(), note=Field(Text(), optional=True)).fields["note"].optional
    True
    """
    return Record({name: kind if isinstance(kind, Field) else Field(kind) for name, kind in fields.items()})


def options(kind: Type) -> tuple[Type, ...]:
    """The types a value may have, none of them a union."""
    return kind.options if isinstance(kind, Union) else (kind,)


def union(kinds: Iterable[Type]) -> Type:
    """One type for values of any of `kinds`; lists are joined into one list type, text values into one set."""
    found: list[Type] = []
    for kind in (option for given in kinds for option in options(given)):
        if isinstance(kind, Dyn):
            return kind
        _join(found, kind)
    return found[0] if len(found) == 1 else Union(tuple(found))


def _join(found: list[Type], kind: Type) -> None:
    for place, other in enumerate(found):
        if other == kind:
            return
        if isinstance(kind, List) and isinstance(other, List):
            found[place] = List(union((other.item, kind.item)))
            return
        if isinstance(kind, Text) and isinstance(other, Text):
            found[place] = _join_texts(other, kind)
            return
        if isinstance(kind, (Number, Integer)) and isinstance(other, (Number, Integer)):
            whole = isinstance(kind, Integer) and isinstance(other, Integer)
            found[place] = Integer() if whole else Number()
            return
    found.append(kind)


def _join_texts(first: Text, second: Text) -> Text:
    if first.values is None or second.values is None:
        return Text()
    return Text(tuple(dict.fromkeys(first.values + second.values)))


def nullable(kind: Type) -> Type:
    """The type or `null`."""
    return union((kind, Null()))


def without_null(kind: Type) -> Type:
    """The type once `null` is ruled out."""
    return union(option for option in options(kind) if not isinstance(option, Null))


def names_of(kind: Type) -> tuple[str, str]:
    """The type in words, Chinese and English."""
    if isinstance(kind, Union):
        parts = [names_of(option) for option in kind.options]
        return "或".join(zh for zh, _ in parts) or "无", " or ".join(en for _, en in parts) or "nothing"
    return _NAMES[type(kind)]
