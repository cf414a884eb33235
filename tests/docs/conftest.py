"""Reading the documents: their fenced blocks, a folder to run them in, an installation to run them against."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from tests.installed import put_demo

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
HERE = ("gspflow", "definitions", "docs")
SHOWN_ADDRESS = "http://127.0.0.1:8080"
"""The address that the documents show; tests put the real one in its place."""
READY_SECONDS = 150
FOLLOW_SECONDS = 200


@dataclass(frozen=True)
class Fenced:
    """One fenced block: the page, the line of its fence, its info string, its text."""

    page: Path
    line: int
    info: str
    text: str

    @property
    def is_run(self) -> bool:
        """Whether its commands are executed."""
        return self.info == "sh run"

    @property
    def file(self) -> str | None:
        """The file it shows, if its info string names one: `yaml complaint/1.0.0/process.yaml`."""
        name = self.info.partition(" ")[2]
        return name if "/" in name else None


@pytest.fixture(scope="session")
def pages() -> list[Path]:
    """Every document that people read, by name."""
    top = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "THIRD_PARTY_NOTICES.md"]
    return [*top, *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="session")
def blocks() -> Callable[[Path], list[Fenced]]:
    """The fenced blocks of a page, in order."""
    return blocks_of


def blocks_of(page: Path) -> list[Fenced]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Fenced(page, text.count("\n", 0, match.start()) + 1, match[2].strip(), dedent(match[3]))
        for match in FENCE.finditer(text)
    ]


@pytest.fixture
def reader_folder(tmp_path: Path) -> Path:
    """A folder that looks like a checkout to somebody who follows a page."""
    for name in HERE:
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.fixture
def follow(reader_folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Do what a page says: write the files it shows, run its commands in one shell."""

    def run(page: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        shown = blocks_of(page)
        for block in shown:
            if block.file:
                place = reader_folder / block.file
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(block.text, encoding="utf-8")
        script = "\n".join(block.text for block in shown if block.is_run)
        script = script.replace(SHOWN_ADDRESS, variables.pop("address", SHOWN_ADDRESS))
        environment = {**os.environ, "GSPFLOW_DATA": str(reader_folder / "data"), **variables}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=reader_folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=FOLLOW_SECONDS,
        )

    return run


@dataclass(frozen=True)
class Installation:
    """A running installation with the demo company."""

    address: str
    data: Path


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for all pages that need one."""
    data = put_demo(tmp_path_factory.mktemp("installation") / "data", tmp_path_factory)
    log = data.parent / "up.log"
    with log.open("w") as said:
        words = [sys.executable, "-m", "app", "up", "--port", "0", "--data", str(data)]
        process = subprocess.Popen(words, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
    try:
        yield Installation(_address(log, process), data)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"^ready: (\S+)$", log.read_text(), re.MULTILINE):
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"the installation did not come up:\n{log.read_text()}")
