"""Calendars of a company and its sites: who may change them, what wins, and that every change is on record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import RefusedError
from records import audit
from records.organisation import Site
from records.people import RoleGrant
from services import calendar_changes, calendars, people
from services.actor import Actor
from services.calendars import WHOLE_COMPANY
from services.office import Office

NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
DAY = "2020-01-01"


@pytest.fixture(autouse=True)
async def second_site(office: Office) -> None:
    """Another site, and a quality director at the first one; it is the 28th of November 2026."""
    office.clock = lambda: NOW
    with office.db.write() as session:
        session.add(Site(key="B2", name="分部"))
        grant = RoleGrant(
            account="owner", role="quality_director", site="HQ", valid_from=DAY, granted_by="system", granted_at=DAY
        )
        session.add(grant)


async def acting(office: Office, username: str) -> Actor:
    found = await people.actor_named(office, username)
    assert found is not None
    return found


def day_of(year: Any, text: str) -> Any:
    return next(one for one in year["days"] if one["day"] == text)


async def due(office: Office, site: str, duration: str, at: str) -> str:
    answer = await calendars.due(office, await acting(office, "hr"), site, duration, at)
    return str(answer["due"])


async def test_the_shipped_year_has_its_holidays_and_make_up_days(office: Office) -> None:
    year: Any = await calendars.year(office, await acting(office, "receiver"), "HQ", 2026)
    assert (year["state"], len(year["days"]), year["may_change"]) == ("announced", 365, False)
    assert day_of(year, "2026-02-14") | {"name": None} == {
        "day": "2026-02-14",
        "working": True,
        "hours": ["09:00-17:30"],
        "kind": "make_up",
        "name": None,
    }
    assert day_of(year, "2026-10-07")["kind"] == "holiday"
    assert day_of(year, "2026-10-07")["name"]["zh"] == "国庆节"
    assert year["working_days"] == 248


async def test_a_company_day_moves_deadlines_at_every_site_and_a_site_day_only_there(office: Office) -> None:
    friday = "2026-12-04T02:00:00Z"
    director, hr = await acting(office, "owner"), await acting(office, "hr")
    assert await due(office, "HQ", "work:P1D", friday) == "2026-12-07T09:30:00.000Z"
    await calendar_changes.set_day(office, director, WHOLE_COMPANY, "2026-12-07", working=False, reason="公司活动")
    assert await due(office, "HQ", "work:P1D", friday) == "2026-12-08T09:30:00.000Z"
    assert await due(office, "B2", "work:P1D", friday) == "2026-12-08T09:30:00.000Z"
    await calendar_changes.set_day(
        office, hr, "HQ", "2026-12-05", working=True, hours=["09:00-12:00"], reason="年终盘点"
    )
    assert await due(office, "HQ", "work:P1D", friday) == "2026-12-05T04:00:00.000Z"
    assert await due(office, "B2", "work:P1D", friday) == "2026-12-08T09:30:00.000Z"


async def test_a_site_day_wins_over_the_companys(office: Office) -> None:
    director, hr = await acting(office, "owner"), await acting(office, "hr")
    await calendar_changes.set_day(office, director, WHOLE_COMPANY, "2026-12-07", working=False, reason="公司活动")
    year: Any = await calendar_changes.set_day(office, hr, "HQ", "2026-12-07", working=True, reason="值班")
    assert day_of(year, "2026-12-07")["hours"] == ["09:00-17:30"]
    assert day_of(year, "2026-12-07")["set_for"] == "HQ"
    cleared: Any = await calendar_changes.clear_day(office, hr, "HQ", "2026-12-07", "不用值班了")
    assert day_of(cleared, "2026-12-07")["set_for"] == WHOLE_COMPANY


async def test_every_change_says_who_when_why_and_what_stood_before(office: Office) -> None:
    hr = await acting(office, "hr")
    await calendar_changes.set_day(office, hr, "HQ", "2026-12-07", working=False, reason="消毒")
    await calendar_changes.clear_day(office, hr, "HQ", "2026-12-07", "改期")
    cleared, set_ = await office.db.reading(audit.events, audit.ADMIN, actor="hr")
    assert (set_.actor, set_.action, set_.subject) == ("hr", "calendar_day_set", "HQ/2026-12-07")
    assert set_.payload["reason"] == "消毒" and set_.payload["changes"]["hours"] == [None, []]
    assert cleared.action == "calendar_day_cleared" and cleared.payload["changes"]["hours"] == [[], None]


@pytest.mark.parametrize(
    ("who", "site"),
    [
        ("admin", "HQ"),
        ("receiver", "HQ"),
        ("qa", "HQ"),
        ("auditor", "HQ"),
        ("hr", "B2"),
        ("hr", WHOLE_COMPANY),
        ("admin", WHOLE_COMPANY),
    ],
)
async def test_nobody_else_keeps_the_calendar_and_the_refusal_is_on_record(office: Office, who: str, site: str) -> None:
    actor = await acting(office, who)
    for attempt in (
        calendar_changes.set_day(office, actor, site, "2026-12-07", working=False, reason="x"),
        calendar_changes.clear_day(office, actor, site, "2026-12-07", "x"),
        calendar_changes.set_week(office, actor, site, [["09:00-12:00"]] * 7, "x"),
    ):
        with pytest.raises(RefusedError) as refused:
            await attempt
        assert refused.value.refusal.status == 403 and refused.value.refusal_id


@pytest.mark.parametrize(
    ("day", "given", "code"),
    [
        ("2026-11-27", {"working": False, "reason": "x"}, "day_is_over"),
        ("2026-13-01", {"working": False, "reason": "x"}, "bad_day"),
        ("20261207", {"working": False, "reason": "x"}, "bad_day"),
        ("2026-12-07", {"working": False, "reason": "  "}, "reason_missing"),
        ("2026-12-07", {"working": True, "hours": [], "reason": "x"}, "hours_missing"),
        ("2026-12-07", {"working": True, "hours": ["9-17"], "reason": "x"}, "bad_hours"),
        ("2026-12-07", {"working": True, "hours": ["09:00-12:00", "11:00-13:00"], "reason": "x"}, "bad_hours"),
    ],
)
async def test_a_day_that_cannot_be_is_refused(office: Office, day: str, given: Any, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        await calendar_changes.set_day(office, await acting(office, "hr"), "HQ", day, **given)
    assert refused.value.refusal.code == code


async def test_a_regular_week_of_a_site_counts_there_and_can_be_given_back(office: Office) -> None:
    hr = await acting(office, "hr")
    week = [["08:00-12:00", "13:00-17:00"]] * 6 + [[]]
    await calendar_changes.set_week(office, hr, "HQ", week, "六天工作制")
    friday = "2026-12-04T02:00:00Z"
    assert await due(office, "HQ", "work:P1D", friday) == "2026-12-05T09:00:00.000Z"
    assert await due(office, "HQ", "work:PT6H", friday) == "2026-12-04T09:00:00.000Z"
    assert await due(office, "B2", "work:P1D", friday) == "2026-12-07T09:30:00.000Z"
    await calendar_changes.set_week(office, hr, "HQ", None, "恢复")
    assert await due(office, "HQ", "work:P1D", friday) == "2026-12-07T09:30:00.000Z"
    with pytest.raises(RefusedError, match="bad_week"):
        await calendar_changes.set_week(office, hr, "HQ", [[]] * 7, "x")


async def test_an_unannounced_year_is_provisional_until_it_is_confirmed_once(office: Office) -> None:
    director, hr = await acting(office, "owner"), await acting(office, "hr")
    long: Any = await calendars.due(office, hr, "HQ", "work:P30D", "2026-12-01T02:00:00Z")
    assert long["provisional"] is True and long["due"].startswith("2027-01-")
    assert (await calendars.due(office, hr, "HQ", "work:P10D", "2026-12-01T02:00:00Z"))["provisional"] is False
    with pytest.raises(RefusedError, match="forbidden"):
        await calendar_changes.confirm_year(office, hr, 2027, "国办通知")
    year: Any = await calendar_changes.confirm_year(office, director, 2027, "国办发明电〔2026〕x号")
    assert (year["state"], year["confirmed_by"]) == ("confirmed", "owner")
    assert (await calendars.due(office, hr, "HQ", "work:P30D", "2026-12-01T02:00:00Z"))["provisional"] is False
    for again in (2027, 2026):
        with pytest.raises(RefusedError, match="year_is_final"):
            await calendar_changes.confirm_year(office, director, again, "again")


async def test_a_duration_that_is_none_and_a_site_that_is_none_are_refused(office: Office) -> None:
    hr = await acting(office, "hr")
    for duration in ("soon", "work:P1M", "work:P99999D"):
        with pytest.raises(RefusedError, match="bad_duration"):
            await calendars.due(office, hr, "HQ", duration)
    with pytest.raises(RefusedError, match="not_found"):
        await calendars.year(office, hr, "moon", 2026)
    with pytest.raises(RefusedError, match="year_out_of_range"):
        await calendars.year(office, hr, "HQ", 1999)
