"""What people say around a case, and what they put off: comments and urges are events of `talk/<site>`, a chain of its own.

A comment is never changed: the stream is append-only and hashed like every other. A snooze is nobody's business but the
person's own.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Index, delete
from sqlmodel import Field, Session, col, select

from domain.json_types import JsonObject
from records import audit
from records.audit import AuditEvent
from records.base import COMPANY, Stored, Upsert, connection_of, table_of
from records.case_tables import Notice, NoticeRead

TALK = "talk/"
"""What is said at a site is the stream `talk/<site>`."""
COMMENTED, URGED = "commented", "urged"


class Snooze(Stored, table=True):
    """A person does not want to see a task before `until`."""

    __table_args__ = (Index("ix_snooze_until", "account", "until"),)

    account: str = Field(primary_key=True, foreign_key="account.username")
    task_id: str = Field(primary_key=True)
    company: str = COMPANY
    until: str
    set_at: str


class Urge(Stored, table=True):
    """When a person last urged a task: what limits how often."""

    task_id: str = Field(primary_key=True)
    by: str = Field(primary_key=True, foreign_key="account.username")
    company: str = COMPANY
    at: str
    times: int = 1


def say(
    session: Session, *, site: str, mode: str, actor: str, action: str, case_id: str, said: JsonObject, at: str
) -> str:
    """Add an event to the talk of a site; `said` holds `case`, `path`, `step`, `task` and what was said. Returns its id."""
    stream = TALK + site
    seq, _ = audit.append(session, stream, actor, action, case_id, said, at, site=site, mode=mode)
    return f"{stream}#{seq}"


def of_case(session: Session, case_id: str) -> list[AuditEvent]:
    """Everything said around a case, oldest first."""
    mine = select(AuditEvent).where(
        AuditEvent.case_id == case_id, AuditEvent.stream >= TALK, AuditEvent.stream < TALK + "\uffff"
    )
    return list(session.exec(mine.order_by(AuditEvent.at, AuditEvent.stream, col(AuditEvent.seq))))


def last_urges(session: Session, task_id: str) -> list[Urge]:
    """Who urged a task when last, the newest first."""
    return list(session.exec(select(Urge).where(Urge.task_id == task_id).order_by(col(Urge.at).desc())))


def count_urge(session: Session, task_id: str, by: str, at: str) -> None:
    """Remember that a person urged a task."""
    row = session.get(Urge, (task_id, by))
    if row is None:
        session.add(Urge(task_id=task_id, by=by, at=at))
    else:
        row.at, row.times = at, row.times + 1
        session.add(row)
    session.flush()


def snooze(session: Session, account: str, task_id: str, until: str, at: str) -> None:
    """Put a task out of a person's sight until a time."""
    row = {"account": account, "task_id": task_id, "company": COMPANY, "until": until, "set_at": at}
    _SNOOZE.run(connection_of(session), [row])


def wake(session: Session, account: str, task_id: str) -> None:
    """Show a task again."""
    mine = (col(Snooze.account) == account, col(Snooze.task_id) == task_id)
    connection_of(session).execute(delete(table_of(Snooze)).where(*mine))


def snoozed(session: Session, account: str, now: str) -> dict[str, str]:
    """Task → until when it is out of a person's sight."""
    mine = select(Snooze).where(Snooze.account == account, Snooze.until > now)
    return {row.task_id: row.until for row in session.exec(mine)}


def read_times(session: Session, notice_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Notice → who has read it and when, the first first."""
    query = select(NoticeRead).where(col(NoticeRead.notice_id).in_(list(notice_ids)))
    found: dict[str, list[tuple[str, str]]] = {}
    for row in session.exec(query.order_by(NoticeRead.at, NoticeRead.account)):
        found.setdefault(row.notice_id, []).append((row.account, row.at))
    return found


def notices_of(session: Session, case_id: str) -> list[Notice]:
    """What a case sent to people, oldest first."""
    return list(session.exec(select(Notice).where(Notice.case_id == case_id).order_by(Notice.at, Notice.id)))


_SNOOZE = Upsert(Snooze)
