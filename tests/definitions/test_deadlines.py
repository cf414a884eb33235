"""The catalogue of deadlines is complete, typed, rests on articles that exist, and is written down for people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.wiring import deadlines
from domain.deadlines import deadlines_page, load_deadlines, longest_legal_hours
from domain.roles import ROLES

ROOT = Path(__file__).parents[2]


def test_all_twenty_one_deadlines_are_there() -> None:
    assert [one.id for one in deadlines()] == [f"DL-{number:02d}" for number in range(1, 22)]


def test_every_article_of_the_code_exists_in_the_clause_catalogue(data_file: Any) -> None:
    clauses = data_file("clauses/catalogue.yaml")
    known = {entry["id"] for part in ("articles", "inspection_items") for entry in clauses[part]}
    cited = {source for one in deadlines() for source in one.sources if source.startswith("GSP-")}
    assert cited and cited <= known


def test_every_role_and_field_is_a_word_of_ours(data_file: Any) -> None:
    words = {entry["key"] for entry in data_file("glossary.yaml")["glossary"]}
    for one in deadlines():
        assert set(one.roles) <= set(ROLES), one.id
        assert one.trigger_field is None or one.trigger_field in words, one.id
        assert one.text.zh and one.text.en and one.trigger.zh and one.trigger.en


@pytest.mark.parametrize(
    ("name", "amount", "unit", "direction"),
    [
        ("DL-01", "03-31", "date", "by"),
        ("DL-03", 30, "working_day", "before"),
        ("DL-04", 7, "natural_day", "after"),
        ("DL-05", 20, "natural_day", "after"),
        ("DL-06", 12, "hour", "after"),
        ("DL-07", 24, "hour", "after"),
        ("DL-18", 30, "working_day", "after"),
        ("DL-20", 6, "month", "before"),
    ],
)
def test_the_numbers_of_the_law(name: str, amount: Any, unit: str, direction: str) -> None:
    (one,) = [each for each in deadlines() if each.id == name]
    assert (one.limit.amount, one.limit.unit, one.direction) == (amount, unit, direction)


def test_the_longest_time_that_an_article_leaves() -> None:
    hours = longest_legal_hours(deadlines())
    assert hours["AE-25"] == (20 * 24, "DL-05")
    assert hours["AE-31"] == (24, "DL-07")
    assert hours["AE-33"] == (12, "DL-06")
    assert hours["GSP-66"] == (24, "DL-11")
    assert "O54-16" not in hours and "REC-15" not in hours and "GSP-23" not in hours and "GSP-33" not in hours


def test_the_page_is_current() -> None:
    assert (ROOT / "docs/reference/deadlines.md").read_text("utf-8") == deadlines_page(deadlines())


GOOD: dict[str, Any] = {
    "id": "DL-01", "zh": "期限", "en": "Deadline", "trigger": {"zh": "起", "en": "from"}, "amount": 7, "unit": "hour",
    "direction": "after", "who": "dealer", "roles": [], "source": ["GSP-1"], "kind": "legal", "mark": "S", "process": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"unit": "fortnight"}, "no unit"),
        ({"amount": "soon"}, "no amount"),
        ({"amount": 7, "unit": "date"}, "no amount"),
        ({"amount": None}, "neither"),
        ({"direction": "sideways"}, "no direction"),
        ({"kind": "moral"}, "no kind"),
    ],
)
def test_an_entry_that_says_nothing_is_refused(changed: Any, why: str) -> None:
    assert load_deadlines({"deadlines": [GOOD]})[0].limit.longest_hours() == 7
    with pytest.raises(ValueError, match=why):
        load_deadlines({"deadlines": [{**GOOD, **changed}]})
    with pytest.raises(ValueError, match="twice"):
        load_deadlines({"deadlines": [GOOD, GOOD]})
