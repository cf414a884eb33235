"""The process owner's room in a real browser, on a real installation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import Page, TimeoutError, expect

from services import cases, people, tasks
from services.cases import Begin
from services.office import Office

if TYPE_CHECKING:
    from tests.ui.studio.conftest import Desk, Visit

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
expect.set_options(timeout=15_000)
SOP = "/studio/receiving_inspection"


async def type_in(page: Page, after: str, words: str) -> None:
    """Type a line after the line that says `after`."""
    await page.click(f".cm-line:has-text('{after}')")
    await page.keyboard.press("End")
    await page.keyboard.press("Enter")
    await page.keyboard.type(words)


async def new_sop(visit: Visit, key: str) -> Page:
    """Make a new SOP and stand in its text."""
    page = await visit.go("/studio", "[data-testid='studio.new']")
    await page.click("[data-testid='studio.new']")
    await page.fill("[data-testid='new.zh']", "供应商拜访")
    await page.fill("[data-testid='new.en']", "Supplier visit")
    await page.fill("[data-testid='new.key']", key)
    await page.click("[data-testid='new.create']")
    await page.wait_for_url(f"**/studio/{key}?**")
    await page.wait_for_function("window.did_handshake === true")
    await expect(page.locator(".cm-content")).to_contain_text(f"process: {key}")
    return page


async def submit(page: Page, reason: str) -> None:
    """Give the saved draft to signing."""
    await page.click("[data-testid='studio.submit']:not(.off)")
    await page.fill("[data-testid=reason]", reason)
    await page.click("[data-testid='reason.go']")
    await expect(page.locator(".studiohead")).to_contain_text("待签发")


async def sign(desk: Desk, who: str, role: str, address: str, password: str = "demo") -> Page:
    """Sign a submitted version in the browser."""
    visit = await desk.sign_in(who, address)
    await visit.page.click(f"[data-testid='sign.{role}']")
    await visit.page.fill("[data-testid='sign.password']", password)
    await visit.page.click("[data-testid='sign.submit']")
    return visit.page


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """What `look` finds, once it finds something."""
    async with asyncio.timeout(20):
        while not (found := await look()):
            await asyncio.sleep(0.05)
    return found


async def test_an_sop_typed_in_the_browser_runs_without_code_or_restart(desk: Desk, office: Office) -> None:
    page = await new_sop(await desk.sign_in("owner"), "supplier_visit")
    await type_in(page, "due: P1D", "outcomes: [{key: seen, zh: 已看, en: Seen}, {key: missed, zh: 没看, en: Missed}]")
    await expect(page.locator(".prob")).to_contain_text("missed")
    await page.keyboard.press("Enter")
    await page.keyboard.type("on: {missed: done}")
    await expect(page.locator(".probhead")).to_contain_text("17 行")
    await expect(page.locator(".probhead")).not_to_contain_text("个错误")
    await page.keyboard.press("Control+s")
    await expect(page.locator(".studiohead")).to_contain_text("已存第 2 次")
    await submit(page, "先试行")
    address = "/studio/supplier_visit?version=1.0.0&tab=signing"
    first = await sign(desk, "director", "quality_director", address)
    await expect(first.get_by_test_id("seat.quality_director")).to_contain_text("沈国华 已批准")
    await expect(first.get_by_test_id("seat.company_head")).to_contain_text("待企业负责人批准")
    second = await sign(desk, "head", "company_head", address)
    await expect(second.locator(".studiohead")).to_contain_text("生效")
    await _runs(office)


async def _runs(office: Office) -> None:
    """The receiver starts it and does its task; the case completes."""
    receiver = await people.actor_named(office, "receiver")
    assert receiver is not None
    site = receiver.sites[0]
    started: Any = await cases.start(office, receiver, Begin("supplier_visit", {"subject": "上海澄康"}, site=site))

    async def task() -> Any:
        found: Any = await cases.detail(office, receiver, started["id"])
        return next((item for item in found["tasks"] if item["state"] == "open"), None)

    opened = await until(task)
    assert opened["title"]["zh"] == "办理 上海澄康"
    seen = tasks.Completion({"subject": "上海澄康", "remark": "看过冷库"}, "seen")
    await tasks.complete(office, receiver, opened["id"], seen)

    async def completed() -> bool:
        return (await cases.detail(office, receiver, started["id"]))["state"] == "completed"

    assert await until(completed)


async def test_findings_stand_under_their_line_and_f8_leads_to_them(desk: Desk) -> None:
    page = await new_sop(await desk.sign_in("owner"), "findings_shown")
    await type_in(page, "due: P1D", "outcomez: 3")
    says = page.locator(".cm-line:has-text('outcomez') .cm-says")
    await expect(says).to_contain_text("outcomes")
    await expect(page.get_by_test_id("studio.submit")).to_have_attribute("aria-disabled", "true")
    await page.click("h1")
    await page.keyboard.press("F8")
    await expect(page.locator(".cm-editor.cm-focused .cm-activeLine")).to_contain_text("outcomez")
    await page.keyboard.press("Home")
    await page.keyboard.press("Shift+End")
    await page.keyboard.press("Delete")
    await expect(page.locator(".probhead")).to_contain_text("检查通过")
    await expect(says).to_have_count(0)


async def test_a_draft_saved_by_somebody_else_meanwhile_is_not_overwritten(desk: Desk) -> None:
    page = await new_sop(await desk.sign_in("owner"), "two_editors")
    other = (await desk.sign_in("owner", "/studio/two_editors?version=1.0.0&tab=yaml")).page
    for editor, words in ((page, "# mine"), (other, "# theirs")):
        await type_in(editor, "due: P1D", words)
        await expect(editor.locator(".studiohead")).to_contain_text("未保存")
    await page.keyboard.press("Control+s")
    await expect(page.locator(".studiohead")).to_contain_text("已存第 2 次")
    for _ in range(3):  # the news of the other's saving may redraw the button under the click
        await other.click("[data-testid='studio.save']")
        with suppress(TimeoutError):
            await other.get_by_test_id("refusal").wait_for(timeout=6_000)
            break
    await expect(other.get_by_test_id("refusal")).to_contain_text("草稿没有保存")
    await expect(other.locator(".cm-content")).to_contain_text("# theirs")


async def test_the_submitter_has_no_way_to_sign_and_a_wrong_password_signs_nothing(desk: Desk) -> None:
    visit = await desk.sign_in("owner")
    page = await new_sop(visit, "wrong_password")
    await submit(page, "试行")
    await expect(page.locator("[data-testid^='sign.']")).to_have_count(0)
    address = "/studio/wrong_password?version=1.0.0&tab=signing"
    signing = await sign(desk, "director", "quality_director", address, password="guessed")
    await expect(signing.get_by_test_id("sign.message")).not_to_be_empty()
    await visit.go(address)
    await expect(page.get_by_test_id("seat.quality_director")).to_contain_text("待质量负责人批准")


async def test_the_weight_of_a_change_is_computed_and_decides_the_number(desk: Desk) -> None:
    page = (await desk.sign_in("owner", f"{SOP}?from=1.0.0&tab=yaml")).page
    await expect(page.locator(".studiotabs")).to_contain_text("无差异")
    await page.click(".cm-line:has-text('external_signature: deliverer')")
    await page.keyboard.press("End")
    await page.keyboard.press("Shift+Home")
    await page.keyboard.press("Delete")
    await expect(page.locator(".studiotabs")).to_contain_text("主版本")
    await page.click("[data-testid='studio.renumber']")
    await expect(page.locator(".cm-content")).to_contain_text("version: 2.0.0")
    await page.click("[data-testid='tab.diff']")
    await expect(page.locator(".changelist")).to_contain_text("改变由谁办理")
    await expect(page.get_by_test_id("change").first).to_contain_text("deliverer")
    await expect(page.locator("[data-step=receive].c-changed")).to_be_visible()
    await page.click("[data-testid='diff.text']")
    await expect(page.locator(".textdiff .minus").first).to_contain_text("version: 1.0.0")


async def test_arrows_walk_along_the_routes_and_enter_opens_a_step(desk: Desk) -> None:
    page = (await desk.sign_in("owner", SOP)).page
    await page.focus("[data-step=start]")
    for key, step in (("ArrowDown", "expect"), ("ArrowRight", "receive"), ("ArrowDown", "post_pending")):
        await page.keyboard.press(key)
        await expect(page.locator(f".pcanvas [data-step={step}]")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".steppanel")).to_contain_text("stock.receive")
    await page.click("[data-testid='step.in_text']")
    await expect(page.locator(".cm-activeLine")).to_contain_text("post_pending")


async def test_running_cases_are_counted_and_stay_on_their_version(desk: Desk) -> None:
    page = (await desk.sign_in("head", f"{SOP}?tab=signing")).page
    row = page.get_by_test_id("running.1.0.0")
    await expect(row).to_contain_text("留在 1.0.0")
    assert int(await row.locator("td.n").inner_text()) > 0


async def test_a_reader_sees_no_way_to_write(desk: Desk) -> None:
    visit = await desk.sign_in("auditor")
    await expect(visit.page.get_by_test_id("studio.new")).to_have_count(0)
    page = await visit.go(f"{SOP}?tab=yaml", ".cm-content")
    await expect(page.get_by_test_id("studio.save")).to_have_count(0)
    await expect(page.locator(".cm-content")).to_have_attribute("contenteditable", "false")


async def test_a_thousand_lines_stay_usable(desk: Desk) -> None:
    page = await new_sop(await desk.sign_in("owner"), "very_long")
    await page.click(".cm-line:has-text('due: P1D')")
    await page.keyboard.press("Control+End")
    await page.keyboard.insert_text("\n".join(f"# note {number}" for number in range(1000)))
    await expect(page.locator(".probhead")).to_contain_text("1014 行", timeout=15000)
    assert await page.locator(".cm-line").count() < 300
    await page.keyboard.type("x")
    await expect(page.locator(".probhead")).to_contain_text("检查通过")


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 390)])
async def test_every_tab_is_accessible_stays_on_the_server_and_fits(desk: Desk, lang: str, width: int) -> None:
    visit = await desk.sign_in("owner", lang=lang, width=width)
    found: list[str] = []
    for path in ("/studio", *(f"{SOP}?tab={tab}" for tab in ("diagram", "yaml", "forms", "diff", "signing"))):
        page = await visit.go(path)
        await page.wait_for_selector(".studiohome, .studiobody > *")
        found += [f"{path} {finding}" for finding in await visit.findings()]
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{path} is {wide} px wider than the window"] if wide > 0 else []
    assert found == []
    assert (visit.errors, visit.foreign) == ([], [])
