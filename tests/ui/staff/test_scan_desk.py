"""The scanning pages on a tablet: what fits counts, what does not is told, and a dead zone loses and invents nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from domain import document_codes
from domain.udi.building import raw
from services import udi
from services.scanned import TEST_CODE, TEST_PAIRS
from tests.ui.contexts import Contexts
from tests.ui.staff.conftest import Office, Visit, visiting
from tests.ui.staff.test_pages import axe_findings
from tests.ui.staff.test_scanning import PATIENCE, scan

BOX = "[data-testid='scan.box']"
WAITING = "[data-testid='scan.waiting']"


@pytest.fixture
async def tablet(office: Office, contexts: Contexts) -> AsyncIterator[Visit]:
    """A Chinese visit on a tablet."""
    async for opened in visiting(office, contexts, "zh", 1024, 768):
        yield opened


def receipt(office: Office) -> tuple[str, str, str]:
    """A delivery to be received: its task, a code that fits it, the key of the line."""
    task = office.open_task("receiver", office.delivery()["id"], "receive")
    job = office.as_("receiver").get(f"/tasks/{task}/scans").json()
    line = next(one for one in job["tiles"] if 1 in job["packs"].get(one["product"], {}).values())
    di = next(di for di, units in job["packs"][line["product"]].items() if units == 1)
    return task, raw((("01", di), ("17", "301231"), ("10", "TABLET1"))), line["key"]


def journal(office: Office, task: str) -> list[Any]:
    return office.as_("receiver").get(f"/tasks/{task}/scans").json()["recent"]


async def small_targets(page: Page) -> list[str]:
    return await page.evaluate(
        """[...document.querySelectorAll('.scandesk button, .scandesk a')].filter((e) => e.offsetParent)
        .map((e) => [e.textContent.trim(), e.getBoundingClientRect(), e.matches('.sdmain') ? 68 : 48])
        .filter(([, box, least]) => box.height < least || box.width < 48).map(([name]) => name)"""
    )


async def test_scans_of_a_dead_zone_wait_survive_a_reload_and_go_in_once_and_in_order(
    tablet: Visit, office: Office
) -> None:
    task, code, line = receipt(office)
    page = await tablet.sign_in("receiver", f"/scan/{task}", BOX)
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for said in (TEST_CODE, f"]d2{TEST_CODE}", f"(01){TEST_PAIRS[0][1]}(10)A-1(21)7", code):
        mine, servers = await page.evaluate("(code) => gspScanHere.read(code)", said), udi.parse(said)
        assert mine == {name: servers[name] for name in ("di", "lot", "serial")}, said
    count, pending = (
        page.locator(f"[data-testid='scan.count.{line}']"),
        page.locator(f"[data-testid='scan.pending.{line}']"),
    )
    await scan(page, BOX, code)
    await expect(count).to_have_text("1", timeout=PATIENCE)
    await scan(page, BOX, "(01)09521234543213(10)WRONG")
    await expect(page.locator("[data-testid='scan.panel']")).to_contain_text("单据上没有这个商品", timeout=PATIENCE)
    assert await small_targets(page) == [] and await axe_findings(page) == []
    await page.click("[data-testid='scan.go_on']")
    await expect(page.locator(BOX)).to_be_focused()
    assert await page.get_attribute(BOX, "inputmode") == "none"
    await page.click("[data-testid='scan.pad']")
    for digit in "12":
        await page.click(f"[data-testid='scan.digit.{digit}']")
    await page.click("[data-testid='scan.pad_done']")

    await tablet.context.set_offline(True)
    await scan(page, BOX, code)
    await scan(page, BOX, code)
    await expect(page.locator(WAITING)).to_have_attribute("data-count", "2")
    await expect(pending).to_contain_text("+24")
    await expect(count).to_have_text("1")
    await page.locator("[data-testid='scan.undo']").first.click()
    await expect(pending).to_contain_text("+12")
    await expect(page.locator("[data-testid='scan.finish']")).to_have_attribute("aria-disabled", "true")

    await page.reload()
    await expect(page.locator(WAITING)).to_have_attribute("data-count", "3", timeout=PATIENCE)
    await expect(count).to_have_text("1")
    await scan(page, BOX, code)
    await expect(page.locator(WAITING)).to_have_attribute("data-count", "4")
    assert [one["kind"] for one in journal(office, task)] == ["scan", "scan"]

    await tablet.context.set_offline(False)
    await expect(count).to_have_text("14", timeout=PATIENCE)
    await expect(page.locator(WAITING)).to_have_count(0)
    assert [(one["kind"], one["ok"]) for one in reversed(journal(office, task))] == [
        ("scan", True), ("scan", False), ("scan", True), ("scan", True), ("undo", True), ("scan", True),
    ]  # fmt: skip
    await page.click("[data-testid='scan.finish']")
    await page.wait_for_url(f"**/tasks/{task}")
    await expect(page.locator("[data-testid='task.title']")).to_be_visible(timeout=PATIENCE)
    assert tablet.foreign == []


async def test_a_task_that_somebody_finished_meanwhile_takes_no_scans_and_keeps_them(
    tablet: Visit, office: Office
) -> None:
    task = office.at_put_away()
    page = await tablet.sign_in("keeper", "/scan", "[data-testid='scan.job']")
    assert await axe_findings(page) == []
    await page.fill("[data-testid='scan.find']", document_codes.task_code(task).text)
    await page.press("[data-testid='scan.find']", "Enter")
    await page.wait_for_url(f"**/scan/{task}")
    await page.wait_for_selector(BOX)
    await scan(page, BOX, "HZ-A-01-02")
    await expect(page.locator(".sdsteps .done")).to_contain_text("HZ-A-01-02", timeout=PATIENCE)
    await tablet.context.set_offline(True)
    await scan(page, BOX, "HZ-A-01-03")
    await expect(page.locator(WAITING)).to_have_attribute("data-count", "1")
    body = {"data": {"location_code": "HZ-A-01-01"}, "signature": {"meaning": "performed"}}
    office.post("keeper", f"/tasks/{task}:complete", body)
    await tablet.context.set_offline(False)
    panel = page.locator("[data-testid='scan.panel']")
    await expect(panel).to_contain_text("keeper", timeout=PATIENCE)
    await expect(panel).to_contain_text("1 次扫码没有提交")
    async with page.expect_download() as saved:
        await panel.locator("[data-testid='scan.export']").click()
    assert (await saved.value).suggested_filename.endswith(".csv")
