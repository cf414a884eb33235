"""What becomes of each period of a periodic SOP: started once, however often it is asked for, or not, and then why.

Temporal's schedule asks at the moment that was meant; a sweep looks for periods that nobody asked for (the engine was
restored, a clock jumped, everything was down) and starts them late, or says that they were missed. Both come through
one door whose act id is made of schedule and period, so a period never starts two cases.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from domain.clock import from_text, to_text
from domain.errors import Refusal, RefusedError, Text
from domain.json_types import JsonObject
from domain.periods import Period, filled, period_at, period_named, periods, rhythm_of
from records import audit, outbox
from records import cases as case_rows
from records import schedules as rows
from records.schedules import ACTIVE, Schedule, ScheduleRun
from services import calendars, own_starts
from services.actor import Actor
from services.office import Office
from services.own_starts import SYSTEM
from services.refusals import refuse
from services.schedules import detail, existing, is_late, need_maker, placed, run_view

GRACE = timedelta(minutes=10)
"""How long after its moment a period is left to the process engine before the sweep starts it."""
SWEPT_MOST = 100
"""Periods of one schedule that one sweep deals with; the rest comes at the next."""
OPEN_OUTCOMES = ("refused", "missed")
"""A person may still start such a period."""


async def run(office: Office, key: str, begins: str) -> JsonObject:
    """What the process engine asks: do what is due at a moment. Answers ``{outcome, …}`` of the period.

    ``outcome: nothing``: paused, retired or changed in between, so that no period begins at this moment.
    """
    found = await office.db.reading(_period_at, key, begins)
    if found is None:
        return {"outcome": "nothing"}
    return await settle(office, *found, SYSTEM)


def _period_at(session: Session, key: str, begins: str) -> tuple[Schedule, Period] | None:
    row = rows.schedule(session, key)
    if row is None or row.state != ACTIVE or begins <= row.watched_from:
        return None
    zone = calendars.zone_of(session, row.site)
    period = period_at(rhythm_of(row.rhythm), zone, from_text(begins))
    return None if period is None else (row, period)


async def settle(office: Office, schedule: Schedule, period: Period, actor: Actor) -> JsonObject:
    """Start the case of a period, or say why there is none; the same answer however often it is asked.

    Raises ``StartIsLateError`` or ``EngineUnreachable`` while nobody knows yet.
    """
    known = await office.db.reading(rows.run, schedule.key, period.key)
    if known is not None and (actor is SYSTEM or known.outcome not in OPEN_OUTCOMES):
        return run_view(known)
    needless = await office.db.reading(_needless, office, schedule, period)
    if needless is not None:
        return await _note(office, schedule, period, actor, needless)
    try:
        started = await own_starts.start(office, _own_start(schedule, period))
    except RefusedError as error:
        return await _note(office, schedule, period, actor, "refused", said=error.text)
    return await _note(office, schedule, period, actor, "started", case=str(started["id"]))


def _own_start(schedule: Schedule, period: Period) -> own_starts.OwnStart:
    return own_starts.OwnStart(
        process=schedule.process,
        site=schedule.site,
        values=filled(schedule.start, period),
        key=f"schedule/{schedule.key}/{period.key}",
        origin={"schedule": {"key": schedule.key, "period": period.key}},
        versions=schedule.versions,
        mode=schedule.mode,
    )


def _needless(session: Session, office: Office, schedule: Schedule, period: Period) -> str | None:
    """Why nothing is to be started: a free day, or the case before it still runs and they must not overlap."""
    if rhythm_of(schedule.rhythm).working_days:
        if not calendars.layers_of(session, office, schedule.site).hours_on(period.day):
            return "not_needed"
    before = rows.last_started(session, schedule.key, period.key) if schedule.overlap == "skip" else None
    case = case_rows.case(session, before.case_id) if before is not None and before.case_id else None
    return "still_running" if case is not None and case.state == "running" else None


async def _note(
    office: Office,
    schedule: Schedule,
    period: Period,
    actor: Actor,
    outcome: str,
    *,
    case: str | None = None,
    said: Text | None = None,
) -> JsonObject:
    return await office.db.writing(_write_run, office, schedule.key, period, actor, outcome, case, said)


def _write_run(
    session: Session,
    office: Office,
    key: str,
    period: Period,
    actor: Actor,
    outcome: str,
    case: str | None,
    said: Text | None,
) -> JsonObject:
    """One transaction: what became of the period, the event, and word to the owner when something went wrong."""
    schedule = rows.schedule(session, key)
    assert schedule is not None, "schedules are never deleted"
    row = ScheduleRun(
        **placed(schedule),
        schedule=key,
        period=period.key,
        begins=to_text(period.begins),
        outcome=outcome,
        case_id=case,
        said=None if said is None else dict(said.as_json()),
        done_by=actor.id,
        at=office.now(),
    )
    if rows.note_run(session, row):
        payload: JsonObject = {"period": period.key, "begins": row.begins, "case": case, "said": row.said}
        action, now = f"schedule_{outcome}", office.now()
        audit.append(session, audit.ADMIN, actor.id, action, key, payload, now, site=schedule.site)
        _tell_owner(session, schedule, row)
    stored = rows.run(session, key, period.key)
    assert stored is not None, "written by this transaction or by the one before it"
    return run_view(stored)


_WORDS = {
    "refused": Text("没有启动，需要处理", "was not started and needs looking into"),
    "missed": Text("已错过：系统停机超过补做期限", "was missed: the system was down for longer than the catch-up time"),
    "still_running": Text("没有启动：上一期还在进行", "was not started: the case before it still runs"),
}


def _tell_owner(session: Session, schedule: Schedule, row: ScheduleRun) -> None:
    """What goes wrong is told to the owner; a period that was missed or refused is never held back."""
    words = _WORDS.get(row.outcome)
    if words is None:
        return
    title = {
        "zh": f"定期任务“{schedule.title['zh']}”{row.period} {words.zh}",
        "en": f"The periodic SOP '{schedule.title['en']}', {row.period}, {words.en}",
    }
    told = outbox.Told(
        key=f"schedule/{schedule.key}/{row.period}/{row.outcome}",
        kind="notice" if row.outcome == "still_running" else "incident",
        at=row.at,
        site=schedule.site,
        title=title,
        account=schedule.owner,
        link="/schedules",
        mode=schedule.mode,
        company=schedule.company,
    )
    outbox.put(session, told)


async def start_period(office: Office, actor: Actor, key: str, period: str) -> JsonObject:
    """Start by hand a period that was refused or missed, or one that nothing has become of yet."""
    about: JsonObject = {"action": "schedule_started_by_hand", "subject": key, "period": period}
    row = await existing(office, actor, key, about)
    about["site"] = row.site
    await need_maker(office, actor, row.site, about)
    zone = await office.db.reading(calendars.zone_of, row.site)
    found = period_named(rhythm_of(row.rhythm), zone, period)
    if found is None or found.begins > office.clock():
        zh, en = f"没有已开始的周期“{period}”。", f"No period '{period}' of it has begun."
        await refuse(office, actor, Refusal(422, "no_such_period", Text(zh, en)), about)
    known = await office.db.reading(rows.run, key, period)
    if known is not None and known.outcome not in OPEN_OUTCOMES:
        text = Text(f"{period} 已处理：{known.outcome}。", f"{period} is dealt with: {known.outcome}.")
        await refuse(
            office, actor, Refusal(409, "period_settled", text, done_by=known.done_by, done_at=known.at), about
        )
    await settle(office, row, found, actor)
    return await detail(office, actor, key)


async def sweep(office: Office) -> int:
    """Look for periods that nobody asked for; returns how many were dealt with."""
    count = 0
    for schedule in await office.db.reading(rows.listing, (ACTIVE,)):
        count += await _sweep_one(office, schedule)
    return count


async def _sweep_one(office: Office, schedule: Schedule) -> int:
    """The periods of one schedule up to now; those too old to be made up for are missed."""
    zone = await office.db.reading(calendars.zone_of, schedule.site)
    now, done, last = office.clock(), 0, schedule.watched_from
    for period in periods(rhythm_of(schedule.rhythm), zone, from_text(schedule.watched_from)):
        if period.begins > now - GRACE or done >= SWEPT_MOST:
            break
        if await office.db.reading(rows.run, schedule.key, period.key) is None:
            if is_late(to_text(period.begins), now, schedule.catch_up_days):
                await _note(office, schedule, period, SYSTEM, "missed")
            else:
                await settle(office, schedule, period, SYSTEM)
            done += 1
        last = to_text(period.begins)
    if last != schedule.watched_from:
        await office.db.writing(_watched, schedule.key, schedule.rev, last)
    return done


def _watched(session: Session, key: str, rev: int, until: str) -> None:
    """Everything up to a moment is dealt with, unless the schedule was changed meanwhile."""
    row: Any = session.get(Schedule, key, with_for_update=True)
    if row.rev == rev and row.watched_from < until:
        row.watched_from = until
        session.add(row)
