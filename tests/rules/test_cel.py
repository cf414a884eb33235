"""Where the language is CEL, and where it is not on purpose (the list is in rules/README.md)."""

from decimal import Decimal
from typing import Any

import cel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.errors import ExprFault, ExprSyntaxError
from rules.evaluate import evaluate
from rules.parse import parse
from rules.values import Value
from tests.examples import examples

SCOPE: dict[str, Value] = {"x": 5, "m": {"a": 1, "b": {"c": None}}, "l": [1, 2, 3], "s": "hello", "e": []}

# Cases after the public language definition of CEL: macros, operators, precedence, text, lists, maps.
SAME: list[tuple[str, Value]] = [
    ("2 + 3 * 4", 14),
    ("(2 + 3) * 4", 20),
    ("2 - 3 - 4", -5),
    ("12 % 5 * 2", 4),
    ("-5 % 3", -2),
    ("- -5", 5),
    ("!false", True),
    ("!!true", True),
    ("true && false || true", True),
    ("true || false && false", True),
    ("false || false", False),
    ("true ? 1 : 2", 1),
    ("false ? 1 : true ? 2 : 3", 2),
    ("1 < 2", True),
    ("2 <= 2", True),
    ("3 > 4", False),
    ("4 >= 4", True),
    ("1 == 1.0", True),
    ("1 != 2", True),
    ("1 < 1.5", True),
    ("true == true", True),
    ("null == null", True),
    ("null == 1", False),
    ("'1' == 1", False),
    ("[] == []", True),
    ("[1, 2] == [1, 2]", True),
    ("[1, 2] == [2, 1]", False),
    ("{'a': 1} == {'a': 1}", True),
    ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", True),
    ("'a' + 'b'", "ab"),
    ("'' + ''", ""),
    ("[1] + [2, 3]", [1, 2, 3]),
    ("[1] + []", [1]),
    ("2 in [1, 2]", True),
    ("5 in []", False),
    ("'a' in {'a': 1}", True),
    ("'z' in {'a': 1}", False),
    ("[1, 2, 3][1]", 2),
    ("{'a': 7}['a']", 7),
    ("{'a': 7}.a", 7),
    ("m.a", 1),
    ("m['a']", 1),
    ("has(m.a)", True),
    ("has(m.z)", False),
    ("size('')", 0),
    ("size('hello')", 5),
    ("'hello'.size()", 5),
    ("size([1, 2])", 2),
    ("size({})", 0),
    ("'hello'.contains('ell')", True),
    ("'hello'.startsWith('he')", True),
    ("'hello'.endsWith('lo')", True),
    ("'hello'.endsWith('')", True),
    ("'hello'.matches('h.l+o')", True),
    ("'hello'.matches('^ell')", False),
    ("'a' < 'b'", True),
    ("'a' < 'B'", False),
    ("'abc' <= 'abc'", True),
    ("[1, 2, 3].all(i, i > 0)", True),
    ("[1, 2, 3].exists(i, i > 2)", True),
    ("[1, 2, 3].exists_one(i, i > 2)", True),
    ("[1, 2, 3].exists_one(i, i > 1)", False),
    ("[].all(i, false)", True),
    ("[].exists(i, true)", False),
    ("[1, 2, 3].map(i, i * 2)", [2, 4, 6]),
    ("[1, 2, 3].map(i, i > 1, i * 2)", [4, 6]),
    ("[1, 2, 3].filter(i, i > 1)", [2, 3]),
    ("{'b': 1, 'a': 2}.exists(k, k == 'a')", True),
    ("[1, 2].map(i, [3].map(j, i * j))", [[3], [6]]),
    ("l.filter(i, i > x)", []),
    ("false && 1 / 0 == 1", False),
    ("true || 1 / 0 == 1", True),
    ("'\\x41\\u0042\\U00000043\\104'", "ABCD"),
    ("'\\\\ \\' \\\" \\n \\t'", "\\ ' \" \n \t"),
    ("r'\\d'", "\\d"),
    ("1.5 + 1.5 == 3.0", True),
    ("-2.5 < -2.0", True),
]


@pytest.mark.parametrize(("text", "value"), SAME)
def test_conformance_case(text: str, value: Value) -> None:
    assert evaluate(parse(text), SCOPE).value == value


@pytest.mark.parametrize(("text", "value"), SAME)
def test_the_other_implementation_agrees_on_the_case(text: str, value: Value) -> None:
    assert cel.evaluate(text, dict(SCOPE)) == value


# Deviations: (text, what CEL says, what we say); an exception class stands for "refuses".
DEVIATIONS: list[tuple[str, object, object]] = [
    ("0.1 + 0.2 == 0.3", False, True),
    ("7 / 2", 3, Decimal("3.5")),
    ("1 + 0.5", Exception, Decimal("1.5")),
    ("5.5 % 2.0", Exception, Decimal("1.5")),
    ("1 / 0 == 1 || true", True, ExprFault),
    ("1 / 0 == 1 && false", False, ExprFault),
    ("[1, 0].exists(i, 2 / i == 1 || i == 0)", True, ExprFault),
    ("has(m.b.c)", True, False),
    ("has(m.z.y)", Exception, False),
    ("9223372036854775807 > 0", True, ExprSyntaxError),
    ("0x1F == 31", True, ExprSyntaxError),
    ("5u == 5u", True, ExprSyntaxError),
    ("b'a' == b'a'", True, ExprSyntaxError),
    ("int('5') == 5", True, ExprSyntaxError),
    ("type(1) == int", True, ExprSyntaxError),
    ("max(1, 2)", Exception, 2),
    ("sum([1, 2])", Exception, 3),
    ("{1: 2}[1]", 2, ExprFault),
    ("'a'.matches('(?i)A')", True, ExprFault),
    ("'cafe\\u0301' == 'caf\\u00e9'", False, True),
    ("false < true", True, ExprFault),
]


@pytest.mark.parametrize(("text", "theirs", "ours"), DEVIATIONS)
def test_listed_deviation(text: str, theirs: object, ours: object) -> None:
    assert _said(lambda: evaluate(parse(text), SCOPE).value, ours) == ours


@pytest.mark.parametrize(("text", "theirs", "ours"), DEVIATIONS)
def test_cel_is_as_the_list_of_deviations_says(text: str, theirs: object, ours: object) -> None:
    assert _said(lambda: cel.evaluate(text, dict(SCOPE)), theirs) == theirs


def _said(ask: Any, expected: object) -> object:
    if isinstance(expected, type):
        with pytest.raises(expected):  # type: ignore[arg-type]
            ask()
        return expected
    return ask()


ints = st.integers(-20, 20)
names = st.sampled_from(["x", "m.a", "l[1]", "size(l)", "size(s)"])
numbers = st.recursive(
    ints.map(lambda number: f"({number})") | names,
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda part: f"({' '.join(part)})"),
    max_leaves=4,
)
comparisons = st.tuples(numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), numbers).map(" ".join)
others = st.sampled_from(
    ["has(m.a)", "has(m.q)", "2 in l", "s.contains('ell')", "s.startsWith('x')", "l.all(i, i < x)", "l.exists(i, i == 2)",
     "l.filter(i, i > 1) == [2, 3]", "l.map(i, i + 1)[0] == 2", "e == []", "s.matches('^h.*o$')", "l.exists_one(i, i > 2)"]
)  # fmt: skip
conditions = st.recursive(
    comparisons | others,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda part: f"({' '.join(part)})"),
        inner.map(lambda part: f"!({part})"),
        st.tuples(inner, inner, inner).map(lambda part: f"({part[0]} ? {part[1]} : {part[2]})"),
    ),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=examples(150))
@given(conditions | numbers)
def test_both_implementations_agree_on_the_common_subset(text: str) -> None:
    assert evaluate(parse(text), SCOPE).value == cel.evaluate(text, dict(SCOPE))


texts = st.text(alphabet="abAB01 _-/验收", max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=examples(100))
@given(texts, texts)
def test_both_implementations_agree_on_text(left: str, right: str) -> None:
    scope: dict[str, Value] = {"a": left, "b": right}
    for text in ("a == b", "a < b", "a.contains(b)", "a.startsWith(b)", "a + b", "a in [b]", "a.endsWith(b) ? a : b"):
        assert evaluate(parse(text), scope).value == cel.evaluate(text, dict(scope))
    assert evaluate(parse("size(a)"), scope).value == len(left)
