"""The command line answers in one clear line, with the exit code that scripts rely on."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import run
from app.faults import Exit
from app.version import product_version


def test_help_names_the_main_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == Exit.DONE
    assert "up" in capsys.readouterr().out


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == Exit.DONE
    assert capsys.readouterr().out.strip() == f"gspflow {product_version()}"


@pytest.mark.parametrize(
    "arguments", [["nope"], ["up", "--port", "many"], ["up", "--nope"], ["test", "--without", "luck"]]
)
def test_wrong_usage_is_one_line_and_a_hint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == Exit.USAGE
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("gspflow: ") and said[1].startswith("  hint: ") and len(said) == 2


def test_demo_accounts_are_refused_on_the_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["up", "--host", "0.0.0.0", "--data", str(tmp_path)]) == Exit.USAGE
    assert "demo accounts are not for the network" in capsys.readouterr().err


def test_unreachable_database_is_exit_code_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GSPFLOW_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert run(["migrate", "--data", str(tmp_path)]) == Exit.UNREACHABLE
    assert "Traceback" not in capsys.readouterr().err


def test_data_folder_that_cannot_be_made_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run(["migrate", "--data", str(tmp_path / "file" / "data")]) == Exit.USAGE
    assert "--data" in capsys.readouterr().err


def test_debug_shows_where_an_unforeseen_fault_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GSPFLOW_DATABASE_URL", "no address at all")
    arguments = ["migrate", "--data", str(tmp_path)]
    assert run(arguments) == Exit.USAGE
    with pytest.raises(Exception, match="Could not parse"):
        run([*arguments, "--debug"], debug=True)


def test_migrate_may_be_run_again(tmp_path: Path) -> None:
    arguments = ["migrate", "--data", str(tmp_path / "new")]
    assert [run(arguments), run(arguments)] == [Exit.DONE, Exit.DONE]
    assert (tmp_path / "new" / "gspflow.db").exists()
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
