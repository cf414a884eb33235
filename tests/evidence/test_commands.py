"""The same proof from a terminal: one line each, and exit codes that a script can rely on."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest

from app.ports import free_port
from app.published_lock import DEFINITIONS
from records import definitions
from services import people
from tests.evidence.test_bundle import forge_history, made, other_value, resealed
from tests.installed import Installation

# What differs between the databases is tried by the services' own tests; a command costs a process each time.
pytestmark = pytest.mark.parametrize("living", ["sqlite"], indirect=True)
ROOT = Path(__file__).parents[2]
SHIPPED = DEFINITIONS / "receiving_inspection" / "1.0.0"


async def gspflow(living: Installation, *words: str, **env: str) -> tuple[int, str, str]:
    """Run a command on the installation; its exit code, output and errors."""
    given = {
        "GSPFLOW_DATABASE_URL": living.settings.database,
        "GSPFLOW_TEMPORAL_ADDRESS": living.settings.temporal,
        "GSPFLOW_DATA": str(living.settings.data),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", *words, cwd=ROOT, env={**os.environ, **given, **env},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_verify_holds_and_says_what_it_lacked(living: Installation) -> None:
    code, out, err = await gspflow(living, "audit", "verify", "--full")
    assert (code, out) == (0, "") and "0 faults" in err
    unreachable = {"GSPFLOW_TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}"}
    code, out, err = await gspflow(living, "audit", "verify", **unreachable)
    assert code == 3 and "process engine cannot be reached" in err and "0 faults" in err
    code, out, err = await gspflow(living, "audit", "verify", "--offline", **unreachable)
    assert code == 0 and "only archived histories were compared" in err
    code, out, err = await gspflow(living, "audit", "verify", LC_ALL="zh_CN.UTF-8")
    assert code == 0 and "0 处不符" in err


async def test_export_then_verify_the_file_without_database_or_server(living: Installation, tmp_path: Path) -> None:
    case_id, file = await living.closed_case(), tmp_path / "evidence.zip"
    code, out, err = await gspflow(living, "history", "export", case_id, "--out", str(file))
    assert code == 0 and str(file) in out, err
    elsewhere = {"GSPFLOW_DATA": str(tmp_path / "none"), "GSPFLOW_TEMPORAL_ADDRESS": "", "GSPFLOW_DATABASE_URL": ""}
    for words in (("history", "replay", "--file"), ("audit", "verify", "--bundle")):
        code, out, err = await gspflow(living, *words, str(file), **elsewhere)
        assert code == 0 and "0 flaws" in out and "the keys are the bundle's own" in err
    code, _, err = await gspflow(living, "history", "replay", "--file", str(file))
    assert code == 0 and "bundle's own" not in err
    code, _, err = await gspflow(living, "history", "export", case_id, "--out", str(file))
    assert code == 2 and "exists already" in err
    file.write_bytes(file.read_bytes()[:-200])
    code, _, err = await gspflow(living, "history", "replay", "--file", str(file))
    assert code == 1 and "no evidence bundle" in err and "Traceback" not in err


async def test_forged_bundle_is_told_in_our_own_lines_alone(living: Installation, tmp_path: Path) -> None:
    file = tmp_path / "forged.zip"
    file.write_bytes(resealed(await made(living), living, lambda files: forge_history(files, other_value)))
    code, out, err = await gspflow(living, "audit", "verify", "--bundle", str(file))
    assert code == 1 and "does not replay" in out, out
    assert err == ""


async def test_definition_is_submitted_without_a_reason_typed(living: Installation, tmp_path: Path) -> None:
    draft = Path(shutil.copytree(SHIPPED, tmp_path / "draft"))
    process = draft / "process.yaml"
    process.write_text(process.read_text().replace("version: 1.0.0", "version: 1.0.9", 1))
    token = await people.make_token(living.office, "owner", "terminal", (), None)
    code, out, err = await gspflow(living, "definitions", "submit", str(draft), GSPFLOW_TOKEN=token)
    assert code == 0 and "1.0.9 submitted" in out, err
    stored = await living.office.db.reading(definitions.version, "receiving_inspection", "1.0.9")
    assert stored is not None and stored.reason == "submitted from the command line"


async def test_replay_of_all_cases_counts_and_takes_time(living: Installation) -> None:
    code, out, err = await gspflow(living, "history", "replay", "--all")
    assert code == 0 and " 0 failed, " in out, err
    code, out, _ = await gspflow(living, "history", "replay", "no-such-case")
    assert code == 1 and "no recorded history" in out


async def test_accounts_from_the_machine_itself(living: Installation) -> None:
    code, out, err = await gspflow(living, "user", "add", "new.one", "--name", "New One", "--role", "receiver")
    assert code == 0 and "/setup/" in out, err
    code, _, err = await gspflow(living, "user", "add", "new.one", "--name", "New One")
    assert code == 1 and "taken" in err
    code, out, err = await gspflow(living, "user", "reset-password", "new.one")
    assert code == 0 and "/setup/" in out and "signing is blocked" in err
    code, out, _ = await gspflow(living, "user", "disable", "new.one", "--reason", "left")
    assert code == 0 and "disabled" in out
    code, _, err = await gspflow(living, "user", "disable", "nobody")
    assert code == 1 and "There is no account" in err
    code, _, err = await gspflow(
        living, "user", "add", "x", "--name", "X", GSPFLOW_DATA="/tmp/none-at-all", GSPFLOW_DATABASE_URL=""
    )
    assert code == 2 and "holds no installation" in err
