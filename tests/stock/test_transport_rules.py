"""Hard rules of goods on their way out: what each refuses, with article and words, and what is just allowed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain import transport_rules as rules
from domain.errors import Text
from domain.rule_facts import Paper
from domain.stock_rules import Signed
from domain.temperature import Range
from domain.transport_rules import Parted, Reading

TODAY = date(2026, 11, 22)
COLD = Range(Decimal(2), Decimal(8))


def told(found: Any, rule: str, article: str) -> bool:
    """Whether anything is refused; all of it by this rule, with article and words in both languages."""
    assert all(one.rule == rule and article in one.articles and one.zh and one.en and one.who_can for one in found)
    return bool(found)


def signed(meaning: str, role: str, outcome: str, person: str = "") -> Signed:
    return Signed(meaning, outcome, role, person or role)


REVIEW, CHECK = signed("verified", "outbound_reviewer", "pass"), signed("review", "quality_staff", "approved")


@pytest.mark.parametrize(
    ("found", "is_refused"),
    [
        ([REVIEW, CHECK], False),
        ([REVIEW], True),
        ([CHECK], True),
        ([REVIEW, signed("review", "sales", "approved")], True),
        ([REVIEW, CHECK, signed("review", "quality_staff", "rejected")], True),
        (
            [
                signed("verified", "outbound_reviewer", "pass", "li"),
                signed("review", "quality_staff", "approved", "li"),
            ],
            True,
        ),
        ([signed("verified", "outbound_reviewer", "stopped"), CHECK], True),
    ],
)
def test_a_selection_leaves_on_a_review_and_a_check_by_two_persons(found: list[Signed], is_refused: bool) -> None:
    assert told(rules.selection_is_reviewed(found), "RULE-31", "GSP-89") is is_refused


def test_what_went_out_was_used_came_back_or_is_missing() -> None:
    assert not rules.selection_adds_up([Parted("L1", 10, 6, 3, 1)])
    assert told(rules.selection_adds_up([Parted("L1", 10, 6, 3, 0), Parted("L2", 1, 1, 1, 0)]), "RULE-32", "GSP-90")


@pytest.mark.parametrize(("celsius", "is_refused"), [("2", False), ("8", False), ("1.9", True), ("8.1", True)])
def test_nothing_is_packed_before_it_is_at_temperature(celsius: str, is_refused: bool) -> None:
    reading = Reading(Text("箱体", "box"), Decimal(celsius), "cool_readings")
    assert told(rules.cooled_first([reading], COLD), "RULE-30", "GSP-95") is is_refused
    assert told(rules.cooled_first([], COLD), "RULE-30", "GSP-95")


def test_cold_goods_are_packed_by_the_designated_person_and_travel_by_cold_means() -> None:
    assert not rules.cold_post_acts("cold_chain_operator")
    assert told(rules.cold_post_acts("warehouse_keeper"), "RULE-30", "GSP-95")
    assert not rules.cold_means("insulated_box")
    assert told(rules.cold_means("ordinary"), "RULE-34", "GSP-97")


def test_a_carrier_is_bound_by_an_agreement_in_force_whose_shortest_limit_counts() -> None:
    limits = frozenset({("transit_hours", "48"), ("transit_hours", "24"), ("transit_hours", "soon")})
    paper = Paper("quality_agreement", "Q-1", date(2026, 1, 1), TODAY, limits)
    assert not rules.carrier_is_bound("C", True, [paper], TODAY)
    assert rules.transit_hours([paper], TODAY) == 24
    for known, papers, day in ((False, [paper], TODAY), (True, [], TODAY), (True, [paper], date(2026, 11, 23))):
        assert told(rules.carrier_is_bound("C", known, papers, day), "RULE-33", "GSP-98")
    assert rules.transit_hours([paper], date(2026, 11, 23)) is None


def test_a_cold_journey_closes_with_its_log_or_the_directors_ruling() -> None:
    staff, director = (signed("quality_rule", role, "approved") for role in ("quality_staff", "quality_director"))
    assert not rules.journey_is_cold(True, [])
    assert told(rules.journey_is_cold(False, [staff]), "RULE-34", "GSP-97")
    assert not rules.journey_is_cold(False, [staff, director])
