"""Faults in words a warehouse keeper can act on; both validators agree on every form of the dialect."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.json_types import JsonObject
from forms.model import Form, load_form
from forms.validation import complete, reference_faults, validate, value_faults
from tests.examples import examples

Entered = Callable[..., JsonObject]


def one(node: Any, value: Any, label: tuple[str, str] = ("数量", "Quantity"), **hint: Any) -> tuple[str, str, str]:
    """Code and sentences of the only fault of one field."""
    words = {"label": {"zh": label[0], "en": label[1]}, **hint}
    schema = {"type": "object", "additionalProperties": False, "properties": {"x": node}, "required": ["x"]}
    form = load_form({"schema": schema, "ui": {"title": {"zh": "表", "en": "F"}, "fields": {"/x": words}}})  # type: ignore[dict-item]
    faults = complete(form, {} if value is None else {"x": value}, {}, {}).faults
    assert [fault.pointer for fault in faults] == ["/x"]
    return faults[0].code, faults[0].message.zh, faults[0].message.en


@pytest.mark.parametrize(
    ("node", "value", "code", "zh", "en"),
    [
        ({"type": "integer"}, None, "required", "请填写「数量」", "Fill in “Quantity”"),
        ({"type": "string", "enum": ["a"]}, None, "required", "请选择「数量」", "Choose “Quantity”"),
        ({"type": "object", "format": "attachment"}, None, "required", "请上传「数量」", "Upload “Quantity”"),
        ({"type": "integer"}, "5", "type", "应为整数", "whole number"),
        ({"type": "integer"}, Decimal("1.5"), "type", "应为整数", "whole number"),
        ({"type": "integer", "minimum": 1}, 0, "minimum", "不能小于 1 盒，现为 0 盒", "cannot be less than 1 盒"),
        ({"type": "number", "maximum": Decimal("0.3")}, Decimal("0.31"), "maximum", "不能大于 0.3", "more than 0.3"),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "exclusive_minimum", "必须大于 0", "more than 0"),
        ({"type": "number", "exclusiveMaximum": 5}, 5, "exclusive_maximum", "必须小于 5", "less than 5"),
        ({"type": "number", "scale": 2}, Decimal("1.234"), "scale", "最多 2 位小数", "at most 2 decimal"),
        ({"type": "number", "scale": 0}, Decimal("1.5"), "scale", "应为整数", "whole number"),
        ({"type": "string", "minLength": 3}, "收货", "min_length", "至少 3 个字，现有 2 个", "at least 3 characters"),
        ({"type": "string", "maxLength": 2}, "收货单", "max_length", "最多 2 个字", "at most 2 characters"),
        ({"type": "string", "pattern": "^[A-Z]+$"}, "ab", "pattern", "对照实物或单据", "label or paper"),
        ({"type": "string", "pattern": "^[A-Z]+$"}, "AB\n", "pattern", "格式", "written"),
        ({"type": "string", "enum": ["a", "b"]}, "c", "enum", "请选择：", "choose one of"),
        ({"type": "string", "format": "date"}, "2026-02-30", "format_date", "日历上不存在", "does not exist"),
        ({"type": "string", "format": "date"}, "20260228", "format_date", "例如 2026-01-31", "such as 2026-01-31"),
        ({"type": "string", "format": "date"}, "2026-1-3", "format_date", "例如 2026-01-31", "such as 2026-01-31"),
        ({"type": "string", "format": "date"}, "0206-01-31", "format_date", "1900–2199", "1900–2199"),
        ({"type": "string", "format": "date-time"}, "2026-01-31T08:30", "format_date_time", "带时区", "with its zone"),
        ({"type": "string", "format": "time"}, "25:00", "format_time", "例如 08:30", "such as 08:30"),
        ({"type": "string", "format": "duration"}, "2 h", "format_duration", "PT2H", "PT2H"),
        ({"type": "string", "format": "email"}, "a@b", "format_email", "邮箱", "mail address"),
        ({"type": "string", "format": "udi"}, "中", "format_udi", "重新扫描", "Scan it again"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["a"], "min_items", "至少要有 2 行", "at least 2 row"),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a", "b"], "max_items", "最多 1 行", "at most 1 row"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ["a", "a"], "unique_items", "重复", "twice"),
        ({"type": "object", "format": "attachment"}, {"sha256": "x"}, "attachment", "重新上传", "Upload it again"),
        ({"type": "object", "format": "attachment"}, "file.pdf", "attachment", "重新上传", "Upload it again"),
        ({"type": "boolean"}, 1, "type", "“是”或“否”", "yes or no"),
        ({"type": "string", "readOnly": True}, None, "required", "由系统带出", "filled in by the system"),
    ],
)  # fmt: skip
def test_each_fault_says_which_field_why_and_what_to_do(node: Any, value: Any, code: str, zh: str, en: str):
    titles = {str(choice): {"zh": f"选{choice}", "en": f"Choice {choice}"} for choice in node.get("enum", [])}
    found = one(node, value, enumTitles=titles, unit="盒" if node.get("minimum") == 1 else None)
    assert found[0] == code
    assert "「数量」" in found[1] and "“Quantity”" in found[2]
    assert zh in found[1], found[1]
    assert en in found[2], found[2]


def test_numbers_in_messages_are_written_as_people_write_them():
    assert "0.00000001" in one({"type": "number", "minimum": 1}, Decimal("1E-8"))[1]


def test_a_fault_in_a_row_names_the_row(receipt_form: Form, entered: Entered):
    good = {"lot_no": "A", "expiry_date": "2027-01-01", "received_quantity": 1}
    faults = complete(receipt_form, entered(lines=[good, {**good, "lot_no": ""}]), {}, {}).faults
    assert [fault.pointer for fault in faults] == ["/lines/1/lot_no"]
    assert faults[0].message.zh == "请填写第2行「批号」。"
    assert faults[0].message.en == "Fill in row 2, “Lot no.”."


def test_all_faults_come_at_once_in_the_order_of_the_form(receipt_form: Form):
    sent: JsonObject = {
        "lines": [{"lot_no": "A", "expiry_date": "2027-13-01", "received_quantity": 0}, {}],
        "transport_mode": "drone",
    }
    faults = complete(receipt_form, sent, {}, {}).faults
    assert [(fault.pointer, fault.code) for fault in faults] == [
        ("/transport_mode", "enum"),
        ("/delivery_note_file", "required"),
        ("/lines/0/expiry_date", "format_date"),
        ("/lines/0/received_quantity", "minimum"),
        ("/lines/1/lot_no", "required"),
        ("/lines/1/expiry_date", "required"),
        ("/lines/1/received_quantity", "required"),
    ]


def test_conditional_requirement_asks_only_when_it_applies(receipt_form: Form, entered: Entered):
    line = {"lot_no": "A", "expiry_date": "2027-01-01", "received_quantity": 5, "rejected_quantity": 1}
    faults = complete(receipt_form, entered(lines=[line]), {}, {}).faults
    assert [(fault.pointer, fault.code) for fault in faults] == [("/lines/0/rejection_reason", "required")]
    assert complete(receipt_form, entered(lines=[{**line, "rejected_quantity": 0}]), {}, {}).faults == []


def test_a_validator_never_speaks_for_itself(receipt_form: Form):
    for fault in complete(receipt_form, {"lines": 5, "transport_mode": 7, "arrival_temp": "hot"}, {}, {}).faults:
        assert "is not of type" not in fault.message.en and "is not one of" not in fault.message.en


def test_values_of_catalogue_calls_are_checked_by_their_schema_alone():
    schema: JsonObject = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    assert value_faults(schema, {"ok": True}) == []
    assert [fault.pointer for fault in value_faults(schema, {"ok": 1})] == ["/ok"]


def test_a_field_that_is_there_is_never_asked_for():
    schema: JsonObject = {"type": "object", "properties": {}, "additionalProperties": False, "required": ["a"]}
    form = load_form({"schema": {**schema, "if": {}, "then": {"required": ["a"]}}})
    assert [(fault.pointer, fault.code) for fault in validate(form, {"a": 1})] == [("/a", "unknown_field")]


# ------------------------------------------------------------------ both validators find the same

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
SMALL_TEXT = st.text(alphabet="ab1收 \n-", max_size=5)
SMALL_NUMBERS = st.one_of(
    st.integers(-3, 3), st.decimals(-3, 3, places=2), st.sampled_from([2**53 - 1, Decimal("0.1"), Decimal("0.3")])
)
PATTERNS = st.sampled_from(["^[ab]+$", "^a", "1$", "[收a-b]{2}", "^(?:a|b)?1*$", "-"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(SMALL_TEXT, SMALL_NUMBERS, st.booleans(), st.sampled_from(["2026-01-31", "2026-02-30", "08:30", "a@b.cn", "P1D"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


def limits(low: str, high: str, numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[JsonObject]:
    return st.fixed_dictionaries({}, optional={low: numbers, high: numbers})


TEXTS = st.one_of(
    limits("minLength", "maxLength", st.integers(0, 4)).map(lambda node: {"type": "string", **node}),
    PATTERNS.map(lambda pattern: {"type": "string", "pattern": pattern}),
    st.lists(SMALL_TEXT, min_size=1, max_size=3, unique=True).map(lambda enum: {"type": "string", "enum": enum}),
    st.sampled_from(["date", "date-time", "time", "duration", "email", "udi"]).map(
        lambda name: {"type": "string", "format": name}
    ),
    st.lists(SMALL_TEXT, min_size=1, max_size=3, unique=True).map(
        lambda values: {"type": "string", "oneOf": [{"const": value, "title": "T"} for value in values]}
    ),
)
NUMBERS = st.tuples(
    st.sampled_from(["integer", "number"]),
    st.fixed_dictionaries(
        {},
        optional={
            "minimum": SMALL_NUMBERS,
            "maximum": SMALL_NUMBERS,
            "exclusiveMinimum": SMALL_NUMBERS,
            "exclusiveMaximum": SMALL_NUMBERS,
            "scale": st.integers(0, 3),
            "enum": st.lists(SMALL_NUMBERS, min_size=1, max_size=3, unique=True),
        },
    ),
).map(lambda pair: {"type": pair[0], **pair[1]})
SCALARS: st.SearchStrategy[Any] = st.one_of(
    TEXTS, NUMBERS, st.just({"type": "boolean"}), st.just({"type": "object", "format": "attachment"})
)


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> JsonObject:
    """An object of the dialect with conditional requirement."""
    properties = draw(st.dictionaries(NAMES, inner, max_size=4))
    node: Any = {"type": "object", "properties": properties, "additionalProperties": False}
    names = st.lists(st.sampled_from(sorted(properties) or ["a"]), max_size=2, unique=True)
    node["required"] = draw(names)
    if draw(st.booleans()):
        node["dependentRequired"] = draw(st.dictionaries(NAMES, names, max_size=2))
    if draw(st.booleans()):
        node["if"], node["then"], node["else"] = draw(clauses(names)), draw(clauses(names)), draw(clauses(names))
    if draw(st.booleans()):
        node["allOf"] = [{"if": draw(clauses(names)), "then": draw(clauses(names))}, draw(clauses(names))]
    return node


def clauses(names: st.SearchStrategy[list[str]]) -> st.SearchStrategy[Any]:
    tests = st.one_of(
        st.fixed_dictionaries({"const": st.one_of(SMALL_TEXT, SMALL_NUMBERS, st.booleans())}),
        st.fixed_dictionaries({"minimum": SMALL_NUMBERS}),
        st.fixed_dictionaries({"enum": st.lists(SMALL_NUMBERS, min_size=1, max_size=2, unique=True)}),
    )
    return st.fixed_dictionaries(
        {}, optional={"required": names, "properties": st.dictionaries(NAMES, tests, max_size=2)}
    )


def lists_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    extra = st.fixed_dictionaries(
        {}, optional={"minItems": st.integers(0, 2), "maxItems": st.integers(1, 3), "uniqueItems": st.booleans()}
    )
    return st.tuples(inner, extra).map(lambda pair: {"type": "array", "items": pair[0], **pair[1]})


SCHEMAS = objects(st.one_of(SCALARS, lists_of(SCALARS), lists_of(objects(SCALARS)), objects(SCALARS)))


@st.composite
def values_near(draw: st.DrawFn, node: Any) -> Any:
    """A value that mostly has the shape the schema asks for, so that inner rules are reached."""
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    kind = node.get("type")
    if kind == "object" and "properties" in node:
        names = [name for name in node["properties"] if draw(st.booleans())]
        made = {name: draw(values_near(node["properties"][name])) for name in names}
        return {**made, "zzz": 1} if draw(st.integers(0, 9)) == 0 else made
    if kind == "object":
        return {"sha256": draw(st.sampled_from(["a" * 64, "A" * 64, "a"])), "name": "n", "size": 1, "media_type": "a/b"}
    if kind == "array":
        return draw(st.lists(values_near(node["items"]), max_size=4))
    if "enum" in node or "oneOf" in node:
        known = node.get("enum") or [choice["const"] for choice in node["oneOf"]]
        return draw(st.one_of(st.sampled_from(known), VALUES))
    simple = {"string": SMALL_TEXT, "boolean": st.booleans()}
    return draw(st.one_of(simple.get(kind, SMALL_NUMBERS), VALUES))


SCHEMAS_AND_VALUES = SCHEMAS.flatmap(lambda schema: st.tuples(st.just(schema), values_near(schema)))


@settings(
    max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(SCHEMAS_AND_VALUES)
def test_both_validators_find_the_same_faults(pair: tuple[JsonObject, Any]):
    form = load_form({"schema": pair[0]})
    quick = {(fault.pointer, fault.code, fault.message) for fault in validate(form, pair[1])}
    reference = {(fault.pointer, fault.code, fault.message) for fault in reference_faults(form, pair[1])}
    assert quick == reference


@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(SCHEMAS_AND_VALUES)
def test_completing_never_raises_and_repeats_itself(pair: tuple[JsonObject, Any]):
    form = load_form({"schema": pair[0]})
    first = complete(form, pair[1], {}, {})
    again = complete(form, first.values, {}, {})
    assert again.values == first.values
