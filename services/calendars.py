"""The working-time calendar of a site: what is in force, a year to look at, and when something would be due.

Everybody who is signed in may look: a calendar holds no business data. Who may change it: ``services.calendar_changes``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from domain.calendar_layers import Hours, Layers, pinned_calendar
from domain.canonical import digest
from domain.clock import date_in_zone, from_text
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from domain.working_time import DEFAULT_WEEK, calendar_of
from records import calendars as rows
from records import organisation
from services.actor import Actor
from services.office import Office
from services.refusals import not_found, refuse
from workflows.engine.due import WORK, due_at

WHOLE_COMPANY = "_all"
"""The name under which the calendar of the whole company is asked for; no site can have it."""
DEFAULT_ZONE = "Asia/Shanghai"
EARLIEST, LATEST = 2020, 2099


def in_force(session: Session, office: Office, site: str, now: str) -> JsonObject:
    """The calendar that a case of a site gets when it starts now (form: ``domain.working_time``)."""
    today = date_in_zone(now, zone_of(session, site))
    return pinned_calendar(layers_of(session, office, site), today)


def calendar_sha(calendar: JsonObject) -> str:
    """The identity of a calendar."""
    return digest("calendar", calendar)


def layers_of(session: Session, office: Office, site: str) -> Layers:
    """Everything that the calendar of a site is made of; ``WHOLE_COMPANY`` without any site's own."""
    own = () if site == WHOLE_COMPANY else (site,)
    week = next((row.week for key in (*own, rows.EVERYWHERE) if (row := rows.week(session, key))), None)
    set_days = rows.days(session, (rows.EVERYWHERE, *own), f"{EARLIEST}-01-01", f"{LATEST}-12-31")
    return Layers(
        week=DEFAULT_WEEK if week is None else tuple(tuple(hours) for hours in week),
        holidays=office.holidays,
        days={row.day: tuple(row.hours) for row in set_days},  # the company's come first, so a site's win
        confirmed=frozenset(rows.years(session)),
    )


def zone_of(session: Session, site: str) -> str:
    """The time zone of a site; the company's usual one for anything else."""
    row = organisation.site(session, site)
    return row.zone if row else DEFAULT_ZONE


async def listing(office: Office, actor: Actor) -> list[JsonObject]:
    """The calendar in force at every site, and the whole company's: ``{site, zone, sha256, until, provisional, week}``."""
    return await office.db.reading(_listing, office, actor)


def _listing(session: Session, office: Office, actor: Actor) -> list[JsonObject]:
    keys = [WHOLE_COMPANY, *(row.key for row in organisation.sites(session))]
    return [_summary(session, office, actor, key) for key in keys]


def _summary(session: Session, office: Office, actor: Actor, site: str) -> JsonObject:
    layers, calendar = layers_of(session, office, site), in_force(session, office, site, office.now())
    return {
        "site": site,
        "zone": zone_of(session, site),
        "week": [list(hours) for hours in layers.week],
        "until": calendar["until"],
        "provisional": calendar["provisional"],
        "sha256": calendar_sha(calendar),
        "may_change": may_change(actor, site),
    }


def may_change(actor: Actor, site: str) -> bool:
    """Whether the actor may set days and hours of a site (or of the whole company)."""
    return any(actor.has(role, None if site == WHOLE_COMPANY else site) for role in changers(site))


def changers(site: str) -> tuple[str, ...]:
    """Who keeps a calendar: the heads for all, and at a site its personnel officer too. Never who runs the system:
    a day more or less moves deadlines (GSP 18)."""
    heads = ("company_head", "quality_director")
    return heads if site == WHOLE_COMPANY else (*heads, "hr")


async def year(office: Office, actor: Actor, site: str, number: int) -> JsonObject:
    """A year of a calendar, day by day. Refuses an unknown site or a year that no calendar covers."""
    about: JsonObject = {"action": "read_calendar", "subject": f"{site}/{number}"}
    await known_site(office, actor, site, about)
    if not EARLIEST <= number <= LATEST:
        zh, en = f"日历只有 {EARLIEST}–{LATEST} 年。", f"Calendars cover {EARLIEST} to {LATEST}."
        await refuse(office, actor, Refusal(422, "year_out_of_range", Text(zh, en)), about)
    return await office.db.reading(_year, office, actor, site, number)


async def known_site(office: Office, actor: Actor, site: str, about: JsonObject) -> None:
    """Refuse a site that does not exist."""
    if site != WHOLE_COMPANY and await office.db.reading(organisation.site, site) is None:
        why = not_found(f"没有机构“{site}”。", f"There is no site '{site}'.")
        await refuse(office, actor, why, about)


def _year(session: Session, office: Office, actor: Actor, site: str, number: int) -> JsonObject:
    layers = layers_of(session, office, site)
    sites = (rows.EVERYWHERE,) if site == WHOLE_COMPANY else (rows.EVERYWHERE, site)
    own = {row.day: row for row in rows.days(session, sites, f"{number}-01-01", f"{number}-12-31")}
    first = date(number, 1, 1)
    count = (date(number + 1, 1, 1) - first).days
    days = [day_view(layers, first + timedelta(days=one), own) for one in range(count)]
    confirmed = rows.years(session).get(number)
    announced = layers.holidays.is_announced(number)
    return {
        "site": site,
        "year": number,
        "zone": zone_of(session, site),
        "today": date_in_zone(office.now(), zone_of(session, site)).isoformat(),
        "state": "announced" if announced else "confirmed" if confirmed else "provisional",
        "source": confirmed.source if confirmed else None,
        "confirmed_by": confirmed.confirmed_by if confirmed else None,
        "confirmed_at": confirmed.confirmed_at if confirmed else None,
        "week": [list(hours) for hours in layers.week],
        "working_days": sum(1 for one in days if one["working"]),
        "may_change": may_change(actor, site),
        "may_confirm": may_change(actor, WHOLE_COMPANY),
        "days": list(days),
    }


def day_view(layers: Layers, day: date, own: dict[str, rows.CalendarDay]) -> JsonObject:
    """A day: whether and when it is worked, and why; ``kind`` is ``working, free, holiday, make_up, own``."""
    hours, set_ = layers.hours_on(day), own.get(day.isoformat())
    holiday = layers.holidays.holiday_on(day)
    name = layers.holidays.names.get(holiday[1]) if holiday else None
    view: JsonObject = {
        "day": day.isoformat(),
        "working": bool(hours),
        "hours": list(hours),
        "kind": _kind(hours, set_, holiday),
        "name": name.as_json() if name else None,
    }
    if set_ is not None:
        view |= {
            "set_for": set_.site or WHOLE_COMPANY,
            "reason": set_.reason,
            "set_by": set_.set_by,
            "set_at": set_.set_at,
        }
    return view


def _kind(hours: Hours, set_: Any, holiday: tuple[bool, str] | None) -> str:
    if set_ is not None:
        return "own"
    if holiday is not None:
        return "make_up" if holiday[0] else "holiday"
    return "working" if hours else "free"


async def due(office: Office, actor: Actor, site: str, duration: str, at: str | None = None) -> JsonObject:
    """When something that begins at ``at`` (left out: now) is due by the calendar in force at a site.

    Answers ``{site, at, duration, due, provisional}``; provisional: it lies in a year whose days may still change.
    """
    about: JsonObject = {"action": "read_calendar", "subject": f"{site}/due"}
    await known_site(office, actor, site, about)
    begins = at or office.now()
    calendar, zone = await office.db.reading(_with_zone, office, site)
    try:
        found = due_at(duration, begins, zone, calendar)
    except (ValueError, OverflowError) as error:
        zh = "期限写成 P1D、PT4H、work:P3D 或 work:PT2H；时间写成 2026-11-28T09:00:00Z。"
        en = f"Write a duration like P1D, PT4H, work:P3D or work:PT2H, a time like 2026-11-28T09:00:00Z: {error}."
        await refuse(office, actor, Refusal(422, "bad_duration", Text(zh, en)), about)
    by_calendar = calendar_of(calendar, zone)
    settled = not (duration.startswith(WORK) and by_calendar.is_provisional(by_calendar.local_day(from_text(found))))
    return {"site": site, "at": begins, "duration": duration, "due": found, "provisional": not settled}


def _with_zone(session: Session, office: Office, site: str) -> tuple[JsonObject, str]:
    return in_force(session, office, site, office.now()), zone_of(session, site)
