"""`bench migration`: random cases change at random points to random next versions on a real server.

For each the verdict is asked first; after the change the stored records are folded and compared with it; then the case
is walked to its end and its history replayed. Anything that is not as it was said is a violation.
"""

from __future__ import annotations

import asyncio
import random
import time
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.bench.house import House, pinned_set, task
from app.temporal_server import EmbeddedTemporal
from domain.clock import to_text
from domain.json_types import JsonObject
from records import cases
from services.gateway import ActRefused
from services.history import as_record
from services.replay import prove
from workflows.engine.appliers import fold
from workflows.engine.migrate import verdict
from workflows.engine.migration_plan import Plan
from workflows.engine.migration_view import surprises
from workflows.engine.state import CaseState
from workflows.language.model import load_model

ROLES = ("receiver", "inspector", "quality_staff")
VERSIONS = 20
"""Pairs of versions; the cases are shared out among them."""
AT_ONCE = 20
MOVES_MAX = 40
LINES: JsonObject = {"lines": [{"no": "L1"}, {"no": "L2"}, {"no": "L/3"}]}


@dataclass
class Found:
    """What came of it: counts by what happened, and every violation in words."""

    migrated: int = 0
    refused: int = 0
    closed: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Pair:
    """A version and the one after it, with a plan for what the second has no place for."""

    old: JsonObject
    new: JsonObject
    plan: JsonObject


def pair(chance: random.Random, number: int) -> Pair:
    """A random definition and a random next version."""
    steps = [_block(chance, f"b{index}") for index in range(chance.randint(2, 4))]
    done = {"id": "done", "end": "completed"}
    changed, gone = deepcopy(steps), dict[str, str]()
    for index in range(chance.randint(1, 3)):
        _edit(chance, changed, gone, index)
    process = f"bench{number}"
    old = pinned_set([*steps, done], top={"process": process, "version": "1.0.0"})
    new = pinned_set([*changed, done], top={"process": process, "version": "2.0.0"})
    return Pair(old, new, {"map": {**gone}})


def _block(chance: random.Random, name: str) -> Any:
    kind = chance.choice(["task", "task", "vote", "each", "both"])
    if kind == "vote":
        votes = {"by": list(ROLES[1:]), "rule": chance.choice(["all", "sequence"])}
        return {"id": name, "approve": votes, "title": {"zh": name, "en": name}, "on": {"rejected": "done"}}
    if kind == "each":
        inner = [task(f"{name}i", chance.choice(ROLES)), task(f"{name}j", chance.choice(ROLES), due="PT4H")]
        return {"id": name, "foreach": "start.lines", "as": f"{name}x", "item_key": f"{name}x.no", "do": inner}
    if kind == "both":
        return {"id": name, "parallel": [{"do": [task(f"{name}l")]}, {"do": [task(f"{name}r", "inspector")]}]}
    return task(name, chance.choice(ROLES), due="P1D")


def _edit(chance: random.Random, steps: list[Any], gone: dict[str, str], number: int) -> None:
    """One random change; what is renamed gets a line in the plan."""
    inner = [one for step in steps for one in step.get("do", ())]
    tasks = [one for one in [*steps, *inner] if "task" in one]
    kind = chance.choice(["due", "role", "words", "rename", "sign", "add", "signed", "swap"])
    some = chance.choice(tasks) if tasks else None
    if kind == "due" and some:
        some["due"] = chance.choice(["PT1H", "P3D", "PT9H"])
    elif kind == "role" and some:
        some["task"] = chance.choice(ROLES)
    elif kind == "words" and some:
        some["title"] = {"zh": f"改{number}", "en": f"changed {number}"}
    elif kind == "sign" and some:
        some["sign"] = {"meaning": "performed"}
    elif kind == "rename" and some and some["id"] not in gone.values():
        gone[some["id"]] = some["id"] = f"{some['id']}n{number}"
    elif kind in ("add", "signed"):
        more: dict[str, Any] = {"sign": {"meaning": "performed"}} if kind == "signed" else {}
        steps.insert(chance.randint(0, len(steps)), task(f"added{number}", **more))
    elif kind == "swap" and len(steps) > 1:
        steps[0], steps[1] = steps[1], steps[0]


async def run(folder: Path, many: int, seed: int) -> Found:
    """The same with a server, a house and a worker of its own in ``folder``."""
    async with EmbeddedTemporal(folder / "temporal") as server:
        house = await House.open(folder / "house", server.address, "bench-migration")
        async with house.worker():
            found = await measure(house, many, seed)
        house.database.close()
        return found


async def measure(house: House, many: int, seed: int) -> Found:
    """Change ``many`` cases; a worker of the house must be running."""
    chance, found, began = random.Random(seed), Found(), time.monotonic()
    pairs = [pair(chance, number) for number in range(min(VERSIONS, many))]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with gate:
            await _case(house, random.Random(seed * 1_000_003 + number), pairs[number % len(pairs)], found)

    await asyncio.gather(*(one(number) for number in range(many)))
    found.seconds = time.monotonic() - began
    return found


async def _case(house: House, chance: random.Random, two: Pair, found: Found) -> None:
    case_id = await house.start(two.old, LINES)
    await house.until_seq(case_id, 2)
    await _walk(house, chance, case_id, two.old, chance.randint(0, 5))
    now_on = await _migrate(house, case_id, two, found)
    await _walk(house, chance, case_id, now_on, MOVES_MAX)
    stored = await house.database.reading(cases.records, case_id)
    proof = await prove(await house.gateway.histories(case_id), stored)
    if not proof.deterministic or proof.differences:
        found.violations.append(f"{case_id}: its history does not replay: {proof.as_json()}")
    if fold([as_record(row) for row in stored]).state == "running":
        found.violations.append(f"{case_id}: it never came to its end")


async def _state(house: House, case_id: str) -> CaseState:
    return fold([as_record(row) for row in await house.database.reading(cases.records, case_id)])


async def _migrate(house: House, case_id: str, two: Pair, found: Found) -> JsonObject:
    """Ask for the verdict, then try; returns the rules that hold afterwards."""
    before = await _state(house, case_id)
    if before.state != "running":
        found.closed += 1
        return two.old
    old, new, plan = load_model(two.old), load_model(two.new), Plan.from_json(two.plan)
    said = verdict(old, new, before, plan, max(to_text(datetime.now(UTC)), before.at))
    try:
        answer = await house.migrate(case_id, two.old, two.new, two.plan)
    except ActRefused as refused:
        found.refused += 1
        for reason in said.reasons[:1]:
            found.reasons[reason.code] = found.reasons.get(reason.code, 0) + 1
        if said.can:
            found.violations.append(f"{case_id}: it can be, said the verdict; refused: {refused.refusal.message.en}")
        return two.old
    found.migrated += 1
    for fate in said.fates:
        found.kinds[fate.what] = found.kinds.get(fate.what, 0) + 1
    if not said.can:
        found.violations.append(f"{case_id}: it cannot be, said the verdict, and it was done")
    stored = await house.database.reading(cases.records, case_id, 0, answer["seq"])
    after = fold([as_record(row) for row in stored])
    found.violations += [f"{case_id}: {one}" for one in surprises(said.after, after, new)]
    if {fate.path for fate in said.fates} != {one.path for one in before.active()}:
        found.violations.append(f"{case_id}: an open step has no fate")
    return two.new


async def _walk(house: House, chance: random.Random, case_id: str, rules: JsonObject, moves: int) -> None:
    """People do what is open, at random, so many times or until the case has ended."""
    model = house.model(rules)
    for _ in range(moves):
        state = await _state(house, case_id)
        seats = [(one, seat) for one in state.active() for seat in one.seats if seat.state == "open"]
        if state.state != "running" or not seats:
            return
        one, seat = chance.choice(seats)
        sign, outcome = model.steps[one.step].sign, "approved" if one.kind == "approve" else None
        meaning = sign.meaning if sign else None
        person, role = f"{seat.roles[0]}-{seat.key}", list(seat.roles)
        await house.act(
            case_id, rules, one.path, seat=seat.key, person=person, roles=role, outcome=outcome, meaning=meaning
        )
