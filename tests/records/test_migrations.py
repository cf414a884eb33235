"""The migrated database is what the models say, on both engines, also when two processes migrate at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from records.database import Database, open_engine
from records.migrate import config, current, upgrade
from records.schema import METADATA
from records.triggers import put_back, triggers_of
from records.verify import verify_tables

APPEND_ONLY = "audit_event case_record case_wave definition_signature dispatch history_archive key_event pinned_set signature".split()


def test_models_and_migrated_database_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    before = current(database.url)
    assert upgrade(database.url) == before


def test_two_migrations_at_once_both_succeed(tmp_path: Path) -> None:
    url, reached = f"sqlite:///{tmp_path / 'both.db'}", []
    threads = [threading.Thread(target=lambda: reached.append(upgrade(url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reached == [current(url)] * 2


def test_there_is_one_line_of_revisions() -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config())
    assert len(script.get_heads()) == 1 and script.get_bases() == ["0001_core"]


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {t} SET company = 'x'", "DELETE FROM {t}", "TRUNCATE {t}"])
def test_evidence_cannot_be_changed_or_removed(filled: Database, table: str, verb: str) -> None:
    if verb.startswith("TRUNCATE") and filled.is_sqlite:
        verb = "DELETE FROM {t} WHERE 1"  # SQLite has no TRUNCATE; its DELETE of everything must not slip past either
    with pytest.raises(DatabaseError, match="append-only"), filled.write() as session:
        session.connection().execute(text(verb.format(t=table)))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_replace_cannot_remove_evidence(filled: Database, table: str) -> None:
    if not filled.is_sqlite:
        return
    with pytest.raises(DatabaseError, match="append-only"), filled.write() as session:
        session.connection().execute(text(f"REPLACE INTO {table} SELECT * FROM {table}"))


def test_a_table_rebuilt_by_batch_mode_gets_its_triggers_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'batch.db'}"
    upgrade(url)
    engine = open_engine(url).execution_options(gsp_write=True)
    with engine.begin() as connection:
        before = triggers_of(connection)
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("audit_event", recreate="always") as batch:
            batch.alter_column("subject", nullable=True)
        assert "gsp_audit_event_update" not in triggers_of(connection)
        assert sorted(put_back(connection, before, {"audit_event"})) == [
            "gsp_audit_event_delete",
            "gsp_audit_event_update",
        ]
        assert triggers_of(connection) == before


def test_rows_from_before_they_were_watched_hold_and_are_watched_from_then_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'older.db'}"
    upgrade(url, "0002_stock")
    database = Database(url)
    with database.write() as session:
        values = "('main', 'A', '', '', '')"
        statement = f"INSERT INTO company (key, name, name_en, uscc, licence_no) VALUES {values}"
        session.connection().execute(text(statement))
    upgrade(url)
    with database.read() as session:
        assert verify_tables(session) == []
    with database.write() as session:
        session.connection().execute(text("UPDATE company SET name = 'B'"))
    with database.read() as session:
        (found,) = verify_tables(session)
    database.close()
    assert (found.where, found.found.kind, found.witness) == ("table:company", "changed", "admin")
