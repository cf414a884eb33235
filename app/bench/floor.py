"""The floor: the same four tasks written by hand as a bare Temporal workflow with the same guarantees.

An Update with a validator, one normal projection activity a wave, one SQLite transaction a wave at FULL durability,
answered after it; a case is begun when its first task stands in the database, as it is for people.
No definition, no form, no seal, no hash chain: what is left is Temporal and one insert.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

STEPS = ("register", "count", "inspect", "store")
FLOOR = "Floor"
_TABLES = """
CREATE TABLE IF NOT EXISTS wave (id TEXT, no INTEGER, body TEXT, PRIMARY KEY (id, no));
CREATE TABLE IF NOT EXISTS task (id TEXT PRIMARY KEY, step TEXT, state TEXT, actor TEXT);
CREATE TABLE IF NOT EXISTS record (id TEXT, seq INTEGER, actor TEXT, body TEXT, PRIMARY KEY (id, seq));
"""


@workflow.defn(name=FLOOR)
class FloorWorkflow:
    """Four tasks in a row, by hand."""

    @workflow.init
    def __init__(self, given: dict[str, Any]) -> None:
        """The first task is open before anything can arrive."""
        self.step, self.seq, self.wave, self.projected = 0, 0, 0, 0
        self.pending: list[dict[str, Any]] = [{"seq": 0, "open": STEPS[0], "actor": given["actor"]}]

    @workflow.run
    async def run(self, given: dict[str, Any]) -> int:
        """Project what waits; end after the last task."""
        while self.step < len(STEPS) or self.pending or not workflow.all_handlers_finished():
            if self.pending:
                rows, self.pending, mark = self.pending, [], self.seq
                self.wave += 1
                await workflow.execute_activity(
                    "floor_wave",
                    {"id": workflow.info().workflow_id, "no": self.wave, "rows": rows},
                    start_to_close_timeout=timedelta(seconds=5),
                )
                self.projected = mark
            else:
                await workflow.wait_condition(
                    lambda: bool(self.pending) or (self.step == len(STEPS) and workflow.all_handlers_finished())
                )
        return self.seq

    @workflow.update
    async def complete(self, given: dict[str, Any]) -> int:
        """Close the open task, open the next, answer when it is in the database."""
        self.step, self.seq = self.step + 1, self.seq + 1
        opens = STEPS[self.step] if self.step < len(STEPS) else None
        self.pending.append({**given, "seq": self.seq, "open": opens})
        mark = self.seq
        await workflow.wait_condition(lambda: self.projected >= mark)
        return mark

    @complete.validator
    def check(self, given: dict[str, Any]) -> None:
        """Refuse what is not the open task."""
        if self.step == len(STEPS) or given["step"] != STEPS[self.step]:
            raise ApplicationError("already done", non_retryable=True)


def activity_of(file: Path) -> Callable[..., Any]:
    """The projection: one transaction a wave, synchronous=FULL."""
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)
    lock = threading.Lock()

    @activity.defn(name="floor_wave")
    def floor_wave(wave: dict[str, Any]) -> None:
        with lock:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("INSERT OR IGNORE INTO wave VALUES (?,?,?)", _wave(wave)).rowcount:
                for row in wave["rows"]:
                    _write(connection, wave["id"], row)
            connection.execute("COMMIT")

    return floor_wave


class Onlooker:
    """Sees whether a row stands in a table of a database: what begins a case, for whoever looks for it there."""

    def __init__(self, file: Path, table: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._query = f"SELECT 1 FROM {table} WHERE id=?"  # noqa: S608 - a name of ours

    async def sees(self, key: str) -> bool:
        """Whether the row is there now."""
        return self._connection.execute(self._query, (key,)).fetchone() is not None


def _wave(wave: dict[str, Any]) -> tuple[str, int, str]:
    return wave["id"], wave["no"], json.dumps(wave, default=str)


def _write(connection: sqlite3.Connection, case: str, row: dict[str, Any]) -> None:
    connection.execute(
        "INSERT INTO record VALUES (?,?,?,?)", (case, row["seq"], row["actor"], json.dumps(row, default=str))
    )
    if row.get("step"):
        connection.execute("UPDATE task SET state='done', actor=? WHERE id=?", (row["actor"], f"{case}/{row['step']}"))
    if row["open"]:
        connection.execute("INSERT INTO task VALUES (?,?,'open',NULL)", (f"{case}/{row['open']}", row["open"]))
