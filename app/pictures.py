"""The pictures of the README: a fresh installation with the demo company, driven by a browser, photographed.

For developers only; needs Chromium and the test dependencies. The pictures show today's dates.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from PIL import Image

from app.faults import CommandFault, Exit
from app.settings import ROOT
from app.suite import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = ROOT / "docs" / "pictures"
SIZE = {"width": 1440, "height": 900}
COLOURS = 128
BYTES_MAX = 300_000
READY_SECONDS = 180
STEP_MS = 20_000
"""How long a page may take for one step, in milliseconds."""
PASSWORD = "demo"
INSPECTED_LOT, STORED_LOT, REPLAYED_NOTE = "Q2610A", "ST2609", "CK-261118-07"
WRONG_SHELF = "HZ-Q-01"
"""A shelf of the pending zone: qualified goods are refused there (RULE-08)."""
NOTICE = """- id: tell_buyer
  title: {zh: '{start.delivery_note_no} 已全部入库', en: '{start.delivery_note_no} is on the shelf'}
  notify: [purchaser]
"""
INSPECTION = {
    "appearance_check": "pass",
    "packaging_check": "pass",
    "label_check": "pass",
    "conformity_doc_check": "pass",
    "accepted_quantity": 12,
    "rejected_quantity": 0,
    "box_temp": 4.6,
}


def make(folder: Path = FOLDER) -> list[Path]:
    """Take every picture into `folder`; returns them. Raises `CommandFault` naming the page that did not come up."""
    folder.mkdir(parents=True, exist_ok=True)
    with installation() as address:
        return take(address, folder)


def take(address: str, folder: Path) -> list[Path]:
    """Take every picture of the installation at `address`."""
    from playwright.sync_api import Error, sync_playwright

    made: list[Path] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(chromium()), args=["--no-sandbox"])
        for name, scene in SCENES.items():
            try:
                with Camera(browser, address).person(scene) as page:
                    scene.play(page, Office(address))
                    made.append(store(page.screenshot(), folder / f"{name}.png"))
            except Error as error:
                first = str(error).strip().splitlines()[0]
                raise CommandFault(f"the picture {name} could not be taken: {first}") from error
        browser.close()
    return made


def store(picture: bytes, file: Path) -> Path:
    """Keep a picture with few colours, small enough for a page. Raises `CommandFault` when it is not."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    if file.stat().st_size > BYTES_MAX:
        raise CommandFault(f"{file} has {file.stat().st_size} bytes, more than {BYTES_MAX}")
    return file


@contextmanager
def installation() -> Iterator[str]:
    """A fresh installation in a temporary folder, as its address."""
    with tempfile.TemporaryDirectory(prefix="gspflow-pictures-") as name:
        log = Path(name) / "up.log"
        with log.open("w") as said:
            words = [sys.executable, "-m", "app", "up", "--port", "0", "--data", str(Path(name) / "data")]
            process = subprocess.Popen(words, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        try:
            yield _address(log, process)
        finally:
            process.terminate()
            process.wait(60)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"^ready: (\S+)$", log.read_text(), re.MULTILINE):
            return found[1]
        time.sleep(0.1)
    last = log.read_text().strip().splitlines()[-1:] or ["it said nothing"]
    raise CommandFault(f"the installation did not come up: {last[0]}", code=Exit.UNREACHABLE)


@dataclass(frozen=True)
class Scene:
    """Who looks, in which language, and what happens before the picture is taken."""

    who: str | None
    lang: str
    play: Callable[[Page, Office], None]


@dataclass(frozen=True)
class Camera:
    """A browser in front of an installation."""

    browser: Browser
    address: str

    @contextmanager
    def person(self, scene: Scene) -> Iterator[Page]:
        """A page in which the scene's person is signed in."""
        context = self.browser.new_context(base_url=self.address, viewport=SIZE, locale=scene.lang)  # type: ignore[arg-type]
        context.add_cookies([{"name": "gspflow_lang", "value": scene.lang, "url": self.address}])
        page = context.new_page()
        page.set_default_timeout(STEP_MS)
        page.goto("/login")
        if scene.who:
            page.get_by_test_id("login.username").fill(scene.who)
            page.get_by_test_id("login.password").fill(PASSWORD)
            page.get_by_test_id("login.submit").click()
            page.wait_for_url(lambda url: "/login" not in url)
        yield page
        context.close()


class Office:
    """What is prepared over the REST interface before a page is opened."""

    def __init__(self, address: str) -> None:
        self.address = f"{address}/api/v1"

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """One call as `who`; returns the answer's JSON. Raises `CommandFault` for a refusal."""
        given = httpx.post(f"{self.address}/auth/token", data={"username": who, "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {given['access_token']}"}
        answer = httpx.request(method, self.address + path, json=body, headers=headers, timeout=30)
        if answer.is_error:
            raise CommandFault(f"{method} {path} was refused: {answer.text[:300]}")
        return answer.json()

    def task(self, who: str, words: str) -> str:
        """The id of the open task that `words` find."""
        return str(self.ask(who, "GET", f"/tasks?q={words}")["items"][0]["id"])

    def new_version(self) -> None:
        """A changed SOP as a draft: a shorter deadline, one notice more."""
        old = self.ask("owner", "GET", "/definitions/receiving_inspection/versions/1.0.0")
        text = old["yaml"].replace("version: 1.0.0", "version: 1.1.0").replace("due: P1D", "due: PT8H", 1)
        text = text.replace("- {id: done, end:", f"{NOTICE}- {{id: done, end:", 1)
        self.ask("owner", "POST", "/definitions", {"yaml": text, "forms": old["forms"], "tables": old["tables"]})


def settled(page: Page) -> None:
    """Wait until the page is drawn: fonts are there and nothing moves."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(800)


def login(page: Page, office: Office) -> None:
    """The page of a stranger."""
    settled(page)


def inbox(page: Page, office: Office) -> None:
    """The tasks of an inspector."""
    page.goto("/")
    settled(page)


def task(page: Page, office: Office) -> None:
    """The inspection of a cold line, filled in."""
    found = office.task("inspector", INSPECTED_LOT)
    udi = office.ask("inspector", "GET", f"/tasks/{found}")["data"]["udi"]
    office.ask("inspector", "PUT", f"/tasks/{found}/draft", {"data": {**INSPECTION, "udi": udi}})
    page.goto(f"/tasks/{found}")
    page.get_by_test_id("outcome.pass").wait_for()
    settled(page)


def sign(page: Page, office: Office) -> None:
    """The same, about to be signed."""
    task(page, office)
    page.get_by_test_id("outcome.pass").click()
    page.get_by_test_id("sign").wait_for()
    settled(page)


def refused(page: Page, office: Office) -> None:
    """Goods put into a zone that is not for them."""
    page.goto(f"/tasks/{office.task('keeper', STORED_LOT)}")
    page.get_by_test_id("field/location_code").fill(WRONG_SHELF)
    page.get_by_test_id("outcome.done").click()
    page.get_by_test_id("sign.submit").click()
    page.get_by_test_id("refusal").wait_for()
    settled(page)


def studio(page: Page, office: Office) -> None:
    """The SOP in force as a diagram."""
    page.goto("/studio/receiving_inspection?tab=diagram")
    settled(page)


def diff(page: Page, office: Office) -> None:
    """What a new version changes, in words."""
    office.new_version()
    page.goto("/studio/receiving_inspection?version=1.1.0&tab=diff")
    page.get_by_test_id("change").first.wait_for()
    settled(page)


def audit(page: Page, office: Office) -> None:
    """A finished case at one of its signatures, proved by replay."""
    found = office.ask("auditor", "GET", f"/cases?q={REPLAYED_NOTE}")["items"][0]["id"]
    records = office.ask("auditor", "GET", f"/cases/{found}/history")
    inspected = [record["seq"] for record in records if record["step"] == "inspect" and record["action"] == "completed"]
    page.goto(f"/audit/cases/{found}?seq={inspected[-1]}")
    page.get_by_test_id("replay").click()
    page.locator(".verdict.proved").wait_for()
    settled(page)


SCENES = {
    "login": Scene(None, "zh", login),
    "inbox": Scene("inspector", "zh", inbox),
    "inbox-en": Scene("inspector", "en", inbox),
    "task": Scene("inspector", "zh", task),
    "sign": Scene("inspector", "zh", sign),
    "refused": Scene("keeper", "zh", refused),
    "studio": Scene("owner", "zh", studio),
    "diff": Scene("owner", "zh", diff),
    "audit": Scene("auditor", "zh", audit),
}
"""Every picture by its name."""
