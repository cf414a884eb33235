"""The stock page in the browser: clean for everybody, and one tap stops a lot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ui.staff.test_pages import looked_at


async def test_stock_is_clean_for_everybody_and_one_tap_stops_a_lot(visit: Any, office: Any, tmp_path: Path) -> None:
    page = await visit.sign_in("keeper", "/stock", "[data-testid^='hold.']")
    await looked_at(visit, page, tmp_path / "stock.png")
    button = page.locator("button[data-testid^='hold.']:not([data-testid^='hold.more'])").first
    lot = str(await button.get_attribute("data-testid")).removeprefix("hold.")
    await button.click()
    await page.wait_for_selector(f"button[data-testid='hold.{lot}']", state="detached")
    held = office.as_("qa").get("/stock/holds", params={"lot": f"#{lot}"}).json()["items"]
    assert [(one["held_by"], one["state"]) for one in held] == [("keeper", "open")]
