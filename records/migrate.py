"""Bring a database to the newest schema. Safe to run twice, and by two processes at the same time."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from records.database import open_engine
from records.triggers import put_back, triggers_of

_ADVISORY_LOCK = 0x6753_5046
_WAIT_MILLISECONDS = 60_000


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration: the scripts lie in this package."""
    settings = Config()
    settings.set_main_option("script_location", "records:migrations")
    settings.attributes["connection"] = connection
    return settings


def upgrade(database_url: str, revision: str = "head") -> str:
    """Migrate to `revision` in one transaction under a lock; returns the revision the database is at."""
    engine = open_engine(database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                _prepare_sqlite(connection)
                connection = connection.execution_options(gsp_write=True)
            with connection.begin():
                return _upgrade(connection, revision)
    finally:
        engine.dispose()


def current(database_url: str) -> str | None:
    """The revision a database is at; `None` for an empty one."""
    engine = open_engine(database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            return _revision(connection)
    finally:
        engine.dispose()


def _upgrade(connection: Connection, revision: str) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    before = triggers_of(connection)
    command.upgrade(config(connection), revision)
    put_back(connection, before, set(inspect(connection).get_table_names()))
    return _revision(connection) or ""


def _prepare_sqlite(connection: Connection) -> None:
    """Wait for another process's migration; rebuilding a table must not trip over its own foreign keys."""
    raw = connection.connection.cursor()  # below SQLAlchemy: inside a transaction the second pragma does nothing
    raw.execute(f"PRAGMA busy_timeout={_WAIT_MILLISECONDS}")
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.close()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
