"""Comments, urging, putting off, copies and standing in, in the browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.ui.staff.test_pages import TITLE, looked_at

SAID = "[data-testid='said']"


async def test_a_task_with_comments_is_clean_for_everybody(visit: Any, office: Any, tmp_path: Path) -> None:
    case, task = office.at_inspection()
    office.post("receiver", f"/tasks/{task}:comment", {"text": "外箱有压痕，@inspector 请留意 " + "x" * 120})
    office.post("receiver", f"/tasks/{task}:urge", {})
    page = await visit.sign_in("inspector", f"/tasks/{task}", TITLE)
    await page.wait_for_selector(SAID)
    await looked_at(visit, page, tmp_path / "task.png")
    await page.locator("[data-testid='talk']").scroll_into_view_if_needed()
    await page.screenshot(path=tmp_path / "talk.png")
    await page.goto(f"{office.address}/cases/{case}")
    await visit.drawn(SAID)
    await looked_at(visit, page, tmp_path / "case.png")


async def test_what_is_said_at_a_task_stands_there_and_a_stranger_is_refused_in_words(desk: Any, office: Any) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await page.fill("[data-testid='talk.text']", "@nobody look")
    await page.click("[data-testid='talk.send']")
    await page.wait_for_function(
        "document.querySelector(\"[data-testid='talk.problem']\").innerText.includes('nobody')"
    )
    await page.fill("[data-testid='talk.text']", "已电话确认 <b>批号</b>")
    await page.click("[data-testid='talk.send']")
    await page.wait_for_selector(SAID)
    assert "已电话确认 <b>批号</b>" in await page.inner_text(SAID)
    assert await page.input_value("[data-testid='talk.text']") == ""


async def test_a_task_put_off_leaves_the_list_and_comes_back_by_its_filter(desk: Any, office: Any) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await page.click("[data-testid='task.snooze']")
    await page.click("[data-testid='snooze.morning']")
    await page.wait_for_function("document.querySelector(\"[data-testid='task.snooze']\").innerText.includes('推迟到')")
    await page.goto(f"{office.address}/?tab=claimable")
    await desk.drawn("[data-testid='filter.snoozed']")
    await page.click("[data-testid='tab.claimable']")
    assert await page.locator(f"[data-testid='row.{task}']").count() == 0
    await page.click("[data-testid='filter.snoozed']")
    await page.wait_for_selector(f"[data-testid='row.{task}']")


async def test_urging_twice_is_refused_with_the_minutes(desk: Any, office: Any) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("qa", f"/tasks/{task}", TITLE)
    await page.click("[data-testid='task.urge']")
    await page.wait_for_selector(SAID)
    await page.click("[data-testid='task.urge']")
    await page.wait_for_function("document.body.innerText.includes('刚刚催办过')")


async def test_copies_are_listed_and_read_by_opening_the_case(visit: Any, office: Any, tmp_path: Path) -> None:
    case = office.delivery()["id"]
    note, task = office.note(), office.open_task("receiver", case, "receive")
    from tests.ui.staff.conftest import line

    body = {
        "data": {"lines": [line()]}, "outcome": "refused", "signature": {"meaning": "received"},
        "external_signature": {"name": "送货员", "attachment_sha256": note["sha256"], "how": "note"},
    }  # fmt: skip
    office.post("receiver", f"/tasks/{task}:complete", body)
    page = await visit.sign_in("buyer", "/", "[data-testid='tab.cc']")
    await page.click("[data-testid='tab.cc']")
    await page.wait_for_selector("[data-testid^='copy.']")
    await looked_at(visit, page, tmp_path / "copies.png")
    await page.locator("[data-testid^='copy.']").first.click()
    await page.wait_for_url("**/cases/*")
    await page.wait_for_function("document.body.innerText.match(/已阅|read by/)")


async def test_standing_in_is_said_in_the_list_and_at_the_task(desk: Any, office: Any, tmp_path: Path) -> None:
    _, task = office.at_inspection()
    now = datetime.now(UTC)
    rule = office.post("inspector", "/deputies", {
        "deputy": "reviewer", "begins": (now - timedelta(hours=1)).isoformat(), "ends": (now + timedelta(days=1)).isoformat(),
    })  # fmt: skip
    page = await desk.sign_in("reviewer", f"/tasks/{task}", TITLE)
    assert "代 陈晓雯" in await page.inner_text(".chips")
    assert "陈晓雯 不在" in await page.inner_text(".panemain")
    await page.screenshot(path=tmp_path / "away.png")
    await page.goto(f"{office.address}/?tab=claimable")
    await desk.drawn("[data-testid='tab.claimable']")
    await page.click("[data-testid='tab.claimable']")
    await page.wait_for_function("document.querySelector('.rows').innerText.includes('代 陈晓雯')")
    await page.screenshot(path=tmp_path / "list.png")
    office.post("inspector", f"/deputies/{rule['id']}:end", {"reason": "back"})


async def test_a_deputy_is_set_and_ended_by_the_person(visit: Any, tmp_path: Path) -> None:
    page = await visit.sign_in("coldchain", "/away", "[data-testid='away']")
    await looked_at(visit, page, tmp_path / "away.png")
    await page.click("[data-testid='away.add']")
    await page.select_option("[data-testid='ask.deputy']", "reviewer")
    await page.fill("[data-testid='ask.ends']", (datetime.now() + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M"))
    await page.click("[data-testid='ask.send']")
    await page.wait_for_selector("[data-testid='away.end']")
    await looked_at(visit, page, tmp_path / "set.png")
    await page.click("[data-testid='away.end']")
    await page.click("[data-testid='ask.send']")
    await page.wait_for_selector("[data-testid='away.end']", state="detached")
