"""The form as programs walk it, and what changed between two versions of one."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from domain.errors import Text
from domain.json_types import JsonObject
from forms.diff import diff_forms
from forms.model import Form, form_sha, load_form


def test_fields_stand_in_the_order_of_the_sections(receipt_form: Form):
    assert [one.name for one in receipt_form.fields] == [
        "transport_mode", "delivery_note_file", "departure_time", "arrival_temp", "lines", "total",
    ]  # fmt: skip
    assert [(section.key, section.title.zh) for section in receipt_form.sections] == [
        ("delivery", "到货"), ("cold", "冷链"), ("goods", "商品"),
    ]  # fmt: skip


def test_a_field_knows_all_that_a_renderer_needs(receipt_form: Form):
    mode = receipt_form.by_pointer["/transport_mode"]
    assert (mode.widget, mode.section, mode.required, mode.default) == ("segmented", "delivery", True, "vehicle")
    assert mode.enum == (("vehicle", Text("车辆", "Vehicle")), ("courier", Text("快递", "Courier")))
    temperature = receipt_form.by_pointer["/arrival_temp"]
    assert (temperature.unit, temperature.scale, temperature.minimum) == ("°C", 1, -80)
    assert receipt_form.by_pointer["/departure_time"].external_event_time
    lot = receipt_form.by_pointer["/lines/lot_no"]
    assert (lot.scan, lot.autofocus, lot.max_length) == (True, True, 40)
    assert receipt_form.by_pointer["/total"].read_only


def test_a_field_is_found_by_its_own_pointer_and_by_that_of_a_value(receipt_form: Form):
    found = receipt_form.field("/lines/17/lot_no")
    assert found is not None and found is receipt_form.field("/lines/lot_no")
    assert receipt_form.field("/nowhere") is None


@pytest.mark.parametrize(
    ("node", "widget"),
    [
        ({"type": "string"}, "text"), ({"type": "string", "maxLength": 500}, "textarea"), ({"type": "number"}, "number"),
        ({"type": "integer"}, "integer"), ({"type": "boolean"}, "checkbox"), ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "format": "date-time"}, "datetime"), ({"type": "string", "enum": ["a"]}, "select"),
        ({"type": "object", "format": "attachment"}, "file"), ({"type": "string", "format": "udi"}, "udi_scan"),
        ({"type": "array", "items": {"type": "string"}}, "list"), ({"type": "string", "readOnly": True}, "readonly"),
        ({"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}, "grid"),
        ({"type": "array", "items": {"type": "object", "format": "attachment"}}, "file"),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "group"),
    ],
)  # fmt: skip
def test_the_type_decides_the_widget_when_nothing_else_does(node: JsonObject, widget: str):
    form = load_form({"schema": {"type": "object", "properties": {"x": node}}})
    assert form.fields[0].widget == widget


def test_references_are_resolved_with_keywords_beside_them():
    schema: JsonObject = {
        "type": "object",
        "properties": {"lot": {"$ref": "#/$defs/code", "title": "Lot"}},
        "$defs": {"code": {"type": "string", "maxLength": 9, "title": "Code"}},
    }
    lot = load_form({"schema": schema}).fields[0]
    assert (lot.max_length, lot.label.en) == (9, "Lot")


def test_a_form_is_loaded_once_per_content(receipt: JsonObject):
    again = copy.deepcopy(receipt)
    assert load_form(receipt) is load_form(again)
    again["ui"]["title"]["zh"] = "另一张表"  # type: ignore[index,call-overload]
    assert load_form(receipt) is not load_form(again)
    assert form_sha(receipt) != form_sha(again)


def changed(receipt: JsonObject, *path: str, to: Any) -> JsonObject:
    new: Any = copy.deepcopy(receipt)
    here = new
    for key in path[:-1]:
        here = here[key]
    if to is None:
        del here[path[-1]]
    else:
        here[path[-1]] = to
    return new


LINE = ("schema", "properties", "lines", "items")


@pytest.mark.parametrize(
    ("path", "to", "expected"),
    [
        (("ui", "title"), {"zh": "新", "en": "New"}, ("title", "", "patch")),
        (("ui", "fields", "/lines/lot_no", "label"), {"zh": "批", "en": "Lot"}, ("label", "/lines/lot_no", "patch")),
        (("ui", "fields", "/lines/lot_no", "scan"), False, ("look", "/lines/lot_no", "patch")),
        ((*LINE, "properties", "serial_no"), {"type": "string"}, ("field_added", "/lines/serial_no", "minor")),
        (("schema", "required"), ["transport_mode", "lines"], ("required", "/delivery_note_file", "major")),
        ((*LINE, "properties", "lot_no", "maxLength"), 60, ("limit", "/lines/lot_no", "minor")),
        ((*LINE, "properties", "lot_no", "maxLength"), 20, ("limit", "/lines/lot_no", "major")),
        ((*LINE, "properties", "received_quantity", "minimum"), None, ("limit", "/lines/received_quantity", "minor")),
        (("schema", "properties", "transport_mode", "enum"), ["vehicle"], ("enum", "/transport_mode", "major")),
        (("schema", "properties", "transport_mode", "enum"), ["vehicle", "courier", "air"], ("enum", "/transport_mode", "minor")),
        (("ui", "fields", "/total", "computed"), "1 + 1", ("computed", "/total", "major")),
        (("ui", "sections"), [], ("sections", "", "patch")),
        ((*LINE, "then"), {"required": ["lot_no"]}, ("conditions", "/lines", "major")),
        ((*LINE, "properties", "lot_no", "type"), "integer", ("type", "/lines/lot_no", "major")),
    ],
)  # fmt: skip
def test_a_change_is_named_with_its_class(
    receipt: JsonObject, path: tuple[str, ...], to: Any, expected: tuple[str, ...]
):
    changes = diff_forms(receipt, changed(receipt, *path, to=to))
    assert expected in {(change.kind, change.pointer, change.severity) for change in changes}
    assert all(change.text.zh and change.text.en for change in changes)


def test_a_removed_field_is_a_major_change(receipt: JsonObject):
    new = changed(receipt, *LINE, "properties", "rejection_reason", to=None)
    assert ("field_removed", "/lines/rejection_reason", "major") in {
        (change.kind, change.pointer, change.severity) for change in diff_forms(receipt, new)
    }


def test_equal_forms_have_no_difference(receipt: JsonObject):
    assert diff_forms(receipt, copy.deepcopy(receipt)) == []
