"""The duty roster in a browser: a shift is added, a table is checked row by row, a shift is taken off with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import expect

from services.roster import COLUMNS
from tests.ui.staff.test_pages import looked_at


async def test_hr_keeps_the_roster_of_a_week(visit: Any, office: Any, tmp_path: Path) -> None:
    page = await visit.sign_in("hr", "/roster", "[data-testid=roster]")
    await page.click("[data-testid='roster.add']")
    await page.select_option("[data-testid='ask.person']", "reviewer")
    await page.select_option("[data-testid='ask.role']", "warehouse_keeper")
    await page.click("[data-testid='ask.send']")
    shift = page.locator("[data-testid^='shift.0']").first
    await expect(shift).to_contain_text("20:00–08:00")
    monday = datetime.now() + timedelta(days=14)
    right = f"hangzhou,warehouse_keeper,reviewer,{monday:%Y-%m-%d}T20:00,{monday:%Y-%m-%d}T23:00,"
    wrong = f"hangzhou,quality_staff,keeper,{monday:%Y-%m-%d}T20:00,yesterday,"
    await page.fill("[data-testid='roster.table']", "\n".join([",".join(COLUMNS), right, wrong]))
    await page.click("[data-testid='roster.check']")
    await expect(page.get_by_test_id("roster.found")).to_contain_text("2026-12-01T20:00")
    await expect(page.get_by_test_id("roster.take_in")).to_have_attribute("aria-disabled", "true")
    await looked_at(visit, page, tmp_path / "roster.png")
    await shift.get_by_test_id("shift.remove").click()
    await page.fill("[data-testid='ask.reason']", "change")
    await page.click("[data-testid='ask.send']")
    await expect(page.locator("[data-testid^='shift.0']")).to_have_count(0)
    assert office.as_("hr").get("/roster", params={"site": "hangzhou"}).json()["items"] == []


async def test_whoever_does_not_keep_the_roster_reads_it_only(desk: Any) -> None:
    page = await desk.sign_in("keeper", "/roster", "[data-testid=roster]")
    await expect(page.get_by_test_id("roster.add")).to_have_attribute("aria-disabled", "true")
    assert await page.locator("[data-testid='roster.import']").count() == 0
