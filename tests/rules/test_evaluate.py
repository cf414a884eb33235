"""What expressions answer, what they read, and what they refuse."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import number_fault
from rules.evaluate import Evaluation, ExprFault, evaluate
from rules.parse import parse
from rules.values import Duration, Value, duration_text, read_duration, to_json

LINES: list[Value] = [
    {"product_id": "P1", "lot_no": "L1", "qty": 3, "expires_on": "2026-12-31"},
    {"product_id": "P2", "lot_no": "L2", "qty": Decimal("0.5"), "expires_on": "2027-01-31"},
]
SCOPE: dict[str, Value] = {
    "start": {"transport_mode": "vehicle", "note": None, "departure": "2026-11-22T09:00:00+08:00"},
    "data": {"lines": LINES, "empty": []},
    "line": {"gap": 7, "name": "收货验收", "cafe": "cafe\u0301"},
    "today": date(2026, 11, 22),
    "now": datetime(2026, 11, 22, 2, 0, tzinfo=UTC),
}


def answer(text: str) -> Value:
    return evaluate(parse(text), SCOPE).value


def asked(text: str) -> Evaluation:
    return evaluate(parse(text), SCOPE)


def fault(text: str, scope: dict[str, Value] | None = None, budget: int = 10_000) -> ExprFault:
    with pytest.raises(ExprFault) as caught:
        evaluate(parse(text), SCOPE if scope is None else scope, budget)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2 == 0.3", True),
        ("data.lines[0].qty + 0.5", Decimal("3.5")),
        ("data.lines[1].qty + 0.5", 1),
        ("7 / 2", Decimal("3.5")),
        ("1 / 3", Decimal("0.333333333333")),
        ("1 / 3 * 3", 1),
        ("1 / 3 * 3 == 1", True),
        ("200000 / 3", Decimal("66666.6666666667")),
        ("999999999999999 + 0.5", 10**15),
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("5.5 % 2", Decimal("1.5")),
        ("2.5 * 4", 10),
        ("-(3 - 5)", 2),
        ("9007199254740991 - 1", 9007199254740990),
        ("sum(data.lines.map(l, l.qty))", Decimal("3.5")),
        ("sum([])", 0),
        ("min(3, 1.5, 2)", Decimal("1.5")),
        ("data.lines.map(l, l.qty).max()", 3),
        ("min(['b', 'a'])", "a"),
    ],
)
def test_numbers_are_exact_decimals(text: str, value: Value) -> None:
    found = answer(text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('size("收货验收")', 4),
        ("size(line.cafe)", 4),
        ('line.cafe == "café"', True),
        ('"caf" + "e" + "\\u0301" == "café"', True),
        ('line.name.contains("验")', True),
        ('line.name.startsWith("收货") && line.name.endsWith("收")', True),
        ('"P" in ["Q", "P"]', True),
        ('"gap" in line', True),
        ('"L01".matches("^L[0-9]{2}$")', True),
        ('matches("hello", "l{2}")', True),
        ('"a" < "b"', True),
        ('data.lines.map(l, l.product_id + "/" + l.lot_no)', ["P1/L1", "P2/L2"]),
        ("data.lines.filter(l, l.qty < 1).size()", 1),
        ("data.lines.map(l, l.qty < 1, l.lot_no)", ["L2"]),
        ("data.lines.all(l, l.qty > 0) && data.lines.exists(l, l.qty == 3)", True),
        ("data.lines.exists_one(l, l.qty > 0)", False),
        ("data.empty.all(l, 1 / 0 == 1)", True),
        ("[1, 2] + [3] == [1, 2, 3]", True),
        ("{'a': 1, 'b': [2]} == {'b': [2.0], 'a': 1}", True),
        ("[1, 2].map(x, [10, 20].map(y, x * y))", [[10, 20], [20, 40]]),
        ("[1].map(x, [2].map(x, x)[0] + x)", [3]),
        ("true == 1", False),
        ('1 == "1"', False),
        ("null == null", True),
    ],
)
def test_text_lists_and_records(text: str, value: Value) -> None:
    assert answer(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('today + duration("P1D")', date(2026, 11, 23)),
        ('date("2026-01-31") + duration("P1M")', date(2026, 2, 28)),
        ('date("2024-02-29") - duration("P1Y")', date(2023, 2, 28)),
        ('date("2026-03-01") - date("2026-02-01")', Duration(ms=28 * 86_400_000)),
        ("data.lines[0].expires_on > today", True),
        ('data.lines[0].expires_on - today < duration("P40D")', True),
        ('data.lines[0].expires_on + duration("P1D")', date(2027, 1, 1)),
        ("data.lines[1].expires_on - data.lines[0].expires_on", Duration(ms=31 * 86_400_000)),
        ('start.departure == datetime("2026-11-22T01:00:00Z")', True),
        ('start.departure < "2026-11-22T01:30:00.000Z"', True),
        ("now - start.departure", Duration(ms=3_600_000)),
        ('now + duration("PT24H") == datetime("2026-11-23T02:00:00Z")', True),
        ('duration("PT90M") == duration("PT1H30M")', True),
        ('duration("P1M") > duration("P1M") - duration("PT1S")', True),
        ('-duration("PT1H") + duration("PT2H")', Duration(ms=3_600_000)),
        ("max(data.lines.map(l, l.expires_on))", "2027-01-31"),
    ],
)
def test_dates_and_durations(text: str, value: Value) -> None:
    assert answer(text) == value


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        ("nobody.x", "unknown_name", 0),
        ("true && start.nothing", "missing_field", 8),
        ("1 + 1 / 0", "division_by_zero", 4),
        ("5 % 0", "division_by_zero", 0),
        ("9007199254740991 + 1", "overflow", 0),
        ("999999999999999 * 999999999999999", "overflow", 0),
        ("9007199254740991 * 1.5", "overflow", 0),
        ('1 + "a"', "type", 0),
        ('1 < "a"', "type", 0),
        ("today < now", "type", 0),
        ("true < false", "type", 0),
        ("start.note > 1", "type", 0),
        ("line.gap.x", "type", 0),
        ("data.lines[2]", "index", 0),
        ("data.lines[-1]", "index", 0),
        ("data.lines[0.5]", "type", 0),
        ("min([])", "empty_list", 0),
        ("1 && true", "not_boolean", 0),
        ("true && line.name", "not_boolean", 8),
        ("data.lines.all(l, l.qty)", "not_boolean", 18),
        ("1 ? 2 : 3", "not_boolean", 0),
        ('date("2026-02-30")', "bad_text", 0),
        ('datetime("2026-01-01T00:00:00")', "bad_text", 0),
        ('duration("1 day")', "bad_text", 0),
        ('"a".matches("(" + "")', "bad_text", 0),
        ('today + duration("PT1H")', "mixed_duration", 0),
        ('duration("P1M") < duration("P30D")', "mixed_duration", 0),
        ('date("9999-12-31") + duration("P1D")', "overflow", 0),
        ("{'a': 1, 'a': 2}", "type", 9),
        ("size(1)", "type", 0),
        ("size()", "arity", 0),
        ("5.map(x, x)", "type", 0),
    ],
)
def test_what_has_no_answer_is_a_fault_with_its_place(text: str, code: str, offset: int) -> None:
    found = fault(text)
    assert (found.code, found.offset) == (code, offset)
    assert found.zh and found.en


def test_a_missing_field_is_never_false() -> None:
    assert fault("!start.nothing").code == "missing_field"
    assert fault("start.nothing || true").code == "missing_field"
    assert answer("true || start.nothing") is True
    assert answer("false && start.nothing") is False


def test_has_is_false_for_absent_and_for_null_and_looks_through_absent_parents() -> None:
    assert answer("has(start.transport_mode)") is True
    assert answer("has(start.nothing)") is False
    assert answer("has(start.note)") is False
    assert answer("has(start.nothing.deeper)") is False
    assert answer("has(data.lines[5].qty)") is False
    assert fault("has(nobody.x)").code == "unknown_name"


def test_floats_naive_times_and_wild_integers_from_outside_are_refused() -> None:
    assert fault("x == 1", {"x": 1.5}).code == "type"  # type: ignore[dict-item]
    assert fault("x == x", {"x": datetime(2026, 1, 1)}).code == "type"
    assert fault("x == 1", {"x": 2**53}).code == "overflow"
    assert fault("x == 1", {"x": Decimal("NaN")}).code == "type"


def test_reads_name_each_path_once_in_order_and_count_lists_instead_of_copying_them() -> None:
    found = asked('start.transport_mode == "vehicle" && data.lines.exists(l, l.qty < 1) && start.transport_mode != ""')
    assert found.reads == [
        ("start.transport_mode", "vehicle"),
        ("size(data.lines)", 2),
        ("data.lines[0].qty", 3),
        ("data.lines[1].qty", Decimal("0.5")),
    ]
    assert asked("has(start.nothing) ? start.nothing : size(data.lines)").reads == [
        ("has(start.nothing)", False),
        ("size(data.lines)", 2),
    ]


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        ("line.gap <= 5 && true", "line.gap <= 5"),
        ("true && line.gap <= 5", "line.gap <= 5"),
        ("line.gap > 5 && line.gap < 9", "line.gap > 5 && line.gap < 9"),
        ("line.gap > 9 || line.gap == 7", "line.gap == 7"),
        ("line.gap > 9 || line.gap < 1", "line.gap > 9 || line.gap < 1"),
        ("!(line.gap > 5 || false)", "line.gap > 5"),
        ("(true && (false || line.gap > 9)) || false", "(true && (false || line.gap > 9)) || false"),
        ("true && (false || line.gap == 7) && 1 == 2", "1 == 2"),
        ("line.gap > 5 ? line.gap < 6 : true", "line.gap < 6"),
        ("data.lines.exists(l, l.qty > 1 && true)", "data.lines.exists(l, l.qty > 1 && true)"),
        ("line.gap == 7", "line.gap == 7"),
    ],
)
def test_the_part_that_decided_is_named(text: str, decided: str) -> None:
    span = asked(text).decided
    assert span is not None and text[span[0] : span[1]] == decided


def test_only_a_true_false_answer_has_a_deciding_part() -> None:
    assert asked("line.gap + 1").decided is None


def test_work_lists_and_texts_are_limited() -> None:
    many: list[Value] = list(range(2000))
    assert evaluate(parse("size(l)"), {"l": many}).value == 2000
    assert fault("l.all(x, x >= 0)", {"l": [*many, 1]}).code == "limit_list"
    assert fault("l + l", {"l": many}).code == "limit_list"
    assert fault("l.all(x, l.all(y, x != y || true))", {"l": many}).code == "limit_steps"
    assert fault("l.map(x, l)", {"l": many}).code == "limit_steps"
    assert fault("1 + 1 + 1", {}, budget=1).code == "limit_steps"
    assert fault("t + t", {"t": "x" * 40_000}).code == "limit_text"
    assert fault("t.matches('(x+x+)+y')", {"t": "x" * 60_000}).code == "limit_steps"


def test_data_nested_without_end_is_refused() -> None:
    deep: Value = []
    for _ in range(200):
        deep = [deep]
    assert fault("x == x", {"x": deep}).code == "limit_depth"
    assert fault("x", {"x": deep}).code == "limit_depth"


def test_evaluation_leaves_the_scope_as_it_was() -> None:
    before = repr(SCOPE)
    asked("data.lines.map(data, data.qty) == [1] || data.lines + [] == []")
    assert repr(SCOPE) == before


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (Duration(months=14, ms=90_061_001), "P14M1DT1H1M1.001S"),
        (Duration(ms=-1500), "-PT1.500S"),
        (Duration(), "PT0S"),
        (Decimal("2.50"), Decimal("2.5")),
        ([Decimal("2.0"), {"a": date(2026, 1, 2)}], [2, {"a": "2026-01-02"}]),
    ],
)
def test_values_leave_as_canonical_json(value: Value, data: object) -> None:
    assert to_json(value) == data


@given(st.integers(-120_000, 120_000), st.integers(-(10**14), 10**14))
def test_the_text_of_a_duration_reads_back(months: int, ms: int) -> None:
    value = Duration(months, ms if months * ms >= 0 else -ms)
    assert read_duration(duration_text(value)) == value


decimals = st.decimals(-(10**6), 10**6, places=6).map(lambda value: value.normalize())


@given(decimals, decimals, st.sampled_from("+-*/"))
def test_arithmetic_agrees_with_exact_fractions(left: Decimal, right: Decimal, op: str) -> None:
    scope: dict[str, Value] = {"a": left, "b": right}
    if op == "/" and right == 0:
        assert fault("a / b", scope).code == "division_by_zero"
        return
    a, b = Fraction(left), Fraction(right)
    exact = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else a}[op]
    found = evaluate(parse(f"a {op} b"), scope).value
    assert isinstance(found, (int, Decimal)) and number_fault(found) is None
    # Half a unit of the 15th digit or of the 12th place, whichever is larger.
    assert abs(Fraction(found) - exact) <= max(abs(exact) / 10**14, Fraction(1, 10**12)) / 2


@given(st.lists(decimals, max_size=30))
def test_a_sum_does_not_depend_on_the_order(values: list[Decimal]) -> None:
    there = evaluate(parse("sum(l)"), {"l": values}).value
    back = evaluate(parse("sum(l)"), {"l": values[::-1]}).value
    assert there == back == sum(values)


@given(st.decimals(-(10**17), 10**17, allow_nan=False, places=25), st.integers(-3, 3))
def test_a_comparison_sees_what_a_result_would_show(value: Decimal, places: int) -> None:
    scope: dict[str, Value] = {"a": value.scaleb(places - 10)}
    try:
        shown = evaluate(parse("a + 0"), scope).value
    except ExprFault as caught:
        assert caught.code == "overflow" and fault("a == 0", scope).code == "overflow"
        return
    assert evaluate(parse("a == b && !(a < b) && !(a > b)"), {**scope, "b": shown}).value is True
