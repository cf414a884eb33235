"""The parts of a fault run that can be killed, frozen and started again: server, worker, desk."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from app.bench.house import House
from app.children import spawn, stop
from app.temporal_server import EmbeddedTemporal
from domain.acts import Act
from domain.canonical import dumps, loads

LOST: dict[str, Any] = {"said": "lost", "code": "desk_gone"}
ANSWER_SECONDS = 12
"""The gateway waits five seconds, and once more for what is late; whoever hears nothing then asks again."""
LINE_BYTES = 2**22
WATCH_SECONDS = 0.5


class Parts:
    """One house with its server, worker and desk, each a process of its own."""

    def __init__(self, house: House, server: EmbeddedTemporal, seed: str) -> None:
        self.house, self.server, self.seed = house, server, seed
        self.share = "0"
        self.kills: Counter[str] = Counter()
        self.ends: Counter[str] = Counter()
        """Parts that ended by themselves and were started again."""
        self.worker: subprocess.Popen[bytes] | None = None
        self.frozen: list[subprocess.Popen[bytes]] = []
        self._desk: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._changing = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    @property
    def _env(self) -> dict[str, str]:
        return {**os.environ, **self.house.settings.environment()}

    def watch(self) -> None:
        """From now on, what ends by itself (the server was away for too long) is started again, as `up` does."""
        self._watching = asyncio.create_task(self._restarting())

    async def _restarting(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.worker is not None and self.worker.poll() is not None:
                self.ends["worker"] += 1
                self.start_worker()
            if self._desk is not None and self._desk.returncode is not None:
                self.ends["desk"] += 1
                await self.start_desk()

    def start_worker(self) -> None:
        """A new worker on the house's queue."""
        command = [sys.executable, "-m", "app.bench.fault_worker", self.seed, self.share]
        self.worker = spawn(command, log=self._log("worker"), env=self._env)

    def kill_worker(self) -> None:
        """SIGKILL; nothing is tidied up."""
        if self.worker is not None:
            self.worker.kill()
            self.worker.wait()
            self.worker, self.kills["worker"] = None, self.kills["worker"] + 1

    def freeze_worker(self) -> None:
        """The worker stops where it is. Once it thaws it is a zombie that still posts what it had begun."""
        if self.worker is not None:
            self.worker.send_signal(signal.SIGSTOP)
            self.frozen.append(self.worker)
            self.worker, self.kills["freeze"] = None, self.kills["freeze"] + 1

    async def thaw(self, seconds: float) -> None:
        """Let the frozen go on for so long, then end them."""
        for zombie in self.frozen:
            zombie.send_signal(signal.SIGCONT)
        await asyncio.sleep(seconds)
        for zombie in self.frozen:
            zombie.kill()
            zombie.wait()
        self.frozen.clear()

    async def start_desk(self) -> None:
        """A new desk, unless there is one."""
        async with self._changing:
            if self._desk is None or self._desk.returncode is not None:
                await self._begin_desk()

    async def _begin_desk(self) -> None:
        with self._log("desk").open("ab") as log:
            self._desk = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "app.bench.fault_desk",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._env,
                limit=LINE_BYTES,
                start_new_session=True,
            )
        self._reading = asyncio.create_task(self._read(self._desk))

    async def kill_desk(self) -> None:
        """SIGKILL; whoever waits for an answer gets none."""
        async with self._changing:
            desk, self._desk = self._desk, None
            if desk is not None:
                if desk.returncode is None:
                    desk.kill()
                await desk.wait()
                self.kills["desk"] += 1
            if self._reading is not None:
                await self._reading

    async def kill_server(self) -> None:
        """SIGKILL of the Temporal server."""
        process = self.server.process
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)
            self.kills["server"] += 1

    async def send(self, case_id: str, act: Act) -> dict[str, Any]:
        """The desk's answer to an act; ``said`` is ``lost`` when nobody knows what became of it."""
        desk = self._desk
        if desk is None or desk.stdin is None or desk.returncode is not None:
            return LOST
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            desk.stdin.write(dumps({"n": number, "case": case_id, "act": act.as_json()}).encode() + b"\n")
            await desk.stdin.drain()
            return await asyncio.wait_for(answer, ANSWER_SECONDS)
        except (OSError, TimeoutError):
            return LOST
        finally:
            self._waiting.pop(number, None)

    async def _read(self, desk: asyncio.subprocess.Process) -> None:
        assert desk.stdout is not None
        while line := await desk.stdout.readline():
            answer: Any = loads(line) if line.endswith(b"\n") else {"n": 0}
            waiting = self._waiting.get(answer["n"])
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(LOST)

    async def close(self) -> None:
        """End every part but the server, whose owner ends it."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await self.kill_desk()
        await self.thaw(0)
        if self.worker is not None:
            await asyncio.to_thread(stop, self.worker, seconds=10)

    def _log(self, name: str) -> Path:
        return self.house.settings.data / f"{name}.log"


async def recovery(parts: Parts, case_id: str) -> float:
    """Seconds until the engine answers for a case again."""
    begun = time.monotonic()
    while True:
        try:
            await asyncio.wait_for(parts.house.gateway.describe(case_id), 2)
        except Exception:  # whatever it is: it is not there yet, and the run's own limit ends the waiting
            await asyncio.sleep(0.1)
            continue
        return time.monotonic() - begun
