"""`project_wave`: a wave of records and row changes is written to the database in one transaction.

A wave that cannot be written is tried again and counted; a wave that contradicts what is stored, or tells of acts that
this installation did not seal, is quarantined and never overwrites anything.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlmodel import Session

from activities.context import ActivityContext, BusinessError
from domain.acts import Act, fault_of
from domain.json_types import JsonObject
from records import cases, keys
from records.database import Database
from records.projection import QuarantineError, project

_KNOWN: WeakKeyDictionary[Database, dict[str, str]] = WeakKeyDictionary()
"""The act keys on record, as last read; keys are only ever added."""


def project_wave(ctx: ActivityContext, wave: JsonObject) -> JsonObject:
    """Write one wave; returns `{case, wave, seq, head, again}`. The same wave a second time changes nothing.

    Raises `BusinessError("quarantine")` after noting the case as quarantined; nothing was written.
    """
    try:
        with ctx.database.write_rows() as connection:
            require_our_seals(connection, ctx.database, wave)
            done = project(connection, wave)
    except QuarantineError as error:
        note_failure(ctx, wave, "quarantined", str(error))
        raise BusinessError("quarantine", error.text, {"case": error.case_id, "wave": error.wave}) from error
    return {"case": done.case_id, "wave": done.wave, "seq": done.seq, "head": done.head, "again": done.again}


def require_our_seals(session: Session | Connection, database: Database, wave: JsonObject) -> None:
    """Whoever can reach Temporal could start a case under keys of their own; the keys on record decide.

    A case begins with a sealed start, and trusts no key but those. An installation without any key on record (it is
    made at the first start of worker or web application) has nobody to compare with. Raises `QuarantineError`.
    """
    body: Any = wave
    for record in body["records"]:
        act, trusted = record["detail"].get("act"), record["detail"].get("keys") or {}
        first_without_start = record["seq"] == 1 and record["action"] != "started"
        if act is None and not trusted and not first_without_start:
            continue
        named = {*trusted, *([act["envelope"]["key_id"]] if act else [])}
        known = _known_keys(session, database, named)
        if not known:
            continue
        fault = "start" if first_without_start else _fault(act, trusted, known)
        if fault is not None:
            raise QuarantineError(str(body["case"]), int(body["no"]), f"seal of record {record['seq']}", "ours", fault)


def _fault(act: Any, trusted: dict[str, str], known: dict[str, str]) -> str | None:
    if any(known.get(key_id) != public for key_id, public in trusted.items()):
        return "foreign key"
    return fault_of(Act.from_json(act), known) if act is not None else None


def _known_keys(session: Session | Connection, database: Database, named: set[str]) -> dict[str, str]:
    known = _KNOWN.get(database, {})
    if not known or named - known.keys():
        known = _KNOWN[database] = keys.public_keys(session, "act")
    return known


def note_failure(ctx: ActivityContext, wave: JsonObject, kind: str, error: str) -> int:
    """Count a failed attempt at a wave, in a transaction of its own; from 20 on `/readyz` shows the case."""
    with ctx.database.write() as session:
        return cases.note_failure(session, str(wave["case"]), int(str(wave["no"])), kind, error[:2000], ctx.clock())
