"""The type that a JSON Schema of our form dialect promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from rules.types import (
    Bool,
    Date,
    DateTime,
    Dyn,
    Field,
    Integer,
    List,
    MapOf,
    Null,
    Number,
    Record,
    Text,
    Type,
    union,
)

__all__ = ["type_of_schema"]

_MAX_NESTING = 64
Schema = Mapping[str, Any]


def type_of_schema(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Type:
    """The type of values valid for `schema`; `$ref` is looked up in `root` (default: `schema` itself).

    A field is certain only when `required` names it outside `if/then/else`. A `format: duration` field stays text:
    an expression reads it by `duration(x)`. A schema that says nothing gives `Dyn`.

    >>> type_of_schema({"type": "object", "properties": {"qty": {"type": "integer"}}, "required": ["qty"]})
    Record(fields={'qty': Field(type=Integer(low=None, high=None, values=None), optional=False)})
    """
    return _type(schema, root if root is not None else schema, 0)


def _type(schema: object, root: Schema, depth: int) -> Type:
    if not isinstance(schema, Mapping) or depth > _MAX_NESTING:
        return Dyn()
    plain = cast("Schema", schema)
    if "$ref" in plain:
        return _type(_resolve(str(plain["$ref"]), root), root, depth + 1)
    for word in ("oneOf", "anyOf"):
        if word in plain and "type" not in plain:
            return union(_type(part, root, depth + 1) for part in plain[word])
    if "const" in plain:
        return _of_values([plain["const"]], plain)
    if "enum" in plain:
        return _of_values(plain["enum"], plain)
    kinds = plain.get("type", "object" if "properties" in plain else None)
    names = [kinds] if isinstance(kinds, str) else list(cast("Sequence[str]", kinds or ()))
    return union(_named(name, plain, root, depth) for name in names) if names else Dyn()


def _resolve(reference: str, root: Schema) -> object:
    if not reference.startswith("#"):
        return None
    found: object = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        found = cast("Schema", found).get(key) if isinstance(found, Mapping) else None
    return found


def _named(name: str, schema: Schema, root: Schema, depth: int) -> Type:
    match name:
        case "null":
            return Null()
        case "boolean":
            return Bool()
        case "integer":
            return Integer(_bound(schema, "minimum"), _bound(schema, "maximum"))
        case "number":
            return Number(_bound(schema, "minimum"), _bound(schema, "maximum"))
        case "string":
            return _text(schema)
        case "array":
            return List(_type(schema.get("items"), root, depth + 1))
        case "object":
            return _object(schema, root, depth)
    return Dyn()


def _bound(schema: Schema, word: str) -> int | Decimal | None:
    value = schema.get(word)
    return value if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None


def _text(schema: Schema) -> Type:
    if isinstance(choices := schema.get("oneOf"), list):
        values = [choice.get("const") for choice in choices if isinstance(choice, Mapping)]
        texts = tuple(value for value in values if isinstance(value, str))
        if texts and len(texts) == len(values):
            return Text(texts)
    formats: dict[object, Type] = {"date": Date(), "date-time": DateTime()}
    return formats.get(schema.get("format"), Text())


def _object(schema: Schema, root: Schema, depth: int) -> Type:
    properties = _properties(schema, root)
    required = _required(schema)
    if not properties:
        extra = schema.get("additionalProperties", True)
        return Record({}) if extra is False else MapOf(_type(extra, root, depth + 1))
    return Record(
        {name: Field(_type(part, root, depth + 1), name not in required) for name, part in properties.items()}
    )


def _properties(schema: Schema, root: Schema) -> dict[str, object]:
    found = dict(schema.get("properties") or {})
    for part in schema.get("allOf") or ():
        whole = _resolve(str(part["$ref"]), root) if isinstance(part, Mapping) and "$ref" in part else part
        if isinstance(whole, Mapping) and "if" not in whole:
            found.update(whole.get("properties") or {})
    return found


def _required(schema: Schema) -> set[str]:
    found: set[str] = set(schema.get("required") or ())
    for part in schema.get("allOf") or ():
        if isinstance(part, Mapping) and "if" not in part:
            found |= set(part.get("required") or ())
    return found


def _of_values(values: Sequence[object], schema: Schema) -> Type:
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if isinstance(value, (int, Decimal)) and not isinstance(value, bool)]
    parts: list[Type] = []
    if texts:
        parts.append(_text(schema) if "format" in schema else Text(tuple(texts)))
    if numbers:
        whole = all(value == int(value) for value in numbers)
        limits = (min(numbers), max(numbers), tuple(numbers))
        parts.append(Integer(*limits) if whole else Number(*limits))
    parts += [Bool()] if any(isinstance(value, bool) for value in values) else []
    parts += [Null()] if any(value is None for value in values) else []
    known = len(texts) + len(numbers) + sum(value is None or isinstance(value, bool) for value in values)
    return union(parts) if parts and known == len(values) else Dyn()
