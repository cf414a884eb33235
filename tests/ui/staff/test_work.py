"""People at work in a browser: signing, drafts, refusals, the keyboard alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Page, expect

from tests.ui.staff.conftest import signed
from tests.ui.staff.test_pages import axe_findings

TITLE = "[data-testid='task.title']"


async def test_wrong_password_signs_nothing_and_the_right_one_completes(desk, office) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await desk.fill_inspection()
    await page.click("[data-testid='outcome.pass']")
    await page.fill("[data-testid='sign.password']", "not it")
    await page.keyboard.press("Enter")
    await page.wait_for_function(
        "document.querySelector('[data-testid=\"sign.message\"]').textContent.includes('密码不正确')"
    )
    assert office.task("inspector", task)["state"] == "open"
    await signed(page, "demo")
    done = office.task("inspector", task)
    assert (done["state"], done["outcome"], done["done_by"]) == ("done", "pass", "inspector")


async def test_draft_survives_the_loss_of_the_browser(desk, office) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await page.click("[data-testid='field/label_check=fail']")
    await page.fill("[data-testid='field/accepted_quantity']", "3")
    await page.wait_for_function("gspDesk.seq > 0 && gspDesk.saved === gspDesk.seq")
    await page.close()
    desk.page = page = await desk.context.new_page()
    await page.goto(f"{office.address}/tasks/{task}")
    await desk.drawn("[data-testid='draft.discard']")
    assert await page.input_value("[data-testid='field/accepted_quantity']") == "3"
    assert await page.get_attribute("[data-testid='field/label_check=fail']", "aria-pressed") == "true"
    await page.click("[data-testid='draft.discard']")
    await page.wait_for_selector("[data-testid='draft.discard']", state="detached")
    assert await page.input_value("[data-testid='field/accepted_quantity']") == ""


async def test_receiver_is_told_why_he_may_not_inspect(desk, office) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("receiver", f"/tasks/{task}", TITLE)
    panel = await page.wait_for_selector("[data-testid=refusal]")
    assert "验收人员" in await panel.inner_text()
    assert await page.get_attribute("[data-testid='outcome.pass']", "aria-disabled") == "true"


async def test_nothing_is_sent_while_required_fields_are_missing(desk, office) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await page.click("[data-testid='outcome.pass']")
    summary = await page.wait_for_selector("[data-testid='form.summary']:not(.hidden) li")
    assert "外观检查" in await summary.inner_text()
    assert await page.query_selector("[data-testid=sign]") is None
    await page.click("[data-testid='form.summary'] li:first-child button")
    await page.wait_for_function("document.activeElement.dataset.testid === 'field/appearance_check=pass'")


async def test_the_loser_of_a_race_is_told_who_won(desk, office) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await desk.fill_inspection()
    checks = dict.fromkeys(("appearance_check", "packaging_check", "label_check", "conformity_doc_check"), "pass")
    office.post(
        "inspector",
        f"/tasks/{task}:complete",
        {
            "data": {**checks, "accepted_quantity": 5, "rejected_quantity": 0},
            "outcome": "pass",
            "signature": {"meaning": "inspected", "password": "demo"},
        },
    )
    await page.click("[data-testid='outcome.pass']")
    await page.fill("[data-testid='sign.password']", "demo")
    await page.keyboard.press("Enter")
    panel = await page.wait_for_selector("[data-testid=refusal]")
    assert "inspector" in await panel.inner_text()


async def test_new_task_is_announced_and_not_put_under_the_cursor(desk, office) -> None:
    page = await desk.sign_in("inspector", "/?tab=claimable", "[data-testid^='row.']")
    before = await page.locator("[data-testid^='row.']").count()
    _, task = office.at_inspection()
    await page.wait_for_selector("[data-testid=fresh]")
    assert await page.locator("[data-testid^='row.']").count() == before
    await page.click("[data-testid=fresh]")
    await page.wait_for_selector(f"[data-testid='row.{task}']")


async def test_claim_and_release_by_keyboard(desk, office) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/?task={task}", TITLE)
    await page.keyboard.press("Escape")
    await page.keyboard.press("c")
    await page.wait_for_selector("[data-testid='task.release']")
    assert office.task("inspector", task)["assignee"] == "inspector"
    await page.focus("[data-testid='task.release']")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-testid='task.claim']")
    assert office.task("inspector", task)["assignee"] is None


async def test_two_lines_are_signed_with_one_password(desk, office) -> None:
    ids = [office.at_inspection()[1] for _ in range(2)]
    for task in ids:  # among one's own work they stand on the first page, however much waits for anybody
        office.post("inspector", f"/tasks/{task}:claim", {})
    page = await desk.sign_in("inspector", f"/?task={ids[0]}&tab=mine", TITLE)
    for task in ids:
        await page.click(f"[data-testid='row.{task}']")
        await page.wait_for_function(f"location.search === '?task={task}'")
        await page.wait_for_function("document.querySelector(\"[data-testid='field/accepted_quantity']\").value === ''")
        await desk.fill_inspection()
        await page.wait_for_function("gspDesk.saved === gspDesk.seq")
        await page.keyboard.press("Escape")
        await page.keyboard.press("x")
    await page.click("[data-testid='bulk.sign']")
    await page.wait_for_selector("[data-testid='sign.password']")
    assert await page.locator("[data-testid=sign] tbody tr").count() == 2
    await signed(page, "demo")
    assert [office.task("inspector", task)["outcome"] for task in ids] == ["pass", "pass"]


async def test_double_press_is_one_act(desk, office) -> None:
    case, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await desk.fill_inspection()
    await page.click("[data-testid='outcome.pass']")
    await page.fill("[data-testid='sign.password']", "demo")
    await page.evaluate("const b = document.querySelector(\"[data-testid='sign.submit']\"); b.click(); b.click()")
    await page.wait_for_selector("[data-testid=sign]", state="detached")
    records = office.as_("qa").get(f"/cases/{case}/history").json()
    acts = [one for one in records if one.get("signature") and "/inspect#" in one["path"]]
    assert len(acts) == 1


async def test_keyboard_alone_drives_the_inspection(desk, office) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/?task={task}", TITLE)
    await page.wait_for_function("document.activeElement.dataset.testid === 'field/udi'")
    for _ in range(40):
        await page.keyboard.press("Tab")
        here = await page.evaluate("document.activeElement.dataset.testid || ''")
        if here.endswith("_check=pass"):
            await page.keyboard.press("1")
            await page.wait_for_function("document.activeElement.getAttribute('aria-pressed') === 'true'")
        if here == "field/accepted_quantity":
            await page.keyboard.type("5")
            break
    await page.keyboard.press("Control+Enter")
    await page.wait_for_function("document.activeElement.name === 'password'")
    await page.keyboard.type("demo")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-testid=sign]", state="detached")
    assert office.task("inspector", task)["outcome"] == "pass"
    # The next task is in front of the person, its title focused, and the old one is not.
    await page.wait_for_function(f"document.activeElement.tagName === 'H1' && !location.search.includes('{task}')")
    await asyncio.sleep(0)
    assert desk.errors == [] and desk.foreign == []


async def fill_paper(page: Page, photo: Path, *, second: str, typed: str) -> None:
    """The card of a late entry: photograph, what stands on the paper, who saw it, and what that person types."""
    await page.set_input_files("[data-testid='late.photo.input']", photo)
    await page.wait_for_selector("text=paper.png")
    await page.click("[data-testid='late.fill']")
    await page.fill("[data-testid='ask.paper_no']", "P-0042")
    await page.fill("[data-testid='ask.when']", "2026-01-05T08:30")
    await page.fill("[data-testid='ask.reason']", "断网")
    await page.fill("[data-testid='ask.second']", second)
    await page.fill("[data-testid='ask.password']", typed)
    await page.click("[data-testid='ask.send']")


async def confirm_paper(page: Page) -> None:
    """The second person types the right password."""
    await page.fill("[data-testid='ask.password']", "demo")
    await page.click("[data-testid='ask.send']")
    await expect(page.get_by_test_id("late")).to_contain_text("P-0042")
    await expect(page.locator(".q-dialog, .q-menu")).to_have_count(0)  # keys belong to the page again


async def test_a_case_that_began_on_paper_is_started_late(desk, office, tmp_path) -> None:
    photo = tmp_path / "paper.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    page = await desk.sign_in("receiver", "/start/receiving_inspection", "[data-testid='start.begin']")
    await page.click("[data-testid='start.late']")
    typed = {"supplier_code": "SUP-003", "delivery_note_no": "LATE-1", "vehicle_plate_no": "浙A8K217"}
    for name, text in {**typed, "purchase_orders/0/purchase_order_no": "PO-2026-1104"}.items():
        await page.fill(f"[data-testid='field/{name}']", text)
    await page.click("[data-testid='field/transport_mode=ordinary']")
    await page.fill("[data-testid='field/arrival_time']", "2026-01-05 08:00")
    await page.set_input_files("[data-testid='field/delivery_note_file.input']", photo)
    await page.wait_for_selector("[data-testid=say]:not(.bad)")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("late.problem")).to_contain_text("补录信息")
    await fill_paper(page, photo, second="receiver", typed="demo")
    await expect(page.get_by_test_id("ask.problem")).to_contain_text("另一个人")
    await page.fill("[data-testid='ask.second']", "keeper")
    await confirm_paper(page)
    assert await axe_findings(page) == []
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector(TITLE)
    case = office.as_("qa").get("/cases", params={"q": "LATE-1"}).json()["items"][0]["id"]
    begun = office.as_("qa").get(f"/cases/{case}/history").json()[0]
    assert (begun["late_entry"]["paper_no"], begun["late_entry"]["second"]["id"]) == ("P-0042", "keeper")


async def test_a_paper_is_entered_late_with_its_photograph_and_a_second_person(desk, office, tmp_path) -> None:
    _, task = office.at_inspection()
    photo = tmp_path / "paper.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await desk.fill_inspection()
    await page.click("[data-testid='task.more']")
    await page.click("[data-testid='more.late']")
    await page.wait_for_selector("[data-testid=late]")
    await expect(page.locator(".q-menu")).to_have_count(0)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("late.problem")).to_contain_text("补录信息")
    await fill_paper(page, photo, second="keeper", typed="wrong")
    await expect(page.get_by_test_id("ask.problem")).to_contain_text("密码不正确")
    await confirm_paper(page)
    assert await axe_findings(page) == []
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("[data-testid='sign.submit']")
    await signed(page, "demo")
    done = office.task("inspector", task)
    assert done["state"] == "done" and done["more"]["late"]["paper_no"] == "P-0042"
    assert done["more"]["late"]["business_at"] == "2026-01-05T00:30:00.000Z"
