"""Patterns: the subset, agreement with another engine, and no blow-up."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.errors import ExprSyntaxError, ValueFault
from rules.regex import compile_pattern
from tests.examples import examples

PLENTY = 1_000_000


def found(pattern: str, text: str) -> bool:
    return compile_pattern(pattern).search(text, PLENTY)[0]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^L[0-9]{2,3}$", "L07", True),
        ("^L[0-9]{2,3}$", "L0712", False),
        ("", "", True),
        ("b", "abc", True),
        ("^$", "", True),
        ("^$", "a", False),
        ("a|^b", "cb", False),
        ("(ab)+c", "ababc", True),
        ("(?:a|b){3}", "xabay", True),
        ("[^0-9]", "123", False),
        ("[]a]", "]", True),
        ("[a-]", "-", True),
        (r"[\d-]+$", "1-2", True),
        (r"\w\s\W", "a !", True),
        (r"\D\S", "验收", True),
        ("验.", "收验货", True),
        (".", "\n", False),
        (r"\.\*", "a.*", True),
        ("a{0}b", "b", True),
        ("a{2,}$", "a", False),
        ("(a*)*b", "aab", True),
        ("(|a)+$", "", True),
        ("国械注准[0-9]{11}", "国械注准20243070001", True),
    ],
)
def test_patterns_of_the_subset(pattern: str, text: str, expected: bool) -> None:
    assert found(pattern, text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "a)", "[a", "[b-a]", "*a", "a**", "a*?", "a++", "a{2", "a{3,2}", "a{1001}", "{2}", "(?=a)", "(?i)a",
        r"\1", r"\b", r"\p{L}", "\\", "[[:alpha:]]", r"[\d-z]", "(a{900}){900}", "(" * 40 + ")" * 40, "((){99}){99}",
    ],
)  # fmt: skip
def test_what_is_outside_the_subset_is_refused_with_a_place(pattern: str) -> None:
    with pytest.raises(ExprSyntaxError) as caught:
        compile_pattern(pattern)
    assert 0 <= caught.value.offset <= len(pattern)


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", "(a|b)", "(?:ab)"])
repeated = st.tuples(atoms, st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{0,}"])).map("".join)
pieces = st.one_of(repeated, st.sampled_from(["^", "$"]))
patterns = st.lists(pieces, max_size=5).map("".join)
both = st.one_of(patterns, st.tuples(patterns, patterns).map("|".join), patterns.map(lambda part: f"x({part})*"))


@settings(deadline=None, max_examples=examples(200))
@given(both, st.text(alphabet="abx1", max_size=8))
def test_agrees_with_a_backtracking_engine(pattern: str, text: str) -> None:
    assert found(pattern, text) == (re.search(pattern, text, re.ASCII) is not None)


def test_work_grows_with_the_text_not_with_its_combinations() -> None:
    pattern = compile_pattern("^(a+)+(a|aa)*$")
    short, long = (pattern.search("a" * length + "b", PLENTY)[1] for length in (500, 1000))
    assert long < 3 * short


def test_work_beyond_the_allowance_is_a_fault() -> None:
    with pytest.raises(ValueFault) as caught:
        compile_pattern("a{500}b").search("a" * 10_000, 1000)
    assert caught.value.code == "limit_steps"
