"""Laws of the language, tried on random expressions and data."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules import types as t
from rules.errors import ExprFault, ExprSyntaxError
from rules.evaluate import evaluate
from rules.parse import parse
from rules.schema_types import type_of_schema
from rules.show import show
from rules.typecheck import check
from rules.types import Date, DateTime, Record, Type, record
from rules.values import to_json
from tests.examples import examples

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "d": {"type": "number"},
        "t": {"type": "string"},
        "e": {"type": "string", "enum": ["a", "b"]},
        "b": {"type": "boolean"},
        "day": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "maybe": {"type": "integer"},
        "gone": {"type": ["string", "null"]},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "q": {"type": "number"},
                    "x": {"type": "string"},
                    "day": {"type": "string", "format": "date"},
                },
                "required": ["q"],
            },
        },
        "inner": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
    },
    "required": ["n", "d", "t", "e", "b", "day", "at", "gone", "lines"],
}
kind = type_of_schema(SCHEMA)
assert isinstance(kind, Record)
SCOPE_TYPE = record(s=kind, today=Date(), now=DateTime())

# What no type can promise (see the head of rules/typecheck.py).
DECLARED = {
    "division_by_zero", "overflow", "index", "empty_list", "bad_text", "mixed_duration",
    "limit_steps", "limit_list", "limit_text", "limit_depth",
}  # fmt: skip

decimals = st.decimals(-1000, 1000, places=2)
days = st.dates().map(lambda day: day.isoformat())
instants = st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z")
lines = st.fixed_dictionaries({"q": decimals}, optional={"x": st.text(max_size=3), "day": days})
data = st.fixed_dictionaries(
    {
        "n": st.integers(-5, 5),
        "d": decimals,
        "t": st.text(max_size=4),
        "e": st.sampled_from(["a", "b"]),
        "b": st.booleans(),
        "day": days,
        "at": instants,
        "gone": st.none() | st.text(max_size=3),
        "lines": st.lists(lines, max_size=3),
    },
    optional={"maybe": st.integers(-5, 5), "inner": st.fixed_dictionaries({"n": st.integers(0, 3)})},
)
scopes = st.fixed_dictionaries({"s": data, "today": st.dates(), "now": instants})

Texts = st.SearchStrategy[str]


def _joined(*parts: Texts | str) -> Texts:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


PATHS = "s.n s.d s.t s.e s.b s.day s.at s.maybe s.gone s.lines s.inner.n s.inner today now l l.q l.x l.day s.lines[0].x".split()


def _typed(depth: int) -> dict[str, Texts]:
    """Expressions by what they are meant to give; mistakes are mixed in on purpose."""
    leaves: dict[str, Texts] = {
        "number": st.sampled_from(["0", "1", "2.5", "s.n", "s.d", "s.maybe", "s.inner.n", "l.q"]),
        "text": st.sampled_from(["''", "'a'", "'2026-01-01'", "s.t", "s.e", "s.gone", "l.x", "s.lines[0].x"]),
        "bool": st.sampled_from(["true", "false", "s.b", "has(s.maybe)", "has(s.inner)", "has(l.x)", "s.gone != null"]),
        "day": st.sampled_from(["today", "s.day", "l.day", "date('2026-01-31')"]),
        "at": st.sampled_from(["now", "s.at", "datetime('2026-01-31T00:00:00Z')"]),
        "span": st.sampled_from(["duration('P1D')", "duration('P1M')", "duration('PT5H')"]),
        "list": st.sampled_from(["s.lines", "[1, 2.5]", "['a', s.t]", "[]"]),
    }
    if depth == 0:
        return leaves
    sub = _typed(depth - 1)
    number, text, boolean, day, at, span, many = (
        sub[key] for key in ("number", "text", "bool", "day", "at", "span", "list")
    )
    anything = st.one_of(*sub.values(), st.sampled_from(PATHS))
    order = st.sampled_from([" < ", " >= ", " == ", " != "])
    guard = st.sampled_from(
        ["has(s.maybe)", "has(s.inner.n)", "has(l.x)", "has(l.day)", "s.gone != null", "has(s.lines[0].x)"]
    )
    chosen: Callable[[Texts], Texts] = lambda part: _joined("(", boolean, " ? ", part, " : ", part, ")")  # noqa: E731
    guarded: Callable[[Texts], Texts] = lambda part: _joined("(", guard, " ? ", part, " : ", part, ")")  # noqa: E731
    operator = st.sampled_from([" + ", " - ", " * ", " / ", " % "])
    grown: dict[str, list[Texts]] = {
        "number": [
            _joined("(", number, operator, number, ")"), _joined("-", number), _joined("size(", text, ")"),
            _joined("size(", many, ")"), _joined("sum(", many, ".map(l, ", number, "))"), _joined("max(", number, ", ", number, ")"),
            _joined("min(", many, ".map(l, ", number, "))"),
        ],
        "text": [_joined("(", text, " + ", text, ")"), _joined("(", text, " + ", anything, ")")],
        "bool": [
            _joined("(", boolean, " && ", boolean, ")"), _joined("(", boolean, " || ", boolean, ")"), _joined("!", boolean),
            _joined("(", guard, " && ", boolean, ")"), _joined("(!", guard, " || ", boolean, ")"),
            _joined("(", number, order, number, ")"), _joined("(", text, order, text, ")"), _joined("(", day, order, day, ")"),
            _joined("(", at, order, at, ")"), _joined("(", span, order, span, ")"), _joined("(", anything, order, anything, ")"),
            _joined(many, ".exists(l, ", boolean, ")"), _joined(many, ".all(l, ", boolean, ")"),
            _joined("(", anything, " in ", many, ")"), _joined(text, ".contains(", text, ")"), _joined(text, ".matches('a|.')"),
        ],
        "day": [_joined("(", day, " + ", span, ")"), _joined("(", day, " - ", span, ")"), _joined("date(", text, ")")],
        "at": [_joined("(", at, " + ", span, ")")],
        "span": [_joined("(", day, " - ", day, ")"), _joined("(", at, " - ", at, ")"), _joined("(", span, " + ", span, ")")],
        "list": [
            _joined(many, ".filter(l, ", boolean, ")"), _joined(many, ".map(l, ", anything, ")"),
            _joined("[", anything, ", ", anything, "]"),
            _joined("(", many, " + ", many, ")"),
        ],
    }  # fmt: skip
    return {key: st.one_of(leaves[key], *grown[key], chosen(sub[key]), guarded(sub[key])) for key in leaves}


expressions = st.one_of(*_typed(2).values())
relaxed = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    max_examples=examples(120),
)


@relaxed
@given(expressions)
def test_a_printed_expression_parses_to_the_same_tree(text: str) -> None:
    first = parse(text)
    printed = show(first)
    again = parse(printed)
    assert again.root == first.root
    assert show(again) == printed


@relaxed
@given(expressions, scopes)
def test_evaluation_raises_nothing_but_its_own_faults(text: str, scope: dict[str, Any]) -> None:
    try:
        found = evaluate(parse(text), scope)
    except ExprFault as fault:
        assert 0 <= fault.offset < len(text)
    else:
        to_json(found.value)
        assert evaluate(parse(text), scope) == found
        if found.decided is not None:
            assert parse(text[slice(*found.decided)]).root is not None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abnx"), inner, max_size=3),
    max_leaves=8,
)
wild = st.fixed_dictionaries({"s": json_values, "today": json_values, "now": json_values})


@relaxed
@given(expressions, wild)
def test_no_data_makes_evaluation_crash(text: str, scope: dict[str, Any]) -> None:
    try:
        evaluate(parse(text), scope)
    except ExprFault as fault:
        assert fault.zh and fault.en


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    max_examples=examples(120),
)
@given(st.text(alphabet="ab.,()[]{}?:!&|=<>+-*/%'\"\\ \n019inhas", max_size=30))
def test_no_text_makes_the_parser_crash(text: str) -> None:
    try:
        expr = parse(text)
    except ExprSyntaxError as fault:
        assert 0 <= fault.offset <= len(text) and fault.line >= 1 and fault.column >= 1
    else:
        assert parse(show(expr)).root == expr.root


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    max_examples=examples(250),
)
@given(expressions, scopes)
def test_what_checks_clean_does_not_fault_on_valid_data(text: str, scope: dict[str, Any]) -> None:
    found, findings = check(parse(text), SCOPE_TYPE)
    assume(not any(finding.severity == "error" for finding in findings))
    try:
        value = evaluate(parse(text), scope).value
    except ExprFault as fault:
        assert fault.code in DECLARED, f"{text} -> {fault}"
    else:
        assert _has_type(value, found), f"{text} gave {value!r}, promised {found}"


def _has_type(value: Any, promised: Type) -> bool:
    match promised:
        case t.Union():
            return any(_has_type(value, option) for option in promised.options)
        case t.Null():
            return value is None
        case t.Bool():
            return isinstance(value, bool)
        case t.Integer():
            return type(value) is int
        case t.Number():
            return type(value) in (int, Decimal)
        case t.List():
            return isinstance(value, list) and all(_has_type(item, promised.item) for item in value)
        case t.Record():
            return isinstance(value, dict) and all(
                _has_type(value[name], field.type) if name in value else field.optional
                for name, field in promised.fields.items()
            )
        case t.Text():
            return isinstance(value, str)
        case t.Date() | t.DateTime():
            # In JSON a day or an instant is text.
            return isinstance(value, str) or type(value).__name__ in ("date", "datetime")
    return True
