"""Continue-as-new carries a case on without anybody noticing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.bench.house import House, new_id, pinned_set, task
from domain.canonical import dumps
from records import acts as act_rows
from records import cases, inbox
from services.gateway import ActRefused
from tests.workflows.conftest import Watched, runner_of

ROUNDS = 25
LINES = {"id": "lines", "foreach": "start.lines", "as": "line", "item_key": "line.no", "do": [task("count")]}
LOOP = pinned_set(
    [
        task(
            "ask",
            outcomes=[{"key": key, "title": {"zh": key, "en": key}} for key in ("go", "again")],
            on={"again": "ask"},
        ),
        {"id": "done", "end": "completed"},
    ]
)


async def walked(house: House, continue_after: int) -> str:
    """A case that asked ``ROUNDS`` times."""
    case_id = await house.start(LOOP, continue_after=continue_after)
    for number in range(1, ROUNDS):
        await house.act(case_id, LOOP, f"ask#{number}", outcome="again")
    await house.act(case_id, LOOP, f"ask#{ROUNDS}", outcome="go")
    await house.until_state(case_id, "completed")
    return case_id


async def told(house: House, case_id: str) -> Any:
    """What the database says about a case, without ids, times and hashes."""
    records = await house.database.reading(cases.records, case_id)
    tasks = await house.database.reading(inbox.tasks_of, case_id)
    steps = await house.database.reading(cases.steps, case_id)
    return (
        [(record.seq, record.path, record.action) for record in records],
        sorted((row["path"], row["seat"], row["state"], row["outcome"], row["done_by"]) for row in tasks),
        sorted((row.path, row.state, row.round, dumps(row.outcome)) for row in steps),
    )


@pytest.mark.parametrize("kind", ["sandboxed", "unsandboxed"])
async def test_case_over_many_runs_leaves_the_rows_of_a_case_in_one(house: Watched, kind: str) -> None:
    async with house.worker(runner_of(kind)):
        many, one = await asyncio.gather(walked(house, 12), walked(house, 0))
        runs = await house.gateway.histories(many)
        assert len(runs) >= 8 and len(await house.gateway.histories(one)) == 1
        assert await told(house, many) == await told(house, one)
        waves = await house.database.reading(cases.waves, many)
        assert [wave.no for wave in waves] == list(range(1, len(waves) + 1)), "wave numbers go on over the runs"


async def test_repeated_act_is_known_after_the_case_was_continued(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        case_id, act_id = await house.start(LOOP, continue_after=5), new_id()
        answer = await house.act(case_id, LOOP, "ask#1", outcome="again", act_id=act_id)
        runs = await house.gateway.histories(case_id)
        await house.act(case_id, LOOP, "ask#2", outcome="again")
        assert len(await house.gateway.histories(case_id)) > len(runs)
        with pytest.raises(ActRefused) as refused:
            await house.act(case_id, LOOP, "ask#1", outcome="again", act_id=act_id)
        assert refused.value.refusal.code == "act_repeated"
        (stored,) = await house.database.reading(act_rows.answers_to, act_id)
        assert stored.answer == answer["answer"], "services answer the repeat with what was answered first"


async def test_no_act_is_lost_or_refused_while_the_case_moves(house: Watched) -> None:
    pinned = pinned_set([LINES, {"id": "done", "end": "completed"}])
    async with house.worker(runner_of("unsandboxed")):
        case_id = await house.start(pinned, {"lines": [{"no": f"L{n}"} for n in range(60)]}, continue_after=8)
        await house.until_seq(case_id, 62)

        async def person(line: int) -> Any:
            path, who = f"lines#1/[L{line}]#1/count#1", f"p{line % 6}"
            return await house.act(case_id, pinned, path, person=who, roles=["receiver"])

        for first in range(0, 60, 6):
            answers = await asyncio.gather(*(person(first + number) for number in range(6)))
            assert all(answers), "what arrives while the case moves is answered by the run that follows"
        await house.until_state(case_id, "completed")
        assert len(await house.gateway.histories(case_id)) > 3


async def test_continued_case_with_nothing_to_do_does_not_turn_in_a_circle(house: Watched) -> None:
    async with house.worker(runner_of("unsandboxed")):
        case_id = await house.start(LOOP, continue_after=1)
        await house.act(case_id, LOOP, "ask#1", outcome="again")
        await house.act(case_id, LOOP, "ask#2", outcome="again")
        assert len(await house.gateway.histories(case_id)) <= 4
