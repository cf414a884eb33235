"""The tab of running cases in a real browser: verdicts, a plan, the proposal, the signature, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from services import cases, migration_work, people, publishing
from services.actor import Proof
from services.cases import Begin
from services.office import Office
from ui.studio.starter import starter

if TYPE_CHECKING:
    from tests.ui.studio.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PAGE = "/studio/visit_report?version=2.0.0&tab=running"


async def test_running_cases_are_looked_at_proposed_signed_and_changed(desk: Desk, office: Office) -> None:
    await _version(office, "1.0.0", "handle")
    receiver: Any = await people.actor_named(office, "receiver")
    for number in range(3):
        await cases.start(office, receiver, Begin("visit_report", {"subject": f"{number}"}))
    await _version(office, "2.0.0", "attend")
    for lang, width in (("zh", 1440), ("en", 390)):
        visit = await desk.sign_in("owner", lang=lang, width=width)
        page = await visit.go(PAGE, "[data-testid='running.impact']")
        await expect(page.locator("[data-testid^='impact.']")).to_have_count(3)
        assert await visit.findings() == []
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    visit = await desk.sign_in("owner")
    page = await visit.go(PAGE, "[data-testid='running.impact']")
    await expect(page.get_by_test_id("running.propose")).to_have_attribute("aria-disabled", "true")
    await page.select_option("[data-testid='move.handle']", "attend")
    await expect(page.get_by_test_id("running.propose")).not_to_have_attribute("aria-disabled", "true")
    await page.click("[data-testid='running.propose']")
    await page.fill("[data-testid='reason']", "改名")
    await page.click("[data-testid='reason.go']")
    await expect(page.get_by_test_id("running.runs")).to_contain_text("待签名")
    assert visit.errors == []
    visit = await desk.sign_in("director")
    page = await visit.go(PAGE, "[data-testid='run.sign']")
    await page.click("[data-testid='run.sign']")
    await page.fill(".dlg input[type=password]", "demo")
    await page.click("[data-testid='sign.submit']")
    await expect(page.get_by_test_id("run.sign")).to_have_count(0)
    await migration_work.turn(office)
    page = await visit.go(PAGE, "[data-testid='run.undo']")
    await expect(page.get_by_test_id("running.runs")).to_contain_text("已迁移 3")
    assert (await visit.findings(), visit.errors) == ([], [])


async def _version(office: Office, number: str, step: str) -> None:
    owner, director, head = [await people.actor_named(office, name) for name in ("owner", "director", "head")]
    assert owner and director and head
    source = starter("visit_report", "拜访", "Visit")
    forms = {name: source.forms[name] for name in source.forms}
    text = source.yaml.replace("version: 1.0.0", f"version: {number}").replace("id: handle", f"id: {step}")
    await publishing.save_draft(office, owner, publishing.Source(text, forms, {}, None))
    await publishing.submit(office, owner, "visit_report", number, "test")
    for actor, role in ((director, "quality_director"), (head, "company_head")):
        await publishing.publish(office, actor, "visit_report", number, Proof("approve", password="demo"), role)
