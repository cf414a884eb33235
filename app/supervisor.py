"""`up`: one supervised process tree on one data folder.

Order: workflow server and migrations, then worker and web application, then the first data. A part that dies is
started again with growing pauses; Ctrl-C or SIGTERM stops everything in reverse order.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import IO

from app.children import last_lines, spawn
from app.faults import CommandFault, Exit
from app.parts import Part, TemporalPart, part_environment, web_part, worker_part
from app.ports import can_listen, free_port
from app.progress import Progress
from app.restored import note_of
from app.settings import Settings

FIRST_TRIES = 3
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds between a part's death and its next start; doubled each time until it has lived well."""
LIVED_WELL = 10.0
PORT_SECONDS = 15.0
"""How long the web port may still be held by the parts of a run that was killed."""


class Supervisor:
    """Runs the parts until asked to stop."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings = settings
        self.progress = progress
        self.stopping = asyncio.Event()
        self.running: list[Part] = []
        self.temporal_address = settings.temporal_address

    async def run(self) -> None:
        """Start everything, print `ready:`, keep it running; returns after a clean stop.

        Raises `CommandFault` when a part does not come up.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup asks us to outlive the terminal
                loop.add_signal_handler(number, self.stopping.set)
        try:
            await self._until_stopped(self._start_and_keep())
        finally:
            await self._stop_all()

    async def _until_stopped(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self.stopping.wait())
        await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
        for each in (task, stop):
            if not each.done():
                each.cancel()
        await asyncio.gather(stop, return_exceptions=True)
        try:
            await task
        except asyncio.CancelledError:
            return

    async def _start_and_keep(self) -> None:
        async with _together() as group:
            group.append(self._start_temporal())
            group.append(self._one_shot("migrate", "database"))
        if note_of(self.settings).exists():
            await self._compare_restored()
        worker = worker_part(self.settings, lambda: self.temporal_address)
        web = web_part(self.settings, lambda: self.temporal_address)
        async with _together() as group:
            group.append(self._start(worker))
            group.append(self._start(web))
        welcome = self.settings.data / "run" / "welcome"
        welcome.unlink(missing_ok=True)
        await self._one_shot("first-data", "first data")
        lines = welcome.read_text().splitlines() if welcome.exists() else []
        self.progress.ready(self.settings.url, lines)
        await asyncio.gather(*(self._keep(part) for part in list(self.running)))

    async def _compare_restored(self) -> None:
        """A restored folder is locked until its cases were compared with their histories; then say what came out."""
        await self._one_shot("reconcile", "restored cases")
        log = self.settings.logs / "reconcile.log"
        self.progress.done("comparison", f"{last_lines(log, 1)} (all of it: {log})")

    async def _start_temporal(self) -> None:
        if self.temporal_address:
            self.progress.done("workflow server", f"{self.temporal_address} (configured)")
            return
        part = TemporalPart(self.settings)
        await self._start(part)
        self.temporal_address = part.server.address

    async def _start(self, part: Part) -> None:
        self.running.append(part)
        for tries_left in reversed(range(FIRST_TRIES)):
            began = time.monotonic()
            try:
                place = await part.start()
            except CommandFault as fault:
                if not tries_left:
                    raise
                self.progress.trouble(f"{fault.message}; trying again")
                await asyncio.sleep(FIRST_PAUSE)
            else:
                return self.progress.done(part.name, place, time.monotonic() - began)

    async def _keep(self, part: Part) -> None:
        pause, since = FIRST_PAUSE, time.monotonic()
        while True:
            while (ending := part.ending()) is None:
                await asyncio.sleep(0.2)
            if time.monotonic() - since > LIVED_WELL:
                pause = FIRST_PAUSE
            self.progress.trouble(f"the {part.name} {ending}; starting it again in {pause:g} s")
            await asyncio.sleep(pause)
            pause, since = min(LONGEST_PAUSE, pause * 2), time.monotonic()
            await self._start_again(part)

    async def _start_again(self, part: Part) -> None:
        began = time.monotonic()
        try:
            place = await part.start()
        except CommandFault as fault:
            return self.progress.trouble(fault.message)
        self.progress.done(part.name, place, time.monotonic() - began)
        if isinstance(part, TemporalPart) and place != self.temporal_address:
            self.temporal_address = place
            for other in self.running:  # they hold the old address; _keep starts them with the new one
                if other is not part:
                    await other.stop()

    async def _one_shot(self, command: str, name: str) -> None:
        """Run `python -m app <command>` to its end; raises `CommandFault` with its last line when it fails."""
        began = time.monotonic()
        log = self.settings.logs / f"{command}.log"
        log.unlink(missing_ok=True)
        process = spawn(
            [sys.executable, "-m", "app", command],
            log=log,
            env=part_environment(self.settings, self.temporal_address),
        )
        try:
            while (code := process.poll()) is None:
                await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            process.terminate()
            raise
        if code != 0:
            raise CommandFault(
                f"{name}: {last_lines(log, 1) or f'ended with code {code}'}",
                hint=f"all it said is in {log}",
                code=Exit.UNREACHABLE,
            )
        self.progress.done(name, "", time.monotonic() - began)

    async def _stop_all(self) -> None:
        for part in reversed(self.running):
            if part.ending() is None:
                began = time.monotonic()
                await part.stop()
                self.progress.done(f"{part.name} stopped", "", time.monotonic() - began)
            else:
                await part.stop()


async def supervise(settings: Settings, progress: Progress) -> None:
    """What `up` does. Raises `CommandFault` when the folder or the port is taken, or a part does not come up."""
    prepare_folders(settings)
    with only_owner(settings) as note:
        settings = settings.model_copy(update={"port": await _web_port(settings)})
        note.truncate(0)
        note.write(json.dumps({"url": settings.url, "pid": os.getpid()}))
        note.flush()
        await Supervisor(settings, progress).run()


def prepare_folders(settings: Settings) -> None:
    """Make the data folder and what is inside it, for the owner's eyes only.

    Raises `CommandFault` when that is not possible.
    """
    wanted = (settings.data, settings.data / "run", settings.logs, settings.secrets, settings.attachments)
    for folder in (*wanted, settings.checkpoints):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise CommandFault(
                f"cannot make the folder {folder}: {error.strerror}",
                hint="choose another data folder with --data DIR",
                code=Exit.USAGE,
            ) from error
    if not os.access(settings.data, os.W_OK | os.X_OK):
        raise CommandFault(
            f"the data folder {settings.data} cannot be written",
            hint="start as its owner, or choose another with --data DIR",
            code=Exit.USAGE,
        )


@contextmanager
def only_owner(settings: Settings) -> Iterator[IO[str]]:
    """Hold the folder; a second `up` on it is told where the first one is."""
    path = settings.data / "run" / "up.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note.seek(0)
            said = note.read()
            where = json.loads(said)["url"] if said else "starting just now"
            raise CommandFault(
                f"GSPFlow is already running on {settings.data} ({where})",
                hint="use that one, stop it first, or choose another folder with --data DIR",
                code=Exit.USAGE,
            ) from None
        try:
            yield note
        finally:
            note.truncate(0)


async def _web_port(settings: Settings) -> int:
    """The port to listen on; waits a little for the parts of a killed run to let go of it."""
    if settings.port == 0 and can_listen(settings.host, 0):
        return free_port(settings.host)
    deadline = time.monotonic() + (PORT_SECONDS if _was_killed(settings) else 0.0)
    while not can_listen(settings.host, settings.port):
        if time.monotonic() > deadline:
            raise CommandFault(
                f"port {settings.port} of {settings.host} cannot be used: another program has it, or it is not ours",
                hint="choose another with --port N, or --port 0 for any free one",
                code=Exit.USAGE,
            )
        await asyncio.sleep(0.2)
    return settings.port


def _was_killed(settings: Settings) -> bool:
    note = settings.data / "run" / "up.json"
    return note.exists() and note.stat().st_size > 0


@asynccontextmanager
async def _together() -> AsyncIterator[list[Awaitable[object]]]:
    """Collect work and do it side by side; the first fault cancels the rest and is raised as itself."""
    group: list[Awaitable[object]] = []
    yield group
    tasks = [asyncio.ensure_future(each) for each in group]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
