"""Worker and server are killed in the middle of many cases: every accepted act is there, once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.bench.house import House, new_id, pinned_set, task
from app.children import spawn, stop
from app.temporal_server import EmbeddedTemporal
from records import cases
from records.ledger_verify import verify_ledger
from records.verify import verify_all
from services.gateway import ActRefused, EngineUnreachable
from services.replay import prove

CASES = 20
STEPS = ("one", "two", "three")
PINNED = pinned_set([*(task(step) for step in STEPS), {"id": "done", "end": "completed"}])


def spawned(house: House) -> subprocess.Popen[bytes]:
    env = {**os.environ, **house.settings.environment()}
    return spawn([sys.executable, "-m", "app", "worker"], log=house.settings.data / "worker.log", env=env)


async def sent(house: House, case_id: str, step: str) -> str:
    """Do a step as a caller does who will not be put off: the same act id until there is an answer."""
    act_id = new_id()
    for _ in range(20):
        try:
            await house.act(case_id, PINNED, f"{step}#1", act_id=act_id)
        except EngineUnreachable:
            continue
        except ActRefused as refused:
            if refused.refusal.code == "no_such_task":  # the case's start, or the step before, is still on its way
                await asyncio.sleep(0.05)
                continue
            assert refused.refusal.code == "act_repeated", refused.refusal
        return act_id
    raise AssertionError(f"{step} of {case_id} was never answered")


async def worked(house: House, case_id: str) -> list[str]:
    return [await sent(house, case_id, step) for step in STEPS]


@pytest.mark.timeout(180)
async def test_nothing_is_lost_or_doubled_when_worker_and_server_are_killed(tmp_path: Path) -> None:
    async with EmbeddedTemporal(tmp_path / "temporal") as server:
        house = await House.open(tmp_path / "house", server.address, "kills")
        worker = spawned(house)
        try:
            ids = await asyncio.gather(*(house.start(PINNED) for _ in range(CASES)))
            working = asyncio.gather(*(worked(house, case_id) for case_id in ids))
            await house.until_seq(ids[0], 3, 60)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            worker = spawned(house)
            await house.until_seq(ids[1], 4, 60)
            assert server.process is not None
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            await server.start()
            accepted = dict(zip(ids, await working, strict=True))
            for case_id in ids:
                await house.until_state(case_id, "completed", 60)
            await _check(house, accepted)
        finally:
            await asyncio.to_thread(stop, worker, seconds=10)
            house.database.close()


async def _check(house: House, accepted: dict[str, list[str]]) -> None:
    for case_id, act_ids in accepted.items():
        records = await house.database.reading(cases.records, case_id)
        done: list[Any] = [record.detail["act_id"] for record in records if record.action == "completed"]
        assert done == act_ids, "every accepted act, once, in its order"
        proof = await prove(await house.gateway.histories(case_id), records)
        assert proof.deterministic and not proof.differences, proof.as_json()
    with house.database.read() as session:
        assert verify_all(session) == []
        assert verify_ledger(session) == []
