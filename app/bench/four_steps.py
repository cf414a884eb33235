"""The case that is measured: four tasks one after another, each with a form of six fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.bench.house import pinned_set, task
from domain.json_types import JsonObject
from forms.model import Form, load_form

STEPS = ("register", "count", "inspect", "store")
FORM_KEY = "forms/work.v1.json"
VALUES: JsonObject = {
    "delivery_note_no": "DN-2026-1122-07",
    "product_name": "一次性使用无菌注射器",
    "quantity": 240,
    "temperature": Decimal("4.5"),
    "arrived_on": "2026-11-22",
    "verdict": "pass",
}


def _label(zh: str, en: str) -> JsonObject:
    return {"label": {"zh": zh, "en": en}}


def form() -> JsonObject:
    """A form of our dialect: text, whole number, decimal, date, choice, and a field that is shown by condition."""
    schema: JsonObject = {
        "type": "object",
        "additionalProperties": False,
        "required": ["delivery_note_no", "product_name", "quantity", "verdict"],
        "properties": {
            "delivery_note_no": {"type": "string", "minLength": 1, "maxLength": 40},
            "product_name": {"type": "string", "maxLength": 200},
            "quantity": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
            "temperature": {"type": "number", "minimum": -30, "maximum": 60, "scale": 1},
            "arrived_on": {"type": "string", "format": "date"},
            "verdict": {"type": "string", "enum": ["pass", "fail"]},
            "remark": {"type": "string", "maxLength": 2000},
        },
    }
    fields: JsonObject = {
        "/delivery_note_no": _label("随货同行单号", "Delivery note"),
        "/product_name": _label("产品名称", "Product"),
        "/quantity": _label("数量", "Quantity"),
        "/temperature": _label("到货温度", "Temperature"),
        "/arrived_on": _label("到货日期", "Arrived on"),
        "/verdict": {
            **_label("结论", "Verdict"),
            "enumTitles": {"pass": _words("合格", "Pass"), "fail": _words("不合格", "Fail")},
        },
        "/remark": {**_label("说明", "Remark"), "visible": 'form.verdict == "fail"'},
    }
    section: Any = {"key": "all", "title": _words("登记", "Entry"), "fields": list(VALUES) + ["remark"]}
    return {"schema": schema, "ui": {"title": _words("工作单", "Work"), "sections": [section], "fields": fields}}


def _words(zh: str, en: str) -> JsonObject:
    return {"zh": zh, "en": en}


def pinned() -> JsonObject:
    """The pinned set of the measured case."""
    steps: list[Any] = [task(name, form=FORM_KEY) for name in STEPS]
    top: JsonObject = {"data": {"schema": FORM_KEY}}
    return pinned_set([*steps, {"id": "done", "end": "completed"}], {FORM_KEY: form()}, top=top)


def loaded_form() -> Form:
    """The form, ready to fill in."""
    return load_form(form())
