"""Rows that are derived from case records, derived again: without the process engine, from the database alone.

The chain covers the records; every other row of a case follows from them. Records folded through the engine give the
waves as they were written, hash for hash, and these give the rows. So a case, a step, a task, a piece of data or a
remembered answer that somebody changed is found although no chain covers it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from domain.chain import Break
from domain.errors import GspError
from domain.json_types import JsonObject
from records import acts, cases, projection
from records import case_tables as t
from records.base import connection_of, table_of
from records.verify import CASE, Finding
from services.case_rows import as_record
from workflows.engine.appliers import apply, blank
from workflows.engine.rows import rows_of
from workflows.engine.rulebook import Rulebook, rules_named
from workflows.engine.turn import Entry
from workflows.engine.wave import wave_of
from workflows.language.model import Model, load_model

FOLDED = "records folded again"
_DERIVED: tuple[type[SQLModel], ...] = (t.CaseStep, t.Task, t.CaseScope, t.CaseTag, t.Notice, acts.ActAnswer)
_BROKEN = (KeyError, TypeError, AttributeError, IndexError, ValueError, AssertionError, GspError)


def breaks(session: Session, limit: int | None) -> tuple[int, list[Finding]]:
    """How many cases were derived again (the last started first, at most ``limit``), and the first bad row of each."""
    case, models, found = table_of(t.CaseRow), dict[str, Model](), list[Finding]()
    query = select(case.c.id).order_by(case.c.started_at.desc(), case.c.id.desc()).limit(limit)
    rows = connection_of(session).execute(query).all()
    for row in rows:
        broken = _case_break(session, row.id, models)
        if broken is not None:
            found.append(Finding(CASE + row.id, broken, FOLDED))
    return len(rows), found + list(_of_no_case(session))


def _case_break(session: Session, case_id: str, models: dict[str, Model]) -> Break | None:
    records = [as_record(row) for row in cases.records(session, case_id)]
    try:
        rules = _rulebook(session, records, models)
        if rules is None:
            return None  # rules that are gone are a finding of their own table
        waves, broken = waves_again(session, rules, case_id, records)
    except _BROKEN as error:
        return Break(len(records), "changed", "records that can be folded", f"{type(error).__name__}: {error}"[:120])
    told = projection.difference(session, case_id, waves)
    if told is not None:
        name, key = told
        return Break(_last_of(records, key), "changed", f"{name} {key}", "")
    return broken


def _rulebook(session: Session, records: list[Any], models: dict[str, Model]) -> Rulebook | None:
    """All rules that the records name; ``None`` when some are not stored."""
    for sha in rules_named(records):
        pinned = cases.pinned(session, sha) if sha not in models else None
        if sha not in models and pinned is None:
            return None
        models[sha] = models.get(sha) or load_model(pinned or {})
    return Rulebook(models.values())


def waves_again(
    session: Session, rules: Rulebook, case_id: str, records: list[Any]
) -> tuple[list[JsonObject], Break | None]:
    """The waves that a case's records make, and the first that is not the one whose hash is stored."""
    answers, made, broken = acts.answers_of(session, case_id), list[JsonObject](), None
    state, entries = blank(records[0]), list[Entry]()
    ends = {wave.last_seq: wave for wave in cases.waves(session, case_id)}
    for record in records:
        before = state.head
        apply(state, record)
        entries.append(Entry(record, rows_of(rules.by_sha(state.pinned_sha), state, record), before))
        stored = ends.get(record["seq"])
        if stored is None:
            continue
        mine = [_answer(row) for row in answers if stored.first_seq <= row.seq <= stored.last_seq]
        wave = wave_of(entries, mine, stored.no)
        if wave.sha != stored.sha256 and broken is None:
            broken = Break(stored.first_seq, "changed", f"wave {stored.no} with its answers", wave.sha[:16])
        made.append(wave.body)
        entries = []
    return made, broken


def _answer(row: acts.ActAnswer) -> JsonObject:
    return {name: getattr(row, name) for name in ("act_id", "seq", "path", "caller", "body_sha", "answer")}


def _last_of(records: list[Any], key: str) -> int:
    """The last record whose path is named in the key of a row; else the last of all."""
    named = [record["seq"] for record in records if record["path"] and record["path"] in key]
    return named[-1] if named else len(records)


def _of_no_case(session: Session) -> Iterator[Finding]:
    """Derived rows of a case that is not there: the first of each table. Notices of the administration have no case."""
    known = select(table_of(t.CaseRow).c.id)
    for model in _DERIVED:
        table = table_of(model)
        stray = select(table.c.case_id).where(table.c.case_id != "", col(table.c.case_id).not_in(known))
        found = connection_of(session).execute(stray.order_by(table.c.case_id).limit(1)).scalar()
        if found is not None:
            yield Finding(f"table:{table.name}", Break(0, "inserted", "", f"{table.name} of case {found}"), FOLDED)
