"""How often a SQLite database was committed, counted in its write-ahead log: each commit at FULL is one fsync of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HEADER, _FRAME = 32, 24
"""Bytes before the frames and before each page; source: sqlite.org/fileformat2.html#walformat."""


@contextmanager
def kept(file: Path) -> Iterator[None]:
    """Hold a reader's place in the log, so that no checkpoint begins it anew while commits are counted."""
    reader = sqlite3.connect(file, isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield
    finally:
        reader.close()


def commits(file: Path) -> int:
    """The commits that stand in the log of ``file`` now."""
    log = Path(f"{file}-wal").read_bytes()
    if len(log) < _HEADER:
        return 0
    page, salts, found = int.from_bytes(log[8:12], "big"), log[16:24], 0
    for at in range(_HEADER, len(log) - _FRAME, _FRAME + page):
        if log[at + 8 : at + 16] != salts:  # left over from before the log began anew
            break
        found += log[at + 4 : at + 8] != b"\0\0\0\0"  # the last frame of a commit says how large the file is
    return found
