"""A database with all tables and only the rows that migrations put there: made once in a run of the tests, then copied."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from records.migrate import upgrade

_TEMPLATE = "migrated"


def put_tables(url: str, runs: pytest.TempPathFactory) -> str:
    """Give an empty database that nobody is connected to its tables; returns its address."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(_original(runs))) as made, closing(sqlite3.connect(_file_of(url))) as copy:
            made.backup(copy)
    else:
        _put_on_postgres(url)
    return url


def _file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _original(runs: pytest.TempPathFactory) -> Path:
    """The file to copy: made by the first process of this run that needs one."""
    base = runs.getbasetemp()
    file = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "migrated.db"
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            making = file.with_suffix(".making")
            upgrade(f"sqlite:///{making}")
            making.rename(file)
    return file


def _put_on_postgres(url: str) -> None:
    """From a template on the same server, which belongs to one process of the tests."""
    parts = make_url(url)
    with psycopg.connect(f"host={parts.query['host']} user=postgres dbname=postgres", autocommit=True) as server:
        there = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE]).fetchone()
        if there is None:
            server.execute(f"CREATE DATABASE {_TEMPLATE}".encode())
            upgrade(str(parts.set(database=_TEMPLATE).render_as_string(hide_password=False)))
        server.execute(f'DROP DATABASE "{parts.database}"'.encode())
        server.execute(f'CREATE DATABASE "{parts.database}" TEMPLATE {_TEMPLATE}'.encode())
