"""Audit streams: hash chains of events (`refusals/<site>`, `admin`, `ledger/<warehouse>`); cases chain their records.

`hash = H(previous hash, {stream, seq, at, actor, action, subject, payload_sha})` by `domain.chain`. This detects
tampering, it does not prevent it; `records.checkpoint` is the witness outside the database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Index, bindparam, insert, or_, select, type_coerce, update
from sqlalchemy import Text as TextType
from sqlmodel import Field, Session, col
from sqlmodel import select as pick

from domain.canonical import digest, dumps
from domain.chain import GENESIS, next_head
from domain.json_types import JsonObject
from records.base import COMPANY, JsonText, Stored, Upsert, connection_of, table_of

ADMIN = "admin"
"""The stream of accounts, roles, keys and definitions."""


def refusals_of(site: str) -> str:
    """The stream of what was refused at a site."""
    return f"refusals/{site}"


def ledger_of(warehouse: str) -> str:
    """The stream of a warehouse's postings."""
    return f"ledger/{warehouse}"


class AuditEvent(Stored, table=True):
    """One event of a stream. `case_id` and `rule` repeat the payload's `case` and `rule` for searching. Append-only."""

    __table_args__ = (
        Index("ix_audit_event_at", "stream", "at"),
        Index("ix_audit_event_case", "case_id"),
        Index("ix_audit_event_actor", "actor", "at"),
        Index("ix_audit_event_subject", "subject", "action"),
    )

    stream: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    company: str = COMPANY
    site: str | None = None
    mode: str = "live"
    at: str
    actor: str
    action: str
    subject: str
    case_id: str | None = None
    rule: str | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    payload_sha: str
    prev_hash: str
    hash: str


class AuditHead(Stored, table=True):
    """The last event of a stream; its row is the lock under which the next one is appended."""

    stream: str = Field(primary_key=True)
    seq: int
    hash: str


def append(
    session: Session,
    stream: str,
    actor: str,
    action: str,
    subject: str,
    payload: JsonObject,
    at: str,
    *,
    site: str | None = None,
    mode: str = "live",
) -> tuple[int, str]:
    """Append an event to `stream` in the session's transaction; returns its number and hash.

    `at` is canonical time text. The stream's head row stays locked until the transaction ends.
    """
    connection = connection_of(session)
    seq, prev = _lock_head(connection, stream)
    payload_sha = digest("payload", payload)
    row = {
        "stream": stream, "seq": seq + 1, "at": at, "actor": actor, "action": action, "subject": subject,
        "payload_sha": payload_sha,
    }  # fmt: skip
    head = next_head(prev, sealed(row))
    case, rule = payload.get("case"), payload.get("rule")
    row |= {
        "company": COMPANY, "site": site, "mode": mode, "payload": payload, "prev_hash": prev, "hash": head,
        "case_id": case if isinstance(case, str) else None, "rule": rule if isinstance(rule, str) else None,
    }  # fmt: skip
    connection.execute(_NEW_EVENT, [row])
    connection.execute(_MOVE_HEAD, {"of": stream, "to_seq": seq + 1, "to_hash": head})
    return seq + 1, head


def lock(session: Session, stream: str) -> None:
    """Keep the stream's head row until the transaction ends: nobody else appends meanwhile."""
    _lock_head(connection_of(session), stream)


def sealed(row: dict[str, Any]) -> JsonObject:
    """The part of an event that its hash covers; the payload is covered by `payload_sha`."""
    return {key: row[key] for key in ("stream", "seq", "at", "actor", "action", "subject", "payload_sha")}


def events(
    session: Session,
    stream: str | None = None,
    *,
    prefix: str | None = None,
    actor: str | None = None,
    rule: str | None = None,
    case_id: str | None = None,
    since: str | None = None,
    until: str | None = None,
    after: tuple[str, str, int] | None = None,
    limit: int = 100,
) -> list[AuditEvent]:
    """Events, newest first; `prefix` is e.g. `refusals/`; `after` is the `(at, stream, seq)` of the last one shown."""
    query = pick(AuditEvent)
    equal = {AuditEvent.stream: stream, AuditEvent.actor: actor, AuditEvent.case_id: case_id}
    for column, value in equal.items():
        query = query if value is None else query.where(col(column) == value)
    if rule is not None:
        query = query.where(or_(col(AuditEvent.rule) == rule, _one_of_the_rules(rule)))
    if prefix is not None:
        query = query.where(col(AuditEvent.stream) >= prefix, col(AuditEvent.stream) < prefix + "\uffff")
    if since is not None:
        query = query.where(AuditEvent.at >= since)
    if until is not None:
        query = query.where(AuditEvent.at < until)
    if after is not None:
        query = query.where(_before(*after))
    newest = (col(AuditEvent.at).desc(), col(AuditEvent.stream).desc(), col(AuditEvent.seq).desc())
    return list(session.exec(query.order_by(*newest).limit(limit)))


def _one_of_the_rules(rule: str) -> Any:
    """Refused by several rules: all stand in the payload's `rules`, whose canonical text is compared."""
    named = dumps(rule).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return type_coerce(col(AuditEvent.payload), TextType).like(f'%"rules":[%{named}%]%', escape="\\")


def _before(at: str, stream: str, seq: int) -> Any:
    same_at = col(AuditEvent.at) == at
    same = same_at & (col(AuditEvent.stream) == stream)
    return (
        (col(AuditEvent.at) < at) | (same_at & (col(AuditEvent.stream) < stream)) | (same & (col(AuditEvent.seq) < seq))
    )


def _lock_head(connection: Connection, stream: str) -> tuple[int, str]:
    found = connection.execute(_LOCK_HEAD, {"of": stream}).first()
    if found is None:
        _HEADS.run(connection, [{"stream": stream, "seq": 0, "hash": GENESIS}])
        found = connection.execute(_LOCK_HEAD, {"of": stream}).one()
    return found.seq, found.hash


_LOCK_HEAD = (
    select(table_of(AuditHead).c.seq, table_of(AuditHead).c.hash)
    .where(table_of(AuditHead).c.stream == bindparam("of"))
    .with_for_update()
)
_NEW_EVENT = insert(table_of(AuditEvent))
_MOVE_HEAD = (
    update(table_of(AuditHead))
    .where(table_of(AuditHead).c.stream == bindparam("of"))
    .values(seq=bindparam("to_seq"), hash=bindparam("to_hash"))
)
_HEADS = Upsert(AuditHead, keep=True)
