"""Recompute every chain from its rows and name the first place that does not hold.

What the database alone can prove: rows changed, removed or inserted in the middle, and tails cut without their head row.
Whoever rewrites a whole chain with its head is found by `records.checkpoint`, and for cases by Temporal's history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, union
from sqlmodel import Session, SQLModel

from domain.canonical import digest
from domain.chain import GENESIS, Break, case_head, sealed, verify
from records import audit, witness
from records.base import connection_of, table_of
from records.case_tables import CaseRecord, CaseRow, CaseScope, CaseWave, HistoryArchive, PinnedSet, Signature
from records.definitions import DefinitionSignature, DefinitionVersion
from records.hold_rows import StockHold, StockHoldCase, StockHoldRelease
from records.keys import KeyEvent
from records.master import MasterVersion
from records.projection_rows import Place, signature_of, signed_act
from records.schema import METADATA

CASE = "case/"
"""The stream of a case is `case/<id>`."""


@dataclass(frozen=True)
class Finding:
    """A break, where (a stream or `table:<name>`) and which witness showed it: chain, admin stream, content hash …"""

    where: str
    found: Break
    witness: str


def streams(session: Session) -> list[str]:
    """Every stream that has rows or a head, cases included."""
    connection = connection_of(session)
    events, heads = table_of(audit.AuditEvent), table_of(audit.AuditHead)
    named = union(select(heads.c.stream), select(events.c.stream))
    cases = union(
        select(table_of(CaseRow).c.id), select(table_of(CaseWave).c.case_id), select(table_of(CaseRecord).c.case_id)
    )
    found = [row[0] for row in connection.execute(named)] + [CASE + row[0] for row in connection.execute(cases)]
    return sorted(found)


def verify_stream(session: Session, stream: str) -> Break | None:
    """The first break of one stream, or `None` when rows, hashes and head agree."""
    if stream.startswith(CASE):
        return _first(_case_breaks(session, stream.removeprefix(CASE)))
    return _first(_event_breaks(session, stream))


def verify_tables(session: Session) -> list[Finding]:
    """The first break of each table that no chain carries: keys, publishing, pinned sets, archives, people, master data."""
    published = table_of(DefinitionVersion).c.state != "draft"
    witnessed: list[tuple[type[SQLModel], Any]] = [
        (KeyEvent, None), (DefinitionSignature, None), (DefinitionVersion, published), (HistoryArchive, None),
        (MasterVersion, None),
        (StockHold, None), (StockHoldRelease, None), (StockHoldCase, None),
    ]  # fmt: skip
    told = witness.Testimonies(session)
    found = [_finding(model, witness.verify_rows(session, model, told, where), "admin") for model, where in witnessed]
    for name in sorted(witness.WATCHED):
        broken = witness.verify_watched(session, METADATA.tables[name], told)
        found.append(None if broken is None else Finding(f"table:{name}", broken, "admin"))
    found.append(_finding(PinnedSet, _first(_pinned_breaks(session)), "content hash"))
    found.append(_finding(HistoryArchive, _first(_archive_breaks(session)), "content hash"))
    first: dict[str, Finding] = {}
    for finding in found:
        if finding is not None:
            first.setdefault(finding.where, finding)
    return list(first.values())


def verify_all(session: Session) -> list[Finding]:
    """The first break of every stream and table; empty when everything holds."""
    found = [Finding(name, broken, "chain") for name in streams(session) if (broken := verify_stream(session, name))]
    return found + verify_tables(session)


def _finding(model: type[SQLModel], found: Break | None, by: str) -> Finding | None:
    return None if found is None else Finding(f"table:{table_of(model).name}", found, by)


def _first(breaks: Iterable[Break | None]) -> Break | None:
    return min((found for found in breaks if found is not None), key=lambda found: found.seq, default=None)


def _event_breaks(session: Session, stream: str) -> Iterator[Break | None]:
    events, heads = table_of(audit.AuditEvent), table_of(audit.AuditHead)
    connection = connection_of(session)
    query = select(events).where(events.c.stream == stream).order_by(events.c.seq)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    last, broken = verify(((row["seq"], audit.sealed(row), row["hash"]) for row in rows), GENESIS)
    yield broken
    yield from (_payload_break(row) for row in rows)
    head = connection.execute(select(heads.c.seq, heads.c.hash).where(heads.c.stream == stream)).first()
    yield _tail_break(rows[-1]["seq"] if rows else 0, last, (head.seq, head.hash) if head else None)


def _payload_break(row: dict[str, Any]) -> Break | None:
    found = digest("payload", row["payload"])
    if found != row["payload_sha"]:
        return Break(row["seq"], "changed", row["payload_sha"], found)
    for column, key in (("case_id", "case"), ("rule", "rule")):
        told = row["payload"].get(key)
        if row[column] != (told if isinstance(told, str) else None):
            return Break(row["seq"], "changed", str(told), str(row[column]))
    return None


def _tail_break(last_seq: int, last: str, head: tuple[int, str] | None) -> Break | None:
    """Compare the last row with the head row."""
    if head is None:
        return Break(last_seq + 1, "cut", "head", "") if last_seq else None
    if last_seq < head[0]:
        return Break(last_seq + 1, "cut", f"{head[0]}", f"{last_seq}")
    if last_seq > head[0]:
        return Break(head[0] + 1, "inserted", f"{head[0]}", f"{last_seq}")
    return None if last == head[1] else Break(last_seq, "changed", head[1], last)


def _case_breaks(session: Session, case_id: str) -> Iterator[Break | None]:
    connection = connection_of(session)
    record, case = table_of(CaseRecord), table_of(CaseRow)
    query = select(record).where(record.c.case_id == case_id).order_by(record.c.seq)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    first, broken = _first_head(session, case_id, rows[0]["detail"] if rows else {})
    yield broken
    last, broken = verify(((row["seq"], sealed(row), row["head"]) for row in rows), first)
    yield broken
    yield from (_detail_break(row) for row in rows)
    yield from _signature_breaks(session, case_id, rows)
    yield from _wave_breaks(session, case_id, rows, first)
    head = connection.execute(select(case.c.seq, case.c.head).where(case.c.id == case_id)).first()
    yield _tail_break(rows[-1]["seq"] if rows else 0, last, (head.seq, head.head) if head else None)


def _first_head(session: Session, case_id: str, begun: dict[str, Any]) -> tuple[str, Break | None]:
    """The head before the first record, from the case's id, its rules and its start; they must give the first wave's."""
    connection = connection_of(session)
    case, scope, wave = table_of(CaseRow), table_of(CaseScope), table_of(CaseWave)
    now = connection.execute(select(case.c.pinned_sha).where(case.c.id == case_id)).scalar()
    pinned = begun.get("pinned_sha") or now
    start = select(scope.c.body).where(scope.c.case_id == case_id, scope.c.scope == "start")
    told = select(wave.c.prev_head).where(wave.c.case_id == case_id).order_by(wave.c.no).limit(1)
    found = case_head(case_id, str(pinned), connection.execute(start).scalar())
    expected = connection.execute(told).scalar()
    if expected is None or expected == found:
        return found, None
    return expected, Break(0, "changed", expected, found)


def _detail_break(row: dict[str, Any]) -> Break | None:
    found = digest("detail", row["detail"])
    if found != row["detail_sha"]:
        return Break(row["seq"], "changed", row["detail_sha"], found)
    act = row["detail"].get("act")
    if isinstance(act, dict) and digest("act", act) != row["act_sha"]:
        return Break(row["seq"], "changed", str(row["act_sha"]), digest("act", act))
    return None


def _signature_breaks(session: Session, case_id: str, records: list[dict[str, Any]]) -> Iterator[Break | None]:
    """Signature rows must be those that the signed records give, no more and no less."""
    table = table_of(Signature)
    query = select(table).where(table.c.case_id == case_id)
    stored = {row["seq"]: dict(row) for row in connection_of(session).execute(query).mappings()}
    for record in records:
        if signed_act(record["detail"]) is None:
            continue
        place = Place(record["company"], record["site"], record["mode"])
        row, expected = stored.pop(record["seq"], None), signature_of(record, place)
        if row is None:
            yield Break(record["seq"], "removed", "signature", "")
        elif row != expected:
            yield Break(record["seq"], "changed", digest("row", expected), digest("row", row))
    yield from (Break(seq, "inserted", "", "signature") for seq in stored)


def _wave_breaks(session: Session, case_id: str, records: list[dict[str, Any]], head: str) -> Iterator[Break | None]:
    """Waves must follow on each other and end where the records of their numbers end."""
    table = table_of(CaseWave)
    heads = {row["seq"]: row["head"] for row in records}
    query = select(table).where(table.c.case_id == case_id).order_by(table.c.no)
    number, seq = None, 1
    for wave in connection_of(session).execute(query):
        if number is not None and wave.no != number:
            yield Break(seq, "removed", f"wave {number}", f"wave {wave.no}")
            return
        if wave.prev_head != head or heads.get(wave.last_seq, wave.head) != wave.head:
            yield Break(wave.first_seq, "changed", head, wave.prev_head)
        number, head, seq = wave.no + 1, wave.head, wave.last_seq + 1
    beyond = [found for found in heads if found >= seq]
    yield Break(min(beyond), "inserted", "", f"record {min(beyond)} of no wave") if beyond else None


def _pinned_breaks(session: Session) -> Iterator[Break | None]:
    """Rules must be what their hash says, and the rules of every case must be there."""
    there: set[str] = set()
    for row in connection_of(session).execute(select(table_of(PinnedSet))):
        there.add(row.sha256)
        found = digest("pinned", row.body)
        yield None if found == row.sha256 else Break(0, "changed", row.sha256, found)
    case = table_of(CaseRow)
    for row in connection_of(session).execute(select(case.c.id, case.c.pinned_sha).order_by(case.c.started_at)):
        yield None if row.pinned_sha in there else Break(0, "removed", f"{row.pinned_sha} of case {row.id}", "")
    record = table_of(CaseRecord)
    changed = select(record.c.case_id, record.c.detail).where(record.c.action == "migrated")
    for row in connection_of(session).execute(changed):
        for sha in (row.detail[word]["pinned_sha"] for word in ("from", "to")):
            yield None if sha in there else Break(0, "removed", f"{sha} of case {row.case_id}", "")


def _archive_breaks(session: Session) -> Iterator[Break | None]:
    for row in connection_of(session).execute(select(table_of(HistoryArchive))):
        found = hashlib.sha256(row.history).hexdigest()
        yield None if found == row.sha256 else Break(0, "changed", f"{row.case_id} {row.sha256}", found)
