"""Statements of the projection: never for tables that are watched; commits are counted in the log."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from app.bench.commits import commits, kept
from records.people import Account
from records.ready import Ready


def test_watched_table_is_not_written_past_the_events_that_watch_it() -> None:
    with pytest.raises(ValueError, match="account is watched"):
        Ready.upsert(Account)


def test_every_commit_that_wrote_is_counted_once(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE t (a TEXT)")
    with kept(file):
        before = commits(file)
        for number in range(3):
            writer.execute("BEGIN")
            writer.execute("INSERT INTO t VALUES (?)", ("x" * 9000 * number,))
            writer.execute("COMMIT")
        writer.execute("BEGIN")
        writer.execute("INSERT INTO t VALUES ('gone')")
        writer.execute("ROLLBACK")
        assert commits(file) - before == 3
    writer.close()
