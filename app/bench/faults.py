"""`bench faults`: cases of every kind under way while parts are killed, frozen, locked out and put back older."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app import wiring
from app.bench import fault_cases, fault_verdict
from app.bench.fault_injector import Injector
from app.bench.fault_load import FIRST, PEOPLE, Load
from app.bench.fault_parts import Parts
from app.bench.fault_worker import SHARE
from app.bench.house import House
from app.temporal_server import EmbeddedTemporal
from services import key_events

GAP_SECONDS = (1.0, 3.0)
"""Between two faults people get on with their work."""
DRAIN_SECONDS = 20.0
QUEUE = "faults"


@dataclass
class Outcome:
    """What a run did and found."""

    seed: int
    cases: int = 0
    states: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    verbs: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    violations: list[str] = field(default_factory=list)


async def run(
    seed: int, seconds: float, cases: int, folder: Path | None = None, drain: float = DRAIN_SECONDS
) -> Outcome:
    """Work and harm for so many seconds, let it drain, and judge. ``folder`` is kept; without one all is thrown away."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="gsp-faults-", ignore_cleanup_errors=True) as name:
            return await run(seed, seconds, cases, Path(name), drain)
    async with _at_work(seed, folder) as parts:
        load = Load(parts, random.Random(f"{seed}/people"))
        injector = Injector(parts, load, random.Random(f"{seed}/faults"))
        people = [asyncio.create_task(load.work()) for _ in range(PEOPLE)]
        try:
            await _harm(load, injector, seconds, cases)
            await _drain(load, drain)
        finally:
            for person in people:
                person.cancel()
            await asyncio.gather(*people, return_exceptions=True)
        found = [*injector.violations, *await fault_verdict.violations(load)]
        return _outcome(seed, load, injector, found)


@asynccontextmanager
async def _at_work(seed: int, folder: Path) -> AsyncIterator[Parts]:
    async with EmbeddedTemporal(folder / "temporal") as server:
        house = await House.open(folder / "house", server.address, QUEUE)
        office = wiring.office_of(house.settings, house.gateway.client, house.database)
        await key_events.register(office)
        await house.database.writing(fault_cases.furnish, office.now())
        office.drafts.close()
        parts = Parts(house, server, str(seed))
        parts.share = str(SHARE)
        parts.start_worker()
        await parts.start_desk()
        parts.watch()
        try:
            yield parts
        finally:
            await parts.close()
            house.database.close()


async def _harm(load: Load, injector: Injector, seconds: float, cases: int) -> None:
    until = time.monotonic() + seconds
    load.working.set()
    starting = asyncio.create_task(load.start_cases(cases, seconds * 0.7 / cases))
    while len(load.started) < min(cases, FIRST):
        await asyncio.sleep(0.1)
    injector.take_backup()
    while time.monotonic() < until:
        await asyncio.sleep(injector.chance.uniform(*GAP_SECONDS))
        await injector.next()
    await starting


async def _drain(load: Load, seconds: float) -> None:
    """Nothing fails any more and everybody brings his cases forward; then all put down their pens."""
    load.parts.kill_worker()
    load.parts.share = "0"
    load.parts.start_worker()
    load.tidy = True
    await asyncio.sleep(seconds)
    await load.calm()
    load.parts.kills["worker"] -= 1


def _outcome(seed: int, load: Load, injector: Injector, found: list[str]) -> Outcome:
    with load.parts.house.database.read() as session:
        states = Counter(state.state for _, state in fault_verdict.states(session))
    verbs = Counter(one.action for one in load.sent if one.said == "accepted")
    return Outcome(
        seed,
        states.total(),
        states,
        load.counted(),
        load.parts.kills,
        load.parts.ends,
        Counter(injector.done),
        verbs,
        injector.longest,
        found,
    )
