"""What the checker says about an expression before any case meets it."""

from decimal import Decimal
from typing import Any

import pytest

from rules.findings import ExprFinding
from rules.parse import parse
from rules.schema_types import type_of_schema
from rules.typecheck import check, check_condition
from rules.types import (
    Bool,
    Date,
    DateTime,
    Duration,
    Dyn,
    Field,
    Integer,
    List,
    MapOf,
    Null,
    Number,
    Record,
    Text,
    Type,
    nullable,
    record,
    union,
)

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "mode": {"type": "string", "enum": ["vehicle", "cold_box"]},
        "result": {"type": "string", "oneOf": [{"const": "accept", "title": "A"}, {"const": "refuse", "title": "R"}]},
        "arrived_on": {"type": "string", "format": "date"},
        "arrived_at": {"type": "string", "format": "date-time"},
        "stay": {"type": "string", "format": "duration"},
        "cold": {"type": "boolean"},
        "note": {"type": ["string", "null"]},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
    },
    "required": ["mode", "result", "arrived_on", "arrived_at", "stay", "cold", "note", "lines"],
    "if": {"properties": {"cold": {"const": True}}},
    "then": {"required": ["log"]},
    "$defs": {
        "line": {
            "type": "object",
            "properties": {
                "lot_no": {"type": "string"},
                "qty": {"type": "integer", "minimum": 0},
                "celsius": {"type": "number", "minimum": Decimal("-80.5")},
            },
            "required": ["qty"],
        }
    },
}
DATA = type_of_schema(SCHEMA)
SCOPE = record(data=DATA, today=Date(), now=DateTime(), steps=MapOf(record(outcome=Text())), any=Dyn())


def codes(text: str) -> list[str]:
    return [finding.code for finding in check(parse(text), SCOPE)[1]]


def only(text: str) -> ExprFinding:
    [finding] = check(parse(text), SCOPE)[1]
    return finding


def test_the_type_of_a_schema_tells_certain_from_optional_fields() -> None:
    assert isinstance(DATA, Record)
    assert DATA.fields["mode"] == Field(Text(("vehicle", "cold_box")))
    assert DATA.fields["result"] == Field(Text(("accept", "refuse")))
    assert DATA.fields["arrived_on"] == Field(Date())
    assert DATA.fields["arrived_at"] == Field(DateTime())
    assert DATA.fields["stay"] == Field(Text())
    assert DATA.fields["note"] == Field(union((Text(), Null())))
    line = DATA.fields["lines"].type
    assert isinstance(line, List) and isinstance(line.item, Record)
    assert line.item.fields["lot_no"] == Field(Text(), optional=True)
    assert line.item.fields["qty"] == Field(Integer(low=0))
    assert line.item.fields["celsius"] == Field(Number(low=Decimal("-80.5")), optional=True)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"const": 5}, Integer(5, 5, (5,))),
        ({"enum": ["a", None]}, nullable(Text(("a",)))),
        ({"type": "object"}, MapOf(Dyn())),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, MapOf(Bool())),
        ({"type": "object", "additionalProperties": False}, Record({})),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, union((Integer(), Text()))),
        ({"allOf": [{"properties": {"a": {"type": "boolean"}}, "required": ["a"]}]}, Dyn()),
        ({"$ref": "#/$defs/nowhere"}, Dyn()),
        ({"$ref": "#"}, Dyn()),
        ({}, Dyn()),
    ],
)
def test_other_schemas(schema: dict[str, Any], kind: Type) -> None:
    assert type_of_schema(schema) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("data.lines.map(l, l.qty * 2)", List(Integer())),
        ("data.lines[0].qty / 2", Number()),
        ("sum(data.lines.map(l, l.qty))", Integer()),
        ("today - data.arrived_on", Duration()),
        ('data.arrived_on + duration("P6M")', Date()),
        ("size(data.lines) > 0 ? today : null", nullable(Date())),
        ("[]", List(union(()))),
        ("{'a': 1}.a", Integer()),
        ("max(data.lines.map(l, l.qty))", Integer(low=0)),
        ("any.thing.at.all", Dyn()),
        ('data.mode + "x"', Text()),
    ],
)
def test_clean_expressions_have_a_type(text: str, kind: Type) -> None:
    found, findings = check(parse(text), SCOPE)
    assert findings == []
    assert found == kind


@pytest.mark.parametrize(
    "text",
    [
        "has(data.lines[0].lot_no) ? data.lines[0].lot_no : ''",
        "data.lines.all(l, has(l.lot_no) && l.lot_no != '')",
        "data.lines.all(l, !has(l.lot_no) || size(l.lot_no) > 0)",
        "data.lines.map(l, has(l.lot_no), l.lot_no + '/')",
        "data.lines.exists(l, !(!has(l.lot_no) || !has(l.celsius)) && l.celsius > 2 && l.lot_no != '')",
        "has(data.note) && size(data.note) > 3",
        "data.note != null && size(data.note) > 3",
        "data.note == null || size(data.note) > 3",
        "data.note == null ? 0 : size(data.note)",
        "has(steps.inspect) && steps.inspect.outcome == 'pass'",
        "today < '2027-01-01'",
        "data.stay != '' && duration(data.stay) < duration('PT2H')",
    ],
)
def test_a_guard_makes_an_optional_value_certain(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nobody", ["unknown_name"]),
        ("data.modes == 'x'", ["unknown_field"]),
        ("has(data.modes)", ["unknown_field"]),
        ("data.lines.all(l, l.lot_no != '')", ["possibly_missing"]),
        ("data.lines.all(l, has(l.lot_no) || l.lot_no != '')", ["possibly_missing"]),
        ("data.lines.all(l, has(l.celsius) && l.lot_no != '')", ["possibly_missing"]),
        ("has(data.lines[0].lot_no) && data.lines[1].lot_no == ''", ["possibly_missing"]),
        ("data.lines.all(l, has(l.lot_no)) && data.lines.all(l, l.lot_no == '')", ["possibly_missing"]),
        ("steps.inspect.outcome == 'pass'", ["possibly_missing"]),
        ("size(data.note)", ["possibly_null"]),
        ("data.note < 'a'", ["possibly_null"]),
        ("1 + 'a'", ["wrong_type"]),
        ("data.mode + 1", ["wrong_type"]),
        ("today < now", ["wrong_type"]),
        ("today < 'soon'", ["wrong_type"]),
        ("today + 1", ["wrong_type"]),
        ("data.stay < duration('PT2H')", ["wrong_type"]),
        ("-data.mode", ["wrong_type"]),
        ("data.mode.x", ["wrong_type"]),
        ("data.lines['a']", ["wrong_type"]),
        ("data.lines[0.5]", ["wrong_type"]),
        ("1 in 2", ["wrong_type"]),
        ("data.cold.exists(x, true)", ["wrong_type"]),
        ("sum(['a'])", ["wrong_type"]),
        ("min([true])", ["wrong_type"]),
        ("min(1, 'a')", ["wrong_type"]),
        ("size(1)", ["wrong_type"]),
        ("date(1)", ["wrong_type"]),
        ("size()", ["wrong_arity"]),
        ("'a'.matches('b', 'c')", ["wrong_arity"]),
        ("!data.mode", ["not_boolean"]),
        ("data.mode && true", ["not_boolean"]),
        ("data.mode ? 1 : 2", ["not_boolean"]),
        ("data.lines.filter(l, l.qty)", ["not_boolean"]),
        ("data.mode.matches('a(')", ["bad_pattern"]),
        ("date('2026-02-30')", ["bad_literal"]),
        ("{1: 2}", ["bad_key"]),
        ("{'a': 2, 'a': 3}", ["bad_key"]),
        ("data.mode == 'lorry'", ["never_equal"]),
        ("data.mode == 1", ["never_equal"]),
        ("data.cold != null", ["never_equal"]),
        ("nobody + data.modes", ["unknown_name", "unknown_field"]),
    ],
)
def test_what_is_wrong_is_found(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_a_finding_has_its_place_and_says_what_to_do() -> None:
    found = only("data.cold &&\n  data.lines.all(l, l.lot_no != '')")
    assert (found.line, found.column, found.offset) == (2, 21, 33)
    assert "has(l.lot_no)" in found.en and "has(l.lot_no)" in found.zh
    assert "Did you mean 'mode'?" in only("data.modee == ''").en


def test_only_the_comparison_that_can_never_hold_is_a_warning() -> None:
    assert only("data.mode == 'lorry'").severity == "warning"
    assert only("data.modes == 'x'").severity == "error"


def test_a_condition_must_be_true_or_false() -> None:
    assert [found.code for found in check_condition(parse("data.mode"), SCOPE)] == ["not_boolean"]
    assert check_condition(parse("data.cold"), SCOPE) == []


def test_a_guard_from_outside_counts() -> None:
    assert check(parse("steps.inspect.outcome"), SCOPE, frozenset({"steps.inspect"}))[1] == []
