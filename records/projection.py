"""Waves become rows: one transaction a wave, the same wave once, never over what is there.

A wave's rows are upserted; its records, signatures and hash are append-only. A wave that does not follow from what is
stored is a `QuarantineError`: somebody, or a restored backup, has told this database another story.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update
from sqlmodel import Session, SQLModel

from domain.canonical import digest, dumps, loads
from domain.chain import case_head, next_head, sealed
from domain.errors import GspError
from domain.json_types import JsonObject
from records import case_tables as t
from records import messages, signal
from records.acts import ActAnswer, ActIntent
from records.base import COMPANY, connection_of, table_of
from records.outbox import put_rows, row_of
from records.outbox_rows import told_by
from records.projection_rows import Place, WaveRows, rows_of, task_roles
from records.ready import Ready, Row


class QuarantineError(GspError):
    """A wave contradicts what is stored. `case_id` and `wave` say where; nothing was written."""

    def __init__(self, case_id: str, wave: int, what: str, stored: object, given: object) -> None:
        super().__init__(
            "quarantine",
            f"案件 {case_id} 的第 {wave} 批记录与数据库不一致（{what}：库中 {stored}，收到 {given}），未写入。"
            "请质量管理人员和系统管理员核对。",
            f"Wave {wave} of case {case_id} contradicts the database ({what}: stored {stored}, given {given}). "
            "Nothing was written; quality staff and the system administrator must compare history and database.",
        )
        self.case_id = case_id
        self.wave = wave
        self.what = what


Folded = dict[type[SQLModel], dict[tuple[Any, ...], dict[str, Any]]]
"""Derived rows by table and key."""


@dataclass(frozen=True)
class Projected:
    """What a call did: `again` when the wave was there already; the case's last `seq` and `head` after it."""

    case_id: str
    wave: int
    seq: int
    head: str
    again: bool
    tasks: tuple[str, ...] = ()


def project(session: Session | Connection, wave: JsonObject) -> Projected:
    """Write one wave in the session's or connection's transaction.

    Raises `QuarantineError` when the same number is there with another hash, when numbers or heads do not follow, when
    the records do not lead to the wave's head, or when a record's detail is not what it was sealed with.
    """
    connection = connection_of(session)
    fresh: dict[str, Any] = wave  # type: ignore[assignment]
    case_id, no, sha = str(fresh["case"]), int(fresh["no"]), digest("wave", wave)
    stored = _WAVE_SHA.first(connection, {"case_id": case_id, "no": no})
    if stored is not None:
        there, head, last_seq = stored
        if there != sha:
            raise QuarantineError(case_id, no, "wave", there, sha)
        return Projected(case_id, no, last_seq, head, again=True)
    _check_follows(connection, case_id, no, fresh)
    heads = _check_records(case_id, no, fresh)
    rows = rows_of(fresh, sha, heads, _place(fresh))
    _write(connection, rows)
    put_rows(connection, map(row_of, told_by(rows)))
    signal.announce(connection)
    return Projected(
        case_id, no, rows.case["seq"], rows.case["head"], again=False, tasks=tuple(x["id"] for x in rows.tasks)
    )


def rebuild(session: Session, case_id: str, waves: Iterable[JsonObject]) -> Projected | None:
    """Drop what can be derived of a case and derive it again from its waves, in order; the last wave's result.

    Append-only rows are not dropped: those that are missing are added, those that differ raise `QuarantineError`.
    """
    connection = connection_of(session)
    _drop(connection, case_id)
    last = None
    for wave in waves:
        last = _project_again(connection, wave)
    signal.announce(connection)
    return last


def difference(session: Session, case_id: str, waves: Iterable[JsonObject]) -> tuple[str, str] | None:
    """The first row (table, key) that is not what the case's waves make it: changed, missing or too much; else `None`.

    Compares steps, tasks, scopes, words, notices, the inbox's index, keys and the case itself; chains are `records.verify`'s.
    """
    expected = fold(waves)
    connection = connection_of(session)
    for model, rows in expected.items():
        table = table_of(model)
        which = table.c.id == case_id if model is t.CaseRow else table.c.case_id == case_id
        keys = [column.name for column in table.primary_key]
        stored = {
            tuple(row[k] for k in keys): dict(row) for row in connection.execute(select(table).where(which)).mappings()
        }
        for key in sorted(stored.keys() | rows.keys(), key=str):
            if stored.get(key) != rows.get(key):
                return table.name, "/".join(map(str, key))
    return _index_difference(connection, case_id, expected)


def _index_difference(connection: Connection, case_id: str, expected: Folded) -> tuple[str, str] | None:
    """The inbox's index and the held business key, which follow from the tasks and from the case."""
    roles, keys = table_of(t.TaskRole), table_of(t.BusinessKey)
    tasks = [row["id"] for row in expected[t.Task].values()]
    rows = connection.execute(select(roles).where(roles.c.task_id.in_(tasks))).mappings()
    stored = {tuple(sorted((k, str(v)) for k, v in row.items())): row for row in rows}
    made = {
        tuple(sorted((k, str(v)) for k, v in row.items())): row
        for task in expected[t.Task].values()
        for row in task_roles(task)
    }
    for name in sorted(stored.keys() ^ made.keys()):
        row = stored.get(name) or made[name]
        return roles.name, f"{row['task_id']} {row['role']}"
    (case,) = expected[t.CaseRow].values()
    key = case["business_key"] if case["state"] == "running" else None
    same = [keys.c[name] == case[name] for name in ("process", "site", "mode")]
    holders = select(keys.c.key, keys.c.case_id).where(
        (keys.c.case_id == case_id) | ((keys.c.key == key) & and_(*same))
    )
    held = {row.key: row.case_id for row in connection.execute(holders)}
    if (key is not None and key not in held) or any(holder == case_id and one != key for one, holder in held.items()):
        return keys.name, ", ".join(sorted(held)) or str(key)
    return None


def fold(waves: Iterable[JsonObject]) -> Folded:
    """The derived rows that `waves` leave, by table and key: what the upserts do, without a database."""
    found: dict[type[SQLModel], dict[tuple[Any, ...], dict[str, Any]]] = {model: {} for model in _FOLDED}
    for wave in waves:
        plain: dict[str, Any] = loads(dumps(wave))
        rows = rows_of(plain, "", [""] * len(plain["records"]), _place(plain))
        for model, name in _FOLDED.items():
            keys = [column.name for column in table_of(model).primary_key]
            given = [rows.case] if model is t.CaseRow else getattr(rows, name)
            for row in given:
                key = tuple(row[k] for k in keys)
                found[model][key] = found[model].get(key, row) if model is t.CaseTag else row
    return found


def _check_follows(connection: Connection, case_id: str, no: int, wave: dict[str, Any]) -> None:
    case = _CASE_HEAD.first(connection, {"id": case_id})
    if case is None:
        given = wave["rows"]["case"]
        start = next((row["body"] for row in wave["rows"]["scopes"] if row["scope"] == "start"), {})
        begun = wave["records"][0]["detail"] if wave["records"] else {}
        before, number, seq = case_head(case_id, begun.get("pinned_sha") or given["pinned_sha"], start), no, 0
    else:
        before, number, seq = case[0], case[1] + 1, case[2]
    if no != number:
        raise QuarantineError(case_id, no, "number", number, no)
    if wave["prev_head"] != before:
        raise QuarantineError(case_id, no, "prev_head", before, wave["prev_head"])
    if wave["records"] and wave["records"][0]["seq"] != seq + 1:
        raise QuarantineError(case_id, no, "seq", seq + 1, wave["records"][0]["seq"])


def _check_records(case_id: str, no: int, wave: dict[str, Any]) -> list[str]:
    """The head after each record; the last must be the wave's."""
    head, heads, seq = wave["prev_head"], [], None
    for record in wave["records"]:
        if seq is not None and record["seq"] != seq + 1:
            raise QuarantineError(case_id, no, "seq", seq + 1, record["seq"])
        found = digest("detail", record["detail"])
        if found != record["detail_sha"]:
            raise QuarantineError(case_id, no, f"detail {record['seq']}", found, record["detail_sha"])
        seq, head = record["seq"], next_head(head, sealed(record))
        heads.append(head)
    if head != wave["head"]:
        raise QuarantineError(case_id, no, "head", head, wave["head"])
    return heads


def _place(wave: dict[str, Any]) -> Place:
    return Place(str(wave.get("company") or COMPANY), str(wave["site"]), str(wave["mode"]))


def _write(connection: Connection, rows: WaveRows) -> None:
    _INSERT_WAVE.run(connection, rows.wave)
    _INSERT_RECORDS.run(connection, *rows.records)
    _INSERT_SIGNATURES.run(connection, *rows.signatures)
    _write_derived(connection, rows)


def _write_derived(connection: Connection, rows: WaveRows) -> None:
    _CASE.run(connection, rows.case)
    _STEPS.run(connection, *rows.steps)
    _write_tasks(connection, rows)
    _SCOPES.run(connection, *rows.scopes)
    _TAGS.run(connection, *rows.tags)
    _NOTICES.run(connection, *rows.notices)
    _ANSWERS.run(connection, *rows.answers)
    _CLOSE_INTENT.run(connection, *(_recorded(answer, rows.last_at) for answer in rows.answers))
    _hold_or_free_key(connection, rows)
    if rows.listens:
        messages.listen(connection, rows.case, rows.listens, rows.last_at)
    if rows.parent is not None and rows.case["state"] != "running":
        messages.child_ended(connection, rows.case, rows.parent, rows.last_at)
    _FORGET_FAILURE.run(connection, {"case_id": rows.case["id"]})


def _write_tasks(connection: Connection, rows: WaveRows) -> None:
    if not rows.tasks:
        return
    _NOT_FOR_ROLES.run(connection, *({"task_id": task["id"]} for task in rows.tasks))
    _TASKS.run(connection, *rows.tasks)
    _TASK_ROLES.run(connection, *rows.task_roles)


def _hold_or_free_key(connection: Connection, rows: WaveRows) -> None:
    case = rows.case
    if case["state"] != "running":
        _FREE_KEY.run(connection, {"case_id": case["id"]})
        return
    begins = rows.wave["first_seq"] == 1 or any(record["action"] == "reopened" for record in rows.records)
    if case["business_key"] is not None and begins:
        _KEYS.run(connection, rows.business_key)


def _drop(connection: Connection, case_id: str) -> None:
    tasks = select(table_of(t.Task).c.id).where(table_of(t.Task).c.case_id == case_id)
    roles = table_of(t.TaskRole)
    messages.forget(connection, case_id)
    connection.execute(delete(roles).where(roles.c.task_id.in_(tasks)))
    models: tuple[type[SQLModel], ...] = (
        t.Task,
        t.CaseStep,
        t.CaseScope,
        t.CaseTag,
        t.Notice,
        t.BusinessKey,
        ActAnswer,
    )
    for model in models:
        table = table_of(model)
        connection.execute(delete(table).where(table.c.case_id == case_id))
    cases = table_of(t.CaseRow)
    connection.execute(delete(cases).where(cases.c.id == case_id))


def _project_again(connection: Connection, wave: JsonObject) -> Projected:
    fresh: dict[str, Any] = wave  # type: ignore[assignment]
    case_id, no, sha = str(fresh["case"]), int(fresh["no"]), digest("wave", wave)
    _check_follows(connection, case_id, no, fresh)
    rows = rows_of(fresh, sha, _check_records(case_id, no, fresh), _place(fresh))
    _add_missing(connection, t.CaseWave, [rows.wave], ("case_id", "no"), no)
    _add_missing(connection, t.CaseRecord, rows.records, ("case_id", "seq"), no)
    _add_missing(connection, t.Signature, rows.signatures, ("case_id", "seq"), no)
    _write_derived(connection, rows)
    return Projected(
        case_id, no, rows.case["seq"], rows.case["head"], again=False, tasks=tuple(x["id"] for x in rows.tasks)
    )


def _add_missing(
    connection: Connection, model: type[SQLModel], rows: list[dict[str, Any]], key: tuple[str, str], no: int
) -> None:
    table = table_of(model)
    for row in rows:
        found = (
            connection.execute(select(table).where(*(table.c[name] == row[name] for name in key))).mappings().first()
        )
        if found is None:
            connection.execute(insert(table), [row])
        elif digest("row", dict(found)) != digest("row", row):
            raise QuarantineError(
                row["case_id"], no, f"{table.name} {row[key[1]]}", digest("row", dict(found)), digest("row", row)
            )


def _by(model: type[SQLModel], **names: str) -> list[Any]:
    return [table_of(model).c[column] == bindparam(name) for column, name in names.items()]


def _deletes(model: type[SQLModel], **names: str) -> Ready:
    return Ready(table_of(model), delete(table_of(model)).where(*_by(model, **names)))


def _recorded(answer: Row, at: str) -> Row:
    return {"b_act": answer["act_id"], "b_at": at, "b_open": "open", "b_recorded": "recorded"}


_FOLDED: dict[type[SQLModel], str] = {
    t.CaseRow: "case",
    t.CaseStep: "steps",
    t.Task: "tasks",
    t.CaseScope: "scopes",
    t.CaseTag: "tags",
    t.Notice: "notices",
}
_waves, _cases, _intents = table_of(t.CaseWave), table_of(t.CaseRow), table_of(ActIntent)
_WAVE_SHA = Ready(
    _waves,
    select(_waves.c.sha256, _waves.c.head, _waves.c.last_seq).where(*_by(t.CaseWave, case_id="case_id", no="no")),
)
_CASE_HEAD = Ready(_cases, select(_cases.c.head, _cases.c.wave, _cases.c.seq).where(*_by(t.CaseRow, id="id")))
_CLOSE_INTENT = Ready(
    _intents,
    update(_intents)
    .where(*_by(ActIntent, act_id="b_act"), _intents.c.state == bindparam("b_open"))
    .values(state=bindparam("b_recorded"), closed_at=bindparam("b_at")),
)
_INSERT_WAVE, _INSERT_RECORDS, _INSERT_SIGNATURES = map(Ready.insert, (t.CaseWave, t.CaseRecord, t.Signature))
_NOT_FOR_ROLES = _deletes(t.TaskRole, task_id="task_id")
_FREE_KEY = _deletes(t.BusinessKey, case_id="case_id")
_FORGET_FAILURE = _deletes(t.Unprojected, case_id="case_id")
_CASE, _STEPS, _TASKS = map(Ready.upsert, (t.CaseRow, t.CaseStep, t.Task))
_TASK_ROLES, _SCOPES, _NOTICES = map(Ready.upsert, (t.TaskRole, t.CaseScope, t.Notice))
_TAGS, _ANSWERS, _KEYS = (Ready.upsert(model, keep=True) for model in (t.CaseTag, ActAnswer, t.BusinessKey))
