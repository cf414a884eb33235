"""`audit verify` and `history replay` at a terminal: what does not hold is named and fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from app.cli import run
from app.faults import Exit
from app.ports import free_port
from app.settings import Settings
from app.wiring import database_of
from records import audit
from records.triggers import triggers_of


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An installation with three events in its admin stream, after the one of the rows that migrations made."""
    assert run(["migrate", "--data", str(tmp_path)]) == Exit.DONE
    database = database_of(settings_of(tmp_path))
    with database.write() as session:
        for number in range(3):
            audit.append(session, audit.ADMIN, "admin", "noted", f"n{number}", {}, "2026-11-22T10:00:00.000Z")
    database.close()
    return tmp_path


def settings_of(folder: Path) -> Settings:
    """Embedded settings on this data folder."""
    return Settings.model_validate({"data": folder, "database_url": ""})


def test_untouched_installation_verifies(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "verify", "--offline", "--data", str(data)]) == Exit.DONE
    assert "0 faults" in capsys.readouterr().err


def test_missing_workflow_server_is_exit_code_3_after_the_database_was_verified(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "verify", "--data", str(data)]) == Exit.UNREACHABLE
    said = capsys.readouterr().err
    assert "0 faults" in said and "no histories were compared" in said and "--offline" in said


def test_changed_row_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = database_of(settings_of(data))
    with database.write() as session:
        for trigger in triggers_of(session.connection()):
            session.connection().execute(text(f'DROP TRIGGER "{trigger}"'))
        session.connection().execute(text("UPDATE audit_event SET actor = 'nobody' WHERE subject = 'n1'"))
    database.close()
    assert run(["audit", "verify", "--data", str(data)]) == Exit.NOT_SO
    assert "admin: record 3 changed" in capsys.readouterr().out


def test_replay_without_a_server_is_exit_code_3(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GSPFLOW_TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")
    assert run(["history", "replay", "--all", "--data", str(data)]) == Exit.UNREACHABLE
    assert "does not answer" in capsys.readouterr().err


def test_replay_needs_to_know_what(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history", "replay"]) == Exit.USAGE
    assert "--all" in capsys.readouterr().err
