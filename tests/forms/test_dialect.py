"""What a form may say: every fault is found, at its place, all at once."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

import forms
from domain.canonical import loads
from domain.json_types import JsonObject
from forms.dialect import check_form
from forms.validation import meta_schema

DEFINITIONS = pathlib.Path(__file__).parents[2] / "definitions"


def faults(form: Any) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in check_form(form)}


def of_schema(properties: Any, **rest: Any) -> set[tuple[str, str]]:
    return faults({"schema": {"type": "object", "additionalProperties": False, "properties": properties, **rest}})


def of_hints(properties: Any, fields: Any, **ui: Any) -> set[tuple[str, str]]:
    labels = {f"/{name}": {"label": {"zh": name, "en": name}} for name in properties}
    merged = {**labels, **{pointer: {**labels.get(pointer, {}), **hint} for pointer, hint in fields.items()}}
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return faults({"schema": schema, "ui": {"title": {"zh": "表", "en": "Form"}, "fields": merged, **ui}})


TEXT: JsonObject = {"type": "string"}


def test_the_documented_example_is_a_form_without_faults(receipt: JsonObject):
    assert check_form(receipt) == []


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*/*/forms/*.json")), ids=lambda path: path.name)
def test_the_shipped_forms_have_no_fault(path: pathlib.Path):
    form: Any = loads(path.read_text("utf-8"))
    # Nobody types into the schema of the case data: who and when are written there by the calls of the SOP.
    typed = () if "ui" in form else ("typed_time", "typed_signer")
    assert [fault for fault in check_form(form) if fault.code not in typed] == []


def test_the_meta_schema_is_itself_valid_and_closed():
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(meta_schema())

    def closed(node: Any) -> None:
        if isinstance(node, dict):
            if "properties" in node and node.get("type") == "object" and "additionalProperties" in node:
                assert node["additionalProperties"] is not True
            for value in node.values():
                closed(value)

    closed(meta_schema())


@pytest.mark.parametrize("form", [None, [], "text", {}, {"schema": 5}, {"schema": None, "ui": {}}])
def test_what_is_no_form_is_told(form: object):
    assert faults(form) == {("", "not_a_form")}


@pytest.mark.parametrize(
    "keyword", ["propertees", "multipleOf", "anyOf", "not", "patternProperties", "examples", "Required"]
)
def test_keywords_outside_the_dialect_are_refused(keyword: str):
    assert (f"/schema/properties/a/{keyword}", "unknown_keyword") in of_schema({"a": {**TEXT, keyword: 1}})


def test_a_misspelt_keyword_gets_a_suggestion():
    form: Any = {
        "schema": {"type": "object", "additionalProperties": False, "properties": {"a": {**TEXT, "maxLenght": 5}}}
    }
    assert "maxLength" in check_form(form)[0].message.zh
    assert "maxLength" in check_form(form)[0].message.en


def test_all_faults_are_found_at_once():
    found = of_schema(
        {
            "a": {"type": "string", "maxLenght": 1},
            "b": {"type": "integer", "minimum": 5, "maximum": 1},
            "c": {"title": "no type"},
            "inspector": TEXT,
            "e": {"type": "object", "properties": {"x": TEXT}},
            "f": {"type": "string", "pattern": "(a"},
            "g": {"type": "integer", "default": "five"},
            "h": {"type": "boolean", "minLength": 2},
            "Bad-Name": TEXT,
        },
        required=["a", "zzz"],
    )
    assert found >= {
        ("/schema/properties/a/maxLenght", "unknown_keyword"),
        ("/schema/properties/b/minimum", "limits_crossed"),
        ("/schema/properties/c", "type_missing"),
        ("/schema/properties/inspector", "typed_signer"),
        ("/schema/properties/e", "open_object"),
        ("/schema/properties/f/pattern", "pattern"),
        ("/schema/properties/g/default", "default_invalid"),
        ("/schema/properties/h/minLength", "keyword_for_type"),
        ("/schema/required/1", "unknown_property"),
    }
    assert any(code == "bad_name" for _, code in found)


@pytest.mark.parametrize(
    "rest",
    [
        {"dependentRequired": {"a": ["zzz"]}},
        {"dependentRequired": {"zzz": ["a"]}},
        {"if": {"properties": {"zzz": {"const": 1}}}, "then": {"required": ["a"]}},
        {"if": {"required": ["a"]}, "then": {"required": ["zzz"]}},
        {"allOf": [{"if": {"required": ["a"]}, "else": {"required": ["zzz"]}}]},
    ],
)
def test_requirements_and_conditions_name_existing_fields(rest: Any):
    assert [code for _, code in of_schema({"a": TEXT}, **rest)] == ["unknown_property"]


def test_references_are_followed_and_checked():
    assert (
        of_schema({"a": {"$ref": "#/$defs/lot", "title": "Lot"}}, **{"$defs": {"lot": {**TEXT, "maxLength": 40}}})
        == set()
    )
    assert ("/schema", "unknown_ref") in of_schema({"a": {"$ref": "#/$defs/none"}})
    loop = {"loop": {"type": "object", "additionalProperties": False, "properties": {"x": {"$ref": "#/$defs/loop"}}}}
    assert "recursive_ref" in {code for _, code in of_schema({"a": {"$ref": "#/$defs/loop"}}, **{"$defs": loop})}


@pytest.mark.parametrize("pattern", [r"^\w+$", r"a\s", "(?=x)", r"(a)\1", "[", "(?<!x)y"])
def test_patterns_that_mean_different_things_elsewhere_are_refused(pattern: str):
    assert ("/schema/properties/a/pattern", "pattern") in of_schema({"a": {**TEXT, "pattern": pattern}})


@pytest.mark.parametrize(
    "node",
    [
        {"type": "string", "format": "attachment"},
        {"type": "object", "format": "date"},
        {"type": "string", "external_event_time": True},
    ],
)
def test_formats_fit_their_type(node: JsonObject):
    assert "format_for_type" in {code for _, code in of_schema({"a": node})}


def test_lists_never_hold_more_than_500():
    node = {"type": "array", "items": TEXT, "maxItems": 501}
    assert ("/schema/properties/a/maxItems", "keyword_value") in of_schema({"a": node})


def test_labels_in_both_languages_are_needed_once_there_is_a_ui():
    found = of_hints({"a": TEXT, "b": {"type": "string", "enum": ["x"]}}, {"/a": {"label": {"zh": "甲"}}})
    assert ("/ui/fields/~1a/label/en", "keyword_missing") in found
    assert ("/ui/fields/~1b/enumTitles", "enum_title_missing") in found


@pytest.mark.parametrize(
    ("node", "widget"),
    [
        (TEXT, "number"), ({"type": "integer"}, "textarea"), (TEXT, "date"), (TEXT, "radio"), (TEXT, "grid"),
        ({"type": "array", "items": TEXT}, "grid"), ({"type": "array", "items": TEXT}, "file"), (TEXT, "photo"),
    ],
)  # fmt: skip
def test_widgets_fit_their_fields(node: JsonObject, widget: str):
    assert of_hints({"a": node}, {"/a": {"widget": widget}}) == {("/ui/fields/~1a/widget", "widget_for_type")}


def test_hints_and_sections_name_existing_fields():
    section = {"title": {"zh": "甲", "en": "A"}}
    found = of_hints(
        {"a": TEXT, "b": TEXT, "c": TEXT},
        {"/zzz": {"unit": "kg"}, "/a": {"enumTitles": {"no": {"zh": "否", "en": "No"}}}},
        sections=[{"key": "s", "fields": ["a", "b"], **section}, {"key": "s", "fields": ["b", "none"], **section}],
    )
    assert found >= {
        ("/ui/fields/~1zzz", "unknown_property"),
        ("/ui/fields/~1a/enumTitles/no", "unknown_choice"),
        ("/ui/sections", "section_twice"),
        ("/ui/sections/1/fields/0", "field_in_two_sections"),
        ("/ui/sections/1/fields/1", "unknown_property"),
        ("/schema/properties/c", "field_without_section"),
    }


@pytest.mark.parametrize(
    ("expression", "code"),
    [("form.a ==", "expression"), ("form.zzz == 1", "unknown_property"), ("row.a == 1", "row_outside_grid")],
)
def test_expressions_are_read_and_name_existing_fields(expression: str, code: str):
    assert of_hints({"a": TEXT, "b": TEXT}, {"/b": {"visible": expression}}) == {("/ui/fields/~1b/visible", code)}


def test_expressions_in_a_circle_are_refused():
    circle = {"/a": {"visible": "has(form.b)"}, "/b": {"visible": "has(form.a)"}}
    assert of_hints({"a": TEXT, "b": TEXT}, circle) == {("/ui", "cycle")}
    assert of_hints({"a": TEXT}, {"/a": {"visible": "form.a == '1'"}}) == {("/ui", "cycle")}


def test_a_page_never_gets_more_than_150_fields():
    names = {f"f{index}": TEXT for index in range(151)}
    assert of_hints(names, {}) == {("/schema", "too_many_fields")}


def test_the_schema_of_case_data_needs_no_labels():
    assert of_schema({"a": TEXT, "b": {"type": "string", "enum": ["x", "y"]}}) == set()


def test_garbage_gets_faults_never_a_crash(receipt: JsonObject):
    for pointer in ("schema", "ui"):
        for key in list(receipt[pointer]):  # type: ignore[arg-type]
            for junk in (None, 5, "x", [], {}, [None], {"x": None}, {"a": {"type": "nope"}}):
                broken = json.loads(json.dumps(receipt, default=str))
                broken[pointer][key] = junk
                check_form(broken)


def test_the_readme_names_every_widget_and_format():
    text = (pathlib.Path(forms.__file__).with_name("README.md")).read_text("utf-8")
    hints: Any = meta_schema()["$defs"]
    for word in (*hints["hint"]["properties"]["widget"]["enum"], *hints["node"]["properties"]["format"]["enum"]):
        assert word in text
    for word in (*hints["hint"]["properties"], *hints["node"]["properties"]):
        assert word in text, word
