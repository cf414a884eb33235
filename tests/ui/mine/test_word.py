"""Word goes out of a real installation: addresses in the browser, links that only lead to pages, nothing of a form in it."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.ui.staff.test_pages import looked_at

PICTURES = os.environ.get("GSPFLOW_TEST_PICTURES")


async def give_address(desk: Any, post_office: Any, who: str, address: str) -> None:
    """Enter an address and the code that came there, in the browser."""
    page = await desk.sign_in(who, "/me", "[data-testid='give.email']")
    await page.click("[data-testid='give.email']")
    await page.fill("[data-testid='ask.address']", address)
    await page.click("[data-testid='ask.send']")
    await page.wait_for_selector("[data-testid='code.email']")
    await page.click("[data-testid='code.email']")
    await page.fill("[data-testid='ask.code']", post_office.code())
    await page.click("[data-testid='ask.send']")
    await page.wait_for_selector("[data-testid='remove.email']")
    await page.context.clear_cookies()


async def test_a_message_leads_through_login_to_its_task_and_changes_nothing_by_itself(
    desk: Any, office: Any, post_office: Any, tmp_path: Path
) -> None:
    await give_address(desk, post_office, "inspector", "inspector@example.com")
    case, task = await asyncio.to_thread(office.at_inspection)
    key = office.as_("inspector").get(f"/cases/{case}").json()["business_key"]
    text = await asyncio.to_thread(post_office.wait_for, key)

    # Nothing of the form is in it but the business key.
    outside = text.replace(key, "")
    shown = office.task("inspector", task)
    for secret in ("UI0", "P-1007", "SUP-003", "王建国", *(str(v) for v in shown["chips"].values() if len(str(v)) > 3)):
        assert secret not in outside, secret
    assert "新任务" in text and "验收" in text

    # Mail programs and scanners fetch links: nobody is signed in, nothing happens.
    links = sorted(set(re.findall(r"http://\S+", text)))
    assert f"{office.address}/tasks/{task}" in links
    before = await asyncio.to_thread(snapshot, office, case)
    for address in links:
        for method in ("GET", "HEAD"):
            answer = httpx.request(method, address, follow_redirects=False)
            assert answer.status_code in (303, 405) and (
                method == "HEAD" or "/login?next=" in answer.headers["location"]
            )
    assert await asyncio.to_thread(snapshot, office, case) == before

    # A person gets there through the login page.
    await desk.page.goto(f"{office.address}/tasks/{task}")
    assert urlsplit(desk.page.url).path == "/login"
    await desk.page.fill("[name=username]", "inspector")
    await desk.page.fill("[name=password]", "demo")
    await desk.page.click("[data-testid='login.submit']")
    await desk.drawn("[data-testid='task.title']")
    assert urlsplit(desk.page.url).path == f"/tasks/{task}"
    assert await asyncio.to_thread(snapshot, office, case) == before, "opening it signed in does nothing either"


def snapshot(office: Any, case: str) -> Any:
    """What a link could have changed."""
    inspector = office.as_("inspector")
    shown = inspector.get(f"/cases/{case}").json()
    return (
        shown["seq"], [(one["id"], one["state"], one["assignee"]) for one in shown["tasks"]],
        [(one["id"], one["read"]) for one in inspector.get("/notices").json()["items"]],
    )  # fmt: skip


async def test_what_a_person_chose_is_kept(desk: Any, office: Any, post_office: Any) -> None:
    await give_address(desk, post_office, "keeper", "keeper@example.com")
    page = await desk.sign_in("keeper", "/me", "[data-testid='tick.task.email']")
    await page.uncheck("[data-testid='tick.task.email']")
    await page.check("[data-testid='quiet']")
    await page.fill("[data-testid='quiet.from']", "21:30")
    await page.select_option("[data-testid='digest']", "daily")
    await page.click("[data-testid='choices.save']")
    await page.wait_for_selector(".toast")
    kept = office.as_("keeper").get("/me/notifications").json()
    chosen = {one["kind"]: one["channels"] for one in kept["kinds"]}
    assert "email" not in chosen["task"] and "email" in chosen["notice"]
    assert (kept["quiet"], kept["digest"]) == ({"from": "21:30", "to": "07:00"}, "daily")


async def test_the_language_switch_keeps_what_was_ticked(desk: Any, office: Any) -> None:
    page = await desk.sign_in("director", "/me", "[data-testid='choices']")
    await page.select_option("[data-testid='digest']", "hourly")
    await page.click("[data-testid='language.en']")
    await page.wait_for_selector("h1:has-text('My notifications')")
    await desk.drawn("[data-testid='digest']")
    assert await page.input_value("[data-testid='digest']") == "hourly"


async def test_a_wrong_code_is_said_in_the_dialog(desk: Any, post_office: Any) -> None:
    page = await desk.sign_in("hr", "/me", "[data-testid='give.email']")
    await page.click("[data-testid='give.email']")
    await page.fill("[data-testid='ask.address']", "nonsense")
    await page.click("[data-testid='ask.send']")
    await page.wait_for_selector("[data-testid='ask.problem']:has-text('地址写法不对')")
    await page.fill("[data-testid='ask.address']", "hr@example.com")
    await page.click("[data-testid='ask.send']")
    await page.wait_for_selector("[data-testid='code.email']")
    await page.click("[data-testid='code.email']")
    right = post_office.code()
    await page.fill("[data-testid='ask.code']", "000000" if right != "000000" else "111111")
    await page.click("[data-testid='ask.send']")
    await page.wait_for_selector("[data-testid='ask.problem']:has-text('4')")


async def test_my_notifications_are_clean_for_everybody(visit: Any, tmp_path: Path, request: Any) -> None:
    page = await visit.sign_in("qa", "/me", "[data-testid='choices']")
    await looked_at(visit, page, named(tmp_path, "me", request))
    await page.click("[data-testid='give.email']")
    await page.wait_for_selector("[data-testid='ask.send']")
    await looked_at(visit, page, named(tmp_path, "me-dialog", request))


def named(tmp_path: Path, name: str, request: Any) -> Path:
    """Where a picture goes: a folder to look at, when one is named."""
    return (Path(PICTURES) if PICTURES else tmp_path) / f"{name}-{request.node.callspec.id}.png"


async def test_the_menu_under_the_name_leads_there(desk: Any) -> None:
    page = await desk.sign_in("qa", "/", "[data-testid='person']")
    await page.click("[data-testid='person']")
    await page.click("[data-testid='me']")
    await desk.drawn("[data-testid='choices']")


# ------------------------------------------------------------------ the register


async def test_deliveries_are_clean_and_can_be_sent_again(
    visit: Any, office: Any, post_office: Any, tmp_path: Path, request: Any
) -> None:
    await asyncio.to_thread(an_address, office, post_office, "receiver")
    post_office.mails.refuse["receiver@example.com"] = "550 no such user"
    await asyncio.to_thread(office.delivery)
    await asyncio.to_thread(until_given_up, office)
    page = await visit.sign_in("admin", "/admin?tab=deliveries", "[data-testid^='retry.']")
    await looked_at(visit, page, named(tmp_path, "deliveries", request))
    post_office.mails.refuse.clear()
    await page.click("[data-testid='state.given_up']")
    await page.wait_for_url("**state=given_up")
    await visit.drawn("[data-testid^='retry.']")
    mark = await page.locator("[data-testid^='retry.']").first.get_attribute("data-testid")
    await page.click(f"[data-testid='{mark}']")
    await page.wait_for_selector(f"[data-testid='{mark}']", state="detached")
    left = office.as_("admin").get("/deliveries?state=given_up").json()["items"]
    assert mark not in {f"retry.{one['id']}" for one in left}


def an_address(office: Any, post_office: Any, who: str) -> None:
    """A verified address, over REST; the one there already is as good."""
    mine = office.as_(who)
    if mine.get("/me/notifications").json()["channels"][0]["address"]:
        return
    assert mine.put("/me/contacts/email", json={"address": f"{who}@example.com"}).status_code == 200
    assert mine.post("/me/contacts/email:confirm", json={"code": post_office.code()}).status_code == 200


def until_given_up(office: Any) -> None:
    """Wait for the refusal of the mail server to come back."""
    for _ in range(400):
        if office.as_("admin").get("/deliveries?state=given_up").json()["items"]:
            break
        time.sleep(0.1)
    probe = httpx.get(f"{office.address}/readyz").json()
    assert probe["given_up"] >= 1 and probe["ready"]
