"""The process owner at a terminal: check, list, compare, export; acting needs a person."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.cli import run
from app.faults import Exit
from app.published_lock import DEFINITIONS

SHIPPED = DEFINITIONS / "receiving_inspection" / "1.0.0"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the shipped SOP that may be changed."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "draft"))


def test_shipped_definitions_have_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["definitions", "check"]) == Exit.DONE, capsys.readouterr().out


def test_finding_is_printed_with_its_line_and_fails(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = draft / "process.yaml"
    lines = process.read_text().splitlines()
    place = next(number for number, line in enumerate(lines, 1) if line.startswith("owner:"))
    lines[place - 1] = "owner: nobody_at_all"
    process.write_text("\n".join(lines) + "\n")
    assert run(["definitions", "check", str(draft)]) == Exit.NOT_SO
    assert capsys.readouterr().out.startswith(f"{process}:{place}:")


def test_missing_path_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["definitions", "check", str(tmp_path / "none")]) == Exit.USAGE
    assert "was not found" in capsys.readouterr().err


def test_export_has_the_layout_of_the_shipped_sops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out"
    assert (
        run(["definitions", "export", "receiving_inspection@1.0.0", str(target), "--data", str(tmp_path)]) == Exit.DONE
    )
    assert {path.relative_to(target) for path in target.rglob("*.*")} == {
        path.relative_to(SHIPPED) for path in SHIPPED.rglob("*.*")
    }
    assert run(["definitions", "diff", "receiving_inspection@1.0.0", str(target), "--data", str(tmp_path)]) == Exit.DONE
    assert "nothing changed" in capsys.readouterr().err


def test_difference_is_told_in_words(draft: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = draft / "process.yaml"
    process.write_text(process.read_text().replace("Receiving, inspection and put-away", "Goods in", 1))
    assert run(["definitions", "diff", str(SHIPPED), str(draft)]) == Exit.DONE
    said = capsys.readouterr()
    assert "Goods in" in said.out and "patch" in said.err


def test_unknown_version_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["definitions", "export", "nothing@9.9.9", str(tmp_path / "out"), "--data", str(tmp_path)]) == Exit.NOT_SO
    )
    assert "nothing@9.9.9 is not known" in capsys.readouterr().err


def test_list_shows_what_ships_before_anything_was_started(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["definitions", "list", "--data", str(tmp_path)]) == Exit.DONE
    assert "receiving_inspection@1.0.0\tshipped" in capsys.readouterr().out


def test_submitting_what_has_errors_prints_them_with_their_places(
    draft: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = draft / "process.yaml"
    process.write_text(process.read_text().replace("owner: ", "owner: nobody_at_all # ", 1))
    assert run(["definitions", "submit", str(draft), "--data", str(tmp_path)]) == Exit.NOT_SO
    assert capsys.readouterr().out.startswith(f"{process}:")


def test_submitting_needs_a_person(
    draft: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GSPFLOW_TOKEN", raising=False)
    arguments = ["definitions", "submit", str(draft), "--reason", "clearer words", "--data", str(tmp_path)]
    assert run(arguments) == Exit.USAGE
    assert "GSPFLOW_TOKEN" in capsys.readouterr().err


def test_simulation_prints_results_and_coverage_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["definitions", "simulate", str(SHIPPED)]) == Exit.DONE
    said = capsys.readouterr().out
    assert "24 tests, 0 failed" in said and "table rows    2       2       -" in said
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert run(["definitions", "simulate", str(SHIPPED), "--cases", str(SHIPPED / "cases.yaml")]) == Exit.DONE
    assert "24 个测试，0 个失败" in capsys.readouterr().out


def test_a_failing_test_fails_the_simulation_and_the_submission(
    draft: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = draft / "cases.yaml"
    cases.write_text(cases.read_text().replace("state: completed", "state: cancelled", 1))
    assert run(["definitions", "simulate", str(draft)]) == Exit.NOT_SO
    said = capsys.readouterr().out
    assert "FAIL  two lines, both put away\n      the case is completed, not cancelled" in said
    monkeypatch.delenv("GSPFLOW_TOKEN", raising=False)
    assert run(["definitions", "submit", str(draft), "--reason", "because"]) == Exit.NOT_SO
    assert "24 tests, 1 failed" in capsys.readouterr().out


def test_simulating_without_tests_is_wrong_usage(draft: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (draft / "cases.yaml").unlink()
    assert run(["definitions", "simulate", str(draft)]) == Exit.USAGE
    assert "--cases FILE" in capsys.readouterr().err
