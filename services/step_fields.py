"""The form of a step without the fields that the step hides, and with those it only shows marked read-only (``fields:``).

A read-only field takes the value that the case has, whatever a client sends; a hidden one is not even there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.json_types import JsonObject

HIDE, READ = "hide", "read"


def step_form(form: JsonObject, fields: Mapping[str, str]) -> JsonObject:
    """``form`` as ``{schema, ui}`` with ``fields`` (name of a top-level field → ``hide`` or ``read``) taken into account."""
    if not fields:
        return form
    hidden = frozenset(name for name, how in fields.items() if how == HIDE)
    schema: Any = _without(form["schema"], hidden)
    known = {
        name: {**node, "readOnly": True} if fields.get(name) == READ else node
        for name, node in schema.get("properties", {}).items()
    }
    return {**form, "schema": {**schema, "properties": known}, "ui": _ui_without(form.get("ui") or {}, hidden)}


def _without(schema: Any, hidden: frozenset[str]) -> Any:
    """The schema and its conditions, which may require a field, without the hidden ones."""
    if not isinstance(schema, dict):
        return schema
    found = dict(schema)
    if isinstance(found.get("properties"), dict):
        found["properties"] = {name: node for name, node in found["properties"].items() if name not in hidden}
    if isinstance(found.get("required"), list):
        found["required"] = [name for name in found["required"] if name not in hidden]
    for word in ("if", "then", "else"):
        if word in found:
            found[word] = _without(found[word], hidden)
    if isinstance(found.get("allOf"), list):
        found["allOf"] = [_without(part, hidden) for part in found["allOf"]]
    return found


def _ui_without(ui: Any, hidden: frozenset[str]) -> JsonObject:
    found = dict(ui)
    if isinstance(found.get("fields"), dict):
        found["fields"] = {name: hint for name, hint in found["fields"].items() if name.split("/")[-1] not in hidden}
    if isinstance(found.get("sections"), list):
        found["sections"] = [
            {**one, "fields": [name for name in one.get("fields", ()) if name not in hidden]}
            for one in found["sections"]
        ]
    return found
