"""The parts of `up`: how each is started, known to be ready, and stopped."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

from app.children import last_lines, spawn, stop
from app.faults import CommandFault, Exit
from app.settings import ROOT, Settings
from app.temporal_server import EmbeddedTemporal

START_SECONDS = 90.0
"""How long the worker or the web application may take to become ready on a slow machine."""
PROCESS_STOP_SECONDS = 12.0


class Part(Protocol):
    """Something `up` keeps running."""

    @property
    def name(self) -> str:
        """What the progress lines call it."""
        ...

    async def start(self) -> str:
        """Start and wait until ready; returns where it can be found. Raises `CommandFault`."""
        ...

    def ending(self) -> str | None:
        """How it ended, in words; `None` while it runs."""
        ...

    async def stop(self) -> None:
        """Stop cleanly; harmless when it does not run."""
        ...


class TemporalPart:
    """The embedded Temporal server as a part."""

    name = "workflow server"

    def __init__(self, settings: Settings) -> None:
        self.server = EmbeddedTemporal(
            settings.temporal_dir,
            namespace=settings.temporal_namespace,
            retention_days=settings.retention_days,
            binary=settings.temporal_binary,
        )

    async def start(self) -> str:
        """Start it; returns `host:port`, the same as before a crash."""
        return await self.server.start()

    def ending(self) -> str | None:
        """How the process ended; `None` while it runs."""
        return _ending(self.server.process)

    async def stop(self) -> None:
        """Stop the server and give its folder free."""
        await self.server.stop()


class ProcessPart:
    """`python -m app <command>` as a part, ready when `is_ready` says so."""

    def __init__(
        self,
        name: str,
        command: str,
        *,
        log: Path,
        place: str,
        env: Callable[[], Mapping[str, str]],
        is_ready: Callable[[], Awaitable[bool]],
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.place = place
        self.env = env
        self.is_ready = is_ready
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> str:
        """Start the process and wait until it is ready, at most 90 seconds."""
        self.process = spawn([sys.executable, "-m", "app", self.command], log=self.log, env=self.env())
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if ending := self.ending():
                raise self._fault(ending)
            if await self.is_ready():
                return self.place
            await asyncio.sleep(0.1)
        await self.stop()
        raise self._fault(f"was not ready after {START_SECONDS:.0f} s")

    def ending(self) -> str | None:
        """How the process ended; `None` while it runs."""
        return _ending(self.process)

    async def stop(self) -> None:
        """Ask it to end, then kill it after 12 seconds."""
        if self.process is not None:
            await asyncio.to_thread(stop, self.process, seconds=PROCESS_STOP_SECONDS)

    def _fault(self, ending: str) -> CommandFault:
        said = last_lines(self.log, 1)
        return CommandFault(
            f"the {self.name} {ending}" + (f": {said}" if said else ""),
            hint=f"its log is {self.log}",
            code=Exit.UNREACHABLE,
        )


def worker_part(settings: Settings, address: Callable[[], str]) -> ProcessPart:
    """The worker; it writes a file once it polls, and the file of a dead worker does not count."""
    ready = settings.data / "run" / "worker.ready"

    def env() -> dict[str, str]:
        ready.unlink(missing_ok=True)
        return {**part_environment(settings, address()), "GSPFLOW_READY_FILE": str(ready)}

    async def is_ready() -> bool:
        return ready.exists()

    return ProcessPart(
        "worker", "worker", log=settings.logs / "worker.log", place=settings.task_queue, env=env, is_ready=is_ready
    )


def web_part(settings: Settings, address: Callable[[], str]) -> ProcessPart:
    """The web application; ready when `/readyz` says that database, Temporal and a worker answer."""
    probe_host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    probe = f"http://{f'[{probe_host}]' if ':' in probe_host else probe_host}:{settings.port}/readyz"

    async def is_ready() -> bool:
        return await asyncio.to_thread(answers, probe)

    return ProcessPart(
        "web application",
        "web",
        log=settings.logs / "web.log",
        place=settings.url,
        env=lambda: part_environment(settings, address()),
        is_ready=is_ready,
    )


def part_environment(settings: Settings, address: str) -> dict[str, str]:
    """The environment of a part: ours, all settings, and where Temporal is."""
    return {
        **os.environ,
        **settings.environment(),
        "GSPFLOW_TEMPORAL_ADDRESS": address,
        "PYTHONPATH": str(ROOT),
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }


def answers(url: str) -> bool:
    """Whether a GET of `url` on this machine gives 200 within two seconds; no proxy is asked."""
    from urllib.error import URLError
    from urllib.request import ProxyHandler, build_opener

    try:
        with build_opener(ProxyHandler({})).open(url, timeout=2) as response:
            return response.status == 200
    except (URLError, OSError):
        return False


def _ending(process: subprocess.Popen[bytes] | None) -> str | None:
    code = None if process is None else process.poll()
    if process is None or code is None:
        return None if process is not None else "is not running"
    return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
