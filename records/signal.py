"""A live signal that the database changed, so that an inbox shows a new task without being asked.

SQLite: `PRAGMA data_version` is polled on one connection (it changes when another connection commits).
PostgreSQL: `NOTIFY` on commit. Source: https://sqlite.org/pragma.html#pragma_data_version.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import Empty, Queue

import psycopg
from sqlalchemy import Connection, make_url, text

from records.database import Database

CHANNEL = "gspflow_changes"
POLL_SECONDS = 0.25


def announce(connection: Connection) -> None:
    """Tell listeners when this transaction commits; on SQLite the commit itself tells."""
    if connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY)


class ChangeSignal:
    """Calls `callback` in its own thread after commits; several commits in a row may give one call."""

    def __init__(self, database: Database, poll_seconds: float = POLL_SECONDS) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._callbacks: list[Callable[[], None]] = []
        self.fault: str | None = None

    def start(self, callback: Callable[[], None], wait_seconds: float = 5.0) -> None:
        """Begin to watch; returns once commits are noticed (or after `wait_seconds`)."""
        self._callbacks.append(callback)
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="records-signal", daemon=True)
            self._thread.start()
            self._ready.wait(wait_seconds)

    def changes(self) -> Iterator[None]:
        """Yields after each change, until `stop` is called; for a thread that has nothing else to do."""
        queue: Queue[None] = Queue()
        self.start(lambda: queue.put(None))
        while not self._stopping.is_set():
            try:
                yield queue.get(timeout=self._poll_seconds)
            except Empty:
                continue

    def stop(self) -> None:
        """Stop watching and wait for the thread."""
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self._poll() if self._database.is_sqlite else self._listen()
                self.fault = None
            except Exception as error:  # the database is away: say so in `fault`, try again, tell everyone afterwards
                self.fault = str(error)
                self._stopping.wait(1.0)
                self._tell()

    def _poll(self) -> None:
        with self._database.engine.connect() as connection:
            cursor = connection.connection.cursor()
            seen = cursor.execute("PRAGMA data_version").fetchone()
            self._ready.set()
            while not self._stopping.wait(self._poll_seconds):
                version = cursor.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    seen = version
                    self._tell()

    def _listen(self) -> None:
        url = make_url(self._database.url).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._ready.set()
            while not self._stopping.is_set():
                for _ in connection.notifies(timeout=self._poll_seconds, stop_after=1):
                    self._tell()

    def _tell(self) -> None:
        for callback in self._callbacks:
            callback()


_NOTIFY = text(f"NOTIFY {CHANNEL}")
