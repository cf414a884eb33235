"""Whether stored data still fit a schema, asked without a validator: pure, so that the engine may ask it.

It says no to what ``forms.validation`` would refuse for types, choices, limits, formats, patterns, rows and missing
fields. Conditional requirement (``if``/``then``) is a question to the person who enters, not to data on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from domain.canonical import dumps
from domain.errors import Fault, Text
from domain.json_types import Json, JsonObject
from forms.formats import FORMATS
from forms.pointers import pointer_of
from forms.schema import engine_schema, resolved
from rules.errors import ExprSyntaxError
from rules.regex import compile_pattern

_PATTERN_STEPS = 100_000


def misfits(schema: JsonObject, value: JsonObject, *, complete: bool) -> list[Fault]:
    """What of ``value`` a schema would refuse now. ``complete``: required fields of the top level must be there too."""
    return list(_object(engine_schema(resolved(schema)), value, "", complete))


def unknown_fields(schema: JsonObject, value: JsonObject) -> list[str]:
    """Top-level fields that the schema does not know."""
    known: Any = resolved(schema).get("properties") or {}
    return [name for name in value if name not in known]


def _node(schema: Any, value: Any, pointer: str) -> Iterator[Fault]:
    wanted = schema.get("type")
    if wanted is not None and not _is_of(value, wanted):
        yield _fault(pointer, "type", f"类型应为 {wanted}", f"it is not of the type {wanted}")
        return
    yield from _choice(schema, value, pointer)
    if isinstance(value, str):
        yield from _text(schema, value, pointer)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield from _bounds(_NUMBER, schema, value, pointer)
    elif isinstance(value, list):
        yield from _list(schema, value, pointer)
    elif isinstance(value, dict):
        yield from _object(schema, value, pointer, True)


def _object(schema: Any, value: Any, pointer: str, complete: bool) -> Iterator[Fault]:
    known = schema.get("properties") or {}
    for name in schema.get("required") or () if complete else ():
        if name not in value:
            yield _fault(f"{pointer}{pointer_of([name])}", "required", "缺少此项", "it is missing")
    for name, item in value.items():
        if name in known:
            yield from _node(known[name], item, f"{pointer}{pointer_of([name])}")


def _list(schema: Any, value: list[Any], pointer: str) -> Iterator[Fault]:
    yield from _bounds(_ROWS, schema, len(value), pointer)
    for index, item in enumerate(value):
        yield from _node(schema.get("items") or {}, item, f"{pointer}/{index}")


def _choice(schema: Any, value: Any, pointer: str) -> Iterator[Fault]:
    listed = schema.get("enum")
    if listed is not None and not any(_same(value, one) for one in listed):
        yield _fault(pointer, "enum", "不在可选值之内", "it is none of the choices")
    if "const" in schema and not _same(value, schema["const"]):
        yield _fault(pointer, "const", "不是规定的值", "it is not the one value allowed")


def _text(schema: Any, value: str, pointer: str) -> Iterator[Fault]:
    yield from _bounds(_LENGTH, schema, len(value), pointer)
    is_format = FORMATS.get(schema.get("format") or "")
    if is_format is not None and not is_format(value):
        yield _fault(pointer, "format", f"不是 {schema['format']}", f"it is no {schema['format']}")
    pattern = schema.get("pattern")
    if pattern is not None and not _matches(pattern, value):
        yield _fault(pointer, "pattern", "书写格式不符", "it is not written as wanted")


def _matches(pattern: str, value: str) -> bool:
    try:
        return _compiled(pattern).search(value, _PATTERN_STEPS)[0]
    except ExprSyntaxError:  # check has refused it, unless our regular expressions are narrower than the validator's
        return True


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    return compile_pattern(pattern)


Bound = tuple[str, Callable[[Any, Any], bool], str, str]
_NUMBER: tuple[Bound, ...] = (
    ("minimum", lambda value, bound: value >= bound, "小于下限", "it is below the limit"),
    ("maximum", lambda value, bound: value <= bound, "大于上限", "it is above the limit"),
    ("exclusiveMinimum", lambda value, bound: value > bound, "不高于下限", "it is not above the limit"),
    ("exclusiveMaximum", lambda value, bound: value < bound, "不低于上限", "it is not below the limit"),
)
_LENGTH: tuple[Bound, ...] = (
    ("minLength", lambda value, bound: value >= bound, "过短", "it is shorter than"),
    ("maxLength", lambda value, bound: value <= bound, "过长", "it is longer than"),
)
_ROWS: tuple[Bound, ...] = (
    ("minItems", lambda value, bound: value >= bound, "行数过少", "it has fewer rows than"),
    ("maxItems", lambda value, bound: value <= bound, "行数过多", "it has more rows than"),
)


def _bounds(bounds: tuple[Bound, ...], schema: Any, value: Any, pointer: str) -> Iterator[Fault]:
    for word, fits, zh, en in bounds:
        if word in schema and not fits(value, schema[word]):
            yield _fault(pointer, word, f"{zh} {schema[word]}", f"{en} {schema[word]}")


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int | Decimal) and not isinstance(value, bool) and value == int(value),
    "number": lambda value: isinstance(value, int | Decimal) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _is_of(value: Json, wanted: Any) -> bool:
    names = wanted if isinstance(wanted, list) else [wanted]
    return any(_TYPES[name](value) for name in names if name in _TYPES)


def _same(one: Json, other: Json) -> bool:
    return dumps(one) == dumps(other)


def _fault(pointer: str, code: str, zh: str, en: str) -> Fault:
    return Fault(pointer, code, Text(zh, en))
