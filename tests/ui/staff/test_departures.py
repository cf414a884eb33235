"""Goods on their way in a browser: what does not add up, and an unbound carrier, are refused in words with the article."""

from __future__ import annotations

from typing import Any


async def refusal_of(desk: Any, office: Any, who: str, task: str, data: Any) -> str:
    """What the page says when somebody completes a task with these values, left to the page as a draft."""
    kept = office.as_(who).put(f"/tasks/{task}/draft", json={"data": data})
    assert kept.status_code == 200, kept.text
    page = await desk.sign_in(who, f"/tasks/{task}", "[data-testid='task.title']")
    await page.wait_for_selector("[data-testid=say]:not(.bad)")
    await page.keyboard.press("Control+Enter")
    await page.click("[data-testid='sign.submit']")
    panel = await page.wait_for_selector("[data-testid=refusal]")
    assert office.task(who, task)["state"] == "open"
    return str(await panel.inner_text())


async def test_a_selection_that_does_not_add_up_is_told_so(desk: Any, office: Any) -> None:
    case = office.as_("seller").get("/cases", params={"definition": "hospital_selection"}).json()["items"][0]["id"]
    task = office.open_task("seller", case, "confirm")
    rows = office.task("seller", task)["data"]["selection_lines"]
    counts = {"used_quantity": 15, "return_quantity": 4, "missing_quantity": 0}
    data = {"clinical_confirm_at": "2026-11-20T03:00:00.000Z", "clinical_document": office.note()}
    told = await refusal_of(desk, office, "seller", task, {**data, "selection_lines": [{**rows[0], **counts}]})
    assert "20" in told and "19" in told and "90" in told, told


async def test_a_carrier_without_an_agreement_gets_no_goods(desk: Any, office: Any) -> None:
    sent = office.as_("director").get("/stock/postings", params={"kind": "transfer_out"}).json()["items"][0]["voucher"]
    start = {"definition": "transport_delivery", "start": {"outbound_order_no": sent}}
    task = office.open_task("driver", office.post("driver", "/cases", start)["id"], "dispatch")
    data = {
        "conveyance": "carrier", "transport_mode": "ordinary", "carrier_code": "CAR-002", "waybill_no": "ST1",
        "departure_time": "2026-11-20T03:00:00.000Z", "package_count": 1,
    }  # fmt: skip
    told = await refusal_of(desk, office, "driver", task, data)
    assert "顺通物流有限公司" in told and "98" in told, told
