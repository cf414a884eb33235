"""The launcher on a real but small lock file: it prepares once, says what is wrong, and passes arguments on."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = "import sys, semver; print(semver.__version__, *sys.argv[1:], sep='|')\n"


def stanza(name: str) -> str:
    """One distribution of the real lock, with its hashes."""
    text = (ROOT / "requirements.lock").read_text()
    found = re.search(rf"^{name}==.*?(?=^[A-Za-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[0]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the launcher, a lock of one distribution, and a program that uses it."""
    folder = tmp_path / "a checkout"
    (folder / "app").mkdir(parents=True)
    shutil.copy2(ROOT / "gspflow", folder)
    for lock in ("requirements.lock", "requirements-test.lock"):
        (folder / lock).write_text(stanza("semver"))
    (folder / "app" / "__main__.py").write_text(PROGRAM)
    return folder


def start(checkout: Path, *arguments: str, cwd: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher with an empty home, as on a new machine."""
    home = checkout.parent / "home"
    home.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GSPFLOW_", "PYTHON"))}
    return subprocess.run(
        [checkout / "gspflow", *arguments],
        cwd=cwd,
        env={**inherited, "HOME": str(home), **changes},
        capture_output=True,
        text=True,
        timeout=170,
    )


def test_first_start_installs_and_passes_every_argument_on(checkout: Path) -> None:
    done = start(checkout, "up", "--data", "a folder", "*")
    assert done.stdout.split("|", 1)[1] == "up|--data|a folder|*\n", done.stderr
    assert "installing" in done.stderr


def test_second_start_installs_nothing_and_follows_no_link(checkout: Path, tmp_path: Path) -> None:
    start(checkout)
    link = tmp_path / "gsp"
    link.symlink_to(checkout / "gspflow")
    (tmp_path / "semver.py").write_text("raise SystemExit('the wrong module')")
    done = subprocess.run([link], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_changed_lock_is_installed_again(checkout: Path) -> None:
    start(checkout)
    (checkout / "requirements.lock").write_text(stanza("semver") + stanza("fqdn"))
    (checkout / "app" / "__main__.py").write_text("import fqdn\n")
    done = start(checkout)
    assert done.returncode == 0, done.stderr
    assert "installing" in done.stderr


def test_two_first_starts_at_once_both_work(checkout: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda name: start(checkout, name), ("one", "two")))
    assert [done.returncode for done in both] == [0, 0], both
    assert [done.stdout.strip().split("|")[1] for done in both] == ["one", "two"]


def test_half_made_environment_is_finished(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").write_text("")
    assert start(checkout).returncode == 0


def test_wrong_hash_is_never_installed(checkout: Path) -> None:
    (checkout / "requirements.lock").write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", stanza("semver")))
    done = start(checkout)
    assert done.returncode == 2
    assert "the installation failed" in done.stderr and "hint:" in done.stderr


def test_plain_pip_is_enough(checkout: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "env", "dirname", "basename", "readlink", "cmp", "cp", "mv", "rm", "mkdir", "tail", "awk", "id"):
        programs.joinpath(name).symlink_to(shutil.which(name) or name)
    programs.joinpath("python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    done = start(checkout, "hello", PATH=str(programs))
    assert done.stdout.endswith("|hello\n"), done.stderr


def test_missing_python_is_told_with_the_way_out(checkout: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "env", "dirname", "basename", "readlink", "cmp", "mkdir", "rm", "id"):
        programs.joinpath(name).symlink_to(shutil.which(name) or name)
    done = start(checkout, PATH=str(programs))
    assert done.returncode == 2
    assert "Python 3.11 or newer was not found" in done.stderr and "apt-get install" in done.stderr


def test_checkout_of_somebody_else_is_told_with_the_way_out(checkout: Path) -> None:
    for folder in (checkout, *checkout.parents):
        if folder.is_relative_to(tempfile.gettempdir()) and folder.owner() == Path(checkout).owner():
            folder.chmod(folder.stat().st_mode | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    checkout.chmod(0o555)
    somebody = "nobody" if os.geteuid() == 0 else None
    done = subprocess.run(
        [checkout / "gspflow", "up"], user=somebody, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr and "GSPFLOW_VENV" in done.stderr
