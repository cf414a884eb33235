"""Children end with their parent, in order, and their last words are kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from app.children import LOG_LIMIT, last_lines, spawn, stop

ROOT = Path(__file__).parents[2]
PARENT = """
import sys, time
from pathlib import Path
from app.children import spawn
child = spawn([sys.executable, "-c", "import time; time.sleep(600)"], log=Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(600)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended but was not collected does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_killed_parent_takes_its_children_along(tmp_path: Path) -> None:
    words = [sys.executable, "-c", PARENT, str(tmp_path / "log")]
    parent = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert alive(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


def test_child_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    child = spawn([sys.executable, "-c", deaf], log=tmp_path / "log")
    deadline = time.monotonic() + 10
    while not last_lines(tmp_path / "log") and time.monotonic() < deadline:
        time.sleep(0.02)
    assert stop(child, seconds=0.2) == -signal.SIGKILL


def test_last_line_of_a_log_is_the_fault_and_not_its_hint(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("started\ngspflow: the port is taken\n  hint: choose another\n\n")
    assert last_lines(tmp_path / "log", 1) == "gspflow: the port is taken"


def test_large_log_is_set_aside_when_its_program_starts_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * (LOG_LIMIT + 1))
    spawn([sys.executable, "-c", "print('first'); print('last')"], log=log).wait()
    assert last_lines(log, 1) == "last"
    assert (tmp_path / "log.1").stat().st_size == LOG_LIMIT + 1
