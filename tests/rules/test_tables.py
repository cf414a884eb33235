"""Decision tables: cells, hits, and the check for gaps and overlaps."""

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.cells import parse_cell
from rules.errors import ExprFault, ExprSyntaxError
from rules.tables import DecisionTable, TableError, TableFinding, check_table, evaluate_table, load_table
from rules.types import Bool, Date, Dyn, Field, Integer, Number, Record, Text, nullable, record
from rules.values import Duration, Value
from tests.examples import examples

COLD: dict[str, Any] = {
    "table": "cold_chain_receipt",
    "hit": "first",
    "inputs": [{"name": "mode", "expr": "start.transport_mode"}, {"name": "gap", "expr": "line.log_max_gap_min"}],
    "outcomes": ["pass", "fail"],
    "rules": [{"when": ['"vehicle"', "<= 5"], "then": "pass"}, {"when": ["-", "-"], "then": "fail"}],
}


def table(rules: list[tuple[list[object], str]], *, hit: str = "first", inputs: str = "a") -> DecisionTable:
    """A table over scope names `a`, `b`, … with outcomes in order of appearance."""
    return load_table(
        {
            "table": "t",
            "hit": hit,
            "inputs": [{"name": name, "expr": name} for name in inputs],
            "outcomes": list(dict.fromkeys(outcome for _, outcome in rules)),
            "rules": [{"when": cells, "then": outcome} for cells, outcome in rules],
        }
    )


def codes(findings: list[TableFinding]) -> list[str]:
    return [finding.code for finding in findings]


def test_the_first_rule_that_fits_decides_and_says_on_what() -> None:
    scope: dict[str, Value] = {"start": {"transport_mode": "vehicle"}, "line": {"log_max_gap_min": 4}}
    found = evaluate_table(load_table(COLD), scope)
    assert (found.outcome, found.rule_index, found.matched) == ("pass", 0, (0,))
    assert found.inputs == {"mode": "vehicle", "gap": 4}
    assert found.reads == [("start.transport_mode", "vehicle"), ("line.log_max_gap_min", 4)]


def test_a_missing_value_fits_only_the_dash() -> None:
    scope: dict[str, Value] = {"start": {"transport_mode": "vehicle"}, "line": {"log_max_gap_min": None}}
    assert evaluate_table(load_table(COLD), scope).outcome == "fail"
    assert parse_cell('not("A")').matches(None) is False
    assert parse_cell("-").matches(None) is True


@pytest.mark.parametrize(
    ("cell", "inside", "outside"),
    [
        ("[2..8]", [2, 5, 8], [1, 9]),
        ("(2..8]", [3, 8], [2]),
        ("[2..8)", [2, 7], [8]),
        ("(2..8)", [3], [2, 8]),
        ("< 5", [4], [5]),
        ("<= -1.5", [-2], [-1]),
        (">5", [6], [5]),
        (">= 5", [5], [4]),
        ("5", [5], [6]),
        (5, [5], [6]),
        ("1, [3..4], > 9", [1, 3, 10], [2, 9]),
        ("not(1, [3..4])", [2], [1, 3]),
        ('"A","B"', ["A", "B"], ["C"]),
        ('not("A")', ["B"], ["A"]),
        ("'A, B'", ["A, B"], ["A"]),
        ("true", [True], [False]),
        (False, [False], [True]),
        ('< date("2026-01-01")', [date(2025, 12, 31), "2025-12-31"], [date(2026, 1, 1), "2026-01-01"]),
        ('[date("2026-01-01")..date("2026-12-31")]', ["2026-06-01"], ["2027-01-01"]),
        ('<= duration("PT2H")', [Duration(ms=7_200_000)], [Duration(ms=7_200_001)]),
        ('> datetime("2026-01-01T00:00:00Z")', ["2026-01-01T08:00:01+08:00"], ["2026-01-01T08:00:00+08:00"]),
    ],
)
def test_cells(cell: object, inside: list[Value], outside: list[Value]) -> None:
    read = parse_cell(cell)
    assert [value for value in inside + outside if read.matches(value)] == inside


@pytest.mark.parametrize(
    "cell", ["", "A", "[2..8", "[8..2]", "2..8", "< true", "not(1", '1,"a"', "1,", "< ", "date(2026)", "1 2", None]
)
def test_a_cell_that_cannot_be_read_is_refused(cell: object) -> None:
    with pytest.raises(ExprSyntaxError):
        parse_cell(cell)


def test_a_value_of_another_kind_is_a_fault_and_not_a_miss() -> None:
    with pytest.raises(ExprFault) as caught:
        evaluate_table(table([(["< 5"], "x"), (["-"], "y")]), {"a": "five"})
    assert caught.value.code == "type" and "column a" in caught.value.en
    with pytest.raises(ExprFault):
        evaluate_table(table([(["true"], "x"), (["-"], "y")]), {"a": 1})


def test_no_rule_and_several_rules_are_faults() -> None:
    with pytest.raises(ExprFault, match="no_rule"):
        evaluate_table(table([(["< 5"], "x")]), {"a": 7})
    with pytest.raises(ExprFault, match="several_rules"):
        evaluate_table(table([(["< 5"], "x"), (["< 9"], "y")], hit="unique"), {"a": 3})


def test_collect_lets_the_success_win_only_when_nothing_speaks_against_it() -> None:
    gates = table([(["-", "-"], "pass"), (["> 5", "-"], "doubt"), (["-", "true"], "fail")], hit="collect", inputs="ab")
    assert evaluate_table(gates, {"a": 1, "b": False}).outcome == "pass"
    assert evaluate_table(gates, {"a": 9, "b": False}).outcome == "doubt"
    found = evaluate_table(gates, {"a": 9, "b": True})
    assert (found.outcome, found.rule_index, found.matched) == ("fail", 2, (0, 1, 2))


def test_every_fault_of_a_table_is_reported_at_once() -> None:
    with pytest.raises(TableError) as caught:
        load_table(
            {
                "table": "t",
                "hit": "any",
                "inputs": [{"name": "a", "expr": "1 +"}, {"name": "a", "expr": "b"}],
                "outcomes": ["x", "x"],
                "rules": [{"when": ["<", "-"], "then": "y"}, {"when": ["-"], "then": "x"}, {"if": 1}],
            }
        )
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
        ("/hit", "table_hit"),
        ("/inputs/0/expr", "table_syntax"),
        ("/inputs/1/name", "table_name"),
        ("/outcomes", "table_outcome"),
        ("/rules/0/then", "table_outcome"),
        ("/rules/0/when/0", "table_cell"),
        ("/rules/1/when", "table_width"),
        ("/rules/2", "table_shape"),
    ]


@pytest.mark.parametrize("data", [None, [], {}, {"table": "t"}, {**COLD, "extra": 1}, {**COLD, "rules": []}])
def test_data_of_another_shape_is_refused(data: object) -> None:
    with pytest.raises(TableError):
        load_table(data)


def test_more_than_a_thousand_rules_are_refused() -> None:
    rules = [{"when": ["-", "-"], "then": "fail"}]
    assert len(load_table({**COLD, "rules": rules * 1000}).rules) == 1000
    with pytest.raises(TableError):
        load_table({**COLD, "rules": rules * 1001})


TYPES = record(
    a=Integer(low=0), b=Bool(), c=Text(("x", "y")), d=Number(), e=nullable(Bool()), f=Date(), g=Text(), z=Dyn()
)


@pytest.mark.parametrize(
    ("inputs", "rules", "example"),
    [
        ("a", [["< 5"], ["> 5"]], {"a": 5}),
        ("a", [["[1..9]"], ["> 9"]], {"a": 0}),
        ("d", [["<= 5"], [">= 6"]], {"d": "5.5"}),
        ("b", [["true"]], {"b": False}),
        ("c", [['"x"']], {"c": "y"}),
        ("g", [['"x"']], {"g": "…"}),
        ("e", [["true"], ["false"]], {"e": None}),
        ("f", [['< date("2026-01-01")'], ['> date("2026-01-01")']], {"f": date(2026, 1, 1)}),
        ("ab", [["< 5", "-"], ["-", "true"]], {"a": 5, "b": False}),
        ("z", [["< 5"], ["> 5"]], {"z": 5}),
    ],
)
def test_a_gap_is_found_with_an_example(inputs: str, rules: list[list[object]], example: dict[str, object]) -> None:
    [found] = check_table(table([(cells, "x") for cells in rules], inputs=inputs), TYPES)
    assert found.code == "table_gap" and found.severity == "error" and found.example is not None
    assert {name: str(value) for name, value in found.example.items()} == {k: str(v) for k, v in example.items()}


@pytest.mark.parametrize(
    ("inputs", "rules"),
    [
        ("a", [["0"], [">= 1"]]),
        ("a", [["< 1"], ["> 0"]]),
        ("d", [["<= 5"], ["> 5"]]),
        ("c", [['"x"'], ['"y"']]),
        ("c", [['not("x")'], ['"x"']]),
        ("e", [["true"], ["false"], ["-"]]),
        ("ab", [["< 5", "-"], [">= 5", "true"], ["-", "false"]]),
        ("f", [['<= date("2026-01-01")'], ['>= date("2026-01-02")']]),
    ],
)
def test_a_complete_table_has_no_finding(inputs: str, rules: list[list[object]]) -> None:
    assert check_table(table([(cells, "x") for cells in rules], inputs=inputs), TYPES) == []


def test_an_overlap_is_an_error_for_unique_only() -> None:
    rules: list[tuple[list[object], str]] = [(["<= 5"], "x"), ([">= 5"], "y")]
    [found] = check_table(table(rules, hit="unique"), TYPES)
    assert (found.code, found.pointer, found.example) == ("table_overlap", "/rules/1", {"a": 5})
    assert check_table(table(rules), TYPES) == []


def test_a_rule_that_never_gets_its_turn_and_an_outcome_never_given_are_warnings() -> None:
    found = check_table(table([(["< 9"], "x"), (["[2..4]"], "y"), (["-"], "x")]), TYPES)
    assert [(one.code, one.severity, one.pointer) for one in found] == [
        ("table_rule_unreachable", "warning", "/rules/1")
    ]
    spare = load_table({**COLD, "outcomes": ["pass", "fail", "doubt"]})
    assert "table_outcome_unused" in codes(check_table(spare, record(start=Dyn(), line=Dyn())))


def test_cells_are_checked_against_the_type_of_their_column() -> None:
    found = check_table(table([(['"x"'], "x"), (["-"], "x")]), TYPES)
    assert [(one.code, one.pointer) for one in found] == [("table_cell_type", "/rules/0/when/0")]
    found = check_table(table([(['"q"'], "x"), (["-"], "x")], inputs="c"), TYPES)
    assert codes(found) == ["table_cell_never", "table_rule_unreachable"]


def test_input_expressions_are_checked_with_their_place() -> None:
    scope = record(start=record(transport_mode=Text()), line=Record({"log_max_gap_min": Field(Integer(), True)}))
    [found] = check_table(load_table(COLD), scope)
    assert (found.code, found.pointer, found.offset) == ("possibly_missing", "/inputs/1/expr", 0)


def test_what_cannot_be_checked_exactly_is_said() -> None:
    assert codes(check_table(table([(['< "m"'], "x"), (["-"], "x")], inputs="g"), TYPES)) == ["table_not_checked"]


numeric = st.sampled_from(["-", "< 2", "<= 2", "> 3", "2", "[1..3]", "(1..3)", "not(2)", "0, 4", ">= 4"])
cells = st.tuples(
    numeric, st.sampled_from(["-", "true", "false"]), st.sampled_from(["-", '"x"', 'not("x")', '"x", "y"'])
)
rows = st.lists(st.tuples(cells.map(list), st.sampled_from(["p", "q"])), min_size=1, max_size=6)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=examples(120))
@given(rows, st.sampled_from(["first", "unique"]))
def test_the_check_agrees_with_trying_every_value(rules: list[tuple[list[object], str]], hit: str) -> None:
    """Brute force over all values of small domains gives the same verdict as the region search."""
    asked = table(rules, hit=hit, inputs="abc")
    found = check_table(asked, record(a=Integer(low=0, high=5), b=Bool(), c=Text(("x", "y"))))
    gap = overlap = False
    winners: set[int] = set()
    for a, b, c in itertools.product(range(6), (True, False), ("x", "y")):
        matched = [
            row
            for row, rule in enumerate(asked.rules)
            if all(cell.matches(value) for cell, value in zip(rule.cells, (a, b, c), strict=True))
        ]
        gap, overlap = gap or not matched, overlap or len(matched) > 1
        winners.update(matched[:1])
    assert ("table_gap" in codes(found)) is gap
    assert ("table_overlap" in codes(found)) is (overlap and hit == "unique")
    if hit == "first":
        lost = {one.pointer for one in found if one.code == "table_rule_unreachable"}
        assert lost == {f"/rules/{row}" for row in range(len(rules)) if row not in winners}
