"""Cases on a real server: they run through, refuse, wait, go on, and are in the database as they are in history."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from app.bench.house import House, new_id, pinned_set, task
from domain import ids
from records import cases
from services.gateway import ActRefused
from tests.workflows.conftest import Watched, runner_of
from workflows.case import UPDATE_ACT, WORKFLOW
from workflows.refusing import REFUSED

TWO = pinned_set(
    [task("receive"), task("inspect", "inspector", not_same_as=["receive"]), {"id": "done", "end": "completed"}]
)


async def events_of(house: House, case_id: str) -> int:
    return sum(len(history.events) for history in await house.gateway.histories(case_id))


@pytest.mark.parametrize("kind", ["sandboxed", "unsandboxed"])
async def test_case_runs_through(house: Watched, kind: str) -> None:
    async with house.worker(runner_of(kind)):
        case_id = await house.start(TWO)
        first = await house.act(case_id, TWO, "receive#1")
        second = await house.act(case_id, TWO, "inspect#1", person="inspector")
        assert (first["answer"]["state"], second["answer"]["state"]) == ("running", "completed")
        row = await house.case_row(case_id)
        assert row is not None and (row.state, row.outcome, row.seq) == ("completed", "completed", second["seq"])


async def test_refused_act_leaves_no_event(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        case_id = await house.start(TWO)
        await house.until_seq(case_id, 1)
        before = await events_of(house, case_id)
        with pytest.raises(ActRefused) as refused:
            await house.act(case_id, TWO, "receive#1", person="inspector")
        assert refused.value.refusal.code == "wrong_role"
        assert refused.value.refusal.who_can == ("receiver",)
        await house.act(case_id, TWO, "receive#1")
        histories = await house.gateway.histories(case_id)
        accepted = [
            event
            for history in histories
            for event in history.events
            if event.HasField("workflow_execution_update_accepted_event_attributes")
        ]
        assert before > 0 and len(accepted) == 1, "only the accepted act is in the history"


async def test_raw_update_with_a_forged_actor_is_refused(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        case_id = await house.start(TWO)
        act_id = new_id()
        act = house.sealed(house.model(TWO), case_id, act_id, "complete", "receive#1", "s1").as_json()
        envelope: Any = act["envelope"]
        envelope["actor"] = {"id": "somebody", "name": "else", "role": None}
        handle = house.gateway.client.get_workflow_handle(ids.workflow_id(case_id))
        for given in (
            {"act_id": act_id, "act": act},
            {"act_id": act_id},
            {"act": 3},
            [],
            None,
            {"act_id": [], "act": {}},
        ):
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await handle.execute_update(UPDATE_ACT, given, id=act_id)
            assert isinstance(refused.value.cause, ApplicationError) and refused.value.cause.type == REFUSED
            assert refused.value.cause.details[0]["code"] in ("forged_act", "malformed_act", "foreign_act")


async def test_update_whose_id_does_not_bind_what_was_sealed_is_refused(house: Watched) -> None:
    """Two requests under one Update id: a killed server may record the one and have had the other executed."""
    async with house.worker(runner_of("sandboxed")):
        case_id, act_id = await house.start(TWO), new_id()
        first, again = (
            house.sealed(house.model(TWO), case_id, act_id, "complete", "receive#1", "s1", reason=reason)
            for reason in ("one", "two")
        )
        assert first.update_id != again.update_id
        handle = house.gateway.client.get_workflow_handle(ids.workflow_id(case_id))
        given: Any = {"act_id": act_id, "act": first.as_json()}
        for wrong in (act_id, again.update_id):
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await handle.execute_update(UPDATE_ACT, given, id=wrong)
            assert isinstance(refused.value.cause, ApplicationError)
            assert refused.value.cause.details[0]["code"] == "foreign_act"
        answer = await house.gateway.act(case_id, first)
        assert await house.gateway.act(case_id, first) == answer, "the very same request is one Update, one answer"
        with pytest.raises(ActRefused) as repeated:
            await house.gateway.act(case_id, again)
        assert repeated.value.refusal.code == "act_repeated"


@pytest.mark.parametrize(
    "forgery",
    ["keys", "case", "rules", "mode", "business_key", "values", "shape", "middle"],
)
async def test_forged_start_never_becomes_a_case(house: Watched, forgery: str) -> None:
    other = pinned_set([task("other"), {"id": "e", "end": "completed"}])
    case_id = new_id()
    given: Any = house.started(TWO, case_id, {})
    started = given["started"]
    if forgery == "keys":
        started["keys"] = dict.fromkeys(started["keys"], "A" * 43 + "=")
    elif forgery == "case":
        started["case_id"] = new_id()
    elif forgery == "rules":
        given["pinned"] = other
    elif forgery == "mode":
        started["mode"] = "sandbox"
    elif forgery == "business_key":
        started["business_key"] = "PO-1"
    elif forgery == "values":
        started["act"]["values"] = {"slipped": "in"}
    elif forgery == "shape":
        del started["act"]["seal"]
    else:
        given = {"pinned": TWO, "wave": 3, "state": {}}
    async with house.worker(runner_of("sandboxed")):
        handle = await house.gateway.client.start_workflow(
            WORKFLOW, given, id=ids.workflow_id(str(started["case_id"])), task_queue=house.settings.task_queue
        )
        with pytest.raises(WorkflowFailureError):
            await asyncio.wait_for(handle.result(), 20)
    assert await house.case_row(case_id) is None


async def test_act_sent_before_the_first_line_has_run_is_taken(house: Watched) -> None:
    case_id = await house.start(TWO)
    sent = asyncio.create_task(house.act(case_id, TWO, "receive#1"))
    await asyncio.sleep(0)
    async with house.worker(runner_of("sandboxed")):
        answer = await sent
        assert answer["answer"]["open"] == [ids.task_id(case_id, "inspect#1", "s1")]


async def test_two_completions_at_once_have_one_winner(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        case_id = await house.start(TWO)
        await house.until_seq(case_id, 2)
        people = [f"wang{number}" for number in range(6)]
        tries = [house.act(case_id, TWO, "receive#1", person=person, roles=["receiver"]) for person in people]
        results = await asyncio.gather(*tries, return_exceptions=True)
        won = [person for person, result in zip(people, results, strict=True) if isinstance(result, dict)]
        assert len(won) == 1
        for result in results:
            if isinstance(result, ActRefused):
                assert (result.refusal.code, result.refusal.done_by) == ("already_done", won[0])
        records = await house.database.reading(cases.records, case_id)
        assert sum(record.action == "completed" for record in records) == 1


async def test_same_act_sent_twice_at_once_is_done_once(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        case_id, act_id = await house.start(TWO), new_id()
        twice = (house.act(case_id, TWO, "receive#1", act_id=act_id, reason=reason) for reason in ("one", "two"))
        both = await asyncio.gather(*twice, return_exceptions=True)
        (refused,) = (result for result in both if isinstance(result, ActRefused))
        assert refused.refusal.code == "act_repeated", "sealed twice, it is still one act"
        records = await house.database.reading(cases.records, case_id)
        assert sum(record.action == "completed" for record in records) == 1


async def test_act_that_waited_too_long_is_refused(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        case_id = await house.start(TWO)
        with pytest.raises(ActRefused) as refused:
            await house.act(case_id, TWO, "receive#1", expires_at="2026-01-01T00:00:00.000Z")
        assert refused.value.refusal.code == "act_expired"


async def test_forty_people_answer_forty_parallel_tasks_at_once(house: Watched) -> None:
    lines = {"id": "lines", "foreach": "start.lines", "as": "line", "item_key": "line.no", "do": [task("count")]}
    pinned = pinned_set([lines, {"id": "done", "end": "completed"}])
    async with house.worker(runner_of("unsandboxed")):
        case_id = await house.start(pinned, {"lines": [{"no": f"L{number}"} for number in range(40)]})
        await house.until_seq(case_id, 41)
        tries = [
            house.act(case_id, pinned, f"lines#1/[L{number}]#1/count#1", person=f"p{number}", roles=["receiver"])
            for number in range(40)
        ]
        answers = await asyncio.gather(*tries)
        assert all(answer is not None for answer in answers)
        await house.until_state(case_id, "completed")
        records = await house.database.reading(cases.records, case_id)
        assert len({record.detail["actor"]["id"] for record in records if record.action == "completed"}) == 40


async def test_five_hundred_items_are_written_in_several_waves(house: Watched) -> None:
    lines = {"id": "lines", "foreach": "start.lines", "as": "line", "item_key": "line.no", "do": [task("count")]}
    pinned = pinned_set([lines, {"id": "done", "end": "completed"}])
    values: Any = {"lines": [{"no": f"L{number}", "product_name": "一次性使用无菌注射器"} for number in range(500)]}
    async with house.worker(runner_of("unsandboxed")):
        case_id = await house.start(pinned, values)
        await house.until_seq(case_id, 502)
        answer = await house.act(case_id, pinned, "lines#1/[L7]#1/count#1")
        waves = await house.database.reading(cases.waves, case_id)
        assert len(waves) > 2 and answer["seq"] >= 503


async def test_largest_act_that_does_not_compress_is_written(house: Watched) -> None:
    import base64
    import random

    noise = base64.b85encode(random.Random(7).randbytes(190_000)).decode()
    form: Any = {"schema": {"type": "object", "properties": {"note": {"type": "string"}}}, "ui": {}}
    pinned = pinned_set([task("receive", form="forms/note.v1.json"), task("next")], {"forms/note.v1.json": form})
    async with house.worker(runner_of("unsandboxed")):
        case_id = await house.start(pinned)
        sha = house.model(pinned).form_shas["forms/note.v1.json"]
        answer = await house.act(case_id, pinned, "receive#1", values={"note": noise}, form_sha=sha)
        assert answer is not None
        with pytest.raises(ActRefused) as refused:
            await house.act(case_id, pinned, "next#1", reason="x" * 262_144)
        assert refused.value.refusal.code == "act_too_large"


async def test_cancel_request_from_outside_ends_nothing(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        case_id = await house.start(TWO)
        await house.until_seq(case_id, 2)
        handle = house.gateway.client.get_workflow_handle(ids.workflow_id(case_id))
        await handle.cancel()
        await house.act(case_id, TWO, "receive#1")
        await house.act(case_id, TWO, "inspect#1", person="inspector")
        assert (await handle.result())["state"] == "completed"
