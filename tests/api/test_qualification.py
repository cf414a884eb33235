"""Qualification over REST: a supplier, a product and a purchaser go on file by their posts; what is unlawful is refused with
its article, at the form, at the signature and where it counts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.conftest import Stack, row, until


def day(offset: int) -> str:
    return (date.today() + timedelta(days=offset)).isoformat()


def supplier(code: str) -> dict[str, Any]:
    return {
        "supplier_code": code,
        "supplier_name": f"供货者{code}",
        "supplier_type": "dealer",
        "uscc": "91310115MA1K3FJ82X",
    }


def papers(scan: Any, **changed: Any) -> dict[str, Any]:
    """A dealer's file in order."""
    names = "business_license operation_license_file authorization_letter salesperson_id_copy delivery_note_template seal_sample"
    return {
        **dict.fromkeys(names.split(), scan), "supplier_address": "上海", "supplier_contact": "021-1",
        "operation_license_no": "沪药监械经营许20240001号", "operation_license_valid_until": day(900),
        "business_scope": [{"device_class": "II", "classification_code": "14"}], "authorized_until": day(300),
        "authorized_region": "全国", "authorized_products": [{"product_code": "P-1005", "product_name": "医用外科口罩"}],
        "salesperson_name": "丁晓", "salesperson_id_no": "310115199001010011", "seal_present": True,
    } | changed  # fmt: skip


async def applied(stack: Stack, definition: str, who: str, start: Any) -> tuple[str, str]:
    """An application with its open form: case id, task id."""
    person = await stack.as_(who)
    case = (await person.ok(person.post("/cases", {"definition": definition, "start": start})))["id"]
    return case, await stack.task(who, case, "file")


async def submit(stack: Stack, who: str, task: str, data: Any) -> Any:
    person = await stack.as_(who)
    body = {"data": data, "outcome": "done", "signature": {"meaning": "submitted"}}
    return await person.post(f"/tasks/{task}:complete", body)


async def decide(stack: Stack, who: str, case: str, step: str, meaning: str, outcome: str) -> Any:
    person = await stack.as_(who)
    data = {"quality_opinion": "资料齐全，符合要求"} if step == "review" else {"remark": "同意"}
    body = {"data": data, "outcome": outcome, "signature": {"meaning": meaning, "password": "demo"}}
    return await person.post(f"/tasks/{await stack.task(who, case, step)}:complete", body)


async def qualified(stack: Stack, case: str) -> Any:
    """The case after quality staff and director have passed it, once it is closed."""
    for who, step, meaning, outcome in (
        ("qa", "review", "review", "pass"),
        ("director", "approve", "approve", "approved"),
    ):
        answer = await decide(stack, who, case, step, meaning, outcome)
        assert answer.status_code == 200, answer.text
    qa = await stack.as_("qa")

    async def look() -> Any:
        found = await qa.ok(qa.get(f"/cases/{case}"))
        return found if found["state"] != "running" else None

    return await until(look, f"{case} did not close")


def refused(answer: Any, rule: str, *articles: str) -> Any:
    """The problem of a refusal by this rule and these articles."""
    body = answer.json()
    assert answer.status_code == 403 and (body["rule"], body["articles"]) == (rule, list(articles)), answer.text
    assert body["refusal_id"] and body["who_can"] and body["detail"]
    return body


async def test_a_supplier_is_reviewed_approved_and_received_from_within_its_letter(stack: Stack) -> None:
    case, task = await applied(stack, "supplier_qualification", "buyer", supplier("SUP-T01"))
    assert (await submit(stack, "buyer", task, papers(await stack.note_file()))).status_code == 200
    ended = await qualified(stack, case)
    assert (ended["state"], ended["data"]["qualification_conclusion"]) == ("completed", "pass")
    assert ended["data"]["qualification_valid_until"] == day(300)
    replayed = await (await stack.as_("auditor")).post(f"/cases/{case}/replay")
    assert replayed.json()["deterministic"] is True
    receiver = await stack.as_("receiver")
    arrived = (await stack.start(supplier="SUP-T01", order="PO-2026-1104"))["id"]
    body = await stack.receipt(row(product_code="P-1007"))
    answer = await receiver.post(f"/tasks/{await stack.task('receiver', arrived, 'receive')}:complete", body)
    errors = answer.json()["errors"]
    assert answer.status_code == 403 and {"RULE-02", "RULE-05"} <= {one["code"] for one in errors}, answer.text
    early = [one["message"] for one in errors if one["code"] == "RULE-01"]
    assert early and all("order date" in one for one in early)  # qualified now, but not when the order was made
    again = {"definition": "supplier_qualification", "start": supplier("SUP-T01")}
    buyer = await stack.as_("buyer")
    other = (await buyer.ok(buyer.post("/cases", again)))["id"]
    await stack.task("buyer", other, "file")
    assert (await buyer.ok(buyer.get(f"/cases/{other}")))["data"]["on_file"] == "approved"


@pytest.mark.parametrize(
    ("changed", "rule", "articles", "pointer"),
    [
        ({"operation_license_valid_until": day(-1)}, "RULE-01", ("GSP-53", "GSP-51"), "operation_license_valid_until"),
        ({"authorized_until": day(-1)}, "RULE-02", ("GSP-53", "GSP-51"), "authorized_until"),
        ({"seal_present": False}, "RULE-01", ("GSP-53",), "seal_present"),
        ({"business_scope": [{"device_class": "III", "classification_code": "14"}]}, "RULE-04", ("GSP-51",), "business_scope"),
    ],
    ids=["licence expired", "letter expired", "no seal", "out of scope"],
)  # fmt: skip
async def test_an_unlawful_supplier_file_is_refused_at_its_field(
    stack: Stack, changed: Any, rule: str, articles: Any, pointer: str
) -> None:
    code = f"SUP-X{abs(hash(pointer)) % 1000:03d}"
    _, task = await applied(stack, "supplier_qualification", "buyer", supplier(code))
    answer = await submit(stack, "buyer", task, papers(await stack.note_file(), **changed))
    assert [one["pointer"] for one in refused(answer, rule, *articles)["errors"]] == [f"/data/{pointer}"]


async def test_nobody_reviews_or_approves_their_own_and_a_missing_scan_is_a_fault_of_the_form(stack: Stack) -> None:
    case, task = await applied(stack, "supplier_qualification", "buyer", supplier("SUP-T02"))
    lacking = papers(await stack.note_file())
    del lacking["seal_sample"]
    answer = await submit(stack, "buyer", task, lacking)
    assert answer.status_code == 422 and "/data/seal_sample" in [one["pointer"] for one in answer.json()["errors"]]
    assert (await submit(stack, "buyer", task, papers(await stack.note_file()))).status_code == 200
    buyer = await stack.as_("buyer")
    body = {
        "data": {"quality_opinion": "同意"},
        "outcome": "pass",
        "signature": {"meaning": "review", "password": "demo"},
    }
    answer = await buyer.post(f"/tasks/{await stack.task('qa', case, 'review')}:complete", body)
    assert answer.status_code == 403 and answer.json()["who_can"]


async def test_a_product_whose_number_tells_another_class_or_that_is_out_of_our_scope_is_refused(stack: Stack) -> None:
    scan = await stack.note_file()
    start = {"product_code": "P-T01", "product_name": "测试产品", "registration_no": "国械注准20232140418"}
    case, task = await applied(stack, "product_qualification", "buyer", start)
    data: dict[str, Any] = {
        "model": "Y", "specification": "1", "device_class": "III", "classification_code": "14", "registrant_name": "注册人",
        "registration_valid_until": day(900), "registration_certificate": scan, "label_sample": scan, "is_implant": False,
        "is_cold_chain": False, "storage_condition": "常温", "transport_condition": "常温",
    }  # fmt: skip
    answer = await submit(stack, "buyer", task, data)
    assert refused(answer, "RULE-03", "GSP-54")["errors"][0]["pointer"] == "/data/device_class"
    refused(
        await submit(stack, "buyer", task, data | {"device_class": "II", "classification_code": "21"}),
        "RULE-04",
        "GSP-51",
    )
    assert (await submit(stack, "buyer", task, data | {"device_class": "II"})).status_code == 200
    assert (await qualified(stack, case))["state"] == "completed"


async def test_another_unit_states_its_need_and_an_expired_document_is_refused(stack: Stack) -> None:
    scan = await stack.note_file()
    start = {"purchaser_code": "CUS-T01", "purchaser_name": "某研究所", "purchaser_type": "other"}
    case, task = await applied(stack, "purchaser_qualification", "seller", start)
    data: dict[str, Any] = {
        "delivery_address": "杭州", "purchaser_contact": "0571", "purchaser_license_no": "X-1", "valid_until": day(400),
        "purchaser_document": scan,
    }  # fmt: skip
    answer = await submit(stack, "seller", task, data)
    assert answer.status_code == 422 and "/data/usage_need_statement" in [
        one["pointer"] for one in answer.json()["errors"]
    ]
    late = data | {"usage_need_statement": scan, "valid_until": day(-1)}
    refused(await submit(stack, "seller", task, late), "RULE-11", "GSP-82", "GSP-51")
    assert (await submit(stack, "seller", task, late | {"valid_until": day(400)})).status_code == 200
    assert (await qualified(stack, case))["state"] == "completed"


async def test_goods_outside_our_own_scope_are_not_received(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    case = (await stack.start(supplier="SUP-001", order="PO-2026-1112"))["id"]
    body = await stack.receipt(row(purchase_order_no="PO-2026-1112", product_code="P-1014"))
    refused(
        await receiver.post(f"/tasks/{await stack.task('receiver', case, 'receive')}:complete", body),
        "RULE-04",
        "GSP-51",
    )


async def test_the_watch_starts_renewals_once_and_stops_who_has_expired(stack: Stack) -> None:
    qa, buyer = await stack.as_("qa"), await stack.as_("buyer")
    ended: Any = None
    for _ in range(2):
        case = (await qa.ok(qa.post("/cases", {"definition": "qualification_watch", "start": {}})))["id"]

        async def look(watch: str = case) -> Any:
            found = await qa.ok(qa.get(f"/cases/{watch}"))
            return found if found["state"] != "running" else None

        ended = await until(look, "the watch did not end")
        if _ == 0:
            due = {(one["owner_code"], one["paper"]): one for one in ended["data"]["due_papers"]}
            assert (
                due["SUP-004", "operation_license"]["is_blocked"]
                and due["SUP-005", "authorization_letter"]["watch_action"] == "remind"
            )
    assert ended["data"]["due_papers"] == []

    async def renewals() -> Any:
        page = await buyer.ok(buyer.get("/cases", params={"definition": "qualification_renewal", "limit": 50}))
        keys = [one["business_key"] for one in page["items"]]
        return keys if len(keys) == len(set(keys)) and len(keys) > 1 else None

    assert await until(renewals, "no renewals were started")
