"""`bench tasks`: what one human task costs in interleaved rounds: by hand (the floor), through our engine, over REST."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from app.bench.commits import commits, kept
from app.bench.company import DEFINITION, PASSWORD, PERSON
from app.bench.company import found as found_company
from app.bench.floor import FLOOR, Onlooker
from app.bench.four_steps import FORM_KEY, STEPS, VALUES, pinned
from app.bench.house import House, new_id
from app.bench.processes import cpu_ms
from app.bench.pure import middle
from app.children import spawn, stop
from app.ports import free_port
from app.temporal_server import EmbeddedTemporal
from domain.canonical import dumps
from domain.ids import task_id
from services import credentials

CONCURRENT = (1, 10, 50)
CASES = {1: 4, 10: 12, 50: 50}
"""Cases of one round, by how many run at the same time."""
COUNTED = 5
"""Cases whose commits are counted, one after the other, when the rounds are over."""


@dataclass
class Figures:
    """Medians over rounds come from these: one entry a round, latencies all together."""

    per_second: list[float] = field(default_factory=list)
    cpu: list[tuple[float, ...]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    @property
    def total_cpu(self) -> float:
        """Median CPU milliseconds a task over server, worker, client and web application."""
        return middle([sum(parts) for parts in self.cpu])

    def part(self, index: int) -> float:
        """Median CPU milliseconds a task of server (0), worker (1), client (2), web application (3)."""
        return middle([parts[index] for parts in self.cpu])

    def quantile(self, share: float) -> float:
        """A quantile of the latencies, in milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


OneCase = Callable[[], Awaitable[list[float]]]


@dataclass(frozen=True)
class Contender:
    """One way to do the four tasks: how to play a case, the process that works for it, its database, its web process."""

    name: str
    play: OneCase
    worker: int
    database: Path
    web: int | None = None


@dataclass
class Found:
    """What a measurement gives: figures by contender and cases at once, commits a task (Temporal's, ours), a password."""

    figures: dict[tuple[str, int], Figures] = field(default_factory=dict)
    commits: dict[str, tuple[float, float]] = field(default_factory=dict)
    password_ms: float = 0.0


async def measure(rounds: int) -> Found:
    """Play rounds in turn, so that whatever the machine does meets all alike."""
    found = Found(password_ms=await _password_ms())
    with tempfile.TemporaryDirectory(prefix="gsp-bench-") as name:
        folder = Path(name)
        async with _contenders(folder) as (server, contenders):
            for one in contenders:
                await one.play()  # warm: imports, models, connections
            for number in range(rounds):
                for many in CONCURRENT:
                    for one in contenders if number % 2 == 0 else contenders[::-1]:
                        await _round(one, many, server, found.figures.setdefault((one.name, many), Figures()))
            for one in contenders:
                found.commits[one.name] = await _commits_of(one, folder / "temporal" / "temporal.db")
    return found


async def _password_ms() -> float:
    """CPU milliseconds of one password check, of which a signed task needs one more than these."""
    stored = credentials.make_hash_now("measured")
    began = time.process_time()
    for _ in range(5):
        await credentials.matches("measured", stored)
    return (time.process_time() - began) * 1000 / 5


async def _commits_of(one: Contender, server: Path) -> tuple[float, float]:
    await one.play()  # a log that was just copied whole would begin anew under a reader who needs nothing of it
    with kept(server), kept(one.database):
        before = commits(server), commits(one.database)
        for _ in range(COUNTED):
            await one.play()
        count = COUNTED * len(STEPS)
        return (commits(server) - before[0]) / count, (commits(one.database) - before[1]) / count


@asynccontextmanager
async def _contenders(folder: Path) -> AsyncIterator[tuple[int, list[Contender]]]:
    async with EmbeddedTemporal(folder / "temporal") as server, AsyncExitStack() as closing:
        rest = await found_company(folder / "rest", server.address, "rest")
        closing.callback(rest.database.close)
        places = {"floor": folder / "floor", "engine": folder / "engine", "rest": folder / "rest"}
        workers = {what: await _started(closing, place, server.address, what) for what, place in places.items()}
        house = await House.open(places["engine"], server.address, "engine")
        closing.callback(house.database.close)
        for what, place in places.items():
            await house.until(_is_there(place / f"{what}.ready"), 60)
        web, client = await _web(closing, rest)
        assert server.process is not None
        floor, ours = places["floor"] / "floor.db", house.settings.data / "gspflow.db"
        at_floor, at_ours = Onlooker(floor, "task"), Onlooker(ours, "case_row")
        yield (
            server.process.pid,
            [
                Contender("floor", lambda: _floor_case(house, at_floor), workers["floor"], floor),
                Contender("engine", lambda: _engine_case(house, at_ours), workers["engine"], ours),
                Contender("rest", lambda: _rest_case(client), workers["rest"], rest.settings.data / "gspflow.db", web),
            ],
        )


async def _started(closing: AsyncExitStack, folder: Path, address: str, what: str) -> int:
    folder.mkdir(exist_ok=True)
    words = [sys.executable, "-m", "app.bench.worker_process", str(folder), address, what]
    process = spawn(words, log=folder / f"{what}.log")
    closing.push_async_callback(asyncio.to_thread, stop, process, seconds=10)
    return process.pid


async def _web(closing: AsyncExitStack, house: House) -> tuple[int, httpx.AsyncClient]:
    """The web application in a process of its own, and a client that is logged in."""
    settings = house.settings.model_copy(update={"port": free_port(), "demo": False})
    env = {**os.environ, **settings.environment()}
    process = spawn([sys.executable, "-m", "app", "web"], log=settings.data / "web.log", env=env)
    closing.push_async_callback(asyncio.to_thread, stop, process, seconds=10)
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", timeout=60)
    closing.push_async_callback(client.aclose)

    async def answers() -> bool:
        try:
            return (await client.get("/healthz")).status_code == 200
        except httpx.TransportError:
            return False

    await house.until(answers, 60)
    answer = await client.post("/api/v1/auth/token", data={"username": PERSON, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
    return process.pid, client


def _is_there(file: Path) -> Callable[[], Awaitable[bool]]:
    async def is_there() -> bool:
        return file.exists()

    return is_there


async def _round(one: Contender, many: int, server: int, figures: Figures) -> None:
    places = asyncio.Semaphore(many)

    async def play() -> list[float]:
        async with places:
            return await one.play()

    pids = [pid for pid in (server, one.worker, os.getpid(), one.web) if pid is not None]
    before, began = [cpu_ms(pid) for pid in pids], time.perf_counter()
    latencies = await asyncio.gather(*(play() for _ in range(CASES[many])))
    took, after = time.perf_counter() - began, [cpu_ms(pid) for pid in pids]
    count = CASES[many] * len(STEPS)
    figures.per_second.append(count / took)
    figures.cpu.append(tuple((end - start) / count for start, end in zip(before, after, strict=True)))
    figures.milliseconds.extend(each for case in latencies for each in case)


async def _engine_case(house: House, onlooker: Onlooker) -> list[float]:
    """One case of ours through the gateway; starting it, until its first task stands there, is part of the cost."""
    rules = _rules()
    case_id = await house.start(rules)
    await house.until(partial(onlooker.sees, case_id))
    sha = house.model(rules).form_shas[FORM_KEY]

    async def act(step: str) -> None:
        await house.act(case_id, rules, f"{step}#1", values=dict(VALUES), form_sha=sha)

    return [await _timed(act(step)) for step in STEPS]


_RULES: list[Any] = []


def _rules() -> Any:
    if not _RULES:
        _RULES.append(pinned())
    return _RULES[0]


async def _floor_case(house: House, onlooker: Onlooker) -> list[float]:
    case = f"floor/{new_id()}"
    client = house.gateway.client
    handle = await client.start_workflow(FLOOR, {"actor": "receiver"}, id=case, task_queue="floor")
    await house.until(partial(onlooker.sees, f"{case}/{STEPS[0]}"))

    async def act(step: str) -> None:
        given = {"step": step, "actor": "receiver", "values": VALUES}
        await handle.execute_update("complete", given, id=new_id())

    return [await _timed(act(step)) for step in STEPS]


async def _rest_case(client: httpx.AsyncClient) -> list[float]:
    """One case as another system drives it: started and worked through REST with a token, unsigned."""
    started = await client.post("/api/v1/cases", json={"definition": DEFINITION, "start": {}})
    case = started.raise_for_status().json()["id"]
    body = {"data": json.loads(dumps(dict(VALUES)))}

    async def act(step: str) -> None:
        path = f"/api/v1/tasks/{task_id(case, f'{step}#1', 's1')}:complete"
        while (answer := await client.post(path, json=body)).status_code == 404:
            await asyncio.sleep(0.05)  # what came before was accepted and its wave is late (202): a client asks again
        answer.raise_for_status()

    return [await _timed(act(step)) for step in STEPS]


async def _timed(work: Awaitable[None]) -> float:
    began = time.perf_counter()
    await work
    return (time.perf_counter() - began) * 1000
