"""Changing working-time calendars: days, weeks, and saying that a year's public holidays are final.

A day that is over is never changed: deadlines were met or missed by it. Every change stands in the admin stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from domain import roles as role_words
from domain.calendar_layers import MOST_SPANS, hours_fault
from domain.clock import date_in_zone
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from records import calendars as rows
from records.calendars import CalendarDay, CalendarWeek, CalendarYear
from services.actor import Actor
from services.admin_laws import invalid, told
from services.calendars import (
    EARLIEST,
    LATEST,
    WHOLE_COMPANY,
    changers,
    known_site,
    layers_of,
    may_change,
    year,
    zone_of,
)
from services.office import Office
from services.refusals import forbidden, refuse

REASON_MAX = 200


async def set_day(
    office: Office,
    actor: Actor,
    site: str,
    day: str,
    *,
    working: bool,
    reason: str,
    hours: Sequence[str] | None = None,
) -> JsonObject:
    """Make a day worked (``hours`` left out: the usual ones) or free; answers the year it lies in."""
    about = await _changing(office, actor, "calendar_day_set", site, day, reason)
    when = await _open_day(office, actor, site, day, about)
    wanted: Sequence[str] = ()
    if working:
        usual = (await office.db.reading(layers_of, office, site)).usual_hours()
        wanted = usual if hours is None else hours
        if not wanted:
            zh, en = "工作日须有工作时间。", "A working day has working hours."
            await invalid(office, actor, "hours_missing", zh, en, about)
        await _good_hours(office, actor, wanted, about)
    await office.db.writing(_write_day, actor, site, day, list(wanted), reason.strip(), about, office.now())
    return await year(office, actor, site, when.year)


async def clear_day(office: Office, actor: Actor, site: str, day: str, reason: str) -> JsonObject:
    """Take back what was set for a day; answers the year it lies in."""
    about = await _changing(office, actor, "calendar_day_cleared", site, day, reason)
    when = await _open_day(office, actor, site, day, about)
    if not await office.db.writing(_clear_day, actor, site, day, about, office.now()):
        zh, en = "这一天没有另行设定。", "Nothing is set for this day."
        await refuse(office, actor, Refusal(409, "day_not_set", Text(zh, en)), about)
    return await year(office, actor, site, when.year)


async def set_week(
    office: Office, actor: Actor, site: str, week: Sequence[Sequence[str]] | None, reason: str
) -> JsonObject:
    """Set the regular hours of Monday to Sunday from now on; ``None``: a site takes the company's, the company the usual.

    Answers the current year.
    """
    about = await _changing(office, actor, "calendar_week_set", site, "week", reason)
    if week is not None:
        if len(week) != 7 or not any(week):
            zh, en = "一周须有七天，且至少一天工作。", "A week has seven days, and at least one of them is worked."
            await invalid(office, actor, "bad_week", zh, en, about)
        for hours in week:
            await _good_hours(office, actor, hours, about)
    given = None if week is None else [list(hours) for hours in week]
    await office.db.writing(_write_week, actor, site, given, reason.strip(), about, office.now())
    zone = await office.db.reading(zone_of, site)
    return await year(office, actor, site, date_in_zone(office.now(), zone).year)


async def confirm_year(office: Office, actor: Actor, number: int, source: str) -> JsonObject:
    """Say that the public holidays of a year are final as they stand; ``source`` names the announcement."""
    about = await _changing(office, actor, "calendar_year_confirmed", WHOLE_COMPANY, str(number), source)
    if not EARLIEST <= number <= LATEST:
        zh, en = f"日历只有 {EARLIEST}–{LATEST} 年。", f"Calendars cover {EARLIEST} to {LATEST}."
        await invalid(office, actor, "year_out_of_range", zh, en, about)
    known = await office.db.reading(rows.years)
    if office.holidays.is_announced(number) or number in known:
        zh, en = f"{number} 年已经是确定的。", f"The year {number} is final already."
        await refuse(office, actor, Refusal(409, "year_is_final", Text(zh, en)), about)
    await office.db.writing(_write_year, actor, number, source.strip(), about, office.now())
    return await year(office, actor, WHOLE_COMPANY, number)


async def _changing(office: Office, actor: Actor, action: str, site: str, subject: str, reason: str) -> JsonObject:
    """What is about to be done, once it is known that the actor may and that there is a reason."""
    place: str | None = None if site == WHOLE_COMPANY else site
    about: JsonObject = {"action": action, "subject": f"{site}/{subject}", "site": place, "reason": reason.strip()}
    await known_site(office, actor, site, about)
    if not may_change(actor, site):
        wanted = changers(site)
        zh = "、".join(role_words.role_text(role).zh for role in wanted)
        en = ", ".join(role_words.role_text(role).en for role in wanted)
        why = forbidden(f"工作日历由{zh}维护。", f"The working calendar is kept by: {en}.", who_can=wanted)
        await refuse(office, actor, why, about)
    if not 0 < len(reason.strip()) <= REASON_MAX:
        zh, en = f"请写明原因（{REASON_MAX} 字以内）。", f"Give the reason, up to {REASON_MAX} characters."
        await invalid(office, actor, "reason_missing", zh, en, about)
    return about


async def _open_day(office: Office, actor: Actor, site: str, day: str, about: JsonObject) -> date:
    """The day, when it is one of the calendar and not over yet."""
    try:
        when = date.fromisoformat(day)
    except ValueError:
        when = None
    if when is None or when.isoformat() != day or not EARLIEST <= when.year <= LATEST:
        zh, en = f"“{day}”不是日期，请写成 2027-02-08。", f"'{day}' is no day; write it like 2027-02-08."
        await invalid(office, actor, "bad_day", zh, en, about)
    today = date_in_zone(office.now(), await office.db.reading(zone_of, site))
    if when < today:
        zh = f"{day} 已经过去，期限已按它计算，不能再改。"
        en = f"{day} is over; deadlines were met or missed by it, so it stays as it was."
        await refuse(office, actor, Refusal(409, "day_is_over", Text(zh, en)), about)
    return when


async def _good_hours(office: Office, actor: Actor, hours: Sequence[str], about: JsonObject) -> None:
    if hours_fault(hours) is not None:
        zh = f"工作时间写成 09:00-12:00，按先后排列、互不重叠，一天最多 {MOST_SPANS} 段。"
        en = f"Write hours like 09:00-12:00, in order and apart, at most {MOST_SPANS} spans a day."
        await invalid(office, actor, "bad_hours", zh, en, about)


def _key(site: str) -> str:
    return rows.EVERYWHERE if site == WHOLE_COMPANY else site


def _write_day(
    session: Session, actor: Actor, site: str, day: str, hours: list[Any], reason: str, about: JsonObject, now: str
) -> None:
    before = rows.day(session, _key(site), day)
    was: Any = None if before is None else before.hours
    session.merge(CalendarDay(site=_key(site), day=day, hours=hours, reason=reason, set_by=actor.id, set_at=now))
    told(session, actor, {**about, "changes": {"hours": [was, hours]}}, now)


def _clear_day(session: Session, actor: Actor, site: str, day: str, about: JsonObject, now: str) -> bool:
    row = rows.day(session, _key(site), day)
    if row is None:
        return False
    was: Any = row.hours
    session.delete(row)
    told(session, actor, {**about, "changes": {"hours": [was, None]}}, now)
    return True


def _write_week(
    session: Session, actor: Actor, site: str, week: list[Any] | None, reason: str, about: JsonObject, now: str
) -> None:
    row = rows.week(session, _key(site))
    was: Any = None if row is None else row.week
    if week is not None:
        session.merge(CalendarWeek(site=_key(site), week=week, reason=reason, set_by=actor.id, set_at=now))
    elif row is not None:
        session.delete(row)
    told(session, actor, {**about, "changes": {"week": [was, week]}}, now)


def _write_year(session: Session, actor: Actor, number: int, source: str, about: JsonObject, now: str) -> None:
    session.add(CalendarYear(year=number, source=source, confirmed_by=actor.id, confirmed_at=now))
    told(session, actor, about, now)
