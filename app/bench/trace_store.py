"""Putting a generated ledger into a database: the set-up by the product's own tables, the mass by the engines' own ways."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import psycopg
from sqlalchemy import Index, create_engine, make_url, text
from sqlmodel import Session, select

from app.bench.trace_ledger import (
    BINS,
    COLUMNS,
    CUSTOMERS,
    PRODUCTS,
    SITES,
    SUPPLIERS,
    WAREHOUSES,
    Maker,
    Places,
)
from domain.stock import PlaceKind
from records.database import Database
from records.migrate import upgrade
from records.organisation import Company, Site
from records.parties import Partner
from records.people import Account, RoleGrant
from records.products import Product
from records.schema import METADATA
from records.stock import Location, Warehouse, virtual_code

PERSON = "bench"
NOW = "2024-01-01T00:00:00.000Z"


def fill(url: str, moves: int, seed: int) -> Maker:
    """A migrated database at `url` with so many moves; returns what made them."""
    upgrade(url)
    database = Database(url)
    with database.write() as session:
        places = _set_up(session)
    is_sqlite = database.is_sqlite
    database.close()
    engine = create_engine(url)
    indexes = list(_indexes())
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    maker = Maker(moves, seed, places)
    (_into_sqlite if is_sqlite else _into_postgres)(url, maker.rows())
    with engine.begin() as connection:
        for index in indexes:
            index.create(connection)
    if not is_sqlite:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    return maker


def _indexes() -> Iterable[Index]:
    """Those that are quicker made afterwards."""
    for table in COLUMNS:
        yield from sorted(METADATA.tables[table].indexes, key=lambda index: str(index.name))


def _set_up(session: Session) -> Places:
    """Company, sites, stores with their shelves, partners, products, and the person who asks."""
    session.add(Company(key="main", name="测量公司"))
    session.flush()
    session.add_all(Site(key=site, name=site) for site in SITES)
    session.flush()
    stores = [Warehouse(site=SITES[n % 2], code=f"W{n:02d}", name=f"W{n:02d}") for n in range(WAREHOUSES)]
    partners = [Partner(code=f"S{n:04d}", kind="SUPPLIER", name=f"供货者{n}") for n in range(SUPPLIERS)]
    hospitals = [Partner(code=f"C{n:04d}", kind="CUSTOMER", name=f"医院{n}") for n in range(CUSTOMERS)]
    products = [Product(code=f"P{n:04d}", name=f"产品{n}", unit="盒", tracking="LOT") for n in range(PRODUCTS)]
    for rows in (stores, partners, hospitals, products):
        session.add_all(rows)
        session.flush()
    bins = [_bins(store, range(BINS)) for store in stores]
    roads = [Location(warehouse_id=store.id, code=f"{store.code}-T", kind="TRANSIT") for store in stores]
    for rows in (*bins, roads):
        session.add_all(rows)
        session.flush()
    _person(session)
    known = {row.code: row.id or 0 for row in session.exec(select(Location).where(Location.warehouse_id == None))}  # noqa: E711
    outside = {kind.value: known[virtual_code(kind)] for kind in PlaceKind if virtual_code(kind) in known}
    ids = [[row.id or 0 for row in rows] for rows in (stores, partners, hospitals, products, roads)]
    shelves = [[row.id or 0 for row in store] for store in bins]
    return Places(shelves, ids[4], outside, ids[0], ids[1], ids[2], ids[3])


def _bins(store: Warehouse, numbers: Iterable[int]) -> list[Location]:
    return [Location(warehouse_id=store.id, code=f"{store.code}-{n:03d}", zone="qualified") for n in numbers]


def _person(session: Session) -> None:
    session.add(Account(username=PERSON, name="测量员", created_at=NOW))
    session.flush()
    for site in SITES:
        grant = RoleGrant(
            account=PERSON, role="quality_staff", site=site, valid_from="2020-01-01", granted_by="s", granted_at=NOW
        )
        session.add(grant)


def _into_sqlite(url: str, batches: Iterator[tuple[str, list[Any]]]) -> None:
    with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as connection:
        for pragma in ("synchronous=OFF", "cache_size=-200000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for table, rows in batches:
            names = COLUMNS[table]
            marks = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
        connection.execute("COMMIT")


def _into_postgres(url: str, batches: Iterator[tuple[str, list[Any]]]) -> None:
    """By COPY, without looking up every foreign key: for that the account has to be a superuser."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, rows in batches:
            statement = f"COPY {table} ({', '.join(COLUMNS[table])}) FROM STDIN"
            with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
                for row in rows:
                    copy.write_row(row)
        for table in COLUMNS:
            if "id" in METADATA.tables[table].columns:
                sequence = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"
                connection.execute(sequence.encode())
