"""Periodic SOPs: which definition starts by itself, how often, with which values; and what became of each period."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, select

from records.base import JsonText
from records.case_tables import Placed

ACTIVE, PAUSED, RETIRED = "active", "paused", "retired"
STATES = (ACTIVE, PAUSED, RETIRED)
OUTCOMES = ("started", "not_needed", "still_running", "refused", "missed")
"""What becomes of a period; `refused` and `missed` may still become `started` when somebody does it later."""


class Schedule(Placed, table=True):
    """A periodic SOP. `rhythm` is data of `domain.periods`; `start` may hold `{period}`, `{day}`, `{year}`, `{month}`.

    `overlap`: `start` beside a case of an earlier period that still runs, or `skip`. `owner` is told of what goes wrong.
    `watched_from`: every period that begins after this moment is looked after. `rev` counts changes, `mirrored_rev` is
    the one that the process engine has, with explicit moments until `mirrored_until`.
    """

    key: str = Field(primary_key=True)
    title: dict[str, Any] = Field(sa_type=JsonText)
    process: str
    versions: str = "*"
    rhythm: dict[str, Any] = Field(sa_type=JsonText)
    start: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    overlap: str = "start"
    owner: str
    catch_up_days: int
    state: str = ACTIVE
    why: str = ""
    watched_from: str
    rev: int = 1
    mirrored_rev: int = 0
    mirrored_until: str | None = None
    changed_by: str
    changed_at: str


class ScheduleRun(Placed, table=True):
    """A period of a schedule and what became of it (`OUTCOMES`). `begins` is the moment that was meant."""

    __table_args__ = (Index("ix_schedule_run_begins", "schedule", "begins"),)

    schedule: str = Field(primary_key=True)
    period: str = Field(primary_key=True)
    begins: str
    outcome: str
    case_id: str | None = None
    said: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    done_by: str
    at: str


def schedule(session: Session, key: str) -> Schedule | None:
    """One schedule."""
    return session.get(Schedule, key)


def listing(session: Session, states: tuple[str, ...] = (ACTIVE, PAUSED)) -> list[Schedule]:
    """The schedules in these states, by key."""
    return list(session.exec(select(Schedule).where(col(Schedule.state).in_(states)).order_by(Schedule.key)))


def run(session: Session, key: str, period: str) -> ScheduleRun | None:
    """What became of a period."""
    return session.get(ScheduleRun, (key, period))


def runs(session: Session, key: str, limit: int = 50, before: str | None = None) -> list[ScheduleRun]:
    """The periods of a schedule, newest first, those that began earlier than `before`."""
    query = select(ScheduleRun).where(ScheduleRun.schedule == key)
    if before is not None:
        query = query.where(ScheduleRun.begins < before)
    return list(session.exec(query.order_by(col(ScheduleRun.begins).desc()).limit(limit)))


def last_started(session: Session, key: str, other_than: str) -> ScheduleRun | None:
    """The latest period, other than one, for which a case was started."""
    query = select(ScheduleRun).where(
        ScheduleRun.schedule == key, ScheduleRun.period != other_than, ScheduleRun.outcome == "started"
    )
    return session.exec(query.order_by(col(ScheduleRun.begins).desc()).limit(1)).first()


def note_run(session: Session, row: ScheduleRun) -> bool:
    """Write what became of a period; `False` when it is on record already and stays as it is.

    Only a period that was refused or missed is written again, by its late start.
    """
    before = session.get(ScheduleRun, (row.schedule, row.period), with_for_update=True)
    if before is None:
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # another process was first
            return False
        return True
    if before.outcome not in ("refused", "missed") or row.outcome == before.outcome:
        return False
    for name in ("outcome", "case_id", "said", "done_by", "at"):
        setattr(before, name, getattr(row, name))
    session.add(before)
    session.flush()
    return True
