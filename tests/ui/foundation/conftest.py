"""The gallery in a process of its own (NiceGUI keeps global state) and a real Chromium to look at it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.async_api import BrowserContext, Page

from tests.ui.contexts import Contexts

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """The address of a running gallery."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, HERE / "gallery.py", str(port)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _await_answer(address, process)
        yield address
    finally:
        process.kill()
        process.wait()


def _await_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            urlopen(f"{address}/login", timeout=5).close()
            return
        except (URLError, TimeoutError):  # a busy machine answers late
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail("the gallery ended before it answered")
    pytest.fail("the gallery did not answer within a minute")


class Visit:
    """One browser context with what it was told about: console errors and requests that left the server."""

    def __init__(self, address: str, context: BrowserContext, page: Page) -> None:
        self.address, self.context, self.page = address, context, page
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda fault: self.errors.append(str(fault)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:", self.address.replace("http", "ws", 1))):
            self.foreign.append(url)

    async def go(self, path: str, ready: str) -> Page:
        """Open a path and wait until `ready` is drawn and all fonts are there."""
        await self.page.goto(self.address + path)
        await self.page.wait_for_selector(ready)
        await self.page.evaluate("document.fonts.ready.then(() => true)")
        return self.page

    async def sign_in(self, path: str = "/gallery", ready: str = ".app", name: str = "inspector") -> Page:
        """Sign in through the form and land on `path`."""
        page = await self.go(f"/login?next={path}", ".login")
        await page.fill("[name=username]", name)
        await page.fill("[name=password]", "demo")
        await page.click("[data-testid='login.submit']")
        await page.wait_for_selector(ready)
        await page.wait_for_function("window.did_handshake === true")
        await page.evaluate("document.fonts.ready.then(() => true)")
        return page


@pytest.fixture(params=[("zh", 1440), ("en", 390)], ids=lambda p: f"{p[0]}-{p[1]}")
async def visit(request: pytest.FixtureRequest, gallery: str, contexts: Contexts) -> AsyncIterator[Visit]:
    """A visit in both languages on a desk and on a phone."""
    lang, width = request.param
    async for opened in _visit(gallery, contexts, lang, width):
        yield opened


@pytest.fixture
async def desk(gallery: str, contexts: Contexts) -> AsyncIterator[Visit]:
    """A Chinese visit on a desk."""
    async for opened in _visit(gallery, contexts, "zh", 1440):
        yield opened


async def _visit(address: str, contexts: Contexts, lang: str, width: int) -> AsyncIterator[Visit]:
    async with contexts.lend(address, lang, width) as context:
        yield Visit(address, context, await context.new_page())
