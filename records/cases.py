"""What services ask about cases, and the little they write beside the waves: keys, pinned sets, failures, archives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, exists, insert, or_, select, type_coerce, update
from sqlalchemy import Text as SqlText
from sqlmodel import Session, col
from sqlmodel import select as pick

from domain.json_types import JsonObject
from records import witness
from records.base import COMPANY, Upsert, as_dict, connection_of, table_of
from records.case_tables import (
    BusinessKey,
    CaseRecord,
    CaseRow,
    CaseScope,
    CaseStep,
    CaseTag,
    CaseWave,
    HistoryArchive,
    PinnedSet,
    Signature,
    Unprojected,
)
from records.waking import Waking

PAGE_MAX = 200
_cases, _tags, _scopes = table_of(CaseRow), table_of(CaseTag), table_of(CaseScope)
_SCOPES_OF = select(_scopes.c.scope, _scopes.c.body).where(_scopes.c.case_id == bindparam("case"))
_CASE = pick(CaseRow).where(CaseRow.id == bindparam("case"))
_STEPS = pick(CaseStep).where(CaseStep.case_id == bindparam("case")).order_by(col(CaseStep.since), col(CaseStep.path))
_STEPS_IN = _STEPS.where(col(CaseStep.state).in_(bindparam("states", expanding=True)))
"""What every act reads is put together once: making such a statement costs more than running it."""


@dataclass(frozen=True)
class CaseQuery:
    """Filters of a case list; `sites` is where the caller may look (`None`: everywhere), `tags` are `(kind, value)`.

    `since` and `until` bound `started_at`; `definitions` narrows to some (e.g. those that serve a clause). A tag value
    ending in `*` finds every word that begins so. `after` is the cursor `(started_at, id)` of the last case shown.
    """

    sites: tuple[str, ...] | None = None
    definition: str | None = None
    definitions: tuple[str, ...] | None = None
    state: str | None = None
    mode: str | None = None
    business_key: str | None = None
    started_by: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    q: str | None = None
    since: str | None = None
    until: str | None = None
    after: tuple[str, str] | None = None
    limit: int = 50


def listing(session: Session, query: CaseQuery) -> tuple[list[CaseRow], tuple[str, str] | None]:
    """One page of cases, the last started first, and the cursor of the next page."""
    limit = max(1, min(query.limit, PAGE_MAX))
    statement = pick(CaseRow).where(*_conditions(query))
    newest = statement.order_by(col(CaseRow.started_at).desc(), col(CaseRow.id).desc()).limit(limit + 1)
    rows = list(session.exec(newest))
    following = (rows[limit - 1].started_at, rows[limit - 1].id) if len(rows) > limit else None
    return rows[:limit], following


def case(session: Session, case_id: str) -> CaseRow | None:
    """One case."""
    return session.exec(_CASE, params={"case": case_id}).first()


def running(session: Session, site: str) -> list[CaseRow]:
    """The running cases of a site, the first started first."""
    query = pick(CaseRow).where(CaseRow.site == site, CaseRow.state == "running")
    return list(session.exec(query.order_by(col(CaseRow.started_at), col(CaseRow.id))))


def heads(session: Session) -> dict[str, tuple[int, str]]:
    """Case → (last wave, head) of every case: what a restore compares with history."""
    rows = connection_of(session).execute(select(_cases.c.id, _cases.c.wave, _cases.c.head).order_by(_cases.c.id))
    return {row.id: (row.wave, row.head) for row in rows}


def steps(session: Session, case_id: str, states: tuple[str, ...] = ()) -> list[CaseStep]:
    """The step instances of a case (those in one of `states`, when any are named), by when they last changed."""
    if states:
        return list(session.exec(_STEPS_IN, params={"case": case_id, "states": states}))
    return list(session.exec(_STEPS, params={"case": case_id}))


def scopes(session: Session, case_id: str) -> dict[str, Any]:
    """Scope → body, as stored: `start`, `data`, overlays `item/…`, outputs `out/…`."""
    rows = connection_of(session).execute(_SCOPES_OF, {"case": case_id})
    return {row.scope: row.body for row in rows}


def records(session: Session, case_id: str, after_seq: int = 0, limit: int | None = None) -> list[CaseRecord]:
    """The records of a case in order."""
    query = pick(CaseRecord).where(CaseRecord.case_id == case_id, CaseRecord.seq > after_seq)
    return list(session.exec(query.order_by(col(CaseRecord.seq)).limit(limit)))


def records_at(session: Session, case_id: str, path: str, actions: tuple[str, ...]) -> list[CaseRecord]:
    """The records of some actions at one step of a case, in order."""
    query = pick(CaseRecord).where(
        CaseRecord.case_id == case_id, CaseRecord.path == path, col(CaseRecord.action).in_(actions)
    )
    return list(session.exec(query.order_by(col(CaseRecord.seq))))


def closed(session: Session, process: str, sites: tuple[str, ...], limit: int) -> list[CaseRow]:
    """The real cases of a process that ended at one of `sites`, the last one to end first."""
    query = pick(CaseRow).where(
        CaseRow.process == process,
        CaseRow.mode == "live",
        CaseRow.state != "running",
        col(CaseRow.site).in_(sites),
    )
    return list(session.exec(query.order_by(col(CaseRow.closed_at).desc(), col(CaseRow.id).desc()).limit(limit)))


def happened(session: Session, case_ids: Sequence[str]) -> dict[str, list[JsonObject]]:
    """What the records of several cases say (`seq`, `at`, `path`, `action`, `detail`), in order, without their proofs."""
    c = table_of(CaseRecord).c
    query = select(c.case_id, c.seq, c.at, c.path, c.action, c.detail).where(c.case_id.in_(case_ids))
    found: dict[str, list[JsonObject]] = {}
    for row in connection_of(session).execute(query.order_by(c.case_id, c.seq)):
        record = {"seq": row.seq, "at": row.at, "path": row.path, "action": row.action, "detail": row.detail}
        found.setdefault(row.case_id, []).append(record)
    return found


def rule_changes(session: Session, case_id: str) -> list[tuple[int, str, str]]:
    """When a case changed to other rules: number of the record, hash of the rules before and after."""
    query = pick(CaseRecord).where(CaseRecord.case_id == case_id, CaseRecord.action == "migrated")
    found = session.exec(query.order_by(col(CaseRecord.seq)))
    return [(row.seq, row.detail["from"]["pinned_sha"], row.detail["to"]["pinned_sha"]) for row in found]


def signatures(session: Session, case_id: str) -> list[Signature]:
    """The signatures of a case in order; one whose step is superseded stays."""
    return list(session.exec(pick(Signature).where(Signature.case_id == case_id).order_by(col(Signature.seq))))


def waves(session: Session, case_id: str) -> list[CaseWave]:
    """The waves that are in, in order."""
    return list(session.exec(pick(CaseWave).where(CaseWave.case_id == case_id).order_by(col(CaseWave.no))))


def tags(session: Session, case_id: str) -> list[tuple[str, str]]:
    """The words under which a case is found: `(kind, value)`."""
    query = pick(CaseTag).where(CaseTag.case_id == case_id).order_by(CaseTag.kind, CaseTag.needle)
    return [(row.kind, row.value) for row in session.exec(query)]


def cases_tagged(session: Session, kind: str, value: str) -> list[str]:
    """The ids of the cases that carry a word, e.g. those that may show an attachment (`kind="attachment"`)."""
    query = pick(CaseTag.case_id).where(CaseTag.kind == kind, CaseTag.needle == value.casefold())
    return list(session.exec(query.order_by(CaseTag.case_id)))


def claim_key(
    session: Session, process: str, site: str, key: str, case_id: str, at: str, mode: str = "live"
) -> str | None:
    """Claim a business key before the case starts. `None`: it is this case's now; else the id of its holder."""
    row = {
        "company": COMPANY,
        "site": site,
        "mode": mode,
        "process": process,
        "key": key,
        "case_id": case_id,
        "claimed_at": at,
    }
    _KEYS.run(connection_of(session), [row])
    holder = key_holder(session, process, site, key, mode)
    if holder is None:  # its holder gave it back between the two statements
        return claim_key(session, process, site, key, case_id, at, mode)
    return None if holder == case_id else holder


def key_holder(session: Session, process: str, site: str, key: str, mode: str = "live") -> str | None:
    """The running case that has a business key."""
    return session.exec(pick(BusinessKey.case_id).where(*_key(process, site, key, mode))).first()


def free_key(session: Session, case_id: str) -> None:
    """Give the key of a case back that was never started; the closing wave does it for all others."""
    keys = table_of(BusinessKey)
    connection_of(session).execute(delete(keys).where(keys.c.case_id == case_id))


def keep_pinned(session: Session, sha256: str, pinned: JsonObject) -> None:
    """Keep the rules of a case; the same set a second time changes nothing."""
    connection = connection_of(session)
    if connection.execute(_HAS_PINNED, {"sha256": sha256}).first() is None:  # spelling a large set costs more than this
        _PINNED.run(connection, [{"sha256": sha256, "company": COMPANY, "body": pinned}])


def pinned(session: Session, sha256: str) -> JsonObject | None:
    """The rules with this hash."""
    found = session.get(PinnedSet, sha256)
    return None if found is None else found.body


def note_failure(session: Session, case_id: str, wave: int, kind: str, error: str, at: str) -> int:
    """Note that a wave could not be written (`kind`: `failing` or `quarantined`); returns the attempts so far."""
    t = table_of(Unprojected)
    connection = connection_of(session)
    row = {"case_id": case_id, "wave": wave, "kind": kind, "error": error, "attempts": 0, "since": at, "last_at": at}
    _FAILURES.run(connection, [row])
    changed = update(t).where(t.c.case_id == case_id)
    connection.execute(changed.values(wave=wave, kind=kind, error=error, attempts=t.c.attempts + 1, last_at=at))
    return int(connection.execute(select(t.c.attempts).where(t.c.case_id == case_id)).scalar_one())


def forget_failure(session: Session, case_id: str) -> None:
    """What was noted of a case no longer holds: it was compared again and agrees with its history."""
    t = table_of(Unprojected)
    connection_of(session).execute(delete(t).where(t.c.case_id == case_id))


def failures(session: Session, attempts: int = 1) -> list[Unprojected]:
    """Cases whose wave failed at least `attempts` times, and all that are quarantined, the oldest first."""
    bad = or_(col(Unprojected.attempts) >= attempts, col(Unprojected.kind) == "quarantined")
    return list(session.exec(pick(Unprojected).where(bad).order_by(Unprojected.since)))


def archive(session: Session, history: HistoryArchive) -> bool:
    """Keep the history of one run of a case, witnessed by the admin stream; `False` when it is kept already."""
    if session.get(HistoryArchive, (history.case_id, history.run_id)) is not None:
        return False
    connection_of(session).execute(insert(table_of(HistoryArchive)), [as_dict(history)])
    subject = f"{history.case_id}/{history.run_id}"
    at = history.archived_at
    witness.testify(session, history, actor="system", action="history_kept", subject=subject, at=at)
    return True


def archives(session: Session, case_id: str) -> list[HistoryArchive]:
    """The kept histories of a case, run after run."""
    query = pick(HistoryArchive).where(HistoryArchive.case_id == case_id)
    return list(session.exec(query.order_by(col(HistoryArchive.part))))


def closed_without_archive(session: Session, limit: int = 100) -> list[CaseRow]:
    """Closed cases whose history is not kept yet, or not since they were called back; the first closed first."""
    kept = exists().where(col(HistoryArchive.case_id) == col(CaseRow.id))
    called = exists().where(col(Waking.case_id) == col(CaseRow.id), col(Waking.kept) < col(Waking.calls))
    query = pick(CaseRow).where(CaseRow.state != "running", ~kept | called)
    return list(session.exec(query.order_by(col(CaseRow.closed_at)).limit(limit)))


def _key(process: str, site: str, key: str, mode: str) -> list[ColumnElement[bool]]:
    b = table_of(BusinessKey).c
    return [b.process == process, b.site == site, b.mode == mode, b.key == key]


def _conditions(query: CaseQuery) -> list[ColumnElement[bool]]:
    c = _cases.c
    equal = {
        c.process: query.definition, c.state: query.state, c.mode: query.mode, c.business_key: query.business_key,
        c.started_by: query.started_by,
    }  # fmt: skip
    found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    found += [c.site.in_(query.sites)] if query.sites is not None else []
    found += [c.process.in_(query.definitions)] if query.definitions is not None else []
    found += [c.started_at >= query.since] if query.since is not None else []
    found += [c.started_at < query.until] if query.until is not None else []
    found += [exists().where(_tags.c.case_id == c.id, *_tag(kind, value)) for kind, value in query.tags]
    found += [_word(word) for word in (query.q or "").casefold().split()]
    if query.after is not None:
        at, id_ = query.after
        found.append(and_(c.started_at <= at, or_(c.started_at < at, c.id < id_)))
    return found


def _tag(kind: str, value: str) -> list[ColumnElement[bool]]:
    needle = value.strip().casefold()
    if needle.endswith("*"):
        return [_tags.c.kind == kind, _tags.c.needle.startswith(needle[:-1], autoescape=True)]
    return [_tags.c.kind == kind, _tags.c.needle == needle]


def _word(word: str) -> ColumnElement[bool]:
    tagged = exists().where(_tags.c.case_id == _cases.c.id, _tags.c.needle.contains(word, autoescape=True))
    return or_(_cases.c.search.contains(word, autoescape=True), tagged)


_HAS_PINNED = select(table_of(PinnedSet).c.company).where(table_of(PinnedSet).c.sha256 == bindparam("sha256"))
_KEYS, _PINNED, _FAILURES = Upsert(BusinessKey, keep=True), Upsert(PinnedSet, keep=True), Upsert(Unprojected, keep=True)


def behind(session: Session, case_id: str) -> dict[tuple[str, str], str]:
    """(path, seat) → the person on whose behalf somebody else completed it; from the records of the case."""
    table = table_of(CaseRecord)
    marked = type_coerce(table.c.detail, SqlText).like('%"on_behalf_of":{%')
    query = select(table.c.path, table.c.detail).where(
        table.c.case_id == case_id, table.c.action == "completed", marked
    )
    found: dict[tuple[str, str], str] = {}
    for row in connection_of(session).execute(query):
        principal = row.detail.get("on_behalf_of")
        if isinstance(principal, dict):
            found[(row.path, str(row.detail.get("seat")))] = str(principal["id"])
    return found


def frozen_item(session: Session, case_id: str, path: str, key: str) -> list[Any]:
    """The item ``key`` of the foreach at ``path`` as it was when it was entered or added; empty when there is none."""
    query = pick(CaseRecord).where(
        CaseRecord.case_id == case_id, CaseRecord.path == path, col(CaseRecord.action).in_(("opened", "item_added"))
    )
    for row in session.exec(query.order_by(col(CaseRecord.seq).desc())):
        if row.action == "item_added" and row.detail["key"] == key:
            return [row.detail["item"]]
        if key in row.detail.get("items", {}):
            return [row.detail["items"][key]]
    return []


def goings_back(session: Session, case_id: str) -> list[CaseRecord]:
    """The records by which a case went back over what was done: return, withdrawal, cancel, reopening; the first first."""
    query = pick(CaseRecord).where(
        CaseRecord.case_id == case_id, col(CaseRecord.action).in_(("returned", "withdrawn", "reopened"))
    )
    return list(session.exec(query.order_by(col(CaseRecord.seq))))


def some(session: Session, case_ids: Sequence[str]) -> dict[str, CaseRow]:
    """Cases by their ids; those that are not there are left out."""
    found = session.exec(pick(CaseRow).where(col(CaseRow.id).in_(case_ids))) if case_ids else ()
    return {row.id: row for row in found}
