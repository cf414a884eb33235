"""The demo company with a mail server, and a real Chromium at work in it."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.installed import put_demo
from tests.outbox.servers import MailServer, mail_server
from tests.ui.contexts import Contexts
from tests.ui.staff.conftest import ROOT, Office, Visit, visiting

STACK = ROOT / "tests" / "ui" / "staff" / "stack.py"


class PostOffice:
    """A mail server in a thread of its own: the test waits for its answers without holding it up."""

    def __init__(self) -> None:
        self.server: MailServer | None = None
        self.ready, self.loop = threading.Event(), asyncio.new_event_loop()
        self.stop = asyncio.Event()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._serve(),), daemon=True)
        self.thread.start()
        assert self.ready.wait(10)

    async def _serve(self) -> None:
        async with mail_server() as self.server:
            self.ready.set()
            await self.stop.wait()

    @property
    def mails(self) -> MailServer:
        """What came."""
        assert self.server is not None
        return self.server

    def code(self) -> str:
        """The last code that was sent."""
        found = re.search(r"code (\d{6})", str(self.mails.mails[-1]["Subject"]))
        assert found
        return found[1]

    def wait_for(self, words: str, seconds: float = 40) -> str:
        """The text of the first mail with these words."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for mail in list(self.mails.mails):
                part = mail.get_body(("plain",))
                text = str(part.get_content()) if part else ""
                if words in text or words in str(mail["Subject"]):
                    return f"{mail['Subject']}\n{text}"
            time.sleep(0.1)
        pytest.fail(f"no mail with {words}")


@pytest.fixture(scope="session")
def post_office() -> Iterator[PostOffice]:
    """A mail server."""
    made = PostOffice()
    yield made
    made.loop.call_soon_threadsafe(made.stop.set)
    made.thread.join(10)


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory, post_office: PostOffice) -> Iterator[Office]:
    """The installation, handing its notices to the mail server."""
    folder = put_demo(tmp_path_factory.mktemp("mine"), tmp_path_factory)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {"SMTP_HOST": "localhost", "SMTP_PORT": str(post_office.mails.port), "SMTP_FROM": "gsp@example.com"}
    mail = {f"GSPFLOW_{name}": value for name, value in settings.items()} | {"GSPFLOW_SMTP_SECURITY": "none"}
    public = {
        "GSPFLOW_MESSAGE_GAP_SECONDS": "0",
        "GSPFLOW_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }
    with (folder / "stack.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, STACK, str(port), str(folder)],
            cwd=ROOT, env={**os.environ, **mail, **public}, stdout=subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        if not process.stdout.readline().startswith(b"ready"):
            pytest.fail(f"the installation did not start: {(folder / 'stack.log').read_text()[-2000:]}")
        _await_answer(f"http://127.0.0.1:{port}")
        yield Office(f"http://127.0.0.1:{port}")
    finally:
        process.kill()  # nobody looks at it again, and stopping in order takes seconds
        process.wait()


def _await_answer(address: str) -> None:
    for _ in range(300):
        try:
            httpx.get(f"{address}/login", timeout=10)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the installation did not answer")


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
