"""Scanning in the browser: into a form, with the camera, off a photo, into the search; and the page that tests scanners."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from domain import document_codes
from services.barcodes import draw
from services.scanned import TEST_CODE, TEST_PAIRS
from tests.ui.contexts import Contexts
from tests.ui.staff.conftest import Office, Visit, visiting
from tests.ui.staff.test_pages import axe_findings

TITLE = "[data-testid='task.title']"
FIELD = "[data-testid='field/udi']"
# Keys come as they do from a scanner, whatever the machine that runs the tests has to do beside.
PATIENCE = 30_000
"""Milliseconds; the first picture waits for the reader to be compiled."""
STEADY = "gspScan.clock = (() => { let now = 0; return () => (now += 5); })()"


async def scan(page: Page, box: str, text: str) -> None:
    """Type as a scanner does: the separator as Ctrl+], Enter at the end."""
    await page.evaluate(STEADY)
    await page.focus(box)
    for number, piece in enumerate(text.split("\x1d")):
        if number:
            await page.keyboard.press("Control+]")
        await page.keyboard.type(piece)
    await page.keyboard.press("Enter")


async def scan_through_an_input_method(page: Page) -> None:
    """What Chromium sends while an input method is on: keys without names, and the method's own text in the box."""
    await page.evaluate(STEADY)
    await page.focus(FIELD)
    await page.evaluate(
        """(field) => { const box = document.querySelector(field);
        const all = {key: 'Process', keyCode: 229, isComposing: true, bubbles: true, cancelable: true};
        const press = (code, shiftKey) => box.dispatchEvent(new KeyboardEvent('keydown', {...all, code, shiftKey}));
        box.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}));
        for (const one of '010952123454321310') press('Digit' + one);
        for (const one of 'CD') press('Key' + one, true);
        box.value = '哎吧'; box.dispatchEvent(new InputEvent('input', {bubbles: true}));
        press('Enter');
        box.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true})); }""",
        FIELD,
    )


async def test_scan_into_a_form_shows_its_parts_or_what_is_wrong_with_its_place(desk: Visit, office: Office) -> None:
    _, task = office.at_inspection()
    page = await desk.sign_in("inspector", f"/tasks/{task}", TITLE)
    await scan(page, FIELD, f"]d2{TEST_CODE}")
    await expect(page.locator(".parts")).to_contain_text("Qw:01(A)", timeout=PATIENCE)
    await expect(page.locator(".parts")).to_contain_text("2030-12-31", timeout=PATIENCE)
    await page.fill(FIELD, "")
    await page.focus(FIELD)
    await page.keyboard.insert_text("（０１）０９５２１２３４５４３２１３（１０）ＡＢ")
    await page.keyboard.press("Enter")
    await expect(page.locator(".told")).to_contain_text("全角", timeout=PATIENCE)
    await expect(page.locator(".parts")).to_contain_text("AB", timeout=PATIENCE)
    await page.fill(FIELD, "")
    await scan(page, FIELD, "0109521234543214")
    await expect(page.locator(".parts .faultplace b")).to_have_text("4", timeout=PATIENCE)
    await page.fill(FIELD, "")
    await scan_through_an_input_method(page)
    await expect(page.locator(".told")).to_contain_text("输入法", timeout=PATIENCE)
    await expect(page.locator(".parts")).to_contain_text("CD", timeout=PATIENCE)
    assert await page.input_value(FIELD) == "010952123454321310CD"
    assert desk.errors == [] and desk.foreign == []


async def test_document_code_opens_its_page_wherever_it_is_typed(desk: Visit, office: Office) -> None:
    case, task = office.at_inspection()
    page = await desk.sign_in("inspector", "/", "[data-testid='inbox.search']")
    sloppy = document_codes.task_code(task).printed.lower().replace("-", " ")
    await page.fill("[data-testid='inbox.search']", sloppy)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/tasks/{task}")
    await page.fill(".find input", document_codes.case_code(case).text)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/cases/{case}")
    await expect(page.locator("[data-testid=label]")).to_have_attribute(
        "href", f"/api/v1/labels/cases/{case}?lang=zh", timeout=PATIENCE
    )
    right = document_codes.case_code(case).text
    await page.goto(f"{office.address}/cases?q={right[:-1]}{'A' if right[-1] != 'A' else 'B'}")
    await expect(page.locator("[role=alert]")).to_contain_text("校验字符不符", timeout=PATIENCE)
    await page.goto(f"{office.address}/open?code={document_codes.case_code('0' + 25 * 'Z').text}")
    await expect(page.locator("[role=alert]")).to_contain_text("没有这个单据码", timeout=PATIENCE)


async def test_page_says_whether_a_scanner_is_set_up_right(visit: Visit) -> None:
    page = await visit.sign_in("keeper", "/scanner", "[data-testid='scanner.box']")
    await scan(page, "[data-testid='scanner.box']", f"]d2{TEST_CODE}")
    await expect(page.locator("[data-testid='scanner.verdict']")).to_have_class("scanverdict good", timeout=PATIENCE)
    await expect(page.locator(".partgrid")).to_contain_text("aB-7/2_yZ", timeout=PATIENCE)
    await page.wait_for_function("document.querySelector('[data-testid=\"scanner.box\"]').value === ''")
    await scan(page, "[data-testid='scanner.box']", TEST_CODE.replace("\x1d", ""))
    await expect(page.locator("[data-testid='finding.gs_lost']")).to_be_visible(timeout=PATIENCE)
    await page.click("[data-testid='scanner.keep']")
    await expect(page.locator("[data-testid='scanner.kept']")).to_be_visible(timeout=PATIENCE)
    assert await axe_findings(page) == []
    assert visit.errors == [] and visit.foreign == []


# ------------------------------------------------------------------ the camera


@pytest.fixture
async def filmed(office: Office, chromium_path: Path, tmp_path: Path) -> AsyncIterator[Visit]:
    """A phone whose camera sees a label that we drew."""
    frame = Image.new("RGB", (640, 480), "white")
    code = Image.open(io.BytesIO(draw("datamatrix", TEST_PAIRS, "png").content)).convert("RGB")
    frame.paste(code.resize((300, 300), Image.Resampling.NEAREST), (170, 90))
    still = io.BytesIO()
    frame.save(still, "JPEG", quality=90)
    (tmp_path / "label.mjpeg").write_bytes(still.getvalue() * 5)
    devices = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    film = f"--use-file-for-fake-video-capture={tmp_path / 'label.mjpeg'}"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", *devices, film])
        async for opened in visiting(office, Contexts(browser), "zh", 390):
            yield opened
        await browser.close()


async def test_camera_and_photo_read_a_drawn_label_here_and_a_camera_that_is_not_to_be_had_is_told(
    filmed: Visit, tmp_path: Path
) -> None:
    page = await filmed.sign_in("keeper", "/scanner", "[data-testid='scanner.camera']")
    said = page.locator("[data-testid='scanner.says']")
    await page.click("[data-testid='scanner.camera']")
    await expect(said).to_contain_text("]d201095212345", timeout=PATIENCE)
    await expect(page.locator(".partgrid")).to_contain_text("Qw:01(A)", timeout=PATIENCE)
    await expect(page.locator(".camview")).to_have_count(0, timeout=PATIENCE)
    photo = tmp_path / "photo.png"
    photo.write_bytes(draw("gs1_128", TEST_PAIRS, "png").content)
    await page.set_input_files("[data-testid='scanner.photo']", photo)
    await expect(said).to_contain_text("]C101095212345", timeout=PATIENCE)
    Image.new("RGB", (300, 300), "white").save(photo)
    await page.set_input_files("[data-testid='scanner.photo']", photo)
    await expect(said).to_contain_text("没有读到条码", timeout=PATIENCE)
    for fault, words in (
        ("NotAllowedError", "不允许使用摄像头"),
        ("NotFoundError", "没有摄像头"),
        ("NotReadableError", "被别的程序占用"),
    ):
        await page.evaluate(
            f"void (navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{fault}'); }})"
        )
        await page.click("[data-testid='scanner.camera']")
        await expect(said).to_contain_text(words, timeout=PATIENCE)
    await page.evaluate("Object.defineProperty(navigator, 'mediaDevices', {value: undefined})")
    await page.click("[data-testid='scanner.camera']")
    await expect(said).to_contain_text("https", timeout=PATIENCE)
    assert filmed.errors == [] and filmed.foreign == []
