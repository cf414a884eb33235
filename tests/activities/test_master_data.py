"""P-46 at the file: an approved change is written once, judged again, and refused on record without its signatures."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.temporal import build
from domain.json_types import JsonObject
from records import audit, master, parties, products
from records.people import Account, RoleGrant
from records.stock import Location
from tests.stock.conftest import Case, House

SIGNED = (("quality_review", "review", "quality_staff"), ("approve", "approve", "quality_director"),
          ("execute", "performed", "quality_staff"))  # fmt: skip


def call(house: House, name: str, envelope: JsonObject) -> Any:
    """The activity as the worker runs it."""
    named = {getattr(one, "__temporal_activity_definition").name: one for one in build(house.ctx)}  # noqa: B009
    return ActivityEnvironment().run(named[name], envelope)


def signed_case(house: House) -> Case:
    """A case whose change was reviewed, approved and taken on for execution."""
    case = house.case()
    for step, meaning, role in SIGNED:
        case.sign_at(f"{step}#1", step, meaning, "done", role)
    return case


def request(kind: str, code: str, action: str = "change", **after: str) -> JsonObject:
    """What the SOP hands over."""
    lines: list[Any] = [{"field_name": f"{kind}.{name}", "master_data_after": value} for name, value in after.items()]
    return {
        "subject_kind": kind, "subject_code": code, "change_action": action, "changes": lines,
        "change_reason": "注册变更文件已到",
    }  # fmt: skip


def apply(house: House, case: Case, given: JsonObject, **changed: Any) -> Any:
    return call(house, "master.apply", case.envelope("apply#1", "master.apply", given, **changed))


def test_an_approved_change_is_written_once_with_who_and_why(house: House) -> None:
    case = signed_case(house)
    # that the tests' product has no specification was so before, and stops no other change
    given = request("product", "P-LOT", storage_condition="避光")
    first, again = apply(house, case, given), apply(house, case, given)
    assert first == again == {"versions": 1, "subject": "product/P-LOT"}
    with house.database.read() as session:
        row = products.by_code(session, "P-LOT")
        assert row is not None and (row.storage_condition, row.tracking, row.status) == ("避光", "LOT", "APPROVED")
        (version,) = [one for one in master.versions(session, "product/P-LOT") if one.case_id == case.id]
        assert (version.by, version.reason, version.action) == ("quality_staff", "注册变更文件已到", "created")


def test_without_the_signatures_nothing_is_written_and_the_refusal_stands_on_record(house: House) -> None:
    case = house.case()
    case.sign_at("quality_review#1", "quality_review", "review", "agreed", "quality_staff")
    with pytest.raises(ApplicationError) as caught:
        apply(house, case, request("partner", "S01", address="北京"))
    assert caught.value.type == "rule_refused"
    assert caught.value.details[0]["details"]["violations"][0]["who_can"] == ["quality_director"]
    with house.database.read() as session:
        (event,) = audit.events(session, audit.refusals_of("HQ"), case_id=case.id)
        assert (event.rule, event.payload["articles"]) == ("MASTER-DATA", ["GSP-19", "GSP-51"])
        row = parties.by_code(session, "S01")
        assert row is not None and row.address == "上海"


def test_what_was_changed_meanwhile_is_not_overwritten(house: House) -> None:
    given = request("partner", "S01", contact="李四")
    given["changes"][0]["master_data_before"] = "021"  # type: ignore[index]
    apply(house, signed_case(house), given)
    with pytest.raises(ApplicationError) as caught:
        apply(house, signed_case(house), given | {"change_reason": "second request"})
    assert "李四" in caught.value.details[0]["zh"]


def test_all_faults_are_named_at_once(house: House) -> None:
    given = request("location", "HZ-A-01", temp_min="30", temp_max="2", zone="nowhere", colour="red")
    with pytest.raises(ApplicationError) as caught:
        call(house, "master.check", house.case().envelope("check#1", "master.check", given))
    told = caught.value.details[0]["details"]["violations"]
    assert sorted(one["facts"]["pointer"] for one in told) == ["/changes/3/field_name", "/temp_max", "/zone"]


def test_a_new_row_refers_only_to_what_is_on_file(house: House) -> None:
    given = request("price_agreement", "S01|P-NONE|BUY|1|2026-01-01", "create", unit_price="0.123456")
    with pytest.raises(ApplicationError) as caught:
        apply(house, signed_case(house), given)
    assert "P-NONE" in caught.value.details[0]["zh"]
    given = request("price_agreement", "S01|P-LOT|BUY|1|2026-01-01", "create", unit_price="0.123456", tax_rate="0.13")
    assert apply(house, signed_case(house), given)["subject"] == "partner/S01"
    with pytest.raises(ApplicationError) as caught:
        apply(house, signed_case(house), given)
    assert "已存在" in caught.value.details[0]["zh"]


def test_a_first_approval_is_never_a_change_of_master_data(house: House) -> None:
    given = request("product", "P-DRAFT", status="审核通过", approved_at="2026-11-22", storage_condition="避光")
    with pytest.raises(ApplicationError) as caught:
        apply(house, signed_case(house), given)
    assert "首营品种审核" in caught.value.details[0]["zh"]


def test_a_place_is_stopped_and_a_drill_stops_nothing(house: House) -> None:
    given = request("location", "HZ-R-01", "stop")
    assert apply(house, signed_case(house), given, mode="drill")["versions"] == 0
    with house.database.read() as session:
        assert session.exec(select(Location).where(Location.code == "HZ-R-01")).one().retired_at is None
    apply(house, signed_case(house), given)
    with house.database.read() as session:
        assert session.exec(select(Location).where(Location.code == "HZ-R-01")).one().retired_at == "2026-11-22"


def test_the_changes_of_a_period_are_listed_for_review(house: House) -> None:
    apply(house, signed_case(house), request("partner", "S01", phone="010-1"))
    asked: JsonObject = {"review_from": "2026-11-01", "review_until": "2026-11-30"}
    found = call(house, "master.changes_between", house.case().envelope("list#1", "x", asked))
    assert any(
        "phone" in line["review_change"] and line["review_subject"] == "partner/S01" for line in found["review_lines"]
    )
    empty: JsonObject = {"review_from": "2025-11-01", "review_until": "2025-11-30"}
    assert call(house, "master.changes_between", house.case().envelope("list#1", "y", empty))["review_count"] == 0


@pytest.fixture
def person(house: House) -> str:
    """An account that is a receiver."""
    with house.database.write() as session:
        if session.get(Account, "wang") is None:
            session.add(Account(username="wang", name="王", created_at="2026-01-01T00:00:00.000Z"))
            session.flush()
            session.add(
                RoleGrant(account="wang", role="receiver", valid_from="2026-01-01", granted_by="x", granted_at="y")
            )
    return "wang"


def posts(person: str, action: str, *roles: str) -> JsonObject:
    rights: list[Any] = [{"role": role, "site": "HQ"} for role in roles]
    return {"rights_holder": person, "access_action": action, "access_rights": rights, "change_reason": "已通过培训"}


def test_a_post_is_given_once_by_the_approver(house: House, person: str) -> None:
    case = signed_case(house)
    for _ in range(2):
        call(
            house, "access.apply", case.envelope("apply_access#1", "access.apply", posts(person, "grant", "inspector"))
        )
    with house.database.read() as session:
        rows = session.exec(select(RoleGrant).where(RoleGrant.account == person, RoleGrant.role == "inspector")).all()
        assert [(row.site, row.granted_by, row.valid_from) for row in rows] == [
            ("HQ", "quality_director", "2026-11-22")
        ]


@pytest.mark.parametrize(("account", "role"), [("wang", "it_admin"), ("nobody", "inspector")])
def test_posts_that_do_not_go_together_are_refused(house: House, person: str, account: str, role: str) -> None:
    given = posts(account, "grant", role)
    with pytest.raises(ApplicationError) as caught:
        call(house, "access.check", house.case().envelope("check_access#1", "access.check", given))
    assert caught.value.type == "rule_refused"
