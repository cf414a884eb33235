"""A running case changes to another version: a signed act, then a new run with the new rules; everything replays."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.bench import migration
from app.bench.house import House, pinned_set, task
from records import cases, inbox, projection
from records import verify as chain
from services import folding
from services.gateway import ActRefused
from services.history import as_record
from services.waves import given_to, waves_of
from tests.workflows.conftest import Watched, runner_of
from workflows.engine.appliers import fold

DONE = {"id": "done", "end": "completed"}
OLD = pinned_set([task("first"), task("second"), DONE], top={"version": "1.0.0"})
NEW = pinned_set([task("first"), task("other", "inspector", due="P1D"), DONE], top={"version": "2.0.0"})
MOVE: Any = {"map": {"second": "other"}}


async def at_second(house: House) -> str:
    case_id = await house.start(OLD)
    await house.act(case_id, OLD, "first#1")
    return case_id


@pytest.mark.parametrize("kind", ["sandboxed", "unsandboxed"])
async def test_a_case_changes_in_the_middle_and_ends_under_the_new_rules(house: Watched, kind: str) -> None:
    async with house.worker(runner_of(kind)):
        case_id = await at_second(house)
        answer = await house.migrate(case_id, OLD, NEW, MOVE)
        assert len(answer["answer"]["open"]) == 1
        row = await house.case_row(case_id)
        assert row is not None and (row.version, row.pinned_sha) == ("2.0.0", house.model(NEW).pinned_sha)
        await house.act(case_id, NEW, "other#1", person="inspector")
        await house.until_closed(case_id)
    runs = await house.gateway.histories(case_id)
    assert len(runs) == 2
    assert (await given_to(runs[1]))["pinned"] == NEW and "state" in await given_to(runs[1])
    records = await house.database.reading(cases.records, case_id)
    assert [one.action for one in records][-5:] == ["cancelled", "migrated", "opened", "completed", "ended"]
    assert fold([as_record(one) for one in records]).state == "completed"
    signatures = await house.database.reading(cases.signatures, case_id)
    assert [(one.signer, one.meaning) for one in signatures] == [("quality_director", "approve")]
    with house.database.read() as session:
        assert folding.breaks(session, None) == (1, [])
        assert [one for one in chain.verify_all(session) if case_id in one.where] == []


async def test_what_is_kept_keeps_its_task_and_an_old_sheet_is_refused(house: Watched) -> None:
    changed = pinned_set([task("first"), task("second", due="PT5H"), DONE], top={"version": "1.0.1"})
    async with house.worker():
        case_id = await at_second(house)
        await house.act(case_id, OLD, "second#1", "claim")
        await house.migrate(case_id, OLD, changed)
        (kept,) = [one for one in await house.database.reading(inbox.tasks_of, case_id) if one["step"] == "second"]
        assert (kept["state"], kept["assignee"], kept["version"]) == ("open", "receiver", "1.0.1") and kept["due"]
        with pytest.raises(ActRefused) as refused:
            await house.act(case_id, OLD, "second#1")
        assert refused.value.refusal.code == "other_rules"
        await house.act(case_id, changed, "second#1")
        await house.until_closed(case_id)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"person": "owner", "roles": ["process_owner"]}, "wrong_role"),
        ({"meaning": None}, "reauth_needed"),
        ({"auth": {"method": "session", "at": "2026-11-22T01:00:00.000Z"}}, "reauth_needed"),
        ({"seal_as": {"actor": {"id": "somebody", "name": "x", "role": None}, "case": "other"}}, "foreign_act"),
        ({"values": {"version": "2.0.0", "pinned_sha": "0" * 64, "plan": {}}}, "other_rules"),
        ({"values": {"version": "2.0.0"}}, "bad_plan"),
        ({}, "cannot_migrate"),
    ],
)
async def test_a_raw_client_cannot_change_a_case_by_itself(house: Watched, changed: Any, code: str) -> None:
    async with house.worker():
        case_id = await at_second(house)
        before = await house.case_row(case_id)
        with pytest.raises(ActRefused) as refused:
            await house.migrate(case_id, OLD, NEW, None, **changed)
        assert refused.value.refusal.code == code
        after = await house.case_row(case_id)
        assert before is not None and after is not None and after.seq == before.seq
        await house.act(case_id, OLD, "second#1")
        await house.until_closed(case_id)


async def test_it_changes_forth_and_back_and_many_at_once(house: Watched) -> None:
    back: Any = {"map": {"other": "second"}}
    async with house.worker():
        ids = await asyncio.gather(*(at_second(house) for _ in range(8)))
        await asyncio.gather(*(house.migrate(one, OLD, NEW, MOVE) for one in ids))
        await asyncio.gather(*(house.migrate(one, NEW, OLD, back) for one in ids[:4]))
        await asyncio.gather(*(house.act(one, OLD, "second#2") for one in ids[:4]))
        await asyncio.gather(*(house.act(one, NEW, "other#1", person="inspector") for one in ids[4:]))
        for one in ids:
            await house.until_closed(one)
    found = {one: await waves_of(await house.gateway.histories(one)) for one in ids}
    with house.database.read() as session:
        assert folding.breaks(session, None) == (8, [])
        for one in ids:
            waves: list[Any] = [wave.body for wave in found[one]]
            assert projection.difference(session, one, waves) is None


async def test_random_cases_change_to_random_versions_as_their_verdicts_said(house: Watched) -> None:
    async with house.worker():
        found = await migration.measure(house, 30, seed=11)
    assert found.violations == []
    assert found.migrated >= 10 and {"kept"} <= set(found.kinds)
