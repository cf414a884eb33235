"""Starting child processes so that none outlives its parent, on Linux even when the parent is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""prctl(2): deliver a signal to this process when its parent dies."""
LOG_LIMIT = 10_000_000
"""Bytes after which a log file is set aside when its program starts again."""


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, its output appended to `log`.

    The terminal's Ctrl-C thus reaches only the supervisor, which stops the parts in order.
    `keep` names file descriptors the child inherits, such as a lock that must last as long as the child.
    `user` is the account to run as, when we are root.
    To be called from the main thread: Linux ties the death signal to the thread that started the child.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    _set_aside(log)
    with log.open("ab") as out:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(keep),
            user=user,
            env=None if env is None else dict(env),
            preexec_fn=_die_with_parent(os.getpid()),
        )


def stop(process: subprocess.Popen[bytes], *, seconds: float) -> int:
    """Ask the process to end, wait, and kill it if it does not; returns its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def last_lines(log: Path, count: int = 3) -> str:
    """The end of a log, to be shown beside a failure; empty when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4000))
        lines = file.read().decode(errors="replace").splitlines()
    said = [line.strip() for line in lines if line.strip() and not line.startswith("  hint: ")]
    return "\n".join(said[-count:])


def _set_aside(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def request() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent died before the request was made
            os._exit(0)

    return request
