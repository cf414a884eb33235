"""The JSON Schema of a form, made ready: references resolved, annotations left out, attachments spelt out.

Source of the keywords: JSON Schema 2020-12, the closed part that ``dialect.schema.json`` allows.
"""

from __future__ import annotations

from typing import Any

from domain.errors import GspError
from domain.json_types import Json, JsonObject

DEPTH_MAX = 32
ROWS_MAX = 500
"""No list of a form may be longer (the same bound as the items of a foreach)."""
ATTACHMENT: JsonObject = {
    "type": "object",
    "properties": {
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "name": {"type": "string", "minLength": 1, "maxLength": 255},
        "size": {"type": "integer", "minimum": 0},
        "media_type": {"type": "string", "minLength": 3, "maxLength": 127},
    },
    "required": ["sha256", "name", "size", "media_type"],
    "additionalProperties": False,
}
"""The value of a field with ``format: attachment``: the file itself is stored by its hash."""

_KEPT = frozenset(
    "type required enum const minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern "
    "minItems maxItems uniqueItems format additionalProperties dependentRequired".split()
)
_NESTED = ("if", "then", "else", "items")


def resolved(schema: JsonObject) -> JsonObject:
    """The schema with every ``$ref`` replaced by what it names; keywords beside a ``$ref`` win over it.

    Raises ``GspError`` (``unknown_ref``, ``recursive_ref``).
    """
    defs = schema.get("$defs")
    return _resolve({key: value for key, value in schema.items() if key != "$defs"}, _object(defs), 0)


def engine_schema(schema: JsonObject) -> JsonObject:
    """What both validators get of a resolved schema: constraints only."""
    if schema.get("format") == "attachment":
        return ATTACHMENT
    out: JsonObject = {key: value for key, value in schema.items() if key in _KEPT}
    if "properties" in schema:
        out["properties"] = {name: engine_schema(_object(sub)) for name, sub in _object(schema["properties"]).items()}
    for key in _NESTED:
        if key in schema:
            out[key] = engine_schema(_object(schema[key]))
    if "allOf" in schema:
        out["allOf"] = [engine_schema(_object(sub)) for sub in _list(schema["allOf"])]
    if "oneOf" in schema:
        out["enum"] = [_object(choice).get("const") for choice in _list(schema["oneOf"])]
    if out.get("type") == "array":
        out.setdefault("maxItems", ROWS_MAX)
    return out


def choices(schema: JsonObject) -> list[tuple[Json, str | None]]:
    """The permitted values of a field with their English fallback titles; empty when any value may stand there."""
    if "oneOf" in schema:
        pairs = [_object(choice) for choice in _list(schema["oneOf"])]
        return [(pair.get("const"), _text(pair.get("title"))) for pair in pairs]
    return [(value, None) for value in _list(schema.get("enum"))]


def _resolve(node: Any, defs: JsonObject, depth: int) -> Any:
    if depth > DEPTH_MAX:
        raise GspError(
            "recursive_ref", "$ref 互相引用，无法展开。", "The $ref entries refer to each other without end."
        )
    if isinstance(node, list):
        return [_resolve(item, defs, depth + 1) for item in node]
    if not isinstance(node, dict):
        return node
    merged = _with_ref(node, defs)
    if "$ref" in merged:
        return _resolve(merged, defs, depth + 1)
    return {
        key: value if key in ("default", "enum", "const") else _resolve(value, defs, depth + 1)
        for key, value in merged.items()
    }


def _with_ref(node: JsonObject, defs: JsonObject) -> JsonObject:
    ref = node.get("$ref")
    if not isinstance(ref, str):
        return node
    name = ref.removeprefix("#/$defs/")
    target = defs.get(name)
    if not ref.startswith("#/$defs/") or not isinstance(target, dict):
        raise GspError("unknown_ref", f"$ref“{ref}”没有对应的 $defs。", f"The $ref {ref!r} names nothing in $defs.")
    return {**target, **{key: value for key, value in node.items() if key != "$ref"}}


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
