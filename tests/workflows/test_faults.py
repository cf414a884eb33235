"""A short fault run: whatever is killed, frozen, locked out or put back older, nothing accepted is lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bench import fault_verdict, faults
from app.bench.fault_load import Sent


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [2])
async def test_nothing_is_lost_doubled_or_stuck_under_faults(seed: int, tmp_path: Path) -> None:
    found = await faults.run(seed, 30, 15, tmp_path, drain=8)
    assert found.violations == [], f"again: ./gspflow bench faults --minutes 0.5 --seed {seed} --cases 15"
    assert found.acts["accepted"] > 20 and found.faults.total() >= 4


async def test_a_lost_act_and_a_refused_one_that_took_effect_are_named(tmp_path: Path) -> None:
    from app.bench.house import House, pinned_set, task
    from app.temporal_server import EmbeddedTemporal

    pinned = pinned_set([task("first"), {"id": "end", "end": "completed"}])
    async with EmbeddedTemporal(tmp_path / "temporal") as server:
        house = await House.open(tmp_path / "house", server.address, "named")
        async with house.worker():
            case_id = await house.start(pinned)
            await house.until_seq(case_id, 2)
            await house.act(case_id, pinned, "first#1", act_id="act-that-was-done")
            await house.until_state(case_id, "completed")
        told = [
            Sent("act-that-was-done", case_id, "complete", "refused"),
            Sent("act-that-was-lost", case_id, "complete", "accepted"),
            Sent("act-in-doubt", case_id, "complete", "doubtful"),
        ]
        named = await house.database.reading(fault_verdict.acts_once, told)
        assert [line.split()[3] for line in named] == ["act-that-was-done", "act-that-was-lost"]
        house.database.close()
