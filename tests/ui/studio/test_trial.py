"""The trial tab in a real browser: tests on the drawing, back-test with both routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.ui.studio.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
expect.set_options(timeout=15_000)
TRIAL = "/studio/receiving_inspection?tab=trial"


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 390)])
async def test_tests_colour_the_drawing_and_say_what_nothing_reaches(desk: Desk, lang: str, width: int) -> None:
    visit = await desk.sign_in("owner", TRIAL, lang=lang, width=width)
    page = visit.page
    await expect(page.locator(".tests > li")).to_have_count(24)
    await expect(page.locator(".cover")).to_contain_text("27 / 27")
    await expect(page.locator(".missed")).to_contain_text("reject_line → rule_refused")
    if width > 600:
        await expect(page.locator(".pn.s-done[data-step='inspect']")).to_be_visible()
        await page.click(".tests .chg:has-text('整单拒收')")
        await expect(page.locator(".pn.s-none[data-step='inspect']")).to_be_visible()
        await expect(page.locator(".pn.s-done[data-step='refuse']")).to_be_visible()
    assert await visit.findings() == []
    assert visit.errors == [] and visit.foreign == []


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 390)])
async def test_a_back_test_shows_groups_and_both_routes(desk: Desk, lang: str, width: int) -> None:
    visit = await desk.sign_in("owner", TRIAL, lang=lang, width=width)
    page = visit.page
    await page.click("[data-testid='trial.backtest']")
    await page.click("[data-testid='backtest.run']")
    await expect(page.get_by_test_id("group.same")).to_be_visible()
    assert await visit.findings() == []
    await page.click("[data-testid^='routes.']")
    await expect(page.locator(".btroutes tbody tr").first).to_contain_text("expect#1")
    await expect(page.locator(".btroutes .differs")).to_have_count(0)
    assert await visit.findings() == []
    await page.click("[data-testid='routes.back']")
    await expect(page.get_by_test_id("group.same")).to_be_visible()
    assert visit.errors == []


async def test_only_the_owner_runs_back_tests(desk: Desk) -> None:
    visit = await desk.sign_in("qa", TRIAL)
    await visit.page.click("[data-testid='trial.backtest']")
    await expect(visit.page.get_by_test_id("backtest.run")).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 390)])
async def test_the_owner_plays_every_role_on_a_clock_and_records_the_play(desk: Desk, lang: str, width: int) -> None:
    visit = await desk.sign_in("owner", "/studio/receiving_inspection?from=1.0.0&tab=trial", lang=lang, width=width)
    page = visit.page
    await page.click("[data-testid='trial.play']")
    await page.click("[data-testid='play.open']")
    await page.click("[data-testid='play.begin']")
    await expect(page.get_by_test_id("form.summary")).to_be_visible()  # the empty start form says what is missing
    await page.click("[data-testid='play.sample']")
    await page.click("[data-testid='play.begin']")
    await expect(page.get_by_test_id("play.task.receive")).to_be_visible()
    assert await visit.findings() == []
    before = await page.get_by_test_id("play.clock").inner_text()
    await page.click("[data-testid='play.next']")
    await expect(page.get_by_test_id("play.clock")).not_to_have_text(before)
    await expect(page.get_by_test_id("play.task.receive")).to_contain_text("已超期" if lang == "zh" else "late")
    await page.click("[data-testid='play.sample']")
    await page.click("[data-testid='play.do.accepted']")
    await expect(page.get_by_test_id("play.task.inspect")).to_have_count(2)
    await page.click("summary:has-text('记为测试')" if lang == "zh" else "summary:has-text('Record as a test')")
    await page.fill("[data-testid='record.en']", "played in a browser")
    await page.click("[data-testid='play.record']")
    await page.click("[data-testid='trial.tests']")
    await expect(page.locator(".tests > li")).to_have_count(25)
    await expect(page.locator(".tests > li").last.locator(".badc")).to_have_count(0)
    assert visit.errors == []


@pytest.mark.parametrize(("lang", "width"), [("zh", 1440), ("en", 390)])
async def test_a_forecast_tells_durations_load_and_the_bottleneck(desk: Desk, lang: str, width: int) -> None:
    visit = await desk.sign_in("owner", TRIAL, lang=lang, width=width)
    page = visit.page
    await page.click("[data-testid='trial.forecast']")
    await page.fill("[data-testid='wish.runs']", "0")
    await page.click("[data-testid='forecast.run']")
    await expect(page.locator(".trialpad .note.red")).to_be_visible()
    await page.fill("[data-testid='wish.per_day']", "30")
    await page.fill("[data-testid='wish.runs']", "2")
    await page.click("[data-testid='forecast.run']")
    await expect(page.get_by_test_id("forecast.result")).to_contain_text("2 次" if lang == "zh" else "2 runs")
    await expect(page.get_by_test_id("wish.per_day")).to_have_value("30")
    await expect(page.locator(".trialpad .note")).to_contain_text("瓶颈是" if lang == "zh" else "The bottleneck is")
    await expect(page.locator(".curve canvas, .curve svg").first).to_be_visible()
    assert await visit.findings() == []
    assert visit.errors == []
