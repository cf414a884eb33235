"""The history of master data: every row of it is written here, with who, when and why.

`write` is the one way to make or change a product, partner, paper, price or place. The version is appended beside the
row in the same transaction, and the admin stream keeps the hash of both (GSP 19(3), 51(2); INSP ※5.51(3)).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from domain.canonical import digest, normalize
from domain.json_types import Json, JsonObject
from records import audit, witness
from records.base import COMPANY, BigKey, JsonText, Stored, as_dict, table_of

CREATED, CHANGED, REMOVED = "created", "changed", "removed"
_CHUNK = 500


@dataclass(frozen=True)
class Because:
    """Who changes master data, when and why; the case and the effect that it comes from, where there is one."""

    by: str
    at: str
    reason: str
    case_id: str | None = None
    effect_key: str = ""


class MasterVersion(Stored, table=True):
    """One state of one row of master data. `subject` is what people look up: `product/P-1`. Append-only.

    `body` is the row as it was written; `changed` names the columns that differ from the version before.
    """

    __table_args__ = (
        UniqueConstraint("table_name", "row_key", "rev", name="uq_master_version"),
        Index("ix_master_version_subject", "company", "subject", "id"),
        Index("ix_master_version_case", "case_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    subject: str
    table_name: str
    row_key: str
    rev: int
    action: str
    changed: list[Any] = Field(default_factory=list, sa_type=JsonText)
    body: dict[str, Any] = Field(sa_type=JsonText)
    row_sha: str
    by: str
    at: str
    reason: str
    case_id: str | None = None
    effect_key: str = ""


def write(session: Session, subject: str, rows: Sequence[SQLModel], because: Because) -> list[MasterVersion]:
    """Write rows of one subject (`partner/S-1`) with a new version of each that differs from its last one."""
    return write_all(session, [(subject, row) for row in rows], because)


def write_all(session: Session, kept: Sequence[tuple[str, SQLModel]], because: Because) -> list[MasterVersion]:
    """The same for rows of many subjects; rows that refer to others come after them in an earlier call."""
    rows = [row for _, row in kept]
    with witness.telling(session, rows):
        session.add_all(rows)
        session.flush()
    last = _last_versions(session, rows)
    versions = [_version(subject, row, last.get(_name(row)), because) for subject, row in kept]
    return _append(session, [version for version in versions if version is not None], because)


def remove(session: Session, subject: str, rows: Sequence[SQLModel], because: Because) -> list[MasterVersion]:
    """Take rows away (a scope, a pack level); their last version stays, and says who did it and why."""
    last = _last_versions(session, rows)
    versions = [_removed(subject, row, last.get(_name(row)), because) for row in rows]
    with witness.telling(session, rows):
        for row in rows:
            session.delete(row)
        session.flush()
    return _append(session, versions, because)


def versions(session: Session, subject: str, limit: int = 200, company: str = COMPANY) -> list[MasterVersion]:
    """The newest versions of everything that belongs to a subject, newest first."""
    mine = select(MasterVersion).where(MasterVersion.company == company, MasterVersion.subject == subject)
    return list(session.exec(mine.order_by(col(MasterVersion.id).desc()).limit(limit)))


def between(session: Session, since: str, until: str, limit: int = 500) -> list[MasterVersion]:
    """What was changed in a period (`since` included), oldest first: what a periodic review looks at."""
    found = select(MasterVersion).where(MasterVersion.at >= since, MasterVersion.at < until)
    return list(session.exec(found.order_by(col(MasterVersion.id)).limit(limit)))


def before(session: Session, version: MasterVersion) -> MasterVersion | None:
    """The version of the same row before this one."""
    same = select(MasterVersion).where(
        MasterVersion.table_name == version.table_name,
        MasterVersion.row_key == version.row_key,
        MasterVersion.rev == version.rev - 1,
    )
    return session.exec(same).first()


def body_of(row: SQLModel) -> JsonObject:
    """A row as its version keeps it: exact decimals, no empty columns."""
    return {name: normalize(value) for name, value in as_dict(row).items() if value is not None}


def _name(row: SQLModel) -> tuple[str, str]:
    return table_of(type(row)).name, "/".join(map(str, witness.key_of(row)))


def _version(subject: str, row: SQLModel, last: MasterVersion | None, because: Because) -> MasterVersion | None:
    body = body_of(row)
    if last is not None and last.action != REMOVED and last.body == body:
        return None
    was: JsonObject = {} if last is None else last.body
    changed: list[Json] = [name for name in sorted(was.keys() | body.keys()) if was.get(name) != body.get(name)]
    action = CREATED if last is None or last.action == REMOVED else CHANGED
    return _made(subject, row, last, because, action, changed, body)


def _removed(subject: str, row: SQLModel, last: MasterVersion | None, because: Because) -> MasterVersion:
    return _made(subject, row, last, because, REMOVED, [], body_of(row))


def _made(
    subject: str,
    row: SQLModel,
    last: MasterVersion | None,
    because: Because,
    action: str,
    changed: list[Json],
    body: JsonObject,
) -> MasterVersion:
    table, key = _name(row)
    return MasterVersion(
        subject=subject,
        table_name=table,
        row_key=key,
        rev=last.rev + 1 if last else 1,
        action=action,
        changed=changed,
        body=body,
        row_sha=digest("row", body),
        by=because.by,
        at=because.at,
        reason=because.reason,
        case_id=because.case_id,
        effect_key=because.effect_key,
    )


def _last_versions(session: Session, rows: Iterable[SQLModel]) -> dict[tuple[str, str], MasterVersion]:
    keys: dict[str, list[str]] = {}
    for table, key in (_name(row) for row in rows):
        keys.setdefault(table, []).append(key)
    found: dict[tuple[str, str], MasterVersion] = {}
    for table, wanted in keys.items():
        for start in range(0, len(wanted), _CHUNK):
            part = wanted[start : start + _CHUNK]
            mine = select(MasterVersion).where(MasterVersion.table_name == table, col(MasterVersion.row_key).in_(part))
            for version in session.exec(mine.order_by(col(MasterVersion.rev))):
                found[table, version.row_key] = version
    return found


def _append(session: Session, made: list[MasterVersion], because: Because) -> list[MasterVersion]:
    session.add_all(made)
    session.flush()
    for start in range(0, len(made), witness.ROWS_MOST):
        part = made[start : start + witness.ROWS_MOST]
        subjects = sorted({version.subject for version in part})
        payload: JsonObject = {
            "rows": [witness.testimony(version) for version in part],
            "reason": because.reason,
            **({"case": because.case_id} if because.case_id else {}),
        }
        subject = subjects[0] if len(subjects) == 1 else f"{len(subjects)} subjects"
        audit.append(session, audit.ADMIN, because.by, "master_changed", subject, payload, because.at)
    return made
