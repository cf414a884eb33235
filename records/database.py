"""One database behind two engines: SQLite for one machine, PostgreSQL for several. Work is synchronous, in threads.

SQLite has one writer: writes take a lock in this process, then `BEGIN IMMEDIATE`, so that none fails half way because
another was quicker. Source: https://sqlite.org/lang_transaction.html, https://sqlite.org/wal.html.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from domain.errors import GspError
from records import search_text as _search_text  # noqa: F401  whoever writes products and partners keeps them findable
from records import witness

P = ParamSpec("P")
T = TypeVar("T")

BUSY_MILLISECONDS = 3000
"""How long a SQLite connection waits for another process's write before it gives up."""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
    "PRAGMA recursive_triggers=ON",  # REPLACE deletes rows too: without this it would slip past the delete triggers
    "PRAGMA temp_store=MEMORY",
)

_SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

_MAY_WRITE = "gsp_may_write"
"""What a pooled SQLite connection was last told, in its ``info``."""


class NestedWriteError(RuntimeError):
    """A thread asked for a second write transaction inside its first: it would wait for itself."""


class DatabaseBusyError(GspError):
    """Another process kept the SQLite file to itself longer than `BUSY_MILLISECONDS`; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "database_busy",
            "数据库正被另一进程占用，本次未写入任何内容。请稍后重试；如反复出现，请系统管理员检查是否有备份或导入在运行。",
            "Another process is using the database; nothing was written. Try again; if this goes on, ask the system "
            "administrator whether a backup or an import is running.",
        )


class Database:
    """Sessions on one database.

    `url` is a SQLAlchemy address: `sqlite:////path/gspflow.db` or `postgresql+psycopg://…`. `threads` bounds how many
    calls run at once; the pool has one connection for each and two to spare for callers outside the pool.
    """

    def __init__(self, url: str, *, threads: int = 8) -> None:
        self.url = url
        self.engine = open_engine(url, pool_size=threads + 2)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._writing = self.engine.execution_options(gsp_write=True)
        self._reading = self.engine if self.is_sqlite else self.engine.execution_options(**_SNAPSHOT)
        self._lock = threading.Lock()
        self._lock_owner: int | None = None
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="records")
        # Writers on SQLite take turns anyway: one thread of their own, so that waiting ones do not hold up readers.
        self._writers = ThreadPoolExecutor(1, thread_name_prefix="records-writer") if self.is_sqlite else self._threads

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one snapshot and can change nothing: a write in it is refused by the database."""
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session
            session.expunge_all()  # a rollback would expire the rows that the caller takes along
            session.rollback()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: committed when the block ends, rolled back when it raises.

        What it did to rows that no chain covers is put into the admin stream before it commits (`records.witness`).
        Raises `DatabaseBusyError` when another process does not let go of the SQLite file.
        """
        with self._one_writer(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            _take_turn(session.connection)
            witness.watch(session.connection())
            yield session
            witness.conclude(session)

    @contextmanager
    def write_rows(self) -> Iterator[Connection]:
        """The same without objects, for statements alone: what a wave's rows need, at half the cost around them."""
        with self._one_writer(), self._writing.connect() as connection:
            _take_turn(connection.begin)
            witness.watch(connection)
            yield connection
            if witness.is_concerned(connection):
                with Session(connection) as session:
                    witness.conclude(session)
                    session.flush()
            connection.commit()

    async def run(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(*args)` in one of the database threads."""
        return await _in_thread(self._threads, partial(fn, *args, **kwargs))

    async def reading(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(session, *args)` in a thread, in a read session."""
        return await _in_thread(self._threads, partial(self._read, fn, *args, **kwargs))

    async def glance(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for a few rows found by their keys.

        On SQLite at once, in the caller's own thread: readers never wait for a writer there (WAL), and handing such a
        reading to a thread costs more than it takes.
        """
        if not self.is_sqlite:
            return await self.reading(fn, *args, **kwargs)
        return self._read(fn, *args, **kwargs)

    async def writing(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(session, *args)` in a thread, in one write transaction."""
        return await _in_thread(self._writers, partial(self._write, fn, *args, **kwargs))

    def ping(self) -> None:
        """Ask the database for a sign of life; raises SQLAlchemy's `OperationalError` when there is none."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Finish running calls and close every connection."""
        self._writers.shutdown(wait=True)
        self._threads.shutdown(wait=True)
        self.engine.dispose()

    def _read(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        with self.read() as session:
            return fn(session, *args, **kwargs)

    def _write(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        with self.write() as session:
            return fn(session, *args, **kwargs)

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if self._lock_owner == threading.get_ident():
            raise NestedWriteError("a write transaction is already open in this thread; pass its session on")
        with self._lock:
            self._lock_owner = threading.get_ident()
            try:
                yield
            finally:
                self._lock_owner = None


def _take_turn(begin: Callable[[], object]) -> None:
    """Begin now, not at the first statement: on SQLite that is where a writer waits for other processes."""
    try:
        begin()
    except OperationalError as error:
        if "locked" in str(error.orig):
            raise DatabaseBusyError from error
        raise


async def _in_thread(threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, call)


def open_engine(url: str, pool_size: int = 10) -> Engine:
    """An engine with our settings; also used by the migrations and by the drafts' own database."""
    engine = _sqlite_engine(url, pool_size) if make_url(url).get_backend_name() == "sqlite" else _engine(url, pool_size)
    event.listen(engine, "before_cursor_execute", _tell_witness)
    return engine


def _engine(url: str, pool_size: int) -> Engine:
    return create_engine(url, pool_size=pool_size, max_overflow=4, pool_pre_ping=True)


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_use_lifo=True,
        connect_args={"check_same_thread": False, "timeout": BUSY_MILLISECONDS / 1000},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _tell_witness(connection: Connection, _cursor: Any, _sql: str, _values: Any, context: Any, _many: bool) -> None:
    """Rows of watched tables are read before a statement of ours writes them."""
    if context is not None and (context.isinsert or context.isupdate or context.isdelete):
        table = getattr(getattr(context.compiled, "statement", None), "table", None)
        if isinstance(table, Table):
            witness.about_to_write(connection, table)


def _prepare_sqlite(raw: Any, _record: Any) -> None:
    raw.isolation_level = None  # the driver must not begin transactions by itself: `_begin_sqlite` does
    cursor = raw.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Readers begin below SQLAlchemy, at a fifth of the cost; a connection is told once what it may do."""
    writes = bool(connection.get_execution_options().get("gsp_write", False))
    pooled = connection.connection
    cursor = pooled.cursor()
    if pooled.info.get(_MAY_WRITE) is not writes:
        cursor.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        pooled.info[_MAY_WRITE] = writes
    if not writes:
        cursor.execute("BEGIN")
    cursor.close()
    if writes:  # may find the file locked: SQLAlchemy's error is what callers know
        connection.exec_driver_sql("BEGIN IMMEDIATE")
