"""A sample case for the preview of forms: believable values by format, the same in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.json_types import Json, JsonObject
from forms.model import Field, Form
from ui.texts import t
from workflows.language.outline import outline_of

TEXTS = {
    "date": "2026-12-18",
    "date-time": "2026-12-18T01:41:00.000Z",
    "time": "09:41",
    "duration": "PT2H",
    "email": "qa@example.com",
    "udi": "(01)06901234567892(17)271102(10)TNI2611A",
}


def sample_values(form: Form, tried: Mapping[str, Any]) -> JsonObject:
    """A value for every field that has a plausible one; what the SOP's own tests type (`tried`) comes first."""
    values = {field.name: value for field in form.fields if (value := _value(field)) is not None}
    return {**values, **{name: tried[name] for name in tried if any(field.name == name for field in form.fields)}}


def typed_in_tests(cases: Json, definition: Json, form: str) -> dict[str, Any]:
    """What the first test of `cases.yaml` that uses a form types into it."""
    body: Any = definition if isinstance(definition, dict) else {}
    tests: Any = cases.get("cases") if isinstance(cases, dict) else None
    steps = {step.id for step in outline_of(definition).steps if step.text("form") == form}
    at_start = isinstance(body.get("start"), dict) and body["start"].get("form") == form
    for test in tests if isinstance(tests, list) else ():
        given = test.get("given") if isinstance(test, dict) else None
        if at_start and isinstance(given, dict) and isinstance(given.get("start"), dict):
            return given["start"]
        for act in test.get("when") or () if isinstance(test, dict) else ():
            if isinstance(act, dict) and act.get("step") in steps and isinstance(act.get("data"), dict):
                return act["data"]
    return {}


def _value(field: Field) -> Any:
    if field.enum:
        return field.enum[0][0]
    if field.type == "array":
        return (
            [{inner.name: value for inner in field.items if (value := _value(inner)) is not None}]
            if field.items
            else []
        )
    if field.type == "boolean":
        return True
    if field.type in ("integer", "number"):
        return _number(field)
    if field.format == "attachment" or field.type == "object":
        return None
    if field.format in TEXTS:
        return TEXTS[field.format]
    return None if field.format else _text(field)


def _number(field: Field) -> int | Decimal:
    least = getattr(field, "minimum", None)
    number = max(Decimal(8), Decimal(least)) if least is not None else Decimal(8)
    return int(number) if field.type == "integer" else number


def _text(field: Field) -> str:
    return {"lot_no": "TNI2611A", "unit": "盒", "line_no": "L1"}.get(
        field.name, t("studio.forms.sample", "zh")[: field.max_length or 40]
    )
