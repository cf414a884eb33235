"""`bench trace`: how quickly a recall is scoped, a unit's life told and a lot found, on a generated ledger.

The questions are asked of the product's own functions in one reading transaction, and of the REST interface by a client
on the same machine. Every answer is checked: a lot that does not add up fails the bench.
"""

from __future__ import annotations

import asyncio
import random
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine, inspect, make_url, text
from sqlmodel import Session
from temporalio.client import Client

import api
from app.bench.trace_ledger import SITES, Maker
from app.bench.trace_store import PERSON, fill
from app.faults import CommandFault
from app.settings import Settings
from app.wiring import office_of
from domain.json_types import JsonObject
from records import trace as rows
from services import people, trace, trace_papers
from services.office import Office

MINE = frozenset(SITES)
GOALS = {"typical lot": 5.0, "60,000 moves": 100.0, "serial history": 5.0, "where is lot": 5.0}
OVER_HTTP = 5.0
"""So many milliseconds more are allowed over HTTP."""
RATIO = 1.5
"""A typical lot among ten times as many moves may take so many times as long."""


@dataclass
class Figures:
    """Milliseconds by question, inside and over HTTP."""

    moves: int
    engine: str
    seconds: float
    giant_moves: int = 0
    giant_lots: int = 0
    inside: dict[str, list[float]] = field(default_factory=dict)
    http: dict[str, list[float]] = field(default_factory=dict)


def quantile(times: list[float], share: float) -> float:
    """The value below which this share of the times lies."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def measure(moves: int, seed: int, rounds: int, database: str, folder: Path) -> Figures:
    """Fill a database with so many moves and ask it. A `database` that is named has to be empty, and is emptied again."""
    url = database or f"sqlite:///{folder / f'{moves}.db'}"
    if database:
        _need_empty(url)
    began = time.perf_counter()
    maker = fill(url, moves, seed)
    found = Figures(maker.moves, make_url(url).get_backend_name(), time.perf_counter() - began)
    settings = Settings.model_validate({"data": folder, "database_url": url, "demo": False})
    office = asyncio.run(_office(settings))
    try:
        plan = _questions(office, maker, seed)
        _inside(office, plan, rounds, found)
        _over_http(office, plan, rounds, found)
    finally:
        office.db.close()
        office.drafts.close()
        if database:
            _empty(url)
    return found


def _need_empty(url: str) -> None:
    engine = create_engine(url)
    tables = inspect(engine).get_table_names()
    engine.dispose()
    if tables:
        raise CommandFault(
            f"the database has {len(tables)} tables", hint="name an empty one: it is filled, and emptied again"
        )


def _empty(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


async def _office(settings: Settings) -> Office:
    return office_of(settings, await Client.connect("127.0.0.1:1", lazy=True))


# ------------------------------------------------------------------ the questions


@dataclass(frozen=True)
class Question:
    """What is asked of the functions, and the same over HTTP."""

    name: str
    ask: Callable[[Session], Any]
    path: str
    body: JsonObject | None = None


def _questions(office: Office, maker: Maker, seed: int) -> dict[str, list[Question]]:
    rnd = random.Random(seed)
    typical = rnd.sample(maker.typical, min(40, len(maker.typical)))
    units = [rnd.randint(1, maker.serials) for _ in range(60)]
    with office.db.read() as session:
        units = [unit for unit in units if trace_papers.unit(session, unit, MINE, office.company)][:40]
    return {
        "typical lot": [_scope("typical lot", lot) for lot in typical],
        "60,000 moves": [_scope("60,000 moves", maker.giant)],
        "serial history": [
            Question(
                "serial history", lambda s, u=unit: trace_papers.unit(s, u, MINE, "main"), f"/trace/serials/{unit}"
            )
            for unit in units
        ],
        "where is lot": [
            Question("where is lot", lambda s, n=lot: rows.standing(s, [n]), f"/stock/balances?lot=%23{lot}")
            for lot in typical
        ],
    }


def _scope(name: str, lot: int) -> Question:
    asked = trace.Asked((lot,))
    return Question(name, lambda session: _adding_up(trace.traced(session, asked, MINE, "main")), f"/trace/lots/{lot}")


def _adding_up(found: JsonObject) -> JsonObject:
    if not found["adds_up"]:
        raise CommandFault(f"lots do not add up: {found['differences']}")
    return found


def _inside(office: Office, plan: dict[str, list[Question]], rounds: int, found: Figures) -> None:
    for name, questions in plan.items():
        times: list[float] = []
        for number in range(rounds + 1):
            for one in questions:
                began = time.perf_counter()
                with office.db.read() as session:
                    answer = one.ask(session)
                if number:  # the first round warms the caches
                    times.append((time.perf_counter() - began) * 1000)
                if name == "60,000 moves":
                    found.giant_lots = len(cast("list[Any]", answer["lots"])) - 1
        found.inside[name] = times
    with office.db.read() as session:
        giant = plan["60,000 moves"][0].path.rpartition("/")[2]
        count = session.connection().execute(
            text("SELECT COUNT(*) FROM stock_move WHERE lot_id = :lot"), {"lot": int(giant)}
        )
        found.giant_moves = int(count.scalar_one())


def _over_http(office: Office, plan: dict[str, list[Question]], rounds: int, found: Figures) -> None:
    token = asyncio.run(people.make_token(office, PERSON, "bench", (), None))
    headers = {"Authorization": f"Bearer {token}"}
    with _serving(office) as address, httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60) as client:
        for name, questions in plan.items():
            times: list[float] = []
            for number in range(rounds + 1):
                for one in questions:
                    began = time.perf_counter()
                    answer = client.get(one.path)
                    if number:
                        times.append((time.perf_counter() - began) * 1000)
                    if answer.status_code != 200:
                        raise CommandFault(f"{one.path} answered {answer.status_code}: {answer.text[:200]}")
            found.http[name] = times


@contextmanager
def _serving(office: Office) -> Iterator[str]:
    app = FastAPI()
    api.build(app, office)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def in_folder(sizes: list[int], seed: int, rounds: int, database: str) -> Iterator[Figures]:
    """The figures of each size, one after the other; nothing is left behind."""
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="gsp-bench-") as name:
            yield measure(size, seed, rounds, database, Path(name))
