"""A changed calendar enters running cases on a real server: deadlines move once, on record, and every history replays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

from app.bench.house import SITE, pinned_set, task
from app.wiring import office_of
from domain.clock import date_in_zone, from_text
from domain.json_types import JsonObject
from domain.working_time import calendar_of
from records import audit, calendars, cases, inbox
from records.organisation import Company, Site
from services import recalendar
from services.calendars import in_force
from services.office import Office
from tests.workflows.conftest import Watched, runner_of

END: JsonObject = {"id": "end", "end": "completed"}
ZONE = "Asia/Shanghai"


@asynccontextmanager
async def at_work(house: Watched) -> AsyncIterator[Office]:
    """An office at the site of the cases, whose calendar they know when they start."""
    with house.database.write() as session:
        session.add(Company(key="main", name="测试"))
        session.flush()
        session.add(Site(key=SITE, name="总部", zone=ZONE))
    async with house.worker(runner_of("sandboxed")):
        office = office_of(house.settings, house.gateway.client, house.database)
        yield office
        office.drafts.close()


async def pinned(office: Office, *steps: JsonObject) -> JsonObject:
    """Rules with the calendar that is in force now, as services pin them."""
    calendar = await office.db.reading(in_force, office, SITE, office.now())
    return {**pinned_set([*steps, END]), "calendar": calendar}


def free(day: str, hours: list[str]) -> calendars.CalendarDay:
    return calendars.CalendarDay(site=SITE, day=day, hours=[*hours], reason="x", set_by="hr", set_at="2026-01-01")


async def due_of(office: Office, case_id: str) -> str:
    (row,) = await office.db.reading(inbox.tasks_of, case_id)
    return str(row["due"])


async def test_a_day_that_becomes_free_moves_deadlines_once_and_back_again(house: Watched) -> None:
    async with at_work(house) as office:
        assert await recalendar.follow(office) == 0, "the first time there is nothing to compare with"
        rules = await pinned(office, task("work", due="work:P1D"))
        case_id, other = await house.start(rules), await house.start(await pinned(office, task("clock", due="P1D")))
        await house.until_state(case_id, "running")
        await house.until_state(other, "running")
        before = await due_of(office, case_id)
        day = date_in_zone(before, ZONE).isoformat()
        with house.database.write() as session:
            session.add(free(day, []))
        assert await recalendar.follow(office) == 1
        after = await due_of(office, case_id)
        calendar: Any = await office.db.reading(in_force, office, SITE, office.now())
        assert after > before and calendar_of(calendar, ZONE).is_working_day(date_in_zone(after, ZONE))
        assert await recalendar.follow(office) == 0
        with house.database.write() as session:
            row = calendars.day(session, SITE, day)
            session.delete(row)
        assert await recalendar.follow(office) == 1
        assert await due_of(office, case_id) == before
        told = await office.db.reading(audit.events, audit.ADMIN, actor="system")
        followed = [event.payload for event in told if event.action == "calendar_followed"]
        assert [(one["cases"], one["deadlines"]) for one in followed] == [(1, 1), (1, 1)]
        records = await office.db.reading(cases.records, case_id)
        assert [record.action for record in records if record.actor == "system"].count("set") == 2
        quiet = await office.db.reading(cases.records, other)
        assert all(record.action != "set" for record in quiet)


async def test_what_is_far_away_changes_nothing_open_but_is_known(house: Watched) -> None:
    async with at_work(house) as office:
        await recalendar.follow(office)
        rules = await pinned(office, task("work", due="work:P1D"))
        case_id = await house.start(rules)
        await house.until_state(case_id, "running")
        before = await due_of(office, case_id)
        far: date = from_text(before).date() + timedelta(days=300)
        with house.database.write() as session:
            session.add(free(far.isoformat(), ["08:00-09:00"]))
        assert await recalendar.follow(office) == 1
        assert await due_of(office, case_id) == before
