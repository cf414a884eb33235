"""`bench inbox`: the first page of a person's tasks, with a thousand and with a hundred thousand open tasks."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from app.bench.four_steps import pinned
from app.bench.pure import middle, prepare
from app.settings import Settings
from domain.canonical import dumps, loads
from domain.ids import task_id
from records import case_tables as t
from records import inbox
from records.base import connection_of, table_of
from records.database import Database
from records.migrate import upgrade
from records.projection import project
from services.keys import KeyRing
from workflows.engine.case import begin
from workflows.engine.wave import pack
from workflows.language.model import load_model

SIZES = (1_000, 100_000)
QUERY = inbox.InboxQuery(account="receiver", pairs=(("receiver", "HZ"),), limit=25)


def measure(house: Any, rounds: int) -> dict[int, float]:
    """Median milliseconds of the first page, by how many tasks are open."""
    with tempfile.TemporaryDirectory(prefix="gsp-bench-") as name:
        shelves = {size: _filled(Path(name) / f"{size}.db", size, house) for size in SIZES}
        found: dict[int, list[float]] = {size: [] for size in SIZES}
        for _ in range(rounds):
            for size, database in shelves.items():
                found[size].append(_page(database))
        for database in shelves.values():
            database.close()
    return {size: middle(figures) for size, figures in found.items()}


def _page(database: Database) -> float:
    began = time.perf_counter()
    for _ in range(20):
        with database.read() as session:
            assert len(inbox.page(session, QUERY).items) == 25
    return (time.perf_counter() - began) * 1000 / 20


def _filled(file: Path, size: int, house: Any) -> Database:
    """A database with one real open task and ``size - 1`` copies of it, each of a case of its own."""
    url = f"sqlite:///{file}"
    upgrade(url)
    database = Database(url)
    model = load_model(pinned())
    case = prepare(house.sealed, dict(house.keys.public), model, 1)
    _, outcome = begin(model, case.started, str(case.started.act.envelope["received_at"]))
    with database.write() as session:
        project(session, loads(dumps(pack(outcome.entries, [], 1)[0].body)))
    with database.write() as session:
        _copy(connection_of(session), size)
    return database


def _copy(connection: Any, size: int) -> None:
    tables = [table_of(model) for model in (t.Task, t.TaskRole)]
    originals = [dict(connection.execute(select(table)).mappings().one()) for table in tables]
    for first in range(1, size, 5_000):
        numbers = range(first, min(first + 5_000, size))
        for table, row, key in zip(tables, originals, ("id", "task_id"), strict=True):
            connection.execute(insert(table), [{**row, key: task_id(f"{n}", "copy", "s1")} for n in numbers])


def keys_only(folder: Path) -> Any:
    """What sealing needs of a house, without a server."""
    from app.bench.house import House

    house = House.__new__(House)
    house.settings = Settings(data=folder)
    house.keys = KeyRing(folder / "secrets")
    return house
