"""What stands in a form when it opens, and what is kept of what a client sends."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from domain.json_types import JsonObject
from forms.fill import hidden_pointers, prefill, prepare, visible_pointers
from forms.model import Form, load_form
from forms.validation import complete

Entered = Callable[..., JsonObject]


def small(properties: JsonObject, fields: JsonObject | None = None, **schema: object) -> Form:
    node: Any = {"type": "object", "additionalProperties": False, "properties": properties, **schema}
    return load_form({"schema": node, "ui": {"title": {"zh": "表", "en": "Form"}, "fields": fields or {}}})


TEXT: JsonObject = {"type": "string"}
NUMBER: JsonObject = {"type": "number"}
INTEGER: JsonObject = {"type": "integer"}


def test_right_entries_have_no_fault_and_the_system_adds_what_it_computes(receipt_form: Form, entered: Entered):
    done = complete(receipt_form, entered(), {}, {})
    assert done.faults == []
    assert done.values["total"] == 10
    assert done.values["lines"] == [
        {"lot_no": "B240101", "expiry_date": "2027-05-31", "received_quantity": 10, "line_no": "L1"}
    ]


def test_a_section_that_is_not_shown_is_dropped_and_named(receipt_form: Form, entered: Entered):
    done = complete(receipt_form, entered(arrival_temp=Decimal("4.5")), {}, {})
    assert "arrival_temp" not in done.values
    assert done.dropped == ("/arrival_temp",)
    assert done.hidden >= {"/arrival_temp", "/departure_time"}
    assert done.faults == []


def test_a_section_that_is_shown_is_kept_and_asked_for(receipt_form: Form, entered: Entered):
    done = complete(receipt_form, entered(transport_mode="vehicle", arrival_temp=Decimal("4.5")), {}, {})
    assert done.values["arrival_temp"] == Decimal("4.5")
    assert [(fault.pointer, fault.code) for fault in done.faults] == [("/departure_time", "required")]


def test_a_column_is_shown_row_by_row(receipt_form: Form, entered: Entered):
    good = {"lot_no": "A", "expiry_date": "2027-01-01", "received_quantity": 1, "rejection_reason": "left over"}
    bad = {**good, "lot_no": "B", "rejected_quantity": 2, "rejection_reason": "wet"}
    done = complete(receipt_form, entered(lines=[good, bad]), {}, {})
    assert done.dropped == ("/lines/0/rejection_reason",)
    assert done.values["lines"][1]["rejection_reason"] == "wet"  # type: ignore[index,call-overload]


def test_a_hidden_required_field_is_not_asked_for():
    form = small(
        {"cold": {"type": "boolean"}, "log": TEXT}, {"/log": {"visible": "form.cold"}}, required=["cold", "log"]
    )
    assert complete(form, {"cold": False}, {}, {}).faults == []
    assert [fault.pointer for fault in complete(form, {"cold": True}, {}, {}).faults] == ["/log"]


def test_a_condition_on_a_field_not_filled_in_is_not_met():
    form = small({"a": TEXT, "b": TEXT}, {"/b": {"visible": "form.a == 'x'"}})
    assert prepare(form, {"b": "left"}, {}, {}).dropped == ("/b",)


def test_conditions_follow_one_another_whatever_the_order_of_fields():
    fields: JsonObject = {"/a": {"visible": "has(form.b)"}, "/b": {"visible": "form.c == 1"}}
    form = small({"a": TEXT, "b": TEXT, "c": INTEGER}, fields)
    done = prepare(form, {"a": "x", "b": "y", "c": 2}, {}, {})
    assert done.values == {"c": 2}
    assert set(done.dropped) == {"/a", "/b"}


def test_a_hidden_group_takes_its_fields_along():
    group: JsonObject = {"type": "object", "additionalProperties": False, "properties": {"x": TEXT, "y": INTEGER}}
    fields: JsonObject = {"/g": {"visible": "form.on"}, "/g/y": {"computed": "1 + 1"}}
    form = small({"on": {"type": "boolean"}, "g": group}, fields)
    assert prepare(form, {"on": False, "g": {"x": "1"}}, {}, {}).values == {"on": False}
    assert prepare(form, {"on": True, "g": {"x": "1"}}, {}, {}).values["g"] == {"x": "1", "y": 2}


def test_computed_fields_are_worked_out_on_the_server_whatever_the_client_says():
    fields: JsonObject = {"/total": {"computed": "form.n * form.price"}, "/lines/sum": {"computed": "row.a + form.n"}}
    rows: JsonObject = {"type": "array", "items": {"type": "object", "properties": {"a": INTEGER, "sum": INTEGER}}}
    form = small({"n": INTEGER, "price": NUMBER, "total": {"type": "number", "scale": 2}, "lines": rows}, fields)
    sent: JsonObject = {"n": 3, "price": Decimal("1.255"), "total": 99, "lines": [{"a": 1, "sum": 50}]}
    values = prepare(form, sent, {}, {}).values
    assert values["total"] == Decimal("3.76")
    assert values["lines"] == [{"a": 1, "sum": 4}]


def test_a_computed_field_without_its_sources_stays_empty_and_says_so_when_required():
    form = small({"n": INTEGER, "twice": INTEGER}, {"/twice": {"computed": "form.n * 2"}}, required=["twice"])
    done = complete(form, {}, {}, {})
    assert done.values == {}
    assert [(fault.pointer, fault.code) for fault in done.faults] == [("/twice", "computed_missing")]


def test_an_expression_that_fails_is_a_fault_not_a_hidden_field():
    form = small({"n": INTEGER, "x": TEXT}, {"/x": {"visible": "1 / form.n > 0"}})
    done = prepare(form, {"n": 0, "x": "kept"}, {}, {})
    assert done.values["x"] == "kept"
    assert [(fault.pointer, fault.code) for fault in done.faults] == [("/x", "visible_failed")]


def test_expressions_see_the_scopes_of_the_step():
    form = small({"x": TEXT, "y": INTEGER}, {"/x": {"visible": "line.cold"}, "/y": {"computed": "data.n + 1"}})
    done = prepare(form, {"x": "1"}, {}, {"line": {"cold": True}, "data": {"n": 4}})
    assert done.values == {"x": "1", "y": 5}


@pytest.mark.parametrize("name", ["signed_by", "signed_at", "inspector", "inspection_date", "actor", "received_at"])
def test_signer_and_time_sent_by_a_client_are_dropped_not_refused(name: str, receipt_form: Form, entered: Entered):
    sent = entered(**{name: "mallory"})
    sent["lines"][0][name] = "mallory"  # type: ignore[index,call-overload]
    done = complete(receipt_form, sent, {}, {})
    assert done.faults == []
    assert "mallory" not in str(done.values)
    assert done.ignored == (f"/{name}", f"/lines/0/{name}")


def test_any_other_unknown_field_is_a_fault(receipt_form: Form, entered: Entered):
    sent = entered(lotno="typo")
    sent["lines"][0]["lot"] = "typo"  # type: ignore[index,call-overload]
    faults = complete(receipt_form, sent, {}, {}).faults
    assert {(fault.pointer, fault.code) for fault in faults} == {
        ("/lotno", "unknown_field"),
        ("/lines/0/lot", "unknown_field"),
    }


def test_read_only_fields_come_from_the_target_not_from_the_client():
    read_only: JsonObject = {"type": "string", "readOnly": True}
    form = small({"product_name": read_only, "note": TEXT})
    done = prepare(form, {"product_name": "forged", "note": "ok"}, {"product_name": "suture"}, {})
    assert done.values == {"product_name": "suture", "note": "ok"}
    assert done.ignored == ("/product_name",)
    assert prepare(form, {"product_name": "forged"}, {}, {}).values == {}


def grid() -> Form:
    columns: JsonObject = {
        "line_no": {"type": "string", "readOnly": True},
        "product": {"type": "string", "readOnly": True},
        "qty": {"type": "integer", "default": 0},
    }
    rows = {"type": "array", "items": {"type": "object", "additionalProperties": False, "properties": columns}}
    return small({"lines": rows})  # type: ignore[dict-item]


def test_read_only_cells_follow_their_row_when_rows_are_removed_or_reordered():
    target: JsonObject = {"lines": [{"line_no": "L1", "product": "A"}, {"line_no": "L2", "product": "B"}]}
    sent: JsonObject = {"lines": [{"line_no": "L2", "qty": 5, "product": "forged"}]}
    done = prepare(grid(), sent, target, {})
    assert done.values["lines"] == [{"line_no": "L2", "product": "B", "qty": 5}]
    assert done.ignored == ("/lines/0/product",)


def test_new_rows_are_numbered_by_the_server_and_never_take_another_rows_number():
    target: JsonObject = {"lines": [{"line_no": "L1", "product": "A"}]}
    sent: JsonObject = {"lines": [{"line_no": "L1", "qty": 1}, {"line_no": "L1", "qty": 2}, {"qty": 3}]}
    lines = prepare(grid(), sent, target, {}).values["lines"]
    assert [row["line_no"] for row in lines] == ["L1", "L2", "L3"]  # type: ignore[union-attr,index,call-overload]
    assert [row.get("product") for row in lines] == ["A", None, None]  # type: ignore[union-attr]


def test_opening_takes_the_previous_round_then_the_target_then_the_default(receipt_form: Form):
    target: JsonObject = {"transport_mode": "courier", "arrival_temp": 5, "total": 7, "other": 1}
    assert prefill(receipt_form, target, {"arrival_temp": 4}) == {"transport_mode": "courier", "arrival_temp": 4}
    assert prefill(receipt_form, {}, None) == {"transport_mode": "vehicle"}


def test_opening_a_grid_lays_the_previous_round_over_the_rows_of_the_target():
    target: JsonObject = {"lines": [{"line_no": "L1", "product": "A", "secret": 1}, {"line_no": "L2", "product": "B"}]}
    previous: JsonObject = {"lines": [{"line_no": "L2", "qty": 9, "product": "old"}, {"line_no": "L7", "qty": 1}]}
    assert prefill(grid(), target, previous)["lines"] == [
        {"line_no": "L1", "product": "A", "qty": 0},
        {"line_no": "L2", "product": "B", "qty": 9},
        {"line_no": "L7", "qty": 1},
    ]


def test_what_is_prefilled_is_accepted_back_unchanged(receipt_form: Form, entered: Entered):
    line = {"lot_no": "B1", "expiry_date": "2027-05-31", "received_quantity": 10, "rejected_quantity": 0}
    first = complete(receipt_form, entered(lines=[line]), {}, {})
    again = complete(receipt_form, prefill(receipt_form, {}, first.values), {}, {})
    assert (again.faults, again.values) == ([], first.values)


def test_nothing_is_coerced_but_spelling():
    form = small({"n": INTEGER, "d": NUMBER, "t": TEXT, "at": {"type": "string", "format": "date-time"}, "e": TEXT})
    sent: JsonObject = {
        "n": Decimal("5.0"),
        "d": Decimal("1.50"),
        "t": "e\u0301",
        "at": "2026-01-31T08:30:00+08:00",
        "e": " ",
    }
    done = complete(form, sent, {}, {})
    assert done.values == {"n": 5, "d": Decimal("1.50"), "t": "é", "at": "2026-01-31T00:30:00.000Z"}
    assert [fault.code for fault in complete(form, {"n": "5"}, {}, {}).faults] == ["type"]


def test_entered_values_are_not_changed_in_place(receipt_form: Form, entered: Entered):
    sent = entered(arrival_temp=4, signed_by="x")
    before = repr(sent)
    complete(receipt_form, sent, {}, {})
    assert repr(sent) == before


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (2**53, "number_range"),
        (Decimal("1234567890.123456"), "number_digits"),
        (Decimal("0.0000000000001"), "number_places"),
        (Decimal("NaN"), "number_not_finite"),
        (Decimal("1e400"), "number_range"),
        (1.5, "not_json"),
        ("a\x00b", "control_character"),
        ("\ud800", "control_character"),
        (b"bytes", "not_json"),
    ],
)
def test_values_that_cannot_be_stored_are_faults(value: object, code: str):
    form = small({"x": NUMBER})
    done = complete(form, {"x": value}, {}, {})
    assert [(fault.pointer, fault.code) for fault in done.faults] == [("/x", code)]
    assert done.values == {}


@pytest.mark.parametrize("sent", [None, [], "text", 5])
def test_anything_but_an_object_is_a_fault(sent: object):
    done = complete(small({"x": TEXT}), sent, {}, {})
    assert [fault.code for fault in done.faults] == ["type"]


def test_hostile_nesting_is_a_fault_not_a_crash():
    deep: object = "x"
    for _ in range(5000):
        deep = [deep]
    done = complete(small({"x": TEXT}), {"x": deep}, {}, {})
    assert done.faults


def test_values_over_256_kb_are_a_fault():
    form = small({"a": {"type": "array", "items": {"type": "string", "maxLength": 1000}}})
    done = complete(form, {"a": ["收" * 400] * 250}, {}, {})
    assert [fault.code for fault in done.faults] == ["too_large"]


def test_visible_and_hidden_pointers_for_drawing(receipt_form: Form, entered: Entered):
    values = entered()
    assert "/lines/0/rejection_reason" in hidden_pointers(receipt_form, values, {})
    shown = visible_pointers(receipt_form, values, {})
    assert "/lines/0/lot_no" in shown
    assert not {"/arrival_temp", "/lines/0/rejection_reason"} & shown
    assert values == entered()


def test_a_list_never_holds_more_than_500_rows():
    form = small({"a": {"type": "array", "items": {"type": "integer"}}})
    assert complete(form, {"a": [1] * 500}, {}, {}).faults == []
    assert [fault.code for fault in complete(form, {"a": [1] * 501}, {}, {}).faults] == ["max_items"]


@pytest.mark.parametrize("key", ["\ud800", 5, None, "a/b~c", "\x00"])
def test_strange_keys_are_unknown_fields_not_a_crash(key: Any):
    assert [fault.code for fault in complete(small({"x": TEXT}), {key: 1}, {}, {}).faults] == ["unknown_field"]


def test_a_flood_of_faults_is_cut_off():
    sent: JsonObject = {f"k{index}": 1 for index in range(20_000)}
    assert len(complete(small({"x": TEXT}), sent, {}, {}).faults) <= 5001
