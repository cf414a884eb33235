"""YAML text: what is read, what is refused, and where."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from workflows.language.findings import Place, Report
from workflows.language.json_source import read_json
from workflows.language.source import BYTES_MAX, read_yaml


def _read(text: str) -> tuple[Any, list[tuple[str, int, int]]]:
    report = Report()
    source = read_yaml(text, "f.yaml", report)
    return source.value, [(finding.code, finding.line, finding.column) for finding in report.sorted()]


def test_words_of_yaml_1_1_are_text():
    value, found = _read("on: yes\nno: off\nday: 2026-01-01\ntime: 12:30:00\nversion: 1.0.0\n")
    assert found == []
    assert value == {"on": "yes", "no": "off", "day": "2026-01-01", "time": "12:30:00", "version": "1.0.0"}


def test_numbers_are_exact():
    value, found = _read("[0.1, 1.50, 7, 0x1F, 1e3, -2.5, 1_000, '8']")
    assert found == []
    assert value == [Decimal("0.1"), Decimal("1.50"), 7, 31, Decimal("1e3"), Decimal("-2.5"), "1_000", "8"]
    assert not any(isinstance(item, float) for item in value)


def test_truth_and_nothing():
    assert _read("[true, False, null, ~, ]")[0] == [True, False, None, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\nb: *x\n", [("yaml_anchor", 1, 4), ("yaml_anchor", 2, 4)]),
        ("a: !!str 3\n", [("yaml_tag", 1, 4)]),
        ("a: !python/object:os.system x\n", [("yaml_tag", 1, 4)]),
        ("a: 1\nb: 2\na: 3\n", [("yaml_duplicate_key", 3, 1)]),
        ("a: 1\n---\nb: 2\n", [("yaml_documents", 2, 1)]),
        ("%YAML 1.1\n---\na: 1\n", [("yaml_directive", 1, 1)]),
        ("a: {<<: {b: 1}}\n", [("yaml_anchor", 1, 5)]),
        ("? [a]\n: b\n", [("yaml_key", 1, 3)]),
        ("a: .inf\nb: .nan\n", [("yaml_number", 1, 4), ("yaml_number", 2, 4)]),
        ("a: 12345678901234567890\n", [("yaml_number", 1, 4)]),
        ("a:\n\t- b\n", [("yaml_syntax", 2, 1)]),
        ("a: b: c\n", [("yaml_syntax", 1, 5)]),
        ("a: [1, 2\n", [("yaml_syntax", 2, 1)]),
        ('a: "\\UFFFFFFFF"\n', [("yaml_syntax", 1, 1)]),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_at_its_place(text: str, expected: list[tuple[str, int, int]]):
    assert _read(text)[1] == expected


def test_all_faults_of_a_file_are_found_at_once():
    _, found = _read("a: &x 1\na: !t 2\nb: .nan\n")
    assert [code for code, _, _ in found] == ["yaml_anchor", "yaml_duplicate_key", "yaml_tag", "yaml_number"]


def test_a_huge_file_is_refused_before_it_is_read():
    value, found = _read("a: " + "x" * BYTES_MAX)
    assert value is None
    assert found == [("file_too_large", 1, 1)]


def test_deep_nesting_is_refused():
    assert _read("[" * 500 + "]" * 500)[1] == [("yaml_syntax", 1, 1)]


def test_a_place_inside_a_quoted_text():
    source = read_yaml("steps:\n  - when: 'a +'\n", "f.yaml", Report())
    assert source.inside("/steps/0/when", 2) == Place(2, 14)


@given(st.text(max_size=200))
@settings(max_examples=examples(300), deadline=None)
def test_any_text_gives_a_value_or_a_finding(text: str):
    report = Report()
    source = read_yaml(text, "f.yaml", report)
    assert source.readable or report.sorted() or source.value is None


@given(st.text(alphabet="{}[]:,-?&*!|>%@#'\"\\ \n\tab01~<", max_size=80))
@settings(max_examples=examples(250), deadline=None)
def test_any_punctuation_gives_a_value_or_a_finding(text: str):
    read_yaml(text, "f.yaml", Report())


# ---------------------------------------------------------------- JSON
def test_json_values_know_their_place():
    text = '{\n  "schema": {\n    "type": "object",\n    "x": [1, {"k": 2.50}]\n  }\n}'
    source = read_json(text, "f.json", Report())
    assert source.value == {"schema": {"type": "object", "x": [1, {"k": Decimal("2.50")}]}}
    assert source.place("/schema/x/1/k") == Place(4, 20)
    assert source.place("/schema/x/1/k", key=True) == Place(4, 15)
    assert source.place("/schema/nothing/here") == Place(2, 13)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('{"a": 1,\n "a": 2}', "json_duplicate_key", 1),
        ('{"a": 1,\n}', "json_syntax", 2),
        ('{"a": NaN}', "json_syntax", 1),
        ('{"a": 1.2345678901234567890}', "json_syntax", 1),
        ("[" * 500 + "]" * 500, "json_syntax", 1),
    ],
)
def test_json_that_is_wrong_is_a_finding(text: str, code: str, line: int):
    report = Report()
    read_json(text, "f.json", report)
    assert [(finding.code, finding.line) for finding in report.sorted()] == [(code, line)]


_LEAVES = st.none() | st.integers(-9, 9) | st.text(max_size=9)
_JSON = st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner))


@given(_JSON)
@settings(max_examples=examples(150), deadline=None)
def test_every_json_value_has_a_place(value: Any):
    text = json.dumps(value, indent=1, ensure_ascii=False)
    source = read_json(text, "f.json", Report())
    assert source.value == value
    assert source.place("").line == 1
