"""The demo's goods outside the house: a transfer on its way to the other warehouse, and a kit at a hospital.

Told through the services like the rest, under fixed act ids.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.demo.story import Story, settled
from app.demo.warehouse import Act, act_on, begun
from domain.clock import to_text
from domain.json_types import JsonObject

SHELF = "HZ-A-01-01"
LOT = "LH261020"
"""Sterile cannulas that the first delivery brought to the shelf."""
OPINION = "逐件核对标签、效期和灭菌包装，与申请一致。"


async def tell(story: Story) -> int:
    """Both cases; how many there are with the receipt that the transfer announced."""
    for process, who, start, acts in (
        ("multi_warehouse_transfer", "keeper", _route(), _transfer(story)),
        ("hospital_selection", "seller", _selection(story), _kit()),
    ):
        case_id = await begun(story, process, who, start)
        await act_on(story, case_id, acts, process)
        await settled(story, case_id)
    return 3


def _route() -> JsonObject:
    return {"from_warehouse": "HZ", "to_warehouse": "NB", "transfer_reason": "宁波分仓补货，供甬城中心医院本周用量。"}


def _lines(quantity: int, **more: Any) -> list[Any]:
    line = {"line_no": "L1", "product_code": "P-1001", "lot_no": LOT, "location_code": SHELF, "quantity": quantity}
    return [{**line, **more}]


def _transfer(story: Story) -> list[Act]:
    how: JsonObject = {
        "conveyance": "carrier",
        "transport_mode": "ordinary",
        "carrier_code": "CAR-001",
        "waybill_no": "LJ2026113000521",
        "departure_time": to_text(story.now - timedelta(minutes=15)),
    }
    return [
        Act("keeper", "pick", {"transfer_lines": _lines(200)}, "submitted", "submitted"),
        Act("manager", "approve_transfer", {}, "approve", "approved"),
        Act("reviewer", "review", {"outbound_review_result": "pass"}, "verified", "pass"),
        Act("driver", "hand_over", how, "handed_over"),
    ]


def _selection(story: Story) -> JsonObject:
    day = (story.now + timedelta(days=1)).date().isoformat()
    return {
        "purchaser_code": "CUS-001",
        "selection_kind": "kit",
        "kit_no": "KIT-0317",
        "warehouse": "HZ",
        "planned_use_date": day,
    }


def _kit() -> list[Act]:
    goods: JsonObject = {"selection_lines": _lines(20, unit_price=Decimal("4.60"))}
    return [
        Act("seller", "pick", goods, "submitted", "submitted"),
        Act("reviewer", "review", {"outbound_review_result": "pass"}, "verified", "pass"),
        Act("qa", "quality_check", {"quality_opinion": OPINION}, "review", "approved", reauth=True),
    ]
