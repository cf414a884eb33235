"""The outbound review in a browser: what the scan does not bear out is refused in words with the article, and stays there."""

from __future__ import annotations

from typing import Any

from domain.sale_rules import STOP_CHECKS


async def test_the_reviewer_who_scans_another_lot_is_told_why_the_goods_stay(desk: Any, office: Any) -> None:
    asked = {"state": "open", "scope": "claimable", "definition": "outbound_review"}
    task = office.as_("reviewer").get("/tasks", params=asked).json()["items"][0]["id"]
    rows = office.task("reviewer", task)["data"]["pick_lines"]
    seen = [{**row, "scanned_lot_no": "LH-OTHER", "reviewed_quantity": row["quantity"]} for row in rows]
    data = {**dict.fromkeys(STOP_CHECKS, "pass"), "outbound_sealed": True, "pick_lines": seen}
    kept = office.as_("reviewer").put(f"/tasks/{task}/draft", json={"data": data})
    assert kept.status_code == 200, kept.text
    page = await desk.sign_in("reviewer", f"/tasks/{task}", "[data-testid='task.title']")
    await page.click("[data-testid='outcome.passed']")
    await page.fill("[data-testid='sign.password']", "demo")
    await page.keyboard.press("Enter")
    panel = await page.wait_for_selector("[data-testid=refusal]")
    told = await panel.inner_text()
    assert "LH-OTHER" in told and "87" in told, told
    assert office.task("reviewer", task)["state"] == "open"
