"""Selling over REST: ordered, picked, reviewed, shipped, back; each deliberate mistake is refused with rule and article."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from domain.sale_rules import STOP_CHECKS
from services import messages
from tests.api.conftest import Stack, passed, row, until
from tests.api.test_warehouse_sops import act, done, ended, refused, stock_of

CHECKS: dict[str, Any] = {**dict.fromkeys(STOP_CHECKS, "pass"), "outbound_sealed": True}
SUBMIT = {"outcome": "submitted", "signature": {"meaning": "submitted"}}
APPROVE = {"data": {}, "outcome": "approved", "signature": {"meaning": "approve"}}
PICKED = {"outcome": "picked", "signature": {"meaning": "performed"}}
PASSED = {"outcome": "passed", "signature": {"meaning": "verified", "password": "demo"}}


def goods(**more: Any) -> dict[str, Any]:
    return {"line_no": "L1", "product_code": "P-1001", "quantity": 40, "unit_price": 3.3, "lot_no": "LH261020", **more}


def draft(*lines: dict[str, Any]) -> dict[str, Any]:
    wanted = (date.today() + timedelta(days=2)).isoformat()
    return {"data": {"requested_date": wanted, "order_lines": list(lines or (goods(),))}, **SUBMIT}


async def begun(stack: Stack, purchaser: str = "CUS-003", **more: Any) -> str:
    seller = await stack.as_("seller")
    start = {"purchaser_code": purchaser, "order_kind": "sale", "delivery_way": "delivery", **more}
    return (await seller.ok(seller.post("/cases", {"definition": "sales_order", "start": start})))["id"]


async def ordered(stack: Stack, *lines: dict[str, Any], **more: Any) -> tuple[str, str]:
    """An approved order: its case, the outbound case that it began."""
    case = await begun(stack, **more)
    await done(stack, "seller", case, "draft", draft(*lines))
    if not more.get("is_urgent"):
        await done(stack, "manager", case, "approve_order", APPROVE)
    return case, await outbound_of(stack, case)


async def outbound_of(stack: Stack, case: str) -> str:
    keeper = await stack.as_("keeper")

    async def look() -> Any:
        number = (await keeper.ok(keeper.get(f"/cases/{case}")))["data"].get("sales_order_no")
        asked = {"definition": "outbound_review", "business_key": number or "-"}
        found = (await keeper.ok(keeper.get("/cases", params=asked)))["items"]
        return found[0]["id"] if found else None

    return await until(look, f"the outbound case of {case} did not begin")


def picked(count: int, **more: Any) -> dict[str, Any]:
    return {"data": {"pick_lines": [{"line_no": "P1", "picked_quantity": count, **more}]}, **PICKED}


def review(count: int, lot: str, **more: Any) -> dict[str, Any]:
    seen = {"line_no": "P1", "scanned_lot_no": lot, "reviewed_quantity": count}
    return {"data": {**CHECKS, "pick_lines": [seen], **more}, **PASSED}


async def accepted(stack: Stack, quantity: int) -> str:
    """New goods of P-1007 on a shelf; their lot."""
    case = (await stack.start())["id"]
    receiver, lot = await stack.as_("receiver"), row(received_quantity=quantity)
    task = await stack.task("receiver", case, "receive")
    await receiver.ok(receiver.post(f"/tasks/{task}:complete", await stack.receipt(lot)))
    await done(stack, "inspector", case, "inspect", passed(accepted_quantity=quantity))
    shelf = {"data": {"location_code": "HZ-A-01-03"}, "signature": {"meaning": "performed"}}
    await done(stack, "keeper", case, "put_away", shelf)
    await ended(stack, case)
    return str(lot["lot_no"])


async def test_what_may_not_be_sold_is_refused_with_its_rule_and_article(stack: Stack) -> None:
    pending = row(product_code="P-1007", lot_no="WAITS-01")
    delivery = (await stack.start())["id"]
    await done(stack, "receiver", delivery, "receive", await stack.receipt(pending))
    for purchaser, line, rule, article in (
        ("CUS-008", goods(), "RULE-11", "GSP-82"),
        ("CUS-009", goods(), "RULE-11", "GSP-81"),
        ("CUS-007", goods(), "RULE-04", "GSP-82"),
        ("CUS-003", goods(product_code="P-1007", lot_no="WAITS-01", quantity=1), "RULE-08", "GSP-69"),
        ("CUS-003", goods(product_code="P-1007", lot_no="MQ2610", quantity=1), "RULE-10", "GSP-74"),
    ):
        case = await begun(stack, purchaser)
        answer = await act(stack, "seller", case, "draft", draft(line))
        refused(answer, rule, article)
        assert answer.headers["content-type"].startswith("application/problem+json")
        told = await (await stack.as_("qa")).ok((await stack.as_("qa")).get(f"/cases/{case}/refusals"))
        assert told[-1]["rule"] == rule, "none is lost"
        await done(stack, "seller", case, "draft", draft(line) | {"outcome": "dropped"})


async def test_two_people_never_sell_the_same_goods(stack: Stack) -> None:
    lot = await accepted(stack, 5)
    wish = goods(product_code="P-1007", quantity=4, unit_price=2, lot_no=lot)
    cases = [await begun(stack) for _ in range(2)]
    for case in cases:
        await done(stack, "seller", case, "draft", draft(wish))
    await done(stack, "manager", cases[0], "approve_order", APPROVE)
    await outbound_of(stack, cases[0])
    second = await act(stack, "manager", cases[1], "approve_order", APPROVE)
    assert (second.status_code, second.json()["rule"]) == (403, "RULE-25"), second.text
    await done(stack, "manager", cases[1], "approve_order", APPROVE | {"outcome": "rejected"})
    await stack.task("seller", cases[1], "draft")


async def test_an_order_leaves_as_picked_scanned_and_reviewed_by_another_and_comes_back(stack: Stack) -> None:
    lot = await accepted(stack, 5)
    case, out = await ordered(stack, goods(product_code="P-1007", quantity=5, unit_price=2, lot_no=lot))
    refused_many = await act(stack, "keeper", out, "pick", picked(6))
    assert (refused_many.status_code, refused_many.json()["rule"]) == (403, "RULE-25")
    assert refused_many.json()["errors"][0]["pointer"].startswith("/data/pick_lines/0")
    await done(stack, "keeper", out, "pick", picked(5))
    refused(await act(stack, "reviewer", out, "review", review(5, "OTHER")), "RULE-12", "GSP-87")
    refused(await act(stack, "reviewer", out, "review", review(4, lot)), "RULE-12", "GSP-87")
    damaged = review(5, lot, outbound_package_check="fail", outbound_stop_reason="package")
    refused(await act(stack, "reviewer", out, "review", damaged), "RULE-12", "GSP-87")
    refused(await act(stack, "reviewer", out, "review", review(5, lot, outbound_sealed=False)), "RULE-13", "GSP-91")
    own = await act(stack, "keeper", out, "review", review(5, lot))
    assert own.status_code == 403
    await done(stack, "reviewer", out, "review", review(5, lot))
    await ended(stack, out)
    assert await stock_of(stack, lot) == {}
    qa = await stack.as_("qa")
    number = (await qa.ok(qa.get(f"/cases/{out}")))["data"]["outbound_order_no"]
    back = await returned(stack, {"line_no": "L1", "product_code": "P-1007", "lot_no": lot, "return_quantity": 2})
    shelf = {"line_no": "R1", "return_quantity": 2, "location_code": "HZ-A-01-03"}
    taken: Any = {"data": {"return_lines": [shelf]}, "outcome": "accepted", "signature": {"meaning": "received"}}
    refused(await act(stack, "receiver", back, "receive", taken), "RULE-08", "GSP-69")
    shelf["location_code"] = "HZ-R-01"
    await done(stack, "receiver", back, "receive", taken)
    look: Any = {**dict.fromkeys(("appearance_check", "packaging_check", "label_check"), "pass")}
    seen = {"data": {**look, "accepted_quantity": 2, "rejected_quantity": 0, "quantity_difference": 0}}
    await done(
        stack, "inspector", back, "inspect", {**seen, "signature": {"meaning": "inspected", "password": "demo"}}, "pass"
    )
    again = {"data": {}, "signature": {"meaning": "quality_rule", "password": "demo"}}
    await done(stack, "qa", back, "approve_restock", again, "approved")
    put = {"data": {"location_code": "HZ-A-01-03"}, "signature": {"meaning": "performed"}}
    await done(stack, "keeper", back, "put_away", put)
    await ended(stack, back)
    assert await stock_of(stack, lot) == {("HZ-A-01-03", "QUALIFIED"): 2}
    assert (await qa.ok(qa.get(f"/cases/{back}")))["data"]["lines"][0]["original_outbound_no"] == number
    await messages.deliver(stack.office)  # the order is told that its outbound case ended
    money = {"data": {"paid_amount": 10, "paid_on": date.today().isoformat()}, "signature": {"meaning": "performed"}}
    await done(stack, "finance", case, "payment", money)
    await ended(stack, case)


async def returned(stack: Stack, line: dict[str, Any], purchaser: str = "CUS-003") -> str:
    seller = await stack.as_("seller")
    start = {"purchaser_code": purchaser, "return_reason": "规格不符", "return_lines": [line]}
    return (await seller.ok(seller.post("/cases", {"definition": "sales_return", "start": start})))["id"]


async def test_what_we_never_sold_is_not_taken_back(stack: Stack) -> None:
    qa = await stack.as_("qa")
    case = await returned(stack, {"line_no": "L1", "product_code": "P-1001", "lot_no": "NEVER", "return_quantity": 1})
    await ended(stack, case)
    told = await qa.ok(qa.get(f"/cases/{case}/refusals"))
    assert [one["rule"] for one in told] == ["RULE-26"]


async def test_a_lot_that_is_stopped_on_the_way_does_not_leave_and_another_is_picked(stack: Stack) -> None:
    first, second = await accepted(stack, 3), await accepted(stack, 3)
    _, out = await ordered(stack, goods(product_code="P-1007", quantity=3, unit_price=2, lot_no=first))
    await done(stack, "keeper", out, "pick", picked(3))
    keeper = await stack.as_("keeper")
    stop = {"product_code": "P-1007", "lot_no": first, "lock_reason": "客户投诉同批"}
    held = (await keeper.ok(keeper.post("/cases", {"definition": "suspect_hold", "start": stop})))["id"]
    await stack.task("keeper", held, "isolate")
    refused(await act(stack, "reviewer", out, "review", review(3, first)), "RULE-10", "GSP-87")
    stopped = review(3, first, outbound_other_check="fail", outbound_stop_reason="other") | {"outcome": "stopped"}
    await done(stack, "reviewer", out, "review", stopped)
    ruling = {
        "data": {"quality_opinion": "该批已停售，本单不出库。"},
        "signature": {"meaning": "quality_rule", "password": "demo"},
    }
    await done(stack, "qa", out, "stop_ruling", ruling, "stop")
    assert (await stock_of(stack, second)) == {("HZ-A-01-03", "QUALIFIED"): 3}


async def test_finance_alone_says_what_a_purchaser_may_owe(stack: Stack) -> None:
    finance, seller = await stack.as_("finance"), await stack.as_("seller")
    wish = {"credit_limit": 12345.5, "payment_days": 90, "credit_hold": False, "password": "demo"}
    for person, given, status in ((seller, wish, 403), (finance, {**wish, "credit_hold": True}, 422)):
        assert (await person.client.put("/partners/CUS-004/credit", json=given)).status_code == status
    assert (await finance.client.put("/partners/CUS-004/credit", json=wish | {"password": "no"})).status_code == 401
    assert (await finance.client.put("/partners/SUP-001/credit", json=wish)).status_code == 404
    told = await finance.ok(finance.client.put("/partners/CUS-004/credit", json=wish))
    shown = await seller.ok(seller.get("/partners/CUS-004/credit"))
    assert told == shown and (shown["credit_limit"], shown["set_by"]) == (12345.5, "finance")


async def test_a_credit_hold_is_released_by_finance_alone_and_a_night_order_is_approved_afterwards(
    stack: Stack,
) -> None:
    lot = await accepted(stack, 5)
    wish = goods(product_code="P-1007", quantity=2, unit_price=2, lot_no=lot)
    case = await begun(stack, "CUS-006")
    await done(stack, "seller", case, "draft", draft(wish))
    await done(stack, "manager", case, "approve_order", APPROVE)
    release = {"data": {}, "signature": {"meaning": "approve", "password": "demo"}}
    manager, task = await stack.as_("manager"), await stack.task("finance", case, "release_credit")
    assert (await manager.post(f"/tasks/{task}:complete", release | {"outcome": "approved"})).status_code == 403
    await done(stack, "finance", case, "release_credit", release, "rejected")
    await stack.task("seller", case, "draft")
    urgent = {"is_urgent": True, "urgent_reason": "夜间急诊手术，值班医生来电", "delivery_way": "pickup"}
    night, out = await ordered(stack, wish, **urgent)
    await done(stack, "keeper", out, "pick", picked(2))
    await done(stack, "reviewer", out, "review", review(2, lot))
    file = await stack.note_file()
    who: Any = {"collector_name": "王芳", "collector_id_no": "33010219900101001X", "collector_letter": file}
    handed: Any = {"data": {**who, "identity_checked": True}, "signature": {"meaning": "performed"}, "outcome": "given"}
    handed["external_signature"] = {"name": "王芳", "attachment_sha256": file["sha256"], "how": "glass"}
    unseen = {**handed, "data": {**who, "identity_checked": False}}
    assert (await act(stack, "reviewer", out, "hand_over", unseen)).status_code == 422
    await done(stack, "reviewer", out, "hand_over", handed)
    await ended(stack, out)
    await messages.deliver(stack.office)
    await done(stack, "manager", night, "approve_after", APPROVE)
    await stack.task("finance", night, "payment")


async def test_rejected_goods_go_back_to_their_supplier_reviewed_and_credited(stack: Stack) -> None:
    buyer, qa = await stack.as_("buyer"), await stack.as_("qa")
    start = {"supplier_code": "SUP-001", "product_code": "P-1010", "lot_no": "PG2610", "return_reason": "验收不合格"}
    for supplier in ("SUP-001", "SUP-002"):  # the first never sold it to us: nothing to send back
        wish = {"definition": "purchase_return", "start": {**start, "supplier_code": supplier}}
        case = (await buyer.ok(buyer.post("/cases", wish)))["id"]
        if supplier == "SUP-001":
            await ended(stack, case)
    chosen: Any = {"data": {"positions": [{"line_no": "S1", "return_quantity": 150}]}, **SUBMIT}
    await done(stack, "buyer", case, "request", chosen)
    ruling = {"data": {"quality_opinion": "同意退出。"}, "signature": {"meaning": "review"}}
    assert (await act(stack, "buyer", case, "quality_review", ruling, "pass")).status_code == 403
    await done(stack, "qa", case, "quality_review", ruling, "pass")
    agreed = {"data": {"return_agreement": await stack.note_file()}, "signature": {"meaning": "submitted"}}
    await done(stack, "buyer", case, "agree", agreed, "agreed")
    await done(stack, "keeper", case, "pick", picked(150))
    refused(await act(stack, "reviewer", case, "review", review(150, "OTHER")), "RULE-12", "GSP-87")
    await done(
        stack,
        "reviewer",
        case,
        "review",
        review(150, "PG2610", outbound_other_check="fail", outbound_stop_reason="other"),
    )
    credit = {"credit_note_no": "HZ-1", "credit_note_amount": 300, "credited_on": date.today().isoformat()}
    await done(stack, "finance", case, "credit", {"data": credit, "signature": {"meaning": "performed"}})
    await ended(stack, case)
    assert (await qa.ok(qa.get(f"/cases/{case}")))["data"]["shipped_quantity"] == 150
    assert sum((await stock_of(stack, "PG2610")).values()) == 50
