"""Periodic SOPs and the working calendar in a real browser, on a real installation."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from records import schedules as rows
from records.attachments import Attachment, keep
from services.office import Office

if TYPE_CHECKING:
    from tests.ui.studio.conftest import Desk

pytestmark = pytest.mark.browser
START = {
    "supplier_code": "SUP-003",
    "delivery_note_no": "MONTHLY-{period}",
    "purchase_orders": '[{"purchase_order_no": "PO-2026-1104"}]',
}
WIDER = (
    "(() => { const w = document.querySelector('.work'), d = document.documentElement;"
    " return Math.max(d.scrollWidth - innerWidth, w.scrollWidth - w.clientWidth) })()"
)


async def test_a_process_owner_makes_pauses_and_resumes_a_periodic_sop(desk: Desk, office: Office) -> None:
    visit = await desk.sign_in("owner", "/schedules")
    page = visit.page
    await page.click("[data-testid='schedules.new']")
    await page.select_option("[data-testid='ask.process']", "receiving_inspection")
    await page.click("[data-testid='ask.send']")
    await page.fill("[data-testid='ask.key']", "monthly_delivery")
    await page.fill("[data-testid='ask.title_zh']", "每月来货")
    await page.fill("[data-testid='ask.title_en']", "Monthly delivery")
    await page.fill("[data-testid='ask.reason']", "常年订单")
    await page.click("[data-testid='ask.send']")
    await expect(page.locator("[data-testid='ask.problem']")).to_contain_text("请填写")
    await expect(page.locator("[data-testid='ask.reason']")).to_have_value("常年订单")
    stored = await office.db.reading(rows.schedule, "monthly_delivery")
    assert stored is None, "what the start form does not take is not made"
    note = await _arrival(office)
    for name, value in {**START, **note}.items():
        box = page.locator(f"[data-testid='ask.start.{name}']")
        if await box.evaluate("e => e.tagName") == "SELECT":
            await box.select_option(value)
        else:
            await box.fill(value)
    await page.click("[data-testid='ask.send']")
    detail = page.locator("[data-testid='schedule.detail']")
    await expect(detail).to_contain_text("每月1日 08:00")
    assert await visit.findings() == []
    await page.click("[data-testid='schedules.pause']")
    await page.fill("[data-testid='ask.reason']", "装修")
    await page.click("[data-testid='ask.send']")
    await expect(detail).to_contain_text("已暂停")
    await page.click("[data-testid='schedules.resume']")
    await page.fill("[data-testid='ask.reason']", "完工")
    await page.click("[data-testid='ask.send']")
    await expect(detail).to_contain_text("运行中")
    phone = await desk.sign_in("receiver", "/schedules?show=monthly_delivery", lang="en", width=390)
    await expect(phone.page.locator("[data-testid='schedule.detail']")).to_contain_text("day 1 of every month")
    await expect(phone.page.locator("[data-testid='schedules.pause']")).to_have_attribute("aria-disabled", "true")
    assert await phone.page.evaluate(WIDER) <= 0
    assert await phone.findings() == []
    assert (visit.errors, visit.foreign, phone.errors) == ([], [], [])


async def _arrival(office: Office) -> dict[str, str]:
    """What the start form asks for besides: when it came and by what."""
    arrived = datetime.now(UTC) - timedelta(minutes=30)
    note = Attachment(
        sha256="ab" * 32, name="note.png", size=9, media_type="image/png", stored_at=office.now(), stored_by="owner"
    )
    await office.db.writing(keep, note)
    return {
        "arrival_time": arrived.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "transport_mode": "ordinary",
        "vehicle_plate_no": "浙A·8K217",
        "delivery_note_file": json.dumps({"sha256": note.sha256}),
    }


async def test_a_day_is_set_by_a_head_with_the_keyboard_and_shown_to_everybody(desk: Desk) -> None:
    visit = await desk.sign_in("director", "/admin?tab=calendar&year=2028")
    page = visit.page
    assert await visit.findings() == [] and await page.evaluate(WIDER) <= 0
    day = page.locator("button[data-day='2028-03-15']")
    await expect(day).to_have_attribute("aria-label", "2028-03-15 星期三 · 09:00-17:30")
    await day.focus()
    await page.keyboard.press("Enter")
    await page.fill("[data-testid='ask.reason']", "公司周年")
    await page.click("[data-testid='ask.send']")
    await expect(page.locator("[data-testid='own.2028-03-15']")).to_contain_text("公司周年")
    await expect(day).to_have_attribute("aria-label", "2028-03-15 星期三 · 不上班 · 企业另行设定 · 公司周年")
    await day.click()
    await page.select_option("[data-testid='ask.what']", "hours")
    await page.fill("[data-testid='ask.hours']", "17:00-9:00")
    await page.fill("[data-testid='ask.reason']", "写反了")
    await page.click("[data-testid='ask.send']")
    await expect(page.locator("[data-testid='ask.problem']")).to_contain_text("09:00-12:00")
    await page.fill("[data-testid='ask.hours']", "9:00-12:00，13:00–15:00")
    await page.click("[data-testid='ask.send']")
    await expect(page.locator("[data-testid='own.2028-03-15']")).to_contain_text("09:00-12:00, 13:00-15:00")
    phone = await desk.sign_in("qa", "/admin?tab=calendar&year=2028&site=hangzhou", lang="en", width=390)
    told = phone.page.locator("span[aria-label^='2028-03-15']")
    await expect(told).to_have_attribute(
        "aria-label", "2028-03-15 Wednesday · 09:00-12:00, 13:00-15:00 · set by the company · 写反了"
    )
    assert await phone.findings() == [] and await phone.page.evaluate(WIDER) <= 0
    await day.click()
    await page.select_option("[data-testid='ask.what']", "clear")
    await page.fill("[data-testid='ask.reason']", "不放了")
    await page.click("[data-testid='ask.send']")
    await expect(page.locator("[data-testid='own.2028-03-15']")).to_have_count(0)
    assert (visit.errors, visit.foreign, phone.errors) == ([], [], [])
