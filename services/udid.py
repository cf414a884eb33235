"""The national UDI database: taking in its files, every bad record back with its reason, and looking devices up.

A file is read once, record by record, in portions of one transaction each; importing it again changes nothing, so an
import that was cut off is simply done again. What products could take from a record is a suggestion: quality staff
decide about master data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from domain.clock import to_text
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from domain.udid.device import Device, RowFault, read, required_identifiers, suggestion
from domain.udid.fields import FIELDS, STATUS
from domain.udid.xml import Record, XmlFault
from records import udid as rows
from records.udid import COUNTS, UdidImport
from services import people
from services.actor import Actor
from services.admin_laws import need, told
from services.office import Office
from services.refusals import no_business, not_found, refuse
from services.udid_files import UdidFile

IMPORTERS = ("quality_staff", "quality_director")
"""Who takes in a file: quality applies master data (P-46)."""
PORTION = 500
"""Records in one transaction."""
_PIECE = 1024 * 1024


@dataclass
class _Run:
    """An import at work."""

    id: str
    dry_run: bool
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))


async def import_file(office: Office, actor: Actor, path: Path, name: str, *, dry_run: bool = False) -> JsonObject:
    """Take in a file (XML, or a ZIP with XML files in it), or with ``dry_run`` only say what it would change.

    The answer is the import with its counts and its first rows that came back. A file that stops being a UDI file is
    ``stopped`` with the reason; what stood before that place is in.
    """
    name = "".join(letter for letter in name if letter.isprintable())  # no database keeps NUL or half a character
    about: JsonObject = {"action": "udid_imported", "subject": name[:200], "dry_run": dry_run}
    await need(office, actor, IMPORTERS, about)
    sha256, size = await office.db.run(_hash, path)
    run = _Run(office.new_id(), dry_run)
    row = UdidImport(
        id=run.id, company=office.company, file_name=name[:200], sha256=sha256, size=size, dry_run=dry_run,
        started_at=office.now(), progress_at=office.now(), by=actor.id, counts=dict(run.counts),
    )  # fmt: skip
    await office.db.writing(lambda session: session.add(row))
    why: XmlFault | None = None
    source = UdidFile(path)
    try:
        records = source.records()
        while portion := await office.db.run(_portion, records):
            await _take(office, run, portion, source)
    except XmlFault as fault:
        why = fault
    finally:
        source.close()
    await office.db.writing(_finish, actor, about, run, why, office.now(), source)
    return await one_import(office, actor, run.id)


def _hash(path: Path) -> tuple[str, int]:
    found, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
            size += len(piece)
    return found.hexdigest(), size


def _portion(records: Iterator[Record | XmlFault]) -> list[Record | XmlFault]:
    return list(islice(records, PORTION))


async def _take(office: Office, run: _Run, portion: list[Record | XmlFault], source: UdidFile) -> None:
    devices: list[Device] = []
    faults: list[RowFault] = []
    stopped: XmlFault | None = None
    for one in portion:
        if isinstance(one, XmlFault):
            stopped = one
            break
        found = read(one)
        if isinstance(found, Device):
            devices.append(found)
        else:
            faults += found
        run.counts["read"] += 1
        run.counts["bad"] += isinstance(found, list)
    run.counts["repaired"] = source.repaired
    await office.db.writing(_write, run, devices, faults, office.company, office.now())
    if stopped is not None:
        raise stopped


def _write(session: Any, run: _Run, devices: list[Device], faults: list[RowFault], company: str, now: str) -> None:
    verdicts = rows.judge(session, devices, company)
    for one in verdicts:
        run.counts[one.outcome] += 1
    if not run.dry_run:
        rows.store(session, verdicts, run.id, company)
    first = run.counts.get("faults", 0) + 1
    run.counts["faults"] = first - 1 + len(faults)
    rows.keep_faults(session, run.id, first, faults)
    row = session.get(UdidImport, run.id)
    row.counts, row.progress_at = dict(run.counts), now
    session.add(row)


def _finish(
    session: Any, actor: Actor, about: JsonObject, run: _Run, why: XmlFault | None, now: str, source: UdidFile
) -> None:
    row = session.get(UdidImport, run.id)
    run.counts["repaired"] = source.repaired
    row.counts = {**run.counts, **({"declared": source.declared} if source.declared is not None else {})}
    row.state, row.finished_at = ("stopped" if why else "done"), now
    missing = source.declared is not None and source.declared != run.counts["read"]
    if why is not None:
        row.why = why.text.as_json()
    elif missing:
        row.why = Text(
            f"文件声明 {source.declared} 条记录，实际 {run.counts['read']} 条，请核对文件是否完整。",
            f"The file says it has {source.declared} records, it has {run.counts['read']}; is it whole?",
        ).as_json()
    session.add(row)
    done: JsonObject = {**about, "import": run.id, "sha256": row.sha256, "state": row.state}
    done |= {name: int(number) for name, number in row.counts.items()}
    told(session, actor, done, now)


# ------------------------------------------------------------------ reading


async def imports(office: Office, actor: Actor) -> list[JsonObject]:
    """The newest imports with their counts."""
    await _reading(office, actor, "udid/imports")
    return [rows.shown(row, _quiet(office)) for row in await office.db.reading(rows.imports, office.company)]


def _quiet(office: Office) -> str:
    """A portion takes seconds; an import without one since then is no longer at work."""
    return to_text(office.clock() - timedelta(minutes=10))


async def one_import(office: Office, actor: Actor, import_id: str, after: int = 0, limit: int = 200) -> JsonObject:
    """One import with rows that came back, the next ones after the row ``after``."""
    await _reading(office, actor, f"udid/imports/{import_id}")

    def read_it(session: Any) -> JsonObject | None:
        row = session.get(UdidImport, import_id)
        if row is None or row.company != office.company:
            return None
        kept = rows.faults_of(session, import_id, after, limit + 1)
        faults: list[Json] = [
            {
                "number": one.number, "line": one.line, "record_key": one.record_key, "di": one.di, "code": one.code,
                "message": {"zh": one.zh, "en": one.en},
            }
            for one in kept[:limit]
        ]  # fmt: skip
        return {
            **rows.shown(row, _quiet(office)),
            "faults": faults,
            "next": kept[limit - 1].number if len(kept) > limit else None,
        }

    found = await office.db.reading(read_it)
    if found is None:
        why = not_found("没有这次导入。", "There is no such import.")
        await refuse(office, actor, why, {"action": "read_udid", "subject": import_id[:60]})
    return found


async def device(office: Office, actor: Actor, di: str) -> JsonObject:
    """The records of a DI, of the sale unit or of a pack, with their history and what a product can take from them."""
    await _reading(office, actor, f"udid/devices/{di[:60]}")
    found = await office.db.reading(_devices, di, office.company)
    if not found:
        why = not_found(
            f"国家 UDI 数据库的已导入数据中没有产品标识“{di[:60]}”。请核对扫码，或导入最新的发布文件。",
            f"No device with the identifier “{di[:60]}” was imported. Check the scan, or import the newest file.",
        )
        await refuse(office, actor, why, {"action": "read_udid", "subject": di[:60]})
    return {"di": di, "items": [*found]}


def _devices(session: Any, di: str, company: str) -> list[JsonObject]:
    found: list[JsonObject] = []
    for row in rows.devices_of(session, di, company):
        versions = rows.versions_of(session, row.record_key, company)
        newest = next(one for one in versions if one.id == row.version_id)
        made = Device(
            row.record_key, row.version_number, row.correction_number, row.di, newest.body, _packs(newest.body)
        )
        found.append(
            {
                "record_key": row.record_key, "di": row.di, "version": row.version_number,
                "correction": row.correction_number, "is_pack": row.di != di, "record": newest.body,
                "required_identifiers": [*required_identifiers(made)], "suggestion": suggestion(made),
                "history": [_version(one) for one in versions],
            }
        )  # fmt: skip
    return found


def _packs(body: JsonObject) -> Any:
    """The packs of a stored record, read as they were when it came in."""
    lists: Any = {"packingList": body.get("packingList", [])}
    again = read(
        Record(0, {"deviceRecordKey": "-", "zxxsdycpbs": str(body.get("zxxsdycpbs", "-")), "versionNumber": "1"}, lists)
    )
    return again.packs if isinstance(again, Device) else ()


def _version(row: Any) -> JsonObject:
    body = row.body
    return {
        "version": row.version_number, "correction": row.correction_number, "status": body.get(STATUS),
        "at": body.get("versionTime"), "import": row.import_id, "sha256": row.sha256,
    }  # fmt: skip


def words() -> JsonObject:
    """What the tags of a record mean."""
    return {tag: text.as_json() for tag, text in FIELDS.items()}


async def _reading(office: Office, actor: Actor, what: str) -> None:
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_udid", "subject": what})
    await people.note_reading(office, actor, what, {})


async def unreadable(office: Office, actor: Actor, name: str) -> None:
    """Refuse a file that is neither XML nor ZIP by its name."""
    text = Text(
        f"“{name[:60]}”不是 UDI 数据文件：请选择 .xml 或 .zip 文件。",
        f"“{name[:60]}” is no UDI file: choose an .xml or .zip file.",
    )
    await refuse(office, actor, Refusal(422, "not_udid", text), {"action": "udid_imported", "subject": name[:60]})
