"""A whole installation at work: its own Temporal server, a worker, the demo company with its cases, on each engine."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from app.demo.load import load
from app.settings import Settings
from app.sop_files import read_source, shipped_files
from app.temporal_server import EmbeddedTemporal
from app.wiring import client_of, database_of, office_of, worker_context
from app.worker import worker_of
from records import cases
from records.migrate import upgrade
from services import key_events, publishing
from services.office import Office


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
    """The shipped SOPs and the demo company."""
    for file in shipped_files():
        await publishing.register_shipped(made.office, read_source(file))
    await load(made.office, made.settings.data, lambda line: None)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def living(request: pytest.FixtureRequest) -> Installation:
    """The demo company at work; tests leave it as they found it. Each of the two is made once for all files."""
    return request.getfixturevalue(f"living_on_{request.param}")


@pytest.fixture(scope="session")
async def living_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """The company on SQLite."""
    async with at_work(tmp_path_factory.mktemp("living"), "") as made:
        await fill(made)
        yield made


@pytest.fixture(scope="session")
async def living_on_postgres(
    new_postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    """The company on PostgreSQL."""
    async with at_work(tmp_path_factory.mktemp("living"), new_postgres()) as made:
        await fill(made)
        yield made


@pytest.fixture(scope="session")
def new_postgres(postgres_server: Path) -> Callable[[], str]:
    """Makes an empty database; each installation has its own, also when the session makes a second one."""

    def make() -> str:
        name = f"evidence_{uuid.uuid4().hex}"
        with psycopg.connect(f"host={postgres_server} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql+psycopg://postgres@/{name}?host={postgres_server}"

    return make
