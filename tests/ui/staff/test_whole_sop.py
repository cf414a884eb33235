"""The whole receiving SOP by keyboard alone: register, receive with the deliverer's note, inspect, put away."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

TITLE = "[data-testid='task.title']"
WHERE = "document.activeElement.dataset.testid || ''"


class Keys:
    """Hands that never leave the keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.on("filechooser", lambda _: None)  # from now on the driver holds every chooser back, however soon it opens

    async def to(self, wanted: str, most: int = 80) -> None:
        """Tab until the control with that mark has the focus."""
        for _ in range(most):
            if await self.page.evaluate(WHERE) == wanted:
                return
            await self.page.keyboard.press("Tab")
        here = await self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        pytest.fail(f"{wanted} cannot be reached with Tab; stopped at {here}")

    async def type(self, wanted: str, text: str) -> None:
        """Go to a box and type."""
        await self.to(wanted)
        await self.page.keyboard.type(text)

    async def press(self, wanted: str, key: str = "Enter") -> None:
        """Go to a control and press a key on it."""
        await self.to(wanted)
        await self.page.keyboard.press(key)

    async def file(self, wanted: str, path: Path) -> None:
        """Choose a file with the keyboard."""
        await self.to(wanted)
        async with self.page.expect_file_chooser() as chooser:
            await self.page.keyboard.press("Enter")
        await (await chooser.value).set_files(path)
        await self.page.wait_for_selector(f"text={path.name}")

    async def conclude(self, password: str | None) -> None:
        """The primary button, and the password where the step asks for it."""
        await self.page.wait_for_selector("[data-testid=say]:not(.bad)")
        await self.page.keyboard.press("Control+Enter")
        await self.page.wait_for_selector("[data-testid='sign.submit']")
        if password is not None:
            await self.page.wait_for_function("document.activeElement.name === 'password'")
            await self.page.keyboard.type(password)
            await self.page.keyboard.press("Enter")
        else:
            await self.press("sign.submit")
        await self.page.wait_for_selector("[data-testid=sign]", state="detached")


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """A photographed delivery note."""
    path = tmp_path / "note.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return path


async def test_keyboard_alone_drives_a_delivery_from_dock_to_shelf(desk: Any, office: Any, note: Path) -> None:
    number = "KB-0001"
    page = await desk.sign_in("receiver", "/start/receiving_inspection", "[data-testid='start.begin']")
    await register(Keys(page), note, number)
    await page.wait_for_selector(TITLE)
    await receive(Keys(page), note)
    case = next(one["id"] for one in office.as_("qa").get("/cases", params={"q": number}).json()["items"])
    inspect = office.open_task("inspector", case, "inspect")
    await page.context.clear_cookies()
    page = await desk.sign_in("inspector", f"/tasks/{inspect}", TITLE)
    await check(Keys(page))
    put_away = office.open_task("keeper", case, "put_away")
    await page.context.clear_cookies()
    page = await desk.sign_in("keeper", f"/tasks/{put_away}", TITLE)
    keys = Keys(page)
    await keys.type("field/location_code", "HZ-A-01-01")
    await keys.conclude("demo" if office.task("keeper", put_away)["sign"]["reauth"] else None)
    looks = (office.as_("qa").get(f"/cases/{case}").json()["state"] for _ in range(100))
    assert "completed" in looks
    assert desk.foreign == []


async def register(keys: Keys, note: Path, number: str) -> None:
    """The start form."""
    await keys.type("field/supplier_code", "SUP-003")
    await keys.type("field/delivery_note_no", number)
    await keys.file("field/delivery_note_file", note)
    await keys.type("field/purchase_orders/0/purchase_order_no", "PO-2026-1104")
    await keys.to("field/transport_mode=vehicle")
    await keys.page.keyboard.press("4")
    await keys.type("field/vehicle_plate_no", "浙A8K217")
    await keys.type("field/arrival_time", f"{datetime.now() - timedelta(hours=1):%Y-%m-%d %H:%M}")
    await keys.page.wait_for_selector("[data-testid=say]:not(.bad)")
    await keys.page.keyboard.press("Control+Enter")


async def receive(keys: Keys, note: Path) -> None:
    """One line in the sheet, the deliverer by name with the photographed note, the receiver's signature."""
    today = datetime.now()
    await keys.press("add/lines")
    await keys.page.wait_for_selector("[data-testid='sheet.done']")
    for name, text in (
        ("purchase_order_no", "PO-2026-1104"),
        ("product_code", "P-1007"),
        ("lot_no", "KB2611"),
        ("production_date", f"{today - timedelta(days=30):%Y%m%d}"),
        ("expiry_date", f"{today + timedelta(days=600):%Y-%m-%d}"),
        ("received_quantity", "5"),
        ("quarantine_location", "HZ-Q-02"),
    ):
        await keys.type(f"field/lines/0/{name}", text)
    await keys.press("sheet.done")
    await keys.page.wait_for_selector("[data-testid='sheet.done']", state="detached")
    await keys.type("external.name", "送货员")
    await keys.press("external.note")
    await keys.file("external.note.file", note)
    await keys.page.wait_for_function("gspDesk.saved === gspDesk.seq")
    await keys.conclude(None)


async def check(keys: Keys) -> None:
    """Every check passes."""
    for name in ("appearance_check", "packaging_check", "label_check", "conformity_doc_check"):
        await keys.to(f"field/{name}=pass")
        await keys.page.keyboard.press("1")
    await keys.type("field/accepted_quantity", "5")
    await keys.conclude("demo")
