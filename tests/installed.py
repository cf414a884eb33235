"""The demo company, loaded once in a run of the tests; every installation of theirs begins with a copy of its folder.

As a program, `installed.py FOLDER` loads the demo there: a process of its own has no other test's server or clock.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Connection, Integer, Table, create_engine, func, select, text

from app.demo.load import DONE, load
from app.settings import Settings
from app.sop_files import read_source, shipped_files
from app.temporal_server import EmbeddedTemporal
from app.wiring import client_of, database_of, office_of, worker_context
from app.worker import worker_of
from records import cases
from records.migrate import upgrade
from records.schema import METADATA
from services import key_events, publishing
from services.office import Office

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Installation:
    """A data folder whose parts are running."""

    settings: Settings
    office: Office

    async def closed_case(self) -> str:
        """The id of the oldest case that has ended."""
        rows, _ = await self.office.db.reading(cases.listing, cases.CaseQuery(state="completed", limit=200))
        return rows[-1].id


def settings_of(folder: Path, database: str = "", temporal: str = "") -> Settings:
    """Settings of a data folder, whatever the environment says."""
    return Settings.model_validate({"data": folder, "database_url": database, "temporal_address": temporal})


@asynccontextmanager
async def at_work(folder: Path, database: str = "", *, worked: bool = True) -> AsyncIterator[Installation]:
    """Server, worker (unless nobody may work yet) and office on a data folder."""
    bare = settings_of(folder, database)
    async with EmbeddedTemporal(bare.temporal_dir, namespace=bare.temporal_namespace, retention_days=10) as server:
        settings = settings_of(folder, database, server.address)
        upgrade(settings.database)
        client, db = await client_of(settings), database_of(settings, 8)
        office = office_of(settings, client, db)
        worker = worker_of(client, worker_context(settings, db, office), task_queue=settings.task_queue)
        async with worker if worked else nullcontext():
            await key_events.register(office)
            yield Installation(settings, office)
        db.close()
        office.drafts.close()


async def fill(made: Installation) -> None:
    """The shipped SOPs and the demo company; what is there is left alone."""
    for file in shipped_files():
        await publishing.register_shipped(made.office, read_source(file))
    await load(made.office, made.settings.data, lambda line: None)


def put_demo(folder: Path, runs: pytest.TempPathFactory) -> Path:
    """Put the demo company into a folder, whose Temporal server may be started then; returns the folder."""
    shutil.copytree(_original(runs), folder, dirs_exist_ok=True)
    for kept in settings_of(folder).temporal_dir.glob("endpoint.json"):
        kept.unlink()  # each copy has a port of its own
    return folder


def put_demo_on_postgres(folder: Path, database: str, runs: pytest.TempPathFactory) -> Path:
    """The same with the rows in an empty PostgreSQL database; returns the folder."""
    put_demo(folder, runs)
    upgrade(database)
    source, target = create_engine(settings_of(folder).database), create_engine(database)
    with source.connect() as rows, target.begin() as there:
        there.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no order of tables
        for table in METADATA.sorted_tables:
            _copy(table, rows, there)
    source.dispose()
    target.dispose()
    return folder


def _copy(table: Table, rows: Connection, there: Connection) -> None:
    there.execute(table.delete())
    found = [dict(row) for row in rows.execute(select(table)).mappings()]
    if found:
        there.execute(table.insert(), found)
    if "id" in table.c and isinstance(table.c.id.type, (BigInteger, Integer)):
        next_id = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
        there.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), next_id, False)))


def _original(runs: pytest.TempPathFactory) -> Path:
    """The folder to copy: made by the first process of this run that needs one."""
    base = runs.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / DONE).exists():
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            made = subprocess.run([sys.executable, __file__, folder], env=environment, capture_output=True, text=True)
            if made.returncode != 0:
                pytest.fail(f"the demo was not loaded: {made.stderr[-2000:]}")
    return folder


async def _make(folder: Path) -> None:
    async with at_work(folder) as made:
        await fill(made)


if __name__ == "__main__":
    asyncio.run(_make(Path(sys.argv[1])))
