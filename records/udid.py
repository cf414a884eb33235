"""The national UDI database as we took it in: imports with the rows that came back, device records with their history.

`udid_version` is append-only: what a file said once stays readable. `udid_device` is the newest version of each record,
`udid_pack` the packs that it names, so that the code on a carton leads to the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, UniqueConstraint, delete, insert, select, tuple_
from sqlmodel import Field, Session, col

from domain.errors import Text
from domain.json_types import JsonObject
from domain.udid.device import Device, RowFault
from records.base import COMPANY, BigKey, JsonText, Stored, Upsert, connection_of, table_of

COUNTS = ("read", "new", "changed", "unchanged", "older", "bad", "repaired")
"""What is counted of an import: records read, and what became of each; characters put right."""
FAULTS_KEPT = 50_000
"""Rows that come back are kept up to so many; all are counted."""

CUT_OFF = Text(
    "导入中断，未完成；再次导入同一文件即可继续。", "The import was cut off; import the file again to go on."
)


class UdidImport(Stored, table=True):
    """One file that was taken in, or looked at (`dry_run`). `state` is running, done or stopped; `progress_at` is when
    the last portion was written: a running import that stands still for long was cut off."""

    __table_args__ = (Index("ix_udid_import_started", "started_at"),)

    id: str = Field(primary_key=True)
    company: str = COMPANY
    file_name: str
    sha256: str
    size: int = Field(sa_type=BigKey)  # type: ignore[call-overload]
    dry_run: bool = False
    state: str = "running"
    started_at: str
    progress_at: str
    finished_at: str | None = None
    by: str
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    why: dict[str, Any] | None = Field(default=None, sa_type=JsonText, nullable=True)


class UdidFault(Stored, table=True):
    """A record of a file that was not taken in, and why."""

    import_id: str = Field(primary_key=True, foreign_key="udid_import.id")
    number: int = Field(primary_key=True)
    line: int
    record_key: str
    di: str
    code: str
    zh: str
    en: str


class UdidVersion(Stored, table=True):
    """One version of a record as a file gave it. Append-only."""

    __table_args__ = (UniqueConstraint("company", "record_key", "version_number", "sha256", name="uq_udid_version"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    record_key: str
    version_number: int
    correction_number: int = 0
    sha256: str
    body: dict[str, Any] = Field(sa_type=JsonText)
    import_id: str = Field(foreign_key="udid_import.id")


class UdidDevice(Stored, table=True):
    """The newest version of a record, by what it is looked up."""

    __table_args__ = (
        Index("ix_udid_device_di", "di"),
        Index("ix_udid_device_registration", "registration_no"),
    )

    company: str = Field(default=COMPANY, primary_key=True)
    record_key: str = Field(primary_key=True)
    di: str
    version_number: int
    correction_number: int = 0
    version_id: int = Field(foreign_key="udid_version.id", sa_type=BigKey)  # type: ignore[call-overload]
    registration_no: str = ""
    name: str = ""
    model: str = ""


class UdidPack(Stored, table=True):
    """A pack that the newest version of a record names."""

    __table_args__ = (Index("ix_udid_pack_record", "company", "record_key"),)

    company: str = Field(default=COMPANY, primary_key=True)
    di: str = Field(primary_key=True)
    record_key: str = Field(primary_key=True)
    contains_di: str = Field(primary_key=True)
    level: str = ""
    quantity: int


_DEVICE = Upsert(UdidDevice)
_PACK = Upsert(UdidPack)


@dataclass(frozen=True)
class Verdict:
    """What taking in a device means: `new`, `changed`, `unchanged` or `older` than what we have."""

    device: Device
    outcome: str


def judge(session: Session, devices: Sequence[Device], company: str = COMPANY) -> list[Verdict]:
    """What each device would change, in the order of the file."""
    current = _current(session, {one.key for one in devices}, company)
    seen = _seen(session, devices, company)
    verdicts: list[Verdict] = []
    for one in devices:
        place = (one.version, one.correction)
        known = current.get(one.key)
        if (one.key, one.version, one.sha) in seen:
            outcome = "unchanged"
        elif known is None:
            outcome = "new"
        else:
            outcome = "changed" if place >= known else "older"
        if outcome in ("new", "changed"):
            current[one.key] = place
        seen.add((one.key, one.version, one.sha))
        verdicts.append(Verdict(one, outcome))
    return verdicts


def store(session: Session, verdicts: Sequence[Verdict], import_id: str, company: str = COMPANY) -> None:
    """Write what is not there yet; what is newer than before becomes the record that is looked up."""
    written = [one for one in verdicts if one.outcome != "unchanged"]
    if not written:
        return
    versions = table_of(UdidVersion)
    rows = [
        {
            "company": company, "record_key": one.device.key, "version_number": one.device.version,
            "correction_number": one.device.correction, "sha256": one.device.sha, "body": one.device.body,
            "import_id": import_id,
        }
        for one in written
    ]  # fmt: skip
    connection = connection_of(session)
    statement = insert(versions).returning(versions.c.id, sort_by_parameter_order=True)
    ids = connection.execute(statement, rows).scalars().all()
    newest = {
        one.device.key: (one.device, number)
        for one, number in zip(written, ids, strict=True)
        if one.outcome in ("new", "changed")
    }
    _DEVICE.run(connection, [_device_row(device, number, company) for device, number in newest.values()])
    packs = table_of(UdidPack)
    if newest:
        old = packs.c.record_key.in_(sorted(newest))
        connection.execute(delete(packs).where(packs.c.company == company, old))
    _PACK.run(connection, [row for device, _ in newest.values() for row in _pack_rows(device, company)])


def _device_row(device: Device, version_id: int, company: str) -> dict[str, Any]:
    return {
        "company": company, "record_key": device.key, "di": device.di, "version_number": device.version,
        "correction_number": device.correction, "version_id": version_id,
        "registration_no": device.text("zczbhhzbapzbh")[:200], "name": device.text("cpmctymc")[:400],
        "model": device.text("ggxh")[:400],
    }  # fmt: skip


def _pack_rows(device: Device, company: str) -> list[dict[str, Any]]:
    found = {(pack.di, pack.contains): pack for pack in device.packs}
    return [
        {
            "company": company, "di": pack.di, "record_key": device.key, "contains_di": pack.contains,
            "level": pack.level[:40], "quantity": pack.quantity,
        }
        for pack in found.values()
    ]  # fmt: skip


def _current(session: Session, keys: set[str], company: str) -> dict[str, tuple[int, int]]:
    t = table_of(UdidDevice)
    query = select(t.c.record_key, t.c.version_number, t.c.correction_number)
    rows = connection_of(session).execute(query.where(t.c.company == company, t.c.record_key.in_(sorted(keys))))
    return {row[0]: (row[1], row[2]) for row in rows}


def _seen(session: Session, devices: Sequence[Device], company: str) -> set[tuple[str, int, str]]:
    t = table_of(UdidVersion)
    pairs = sorted({(one.key, one.version) for one in devices})
    query = select(t.c.record_key, t.c.version_number, t.c.sha256).where(
        t.c.company == company, tuple_(t.c.record_key, t.c.version_number).in_(pairs)
    )
    return {(row[0], row[1], row[2]) for row in connection_of(session).execute(query)}


# ------------------------------------------------------------------ imports


def keep_faults(session: Session, import_id: str, first: int, faults: Sequence[RowFault]) -> None:
    """Keep rows that come back, numbered from `first`."""
    rows = [
        {
            "import_id": import_id, "number": number, "line": one.line, "record_key": one.key, "di": one.di,
            "code": one.code, "zh": one.text.zh, "en": one.text.en,
        }
        for number, one in enumerate(faults, first)
        if number <= FAULTS_KEPT
    ]  # fmt: skip
    if rows:
        connection_of(session).execute(insert(table_of(UdidFault)), rows)


def imports(session: Session, company: str = COMPANY, limit: int = 50) -> list[UdidImport]:
    """The newest imports."""
    query = select(UdidImport).where(col(UdidImport.company) == company)
    return list(
        session.scalars(query.order_by(col(UdidImport.started_at).desc(), col(UdidImport.id).desc()).limit(limit))
    )


def faults_of(session: Session, import_id: str, after: int, limit: int) -> list[UdidFault]:
    """The rows of an import that came back, in the order of the file."""
    query = select(UdidFault).where(col(UdidFault.import_id) == import_id, col(UdidFault.number) > after)
    return list(session.scalars(query.order_by(col(UdidFault.number)).limit(limit)))


# ------------------------------------------------------------------ looking up


def devices_of(session: Session, di: str, company: str = COMPANY) -> list[UdidDevice]:
    """The records of a DI: of the sale unit itself, or of a pack in which it lies."""
    own = select(UdidDevice).where(col(UdidDevice.company) == company, col(UdidDevice.di) == di)
    found = list(session.scalars(own.order_by(col(UdidDevice.record_key)).limit(20)))
    if found:
        return found
    packed = select(col(UdidPack.record_key)).where(col(UdidPack.company) == company, col(UdidPack.di) == di)
    query = select(UdidDevice).where(col(UdidDevice.company) == company, col(UdidDevice.record_key).in_(packed))
    return list(session.scalars(query.order_by(col(UdidDevice.record_key)).limit(20)))


def versions_of(session: Session, record_key: str, company: str = COMPANY) -> list[UdidVersion]:
    """Every version of a record that a file gave, the newest first."""
    query = select(UdidVersion).where(col(UdidVersion.company) == company, col(UdidVersion.record_key) == record_key)
    order = (
        col(UdidVersion.version_number).desc(),
        col(UdidVersion.correction_number).desc(),
        col(UdidVersion.id).desc(),
    )
    return list(session.scalars(query.order_by(*order).limit(100)))


def shown(row: UdidImport, quiet_since: str) -> JsonObject:
    """An import as it is told; what runs, but wrote nothing after `quiet_since`, was cut off."""
    was_cut = row.state == "running" and row.progress_at < quiet_since
    return {
        "id": row.id, "file_name": row.file_name, "sha256": row.sha256, "size": row.size, "dry_run": row.dry_run,
        "state": "stopped" if was_cut else row.state, "progress_at": row.progress_at, "started_at": row.started_at,
        "finished_at": row.finished_at, "by": row.by, "counts": row.counts,
        "why": CUT_OFF.as_json() if was_cut else row.why,
    }  # fmt: skip
