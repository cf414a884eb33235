"""The laws of qualification: scopes, letters, purchasers, files under review, and papers that run out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import hard_rules as rules
from domain.business_scope import CLASSES, covers, entry, of_registration
from domain.errors import Text
from domain.file_findings import uscc_is_sound
from domain.filed_rules import Filed, Sheet, Signed, decision_is_signed, file_is_lawful
from domain.paper_watch import EXPIRED, step_of
from tests.examples import examples

DAY = date(2026, 11, 22)
STEPS = (90, 60, 30, 7)
codes = st.from_regex(r"[0-9]{2}", fullmatch=True)


@settings(max_examples=examples(60))
@given(st.sets(st.tuples(st.sampled_from(CLASSES), codes), max_size=6), st.sampled_from(CLASSES), codes)
def test_a_scope_covers_what_it_lists_and_class_one_needs_none(
    listed: set[tuple[str, str]], kind: str, code: str
) -> None:
    entries = {entry(*pair) for pair in listed}
    assert covers(entries, kind, code) == (kind == "I" or (kind, code) in listed)
    assert covers(entries | {entry(kind, "")}, kind, code)


@settings(max_examples=examples(60))
@given(st.integers(-400, 400), st.integers(0, 60))
def test_a_paper_only_ever_comes_to_narrower_steps(left: int, later: int) -> None:
    until = DAY + timedelta(days=left)
    now, then = step_of(until, DAY, STEPS), step_of(until, DAY + timedelta(days=later), STEPS)
    assert (now == EXPIRED) == (left < 0) and (now is None) == (left > 90)
    assert then is not None if now is not None else True
    assert now is None or then is None or then <= now
    assert now in (None, EXPIRED) or left <= now


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("国械注准20233120001", ("III", "12")),
        ("浙械注准20212140266", ("II", "14")),
        ("国械注进20143402345", ("III", "40")),
        ("粤潮械备20140023", ("I", "")),
        ("国食药监械(准)字2013第3660001号", None),
        ("国械注准2023", None),
    ],
)
def test_a_registration_number_tells_class_and_code(number: str, told: tuple[str, str] | None) -> None:
    assert of_registration(number) == told


def product(code: str = "P", number: str = "国械注准20233140418", kind: str = "III") -> rules.ProductFact:
    return rules.ProductFact(code, "留置针", True, True, number, device_class=kind)


def paper(kind: str, until: date | None = date(2027, 1, 1), **scopes: str) -> rules.Paper:
    return rules.Paper(kind, "1", None, until, frozenset(scopes.items()))


def supplier(*papers: rules.Paper) -> rules.Supplier:
    return rules.Supplier("S", "供货者", True, (), papers)


def only(found: list[rules.Violation]) -> tuple[str, tuple[str, ...]]:
    (one,) = found
    assert one.zh and one.en and one.who_can
    return one.rule, one.articles


def test_rule_02_a_letter_covers_its_products_region_and_person() -> None:
    letter = "authorization_letter"
    assert rules.letter_covers(supplier(paper(letter)), product(), DAY) == []
    assert rules.letter_covers(supplier(paper(letter, product="P")), product(), DAY) == []
    assert rules.letter_covers(supplier(paper(letter, product="留置针")), product(), DAY) == []
    assert rules.letter_covers(supplier(paper(letter, class_code="III:14")), product(), DAY) == []
    assert only(rules.letter_covers(supplier(paper(letter, product="Q")), product(), DAY)) == ("RULE-02", ("GSP-53",))
    local = supplier(paper(letter, product="P", region="浙江省", person="丁晓"))
    assert rules.letter_covers(local, product(), DAY, region="浙江省杭州市", person="丁晓") == []
    assert only(rules.letter_covers(local, product(), DAY, region="上海市"))[0] == "RULE-02"
    assert only(rules.letter_covers(local, product(), DAY, person="丁一"))[0] == "RULE-02"
    assert (
        rules.letter_covers(supplier(paper(letter, product="P", region="全国")), product(), DAY, region="上海市") == []
    )


def test_rule_02_our_own_sales_staff_need_a_letter_of_ours() -> None:
    letter = paper("authorization_letter", person="wu", product="P", region="浙江省")
    assert rules.seller_is_authorised([letter], "wu", product(), DAY, "浙江省") == []
    for letters, who, day in (([letter], "li", DAY), ([letter], "wu", date(2027, 1, 2)), ([], "wu", DAY)):
        assert only(rules.seller_is_authorised(letters, who, product(), day)) == ("RULE-02", ("GSP-78",))


def test_rule_04_a_stated_scope_has_to_cover_and_a_silent_paper_is_not_judged() -> None:
    ours, licence = Text("本企业", "our own company"), "operation_license"
    assert rules.scope_covers(ours, [paper(licence)], product(), DAY, ("GSP-51",)) == []
    assert rules.scope_covers(ours, [paper(licence, class_code="III:14")], product(), DAY, ("GSP-51",)) == []
    narrow = [paper(licence, class_code="III:13")]
    assert only(rules.scope_covers(ours, narrow, product(), DAY, ("GSP-51",))) == ("RULE-04", ("GSP-51",))
    assert rules.scope_covers(ours, narrow, product(number="粤潮械备20140023", kind="I"), DAY, ()) == []
    both = [*narrow, paper(licence, date(2026, 11, 21), class_code="III:14")]
    assert only(rules.scope_covers(ours, both, product(), DAY, ()))[0] == "RULE-04"  # the wider one is over


def test_rule_11_a_purchaser_is_approved_with_documents_and_another_unit_states_its_need() -> None:
    approval, document = (paper("approval"),), paper("practice_license")
    whole = rules.Purchaser("C", "医院", True, "medical_institution", approval, (document,))
    assert rules.purchaser_is_qualified(whole, DAY) == []
    assert only(rules.purchaser_is_qualified(rules.Purchaser("C", "C", False), DAY)) == ("RULE-11", ("GSP-82",))
    unapproved = rules.Purchaser("C", "医院", True, "medical_institution", (), (document,))
    assert only(rules.purchaser_is_qualified(unapproved, DAY)) == ("RULE-11", ("GSP-82",))
    over = rules.Purchaser("C", "医院", True, "", approval, (paper("practice_license", date(2026, 11, 21)),))
    assert only(rules.purchaser_is_qualified(over, DAY)) == ("RULE-11", ("GSP-82", "GSP-51"))
    other = rules.Purchaser("C", "研究所", True, "other", approval, (paper("business_license"),))
    assert only(rules.purchaser_is_qualified(other, DAY)) == ("RULE-11", ("GSP-81",))


def test_a_product_without_an_approved_file_is_neither_ordered_nor_sold() -> None:
    assert rules.product_is_approved(product()) == []
    assert only(rules.product_is_approved(rules.ProductFact("X", "", False))) == ("RULE-03", ("GSP-54",))


def test_a_paper_counts_through_its_last_day_in_a_file() -> None:
    def letter(until: date) -> Filed:
        return Filed(
            "letter", sheets=(Sheet("authorization_letter", Text("授权书", "letter"), True, "authorized_until", until),)
        )

    assert file_is_lawful(letter(DAY), DAY) == []
    assert only(file_is_lawful(letter(DAY - timedelta(days=1)), DAY)) == ("RULE-02", ("GSP-78",))


def test_one_person_alone_never_qualifies_anybody() -> None:
    review, approve = (
        Signed("review", "pass", "quality_director", "shen"),
        Signed("approve", "approved", "quality_director", "shen"),
    )
    assert only(decision_is_signed("RULE-01", [review, approve]))[0] == "RULE-01"
    assert decision_is_signed("RULE-01", [Signed("review", "pass", "quality_staff", "li"), approve]) == []


def test_the_check_character_of_a_credit_code() -> None:
    assert uscc_is_sound("91350100M000100Y43") and not uscc_is_sound("91350100M000100Y44") and not uscc_is_sound("9135")
