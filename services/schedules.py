"""Periodic SOPs: who may let which definition start by itself, how often, with which values.

The database says what is to happen; ``services.schedule_mirror`` tells the process engine's schedules, and
``services.schedule_runs`` does what is due. Every change stands in the admin stream.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlmodel import Session

from domain import roles as role_words
from domain.clock import from_text, to_text
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from domain.periods import Rhythm, filled, periods, rhythm_of, told
from domain.version_ranges import is_range
from forms.model import load_form
from records import definitions
from records import people as people_rows
from records import schedules as rows
from records.case_tables import Placed
from records.schedules import ACTIVE, PAUSED, RETIRED, Schedule, ScheduleRun
from services import admin_laws, calendars, cases
from services.actor import Actor
from services.office import Office
from services.refusals import forbidden, no_business, not_found, refuse

MAKERS = ("process_owner", "quality_director", "company_head")
"""Who makes and changes periodic SOPs of a site: what starts by itself is part of how the company works."""
KEY = re.compile(r"[a-z][a-z0-9_]{2,59}")
OVERLAPS = ("start", "skip")
CATCH_UP_MAX = 60
NEXT_SHOWN = 5


@dataclass(frozen=True)
class Wish:
    """A periodic SOP as somebody wants it; ``rhythm`` is data of ``domain.periods``."""

    process: str
    site: str
    title: dict[str, str]
    rhythm: JsonObject
    start: JsonObject
    reason: str
    versions: str = "*"
    overlap: str = "start"
    owner: str | None = None
    catch_up_days: int = 31


async def listing(office: Office, actor: Actor) -> list[JsonObject]:
    """The periodic SOPs of the sites where the actor works, with next and last run."""
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "list_schedules"})
    return await office.db.reading(_listing, office, actor)


def _listing(session: Session, office: Office, actor: Actor) -> list[JsonObject]:
    mine = actor.works_at()
    return [view(session, office, actor, row) for row in rows.listing(session) if row.site in mine]


async def processes(office: Office, actor: Actor) -> list[JsonObject]:
    """The definitions in force, of which a maker may choose: ``{name, version, title, fields: [{name, type, label, required,
    values}]}``; ``values`` are those of a choice."""
    if not any(actor.has(role) for role in MAKERS):
        return []
    return [_choice(found) for found in await office.db.reading(definitions.effective_all, office.now())]


def _choice(version: Any) -> JsonObject:
    form = load_form(version.checked["forms"][version.checked["definition"]["start"]["form"]])
    fields: list[Any] = [
        {
            "name": one.name,
            "type": one.type,
            "label": one.label.as_json(),
            "required": one.required,
            "values": [[value, words.as_json()] for value, words in one.enum],
        }
        for one in form.fields
        if not one.read_only
    ]
    return {"name": version.name, "version": version.version, "title": version.title, "fields": fields}


async def detail(office: Office, actor: Actor, key: str) -> JsonObject:
    """One periodic SOP with its latest periods."""
    row = await existing(office, actor, key, {"action": "read_schedule", "subject": key})
    return await office.db.reading(_detail, office, actor, row.key)


def _detail(session: Session, office: Office, actor: Actor, key: str) -> JsonObject:
    row = rows.schedule(session, key)
    assert row is not None, "schedules are never deleted"
    return {**view(session, office, actor, row), "runs": [run_view(one) for one in rows.runs(session, key)]}


async def existing(office: Office, actor: Actor, key: str, about: JsonObject) -> Schedule:
    """A periodic SOP of a site where the actor works; refuses any other."""
    row = await office.db.reading(rows.schedule, key)
    if row is None or row.site not in actor.works_at():
        why = not_found(f"没有定期任务“{key}”，或您无权查看。", f"There is no periodic SOP '{key}', or not for you.")
        await refuse(office, actor, why, about)
    return row


async def save(office: Office, actor: Actor, key: str, wish: Wish) -> JsonObject:
    """Make a periodic SOP or change it; from now on the new rhythm counts."""
    about: JsonObject = {"action": "schedule_saved", "subject": key, "site": wish.site, "reason": wish.reason.strip()}
    before = await office.db.reading(rows.schedule, key)
    if before is not None:
        await existing(office, actor, key, about)
        await need_maker(office, actor, before.site, about)
    await need_maker(office, actor, wish.site, about)
    await _sound(office, actor, key, before, wish, about)
    rhythm = await _rhythm(office, actor, wish, about)
    await _startable(office, actor, wish, rhythm, about)
    await office.db.writing(_write, office, actor, key, wish, rhythm, about)
    return await detail(office, actor, key)


async def need_maker(office: Office, actor: Actor, site: str, about: JsonObject) -> None:
    """Refuse whoever may not change the periodic SOPs of a site."""
    if any(actor.has(role, site) for role in MAKERS):
        return
    zh = "、".join(role_words.role_text(role).zh for role in MAKERS)
    en = ", ".join(role_words.role_text(role).en for role in MAKERS)
    why = forbidden(
        f"该机构的定期任务由{zh}设置。", f"The periodic SOPs of a site are set by its {en}.", who_can=MAKERS
    )
    await refuse(office, actor, why, about)


async def _sound(
    office: Office, actor: Actor, key: str, before: Schedule | None, wish: Wish, about: JsonObject
) -> None:
    """Refuse words that cannot be."""
    if not KEY.fullmatch(key):
        zh = "代码须为 3–60 个小写字母、数字或下划线，以字母开头。"
        en = "A key has 3–60 small letters, digits or underscores, beginning with a letter."
        await admin_laws.invalid(office, actor, "bad_key", zh, en, about)
    if before is not None and before.state == RETIRED:
        text = Text(f"“{key}”已停用，请换一个代码。", f"'{key}' is retired; take another key.")
        await refuse(office, actor, Refusal(409, "schedule_retired", text), about)
    if not wish.title.get("zh", "").strip() or not wish.title.get("en", "").strip():
        await admin_laws.invalid(office, actor, "title_missing", "请写中英文名称。", "Give both titles.", about)
    if not wish.reason.strip():
        await admin_laws.invalid(office, actor, "reason_missing", "请写明原因。", "Give the reason.", about)
    fits = is_range(wish.versions) and wish.overlap in OVERLAPS and 1 <= wish.catch_up_days <= CATCH_UP_MAX
    if not fits:
        zh = f"版本范围写成 ^1；重叠为 start 或 skip；补做期限 1–{CATCH_UP_MAX} 天。"
        en = f"A version range is like ^1, overlap is start or skip, catch-up is 1 to {CATCH_UP_MAX} days."
        await admin_laws.invalid(office, actor, "bad_schedule", zh, en, about)
    owner = await office.db.reading(people_rows.account, wish.owner or actor.id)
    if owner is None:
        zh, en = f"没有账号“{wish.owner}”。", f"There is no account '{wish.owner}'."
        await admin_laws.invalid(office, actor, "unknown_owner", zh, en, about)


async def _rhythm(office: Office, actor: Actor, wish: Wish, about: JsonObject) -> Rhythm:
    try:
        return rhythm_of(wish.rhythm)
    except ValueError as error:
        zh = f"周期里的“{error}”缺少、多余或超出范围。例：每月1日 08:00 写成 every: month, day: 1, at: 08:00。"
        en = (
            f"'{error}' in the rhythm is missing, unknown or out of bounds. "
            "The 1st of every month is {every: month, day: 1, at: '08:00'}."
        )
        await admin_laws.invalid(office, actor, "bad_rhythm", zh, en, about)


async def _startable(office: Office, actor: Actor, wish: Wish, rhythm: Rhythm, about: JsonObject) -> None:
    """Refuse values that the start form would not take for the next period, while somebody is there to see it."""
    zone = await office.db.reading(calendars.zone_of, wish.site)
    period = next(periods(rhythm, zone, office.clock()))
    begin = cases.Begin(
        definition=wish.process,
        start=filled(wish.start, period),
        site=wish.site,
        versions=wish.versions,
        origin={"schedule": {"key": str(about["subject"]), "period": period.key}},
    )
    await cases.check_start(office, actor, begin, about)


def _write(
    session: Session, office: Office, actor: Actor, key: str, wish: Wish, rhythm: Rhythm, about: JsonObject
) -> None:
    now, row = office.now(), rows.schedule(session, key)
    values: dict[str, Any] = {
        "site": wish.site,
        "title": {"zh": wish.title["zh"].strip(), "en": wish.title["en"].strip()},
        "process": wish.process,
        "versions": wish.versions,
        "rhythm": rhythm.as_json(),
        "start": wish.start,
        "overlap": wish.overlap,
        "owner": wish.owner or actor.id,
        "catch_up_days": wish.catch_up_days,
    }
    changes: JsonObject = {}
    for name, value in values.items():
        was = getattr(row, name) if row is not None else None
        if was != value:
            changes[name] = [was, value]
    if row is None:
        stamped: dict[str, Any] = {"watched_from": now, "changed_by": actor.id, "changed_at": now}
        row = Schedule(key=key, mode="live", company=office.company, **values, **stamped)
    else:
        for name, value in values.items():
            setattr(row, name, value)
        _stamp(row, actor, now, anew=bool({"rhythm", "site"} & changes.keys()))
    session.add(row)
    session.flush()
    admin_laws.told(session, actor, {**about, "changes": changes}, now)


def _stamp(row: Schedule, actor: Actor, now: str, *, anew: bool) -> None:
    """A change of which the process engine has to be told; ``anew``: only periods from now on are looked after."""
    row.rev += 1
    row.changed_by, row.changed_at = actor.id, now
    if anew:
        row.watched_from = now


async def pause(office: Office, actor: Actor, key: str, reason: str) -> JsonObject:
    """Nothing starts until it is resumed; what would have started meanwhile is not made up for."""
    return await _turn(office, actor, key, reason, "schedule_paused", (ACTIVE,), PAUSED)


async def resume(office: Office, actor: Actor, key: str, reason: str) -> JsonObject:
    """From now on it starts again."""
    return await _turn(office, actor, key, reason, "schedule_resumed", (PAUSED,), ACTIVE)


async def retire(office: Office, actor: Actor, key: str, reason: str) -> JsonObject:
    """For good; what it started stays, and its key is never used again."""
    return await _turn(office, actor, key, reason, "schedule_retired", (ACTIVE, PAUSED), RETIRED)


async def _turn(
    office: Office, actor: Actor, key: str, reason: str, action: str, was: tuple[str, ...], to: str
) -> JsonObject:
    about: JsonObject = {"action": action, "subject": key, "reason": reason.strip()}
    row = await existing(office, actor, key, about)
    about["site"] = row.site
    await need_maker(office, actor, row.site, about)
    if not reason.strip():
        await admin_laws.invalid(office, actor, "reason_missing", "请写明原因。", "Give the reason.", about)
    if not await office.db.writing(_write_state, office, actor, key, was, to, about):
        text = Text(f"“{key}”现在是 {row.state}，不能这样做。", f"'{key}' is {row.state}, so this cannot be done.")
        await refuse(office, actor, Refusal(409, "wrong_state", text), about)
    return await detail(office, actor, key)


def _write_state(
    session: Session, office: Office, actor: Actor, key: str, was: tuple[str, ...], to: str, about: JsonObject
) -> bool:
    row = session.get(Schedule, key, with_for_update=True)
    if row is None or row.state not in was:
        return False
    row.state, row.why = to, str(about["reason"])
    _stamp(row, actor, office.now(), anew=True)
    session.add(row)
    admin_laws.told(session, actor, about, office.now())
    return True


def view(session: Session, office: Office, actor: Actor, row: Schedule) -> JsonObject:
    """A periodic SOP as it is shown."""
    rhythm, zone = rhythm_of(row.rhythm), calendars.zone_of(session, row.site)
    last = rows.runs(session, row.key, 1)
    return {
        "key": row.key,
        "site": row.site,
        "title": row.title,
        "process": row.process,
        "versions": row.versions,
        "rhythm": row.rhythm,
        "rhythm_text": told(rhythm).as_json(),
        "start": row.start,
        "overlap": row.overlap,
        "owner": row.owner,
        "catch_up_days": row.catch_up_days,
        "state": row.state,
        "why": row.why,
        "next": upcoming(rhythm, zone, office.clock()) if row.state == ACTIVE else [],
        "last": run_view(last[0]) if last else None,
        "mirrored": row.mirrored_rev == row.rev,
        "rev": row.rev,
        "changed_by": row.changed_by,
        "changed_at": row.changed_at,
        "may_change": any(actor.has(role, row.site) for role in MAKERS),
    }


def upcoming(rhythm: Rhythm, zone: str, now: datetime) -> list[Any]:
    """The next periods with the moments at which they begin."""
    found = islice(periods(rhythm, zone, now), NEXT_SHOWN)
    return [{"period": one.key, "day": one.day.isoformat(), "begins": to_text(one.begins)} for one in found]


def run_view(row: ScheduleRun) -> JsonObject:
    """A period and what became of it."""
    return {
        "period": row.period,
        "begins": row.begins,
        "outcome": row.outcome,
        "case": row.case_id,
        "said": row.said,
        "by": row.done_by,
        "at": row.at,
    }


def placed(row: Placed) -> dict[str, str]:
    """Company, site and mode of a row, for another one at the same place."""
    return {"company": row.company, "site": row.site, "mode": row.mode}


def is_late(begins: str, now: datetime, days: int) -> bool:
    """Whether a moment lies further back than so many days."""
    return (now - from_text(begins)).total_seconds() > days * 86_400
