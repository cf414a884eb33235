"""Periodic SOPs over REST and through the process engine's own schedules: once for each period, whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import ScheduleBackfill, ScheduleOverlapPolicy

from domain.clock import to_text
from records import schedules as rows
from services import cases, schedule_mirror
from tests.api.conftest import Stack, until


async def wish(stack: Stack, **changed: Any) -> dict[str, Any]:
    """A delivery that comes every week, which nobody really has; its note is numbered by the period."""
    start = await stack.arrival("SUP-003", "PO-2026-1104")
    start["delivery_note_no"] = "PERIODIC-{period}"
    given = {
        "process": "receiving_inspection",
        "site": "hangzhou",
        "title": {"zh": "每周来货", "en": "Weekly delivery"},
        "rhythm": {"every": "week", "weekday": 1, "at": "08:00"},
        "start": start,
        "versions": "^1",
        "reason": "a standing order",
    }
    return {**given, **changed}


async def made(stack: Stack, key: str, **changed: Any) -> Any:
    owner = await stack.as_("owner")
    return await owner.ok(owner.client.put(f"/schedules/{key}", json=await wish(stack, **changed)))


async def test_the_process_engine_asks_for_each_period_and_a_double_ask_starts_nothing(stack: Stack) -> None:
    shown = await made(stack, "weekly_delivery")
    assert shown["mirrored"] is False and len(shown["next"]) == 5
    await schedule_mirror.bring_in_line(stack.office)
    handle = stack.office.gateway.client.get_schedule_handle("schedule/weekly_delivery")
    told = await handle.describe()
    assert to_text(told.info.next_action_times[0]) == shown["next"][0]["begins"]
    last_weeks = datetime.now(UTC) - timedelta(days=21)
    await stack.office.db.writing(_watched_since, "weekly_delivery", to_text(last_weeks))
    span = ScheduleBackfill(last_weeks, datetime.now(UTC), overlap=ScheduleOverlapPolicy.BUFFER_ALL)
    await handle.backfill(span)
    runs = await until(lambda: _runs(stack, "weekly_delivery", 3), "the engine did not ask for three periods")
    await handle.backfill(span)
    started = {run.period: run.case_id for run in runs}
    assert all(run.outcome == "started" for run in runs) and len(set(started.values())) == len(runs)
    actions = await until(lambda: _actions(handle, 2 * len(runs)), "the second backfill did nothing")
    assert actions >= 2 * len(runs)
    again = await _runs(stack, "weekly_delivery", 3)
    assert {run.period: run.case_id for run in again} == started
    case = await stack.office.db.reading(cases.rows.case, str(runs[0].case_id))
    assert case is not None and case.started_by == "system"
    assert case.business_key == f"SUP-003/PERIODIC-{runs[0].period}"


def _watched_since(session: Any, key: str, at: str) -> None:
    row = rows.schedule(session, key)
    assert row is not None
    row.watched_from = at
    session.add(row)


async def _runs(stack: Stack, key: str, count: int) -> list[rows.ScheduleRun]:
    found = await stack.office.db.reading(rows.runs, key)
    return found if len(found) >= count else []


async def _actions(handle: Any, count: int) -> int:
    number = (await handle.describe()).info.num_actions
    return number if number >= count else 0


async def test_pausing_retiring_and_losing_a_schedule_reach_the_process_engine(stack: Stack) -> None:
    owner, client = await stack.as_("owner"), stack.office.gateway.client
    monthly = {"every": "month", "day": 31, "at": "17:00"}
    shown = await made(stack, "month_end", rhythm=monthly)
    await schedule_mirror.bring_in_line(stack.office)
    handle = client.get_schedule_handle("schedule/month_end")
    told = [to_text(moment) for moment in (await handle.describe()).info.next_action_times]
    assert told[:5] == [one["begins"] for one in shown["next"]]
    await handle.delete()
    assert await schedule_mirror.bring_in_line(stack.office) == 0
    assert await schedule_mirror.bring_in_line(stack.office, looking=True) == 1
    await owner.ok(owner.post("/schedules/month_end:pause", {"reason": "closed"}))
    await schedule_mirror.bring_in_line(stack.office)
    assert (await handle.describe()).schedule.state.paused
    resumed = await owner.ok(owner.post("/schedules/month_end:resume", {"reason": "open"}))
    assert resumed["state"] == "active" and resumed["next"]
    await schedule_mirror.bring_in_line(stack.office)
    assert not (await handle.describe()).schedule.state.paused
    await owner.ok(owner.post("/schedules/month_end:retire", {"reason": "over"}))
    await schedule_mirror.bring_in_line(stack.office)
    assert all([one.id != "schedule/month_end" async for one in await client.list_schedules()])
    listed = await owner.ok(owner.get("/schedules"))
    assert "month_end" not in {one["key"] for one in listed["items"]}


async def test_values_that_the_start_form_does_not_take_are_refused_while_somebody_is_there(stack: Stack) -> None:
    owner = await stack.as_("owner")
    wrong = await owner.client.put("/schedules/no_values", json=await wish(stack, start={}))
    assert wrong.status_code == 422 and wrong.json()["errors"]
    nowhere = await owner.client.put("/schedules/no_process", json=await wish(stack, process="nowhere"))
    assert nowhere.status_code == 404
    newer = await owner.client.put("/schedules/no_version", json=await wish(stack, versions="^9"))
    assert (newer.status_code, newer.json()["code"]) == (409, "version_out_of_range")


async def test_a_stranger_to_the_site_neither_sees_nor_changes_one(stack: Stack) -> None:
    await made(stack, "hidden_one")
    other = await stack.as_("qa2")
    assert (await other.get("/schedules/hidden_one")).status_code == 404
    receiver = await stack.as_("receiver")
    assert (await receiver.get("/schedules/hidden_one")).status_code == 200
    refused = await receiver.post("/schedules/hidden_one:pause", {"reason": "x"})
    assert refused.status_code == 403 and "process_owner" in refused.json()["who_can"]
