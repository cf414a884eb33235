"""Who opened a task: until somebody has, what was done before it can be withdrawn."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import Session

from records.base import connection_of, table_of
from records.case_tables import TaskSeen
from records.ready import Ready

_SAW = Ready.upsert(TaskSeen, keep=True)


def saw(session: Session, task_id: str, account: str, at: str) -> None:
    """Remember the first time at which a person who may act on a task opened it."""
    row = TaskSeen(task_id=task_id, account=account, at=at)
    _SAW.run(connection_of(session), row.model_dump())


def has_seen(session: Session, task_id: str, account: str) -> bool:
    """Whether the person opened the task before."""
    return session.get(TaskSeen, (task_id, account)) is not None


def seen_by(session: Session, task_ids: Iterable[str]) -> dict[str, list[str]]:
    """Who opened each of these tasks; tasks that nobody opened are left out."""
    t = table_of(TaskSeen)
    query = select(t.c.task_id, t.c.account).where(t.c.task_id.in_(list(task_ids))).order_by(t.c.at)
    found: dict[str, list[str]] = {}
    for task_id, account in connection_of(session).execute(query):
        found.setdefault(task_id, []).append(account)
    return found
