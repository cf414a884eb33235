"""`up`, as a person starts it: real server, migrations, worker and web application, killed and stopped for real."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.parts import answers
from tests.installed import put_demo

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0


class Run:
    """One `gspflow up` on a data folder, its output in a file."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.out = data.with_suffix(f".{time.monotonic_ns()}.out")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GSPFLOW_")}
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "up", "--port", "0", "--data", str(data), *options],
                cwd="/",
                env={**environment, "PYTHONPATH": str(ROOT)},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """Everything it printed so far."""
        return self.out.read_text()

    def wait_for(self, what: str, is_so: Callable[[], object]) -> None:
        """Wait until something is so; fails with what was printed."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline and self.process.poll() is None, f"{what}: {self.said}"
            time.sleep(0.1)

    def ready(self) -> str:
        """Wait for the line that says so; returns the address in it."""
        self.wait_for("not ready", lambda: re.search(r"^ready: \S+$", self.said, re.MULTILINE))
        return re.findall(r"^ready: (\S+)$", self.said, re.MULTILINE)[0]

    def children(self) -> dict[str, int]:
        """The process ids of its parts, by the word that starts them."""
        words = ("start-dev", "worker", "web")
        found: dict[str, int] = {}
        for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            found.update({word: int(pid) for word in words if word.encode() in line})
        return found

    def stop(self) -> int:
        """Ask it to stop; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One `up` that several tests share."""
    run = Run(tmp_path_factory.mktemp("up") / "data")
    try:
        run.ready()
        yield run
    finally:
        run.stop()


@pytest.fixture
def up() -> Iterator[Callable[[Path], Run]]:
    """Starts that do not outlive their test, however it ends."""
    made: list[Run] = []

    def start(data: Path) -> Run:
        made.append(Run(data))
        return made[-1]

    yield start
    for run in made:
        run.stop()


def test_last_line_is_the_address_and_it_answers(running: Run) -> None:
    address = running.ready()
    assert answers(f"{address}/readyz") and answers(f"{address}/healthz")


def test_data_folder_is_closed_to_others(running: Run) -> None:
    assert running.data.stat().st_mode & 0o077 == 0


def test_second_start_on_the_folder_is_told_where_the_first_is(running: Run) -> None:
    second = Run(running.data)
    assert second.process.wait(30) == 2
    assert "already running" in second.said and running.ready() in second.said
    assert "Traceback" not in second.said


@pytest.mark.parametrize("part", ["worker", "web", "start-dev"])
def test_killed_part_is_noticed_and_comes_back_at_the_same_address(running: Run, part: str) -> None:
    place = json.loads((running.data / "temporal" / "endpoint.json").read_text())["address"]
    before = running.children()
    os.kill(before[part], signal.SIGKILL)
    running.wait_for("not started again", lambda: running.children().get(part, before[part]) != before[part])
    running.wait_for("does not answer again", lambda: answers(f"{running.ready()}/readyz"))
    assert json.loads((running.data / "temporal" / "endpoint.json").read_text())["address"] == place
    assert "was killed by signal 9" in running.said


@pytest.mark.timeout(360)  # alone, it loads the demo first
def test_a_start_goes_on_after_a_stop_and_after_everything_was_killed_and_a_stop_is_clean(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, up: Callable[[Path], Run]
) -> None:
    data = put_demo(tmp_path / "data", tmp_path_factory)  # an installation that was stopped
    data.chmod(0o700)
    first = up(data)
    address = first.ready()
    assert first.said.splitlines()[-1] == f"ready: {address}"
    assert answers(f"{address}/readyz")
    first.process.kill()
    first.process.wait()
    second = up(data)
    assert answers(f"{second.ready()}/readyz")
    parts = second.children()
    assert second.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in parts.values())
    lines = [line for line in second.said.splitlines() if "stopped" in line]
    assert [line.split("stopped")[0].split("✓")[1].strip() for line in lines] == [
        "web application",
        "worker",
        "workflow server",
    ]


def test_taken_port_is_told_before_anything_starts(running: Run, tmp_path: Path) -> None:
    port = running.ready().rpartition(":")[2]
    second = Run(tmp_path / "data", "--port", port)
    assert second.process.wait(30) == 2
    assert f"port {port}" in second.said and "--port 0" in second.said
