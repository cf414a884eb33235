"""The form of one item of a list that a case walks: its part of the schema, with the words of the pinned forms."""

from __future__ import annotations

from typing import Any

from domain.errors import Fault
from domain.json_types import JsonObject
from forms.validation import value_faults
from workflows.language.diagram import plain_title
from workflows.language.model import Model, Step


def item_form(model: Model, step: Step) -> JsonObject | None:
    """``{schema, ui}`` of an item of the list that a ``foreach`` walks; ``None`` when no schema of the case has it."""
    found = _list_of(model, step)
    if found is None:
        return None
    name, schema = found
    item: Any = _resolved(schema["properties"][name].get("items"), schema)
    if not isinstance(item, dict) or item.get("type") != "object":
        return None
    part: JsonObject = {**item, "$defs": schema["$defs"]} if "$defs" in schema else dict(item)
    title = step.title
    words: JsonObject = {
        "zh": plain_title(title.zh.text if title else "") or "项目",
        "en": plain_title(title.en.text if title else "") or "Item",
    }
    return {"schema": part, "ui": {"title": words, "fields": _hints(model, name)}}


def item_faults(model: Model, step: Step, item: JsonObject) -> list[Fault]:
    """What is wrong with an item by the schema of its list; nothing when no schema of the case has the list."""
    found = _list_of(model, step)
    if found is None:
        return []
    name, schema = found
    part: JsonObject = {"type": "object", "properties": {name: schema["properties"][name]}}
    if "$defs" in schema:
        part["$defs"] = schema["$defs"]
    within = f"/{name}/0"
    faults = value_faults(part, {name: [item]})
    return [Fault(fault.pointer.removeprefix(within), fault.code, fault.message) for fault in faults]


def _list_of(model: Model, step: Step) -> tuple[str, Any] | None:
    """The name of the list and the schema in which it stands: that of the case's data, or of the start form."""
    head, _, name = (step.items.text if step.items else "").strip().partition(".")
    schema: Any = {"data": model.data_schema, "start": model.forms[model.start_form]["schema"]}.get(head)
    known = (schema or {}).get("properties") or {}
    return (name, schema) if isinstance(known.get(name), dict) else None


def _resolved(node: Any, schema: Any) -> Any:
    reference = node.get("$ref") if isinstance(node, dict) else None
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        return (schema.get("$defs") or {}).get(reference.removeprefix("#/$defs/"))
    return node


def _hints(model: Model, name: str) -> JsonObject:
    """What the pinned forms say of the columns of the list, as hints of a form whose fields they are.

    Expressions stay behind: they read other names in the form that they come from.
    """
    found: dict[str, Any] = {}
    for form in model.forms.values():
        ui: Any = form.get("ui") or {}
        for pointer, hints in (ui.get("fields") or {}).items():
            if pointer.startswith(f"/{name}/"):
                plain = {key: value for key, value in hints.items() if key in _WORDS}
                found.setdefault(pointer.removeprefix(f"/{name}"), plain)
    return found


_WORDS = frozenset({"label", "help", "placeholder", "enumTitles", "unit", "columns", "scan"})
