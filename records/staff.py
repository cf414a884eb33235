"""Records of persons for their posts: education, title, training, health check, authorisation; and training plans.

A record is never changed: what was entered wrong is withdrawn with a reason, and entered anew. Watched by the admin
stream. Source: GSP 2023 arts. 26–33; records R-35, R-36, R-37.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Index, bindparam
from sqlmodel import Field, Session, col, select

from domain.needs import Paper
from records.base import COMPANY, BigKey, JsonText, Stored


class StaffRecord(Stored, table=True):
    """One paper of a person. `kind`, `subject`, `level`, `result` are keys of `definitions/needs.yaml`.

    `on_date` is the day of the event (diploma, assessment, check), `valid_until` the last day on which it counts. `site`:
    the only site where it counts. `plan`: the training that it comes from.
    """

    __table_args__ = (
        Index("ix_staff_record_account", "account", "on_date"),
        Index("ix_staff_record_until", "valid_until"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    account: str = Field(foreign_key="account.username")
    kind: str
    subject: str
    level: str = ""
    text: str = ""
    number: str = ""
    result: str = ""
    score: str = ""
    on_date: str
    valid_until: str | None = None
    site: str | None = Field(default=None, foreign_key="site.key")
    plan: int | None = Field(default=None, foreign_key="training_plan.id", sa_type=BigKey)  # type: ignore[call-overload]
    file_sha256: str | None = None
    entered_by: str
    entered_at: str
    withdrawn_by: str | None = None
    withdrawn_at: str | None = None
    withdrawn_reason: str | None = None


class TrainingPlan(Stored, table=True):
    """A training that is planned at a site: course, day, for which posts. `held_at` is set once results were entered."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    site: str = Field(foreign_key="site.key", index=True)
    course: str
    subject: str
    planned_on: str
    posts: list[Any] = Field(default_factory=list, sa_type=JsonText)
    trainer: str = ""
    created_by: str
    created_at: str
    held_at: str | None = None


def of_person(session: Session, username: str) -> list[StaffRecord]:
    """Everything on file about a person, withdrawn records too, in the order of entry."""
    mine = select(StaffRecord).where(StaffRecord.account == username)
    return list(session.exec(mine.order_by(col(StaffRecord.id))))


def of_people(session: Session, usernames: Iterable[str]) -> dict[str, list[StaffRecord]]:
    """The records that stand, by person, in the order of entry."""
    found: dict[str, list[StaffRecord]] = {}
    for row in session.exec(_OF_PEOPLE, params={"people": sorted(set(usernames))}):
        found.setdefault(row.account, []).append(row)
    return found


def everybody(session: Session) -> dict[str, list[StaffRecord]]:
    """The records that stand of every person, in the order of entry."""
    found: dict[str, list[StaffRecord]] = {}
    standing = select(StaffRecord).where(col(StaffRecord.withdrawn_at).is_(None)).order_by(col(StaffRecord.id))
    for row in session.exec(standing):
        found.setdefault(row.account, []).append(row)
    return found


def record(session: Session, number: int) -> StaffRecord | None:
    """One record."""
    return session.get(StaffRecord, number)


def plans(session: Session) -> list[TrainingPlan]:
    """Every planned training, the last day first."""
    return list(session.exec(select(TrainingPlan).order_by(col(TrainingPlan.planned_on).desc(), col(TrainingPlan.id))))


def plan(session: Session, number: int) -> TrainingPlan | None:
    """One planned training."""
    return session.get(TrainingPlan, number)


def paper_of(row: StaffRecord) -> Paper:
    """A record as the law of needs reads it."""
    sites = None if row.site is None else frozenset({row.site})
    return Paper(row.kind, row.subject, row.on_date, row.valid_until, row.level, row.result, sites)


_OF_PEOPLE = (
    select(StaffRecord)
    .where(col(StaffRecord.account).in_(bindparam("people", expanding=True)), col(StaffRecord.withdrawn_at).is_(None))
    .order_by(col(StaffRecord.id))
)
