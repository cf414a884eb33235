"""The tracing page on the demo company's goods: picture and table choose each other, every step has its person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.ui.audit.test_pages import _is_sound

if TYPE_CHECKING:
    from tests.ui.audit.conftest import House, Visit

pytestmark = pytest.mark.browser


def _stored(house: House) -> Any:
    """A lot that stands in stock."""
    return house.as_("qa").get("/stock/balances", params={"status": "QUALIFIED"}).json()["items"][0]


async def test_the_tracing_pages_are_accessible_and_stay_on_the_server(visit: Visit, house: House) -> None:
    lot = _stored(house)["lot_id"]
    await visit.sign_in("qa", "/trace", "[data-testid='trace.q']")
    for path, ready in (
        ("/trace", "[data-testid='trace.q']"),
        (f"/trace?lot={lot}", ".tgraph .tn"),
        (f"/trace?lot={lot}&direction=up", ".tgraph .tn"),
        ("/trace?lot=999999", "[data-testid='trace.q']"),
    ):
        await _is_sound(visit, path, ready)
    assert (visit.errors, visit.foreign) == ([], [])


async def test_a_number_leads_to_its_lot_where_picture_and_table_choose_each_other(desk: Visit, house: House) -> None:
    found = _stored(house)
    page = await desk.sign_in("qa", "/trace", "[data-testid='trace.q']")
    await page.fill("[data-testid='trace.q']", f"{found['product']} {found['lot']}")
    await page.press("[data-testid='trace.q']", "Enter")
    await expect(page.locator("[data-testid='trace.sum'] .tverdict.ok").first).to_be_visible()
    await expect(page.locator("[data-testid='trace.steps'] li").first).to_contain_text("责任人")
    store = page.locator(".tn.k-store").first
    await page.locator(".tn.root").focus()
    await page.keyboard.press("ArrowRight")
    await expect(store).to_be_focused()
    await page.keyboard.press("Enter")
    row = page.locator("tr[aria-selected=true]")
    await expect(row.first).to_contain_text(found["location"].partition("-")[0])
    await page.locator(".tn.root").click()
    await expect(store).to_have_attribute("aria-pressed", "false")
    await page.locator("tr.go").first.click()
    await expect(store).to_have_attribute("aria-pressed", "true")
