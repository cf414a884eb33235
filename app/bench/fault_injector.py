"""The faults of a run, in an order that the seed draws: each does its harm, puts the part back, and says how long it took."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlmodel import Session, col, select

from app import wiring
from app.bench.fault_load import Load
from app.bench.fault_parts import Parts, recovery
from app.worker import worker_of
from records import database as databases
from records.acts import ActAnswer
from services import reconcile

LOCK_SECONDS = (1.0, 6.0)
FREEZE_SECONDS = 6.5
"""Longer than a projection may take (5 s), so that what the frozen worker had begun is tried by another one."""
JUMPS = (-600, -45, 45, 600)
SETTLE_SECONDS = 90.0


@dataclass
class Injector:
    """The faults, and what they showed."""

    parts: Parts
    load: Load
    chance: random.Random
    violations: list[str] = field(default_factory=list)
    longest: float = 0.0
    done: list[str] = field(default_factory=list)
    _older: Path | None = None
    _left: list[str] = field(default_factory=list)

    async def next(self) -> None:
        """The next fault: every kind comes once before one comes again."""
        faults: dict[str, Callable[[], Awaitable[None]]] = {
            "worker": self._worker,
            "zombie": self._zombie,
            "desk": self._desk,
            "server": self._server,
            "lock": self._lock,
            "clock": self._clock,
            "older_database": self._older_database,
            "older_engine": self._older_engine,
        }
        if not self._left:
            self._left = list(faults)
            self.chance.shuffle(self._left)
        name, begun = self._left.pop(), time.monotonic()
        await faults[name]()
        self.longest = max(self.longest, time.monotonic() - begun)
        self.done.append(name)

    async def _worker(self) -> None:
        self.parts.kill_worker()
        await asyncio.sleep(self.chance.random())
        self.parts.start_worker()

    async def _zombie(self) -> None:
        self.parts.freeze_worker()
        self.parts.start_worker()
        await asyncio.sleep(FREEZE_SECONDS)
        await self.parts.thaw(2.0)

    async def _desk(self) -> None:
        await self.parts.kill_desk()
        await asyncio.sleep(self.chance.random())
        await self.parts.start_desk()

    async def _server(self) -> None:
        await self.parts.kill_server()
        await asyncio.sleep(self.chance.random())
        await self.parts.server.start()
        await recovery(self.parts, self.load.started[0])

    async def _lock(self) -> None:
        """Another process keeps the SQLite file to itself for longer than a writer waits."""
        with closing(sqlite3.connect(self._file, isolation_level=None, timeout=30)) as raw:
            raw.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(self.chance.uniform(*LOCK_SECONDS))
            raw.execute("ROLLBACK")

    async def _clock(self) -> None:
        self.load.clock = timedelta(seconds=self.chance.choice(JUMPS))
        await asyncio.sleep(1.5)
        self.load.clock = timedelta(0)

    # ------------------------------------------------------------------ one side from an older backup
    @property
    def _file(self) -> Path:
        return self.parts.house.settings.data / "gspflow.db"

    @property
    def _engine_file(self) -> Path:
        return self.parts.server.folder / "temporal.db"

    def take_backup(self) -> None:
        """Copy both databases as they are now; a restore of one side takes it from here."""
        self._older = self.parts.house.settings.data / f"older-{len(self.done)}"
        self._older.mkdir(exist_ok=True)
        _copy(self._file, self._older / "gspflow.db")
        _copy(self._engine_file, self._older / "temporal.db")
        shutil.copytree(self._checkpoints, self._older / "checkpoints", dirs_exist_ok=True)

    @property
    def _checkpoints(self) -> Path:
        folder = self.parts.house.settings.checkpoints
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    async def _older_database(self) -> None:
        older = await self._at_rest()
        self.parts.house.database.close()
        _put_back(older / "gspflow.db", self._file)
        shutil.rmtree(self._checkpoints)
        shutil.copytree(older / "checkpoints", self._checkpoints, dirs_exist_ok=True)
        self.parts.house.database = wiring.database_of(self.parts.house.settings)
        await self._compare("older_database")

    async def _older_engine(self) -> None:
        older = await self._at_rest()
        await self.parts.server.stop()
        _put_back(older / "temporal.db", self._engine_file)
        await self.parts.server.start()
        await recovery(self.parts, self.load.started[0])
        await self._compare("older_engine")

    async def _at_rest(self) -> Path:
        """Nobody works, everything accepted is recorded, worker and desk are gone; returns the older backup."""
        await self.load.calm()
        self.violations += await unrecorded(self.load)
        self.parts.kill_worker()
        await self.parts.kill_desk()
        assert self._older is not None, "a backup is taken before the first fault"
        return self._older

    async def _compare(self, after: str) -> None:
        """As `gspflow reconcile` does before anybody may act; then people go on."""
        house = self.parts.house
        office = wiring.office_of(house.settings, house.gateway.client, house.database)
        context = wiring.worker_context(house.settings, house.database, office)
        at_work = partial(worker_of, house.gateway.client, context, task_queue=house.settings.task_queue)
        done = await reconcile.reconcile(office, context, at_work)
        office.drafts.close()
        self.violations += [f"{after}: quarantined {line}" for line in done.quarantined]
        self.violations += [f"{after}: lost {line}" for line in done.lost]
        self.take_backup()
        self.parts.start_worker()
        await self.parts.start_desk()
        self.load.working.set()


async def unrecorded(load: Load) -> list[str]:
    """Wait until every accepted act is answered in the database; names those that never come."""
    wanted = {one.act_id: one for one in load.sent if one.said == "accepted"}
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        known = await load.parts.house.database.reading(_recorded)
        missing = sorted(set(wanted) - known)
        if not missing or time.monotonic() > deadline:
            return [f"accepted and lost: {wanted[key].action} {key} of {wanted[key].case_id}" for key in missing]
        await asyncio.sleep(0.3)


def _recorded(session: Session) -> set[str]:
    return set(session.exec(select(col(ActAnswer.act_id))).all())


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source, timeout=databases.BUSY_MILLISECONDS / 100)) as old:
        with closing(sqlite3.connect(target)) as new:
            old.backup(new)


def _put_back(older: Path, place: Path) -> None:
    for tail in ("-wal", "-shm"):
        place.with_name(place.name + tail).unlink(missing_ok=True)
    shutil.copyfile(older, place)
