"""A real installation with its pages, and a real Chromium in front of it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import axe_playwright_python
import pytest
from playwright.async_api import BrowserContext, Page

from app.settings import Settings
from app.wiring import client_of, office_of
from services.office import Office
from tests.installed import put_demo
from tests.ui.contexts import Contexts
from tests.ui.entering import enter

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Running:
    """Where the installation answers, and its folder."""

    address: str
    folder: Path


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The installation, up to the end of the session."""
    folder, port = put_demo(tmp_path_factory.mktemp("studio"), tmp_path_factory), _free_port()
    command = [sys.executable, str(HERE / "installation.py"), str(folder), str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "HOME": str(folder), "PATH": "/usr/bin:/bin"}
    )
    found = Running(f"http://127.0.0.1:{port}", folder)
    try:
        _await_answer(found.address, process)
        yield found
    finally:
        process.kill()  # nobody looks at it again, and stopping in order takes seconds
        process.wait()


def _await_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        try:
            urlopen(f"{address}/login", timeout=5).close()
            return
        except (URLError, TimeoutError):  # a busy machine answers late
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail("the installation ended before it answered")
    pytest.fail("the installation did not answer within two minutes")


@pytest.fixture(scope="session")
async def office(running: Running) -> Office:
    """The same installation's services, for what happens outside the studio."""
    address = (running.folder / "address").read_text(encoding="utf-8")
    settings = Settings(data=running.folder, temporal_address=address)
    return office_of(settings, await client_of(settings))


@dataclass
class Visit:
    """A signed-in person at a browser, with what went wrong there."""

    address: str
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    async def go(self, path: str, ready: str = ".app") -> Page:
        """Open a page and wait until it is drawn and its socket is up."""
        await self.page.goto(self.address + path)
        await self.page.wait_for_selector(ready)
        await self.page.wait_for_function("window.did_handshake === true")
        await self.page.evaluate("document.fonts.ready.then(() => true)")
        return self.page

    async def findings(self) -> list[str]:
        """What axe-core finds on the page as it stands."""
        await self.page.evaluate(f"() => {{ {AXE} }}")
        found = json.loads(await self.page.evaluate("axe.run(document).then((r) => JSON.stringify(r.violations))"))
        return [f"{rule['id']}: {node['target']} {node['html'][:160]}" for rule in found for node in rule["nodes"]]


class Desk:
    """Opens visits and closes them with the test."""

    def __init__(self, address: str, contexts: Contexts, open_: AsyncExitStack) -> None:
        self.address, self.contexts, self.open = address, contexts, open_

    async def sign_in(self, name: str, path: str = "/studio", *, lang: str = "zh", width: int = 1440) -> Visit:
        """Sign in through the form; the demo accounts share their password."""
        context = await self.open.enter_async_context(self.contexts.lend(self.address, lang, width))
        visit = Visit(self.address, context, await context.new_page())
        visit.page.on("console", lambda said: visit.errors.append(said.text) if said.type == "error" else None)
        visit.page.on("pageerror", lambda fault: visit.errors.append(str(fault)))
        visit.page.on("request", lambda asked: self._note(visit, asked.url))
        await enter(context, self.address, name)
        await visit.go(path)
        return visit

    def _note(self, visit: Visit, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:", self.address.replace("http", "ws", 1))):
            visit.foreign.append(url)


@pytest.fixture
async def desk(running: Running, contexts: Contexts) -> AsyncIterator[Desk]:
    """Visits of one test."""
    async with AsyncExitStack() as open_:
        yield Desk(running.address, contexts, open_)
