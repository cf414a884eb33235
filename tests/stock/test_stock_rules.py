"""The laws of goods on the shelves: whatever was signed in whatever order, only what the law asks for lets them go."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import stock_rules as rules
from domain.roles import QUALITY, ROLES
from domain.rule_facts import Violation
from domain.stock import Status
from domain.stock_rules import Signed
from tests.examples import examples

PEOPLE = ("zhao", "sun", "jiang", "li", "shen")
SIGNATURES = st.lists(
    st.builds(
        Signed,
        meaning=st.sampled_from(("quality_rule", "inspected", "performed", "approve", "verified")),
        outcome=st.sampled_from(("approved", "rejected", "done", "pass", "recount")),
        role=st.sampled_from(sorted(ROLES)),
        person=st.sampled_from(PEOPLE),
    ),
    max_size=8,
)


def told(found: list[Violation], rule: str) -> list[Violation]:
    for violation in found:
        assert violation.rule == rule and violation.zh and violation.en and violation.who_can
    return found


@settings(max_examples=examples(60), deadline=None)
@given(SIGNATURES)
def test_rule_21_the_newest_ruling_decides_and_only_quality_rules(signed: list[Signed]) -> None:
    rulings = [one for one in signed if one.meaning == "quality_rule"]
    free = bool(rulings) and rulings[-1].outcome == "approved" and rulings[-1].role in QUALITY
    assert (told(rules.hold_is_ruled(signed), "RULE-21") == []) == free
    overruled = Signed("quality_rule", "rejected", "quality_director", "shen")
    assert rules.hold_is_ruled([*signed, overruled])[0].articles == ("GSP-74",)


@settings(max_examples=examples(60), deadline=None)
@given(SIGNATURES, st.sampled_from(PEOPLE))
def test_rule_23_nobody_who_counted_signs_and_a_rejection_takes_earlier_signatures_back(
    signed: list[Signed], counter: str
) -> None:
    counted = [*signed, Signed("performed", "done", "warehouse_keeper", counter)]
    refused = told(rules.adjustment_is_signed(counted), "RULE-23")
    approvals = rules.approvals_of(counted)
    assert all(one.role in rules.ADJUSTERS for one in approvals)
    if not refused:
        assert approvals and not {one.person for one in approvals} & rules.counters_of(counted)
    assert rules.adjustment_is_signed([*counted, Signed("approve", "rejected", "sales", "sun")]) != []


@given(st.lists(st.tuples(st.text(max_size=3), st.integers(-5, 5), st.sampled_from(("", "  ", "漏扫"))), max_size=6))
@settings(max_examples=examples(40), deadline=None)
def test_rule_23_each_difference_needs_its_cause(causes: list[tuple[str, int, str]]) -> None:
    found = told(rules.adjustment_is_explained(causes), "RULE-23")
    assert len(found) == sum(1 for _, variance, cause in causes if variance and not cause.strip())
    assert all(one.articles == ("GSP-77",) for one in found)


@settings(max_examples=examples(60), deadline=None)
@given(SIGNATURES)
def test_rule_24_a_destruction_is_approved_above_and_watched_by_another(signed: list[Signed]) -> None:
    if told(rules.destruction_is_signed(signed), "RULE-24"):
        return
    watchers = {one.person for one in signed if one.meaning == "verified" and one.role in QUALITY}
    assert watchers - {one.person for one in signed if one.meaning == "performed"}
    assert [one for one in signed if one.meaning == "approve" and one.role == "quality_director"]


def test_rule_22_no_signature_makes_anything_else_of_rejected_goods() -> None:
    for status in Status:
        for outcome in (*rules.LETS_GO, "rejected", "confirmed"):
            found = told(rules.rejected_stays_rejected(status.value, outcome), "RULE-22")
            assert bool(found) == (status is Status.REJECTED and outcome in rules.LETS_GO)
            assert all(one.articles == ("GSP-69",) for one in found)
