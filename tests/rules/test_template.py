"""Titles with values in them."""

from datetime import date
from decimal import Decimal

import pytest

from rules.errors import ExprSyntaxError
from rules.template import check_template, parse_template, render
from rules.types import Field, Record, Text, record
from rules.values import Value

LINE: dict[str, Value] = {
    "product_name": "心脏支架",
    "lot_no": "L7",
    "qty": Decimal("1.50"),
    "note": None,
    "made_on": date(2026, 1, 2),
    "ok": True,
    "tags": ["a", "b"],
    "more": {"a": 1},
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("验收 {line.product_name} 批号 {line.lot_no}", "验收 心脏支架 批号 L7"),
        ("plain", "plain"),
        ("", ""),
        ("{line.qty} / {line.made_on} / {line.ok} / {line.tags}", "1.5 / 2026-01-02 / ✓ / a、b"),
        ("{line.note}{line.gone}{nobody.x}{line.more}{1 / 0}", "—————"),
        ("a {{b}} c", "a {b} c"),
        ("{{{line.lot_no}}}", "{L7}"),
        ("{ {'k': line.lot_no}.k }", "L7"),
        ("{'}' + line.lot_no}", "}L7"),
        ('{has(line.serial) ? "serial " + line.serial : "lot " + line.lot_no}', "lot L7"),
    ],
)
def test_values_are_shown_and_what_is_missing_never_stops_a_case(text: str, shown: str) -> None:
    assert render(parse_template(text), {"line": LINE}) == shown


@pytest.mark.parametrize(("text", "column"), [("a {b", 3), ("a } b", 3), ("验收 {line.}", 10), ("{}", 2)])
def test_a_template_that_cannot_be_read_names_the_place(text: str, column: int) -> None:
    with pytest.raises(ExprSyntaxError) as caught:
        parse_template(text)
    assert caught.value.column == column


def test_a_long_value_is_cut() -> None:
    assert len(render(parse_template("{t}"), {"t": "x" * 1000})) == 200


def test_the_check_finds_unknown_fields_and_lets_optional_ones_pass() -> None:
    scope = record(line=Record({"name": Field(Text()), "lot_no": Field(Text(), optional=True)}))
    assert check_template(parse_template("{line.name} {line.lot_no}"), scope) == []
    [found] = check_template(parse_template("验收 {line.name}\n{line.nam}"), scope)
    assert (found.code, found.line, found.column) == ("unknown_field", 2, 2)


def test_the_expressions_of_a_template_are_listed() -> None:
    assert [expr.text for expr in parse_template("a {x} b {y.z}").expressions] == ["x", "y.z"]
