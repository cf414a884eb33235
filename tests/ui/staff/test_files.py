"""Files of persons and trainings in the browser: what runs out, entering a record, and being kept from work beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ui.staff.test_pages import TITLE, looked_at

FILE = "[data-testid='staff.file']"


@pytest.mark.parametrize(
    ("who", "address", "there"),
    [
        ("hr", "/admin?tab=staff&user=keeper2", "[data-testid='need.post_training']"),
        ("trainer", "/admin?tab=trainings", "[data-testid^='training.']"),
    ],
    ids=["file", "trainings"],
)
async def test_files_and_trainings_are_clean_for_everybody(
    visit: Any, who: str, address: str, there: str, tmp_path: Path
) -> None:
    page = await visit.sign_in(who, address, there)
    await looked_at(visit, page, tmp_path / "file.png")


async def test_a_training_entered_in_the_browser_lets_the_keeper_work_again(desk: Any, office: Any) -> None:
    task = office.at_put_away()
    page = await desk.sign_in("keeper2", f"/tasks/{task}", TITLE)
    assert "到期" in await page.inner_text(".panemain")
    assert await page.locator("[data-testid='task.claim']").count() == 0
    await page.context.clear_cookies()
    page = await desk.sign_in("trainer", "/admin?tab=staff&user=keeper2", FILE)
    await page.click("[data-testid='staff.add.training']")
    await page.fill("[data-testid='ask.on_date']", office.today())
    await page.select_option("[data-testid='ask.result']", "passed")
    await page.click("[data-testid='ask.send']")
    await page.wait_for_selector("[data-testid='need.post_training'] .okc")
    await page.context.clear_cookies()
    page = await desk.sign_in("keeper2", f"/tasks/{task}", TITLE)
    await page.wait_for_selector("[data-testid='task.claim']")


async def test_hr_cannot_enter_a_training_and_the_button_says_why(desk: Any) -> None:
    page = await desk.sign_in("hr", "/admin?tab=staff&user=keeper", FILE)
    button = page.locator("[data-testid='staff.add.training']")
    assert await button.get_attribute("aria-disabled") == "true" and "培训管理员" in (
        await button.get_attribute("title") or ""
    )
