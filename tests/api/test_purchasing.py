"""P-06 over REST: an order is drafted, checked, approved by another person, placed, received against and closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.api.conftest import Stack, row, until

SUBMIT = {"outcome": "submitted", "signature": {"meaning": "submitted"}}
APPROVE = {"data": {}, "outcome": "approved", "signature": {"meaning": "approve"}}


def draft(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    goods = lines or ({"line_no": "L1", "product_code": "P-1007", "quantity": 8, "unit_price": 1.25},)
    terms = {"quality_clause": True, "after_sales_clause": True}
    due = (date.today() + timedelta(days=7)).isoformat()
    return {"data": {"expected_delivery_date": due, "order_lines": list(goods), **terms, **more}, **SUBMIT}


async def begun(stack: Stack, supplier: str = "SUP-003") -> str:
    buyer = await stack.as_("buyer")
    start = {"supplier_code": supplier, "order_kind": "purchase"}
    return (await buyer.ok(buyer.post("/cases", {"definition": "purchase_order", "start": start})))["id"]


async def submit(stack: Stack, case: str, body: dict[str, Any]) -> str:
    buyer, task = await stack.as_("buyer"), await stack.task("buyer", case, "draft")
    await buyer.ok(buyer.post(f"/tasks/{task}:complete", body))
    return task


async def placed(stack: Stack) -> tuple[str, str]:
    """A case whose order is placed: its id, the order's number."""
    case, manager = await begun(stack), await stack.as_("manager")
    await submit(stack, case, draft())
    task = await stack.task("manager", case, "approve_order")
    await manager.ok(manager.post(f"/tasks/{task}:complete", APPROVE))
    await stack.task("buyer", case, "follow_up")
    return case, (await manager.ok(manager.get(f"/cases/{case}")))["data"]["purchase_order_no"]


async def test_an_order_is_placed_received_against_and_closed_short(stack: Stack) -> None:
    case, number = await placed(stack)
    assert number.startswith(f"PO-{date.today().year}-")
    delivery = (await stack.start(order=number))["id"]
    receiver, buyer, manager = await stack.as_("receiver"), await stack.as_("buyer"), await stack.as_("manager")
    receive = await stack.task("receiver", delivery, "receive")
    expected = (await receiver.ok(receiver.get(f"/tasks/{receive}")))["data"]["expected_lines"]
    assert [(one["purchase_order_no"], one["open_quantity"]) for one in expected] == [(number, 8)]
    too_many = await stack.receipt(row(purchase_order_no=number, received_quantity=9))
    refused = await receiver.post(f"/tasks/{receive}:complete", too_many)
    assert (refused.status_code, refused.json()["rule"]) == (403, "RULE-05")
    await receiver.ok(receiver.post(f"/tasks/{receive}:complete", await stack.receipt(row(purchase_order_no=number))))
    await stack.task("inspector", delivery, "inspect")
    follow = await stack.task("buyer", case, "follow_up")
    await buyer.ok(buyer.post(f"/tasks/{follow}:complete", {"data": {}, "outcome": "arrived"}))
    follow = await stack.task("buyer", case, "follow_up")  # three pieces are still to come: it opens again
    short = {"data": {"close_reason": "the maker stopped"}, "outcome": "short"}
    await buyer.ok(buyer.post(f"/tasks/{follow}:complete", short))
    task = await stack.task("manager", case, "approve_short")
    await manager.ok(manager.post(f"/tasks/{task}:complete", APPROVE))

    async def closed() -> Any:
        shown = await manager.ok(manager.get(f"/cases/{case}"))
        return shown if shown["state"] == "completed" else None

    data = (await until(closed, "the order did not close"))["data"]
    assert (data["received_quantity"], data["open_quantity"]) == (5, 3)


async def test_nothing_is_ordered_from_a_supplier_whose_licence_ended(stack: Stack) -> None:
    case, buyer = await begun(stack, "SUP-004"), await stack.as_("buyer")
    first = await submit(stack, case, draft())
    again = await stack.task("buyer", case, "draft")
    assert again != first
    (told,) = [one for one in await buyer.ok(buyer.get(f"/cases/{case}/refusals")) if one["action"] == "orders.quote"]
    assert told["rule"] == "RULE-01"
    lapsed = draft({"line_no": "L1", "product_code": "NO-SUCH", "quantity": 1, "unit_price": 1})
    await submit(stack, case, lapsed)
    assert await stack.task("buyer", case, "draft") != again
    assert (await buyer.ok(buyer.get(f"/cases/{case}")))["data"].get("purchase_order_no") is None


async def test_an_order_names_who_answers_for_quality_and_is_approved_by_another(stack: Stack) -> None:
    case, buyer = await begun(stack), await stack.as_("buyer")
    task = await stack.task("buyer", case, "draft")
    silent = await buyer.post(f"/tasks/{task}:complete", draft(quality_clause=False))
    assert silent.status_code == 422 and {one["pointer"] for one in silent.json()["errors"]} == {"/data/quality_clause"}
    await submit(stack, case, draft())
    approval = await stack.task("manager", case, "approve_order")
    own = await buyer.post(f"/tasks/{approval}:complete", APPROVE)
    assert own.status_code == 403
