"""The JSON Schema of the language for editors, built from the same words as the checks.

Editors complete and explain every word from it. ``definitions/schema/process.schema.json`` is written from here and a
test keeps it current.
Run ``python -m workflows.language.schema > definitions/schema/process.schema.json`` after a change.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from domain.errors import Text
from domain.roles import EXTERNAL_PARTIES, MEANINGS, ROLES
from workflows.language import words
from workflows.language.model import PRIORITIES

_KEY = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$"}
_TEXT = {"type": "string", "minLength": 1}
_EXPRESSION = {"type": "string", "minLength": 1}
_VALUE = {"type": ["string", "number"]}
_DURATION = {
    "type": "string",
    "pattern": "^(work:)?P(\\d+W)?(\\d+D)?(T(\\d+H)?(\\d+M)?(\\d+S)?)?$",
    "examples": ["P1D", "PT4H", "work:PT2H"],
}
_FORM = {"type": "string", "pattern": "^forms/[a-z][a-z0-9_]*\\.v[1-9][0-9]*\\.json$"}
_TABLE = {"type": "string", "pattern": "^tables/[a-z][a-z0-9_]*\\.v[1-9][0-9]*\\.yaml$"}


def process_schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) as plain data."""
    properties = {word: _described(_TOP_SHAPES[word], text) for word, text in words.TOP.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "GSPFlow process definition, language version 1",
        "type": "object",
        "additionalProperties": False,
        "required": list(words.TOP_REQUIRED),
        "properties": properties,
        "$defs": {
            "step": _step(),
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            "bilingual": _object({"zh": _TEXT, "en": _TEXT}, ("zh", "en")),
            "role": _enumerated(ROLES),
            "roles": {"type": "array", "minItems": 1, "items": _role_entry()},
            "target": {**_KEY, "description": "步骤键或 end_of_block / a step's id, or end_of_block"},
        },
    }


def _step() -> dict[str, Any]:
    properties = {word: _described(_KIND_SHAPES[word], text) for word, text in words.KINDS.items()}
    properties |= {word: _described(_KEY_SHAPES[word], text) for word, text in words.KEYS.items()}
    kinds = [{"required": [kind]} for kind in words.KINDS]
    needs = [
        {"if": {"required": [kind]}, "then": {"required": list(required)}}
        for kind, required in words.KIND_REQUIRED.items()
    ]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["id"],
        "properties": properties,
        "oneOf": kinds,
        "allOf": needs,
    }


def _described(shape: dict[str, Any], text: Text) -> dict[str, Any]:
    return {**shape, "description": f"{text.zh} / {text.en}"}


def _object(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**found, "required": list(required)} if required else found


def _enumerated(known: dict[str, Text]) -> dict[str, Any]:
    return {"oneOf": [{"const": key, "title": f"{text.zh} / {text.en}"} for key, text in known.items()]}


def _role_entry() -> dict[str, Any]:
    everyone = {"type": "string", "pattern": "^everyone\\([a-z_]+\\)$"}
    return {"anyOf": [{"$ref": "#/$defs/role"}, everyone]}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _list(items: dict[str, Any], fewest: int = 1) -> dict[str, Any]:
    return {"type": "array", "minItems": fewest, "items": items}


def _choice(*given: str) -> dict[str, Any]:
    return {"enum": list(given)}


_EXPRESSIONS = {"type": "object", "additionalProperties": _VALUE}
_MESSAGE = _object({"keys": _EXPRESSION, "to": _ref("target")}, ("keys", "to"))
_TOP_SHAPES: dict[str, dict[str, Any]] = {
    "gspflow": {"const": words.LANGUAGE},
    "process": _KEY,
    "version": {"type": "string", "pattern": "^\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]+)?$"},
    "title": _ref("bilingual"),
    "owner": _ref("role"),
    "basis": _list(_TEXT),
    "effective_from": {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"},
    "start": _object({"by": _list(_ref("role")), "form": _FORM}, ("by", "form")),
    "key": _EXPRESSION,
    "data": _object({"schema": _FORM}, ("schema",)),
    "steps": _ref("steps"),
    "on_message": {"type": "object", "propertyNames": _KEY, "additionalProperties": _MESSAGE},
}
_WAITED: dict[str, dict[str, Any]] = {
    "timer": {"timer": _DURATION},
    "message": {"message": _KEY, "keys": _EXPRESSION, "keep": {"type": "boolean"}},
    "condition": {"condition": _EXPRESSION},
}
_WAIT_REQUIRED = {"timer": ("timer",), "message": ("message", "keys"), "condition": ("condition",)}


def _wait() -> dict[str, Any]:
    """One thing, or the first of several, each of which may say where it goes."""
    single = [_object(shapes, _WAIT_REQUIRED[kind]) for kind, shapes in _WAITED.items()]
    arms = [_object({**shapes, "to": _ref("target")}, _WAIT_REQUIRED[kind]) for kind, shapes in _WAITED.items()]
    return {"oneOf": [*single, _object({"first_of": _list({"oneOf": arms})}, ("first_of",))]}


_KIND_SHAPES: dict[str, dict[str, Any]] = {
    "task": _ref("role"),
    "approve": _object(
        {
            "by": _ref("roles"),
            "rule": _choice(*words.APPROVE_RULES),
            "veto": _list(_ref("role")),
            "ratio": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "n": {"type": "integer", "minimum": 1},
        },
        ("by",),
    ),
    "call": {"type": "string", "pattern": "^[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*$"},
    "decide": _TABLE,
    "set": {**_EXPRESSIONS, "minProperties": 1},
    "branch": _list(
        {
            "oneOf": [
                _object({"when": _EXPRESSION, "to": _ref("target")}, ("when", "to")),
                _object({"else": _ref("target")}, ("else",)),
            ]
        }
    ),
    "parallel": _list(_object({"do": _ref("steps")}, ("do",)), 2),
    "foreach": _EXPRESSION,
    "notify": _ref("roles"),
    "end": _choice(*words.ENDS),
    "loop": _object(
        {"while": _EXPRESSION, "max": {"type": "integer", "minimum": 1, "maximum": words.ROUNDS_MAX}}, ("while", "max")
    ),
    "wait": _wait(),
    "start": {
        "type": "string",
        "pattern": "^[a-z][a-z0-9_]*@(\\*|[\\^~]?\\d+(\\.\\d+){0,2})$",
        "examples": ["capa@^1", "capa@1.2.3"],
    },
}
_OUTCOME = {"anyOf": [_choice(*words.GLOSSARY_OUTCOMES), _object({"key": _KEY, "zh": _TEXT, "en": _TEXT}, ("key",))]}
_ALLOW = {"anyOf": [_enumerated(words.ALLOW_VERBS), _object({"return_to": _list(_KEY)}, ("return_to",))]}
_KEY_SHAPES: dict[str, dict[str, Any]] = {
    "id": _KEY,
    "title": _ref("bilingual"),
    "help": _ref("bilingual"),
    "basis": _list(_TEXT),
    "when": _EXPRESSION,
    "next": _ref("target"),
    "on": {"type": "object", "additionalProperties": _ref("target")},
    "form": _FORM,
    "with": _EXPRESSIONS,
    "do": _ref("steps"),
    "outcomes": _list(_OUTCOME),
    "into": _KEY,
    "due": _DURATION,
    "sign": _object({"meaning": _enumerated(MEANINGS), "reauth": {"type": "boolean"}}, ("meaning",)),
    "external_signature": _enumerated(EXTERNAL_PARTIES),
    "not_same_as": _list(_KEY),
    "retry": _object(
        {"max": {"type": "integer", "minimum": 1, "maximum": words.RETRY_MAX}, "then": _choice("incident")}, ("max",)
    ),
    "undo": _TEXT,
    "join": _choice(*words.JOINS),
    "as": _KEY,
    "item_key": _EXPRESSION,
    "min": {"type": "integer", "minimum": 0, "maximum": words.ITEMS_MAX},
    "mode": _choice(*words.MODES),
    "seal": {"type": "boolean"},
    "cancel_when": _EXPRESSION,
    "escalate": _list(
        {
            "oneOf": [
                _object(
                    {"after": _DURATION, "remind": {"anyOf": [_choice(words.ASSIGNEE), _ref("role")]}},
                    ("after", "remind"),
                ),
                _object({"after": _DURATION, "add": _ref("role")}, ("after", "add")),
            ]
        }
    ),
    "fields": {"type": "object", "additionalProperties": _choice(*words.FIELD_MODES)},
    "allow": _list(_ALLOW),
    "same_as": _KEY,
    "needs": _list(_TEXT),
    "priority": _choice(*PRIORITIES),
    "mutex": _KEY,
    "on_return": _choice(*words.ON_RETURN),
    "child_on_return": _choice(*words.CHILD_ON_RETURN),
    "after_return": _choice(*words.AFTER_RETURN),
    "detached": {"type": "boolean"},
    "acknowledge": {"type": "boolean"},
    "n": {"type": "integer", "minimum": 1},
    "rest": _choice(*words.RESTS),
    "open": {"type": "boolean"},
    "add_by": _list(_ref("role")),
    "until": _EXPRESSION,
}


def schema_text() -> str:
    """The text of ``definitions/schema/process.schema.json``."""
    return json.dumps(process_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
