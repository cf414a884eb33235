"""The page of registers on the demo company's records: choose, look, take; the documents of a case are printed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.ui.audit.test_pages import _is_sound

if TYPE_CHECKING:
    from tests.ui.audit.conftest import House, Visit

pytestmark = pytest.mark.browser


async def test_a_register_is_looked_at_and_taken(visit: Visit) -> None:
    address = "/registers?kind=acceptance&from=2020-01-01&to=2035-12-31"
    page = await visit.sign_in("qa", address, "[data-testid='registers.rows'] td")
    await _is_sound(visit, address, "[data-testid='registers.rows'] td")
    assert (visit.errors, visit.foreign) == ([], [])
    async with page.expect_download() as waited:
        await page.click("[data-testid='registers.xlsx']")
    assert (await waited.value).suggested_filename == "acceptance-20200101-20351231.xlsx"


async def test_a_document_of_a_case_is_printed_and_counted(desk: Visit, house: House) -> None:
    posted: Any = house.as_("qa").get("/stock/postings", params={"kind": "receive", "limit": 1}).json()["items"][0]
    page = await desk.sign_in("qa", f"/cases/{posted['case']}", "[data-testid='print.inbound_receipt.a4_wide']")
    async with page.expect_popup():
        await page.click("[data-testid='print.inbound_receipt.a4_wide']")
    told = house.as_("qa").get(f"/vouchers/{posted['voucher']}/documents").json()["items"][0]
    assert [(one["copy_no"], one["by"]) for one in told["prints"]] == [(1, "qa")]
    await page.reload()
    await expect(page.locator("[data-testid='print.inbound_receipt.a4_wide']")).to_contain_text("1")
