"""Qualification put on file: each decision once, under its signatures, with what follows for buying and selling."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from activities import papers, qualification, stock
from activities.context import BusinessError
from domain.json_types import JsonObject
from records import facts, files, master, parties, products
from records.parties import Credential, Partner
from records.people import Account, RoleGrant
from records.products import Product
from records.staff import StaffRecord
from tests.stock.conftest import NOON, Case, House, delivery, line

SCAN: JsonObject = {"sha256": "a" * 64, "name": "scan.jpg", "size": 10, "media_type": "image/jpeg"}
LATER = "2027-02-01T04:00:00.000Z"


def supplier_file(code: str, **changed: Any) -> JsonObject:
    """What a dealer's file holds once it was submitted."""
    return {
        "supplier_code": code, "supplier_name": f"供货者{code}", "supplier_type": "dealer", "uscc": "91310115MA1K3FJ82X",
        "supplier_address": "上海", "supplier_contact": "021", "business_license": SCAN, "operation_license_file": SCAN,
        "operation_license_no": f"沪药监械经营许{code}", "operation_license_valid_until": "2028-12-31",
        "business_scope": [{"device_class": "II"}], "authorization_letter": SCAN, "authorized_until": "2027-01-31",
        "authorized_region": "全国", "authorized_products": [{"product_code": "P-LOT", "product_name": "P-LOT"}],
        "salesperson_name": "丁晓", "salesperson_id_no": "310115199001010011", "salesperson_id_copy": SCAN,
        "delivery_note_template": SCAN, "seal_sample": SCAN, "seal_present": True,
    } | changed  # fmt: skip


def narrow(code: str) -> JsonObject:
    """A dealer for class III whose letter names by its name alone a product that is class II on file."""
    return supplier_file(
        code, business_scope=[{"device_class": "III"}], authorized_products=[{"product_name": "P-LOT"}]
    )


def product_file(code: str, **changed: Any) -> JsonObject:
    """What a product's file holds once it was submitted."""
    return {
        "product_code": code, "product_name": f"产品{code}", "registration_no": "国械注准20233140418", "model": "Y",
        "specification": "22G", "udi_di": "", "device_class": "III", "classification_code": "14",
        "registration_valid_until": "2028-06-11", "registrant_name": "注册人", "registration_certificate": SCAN,
        "label_sample": SCAN, "is_implant": False, "is_cold_chain": True, "storage_condition": "2–8 ℃",
        "transport_condition": "冷链", "temp_min": 2, "temp_max": 8,
    } | changed  # fmt: skip


def purchaser_file(code: str, **changed: Any) -> JsonObject:
    """What a hospital's file holds once it was submitted."""
    return {
        "purchaser_code": code, "purchaser_name": f"医院{code}", "purchaser_type": "medical_institution",
        "delivery_address": "杭州", "purchaser_contact": "0571", "purchaser_license_no": "PDY-1", "valid_until": "2027-12-31",
        "purchaser_document": SCAN,
    } | changed  # fmt: skip


def vouched(house: House, *extra: tuple[str, str, str, str]) -> Case:
    """A case whose file was submitted, reviewed and approved by three posts."""
    case = house.case()
    for step, meaning, outcome, role in (
        ("file", "submitted", "done", "purchaser"),
        ("review", "review", "pass", "quality_staff"),
        ("approve", "approve", "approved", "quality_director"),
        *extra,
    ):
        case.sign("L1", step, meaning, outcome, role)
    return case


def qualify(case: Case, name: str, given: JsonObject, **changed: Any) -> JsonObject:
    """One of the decisions."""
    run = getattr(qualification, f"{name}_qualify")
    return run(case.house.ctx, case.envelope("archive#1", f"{name}.qualify", {"file": given}, **changed))


def undo(case: Case, name: str) -> JsonObject:
    key = f"{case.id}/archive#1/{name}.qualify/undo"
    envelope = case.envelope("archive#1", "qualification.undo", {}, effect_key=key)
    return qualification.qualification_undo(case.house.ctx, envelope)


def refused(found: BusinessError) -> list[tuple[str, tuple[str, ...]]]:
    violations: Any = found.details["violations"]
    assert all(one["zh"] and one["en"] for one in violations)
    return [(one["rule"], tuple(one["articles"])) for one in violations]


def received(house: House, supplier: str, product: str, at: str = NOON) -> list[str]:
    """The rules that a receipt from this supplier breaks, orders left aside."""
    with house.database.read() as session:
        found = facts.receipt_violations(
            session, supplier_code=supplier, lines=[line(product)], site="HQ", at=at, ordered=False
        )
    return [one.rule for one in found]


def sold(house: House, purchaser: str, product: str, at: str = NOON) -> list[str]:
    with house.database.read() as session:
        found = facts.sale_violations(session, purchaser_code=purchaser, product_codes=[product], site="HQ", at=at)
    return [one.rule for one in found]


def test_a_supplier_goes_on_file_once_with_papers_scope_and_the_deciding_signature(house: House) -> None:
    case, code = vouched(house), "Q-NEW"
    assert set(received(house, code, "P-LOT")) == {"RULE-01"}
    first = qualify(case, "suppliers", supplier_file(code))
    assert qualify(case, "suppliers", supplier_file(code)) == first
    with house.database.read() as session:
        partner = parties.by_code(session, code)
        assert partner is not None and partner.id is not None
        (decided,) = parties.qualifications(session, "partner", partner.id)
        held = parties.credentials(session, "partner", partner.id)
        history = master.versions(session, f"partner/{code}")
    assert (decided.state, decided.decided_by, decided.signature_seq) == ("approved", "quality_director", 3)
    assert (decided.case_id, decided.valid_until) == (case.id, "2027-01-31")
    assert len(held) == 6 and {row.file_sha256 for row in held} == {"a" * 64}
    assert {row.case_id for row in history} == {case.id} and all(row.reason for row in history)
    assert received(house, code, "P-LOT") == []


def test_what_scope_and_letter_do_not_cover_is_not_received(house: House) -> None:
    code = "Q-SCOPE"
    qualify(vouched(house), "suppliers", narrow(code))
    assert received(house, code, "P-LOT") == ["RULE-04"]
    other = "Q-LETTER"
    qualify(vouched(house), "suppliers", supplier_file(other))
    assert received(house, other, "P-COLD") == ["RULE-02"]
    assert set(received(house, other, "P-LOT", LATER)) == {"RULE-01"}  # letter and approval are over


def test_out_of_scope_goods_are_stopped_in_the_posting_too(house: House) -> None:
    code = "Q-POST"
    qualify(vouched(house), "suppliers", narrow(code))
    with house.database.read() as session:
        partner = parties.by_code(session, code)
        assert partner is not None and partner.id is not None
        house.ids[code] = partner.id
    house.order("PO-Q", code, "2026-11-22", {"P-LOT": 50})
    given = delivery(line("P-LOT", purchase_order_no="PO-Q"), supplier=code)
    case = house.case()
    with pytest.raises(BusinessError) as caught:
        stock.stock_receive(house.ctx, case.envelope("post_pending#1", "stock.receive", given))
    assert ("RULE-04", ("GSP-51",)) in refused(caught.value)


@pytest.mark.parametrize(
    ("signatures", "article"),
    [
        ([], ("GSP-19",)),
        ([("review", "review", "pass", "quality_staff")], ()),
        ([("review", "review", "reject", "quality_staff"), ("approve", "approve", "approved", "quality_director")], ("GSP-19",)),
        ([("approve", "approve", "approved", "quality_director"), ("file", "submitted", "done", "purchaser")], ("GSP-19",)),
    ],
    ids=["unsigned", "not approved", "review rejects", "signed before the file was changed"],
)  # fmt: skip
def test_nothing_goes_on_file_without_review_and_approval(house: House, signatures: Any, article: Any) -> None:
    case = house.case()
    for step, meaning, outcome, role in signatures:
        case.sign("L1", step, meaning, outcome, role)
    with pytest.raises(BusinessError) as caught:
        qualify(case, "suppliers", supplier_file("Q-UNSIGNED"))
    assert refused(caught.value) == [("RULE-01", article)]
    with house.database.read() as session:
        assert parties.by_code(session, "Q-UNSIGNED") is None


def test_a_paper_that_expired_after_the_signature_is_refused(house: House) -> None:
    with pytest.raises(BusinessError) as caught:
        qualify(vouched(house), "suppliers", supplier_file("Q-NIGHT", operation_license_valid_until="2026-11-21"))
    assert refused(caught.value) == [("RULE-01", ("GSP-53", "GSP-51"))]


def test_undo_ends_the_approval_and_a_late_attempt_is_refused(house: House) -> None:
    case, code = vouched(house), "Q-UNDO"
    qualify(case, "suppliers", supplier_file(code))
    assert undo(case, "suppliers") == undo(case, "suppliers")
    assert set(received(house, code, "P-LOT")) == {"RULE-01"}
    late = vouched(house)
    assert "tombstone" in undo(late, "suppliers")
    with pytest.raises(BusinessError) as caught:
        qualify(late, "suppliers", supplier_file("Q-LATE"))
    assert caught.value.code == "undone_before"
    with pytest.raises(BusinessError) as other:
        qualify(case, "suppliers", supplier_file("Q-OTHER"))
    assert other.value.code == "effect_key_reused"


def test_a_drill_decides_and_writes_nothing(house: House) -> None:
    assert qualify(vouched(house), "suppliers", supplier_file("Q-DRILL"), mode="drill")["qualification"]
    with house.database.read() as session:
        assert parties.by_code(session, "Q-DRILL") is None


def test_a_rejected_supplier_is_on_file_and_not_dealt_with(house: House) -> None:
    case = vouched(house)
    given: JsonObject = {"subject": "supplier", "code": "Q-BAD", "name": "不合格供货者"}
    envelope = case.envelope("record_rejected#1", "qualification.reject", given)
    assert qualification.qualification_reject(house.ctx, envelope) == qualification.qualification_reject(
        house.ctx, envelope
    )
    with house.database.read() as session:
        partner = parties.by_code(session, "Q-BAD")
        assert partner is not None
        assert files.standing(session, qualification.owner_of(partner)) == "rejected"
    assert "RULE-01" in received(house, "Q-BAD", "P-LOT")


def test_a_product_is_approved_and_undone(house: House) -> None:
    case = vouched(house)
    qualify(case, "products", product_file("P-DRAFT", product_name="P-DRAFT"))
    with house.database.read() as session:
        row = products.by_code(session, "P-DRAFT")
        assert row is not None and row.status == "APPROVED" and row.transport_condition == "冷链"
    assert "RULE-03" not in received(house, "S01", "P-DRAFT")
    undo(case, "products")
    with house.database.read() as session:
        row = products.by_code(session, "P-DRAFT")
        assert row is not None and (row.status, row.registration_no, row.transport_condition) == ("DRAFT", "", None)


def test_a_class_that_the_number_does_not_tell_is_refused(house: House) -> None:
    with pytest.raises(BusinessError) as caught:
        qualify(vouched(house), "products", product_file("P-WRONG", device_class="II"))
    assert refused(caught.value) == [("RULE-03", ("GSP-54",))]


def test_nothing_is_sold_to_an_unqualified_purchaser_and_a_qualified_one_buys_while_papers_last(house: House) -> None:
    assert sold(house, "C-NEW", "P-LOT") == ["RULE-11"]
    qualify(vouched(house), "purchasers", purchaser_file("C-NEW"))
    assert sold(house, "C-NEW", "P-LOT") == []
    assert sold(house, "C-NEW", "P-DRAFT") == ["RULE-03"]
    assert set(sold(house, "C-NEW", "P-LOT", "2028-01-02T04:00:00.000Z")) == {"RULE-11"}
    dealer = purchaser_file("C-DEAL", purchaser_type="dealer", business_scope=[{"device_class": "III"}])
    qualify(vouched(house), "purchasers", dealer)
    assert sold(house, "C-DEAL", "P-LOT") == ["RULE-04"]
    with pytest.raises(BusinessError) as caught:
        qualify(vouched(house), "purchasers", purchaser_file("C-OTHER", purchaser_type="other"))
    assert refused(caught.value) == [("RULE-11", ("GSP-81",))]


def test_checks_find_what_a_file_lacks(house: House) -> None:
    given = supplier_file("Q-CHECK", authorized_until="2026-12-01", seal_present=False, business_scope=[])
    envelope = house.case().envelope("check#1", "suppliers.check", {"file": given})
    answer: Any = qualification.suppliers_check(house.ctx, envelope)
    found = {(row["check_item"], row["check_result"]) for row in answer["check_findings"]}
    assert {("authorization_letter", "ends_soon"), ("seal_present", "missing"), ("business_scope", "missing")} <= found
    assert answer["qualification_valid_until"] == "2026-12-01"


# ------------------------------------------------------------------ papers that end


def due(house: House, at: str = NOON) -> list[Any]:
    case = house.case()
    answer: Any = papers.papers_due(house.ctx, case.envelope("find#1", "papers.due", {}, at=at))
    again: Any = papers.papers_due(house.ctx, case.envelope("find#1", "papers.due", {}, at=at))
    assert answer == again
    return answer["due_papers"]


def test_papers_are_told_once_at_each_step_renewed_and_stopped_when_over(house: House) -> None:
    code = "Q-WATCH"
    due(house)  # what others left behind
    qualify(vouched(house), "suppliers", supplier_file(code, operation_license_valid_until="2027-01-10"))

    def mine(at: str) -> list[Any]:
        return [row for row in due(house, at) if row["owner_code"] == code and row["paper"] == "operation_license"]

    (first,) = mine(NOON)
    assert (first["days_left"], first["watch_action"], first["is_blocked"]) == (49, "renew", False)
    assert mine("2026-11-23T04:00:00.000Z") == []
    assert [row["days_left"] for row in mine("2026-12-20T04:00:00.000Z")] == [21]
    (over,) = mine("2027-01-11T04:00:00.000Z")
    assert (over["days_left"], over["is_blocked"]) == (-1, True)
    stop = house.case().envelope(
        "block#1", "partners.suspend", {"owner_code": code, "reason": "过期"}, at="2027-01-11T04:00:00.000Z"
    )
    assert papers.partners_suspend(house.ctx, stop) == papers.partners_suspend(house.ctx, stop) == {"suspended": True}
    assert set(received(house, code, "P-LOT", "2027-01-11T05:00:00.000Z")) == {"RULE-01"}
    renewed: JsonObject = {
        "paper_id": over["paper_id"], "owner_kind": "supplier", "owner_code": code, "owner_name": code,
        "paper": "operation_license", "renewed_file": SCAN, "renewed_until": "2032-01-09", "seal_present": True,
    }  # fmt: skip
    reviewed = house.case()
    reviewed.sign("L1", "upload", "submitted", "done", "purchaser")
    with pytest.raises(BusinessError) as caught:
        papers.papers_renew(house.ctx, reviewed.envelope("keep#1", "papers.renew", {"file": renewed}))
    assert refused(caught.value) == [("RULE-01", ("GSP-19",))]
    reviewed.sign("L1", "review", "review", "pass", "quality_staff")
    envelope = reviewed.envelope("keep#1", "papers.renew", {"file": renewed}, at="2027-01-12T04:00:00.000Z")
    assert papers.papers_renew(house.ctx, envelope) == papers.papers_renew(house.ctx, envelope)
    assert received(house, code, "P-LOT", "2027-01-12T05:00:00.000Z") == []
    assert mine("2027-01-13T04:00:00.000Z") == []


def test_a_renewed_registration_takes_the_place_of_the_old_one(house: House) -> None:
    with house.database.read() as session:
        row = session.exec(select(Product).where(Product.code == "P-OLD")).one()
    given: JsonObject = {
        "paper_id": f"product-{row.id}", "owner_kind": "product", "owner_code": "P-OLD", "owner_name": "P-OLD",
        "paper": "registration_certificate", "renewed_file": SCAN, "renewed_until": "2031-01-31", "seal_present": True,
    }  # fmt: skip
    case = vouched(house)
    papers.papers_renew(house.ctx, case.envelope("keep#1", "papers.renew", {"file": given}))
    with house.database.read() as session:
        assert (
            session.exec(select(Product.registration_valid_until).where(Product.code == "P-OLD")).one() == "2031-01-31"
        )
    key = f"{case.id}/keep#1/papers.renew/undo"
    qualification.qualification_undo(house.ctx, case.envelope("keep#1", "qualification.undo", {}, effect_key=key))
    with house.database.read() as session:
        assert (
            session.exec(select(Product.registration_valid_until).where(Product.code == "P-OLD")).one() == "2026-01-31"
        )


# ------------------------------------------------------------------ our own sales staff


def test_a_letter_needs_training_and_the_company_head_and_ends_when_withdrawn(house: House) -> None:
    with house.database.write() as session:
        session.add(Account(username="wu", name="吴佳怡", password_hash="x", created_at=NOON))
        session.flush()
        session.add(
            RoleGrant(account="wu", role="sales", site="HQ", valid_from="2026-01-01", granted_by="x", granted_at=NOON)
        )
    case = house.case()
    ask = case.envelope("known#1", "letters.facts", {"sales_account": "wu"})
    assert papers.letters_facts(house.ctx, ask) == {"salesperson_name": "吴佳怡", "is_trained": False}
    with house.database.write() as session:
        trained = StaffRecord(
            account="wu", kind="training", subject="post", result="passed", on_date="2026-06-01", valid_until="2027-05-31",
            entered_by="x", entered_at=NOON,
        )  # fmt: skip
        session.add(trained)
    assert papers.letters_facts(house.ctx, ask)["is_trained"] is True
    given: JsonObject = {
        "sales_account": "wu", "salesperson_name": "吴佳怡", "salesperson_id_no": "330106199202020022",
        "authorized_products": [{"product_code": "P-LOT", "product_name": "P-LOT"}], "authorized_region": "浙江省",
        "authorized_until": "2027-11-22", "authorization_letter": SCAN, "seal_present": True,
    }  # fmt: skip
    case.sign("L1", "draft", "submitted", "done", "department_manager")
    issue = case.envelope("issue#1", "letters.issue", {"file": given})
    with pytest.raises(BusinessError):
        papers.letters_issue(house.ctx, issue)
    case.sign("L1", "approve", "approve", "approved", "company_head")
    assert papers.letters_issue(house.ctx, issue) == papers.letters_issue(house.ctx, issue)
    with house.database.read() as session:
        (letter,) = facts.papers(
            session, [row for row in parties.of_company(session) if row.kind == "authorization_letter"]
        )
    assert (
        letter.scope("person") == {"wu"}
        and letter.scope("region") == {"浙江省"}
        and letter.scope("product") == {"P-LOT"}
    )
    stop = case.envelope("withdraw#1", "letters.withdraw", {"sales_account": "wu"})
    assert papers.letters_withdraw(house.ctx, stop) == papers.letters_withdraw(house.ctx, stop) == {"withdrawn": 1}
    with house.database.read() as session:
        assert [row for row in parties.of_company(session) if row.kind == "authorization_letter"] == []


def test_the_code_of_another_kind_of_partner_is_told(house: House) -> None:
    ask = house.case().envelope("known#1", "purchasers.facts", {"code": "S01"})
    with pytest.raises(BusinessError) as caught:
        qualification.purchasers_facts(house.ctx, ask)
    assert caught.value.code == "other_kind"
    with house.database.read() as session:
        assert session.exec(select(Partner).where(Partner.code == "S01")).one().kind == "SUPPLIER"
        assert session.exec(select(Credential).where(Credential.kind == "operation_license")).first() is not None
