"""A whole installation at work: its own Temporal server, a worker, the demo company with its cases, on each engine."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest

from tests.installed import Installation, at_work, put_demo, put_demo_on_postgres


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def living(request: pytest.FixtureRequest) -> Installation:
    """The demo company at work; tests leave it as they found it. Each of the two is made once for all files."""
    return request.getfixturevalue(f"living_on_{request.param}")


@pytest.fixture(scope="session")
async def living_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """The company on SQLite."""
    async with at_work(put_demo(tmp_path_factory.mktemp("living"), tmp_path_factory)) as made:
        yield made


@pytest.fixture(scope="session")
async def living_on_postgres(
    new_postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    """The company on PostgreSQL."""
    url = new_postgres()
    async with at_work(put_demo_on_postgres(tmp_path_factory.mktemp("living"), url, tmp_path_factory), url) as made:
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
