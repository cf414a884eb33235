"""A real installation with the demo company, and a real Chromium at work in it."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, TimeoutError

from tests.installed import put_demo
from tests.ui.contexts import Contexts
from tests.ui.entering import enter

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
CHECKS = ("appearance_check", "packaging_check", "label_check", "conformity_doc_check")
_NUMBERS = itertools.count(1)


class Office:
    """The running installation, asked over REST by the accounts of the demo."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._clients: dict[str, httpx.Client] = {}

    def as_(self, username: str) -> httpx.Client:
        """A client of an account."""
        if username not in self._clients:
            client = httpx.Client(base_url=f"{self.address}/api/v1", timeout=20)
            token = client.post("/auth/token", data={"username": username, "password": "demo"}).json()
            client.headers["Authorization"] = f"Bearer {token['access_token']}"
            self._clients[username] = client
        return self._clients[username]

    def post(self, username: str, path: str, body: Any) -> Any:
        """The body of a good answer."""
        answer = self.as_(username).post(path, json=body)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    def task(self, username: str, task_id: str) -> Any:
        """A task as it stands."""
        return self.as_(username).get(f"/tasks/{task_id}").json()

    def note(self) -> Any:
        """A photographed delivery note."""
        answer = self.as_("receiver").post("/attachments", files={"file": ("note.png", PNG, "image/png")})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def delivery(self, definition: str = "receiving_inspection") -> Any:
        """A delivery that arrived; the started case."""
        start = {
            "supplier_code": "SUP-003",
            "delivery_note_no": f"B-{next(_NUMBERS):04d}",
            "delivery_note_file": self.note(),
            "purchase_orders": [{"purchase_order_no": "PO-2026-1104"}],
            "transport_mode": "ordinary",
            "arrival_time": (datetime.now(UTC) - timedelta(minutes=10)).isoformat(),
            "vehicle_plate_no": "浙A·8K217",
        }
        return self.post("receiver", "/cases", {"definition": definition, "start": start})

    def open_task(self, username: str, case: str, step: str) -> str:
        """The open task of a step, once it is there."""
        for _ in range(200):
            for task in self.as_(username).get(f"/cases/{case}").json()["tasks"]:
                if task["step"] == step and task["state"] == "open":
                    return str(task["id"])
        pytest.fail(f"{step} of {case} did not open")

    def at_inspection(self, definition: str = "receiving_inspection") -> tuple[str, str]:
        """A case of one line that waits for the inspector: case id, task id."""
        case = self.delivery(definition)["id"]
        note, task = self.note(), self.open_task("receiver", case, "receive")
        body = {
            "data": {"lines": [line()]},
            "outcome": "accepted",
            "signature": {"meaning": "received"},
            "external_signature": {"name": "送货员", "attachment_sha256": note["sha256"], "how": "note"},
        }
        self.post("receiver", f"/tasks/{task}:complete", body)
        return case, self.open_task("inspector", case, "inspect")

    def at_put_away(self, definition: str = "receiving_inspection") -> str:
        """A line that passed inspection and waits for the keeper; the task's id."""
        case, task = self.at_inspection(definition)
        values = {**dict.fromkeys(CHECKS, "pass"), "accepted_quantity": 5, "rejected_quantity": 0}
        signature = {"meaning": "inspected", "password": "demo"}
        self.post("inspector", f"/tasks/{task}:complete", {"data": values, "outcome": "pass", "signature": signature})
        return self.open_task("keeper", case, "put_away")

    def publish(self, source: dict[str, Any], name: str) -> None:
        """An SOP of the tests, with both signatures."""
        self.post("owner", "/definitions", source)
        place = f"/definitions/{name}/versions/1.0.0"
        self.post("owner", f"{place}:submit", {"reason": "test"})
        signature = {"meaning": "approve", "password": "demo"}
        for who, role in (("director", "quality_director"), ("head", "company_head")):
            self.post(who, f"{place}:publish", {"role": role, "signature": signature})

    def today(self) -> str:
        """Today, as the forms write it."""
        return date.today().isoformat()


def line() -> dict[str, Any]:
    """One line of a receipt: cotton swabs, which carry no UDI."""
    today = date.today()
    return {
        "line_no": "L1",
        "purchase_order_no": "PO-2026-1104",
        "product_code": "P-1007",
        "lot_no": f"UI{next(_NUMBERS):04d}",
        "production_date": (today - timedelta(days=30)).isoformat(),
        "expiry_date": (today + timedelta(days=600)).isoformat(),
        "received_quantity": 5,
        "quarantine_location": "HZ-Q-02",
    }


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The installation, with the demo company at work."""
    folder = put_demo(tmp_path_factory.mktemp("staff"), tmp_path_factory)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = folder / "stack.log"
    process = subprocess.Popen(
        [sys.executable, HERE / "stack.py", str(port), str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=log.open("wb"),
    )
    assert process.stdout is not None
    if not process.stdout.readline().startswith(b"ready"):
        pytest.fail(f"the installation did not start: {log.read_text()[-2000:]}")
    address = f"http://127.0.0.1:{port}"
    _await_answer(address, process)
    yield Office(address)
    process.kill()  # nobody looks at it again, and stopping in order takes seconds
    process.wait()


def _await_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            httpx.get(f"{address}/login", timeout=10)
            return
        except httpx.TransportError:
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
    pytest.fail("the installation did not answer")


class Visit:
    """A person at a browser: what the page complained of, and requests that left the server."""

    def __init__(self, office: Office, context: BrowserContext, page: Page) -> None:
        self.office, self.context, self.page = office, context, page
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if not url.startswith((self.office.address, "data:", "blob:", self.office.address.replace("http", "ws", 1))):
            self.foreign.append(url)

    async def sign_in(self, name: str, path: str, ready: str) -> Page:
        """Sign in and land on `path`, when `ready` is drawn."""
        await enter(self.context, self.office.address, name)
        await self.page.goto(self.office.address + path)
        return await self.drawn(ready)

    async def drawn(self, ready: str) -> Page:
        """The page, once `ready` is drawn, the socket is open and the fonts are there."""
        await self.page.wait_for_selector(ready)
        await self.page.wait_for_function("window.did_handshake === true")
        await self.page.evaluate("document.fonts.ready.then(() => true)")
        return self.page

    async def fill_inspection(self, accepted: str = "5") -> None:
        """A good line."""
        for name in CHECKS:
            await self.page.click(f"[data-testid='field/{name}=pass']")
        await self.page.fill("[data-testid='field/accepted_quantity']", accepted)
        await self.page.wait_for_selector("[data-testid=say]:not(.bad)")


async def signed(page: Page, password: str) -> None:
    """Type the password into the sign dialog, press Enter, and see it close: a dialog that stays is told in its words."""
    await page.fill("[data-testid='sign.password']", password)
    await page.press("[data-testid='sign.password']", "Enter")
    try:
        await page.wait_for_selector("[data-testid=sign]", state="detached")
    except TimeoutError as fault:
        said = await page.inner_text("[data-testid=sign]")
        focus = await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        raise AssertionError(f"the dialog stays: {said!r}, the focus is on {focus}") from fault


async def visiting(
    office: Office, contexts: Contexts, lang: str, width: int, height: int = 900
) -> AsyncIterator[Visit]:
    """A browser context of its own."""
    async with contexts.lend(office.address, lang, width, height) as context:
        yield Visit(office, context, await context.new_page())


@pytest.fixture
async def desk(office: Office, contexts: Contexts) -> AsyncIterator[Visit]:
    """A Chinese visit on a desk."""
    async for visit in visiting(office, contexts, "zh", 1440):
        yield visit


@pytest.fixture(params=[("zh", 1440), ("en", 390)], ids=lambda p: f"{p[0]}-{p[1]}")
async def visit(request: pytest.FixtureRequest, office: Office, contexts: Contexts) -> AsyncIterator[Visit]:
    """A visit in both languages on a desk and on a phone."""
    lang, width = request.param
    async for opened in visiting(office, contexts, lang, width):
        yield opened
