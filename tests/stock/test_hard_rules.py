"""Each hard rule, allowed and refused, with a reason in both languages and an article only where the law
says so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain import hard_rules as rules
from domain.errors import Text
from domain.stock import Status, Zone
from domain.temperature import LogSummary, Range

DAY = date(2026, 11, 22)
ON = [(DAY, Text("收货日期", "receipt date"))]


def paper(kind: str, until: date | None = date(2027, 1, 1), since: date | None = date(2020, 1, 1)) -> rules.Paper:
    return rules.Paper(kind, "1", since, until)


def supplier(*papers: rules.Paper, approved: date | None = date(2027, 1, 1)) -> rules.Supplier:
    approvals = (paper("approval", approved),) if approved else ()
    return rules.Supplier("S1", "供货者", True, approvals, papers)


COMPLETE = tuple(paper(kind) for kind in ("business_license", "operation_license", "authorization_letter"))


def names(found: list[rules.Violation]) -> list[str]:
    for violation in found:
        assert violation.zh and violation.en and violation.who_can
    return [violation.rule for violation in found]


def test_rule_01_papers_count_on_their_last_day_and_not_after() -> None:
    assert rules.supplier_is_qualified(supplier(*COMPLETE), ON) == []
    last_day = (*COMPLETE[:2], paper("authorization_letter", DAY))
    assert rules.supplier_is_qualified(supplier(*last_day), ON) == []
    ended = (*COMPLETE[:2], paper("authorization_letter", date(2026, 11, 21)))
    (found,) = rules.supplier_is_qualified(supplier(*ended), ON)
    assert (found.rule, found.facts["valid_until"], "GSP-53" in found.articles) == ("RULE-01", "2026-11-21", True)
    assert names(rules.supplier_is_qualified(supplier(*COMPLETE, approved=None), ON)) == ["RULE-01"]
    assert len(rules.supplier_is_qualified(supplier(), ON)) == 3


def test_rule_01_looks_at_the_order_day_too() -> None:
    early = [(date(2019, 1, 1), Text("订购日期", "order date")), *ON]
    found = rules.supplier_is_qualified(supplier(*COMPLETE), early)
    assert {str(v.facts["day"]) for v in found} == {"2019-01-01"}


def test_rule_01_a_production_licence_does_for_a_registrant() -> None:
    maker = supplier(paper("business_license"), paper("production_license"), paper("authorization_letter"))
    assert rules.supplier_is_qualified(maker, ON) == []


def product(**changed: object) -> rules.ProductFact:
    values: dict[str, object] = {"code": "P", "name": "器械", "is_known": True, "is_approved": True}
    return rules.ProductFact(**{**values, **changed})  # type: ignore[arg-type]


def receipt(made: date | None = None, accepted: int = 5, order: str = "PO", code: str = "P") -> rules.ReceiptLine:
    return rules.ReceiptLine("L1", order, code, accepted, made)


def test_rule_03_compares_production_date_and_registration() -> None:
    lapsed = product(registration_valid_from=date(2021, 1, 1), registration_valid_until=date(2026, 1, 31))
    assert rules.product_is_registered(receipt(date(2026, 1, 31)), lapsed, DAY) == []
    (late,) = rules.product_is_registered(receipt(date(2026, 2, 1)), lapsed, DAY)
    assert late.remedy == "none" and rules.blocking_at_receipt([late]) == [late]
    assert names(rules.product_is_registered(receipt(date(2020, 12, 31)), lapsed, DAY)) == ["RULE-03"]
    assert names(rules.product_is_registered(receipt(), product(is_approved=False), DAY)) == ["RULE-03"]


def test_rule_03_is_undecidable_without_a_date_only_once_the_registration_has_ended() -> None:
    (open_,) = rules.product_is_registered(receipt(), product(registration_valid_until=date(2026, 1, 31)), DAY)
    assert (open_.remedy, open_.articles, rules.blocking_at_receipt([open_])) == ("quality_ruling", (), [])
    assert rules.product_is_registered(receipt(), product(registration_valid_until=DAY), DAY) == []


def test_rule_05_sums_all_lines_of_an_order() -> None:
    orders = {"PO": rules.OrderFact("PO", True, DAY, "S1", {"P": 10})}
    assert rules.receipt_is_ordered([receipt(), receipt()], orders, "S1") == []
    assert names(rules.receipt_is_ordered([receipt(accepted=6), receipt()], orders, "S1")) == ["RULE-05"]
    assert names(rules.receipt_is_ordered([receipt(code="Q")], orders, "S1")) == ["RULE-05"]
    assert names(rules.receipt_is_ordered([receipt(order="PX")], orders, "S1")) == ["RULE-05"]
    assert names(rules.receipt_is_ordered([receipt()], orders, "S2")) == ["RULE-05"]
    assert rules.receipt_is_ordered([receipt(accepted=0, order="PX")], orders, "S1") == []


def ruling(meaning: str, outcome: str, role: str) -> rules.SignedRuling:
    return rules.SignedRuling(meaning, outcome, role, "某人", "2026-11-22T04:00:00.000Z")


APPROVED = ruling("quality_rule", "approved", "quality_director")
REJECTED = ruling("quality_rule", "rejected", "quality_staff")


def test_rule_06_needs_a_whole_log_or_the_directors_newest_ruling() -> None:
    cold = product(is_cold_chain=True, storage=Range(Decimal(2), Decimal(8)))
    whole = LogSummary(38, None, None, Decimal(5), Decimal(3), Decimal(7), True)
    good = rules.LogFact(whole, True, "vehicle", Decimal(5))
    assert rules.cold_log_is_whole("L1", cold, good, []) == []
    missing = rules.LogFact(None, False, "vehicle", Decimal(5))
    assert names(rules.cold_log_is_whole("L1", cold, missing, [])) == ["RULE-06"]
    assert rules.cold_log_is_whole("L1", product(), missing, []) == []
    assert rules.cold_log_is_whole("L1", cold, missing, [APPROVED]) == []
    overruled = ruling("quality_rule", "rejected", "quality_director")
    assert names(rules.cold_log_is_whole("L1", cold, missing, [APPROVED, overruled])) == ["RULE-06"]
    staff = ruling("quality_rule", "approved", "quality_staff")
    assert names(rules.cold_log_is_whole("L1", cold, missing, [staff])) == ["RULE-06"]
    unstated = rules.LogFact(whole, True, "drone", None)
    assert names(rules.cold_log_is_whole("L1", cold, unstated, [])) == ["RULE-06"]


def test_rule_07_names_the_post() -> None:
    assert rules.inspector_has_post(["receiver", "inspector"]) == []
    (found,) = rules.inspector_has_post(["receiver"])
    assert (found.rule, found.articles, found.who_can) == ("RULE-07", ("GSP-64",), ("inspector",))


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.QUALIFIED])
def test_rule_08_only_qualified_goods_enter_the_qualified_zone(status: Status) -> None:
    shelf = rules.LocationFact("A", True, Zone.QUALIFIED)
    assert rules.zone_admits(shelf, Status.QUALIFIED) == []
    assert names(rules.zone_admits(shelf, status)) == ["RULE-08"]
    assert names(rules.zone_admits(rules.LocationFact("A", False), status)) == ["RULE-08"]


def test_rule_09_the_place_must_keep_the_range_of_the_label() -> None:
    warm = rules.LocationFact("A", True, Zone.QUALIFIED, Range(Decimal(10), Decimal(30)))
    cold = product(storage=Range(Decimal(2), Decimal(8)))
    (found,) = rules.climate_suits(warm, cold)
    assert (found.rule, found.articles) == ("RULE-09", ("GSP-42", "GSP-71"))
    assert rules.climate_suits(warm, product()) == []


def test_rule_16_a_rejection_stands_until_the_quality_director_changes_it() -> None:
    assert names(rules.rejection_stands("quality_staff", "approved", [REJECTED])) == ["RULE-16"]
    assert rules.rejection_stands("quality_director", "approved", [REJECTED]) == []
    assert rules.rejection_stands("quality_staff", "approved", [REJECTED, APPROVED]) == []
    assert rules.rejection_stands("quality_staff", "rejected", [REJECTED]) == []
    assert names(rules.rejection_stands("inspector", "pass", [REJECTED])) == ["RULE-16"]


def test_rule_18_needs_two_persons_and_cites_the_law_only_for_the_head() -> None:
    assert rules.publication_is_signed([("quality_director", "director"), ("company_head", "head")]) == []
    (found,) = rules.publication_is_signed([("quality_director", "director")])
    assert (found.articles, found.who_can) == (("GSP-20",), ("company_head",))
    (found,) = rules.publication_is_signed([("company_head", "head")])
    assert (found.articles, found.who_can) == ((), ("quality_director",))
    assert names(rules.publication_is_signed([("quality_director", "x"), ("company_head", "x")])) == ["RULE-18"]


def test_rule_10_an_expired_lot_never_passes_and_the_last_day_still_counts() -> None:
    assert rules.not_expired("L1", DAY, DAY) == []
    assert rules.not_expired("L1", None, DAY) == []
    found = rules.not_expired("L1", date(2026, 11, 21), DAY)
    assert names(found) == ["RULE-10"] and found[0].remedy == "none"
