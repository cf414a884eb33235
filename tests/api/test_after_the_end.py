"""Cases after their end: corrections of what was signed, and cases that are opened again (SEMANTICS 43)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from records import cases
from services import audit, upkeep
from tests.api.conftest import Stack, passed, row
from tests.api.test_corrections import wish
from tests.api.test_sop_over_rest import closed

NAME = "receiving_unsealed"
WHY = {"reason": "the recall notice names this lot after all"}


@pytest.fixture(scope="module")
async def unsealed(stack: Stack) -> Stack:
    """The installation, with the shipped SOP under another name that seals nothing."""
    await stack.publish_changed(NAME, ("end: completed, seal: true", "end: completed"))
    return stack


async def ended(stack: Stack, definition: str = "receiving_inspection") -> tuple[str, str]:
    """A delivery that is on the shelf, and its lot."""
    case, task = await stack.at_inspection(definition)
    await inspected(stack, case, task)
    done = await closed(stack, case)
    return case, str(done["data"]["lines"][0]["lot_no"])


async def inspected(stack: Stack, case: str, task: str) -> None:
    """The line is good and goes to its shelf."""
    inspector, keeper = await stack.as_("inspector"), await stack.as_("keeper")
    await inspector.ok(inspector.post(f"/tasks/{task}:complete", passed()))
    put_away = await stack.task("keeper", case, "put_away")
    shelf = {"data": {"location_code": "HZ-A-02-03"}, "signature": {"meaning": "performed"}}
    await keeper.ok(keeper.post(f"/tasks/{put_away}:complete", shelf))


async def history(stack: Stack, case: str) -> list[Any]:
    """The records of a case."""
    auditor = await stack.as_("auditor")
    return await auditor.ok(auditor.get(f"/cases/{case}/history"))


async def is_proved(stack: Stack, case: str, runs: int = 2) -> None:
    """The records are gap-free, and a replay of all runs makes them again."""
    auditor = await stack.as_("auditor")
    proof: Any = {"records": -1}
    while proof["records"] != len(records := await history(stack, case)):  # a wave may come between the two questions
        proof = await auditor.ok(auditor.post(f"/cases/{case}/replay"))
    assert [one["seq"] for one in records] == list(range(1, len(records) + 1))
    assert (proof["deterministic"], proof["records"], proof["differences"]) == (True, len(records), []), proof
    assert proof["runs"] >= runs


async def seq_of_receipt(stack: Stack, case: str) -> int:
    """The record in which the goods were received."""
    return next(one["seq"] for one in await history(stack, case) if one["action"] == "completed")


async def test_a_closed_case_is_corrected_and_stays_closed(stack: Stack) -> None:
    case, _ = await ended(stack)
    seq = await seq_of_receipt(stack, case)
    qa = await stack.as_("qa")
    before = await qa.ok(qa.get(f"/cases/{case}"))
    await qa.ok(qa.post(f"/cases/{case}:amend", wish(seq)))
    shown = await qa.ok(qa.get(f"/cases/{case}"))
    assert (shown["state"], shown["closed_at"]) == ("completed", before["closed_at"])
    assert shown["data"]["lines"][0]["production_date"] == "2025-03-01"
    assert (await history(stack, case))[-1]["action"] == "amended"
    await is_proved(stack, case)


async def test_two_corrections_of_a_closed_case_at_once_are_both_on_record(stack: Stack) -> None:
    case, _ = await ended(stack)
    seq = await seq_of_receipt(stack, case)
    qa, director = await stack.as_("qa"), await stack.as_("director")
    one = qa.post(f"/cases/{case}:amend", wish(seq))
    two = director.post(f"/cases/{case}:amend", wish(seq, field="/lines/0/quarantine_location", value="HZ-Q-01"))
    answers = await asyncio.gather(one, two)
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    changed = [record for record in await history(stack, case) if record["action"] == "amended"]
    assert {record["actor"]["id"] for record in changed} == {"qa", "director"}
    await is_proved(stack, case)


async def test_histories_of_later_runs_are_kept_too(stack: Stack) -> None:
    case, _ = await ended(stack)
    kept = await _archived(stack, case)
    qa = await stack.as_("qa")
    await qa.ok(qa.post(f"/cases/{case}:amend", wish(await seq_of_receipt(stack, case))))
    assert await _archived(stack, case) > kept
    await is_proved(stack, case)


async def _archived(stack: Stack, case: str) -> int:
    while await upkeep.archive(stack.office):
        pass
    return len(await stack.office.db.reading(cases.archives, case))


async def test_quality_opens_a_completed_case_again_and_its_postings_are_reversed(unsealed: Stack) -> None:
    stack = unsealed
    case, lot = await ended(stack, NAME)
    qa, keeper = await stack.as_("qa"), await stack.as_("keeper")
    assert (await qa.ok(qa.get(f"/cases/{case}")))["allow"] == ["reopen"]
    assert (await keeper.ok(keeper.get(f"/cases/{case}")))["allow"] == []
    plan = await qa.ok(qa.post(f"/cases/{case}:reopen", {**WHY, "preview": True}))
    assert plan["to"] == "receive" and {one["undo"] for one in plan["reverses"]} == {"stock.reverse"}
    assert (await qa.ok(qa.get(f"/cases/{case}")))["state"] == "completed"
    await qa.ok(qa.post(f"/cases/{case}:reopen", WHY))
    await stack.task("receiver", case, "receive")
    shown = await qa.ok(qa.get(f"/cases/{case}"))
    assert (shown["state"], shown["closed_at"]) == ("running", None)
    stock = (await keeper.ok(keeper.get("/stock/balances", params={"lot": lot})))["items"]
    assert sum(one["quantity"] for one in stock) == 0
    told = [one["action"] for one in await history(stack, case)]
    assert "reopened" in told and told.count("ended") >= 1
    found = await qa.ok(qa.get("/cases", params={"state": "running", "lot": lot}))
    assert [one["id"] for one in found["items"]] == [case]


async def test_a_case_that_was_opened_again_runs_to_its_end_and_replays(unsealed: Stack) -> None:
    stack = unsealed
    case, _ = await ended(stack, NAME)
    qa, receiver = await stack.as_("qa"), await stack.as_("receiver")
    await qa.ok(qa.post(f"/cases/{case}:reopen", WHY))
    task = await stack.task("receiver", case, "receive")
    await receiver.ok(receiver.post(f"/tasks/{task}:complete", await stack.receipt(row())))
    await inspected(stack, case, await stack.task("inspector", case, "inspect"))
    assert (await closed(stack, case))["state"] == "completed"
    await is_proved(stack, case)


async def test_a_case_is_not_opened_again_where_it_may_not_be(unsealed: Stack) -> None:
    stack = unsealed
    case, _ = await ended(stack, NAME)
    running, _ = await stack.at_inspection(NAME)
    sealed, _ = await ended(stack)
    qa, receiver = await stack.as_("qa"), await stack.as_("receiver")
    answers = {
        "wrong_role": await receiver.post(f"/cases/{case}:reopen", WHY),
        "reason_missing": await qa.post(f"/cases/{case}:reopen", {}),
        "no_return_target": await qa.post(f"/cases/{case}:reopen", {**WHY, "to": "nowhere"}),
        "sealed": await qa.post(f"/cases/{sealed}:reopen", WHY),
        "still_running": await qa.post(f"/cases/{running}:reopen", WHY),
    }
    told = {name: (answer.status_code, answer.json().get("code")) for name, answer in answers.items()}
    assert told == {
        "wrong_role": (403, "wrong_role"), "reason_missing": (422, "reason_missing"),
        "no_return_target": (422, "no_return_target"), "sealed": (409, "sealed"), "still_running": (409, "still_running"),
    }, told  # fmt: skip


async def test_the_installation_is_verified_with_cases_that_were_called_back(unsealed: Stack) -> None:
    case, _ = await ended(unsealed, NAME)
    qa = await unsealed.as_("qa")
    await qa.ok(qa.post(f"/cases/{case}:reopen", WHY))
    await _archived(unsealed, case)
    office = unsealed.office
    report = await audit.verify_installation(audit.premises_of(office), office.now(), thorough=True)
    ours = await office.db.reading(cases.heads)
    told = [audit.finding_line(one, "en") for one in report.findings if one.where.removeprefix("case/") in ours]
    assert told == [], "the process engine of the tests has cases of other installations, too"
