"""Backup, wipe, restore: the cases are compared with their histories before anybody acts, and what is lost is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from app import restored
from app.backup import backup, restore
from app.faults import CommandFault
from app.wiring import worker_context
from records import audit as events
from records import cases, triggers
from records.ledger_verify import verify_ledger
from services import audit, reconcile, upkeep
from services.office import Office
from tests.installed import Installation, at_work, put_demo, settings_of


@pytest.fixture(scope="module")
async def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a filled installation, taken while it runs; the installation itself is gone."""
    folder, target = tmp_path_factory.mktemp("original"), tmp_path_factory.mktemp("backups") / "monday"
    async with at_work(put_demo(folder, tmp_path_factory)) as made:
        await upkeep.Keeper(made.office).checkpoint()
        await upkeep.archive(made.office)
        backup(made.settings, target)
    shutil.rmtree(folder)
    return target


def forget(office: Office, statements: list[str]) -> None:
    """Make the database older than it is, behind its triggers."""
    with office.db.write() as session:
        connection = session.connection()
        for name in triggers.triggers_of(connection):
            connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))


async def verified(made: Installation) -> audit.Report:
    """The whole installation, value by value."""
    return await audit.verify_installation(audit.premises_of(made.office), made.office.now(), thorough=True)


async def test_restored_installation_is_locked_then_holds(copy: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    restore(settings, copy)
    with pytest.raises(CommandFault, match="not compared"):
        restored.require_compared(settings)
    async with at_work(settings.data) as made:
        done = await restored.compare(made.settings)
        assert done.ok and done.rebuilt == done.posted == [] and done.cases > 5
        restored.require_compared(settings)
        report = await verified(made)
        assert report.lines("en") == [] and report.counts["checkpoints"] >= 1


async def test_database_behind_is_rebuilt_and_its_postings_are_made_again(copy: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    restore(settings, copy)
    with closing(sqlite3.connect(settings.data / "gspflow.db")) as database:
        case_id, posting, key, warehouse = database.execute(
            "SELECT p.case_id, p.id, p.effect_key, w.code FROM posting p JOIN warehouse w ON w.id = p.warehouse_id "
            "WHERE p.id = (SELECT MAX(id) FROM posting WHERE warehouse_id = p.warehouse_id) ORDER BY p.id DESC LIMIT 1"
        ).fetchone()
        balance = database.execute("SELECT SUM(ABS(qty)) FROM stock_balance").fetchone()
    async with at_work(settings.data) as made:
        before = await made.office.db.reading(cases.records, case_id)
        forget(made.office, _without(case_id, posting, key, f"ledger/{warehouse}"))
        done = await reconcile.reconcile(made.office, worker_context(made.settings, made.office.db))
        assert [row.split(":")[0] for row in done.rebuilt] == [case_id] and done.quarantined == []
        assert [row.split(":")[0] for row in done.posted] == [key]
        after = await made.office.db.reading(cases.records, case_id)
        assert [row.model_dump() for row in after] == [row.model_dump() for row in before]
        with made.office.db.read() as session:
            assert [fault.message.en for fault in verify_ledger(session) if fault.invariant != "I1"] == []
    with closing(sqlite3.connect(settings.data / "gspflow.db")) as database:
        assert database.execute("SELECT SUM(ABS(qty)) FROM stock_balance").fetchone() == balance


def _without(case_id: str, posting: int, key: str, stream: str) -> list[str]:
    """A case that was never projected, and whose newest posting was never made."""
    moves = f"(SELECT id FROM stock_move WHERE posting_id = {posting})"
    rows = "case_record case_wave signature case_step task case_scope case_tag notice business_key act_answer".split()
    return [
        *(f"DELETE FROM {table} WHERE case_id = '{case_id}'" for table in rows),
        f"DELETE FROM case_row WHERE id = '{case_id}'",
        "UPDATE stock_balance SET qty = qty - COALESCE((SELECT SUM(m.qty) FROM stock_move m WHERE m.posting_id = "
        f"{posting} AND m.lot_id = stock_balance.lot_id AND m.to_location_id = stock_balance.location_id AND "
        "m.to_status = stock_balance.status AND m.owner = stock_balance.owner), 0) + COALESCE((SELECT SUM(m.qty) FROM "
        f"stock_move m WHERE m.posting_id = {posting} AND m.lot_id = stock_balance.lot_id AND m.from_location_id = "
        "stock_balance.location_id AND m.from_status = stock_balance.status AND m.owner = stock_balance.owner), 0)",
        f"DELETE FROM move_serial WHERE move_id IN {moves}",
        f"DELETE FROM order_receipt WHERE posting_id = {posting}",
        f"DELETE FROM lot_link WHERE posting_id = {posting}",
        f"DELETE FROM stock_move WHERE posting_id = {posting}",
        f"DELETE FROM voucher WHERE posting_id = {posting}",
        f"DELETE FROM posting WHERE id = {posting}",
        f"UPDATE audit_head SET seq = seq - 1, hash = (SELECT prev_hash FROM audit_event WHERE stream = '{stream}' "
        f"AND subject = '{key}') WHERE stream = '{stream}'",
        f"DELETE FROM audit_event WHERE stream = '{stream}' AND subject = '{key}'",
    ]


async def test_two_stories_are_never_overwritten(copy: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    restore(settings, copy)
    async with at_work(settings.data) as made:
        case_id = await made.closed_case()
        forget(made.office, [f"UPDATE case_wave SET sha256 = 'x' WHERE case_id = '{case_id}' AND no = 2"])
        done = await reconcile.repair(made.office, worker_context(made.settings, made.office.db), case_id)
        assert len(done.quarantined) == 1 and "wave 2" in done.quarantined[0]
        failures = await made.office.db.reading(cases.failures)
        assert [(row.case_id, row.wave, row.kind) for row in failures] == [(case_id, 2, "quarantined")]


async def test_repair_gives_a_case_its_rows_back(copy: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    restore(settings, copy)
    async with at_work(settings.data) as made:
        case_id = await made.closed_case()
        forget(made.office, [f"DELETE FROM task WHERE case_id = '{case_id}'", "UPDATE case_row SET outcome = 'x'"])
        assert not (await verified(made)).ok
        done = await reconcile.repair(made.office, worker_context(made.settings, made.office.db), case_id)
        assert done.ok and len(done.rebuilt) == 1
        report = await verified(made)
        assert f"case/{case_id}" not in {each.where for each in report.findings}


async def test_heads_that_only_a_checkpoint_saw_are_named_as_lost(copy: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    restore(settings, copy)
    async with at_work(settings.data) as made:
        await made.office.db.writing(_later_event, made.office.now())
        await upkeep.Keeper(made.office).checkpoint()
        seen = (settings.checkpoints / "checkpoints.jsonl").read_bytes()
    again = settings_of(tmp_path / "again")
    restore(again, copy)
    (again.checkpoints / "checkpoints.jsonl").write_bytes(seen)  # it was on another machine, as it should be
    async with at_work(again.data) as made:
        done = await restored.compare(made.settings)
        assert any(row.startswith("admin: record") for row in done.lost)
        kept = [path.name for path in again.checkpoints.glob("checkpoints-before-*")]
        assert len(kept) == 1
        assert (await verified(made)).ok
        note = json.loads(next(again.data.glob("restored-*.json")).read_text())
        assert note["from"] == str(copy)


def _later_event(session: Session, now: str) -> None:
    events.append(session, events.ADMIN, "admin", "noted", "after the backup", {}, now)
