"""Calendars and periods as the database keeps them, on both engines."""

from __future__ import annotations

import uuid
from typing import Any

from records import calendars
from records import schedules as rows
from records.database import Database

AT = "2026-11-28T04:00:00.000Z"


def run(schedule: str, outcome: str, **more: Any) -> rows.ScheduleRun:
    given: dict[str, Any] = {"period": "2026-12", "begins": "2026-12-01T00:00:00.000Z", "done_by": "system", "at": AT}
    return rows.ScheduleRun(site="HQ", mode="live", schedule=schedule, outcome=outcome, **{**given, **more})


def test_what_became_of_a_period_is_written_once_and_only_a_late_start_changes_it(database: Database) -> None:
    key = f"s{uuid.uuid4().hex[:10]}"

    def note(row: rows.ScheduleRun) -> bool:
        with database.write() as session:
            return rows.note_run(session, row)

    assert note(run(key, "missed"))
    assert not note(run(key, "missed", at="2026-11-29T04:00:00.000Z"))
    assert note(run(key, "started", case_id="C1", done_by="owner"))
    assert not note(run(key, "started", case_id="C2"))
    assert not note(run(key, "refused"))
    with database.read() as session:
        stored = rows.run(session, key, "2026-12")
        assert stored is not None and (stored.outcome, stored.case_id, stored.done_by) == ("started", "C1", "owner")
        assert rows.last_started(session, key, "2027-01") is not None
        assert rows.last_started(session, key, "2026-12") is None


def test_the_companys_days_come_before_a_sites_so_that_the_sites_win(database: Database) -> None:
    site = f"S{uuid.uuid4().hex[:8]}"
    with database.write() as session:
        for place, hours in ((site, ["08:00-12:00"]), (calendars.EVERYWHERE, [])):
            session.merge(
                calendars.CalendarDay(site=place, day="2031-03-03", hours=hours, reason="x", set_by="hr", set_at=AT)
            )
    with database.read() as session:
        found = calendars.days(session, (calendars.EVERYWHERE, site), "2031-03-01", "2031-03-31")
        assert [row.site for row in found] == [calendars.EVERYWHERE, site]
        assert {row.day: row.hours for row in found} == {"2031-03-03": ["08:00-12:00"]}


def test_what_cases_were_told_is_written_over(database: Database) -> None:
    site = f"S{uuid.uuid4().hex[:8]}"
    for sha in ("a", "b"):
        with database.write() as session:
            calendars.tell(session, site, sha, AT)
    with database.read() as session:
        told = calendars.told(session, site)
        assert told is not None and told.sha256 == "b"
