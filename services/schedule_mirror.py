"""Periodic SOPs as schedules of the process engine: ``schedule/<key>``, brought in line with the database.

Days and weeks are told as rules; months, quarters and years as the moments themselves, two dozen ahead, so that both
sides agree on short months, and are told anew before they run out. A schedule that cannot be told now is told by the
next round: the database is right, the engine's copy follows.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session
from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.clock import to_text
from domain.periods import Period, Rhythm, periods, rhythm_of
from records import schedules as rows
from records.schedules import ACTIVE, PAUSED, RETIRED
from services import calendars
from services.gateway import EngineUnreachable
from services.office import Office
from workflows.periodic import PERIODIC

TOLD_AHEAD = 24
TOLD_AGAIN = timedelta(days=60)
"""Moments told as such are told anew when the last of them is nearer than this."""


def schedule_id(key: str) -> str:
    """The id of a periodic SOP's schedule."""
    return f"schedule/{key}"


async def bring_in_line(office: Office, *, looking: bool = False) -> int:
    """Tell the process engine every schedule it does not have as the database says; returns how many were told.

    ``looking``: also those that it was told before are looked for, in case the engine was restored or is another.
    Raises ``EngineUnreachable``.
    """
    told = 0
    for row in await office.db.reading(rows.listing, (ACTIVE, PAUSED, RETIRED)):
        stale = row.mirrored_rev != row.rev or (row.state != RETIRED and _runs_out(office, row))
        if stale or (looking and row.state != RETIRED and not await _is_there(office, row.key)):
            await tell(office, row)
            told += 1
    return told


def _runs_out(office: Office, row: rows.Schedule) -> bool:
    return row.mirrored_until is not None and row.mirrored_until < to_text(office.clock() + TOLD_AGAIN)


async def tell(office: Office, row: rows.Schedule) -> None:
    """Make the engine's schedule what the row says. Raises ``EngineUnreachable``."""
    handle = office.gateway.client.get_schedule_handle(schedule_id(row.key))
    zone = await office.db.reading(calendars.zone_of, row.site)
    wanted, until = schedule_of(row, office, zone)
    try:
        await (_forget(handle) if row.state == RETIRED else _make(office, handle, wanted))
    except RPCError as error:
        raise EngineUnreachable from error
    await office.db.writing(_mirrored, row.key, row.rev, until)


async def _make(office: Office, handle: ScheduleHandle, wanted: Schedule) -> None:
    try:
        await office.gateway.client.create_schedule(handle.id, wanted)
    except ScheduleAlreadyRunningError:
        await handle.update(lambda _: ScheduleUpdate(schedule=wanted))


async def _forget(handle: ScheduleHandle) -> None:
    try:
        await handle.delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def _is_there(office: Office, key: str) -> bool:
    try:
        await office.gateway.client.get_schedule_handle(schedule_id(key)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise EngineUnreachable from error
    return True


def _mirrored(session: Session, key: str, rev: int, until: str | None) -> None:
    row: Any = session.get(rows.Schedule, key, with_for_update=True)
    if row.rev == rev:  # else it was changed meanwhile and is told again
        row.mirrored_rev, row.mirrored_until = rev, until
        session.add(row)


def schedule_of(row: rows.Schedule, office: Office, zone: str) -> tuple[Schedule, str | None]:
    """The engine's schedule for a row, and until when its moments are told (``None``: for ever).

    The tiny workflows of a schedule run one after the other (BUFFER_ALL: SKIP would drop periods that are caught up with
    after downtime); whether their cases may overlap is decided by ``services.schedule_runs``.
    """
    rhythm = rhythm_of(row.rhythm)
    ahead = [] if rhythm.every in ("day", "week") else list(islice(periods(rhythm, zone, office.clock()), TOLD_AHEAD))
    spec = ScheduleSpec(
        calendars=[_moment(period, zone) for period in ahead] if ahead else [_rule(rhythm)], time_zone_name=zone
    )
    action = ScheduleActionStartWorkflow(
        PERIODIC, {"schedule": row.key}, id=f"period/{row.key}", task_queue=office.gateway.task_queue
    )
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ALL, catchup_window=timedelta(days=row.catch_up_days))
    state = ScheduleState(paused=row.state != ACTIVE, note=f"{row.changed_by}: rev {row.rev}")
    made = Schedule(action=action, spec=spec, policy=policy, state=state)
    return made, to_text(ahead[-1].begins) if ahead else None


def _rule(rhythm: Rhythm) -> ScheduleCalendarSpec:
    hour, minute = (int(part) for part in rhythm.at.split(":"))
    days = [] if rhythm.every == "day" else [ScheduleRange(rhythm.weekday % 7)]  # Temporal's Sunday is 0
    every = ScheduleCalendarSpec(hour=[ScheduleRange(hour)], minute=[ScheduleRange(minute)])
    if not days:
        return every
    return ScheduleCalendarSpec(hour=every.hour, minute=every.minute, day_of_week=days)


def _moment(period: Period, zone: str) -> ScheduleCalendarSpec:
    local = period.begins.astimezone(ZoneInfo(zone))
    return ScheduleCalendarSpec(
        year=[ScheduleRange(local.year)],
        month=[ScheduleRange(local.month)],
        day_of_month=[ScheduleRange(local.day)],
        hour=[ScheduleRange(local.hour)],
        minute=[ScheduleRange(local.minute)],
    )
