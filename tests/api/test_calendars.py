"""Working-time calendars over REST, and what a case takes of them when it starts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from records import cases
from services import calendars
from tests.api.conftest import Stack


def in_days(stack: Stack, number: int) -> str:
    """The first Tuesday so many days ahead: a day on which the company works."""
    day = (stack.office.clock() + timedelta(days=number)).date()
    return (day + timedelta(days=(1 - day.weekday()) % 7)).isoformat()


async def test_a_day_is_set_and_cleared_over_rest(stack: Stack) -> None:
    director, day = await stack.as_("director"), in_days(stack, 40)
    path = f"/calendars/_all/days/{day}"
    wish = {"working": False, "reason": "stocktaking"}
    year = await director.ok(director.client.put(path, json=wish))
    (found,) = [one for one in year["days"] if one["day"] == day]
    assert (found["working"], found["kind"], found["set_by"]) == (False, "own", "director")
    await director.ok(director.post(f"{path}:clear", {"reason": "not after all"}))
    again = await director.post(f"{path}:clear", {"reason": "not after all"})
    assert (again.status_code, again.json()["code"]) == (409, "day_not_set")
    refused = await (await stack.as_("admin")).client.put(path, json=wish)
    assert refused.status_code == 403 and refused.json()["who_can"] == ["company_head", "quality_director"]


async def test_everybody_reads_calendars_and_asks_when_something_is_due(stack: Stack) -> None:
    receiver = await stack.as_("receiver")
    listed = await receiver.ok(receiver.get("/calendars"))
    assert {"_all", "hangzhou"} <= {one["site"] for one in listed["items"]}
    asked = {"duration": "work:P5D", "at": "2026-09-30T02:00:00Z"}
    answer = await receiver.ok(receiver.get("/calendars/hangzhou/due", params=asked))
    assert answer["due"] == "2026-10-13T09:30:00.000Z"
    wrong = await receiver.get("/calendars/hangzhou/due", params={"duration": "soon"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_duration")
    assert (await receiver.get("/calendars/moon/years/2026")).status_code == 404


async def test_a_case_pins_the_calendar_in_force_when_it_starts(stack: Stack) -> None:
    director, day = await stack.as_("director"), in_days(stack, 41)
    await director.ok(
        director.client.put(f"/calendars/hangzhou/days/{day}", json={"working": False, "reason": "closed"})
    )
    started = await stack.start()
    await director.ok(director.post(f"/calendars/hangzhou/days/{day}:clear", {"reason": "open again"}))
    pinned: Any = await stack.office.db.reading(_pinned, started["id"])
    assert pinned["calendar"]["days"][day] == []
    now: Any = await stack.office.db.reading(calendars.in_force, stack.office, "hangzhou", stack.office.now())
    assert now["days"].get(day) != []


def _pinned(session: Any, case_id: str) -> Any:
    row = cases.case(session, case_id)
    assert row is not None
    return cases.pinned(session, row.pinned_sha)
