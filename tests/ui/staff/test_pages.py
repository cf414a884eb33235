"""The pages of work as they look: both languages, desk and phone; nothing for axe-core, nothing from other servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.async_api import Page

from tests.api.small_sops import source_of

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
TITLE = "[data-testid='task.title']"


async def axe_findings(page: Page) -> list[str]:
    """What axe-core finds, one line a node."""
    await page.evaluate(AXE)
    result = json.loads(await page.evaluate("axe.run(document).then((r) => JSON.stringify(r.violations))"))
    return [f"{rule['id']}: {node['html'][:200]}" for rule in result for node in rule["nodes"]]


@pytest.fixture(scope="module")
def waiting(office: Any) -> dict[str, str]:
    """One task that waits for the inspector and one for the receiver."""
    case = office.delivery()["id"]
    return {"inspect": office.at_inspection()[1], "receive": office.open_task("receiver", case, "receive")}


async def test_inbox_is_clean_for_everybody(visit: Any, tmp_path: Path) -> None:
    page = await visit.sign_in("inspector", "/?tab=claimable", "[data-testid^='row.']")
    await looked_at(visit, page, tmp_path / "inbox.png")


@pytest.mark.parametrize(("who", "step"), [("inspector", "inspect"), ("receiver", "receive"), ("receiver", "inspect")])
async def test_task_is_clean_for_everybody(
    visit: Any, waiting: dict[str, str], who: str, step: str, tmp_path: Path
) -> None:
    page = await visit.sign_in(who, f"/tasks/{waiting[step]}", TITLE)
    await looked_at(visit, page, tmp_path / "task.png")


async def test_start_is_clean_for_everybody(visit: Any, tmp_path: Path) -> None:
    page = await visit.sign_in("receiver", "/start", "[data-testid='start.receiving_inspection']")
    await looked_at(visit, page, tmp_path / "start.png")
    await page.click("[data-testid='start.receiving_inspection']")
    await visit.drawn("[data-testid='start.begin']")
    await looked_at(visit, page, tmp_path / "form.png")


async def test_sheet_of_a_row_and_sign_dialog_are_clean(desk: Any, office: Any, waiting: dict[str, str]) -> None:
    page = await desk.sign_in("receiver", f"/tasks/{waiting['receive']}", TITLE)
    await page.click("[data-testid='add/lines']")
    await page.wait_for_selector("[data-testid='sheet.done']")
    assert await axe_findings(page) == []
    await page.click("[data-testid='sheet.done']")
    await page.wait_for_selector("[data-testid='sheet.done']", state="detached")
    await page.context.clear_cookies()
    page = await desk.sign_in("inspector", f"/tasks/{waiting['inspect']}", TITLE)
    await desk.fill_inspection()
    await page.click("[data-testid='outcome.pass']")
    await page.wait_for_selector("[data-testid='sign.password']")
    assert await axe_findings(page) == []


SIGN = {"signature": {"meaning": "approve", "password": "demo"}}


@pytest.fixture(scope="module")
def small(office: Any) -> dict[str, str]:
    """A case of each small SOP: one that waits for its sub-process, one with an open list, one that was returned."""
    for name in ("errand", "errands", "counting", "both_sides"):
        office.post("owner", "/definitions", source_of(name))
        place = f"/definitions/{name}/versions/1.0.0"
        office.post("owner", f"{place}:submit", {"reason": "test"})
        office.post("director", f"{place}:publish", {"role": "quality_director", **SIGN})
        office.post("head", f"{place}:publish", {"role": "company_head", **SIGN})
    cases = {name: begun(office, name) for name in ("errands", "counting", "both_sides")}
    look = office.open_task("inspector", cases["both_sides"], "look")
    office.post("admin", "/accounts/keeper:grant", {"role": "inspector", "site": "hangzhou"})
    office.post("inspector", f"/tasks/{look}:claim", {})
    office.post("inspector", f"/tasks/{look}:delegate", {"to": "keeper", "reason": "prepare"})
    for who in ("keeper", "inspector"):
        office.post(who, f"/tasks/{look}:complete", {"data": {}, "signature": {"meaning": "verified"}})
    posts = office.as_("admin").get("/accounts/keeper").json()["posts"]
    number = next(one["id"] for one in posts if one["role"] == "inspector")
    office.post("admin", f"/posts/{number}:revoke", {"reason": "only once"})
    shelf = office.open_task("keeper", cases["both_sides"], "shelve")
    office.post("keeper", f"/tasks/{shelf}:return", {"to": "look", "reason": "wrong box"})
    office.open_task("inspector", cases["both_sides"], "look")
    return cases


def begun(office: Any, name: str) -> str:
    """A case of a small SOP whose first task is done."""
    first, lines = {"errands": "plan", "counting": "unpack", "both_sides": "open_up"}[name], [{"no": "L1", "pieces": 3}]
    start = {"subject": name, **({"lines": lines} if name == "counting" else {})}
    case = office.post("receiver", "/cases", {"definition": name, "start": start})["id"]
    sign = {"signature": {"meaning": "submitted"}} if name == "both_sides" else {}
    office.post("receiver", f"/tasks/{office.open_task('receiver', case, first)}:complete", {"data": {}, **sign})
    return str(case)


async def test_a_case_is_clean_for_everybody(visit: Any, office: Any, small: dict[str, str], tmp_path: Path) -> None:
    page = await visit.sign_in("receiver", "/cases", "[data-testid='case']")
    for name, case in small.items():
        await page.goto(f"{office.address}/cases/{case}")
        await visit.drawn("[data-testid='case.now'] .because")
        await looked_at(visit, page, tmp_path / f"{name}.png")


async def test_a_case_says_why_it_waits_for_steps_that_are_no_tasks_and_links_its_relatives(
    desk: Any, office: Any, small: dict[str, str]
) -> None:
    page = await desk.sign_in("qa", f"/cases/{small['errands']}", "[data-testid='case.relatives'] a")
    assert "等待子流程 errand 的案例" in await page.inner_text("[data-testid='case.now']")
    await page.click("[data-testid='case.relatives'] a")
    await desk.drawn("[data-testid='case.relatives'] >> text=本案例由它发起")
    assert "您在该机构没有这个岗位" in await page.inner_text("[data-testid='case.now']")


async def test_what_was_returned_is_struck_through_and_both_names_stand_at_a_delegated_signature(
    desk: Any, small: dict[str, str]
) -> None:
    page = await desk.sign_in("qa", f"/cases/{small['both_sides']}", "[data-testid='case.superseded']")
    assert "退回而作废" in await page.inner_text("[data-testid='case.superseded']")
    assert "准备" in (told := await page.inner_text("[data-testid='case.prepared']")) and "签署" in told
    struck = page.locator("[data-testid='case.happened'] .struck")
    assert await struck.count() == 1 and "退回而作废" in await page.inner_text("[data-testid='case.happened']")


async def test_a_line_is_added_and_the_list_closed_by_keyboard(desk: Any, office: Any, small: dict[str, str]) -> None:
    page = await desk.sign_in("receiver", f"/cases/{small['counting']}", "[data-testid='list.add']")
    await page.focus("[data-testid='list.add']")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-testid='field/no']")
    assert await axe_findings(page) == []
    await page.fill("[data-testid='field/no']", "L1")
    await page.fill("[data-testid='field/pieces']", "2")
    await page.click("[data-testid='list.send']")
    await page.wait_for_function("document.querySelector(\"[data-testid='list.problem']\").innerText.includes('L1')")
    await page.fill("[data-testid='field/no']", "L2")
    await page.click("[data-testid='list.send']")
    await page.wait_for_function("document.querySelector(\"[data-testid='case.list']\").innerText.includes('L2')")
    await desk.drawn("[data-testid='list.close']")
    await page.click("[data-testid='list.close']")
    await page.wait_for_selector("[data-testid='confirm.yes']")
    await page.click("[data-testid='confirm.yes']")
    await page.wait_for_selector("[data-testid='list.close']", state="detached")
    assert office.as_("qa").get(f"/cases/{small['counting']}").json()["lists"] == []


async def test_a_case_is_cancelled_with_a_reason_after_its_effects_were_shown(desk: Any, office: Any) -> None:
    case, _ = office.at_inspection()
    page = await desk.sign_in("keeper", f"/cases/{case}", "[data-testid='case.now']")
    assert await page.locator("[data-testid='case.cancel']").count() == 0
    await page.context.clear_cookies()
    page = await desk.sign_in("receiver", f"/cases/{case}", "[data-testid='case.cancel']")
    await page.click("[data-testid='case.cancel']")
    await page.wait_for_selector("[data-testid='cancel.reverses']")
    assert "stock.receive" in await page.inner_text("[data-testid='cancel.reverses']")
    assert "收货" in await page.inner_text("[data-testid='cancel.signatures']")
    assert await axe_findings(page) == []
    await page.click("[data-testid='cancel.send']")
    await page.wait_for_function("document.querySelector(\"[data-testid='cancel.problem']\").innerText.length > 0")
    await page.fill("[data-testid='cancel.reason']", "送错地址")
    await page.click("[data-testid='cancel.send']")
    await page.wait_for_selector("[data-testid='case.cancel']", state="detached")
    for _ in range(100):
        if office.as_("qa").get(f"/cases/{case}").json()["state"] == "cancelled":
            break
    await page.goto(f"{office.address}/cases/{case}")
    await desk.drawn("[data-testid='case.superseded']")
    assert "撤销案例而作废" in await page.inner_text("[data-testid='case.tasks']")


async def looked_at(visit: Any, page: Page, picture: Path) -> None:
    """Draw it, ask axe, and see that nothing overflows and nothing came from elsewhere."""
    await page.screenshot(path=picture)
    assert await axe_findings(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visit.foreign == [] and visit.errors == []


async def test_a_completed_case_is_opened_again_from_its_page(desk: Any, office: Any, small: dict[str, str]) -> None:
    case = office.post("receiver", "/cases", {"definition": "errand", "start": {"subject": "a parcel"}})["id"]
    office.post("inspector", f"/tasks/{office.open_task('inspector', case, 'fetch')}:complete", {"data": {}})
    page = await desk.sign_in("receiver", f"/cases/{case}", "[data-testid='case.now']")
    assert await page.locator("[data-testid='case.reopen']").count() == 0
    await page.context.clear_cookies()
    page = await desk.sign_in("qa", f"/cases/{case}", "[data-testid='case.reopen']")
    await page.click("[data-testid='case.reopen']")
    await page.wait_for_selector("[data-testid='reopen.reverses']")
    assert "取件" in await page.inner_text("[role=alertdialog]")
    assert await axe_findings(page) == []
    await page.fill("[data-testid='reopen.reason']", "送错了人")
    await page.click("[data-testid='reopen.send']")
    await page.wait_for_selector("[data-testid='case.reopen']", state="detached")
    assert office.as_("qa").get(f"/cases/{case}").json()["state"] == "running"
    assert office.open_task("inspector", case, "fetch")
