"""A real installation with the demo company, read by auditors and quality, in a real Chromium."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import BrowserContext, Page

from tests.installed import put_demo
from tests.ui.contexts import Contexts
from tests.ui.entering import enter

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
#: A whole installation in one process; the staff's pages are tested on the same.
STACK = HERE.parent / "staff" / "stack.py"


class House:
    """The running installation: its address, its folder, and what its REST interface says."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder
        self._clients: dict[str, httpx.Client] = {}

    def as_(self, username: str) -> httpx.Client:
        """A client of a demo account."""
        if username not in self._clients:
            client = httpx.Client(base_url=f"{self.address}/api/v1", timeout=20)
            token = client.post("/auth/token", data={"username": username, "password": "demo"}).json()
            client.headers["Authorization"] = f"Bearer {token['access_token']}"
            self._clients[username] = client
        return self._clients[username]

    def case(self, business_key: str) -> Any:
        """A case of the demo by its business key."""
        return self.as_("qa").get("/cases", params={"business_key": business_key}).json()["items"][0]

    def history(self, case_id: str) -> list[Any]:
        """The records of a case."""
        return self.as_("qa").get(f"/cases/{case_id}/history").json()

    def database(self) -> sqlite3.Connection:
        """The database file itself, as somebody with the machine in hand would open it."""
        file = next(
            path
            for path in self.folder.rglob("*")
            if path.suffix in {".db", ".sqlite", ".sqlite3"} and "temporal" not in path.parts
        )
        return sqlite3.connect(file, timeout=10)


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


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The installation, with the demo company at work."""
    folder = put_demo(tmp_path_factory.mktemp("audit"), tmp_path_factory)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = folder / "stack.log"
    words = [sys.executable, str(STACK), str(port), str(folder)]
    process = subprocess.Popen(
        words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=log.open("wb")
    )
    assert process.stdout is not None
    if not process.stdout.readline().startswith(b"ready"):
        pytest.fail(f"the installation did not start: {log.read_text()[-2000:]}")
    address = f"http://127.0.0.1:{port}"
    _await_answer(address, process)
    yield House(address, folder)
    process.kill()  # nobody looks at it again, and stopping in order takes seconds
    process.wait()


class Visit:
    """A person at a browser: what the page complained of, and requests that left the server."""

    def __init__(self, house: House, context: BrowserContext, page: Page) -> None:
        self.house, self.context, self.page = house, context, page
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if not url.startswith((self.house.address, "data:", "blob:", self.house.address.replace("http", "ws", 1))):
            self.foreign.append(url)

    async def sign_in(self, name: str, path: str, ready: str = ".app") -> Page:
        """Sign in and land on `path`, when `ready` is drawn."""
        await enter(self.context, self.house.address, name)
        return await self.go(path, ready)

    async def go(self, path: str, ready: str = ".app") -> Page:
        """Another page of the same person, drawn, its socket open and its fonts there."""
        await self.page.goto(self.house.address + path)
        await self.page.wait_for_selector(ready)
        await self.page.wait_for_function("window.did_handshake === true")
        await self.page.evaluate("document.fonts.ready.then(() => true)")
        return self.page


async def _visiting(house: House, contexts: Contexts, lang: str, width: int) -> AsyncIterator[Visit]:
    async with contexts.lend(house.address, lang, width) as context:
        yield Visit(house, context, await context.new_page())


@pytest.fixture
async def desk(house: House, contexts: Contexts) -> AsyncIterator[Visit]:
    """A Chinese visit on a desk."""
    async for opened in _visiting(house, contexts, "zh", 1440):
        yield opened


@pytest.fixture(params=[("zh", 1440), ("en", 390)], ids=lambda p: f"{p[0]}-{p[1]}")
async def visit(request: pytest.FixtureRequest, house: House, contexts: Contexts) -> AsyncIterator[Visit]:
    """A visit in both languages on a desk and on a phone."""
    lang, width = request.param
    async for opened in _visiting(house, contexts, lang, width):
        yield opened
