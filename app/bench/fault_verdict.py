"""What must hold after a fault run, each rule by its name; an empty list means that all of them do."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from app import wiring
from app.bench.fault_injector import unrecorded
from app.bench.fault_load import Load, Sent
from app.bench.house import House
from domain.clock import to_text
from domain.ids import effect_key
from domain.json_types import JsonObject
from records import cases
from records.case_tables import CaseRow, CaseStep, Task
from records.stock import PostingRow
from services import audit, folding
from services.history import as_record
from services.replay import prove
from services.witnesses import histories_of
from workflows.engine.appliers import apply, blank
from workflows.engine.state import CaseState, Instance
from workflows.engine.waits import next_alarm

LATE_SECONDS = 30
"""A timer that should have fired so long ago will not."""


async def violations(load: Load) -> list[str]:
    """Every rule that does not hold, with its name first."""
    house = load.parts.house
    found = await unrecorded(load)
    found += await house.database.reading(acts_once, load.sent)
    found += await house.database.reading(_postings_once)
    found += await house.database.reading(_inbox_is_fold)
    found += await _histories_replay(house)
    found += await _streams_verify(house)
    found += await _nobody_is_stuck(house)
    return found


def acts_once(session: Session, sent: list[Sent]) -> list[str]:
    """Accepted: once in its case. Refused: nowhere. In doubt: once at most."""
    found: list[str] = []
    times: Counter[tuple[str, str]] = Counter()
    for case_id in cases.heads(session):
        for record in cases.records(session, case_id):
            detail: Any = record.detail
            if "act" in detail and detail.get("act_id"):
                times[case_id, detail["act_id"]] += 1
    for one in sent:
        many = times[one.case_id, one.act_id]
        fits = {"accepted": many == 1, "refused": many == 0, "doubtful": many <= 1}[one.said]
        if not fits:
            found.append(f"acts once: {one.action} {one.act_id} of {one.case_id}, {one.said}, is there {many} times")
    return found


def _postings_once(session: Session) -> list[str]:
    """One posting for each receipt that counts, none that stands for one that does not; a key is used once."""
    keys = Counter(session.exec(select(col(PostingRow.effect_key))).all())
    found = [f"nothing doubled: posting {key} {many} times" for key, many in keys.items() if many > 1]
    reversed_ = session.connection().execute(text(_REVERSED)).scalars()
    gone = Counter(reversed_)
    found += [f"reversed at most once: move {move} {many} times" for move, many in gone.items() if many > 1]
    for case_id, state in states(session):
        for one in state.instances.values():
            if one.call and one.call.get("name") == "stock.receive":
                found += _posting_fits(session, case_id, one, keys)
    return found


_REVERSED = "SELECT reverses_move_id FROM stock_move WHERE reverses_move_id IS NOT NULL"
_STANDS = (
    "SELECT COUNT(*) FROM posting p JOIN stock_move m ON m.posting_id = p.id WHERE p.effect_key = :key AND NOT EXISTS "
    "(SELECT 1 FROM stock_move r WHERE r.reverses_move_id = m.id)"
)


def _posting_fits(session: Session, case_id: str, one: Instance, keys: Counter[str]) -> list[str]:
    key = effect_key(case_id, one.path, "stock.receive")
    stands = bool(session.connection().execute(text(_STANDS), {"key": key}).scalar())
    if one.state == "done" and "posting" in (one.output or {}) and not (stands and keys[key] == 1):
        return [f"postings once: {key} is done and its goods are not there"]
    if one.state in ("compensated", "superseded", "cancelled") and stands:
        return [f"postings once: {key} is {one.state} and its goods are still there"]
    return []


def _inbox_is_fold(session: Session) -> list[str]:
    """Every derived row, the open tasks among them, is what the records of its case make."""
    _, found = folding.breaks(session, None)
    return [f"inbox is the fold: {one.where}: {one.found}" for one in found]


async def _histories_replay(house: House) -> list[str]:
    found: list[str] = []
    for case_id in await house.database.reading(cases.heads):
        stored = await house.database.reading(cases.records, case_id)
        proof = await prove(await histories_of(house.database, house.gateway, case_id), stored)
        if not proof.deterministic or proof.differences or proof.late:
            found.append(f"histories replay: {case_id}: {proof.fault} {proof.differences[:2]} {proof.late} late")
    return found


async def _streams_verify(house: House) -> list[str]:
    office = wiring.office_of(house.settings, house.gateway.client, house.database)
    report = await audit.verify_installation(audit.premises_of(office), office.now(), thorough=True)
    office.drafts.close()
    found = [f"streams verify: {audit.finding_line(one, 'en')}" for one in report.findings]
    return found + [f"ledger holds: {one.invariant}: {one.message.en}" for one in report.ledger]


# ------------------------------------------------------------------ nobody is stuck
async def _nobody_is_stuck(house: House) -> list[str]:
    """A running case waits for something that exists: a task, a timer ahead, a word, a call on its way, a sub-process."""
    found: list[str] = []
    for case_id, state in await house.database.reading(lambda session: list(states(session))):
        described = await house.gateway.describe(case_id)
        runs = described is not None and described.close_time is None
        if state.state != "running":
            found += [f"ended in both: {case_id} is {state.state} and its history goes on"] if runs else []
            continue
        if not runs or described is None:
            found.append(f"nobody stuck: {case_id} is running and its history has ended")
            continue
        calls = [one.activity_id for one in described.raw_description.pending_activities]
        if not (calls or await house.database.reading(_waits_for, case_id, state)):
            found.append(f"nobody stuck: {case_id} waits for nothing at {', '.join(sorted(state.open))}")
    return found


def _waits_for(session: Session, case_id: str, state: CaseState) -> bool:
    tasks = session.exec(select(Task.id).where(Task.case_id == case_id, Task.state == "open")).all()
    alarm = next_alarm(state)
    if alarm is not None and alarm.at < to_text(datetime.now(UTC) - timedelta(seconds=LATE_SECONDS)):
        return False
    hears = any(isinstance(each, dict) and "message" in each for one in state.active() for each in one.waits)
    lists = session.exec(select(CaseStep).where(CaseStep.case_id == case_id, CaseStep.kind == "foreach")).all()
    opened = any(one.path in state.open and one.state == "open" for one in lists)
    child = any(_runs(session, one.child) for one in state.active() if one.child)
    return bool(tasks or alarm or hears or child or opened)


def _runs(session: Session, child: JsonObject | None) -> bool:
    row = cases.case(session, str((child or {}).get("id")))
    return row is not None and row.state == "running"


def states(session: Session) -> list[tuple[str, CaseState]]:
    """Every case with the state that its records make."""
    found: list[tuple[str, CaseState]] = []
    for case_id in session.exec(select(CaseRow.id).order_by(CaseRow.id)).all():
        records = [as_record(row) for row in cases.records(session, case_id)]
        state = blank(records[0])
        for record in records:
            apply(state, record)
        found.append((case_id, state))
    return found
