"""The seals of stored acts, checked against the installation's public keys: who wrote a record cannot be made up later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from domain.chain import Break
from records.base import connection_of, table_of
from records.case_tables import CaseRecord
from records.definitions import DefinitionSignature
from records.keys import KeyEvent, events
from records.verify import CASE, Finding
from services.key_events import event_fault
from services.sealed_acts import SEAL, approval_fault, record_fault

PUBLIC_FILE = "public.json"


def keys_on_file(folder: Path) -> dict[str, str]:
    """Every public key that this installation's folder of keys knows: id → base64. Empty without the file."""
    path = folder / PUBLIC_FILE
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


def trusted(session: Session, on_file: dict[str, str]) -> dict[str, str]:
    """The keys that stored acts may be sealed with: those on file, or without a file those on record."""
    return on_file or {event.key_id: event.public_key for event in events(session)}


def breaks(session: Session, on_file: dict[str, str]) -> tuple[int, list[Finding]]:
    """How many seals were checked, and the first bad one of each stream and table."""
    keys = trusted(session, on_file)
    found, checked = list(_key_breaks(session, on_file)), 0
    for stream, seq, fault in _acts(session, keys):
        checked += 1
        if fault is not None and all(each.where != stream for each in found):
            found.append(Finding(stream, Break(seq, "changed", SEAL, fault), SEAL))
    return checked, found


def _key_breaks(session: Session, on_file: dict[str, str]) -> Iterator[Finding]:
    """The first key on record that its own signatures, or the folder of keys, do not vouch for."""
    where, before = f"table:{table_of(KeyEvent).name}", dict[str, str]()
    for event in events(session):
        number, fault = int(event.id or 0), event_fault(event, before)
        if fault is not None:
            yield Finding(where, Break(number, "changed", event.key_id, fault), SEAL)
            return
        if on_file and on_file.get(event.key_id) != event.public_key:
            yield Finding(where, Break(number, "inserted", "", event.key_id), "key file")
            return
        before[event.key_id] = event.public_key


def _acts(session: Session, keys: dict[str, str]) -> Iterator[tuple[str, int, str | None]]:
    record = table_of(CaseRecord)
    query = select(record.c.case_id, record.c.seq, record.c.actor, record.c.detail)
    signed = query.where(record.c.act_sha.is_not(None)).order_by(record.c.case_id, record.c.seq)
    for row in connection_of(session).execute(signed):
        yield CASE + row.case_id, row.seq, record_fault(row.case_id, row.actor, row.detail, keys)
    yield from _approvals(session, keys)


def _approvals(session: Session, keys: dict[str, str]) -> Iterator[tuple[str, int, str | None]]:
    table = table_of(DefinitionSignature)
    where = f"table:{table.name}"
    for number, row in enumerate(connection_of(session).execute(select(table)).mappings(), start=1):
        yield where, number, approval_fault(dict(row), keys)


def first_of_each(found: Iterable[Finding]) -> list[Finding]:
    """The first break of each stream and table, by its number; ties keep the witness named first."""
    best: dict[str, Finding] = {}
    for each in found:
        known = best.get(each.where)
        if known is None or each.found.seq < known.found.seq:
            best[each.where] = each
    return list(best.values())
