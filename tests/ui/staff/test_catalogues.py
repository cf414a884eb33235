"""Stock, partners, products and the UDI database in the browser: each page draws, does its work, and is clean for axe-core."""

from __future__ import annotations

from playwright.async_api import expect

from tests.udid.files import SAMPLER, device, file_of
from tests.ui.staff.conftest import Office, Visit
from tests.ui.staff.test_pages import axe_findings
from tests.ui.staff.test_scanning import PATIENCE


async def test_the_stock_board_finds_a_lot_prints_its_label_and_leads_to_its_trace(desk: Visit) -> None:
    page = await desk.sign_in("keeper", "/stock", "[data-testid='stock.scan']")
    await page.fill("[data-testid='stock.scan']", "LH261020")
    await page.press("[data-testid='stock.scan']", "Enter")
    await expect(page.locator("[data-testid='token.q']")).to_be_visible(timeout=PATIENCE)
    await page.click("[data-testid='view.location']")
    rows = page.locator(".stocklist tbody tr")
    await expect(rows.locator("[data-testid^='label.HZ']").first).to_be_visible(timeout=PATIENCE)
    assert await axe_findings(page) == []
    paper = await rows.locator("[data-testid^='label.']").first.get_attribute("href")
    answer = await desk.context.request.get(f"{desk.office.address}{paper}")
    assert answer.ok and answer.headers["content-type"] == "application/pdf"
    await rows.locator("a[href^='/trace']").first.click()
    await expect(page.locator("[data-testid='trace.label']")).to_be_visible(timeout=PATIENCE)
    assert desk.errors == [] and desk.foreign == []


async def test_a_product_is_found_by_its_initials_and_a_partner_by_its_name(desk: Visit) -> None:
    page = await desk.sign_in("buyer", "/products", "[data-testid='product']")
    name = await page.locator("[data-testid='product']").first.inner_text()
    for path, mark, words, part in (
        ("/products", "product", name.strip(), "product.registration"),
        ("/partners", "partner", "SUP-003", "partner.papers"),
    ):
        await page.goto(desk.office.address + path)
        await page.fill("[data-testid='master.q']", words)
        await page.click("[data-testid='master.find']")
        await page.locator(f"[data-testid='{mark}']").first.click()
        await expect(page.locator(f"[data-testid='{part}']")).to_be_visible(timeout=PATIENCE)
        assert await axe_findings(page) == []
    assert desk.errors == [] and desk.foreign == []


async def test_a_file_of_the_udi_database_is_taken_in_and_its_device_found(desk: Visit) -> None:
    page = await desk.sign_in("qa", "/udid", "[data-testid='udid.lookup']")
    content = file_of(device())
    await page.set_input_files(
        "[data-testid='udid.file']", {"name": "d.xml", "mimeType": "text/xml", "buffer": content}
    )
    await page.click("[data-testid='udid.import']")
    await expect(page.locator("[data-testid='udid.opened']")).to_contain_text("d.xml", timeout=PATIENCE)
    di = SAMPLER["zxxsdycpbs"]
    await page.fill("input[name=di]", di)
    await page.click("[data-testid='udid.look']")
    await expect(page.locator(f"[data-testid='device.{di}']")).to_be_visible(timeout=PATIENCE)
    assert await axe_findings(page) == []
    assert desk.errors == [] and desk.foreign == []


async def test_the_menus_are_clean_while_they_are_open(desk: Visit, office: Office) -> None:
    task = office.at_put_away()
    page = await desk.sign_in("keeper", f"/tasks/{task}", "[data-testid='task.scan']")
    for opener in ("[data-testid='person']", "[data-testid='task.more']", "[data-testid='task.snooze']"):
        await page.click(opener)
        await page.wait_for_selector(".q-menu")
        assert await axe_findings(page) == [], opener
        await page.keyboard.press("Escape")
        await page.wait_for_selector(".q-menu", state="detached")
