"""Time, messages and going back on a real server: each ends in one outcome, and every history replays."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from app.bench.house import pinned_set, task
from app.wiring import office_of
from domain.json_types import JsonObject
from records import cases, inbox
from services import messages
from services.actor import Actor
from services.office import Office
from tests.workflows.conftest import Watched, runner_of

ERP = Actor(id="erp", name="ERP", name_en="ERP", lang="en", roles={}, is_machine=True)
END: JsonObject = {"id": "end", "end": "completed"}
LATE: JsonObject = {"id": "late", "end": "cancelled"}


def waiting(timer: str = "P1D") -> JsonObject:
    arms: Any = [{"timer": timer, "to": "late"}, {"message": "approved_by_maker", "keys": "[start.no]", "to": "end"}]
    return pinned_set([task("first"), {"id": "hear", "wait": {"first_of": arms}}, END, LATE])


@asynccontextmanager
async def at_work(house: Watched) -> AsyncIterator[Office]:
    async with house.worker(runner_of("sandboxed")):
        office = office_of(house.settings, house.gateway.client, house.database)
        yield office
        office.drafts.close()


def word(number: str, key: str = "N-1") -> messages.Word:
    return messages.Word(number, "approved_by_maker", [key], {"by": "maker"})


async def test_a_timer_ends_a_wait_by_itself(house: Watched) -> None:
    async with at_work(house):
        pinned = waiting("PT1S")
        case_id = await house.start(pinned, {"no": "N-1"})
        await house.act(case_id, pinned, "first#1")
        await house.until_state(case_id, "cancelled")


async def test_a_message_finds_the_case_that_waits_once(house: Watched) -> None:
    async with at_work(house) as office:
        pinned = waiting()
        case_id = await house.start(pinned, {"no": "N-1"})
        await house.act(case_id, pinned, "first#1")
        assert await messages.post(office, ERP, word("M1", "N-2")) == {"matched": [], "buffered": True}
        assert await messages.post(office, ERP, word("M2")) == {"matched": [case_id], "buffered": False}
        assert await messages.post(office, ERP, word("M2")) == {"matched": [case_id], "buffered": False}
        await house.until_state(case_id, "completed")
        told = await office.db.reading(lambda session: messages.rows.told(session, "M2"))
        assert [one.state for one in told] == ["done"]


async def test_a_message_that_came_first_is_told_when_a_case_begins_to_wait(house: Watched) -> None:
    async with at_work(house) as office:
        assert (await messages.post(office, ERP, word("M1")))["buffered"] is True
        pinned = waiting()
        case_id = await house.start(pinned, {"no": "N-1"})
        await house.act(case_id, pinned, "first#1")
        assert await messages.deliver(office) == 1
        await house.until_state(case_id, "completed")


async def test_a_message_nobody_wanted_is_a_dead_letter(house: Watched) -> None:
    async with at_work(house) as office:
        await messages.post(office, ERP, word("M9"))
        later = office.clock
        office.clock = lambda: later() + timedelta(days=messages.KEPT_DAYS + 1)
        assert await messages.bury(office) == 1
        quality = Actor(id="qa", name="qa", name_en="qa", lang="en", roles={"quality_staff": frozenset({"HZ"})})
        page = await messages.listing(office, quality, "dead", None, 10)
        assert [one["id"] for one in page["items"]] == ["M9"]


async def test_timer_and_completion_in_one_moment_give_one_outcome(house: Watched) -> None:
    arms: Any = [{"timer": "PT1S", "to": "late"}]
    both: Any = {"id": "both", "parallel": [{"do": [task("answer")]}, {"do": [{"id": "hear", "wait": {"first_of": arms}}]}],
                 "join": "any"}  # fmt: skip
    pinned = pinned_set([both, END, LATE])
    async with at_work(house):
        five = [await house.start(pinned) for _ in range(5)]
        await asyncio.sleep(0.9)
        tries = [_complete(house, pinned, case_id, 0.04 * number) for number, case_id in enumerate(five)]
        answers = await asyncio.gather(*tries)
        for case_id, answered in zip(five, answers, strict=True):
            await house.until(lambda case_id=case_id: _ended(house, case_id))
            row = await house.case_row(case_id)
            assert row is not None and row.state in ("completed", "cancelled")
            assert answered == (row.state == "completed"), "whoever was told that he won has won"


async def _complete(house: Watched, pinned: JsonObject, case_id: str, pause: float) -> bool:
    await asyncio.sleep(pause)
    try:
        return await house.act(case_id, pinned, "both#1/answer#1") is not None
    except Exception as error:
        assert type(error).__name__ in ("ActRefused", "CaseUnknown"), error
        return False


async def _ended(house: Watched, case_id: str) -> bool:
    row = await house.case_row(case_id)
    return row is not None and row.state != "running"


async def test_forty_people_answer_forty_parallel_tasks_at_once(house: Watched) -> None:
    branches: Any = [{"do": [task(f"t{number}")]} for number in range(40)]
    pinned = pinned_set([{"id": "all", "parallel": branches}, END])
    async with at_work(house):
        case_id = await house.start(pinned)
        await house.until_seq(case_id, 42)
        begun = time.monotonic()
        acts = [
            house.act(case_id, pinned, f"all#1/t{number}#1", person=f"p{number}", roles=["receiver"])
            for number in range(40)
        ]
        answers = await asyncio.gather(*acts)
        assert all(answer is not None for answer in answers), f"{time.monotonic() - begun:.1f} s"
        await house.until_state(case_id, "completed")


async def test_what_a_return_undoes_is_undone_before_the_step_opens_again(house: Watched) -> None:
    lookup: Any = {"id": "ask", "call": "people.everyone", "with": {"roles": "['receiver']"}, "undo": "cases.cancel"}
    review = task("review", "inspector", allow=[{"return_to": ["first"]}])
    contracts: Any = {name: {"errors": [], "undo": None} for name in ("people.everyone", "cases.cancel")}
    pinned = pinned_set([task("first"), lookup, review, END], contracts=contracts)
    async with at_work(house):
        case_id = await house.start(pinned)
        await house.act(case_id, pinned, "first#1")
        await house.until(lambda: _has_task(house, case_id, "review#1"))
        back = {"values": {"to": "first"}, "reason": "wrong", "person": "inspector"}
        await house.act(case_id, pinned, "review#1", "return", **back)
        await house.until(lambda: _has_task(house, case_id, "first#2"))
        records = await house.database.reading(_actions, case_id)
        assert records[-4:] == ["called", "undone", "superseded", "opened"]


def _actions(session: Any, case_id: str) -> list[str]:
    return [record.action for record in cases.records(session, case_id)]


async def _has_task(house: Watched, case_id: str, path: str) -> bool:
    found = await house.database.reading(inbox.tasks_of, case_id)
    return any(row["path"] == path and row["state"] == "open" for row in found)
