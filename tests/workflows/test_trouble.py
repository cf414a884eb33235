"""Calls that fail, databases that are away, rows that contradict: the case waits, says so, and goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select
from temporalio import activity
from temporalio.exceptions import ApplicationError

import activities.temporal as projecting
import workflows.case as shell
from activities import project
from app import wiring
from app.bench.house import House, new_id, pinned_set, task
from domain import ids
from records import cases
from records.case_tables import Unprojected
from records.products import Product
from services import gateway
from services.gateway import ActRefused, EngineUnreachable
from tests.workflows.conftest import Watched, must_replay, runner_of

GIVEN = {"product_code": "'P-1'", "purchase_order_no": "'PO-1'", "supplier_code": "'S-1'"}
FACTS = {"id": "facts", "call": "orders.line_facts", "with": GIVEN}
DONE = {"id": "done", "end": "completed"}
UNKNOWN = {"code": "unknown_product", "title": {"zh": "无档案", "en": "not on file"}}


def calling(step: dict[str, Any], *more: Any, errors: Any = ()) -> Any:
    contract = {"name": "orders.line_facts", "version": 1, "errors": list(errors)}
    return pinned_set([step, *more, DONE], contracts={"orders.line_facts": contract})


async def actions(house: House, case_id: str) -> list[tuple[str, str]]:
    records = await house.database.reading(cases.records, case_id)
    return [(record.path, record.action) for record in records]


async def until_action(house: House, case_id: str, path: str, action: str, seconds: float = 20) -> None:
    async def is_so() -> bool:
        return (path, action) in await actions(house, case_id)

    await house.until(is_so, seconds)


async def until_attempt(house: House, case_id: str, number: int) -> None:
    """Until Temporal tries an activity of the case for the ``number``-th time."""

    async def is_so() -> bool:
        described = await house.gateway.describe(case_id)
        assert described is not None
        return any(one.attempt >= number for one in described.raw_description.pending_activities)

    await house.until(is_so)


@contextmanager
def products_away(house: House) -> Iterator[None]:
    """The table of products is not there for a while, as in a database that is being repaired."""
    with house.database.write() as session:
        session.execute(text("ALTER TABLE product RENAME TO product_away"))
    yield
    with house.database.write() as session:
        session.execute(text("ALTER TABLE product_away RENAME TO product"))


def add_product(session: Session) -> None:
    session.add(Product(code="P-1", name="吻合器"))


async def test_call_is_tried_again_until_it_succeeds(house: Watched) -> None:
    await house.database.writing(add_product)
    async with house.worker(runner_of("sandboxed")):
        with products_away(house):
            case_id = await house.start(calling({**FACTS, "retry": {"max": 5}}))
            await until_attempt(house, case_id, 2)
            ((number, fault),) = (await house.gateway.attempts(case_id)).values()
            assert number >= 2 and fault is not None and "日志编号" in fault.zh and "SELECT" not in fault.en
        await house.until_state(case_id, "completed")
        assert await house.gateway.attempts(case_id) == {}
        assert [action for path, action in await actions(house, case_id) if path == "facts#1"] == ["called", "posted"]


async def test_failed_call_is_an_incident_and_its_retry_goes_on(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        pinned = calling(FACTS)
        case_id = await house.start(pinned)
        await until_action(house, case_id, "facts#1", "incident")
        await house.database.writing(add_product)
        await house.act(case_id, pinned, "facts#1", "retry", seat="i1", person="admin", roles=["it_admin"])
        await house.until_state(case_id, "completed")
        kinds = [action for path, action in await actions(house, case_id) if path == "facts#1"]
        assert kinds == ["called", "incident", "retried", "posted"]


async def test_incident_speaks_to_people_and_never_of_the_machine(house: Watched) -> None:
    async with house.worker(runner_of("sandboxed")):
        with products_away(house):
            case_id = await house.start(calling({**FACTS, "retry": {"max": 1}}))
            await until_action(house, case_id, "facts#1", "incident")
        records: list[Any] = await house.database.reading(cases.records, case_id)
        said = next(record.detail["error"]["message"] for record in records if record.action == "incident")
    for words in said.values():
        assert not any(part in words for part in ("SELECT", "sqlite", "http", "no such table", "Error"))
    assert said["zh"].startswith("系统步骤") and "administrator" in said["en"] and "administrator" not in said["zh"]


async def test_declared_error_takes_its_route(house: Watched) -> None:
    step = {**FACTS, "on": {"unknown_product": "look"}}
    async with house.worker(runner_of("sandboxed")):
        pinned = calling(step, {"id": "skip", "end": "completed"}, task("look"), errors=[UNKNOWN])
        case_id = await house.start(pinned)
        await until_action(house, case_id, "look#1", "opened")
        await house.act(case_id, pinned, "look#1")
        await house.until_state(case_id, "completed")


async def test_answer_that_comes_after_its_step_was_left_is_recorded_as_late(house: Watched) -> None:
    outcomes = [{"key": key, "title": {"zh": key, "en": key}} for key in ("go", "stop")]
    both = {
        "id": "both",
        "parallel": [
            {"do": [{**FACTS, "retry": {"max": 8}}]},
            {"do": [task("ask", outcomes=outcomes, on={"stop": "done"})]},
        ],
    }
    await house.database.writing(add_product)
    async with house.worker(runner_of("sandboxed")):
        pinned = calling(both)
        with products_away(house):
            case_id = await house.start(pinned)
            await until_attempt(house, case_id, 2)
            answer = await house.act(case_id, pinned, "both#1/ask#1", outcome="stop")
            assert answer["answer"]["state"] == "completed"
        await until_action(house, case_id, "both#1/facts#1", "late")


async def test_acts_are_accepted_while_the_database_is_away_and_none_is_lost(house: Watched) -> None:
    pinned = pinned_set([task("first"), task("second"), DONE])
    async with house.worker(runner_of("unsandboxed")):
        case_id = await house.start(pinned)
        await house.until_seq(case_id, 2)
        with _kept_away(house):
            first, second = await asyncio.gather(
                _insisting(house, case_id, pinned, "first#1"), _after_accepted(house, case_id, pinned)
            )
        assert first is None and second is None, "accepted, being recorded: the caller is not kept waiting"
        await house.until_state(case_id, "completed")
        assert [a for _, a in await actions(house, case_id)].count("completed") == 2


async def _after_accepted(house: House, case_id: str, pinned: Any) -> Any:
    """The second step is answered as soon as history has the first."""

    async def is_so() -> bool:
        histories = await house.gateway.histories(case_id)
        return any(
            event.HasField("workflow_execution_update_accepted_event_attributes") for event in histories[-1].events
        )

    await house.until(is_so)
    return await _insisting(house, case_id, pinned, "second#1")


@contextmanager
def _kept_away(house: House) -> Iterator[None]:
    """Somebody else has the database to himself."""
    raw = sqlite3.connect(house.settings.data / "gspflow.db", isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        raw.execute("ROLLBACK")
        raw.close()


async def _insisting(house: House, case_id: str, pinned: Any, path: str) -> Any:
    """As callers do: an act of which nobody knows whether it was taken is sent again under its id."""
    act_id = new_id()
    while True:
        try:
            return await house.act(case_id, pinned, path, act_id=act_id)
        except EngineUnreachable:
            continue
        except ActRefused as refused:
            if refused.refusal.code != "act_repeated":
                raise
            return None


async def test_quarantined_case_waits_and_the_others_go_on(house: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projecting, "QUARANTINE_RETRY", timedelta(milliseconds=200))
    pinned = pinned_set([task("first"), DONE])
    async with house.worker(runner_of("unsandboxed")):
        case_id, other = await house.start(pinned), await house.start(pinned)
        await house.until_seq(case_id, 2)
        head = await house.database.writing(_set_head, case_id, "0" * 64)
        acting = asyncio.create_task(house.act(case_id, pinned, "first#1"))

        async def is_noted() -> bool:
            return bool(await house.database.reading(_quarantined))

        await house.until(is_noted)
        assert await house.database.reading(_quarantined) == [case_id]
        answer = await house.act(other, pinned, "first#1")
        assert answer["answer"]["state"] == "completed"
        await house.database.writing(_set_head, case_id, head)
        await acting
        await house.until_state(case_id, "completed")
        assert await house.database.reading(_quarantined) == []


def _set_head(session: Session, case_id: str, head: str) -> str:
    row = cases.case(session, case_id)
    assert row is not None
    before, row.head = row.head, head
    session.add(row)
    return before


def _quarantined(session: Session) -> list[str]:
    return [row.case_id for row in session.exec(select(Unprojected)).all() if row.kind == "quarantined"]


async def test_wave_that_was_given_up_is_written_later(house: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "PROJECT_AGAIN", timedelta(milliseconds=100))
    context = wiring.worker_context(house.settings, house.database)
    given_up: list[str] = []

    @activity.defn(name="project_wave")
    def stubborn(wave: dict[str, Any]) -> dict[str, Any]:
        if wave["case"] not in given_up:
            given_up.append(wave["case"])
            raise ApplicationError("never again", non_retryable=True)
        return project.project_wave(context, wave)

    from concurrent.futures import ThreadPoolExecutor

    from temporalio.worker import Worker

    worker = Worker(
        house.gateway.client,
        task_queue=house.settings.task_queue,
        workflows=[shell.CaseWorkflow],
        activities=[stubborn],
        activity_executor=ThreadPoolExecutor(2),
        workflow_runner=runner_of("unsandboxed"),
    )
    pinned = pinned_set([task("first"), DONE])
    async with worker:
        case_id = await house.start(pinned)
        answer = await house.act(case_id, pinned, "first#1")
        assert answer["answer"]["state"] == "completed"
        assert given_up == [case_id]
    await must_replay(house, case_id)


async def test_newer_engine_revision_waits_for_a_newer_worker(house: Watched) -> None:
    case_id = "01KAPXW0000000000000000000"
    given = {**house.started(pinned_set([task("first"), DONE]), case_id, {}), "engine_rev": 99}
    async with house.worker(runner_of("unsandboxed")):
        await house.gateway.start(case_id, given, {})

        async def has_failed_task() -> bool:
            handle = house.gateway.client.get_workflow_handle(ids.workflow_id(case_id))
            events = (await handle.fetch_history()).events
            return any(event.HasField("workflow_task_failed_event_attributes") for event in events)

        await house.until(has_failed_task)
        described = await house.gateway.describe(case_id)
        assert described is not None and described.status is not None and described.status.name == "RUNNING"
        await house.gateway.client.get_workflow_handle(ids.workflow_id(case_id)).terminate()


async def test_an_act_that_waited_for_a_worker_is_told_what_became_of_it(house: Watched) -> None:
    """The caller's first wait is over before there is a worker; whoever was refused is not told that he was accepted."""
    pinned = pinned_set([task("first"), DONE])
    async with house.worker():
        mine, his = await house.start(pinned), await house.start(pinned)
        await house.until_seq(mine, 2)
        await house.until_seq(his, 2)
    waiting = asyncio.gather(_told(house, mine, pinned, "receiver"), _told(house, his, pinned, "driver"))
    await asyncio.sleep(gateway.ANSWER_SECONDS + 0.8)
    async with house.worker():
        assert await waiting == ["accepted", "refused"]
        await house.until_state(mine, "completed")
    assert ("first#1", "completed") not in await actions(house, his)


async def _told(house: House, case_id: str, pinned: Any, role: str) -> str:
    """Asks again while nobody answers, as a client does."""
    act_id = new_id()
    while True:
        try:
            await house.act(case_id, pinned, "first#1", act_id=act_id, roles=[role])
        except EngineUnreachable:
            continue
        except ActRefused as refused:
            return "accepted" if refused.refusal.code == "act_repeated" else "refused"
        return "accepted"
