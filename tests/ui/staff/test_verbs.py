"""Handing on, asking, signing together, going back and getting out of an incident, in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.ui.staff.conftest import CHECKS, signed
from tests.ui.staff.test_pages import TITLE, looked_at

NAME = "receiving_with_verbs"
ALLOW = "allow: [transfer, delegate, add_signer, remove_signer, withdraw]"
CHANGES = (
    ("process: receiving_inspection", f"process: {NAME}"),
    ("    due: P1D\n    on: {fail: ruling", f"    due: P1D\n    {ALLOW}\n    on: {{fail: ruling"),
    (
        "    sign: {meaning: performed}\n",
        "    sign: {meaning: performed}\n    allow: [{return_to: [inspect, receive]}]\n",
    ),
)
SAMPLING = """
gspflow: 1
process: sampling
version: 1.0.0
title: {zh: 抽样, en: Sampling}
owner: quality_staff
start: {by: [receiver], form: forms/count.v1.json}
data: {schema: forms/sampled.v1.json}
steps:
- {id: count, task: receiver, form: forms/count.v1.json, title: {zh: 清点, en: Count}}
- id: tell_sales
  when: 100 / data.boxes > 10
  title: {zh: 把每箱份额告诉销售, en: Tell sales the share of a box}
  notify: [sales]
- {id: plan, title: {zh: 抽样方案已更新, en: The plan of sampling has changed}, notify: [purchaser], acknowledge: true}
- {id: done, end: completed, seal: true}
"""
BOXES = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "boxes": {"type": "integer", "title": "Boxes", "minimum": 0},
        "remark": {"type": "string", "title": "Remark"},
    },
}
LABELS = {"/boxes": {"label": {"zh": "箱数", "en": "Boxes"}}, "/remark": {"label": {"zh": "备注", "en": "Remark"}}}
COUNT = {"schema": BOXES, "ui": {"title": {"zh": "清点", "en": "Count"}, "fields": LABELS}}


@pytest.fixture(scope="module")
def verbs(office: Any) -> Any:
    """The shipped SOP under another name with verbs at inspection and put-away, and one that divides by what is typed."""
    shipped = office.as_("owner").get("/definitions/receiving_inspection/versions/1.0.0").json()
    text = shipped["yaml"]
    for old, new in CHANGES:
        assert old in text, old
        text = text.replace(old, new, 1)
    office.publish({"yaml": text, **{name: shipped[name] for name in ("forms", "tables", "cases")}}, NAME)
    forms = {"forms/count.v1.json": COUNT, "forms/sampled.v1.json": {"schema": BOXES}}
    office.publish({"yaml": SAMPLING, "forms": forms}, "sampling")
    return office


async def as_another(visit: Any, name: str, path: str, ready: str) -> Page:
    """The next person at the same browser."""
    await visit.page.context.clear_cookies()
    return await visit.sign_in(name, path, ready)


async def choose_verb(page: Page, verb: str) -> None:
    """A line of the menu; its dialog is there and the menu is gone."""
    await page.click("[data-testid='task.more']")
    await page.click(f"[data-testid='more.{verb}']")
    await page.wait_for_selector("[data-testid='verb']")
    await page.wait_for_selector("[role=menu]", state="detached")


async def sent(page: Page) -> None:
    """Send the dialog; it closes."""
    await page.click("[data-testid='verb.send']")
    await page.wait_for_selector("[data-testid='verb']", state="detached")


async def left(page: Page) -> None:
    """Leave the dialog; nothing of it remains."""
    await page.click("[data-testid='verb.cancel']")
    await page.wait_for_selector(".q-dialog", state="detached")


async def said(page: Page, place: str, words: str) -> None:
    """Wait until a place holds the words."""
    await page.wait_for_function(
        "([at, words]) => document.querySelector(at)?.innerText.includes(words)", arg=[place, words]
    )


def mine(office: Any, who: str, case: str) -> str:
    """The task that a person has in a case."""
    found = office.as_(who).get("/tasks", params={"scope": "mine", "limit": 100}).json()["items"]
    return next(one["id"] for one in found if one["case"] == case)


def at_incident(office: Any) -> tuple[str, str]:
    """A case that stands at an incident because nothing was counted: case id, the incident's task."""
    case = office.post("receiver", "/cases", {"definition": "sampling", "start": {"boxes": 1}})["id"]
    task = office.open_task("receiver", case, "count")
    office.post("receiver", f"/tasks/{task}:complete", {"data": {"boxes": 0}, "outcome": "done"})
    return case, office.open_task("qa", case, "tell_sales")


@pytest.fixture(scope="module")
def looks(verbs: Any) -> dict[str, str]:
    """What is only looked at: a task with an added signer and a question, the question, a shelf, an incident, a notice."""
    _, task = verbs.at_inspection(NAME)
    added = {"user": "inspector2", "position": "after", "reason": "批量大"}
    verbs.post("inspector", f"/tasks/{task}:add_signer", added)
    verbs.post("inspector", f"/tasks/{task}:ask", {"to": "buyer", "text": "订单数量是 5 还是 50？"})
    question = mine(verbs, "buyer", verbs.task("inspector", task)["case"])
    (_, incident), (case, skipped) = at_incident(verbs), at_incident(verbs)
    signature = {"meaning": "quality_rule", "password": "demo"}
    verbs.post("qa", f"/tasks/{skipped}:skip", {"deviation": "known", "outcome": "done", "signature": signature})
    notice = verbs.open_task("buyer", case, "plan")
    found = {"task": task, "question": question, "incident": incident, "notice": notice}
    return {**found, "shelf": verbs.at_put_away(NAME)}


async def test_menu_dialogs_and_marks_are_clean_for_everybody(
    visit: Any, looks: dict[str, str], tmp_path: Path
) -> None:
    page = await visit.sign_in("inspector", f"/tasks/{looks['task']}", TITLE)
    await page.wait_for_selector("[data-testid='asked']")
    await looked_at(visit, page, tmp_path / "task.png")
    for verb in ("transfer", "ask"):
        await choose_verb(page, verb)
        await page.wait_for_selector("[data-testid='people.inspector2']")
        await looked_at(visit, page, tmp_path / f"{verb}.png")
        await left(page)
    page = await as_another(visit, "keeper", f"/tasks/{looks['shelf']}", TITLE)
    await choose_verb(page, "return")
    await page.wait_for_selector("[data-testid='return.plan'] li")
    await looked_at(visit, page, tmp_path / "return.png")


async def test_incident_question_and_notice_are_clean_for_everybody(
    visit: Any, looks: dict[str, str], tmp_path: Path
) -> None:
    page = await visit.sign_in("qa", f"/tasks/{looks['incident']}", TITLE)
    await looked_at(visit, page, tmp_path / "incident.png")
    for verb in ("fix", "skip"):
        await page.click(f"[data-testid='task.{verb}']")
        await page.wait_for_selector("[data-testid='verb']")
        await looked_at(visit, page, tmp_path / f"{verb}.png")
        await left(page)
    page = await as_another(visit, "buyer", f"/tasks/{looks['notice']}", TITLE)
    await looked_at(visit, page, tmp_path / "notice.png")
    await page.goto(f"{visit.office.address}/tasks/{looks['question']}")
    await visit.drawn("[data-testid='verb.text']")
    await looked_at(visit, page, tmp_path / "question.png")


async def test_a_task_is_transferred_by_the_keyboard_alone(desk: Any, verbs: Any) -> None:
    _, task = verbs.at_inspection(NAME)
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await page.focus("[data-testid='task.more']")
    await page.keyboard.press("Enter")
    await page.wait_for_function("document.activeElement.dataset.testid === 'more.transfer'")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await page.wait_for_function("document.activeElement.dataset.testid === 'people.search'")
    await page.keyboard.type("qianshou")
    await page.wait_for_function("document.querySelectorAll('.people .option').length === 1")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Space")
    await said(page, "[data-testid='people.chosen']", "钱守中")
    await page.keyboard.press("Tab")
    await page.keyboard.type("我在外地")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-testid='verb']", state="detached")
    handed = verbs.task("inspector2", task)
    assert handed["assignee"] == "inspector2" and "complete" in handed["allow"]


async def test_who_cannot_be_chosen_is_grey_with_the_reason_and_a_missing_reason_keeps_what_is_typed(
    desk: Any, verbs: Any, tmp_path: Path
) -> None:
    _, task = verbs.at_inspection(NAME)
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await choose_verb(page, "delegate")
    keeper = page.locator(".people .option", has=page.locator("[data-testid='people.keeper']"))
    assert "没有此处需要的岗位" in await keeper.inner_text()
    assert await page.is_disabled("[data-testid='people.keeper']")
    await page.check("[data-testid='people.inspector2']")
    await page.click("[data-testid='verb.send']")
    await said(page, "[data-testid='verb.problem']", "请写明原因")
    assert await page.is_checked("[data-testid='people.inspector2']")
    await page.fill("[data-testid='verb.reason']", "请先核对数量")
    await sent(page)
    page = await as_another(desk, "inspector2", f"/tasks/{task}", TITLE)
    assert "委派自 陈晓雯" in await page.inner_text("[data-testid='delegated']")
    values = {**dict.fromkeys(CHECKS, "pass"), "accepted_quantity": 5, "rejected_quantity": 0}
    signature = {"meaning": "inspected", "password": "demo"}
    verbs.post("inspector2", f"/tasks/{task}:complete", {"data": values, "outcome": "pass", "signature": signature})
    page = await as_another(desk, "inspector", f"/tasks/{task}", "[data-testid='prepared']")
    assert "钱守中" in await page.inner_text("[data-testid='prepared']")
    assert await page.input_value("[data-testid='field/accepted_quantity']") == "5"
    await page.screenshot(path=tmp_path / "prepared.png")


async def test_an_added_signer_signs_first_and_both_names_are_shown(desk: Any, verbs: Any) -> None:
    case, task = verbs.at_inspection(NAME)
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await choose_verb(page, "add_signer")
    await page.check("[data-testid='people.inspector2']")
    await page.check("[data-testid='verb.position=before']")
    await sent(page)
    await said(page, ".panemain", "须先由钱守中签署")
    await said(page, "[data-testid='signers']", "由您加签")
    theirs = mine(verbs, "inspector2", case)
    page = await as_another(desk, "inspector2", f"/tasks/{theirs}", TITLE)
    assert "由陈晓雯加签" in await page.inner_text("[data-testid='added']")
    await desk.fill_inspection()
    await page.click("[data-testid='outcome.pass']")
    await signed(page, "demo")
    assert "complete" in verbs.task("inspector", task)["allow"]


async def test_a_task_waits_for_the_answer_and_shows_it(desk: Any, verbs: Any) -> None:
    case, task = verbs.at_inspection(NAME)
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await choose_verb(page, "ask")
    await page.check("[data-testid='people.buyer']")
    await page.fill("[data-testid='verb.text']", "订单数量是 5 还是 50？")
    await page.check("[data-testid='verb.suspend']")
    await sent(page)
    await said(page, ".panemain", "已询问周文博")
    assert await page.get_attribute("[data-testid='outcome.pass']", "aria-disabled") == "true"
    question = mine(verbs, "buyer", case)
    page = await as_another(desk, "buyer", f"/tasks/{question}", "[data-testid='question']")
    assert "陈晓雯" in await page.inner_text("[data-testid='question']")
    await page.click("[data-testid='task.answer']")
    await said(page, "[data-testid='answer.problem']", "请写下答复")
    await page.fill("[data-testid='verb.text']", "是 5")
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url(lambda url: question not in url)
    page = await as_another(desk, "inspector", f"/tasks/{task}", TITLE)
    await said(page, "[data-testid='asked']", "是 5")
    assert await page.get_attribute("[data-testid='outcome.pass']", "aria-disabled") is None


async def test_a_return_says_what_will_happen_before_it_does(desk: Any, verbs: Any) -> None:
    shelf = verbs.at_put_away(NAME)
    case = verbs.task("keeper", shelf)["case"]
    page = await desk.sign_in("keeper", f"/tasks/{shelf}", TITLE)
    await choose_verb(page, "return")
    await page.check("[data-testid='verb.to=inspect']")
    await said(page, "[data-testid='return.plan']", "放行")
    plan = await page.inner_text("[data-testid='return.plan']")
    assert "冲销 · 1" in plan and "1 个签名" in plan and "会通知：陈晓雯" in plan
    await page.check("[data-testid='verb.to=receive']")
    await said(page, "[data-testid='return.plan']", "冲销 · 2")
    await page.check("[data-testid='verb.to=inspect']")
    await said(page, "[data-testid='return.plan']", "冲销 · 1")
    assert verbs.task("keeper", shelf)["state"] == "open"
    await page.fill("[data-testid='verb.reason']", "两盒受潮")
    await sent(page)
    assert verbs.open_task("inspector", case, "inspect")
    assert verbs.task("keeper", shelf)["state"] == "cancelled"


async def test_what_one_has_just_done_is_withdrawn_from_its_page(desk: Any, verbs: Any) -> None:
    case, task = verbs.at_inspection(NAME)
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await desk.fill_inspection()
    await page.click("[data-testid='outcome.pass']")
    await signed(page, "demo")
    await page.goto(f"{verbs.address}/tasks/{task}")
    await desk.drawn("[data-testid='task.withdraw']")
    await page.click("[data-testid='task.withdraw']")
    await page.fill("[data-testid='verb.reason']", "数量数错了")
    await page.click("[data-testid='verb.send']")
    again = verbs.open_task("inspector", case, "inspect")
    assert again != task
    await page.wait_for_url(f"**/tasks/{again}")
    assert verbs.task("inspector", task)["state"] == "superseded"


async def test_an_incident_is_fixed_or_skipped_under_a_signature(desk: Any, verbs: Any) -> None:
    case, task = at_incident(verbs)
    page = await desk.sign_in("qa", f"/tasks/{task}", TITLE)
    await page.click("[data-testid='task.fix']")
    await page.click("[data-testid='verb.send']")
    await said(page, "[data-testid='verb.problem']", "还没有更改任何字段")
    await page.fill("[data-testid='field/boxes']", "5")
    await page.keyboard.press("Tab")
    await page.click("[data-testid='verb.send']")
    await page.fill("[name=reason]", "漏数了")
    await page.fill("[data-testid='sign.password']", "not it")
    await page.click("[data-testid='sign.submit']")
    await said(page, "[data-testid='sign.message']", "密码不正确")
    await page.fill("[data-testid='sign.password']", "demo")
    await page.click("[data-testid='sign.submit']")
    await page.wait_for_selector("[data-testid='sign']", state="detached")
    assert verbs.as_("qa").get(f"/cases/{case}").json()["data"]["boxes"] == 5
    notice = verbs.open_task("buyer", case, "plan")

    other, task = at_incident(verbs)
    await page.goto(f"{verbs.address}/tasks/{task}")
    await desk.drawn("[data-testid='task.skip']")
    await page.click("[data-testid='task.skip']")
    await page.fill("[data-testid='verb.deviation']", "没有箱子，销售已知")
    await page.click("[data-testid='verb.send']")
    await page.fill("[data-testid='sign.password']", "demo")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-testid='sign']", state="detached")
    assert verbs.open_task("buyer", other, "plan")

    page = await as_another(desk, "buyer", f"/tasks/{notice}", "[data-testid='task.acknowledge']")
    await page.click("[data-testid='task.acknowledge']")
    await page.wait_for_url(lambda url: notice not in url)
    assert verbs.as_("qa").get(f"/cases/{case}").json()["state"] == "completed"


async def test_several_tasks_go_to_one_person_and_what_stays_says_why(desk: Any, verbs: Any, tmp_path: Path) -> None:
    (_, one), (_, two), (_, fixed) = verbs.at_inspection(NAME), verbs.at_inspection(NAME), verbs.at_inspection()
    page = await desk.sign_in("inspector", f"/?task={one}&tab=claimable", TITLE)
    for task in (one, two, fixed):
        await page.hover(f"[data-testid='row.{task}']")
        await page.locator(".trow", has=page.locator(f"[data-testid='row.{task}']")).locator(".tick").click()
    await page.screenshot(path=tmp_path / "chosen.png")
    await page.click("[data-testid='bulk.transfer']")
    await page.check("[data-testid='people.inspector2']")
    await page.fill("[data-testid='verb.reason']", "休假")
    await page.click("[data-testid='verb.send']")
    await said(page, "[data-testid='verb.problem']", "已转办 2 项，1 项没有转成")
    assert "不允许" in await page.inner_text(f"[data-testid='several.{fixed}']")
    await page.screenshot(path=tmp_path / "several.png")
    await page.click("[data-testid='verb.cancel']")
    await page.wait_for_selector(f"[data-testid='row.{one}']", state="detached")
    assert [verbs.task("inspector2", task)["assignee"] for task in (one, two, fixed)] == ["inspector2"] * 2 + [None]
