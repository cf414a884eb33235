"""The demo's sales: an order that waits for its outbound review, one on credit hold, and a shipped one of which some came
back. Told through the services under fixed act ids."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.demo.story import Story, settled, until
from app.demo.warehouse import Act, act_on, begun
from domain.json_types import JsonObject
from domain.sale_rules import STOP_CHECKS
from services import cases

PRODUCT, LOT = "P-1001", "LH261020"
WAITING, SHIPPED, HELD = "CUS-001", "CUS-002", "CUS-006"


async def tell(story: Story) -> int:
    """The orders with their outbound cases, and the return; how many cases there are."""
    await asyncio.gather(_waiting(story), _held(story), _shipped_and_back(story))
    return 6


async def _waiting(story: Story) -> None:
    """Ordered, approved, picked: the reviewer is next."""
    case_id = await _ordered(story, WAITING, 100, "3.20")
    outbound = await _outbound(story, case_id)
    await act_on(story, outbound, [_pick(100)], f"out-{WAITING}")
    await settled(story, outbound)


async def _held(story: Story) -> None:
    """On credit hold: finance is next."""
    await _ordered(story, HELD, 50, "3.30")


async def _shipped_and_back(story: Story) -> None:
    case_id = await _ordered(story, SHIPPED, 200, "3.25")
    outbound = await _outbound(story, case_id)
    checks: JsonObject = {**dict.fromkeys(STOP_CHECKS, "pass"), "outbound_sealed": True}
    seen: Any = [{"line_no": "P1", "scanned_lot_no": LOT, "reviewed_quantity": 200}]
    reviewed = Act("reviewer", "review", {**checks, "pick_lines": seen}, "verified", "passed", reauth=True)
    await act_on(story, outbound, [_pick(200), reviewed], f"out-{SHIPPED}")
    await settled(story, outbound)
    number = (await _case(story, outbound))["data"]["outbound_order_no"]
    lines: Any = [{"line_no": "L1", "product_code": PRODUCT, "original_outbound_no": number, "return_quantity": 20}]
    start: JsonObject = {"purchaser_code": SHIPPED, "return_reason": "规格领错，未开箱", "return_lines": lines}
    back = await begun(story, "sales_return", "seller", start)
    counted: Any = [{"line_no": "R1", "return_quantity": 20, "location_code": "HZ-R-01"}]
    received = Act("receiver", "receive", {"return_lines": counted}, "received", "accepted")
    await act_on(story, back, [received], "return")
    await settled(story, back)


def _pick(quantity: int) -> Act:
    lines: Any = [{"line_no": "P1", "picked_quantity": quantity}]
    return Act("keeper", "pick", {"pick_lines": lines}, "performed", "picked")


async def _ordered(story: Story, purchaser: str, quantity: int, price: str) -> str:
    start: JsonObject = {"purchaser_code": purchaser, "order_kind": "sale", "delivery_way": "delivery"}
    case_id = await begun(story, "sales_order", "seller", start, purchaser)
    line: Any = {"line_no": "L1", "product_code": PRODUCT, "quantity": quantity, "unit_price": Decimal(price)}
    wanted = (story.now + timedelta(days=2)).date().isoformat()
    lines: Any = [line]
    acts = [
        Act("seller", "draft", {"requested_date": wanted, "order_lines": lines}, "submitted", "submitted"),
        Act("manager", "approve_order", {}, "approve", "approved"),
    ]
    await act_on(story, case_id, acts, f"order-{purchaser}")
    await settled_or_started(story, case_id)
    return case_id


async def settled_or_started(story: Story, case_id: str) -> None:
    """Wait until people or the outbound case are next."""

    async def is_there() -> bool:
        case = await _case(story, case_id)
        waiting = [step for step in case["steps"] if step["state"] == "open"]
        return all(step["kind"] in ("task", "approve", "start") for step in waiting)

    await until(is_there, f"case {case_id} did not come to rest")


async def _outbound(story: Story, case_id: str) -> str:
    """The outbound case of an order, once it is there."""
    found: list[str] = []

    async def is_there() -> bool:
        number = (await _case(story, case_id))["data"].get("sales_order_no")
        if number is None:
            return False
        listed: Any = await cases.listing(
            story.office, story.people["keeper"], {"definition": "outbound_review", "business_key": str(number)}
        )
        found.extend(str(item["id"]) for item in listed["items"])
        return bool(found)

    await until(is_there, f"the outbound case of {case_id} did not begin")
    return found[0]


async def _case(story: Story, case_id: str) -> Any:
    return await cases.detail(story.office, story.people["qa"], case_id)
