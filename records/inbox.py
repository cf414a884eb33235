"""The task list: pages by (`due`, `id`), cheap however many tasks are open.

Each (role, site) pair of the person is one range of the index table `task_role`, read to the page's length at most; the
ranges are merged. Nothing sorts or counts the whole list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, or_, select, union_all
from sqlmodel import Session, col
from sqlmodel import select as pick

from records.base import connection_of, table_of
from records.case_tables import Notice, NoticeRead, Task, TaskRole
from records.outbox import Outgoing

Away = tuple[str, str, str, str | None]
"""Somebody who is away, and what the reader may do for them: (principal, role, site, definition or all of them)."""
Scope = Literal["mine", "claimable", "all", "started", "done", "cc"]
"""`cc` is no list of tasks: `copies` answers it."""
COUNT_MAX = 1000
"""Counts stop here: nobody reads 100,000 from 99,999."""
PAGE_MAX = 200

_tasks, _roles = table_of(Task), table_of(TaskRole)
_ONE = select(_tasks).where(_tasks.c.id == bindparam("one"))
_OF_CASE = (
    select(_tasks)
    .where(_tasks.c.case_id == bindparam("case"))
    .order_by(_tasks.c.opened_at, _tasks.c.path, _tasks.c.seat)
)


@dataclass(frozen=True)
class InboxQuery:
    """Whose tasks and which.

    `pairs` are the (role, site) the person holds today, `away` those of people for whom the person stands in;
    `read_sites` are sites whose every task the person may see (scope `all` only). `due_before` is a time; `after` is
    the cursor of the last task shown: `(due_sort, id)`, for `done` `(done_at, id)`.
    """

    account: str
    pairs: tuple[tuple[str, str], ...] = ()
    away: tuple[Away, ...] = ()
    read_sites: tuple[str, ...] = ()
    scope: Scope = "claimable"
    definition: str | None = None
    role: str | None = None
    site: str | None = None
    mode: str | None = None
    state: str | None = None
    due_before: str | None = None
    priority: int | None = None
    """At least this urgent."""
    q: str | None = None
    after: tuple[str, str] | None = None
    limit: int = 50
    put_off: tuple[str, ...] = ()
    """Tasks that the person put off: left out, or with `only_put_off` the only ones shown."""
    only_put_off: bool = False


@dataclass(frozen=True)
class InboxPage:
    """One page: rows of `task` as dictionaries, and the cursor of the next page."""

    items: list[dict[str, Any]] = field(default_factory=list)
    next: tuple[str, str] | None = None


def page(session: Session, query: InboxQuery) -> InboxPage:
    """One page of the inbox; scope `done` the last done first, every other the first due first."""
    connection, limit = connection_of(session), max(1, min(query.limit, PAGE_MAX))
    statement = page_statement(query, limit + 1)
    if statement is None:
        return InboxPage()
    rows = [dict(row) for row in connection.execute(statement).mappings()]
    sort = "done_at" if query.scope == "done" else "due_sort"
    following = (rows[limit - 1][sort], rows[limit - 1]["id"]) if len(rows) > limit else None
    return InboxPage(rows[:limit], following)


def page_statement(query: InboxQuery, limit: int) -> Select[Any] | None:
    """The statement of a page, or `None` when the person holds nothing that could match."""
    if query.scope == "done":
        newest = _filtered(query, _tasks.c.done_by == query.account, _before(query.after))
        return newest.order_by(_tasks.c.done_at.desc(), _tasks.c.id.desc()).limit(limit)
    ranges = _ranges(query, limit)
    if not ranges:
        return None
    merged = union_all(*(select(r.subquery()) for r in ranges)).subquery()
    ids = (
        select(merged.c.id, merged.c.due_sort)
        .distinct()
        .order_by(merged.c.due_sort, merged.c.id)
        .limit(limit)
        .subquery()
    )
    return select(_tasks).join(ids, ids.c.id == _tasks.c.id).order_by(ids.c.due_sort, ids.c.id)


def counts(session: Session, query: InboxQuery, now: str) -> dict[str, int]:
    """Open tasks `mine`, `claimable` and `overdue` (of both, due before `now`), each counted to `COUNT_MAX`."""
    connection = connection_of(session)
    mine = _with(query, scope="mine", after=None)
    free = _with(query, scope="claimable", after=None)
    late = _count(connection, _with(mine, due_before=now)) + _count(connection, _with(free, due_before=now))
    return {
        "mine": _count(connection, mine), "claimable": _count(connection, free), "overdue": min(late, COUNT_MAX),
    }  # fmt: skip


def task(session: Session, task_id: str) -> dict[str, Any] | None:
    """One task."""
    found = connection_of(session).execute(_ONE, {"one": task_id}).mappings().first()
    return None if found is None else dict(found)


def tasks_of(session: Session, case_id: str) -> list[dict[str, Any]]:
    """Every task of a case, in the order in which they were opened."""
    return [dict(row) for row in connection_of(session).execute(_OF_CASE, {"case": case_id}).mappings()]


def held_by(session: Session, account: str) -> list[dict[str, Any]]:
    """The open tasks that somebody has claimed or that are for that person alone, the oldest first."""
    table = table_of(Task)
    query = select(table).where(table.c.assignee == account, table.c.state == "open")
    rows = connection_of(session).execute(query.order_by(table.c.opened_at, table.c.id)).mappings()
    return [dict(row) for row in rows]


def notices(session: Session, account: str, pairs: Iterable[tuple[str, str]], limit: int = 50) -> list[dict[str, Any]]:
    """Notices for the person's roles at their sites and for the person alone, the newest first; `read`: it was seen."""
    held = set(pairs)
    found = [*_to_roles(session, account, held, limit), *_to_person(session, account, limit)]
    return sorted(found, key=lambda row: (row["at"], row["id"]), reverse=True)[:limit]


def copies(session: Session, account: str, pairs: Iterable[tuple[str, str]], limit: int = 50) -> list[dict[str, Any]]:
    """What cases sent to the person or to the posts held, the newest first; nothing that is about the person alone."""
    return [row for row in _to_roles(session, account, set(pairs), limit) if row["case_id"]]


def _to_roles(session: Session, account: str, held: set[tuple[str, str]], limit: int) -> list[dict[str, Any]]:
    n = table_of(Notice)
    sites = {site for _, site in held}
    query = select(n, _seen(n.c.id, account)).where(n.c.site.in_(sites)).order_by(n.c.at.desc(), n.c.id.desc())
    found: list[dict[str, Any]] = []
    with connection_of(session).execute(query, execution_options={"yield_per": 100}) as rows:
        for row in rows.mappings():
            to_role = any((role, row["site"]) in held for role in row["roles"])
            if to_role or account in (row["people"] or ()):
                found.append(dict(row) | {"link": f"/cases/{row['case_id']}" if row["case_id"] else None})
            if len(found) == limit:
                break
    return found


def _to_person(session: Session, account: str, limit: int) -> list[dict[str, Any]]:
    """What the outbox told this person alone: mentions, urging, what others did not read."""
    o, like = table_of(Outgoing), table_of(Notice).c.keys()
    columns = [o.c[name] for name in (*(name for name in like if name != "people"), "link")]
    mine = select(*columns, _seen(o.c.id, account)).where(o.c.account == account, o.c.bell.is_(True))
    newest = mine.order_by(o.c.at.desc(), o.c.id.desc()).limit(limit)
    return [dict(row) for row in connection_of(session).execute(newest).mappings()]


def _seen(notice: ColumnElement[Any], account: str) -> ColumnElement[Any]:
    r = table_of(NoticeRead)
    return exists().where(r.c.notice_id == notice, r.c.account == account).label("read")


def mark_read(session: Session, notice_id: str, account: str, at: str) -> None:
    """Remember that a person saw a notice."""
    if session.get(NoticeRead, (notice_id, account)) is None:
        session.add(NoticeRead(notice_id=notice_id, account=account, at=at))
        session.flush()


def mark_case_read(session: Session, case_id: str, account: str, pairs: Iterable[tuple[str, str]], at: str) -> None:
    """Remember that a person saw, at the case itself, what it told them."""
    fresh = unread_of_case(session, case_id, account, pairs)
    session.add_all(NoticeRead(notice_id=one, account=account, at=at) for one in fresh)


def unread_of_case(session: Session, case_id: str, account: str, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The notices of a case to a person, by posts or by name, that the person has not seen."""
    n, o, held = table_of(Notice), table_of(Outgoing), set(pairs)
    connection = connection_of(session)
    rows = connection.execute(select(n.c.id, n.c.site, n.c.roles).where(n.c.case_id == case_id))
    mine = [row.id for row in rows if any((role, row.site) in held for role in row.roles)]
    alone = select(o.c.id).where(o.c.case_id == case_id, o.c.account == account, o.c.bell.is_(True))
    mine += connection.execute(alone).scalars()
    read = pick(NoticeRead.notice_id).where(NoticeRead.account == account, col(NoticeRead.notice_id).in_(mine))
    seen = set(session.exec(read))
    return [one for one in mine if one not in seen]


def _ranges(query: InboxQuery, limit: int) -> list[Select[Any, Any]]:
    if query.scope in ("mine", "started"):
        column = _tasks.c.assignee if query.scope == "mine" else _tasks.c.started_by
        ranges = [_open_range(query, column == query.account, limit)]
        return ranges + (_taken_by_those_away(query, limit) if query.scope == "mine" else [])
    pairs = [(r, s) for r, s in query.pairs if query.role in (None, r) and query.site in (None, s)]
    free = (True,) if query.scope == "claimable" else (True, False)
    ranges = [_role_range(query, role, site, is_free, limit) for role, site in pairs for is_free in free]
    for role, site, definition in _held_for_others(query):
        narrowed = _with(query, definition=definition or query.definition)
        ranges += [_role_range(narrowed, role, site, is_free, limit) for is_free in free]
    if query.scope == "all":
        sites = [site for site in query.read_sites if query.site in (None, site)]
        ranges += [_open_range(query, _tasks.c.site == site, limit) for site in sites]
    return ranges


def _held_for_others(query: InboxQuery) -> list[tuple[str, str, str | None]]:
    """(role, site, definition) that the person has only as a deputy, each once."""
    wanted = [
        (role, site, definition)
        for _, role, site, definition in query.away
        if (role, site) not in query.pairs and query.role in (None, role) and query.site in (None, site)
    ]
    fits = [one for one in wanted if None in (one[2], query.definition) or one[2] == query.definition]
    return list(dict.fromkeys(fits))


def _taken_by_those_away(query: InboxQuery, limit: int) -> list[Select[Any, Any]]:
    """The tasks that people who are away have claimed, one range for each of them and each post."""
    ranges: list[Select[Any, Any]] = []
    for principal, role, site, definition in dict.fromkeys(query.away):
        if query.role not in (None, role) or query.site not in (None, site):
            continue
        fitting = exists().where(_roles.c.task_id == _tasks.c.id, _roles.c.role == role)
        which = and_(_tasks.c.assignee == principal, _tasks.c.site == site, fitting)
        if definition is not None:
            which = and_(which, _tasks.c.definition == definition)
        ranges.append(_open_range(query, which, limit))
    return ranges


def _role_range(query: InboxQuery, role: str, site: str, free: bool, limit: int) -> Select[Any, Any]:
    keys = [_roles.c.role == role, _roles.c.site == site, _roles.c.free == free]
    if query.after is not None:
        keys.append(_beyond(_roles.c.due_sort, _roles.c.task_id, query.after))
    if query.due_before is not None:
        keys.append(_roles.c.due_sort < query.due_before)
    ids = select(_roles.c.task_id.label("id"), _roles.c.due_sort).where(*keys)
    others = _conditions(_with(query, due_before=None, role=None))
    if others:
        ids = ids.join(_tasks, _tasks.c.id == _roles.c.task_id).where(*others)
    return ids.order_by(_roles.c.due_sort, _roles.c.task_id).limit(limit)


def _open_range(query: InboxQuery, which: ColumnElement[bool], limit: int) -> Select[Any, Any]:
    keys = [which, _tasks.c.state == "open", *_conditions(query)]
    if query.after is not None:
        keys.append(_beyond(_tasks.c.due_sort, _tasks.c.id, query.after))
    return select(_tasks.c.id, _tasks.c.due_sort).where(*keys).order_by(_tasks.c.due_sort, _tasks.c.id).limit(limit)


def _filtered(query: InboxQuery, *which: ColumnElement[bool] | None) -> Select[Any]:
    return select(_tasks).where(*(w for w in which if w is not None), *_conditions(query))


def _conditions(query: InboxQuery) -> list[ColumnElement[bool]]:
    equal = {_tasks.c.definition: query.definition, _tasks.c.mode: query.mode, _tasks.c.state: query.state}
    if query.scope not in ("claimable",):
        equal[_tasks.c.site] = query.site
    found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if query.due_before is not None:
        found.append(_tasks.c.due_sort < query.due_before)
    if query.priority is not None:
        found.append(_tasks.c.priority >= query.priority)
    if query.role is not None:
        held = (_roles.c.task_id == _tasks.c.id, _roles.c.role == query.role)
        found.append(exists().where(*held))
    if query.scope in ("mine", "claimable") and (query.put_off or query.only_put_off):
        found.append(_tasks.c.id.in_(query.put_off) if query.only_put_off else _tasks.c.id.not_in(query.put_off))
    for word in (query.q or "").casefold().split():
        found.append(_tasks.c.search.contains(word, autoescape=True))
    return found


def _count(connection: Connection, query: InboxQuery) -> int:
    ranges = _ranges(query, COUNT_MAX)
    if not ranges:
        return 0
    merged = union_all(*(select(r.subquery()) for r in ranges)).subquery()
    few = select(merged.c.id).distinct().limit(COUNT_MAX).subquery()
    return int(connection.execute(select(func.count()).select_from(few)).scalar_one())


def _beyond(sort: ColumnElement[Any], key: ColumnElement[Any], after: tuple[str, str]) -> ColumnElement[bool]:
    """After the cursor. The first condition alone bounds the index range on SQLite, the second does the rest."""
    return and_(sort >= after[0], or_(sort > after[0], key > after[1]))


def _before(after: tuple[str, str] | None) -> ColumnElement[bool] | None:
    if after is None:
        return None
    sort, key = _tasks.c.done_at, _tasks.c.id
    return and_(sort <= after[0], or_(sort < after[0], key < after[1]))


def _with(query: InboxQuery, **changed: Any) -> InboxQuery:
    return replace(query, **changed)
