"""What `up` says while it starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAYS = """
import sys, time
from pathlib import Path
from app.progress import Progress
progress = Progress()
progress.done("first", "here", 0.1)
while not Path(sys.argv[1]).exists(): time.sleep(0.01)
progress.trouble("second")
progress.ready("http://127.0.0.1:1")
Path(sys.argv[2]).write_text("went on")
"""


def test_what_runs_goes_on_when_nobody_reads_the_lines_any_more(tmp_path: Path) -> None:
    left, went_on = tmp_path / "left", tmp_path / "went_on"
    words = [sys.executable, "-c", SAYS, str(left), str(went_on)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert "first" in process.stdout.readline()
        process.stdout.close()
        left.touch()
        assert (process.wait(20), process.stderr.read()) == (0, "")
    assert went_on.read_text() == "went on"
