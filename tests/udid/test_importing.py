"""Taking files in: new, changed, older and wrong records, history kept, twice the same, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from domain.udid.device import Device, read
from records import udid as rows
from records.database import Database
from records.udid import UdidImport
from services.udid_files import UdidFile
from tests.migrated import put_tables
from tests.udid.files import device, file_of

NOON = "2026-11-22T04:00:00.000Z"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty database on each engine in turn."""
    url = f"sqlite:///{tmp_path_factory.mktemp('udid') / 'gspflow.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    put_tables(url, tmp_path_factory)
    opened = Database(url)
    yield opened
    opened.close()


def take(database: Database, name: str, *devices: str) -> list[str]:
    """Take a file in; returns what became of each record."""
    path = Path(database.url.removeprefix("sqlite:///")).parent if database.is_sqlite else Path("/tmp")
    file = path / f"{name}.xml"
    file.write_bytes(file_of(*devices))
    try:
        found = [read(one) for one in UdidFile(file).records() if not isinstance(one, Exception)]
    finally:
        file.unlink()
    with database.write() as session:
        session.add(UdidImport(id=name, file_name=name, sha256="s", size=1, started_at=NOON, progress_at=NOON, by="qa"))
        session.flush()
        verdicts = rows.judge(session, [one for one in found if isinstance(one, Device)])
        rows.store(session, verdicts, name)
    return [one.outcome for one in verdicts]


def test_versions_come_in_any_order_and_the_newest_is_looked_up(database: Database) -> None:
    first = device(deviceRecordKey="A")
    second = device("", deviceRecordKey="A", versionNumber="2", ggxh="KPCJ12-B", versionStauts="变更")
    assert take(database, "i1", first, device(deviceRecordKey="B", zxxsdycpbs="D-B")) == ["new", "new"]
    assert take(database, "i2", first) == ["unchanged"]
    assert take(database, "i3", second, second) == ["changed", "unchanged"]
    assert take(database, "i4", device(deviceRecordKey="A", spmc="迟到的改正")) == ["older"]
    with database.read() as session:
        (row,) = rows.devices_of(session, "06975737431158")
        assert (row.version_number, row.model) == (2, "KPCJ12-B")
        history = rows.versions_of(session, "A")
        assert [(one.version_number, one.import_id) for one in history] == [(2, "i3"), (1, "i4"), (1, "i1")]
        assert history[0].id == row.version_id
        assert rows.devices_of(session, "26975737430209")[0].record_key == "B"  # A's second version has no packs
    corrected = device("", deviceRecordKey="A", versionNumber="2", correctionNumber="1", ggxh="KPCJ12-C")
    assert take(database, "i5", corrected) == ["changed"]
    with database.read() as session:
        assert rows.devices_of(session, "06975737431158")[0].model == "KPCJ12-C"


def test_what_a_file_said_stays(database: Database) -> None:
    take(database, "i9", device(deviceRecordKey="Z", zxxsdycpbs="D-Z"))
    for change in ("UPDATE udid_version SET body = '{}'", "DELETE FROM udid_version"):
        with pytest.raises(DatabaseError), database.write() as session:
            session.execute(text(change))


def test_a_running_import_that_stands_still_was_cut_off(database: Database) -> None:
    row = UdidImport(id="cut", file_name="f", sha256="s", size=1, started_at=NOON, progress_at=NOON, by="qa")
    later: Any = rows.shown(row, "2026-11-22T05:00:00.000Z")
    assert later["state"] == "stopped" and later["why"]["en"]
    assert rows.shown(row, "2026-11-22T03:00:00.000Z")["state"] == "running"
