"""Taking a migration back, as long as no step was completed after it: the case changes to its version of before."""

from __future__ import annotations

from typing import Any

from domain.canonical import dumps
from domain.errors import Refusal, RefusedError, Text
from domain.json_types import Json, JsonObject
from records import cases
from records import migration_runs as rows
from records.case_tables import CaseRecord
from records.migration_runs import MigrationCase
from services import people
from services.actor import Actor, Proof
from services.history import as_record
from services.migration_cases import SIGNER, Order, migrate
from services.migrations import note, one
from services.office import Office
from services.refusals import forbidden, not_found, refuse
from workflows.engine.appliers import fold

HARMLESS = frozenset({"claimed", "released", "late", "continued", "timed", "asked"})
"""Records after a migration that complete no step."""
UNDO_MAX = 500


async def undo(office: Office, actor: Actor, key: str, proof: Proof | None, case_id: str | None = None) -> JsonObject:
    """Change back one case of a run, or all that came through it; what cannot go back says why."""
    about: JsonObject = {"action": "undo_migration", "subject": key, "case": case_id}
    if not actor.has(SIGNER):
        zh, en = "撤回迁移由质量负责人签名。", "Taking a migration back is signed by the quality director."
        await refuse(office, actor, forbidden(zh, en, who_can=(SIGNER,), rule="role"), about)
    listed = await office.db.reading(rows.cases_of, key, "migrated", "surprise", limit=UNDO_MAX)
    chosen = [row for row in listed if case_id in (None, row.case_id)]
    if not chosen:
        zh, en = "没有可撤回的案例。", "There is no case here that could be changed back."
        await refuse(office, actor, not_found(zh, en), about)
    if proof is None:
        text = Text("撤回迁移须签名。", "Taking a migration back is signed.")
        await refuse(office, actor, Refusal(422, "signature_missing", text, rule="signature"), about)
    proven = await people.prove_once(office, actor, proof, about)
    undone = {row.case_id: await _back(office, actor, row, proven) for row in chosen}
    await office.db.writing(_noted, key, actor.id, office.now(), [name for name, why in undone.items() if why is None])
    failed: JsonObject = {name: why for name, why in undone.items() if why is not None}
    return {**await one(office, actor, key), "not_undone": failed}


def _noted(session: Any, key: str, who: str, now: str, undone: list[Json]) -> None:
    run = rows.run(session, key)
    if run is not None and undone:
        note(session, run, who, "migration_undone", now, {"cases": undone})


async def _back(office: Office, actor: Actor, row: MigrationCase, proof: Proof) -> JsonObject | None:
    """Change one case back; why it cannot be, or ``None``."""
    stored = await office.db.reading(cases.records, row.case_id)
    fault = _too_late(row, stored)
    if fault is not None:
        return fault.as_json()
    try:
        order = Order(row.case_id, row.from_version, inverse(row, stored), proof.reason, row.seq)
        await migrate(office, actor, order, proof, run=row.run)
    except RefusedError as error:
        return error.refusal.message.as_json()
    await office.db.writing(rows.settle, row.run, row.case_id, state="undone", at=office.now())
    return None


def _too_late(row: MigrationCase, stored: list[CaseRecord]) -> Text | None:
    after = [one for one in stored if row.last_seq is not None and one.seq > row.last_seq]
    done = next((one for one in after if one.action not in HARMLESS), None)
    if row.seq is None or row.last_seq is None:
        return Text("迁移尚未记录完毕。", "The change is not fully recorded yet.")
    if done is None:
        return None
    zh = f"此后已有步骤完成（第 {done.seq} 条记录），不能再撤回；可另提迁移。"
    en = f"A step was completed after it (record {done.seq}); it is too late. Propose another migration."
    return Text(zh, en)


def inverse(row: MigrationCase, stored: list[CaseRecord]) -> JsonObject:
    """The plan that leads back: moved steps to where they were, set fields to what they held before."""
    detail: Any = next(one.detail for one in stored if one.seq == row.seq)
    before = fold([as_record(one) for one in stored if one.seq < int(str(row.seq))]).data
    moves: JsonObject = {fate["to"]: fate["step"] for fate in detail["steps"] if fate["what"] == "moved"}
    fields: JsonObject = {name: dumps(before[name]) for name in detail["values"] if name in before}
    return {"map": moves, "set": fields}
