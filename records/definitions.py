"""Versions of definitions: drafts that change, and published ones that never do (a trigger holds that)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import UniqueConstraint, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, col, select

from domain.errors import GspError
from records import witness
from records.base import COMPANY, BigKey, JsonText, Stored, connection_of, table_of

CONTENT = ("sha256", "yaml", "forms", "tables", "cases", "checked", "title", "owner", "source", "saved_by", "saved_at")
"""What a version says; fixed as soon as it is no draft any more."""


class DraftConflictError(GspError):
    """A draft was saved by somebody else in between (`If-Match`), or the version is no draft any more."""


class DefinitionVersion(Stored, table=True):
    """One version of a definition.

    `forms`, `tables` map a file name (`forms/x.v1.json`) to its text as typed; `cases` is the text of `cases.yaml`.
    `checked` is what the text means once it has no errors: `{definition, forms, tables}` as plain JSON, hashed to
    `sha256`. `rev` counts saves and state changes, for `If-Match`. `state`: draft, submitted, scheduled, effective,
    superseded, withdrawn.
    """

    name: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    company: str = COMPANY
    state: str = Field(default="draft", index=True)
    sha256: str | None = Field(default=None, index=True)
    title: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    owner: str | None = None
    yaml: str
    forms: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    tables: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    cases: str | None = None
    checked: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    source: str = "company"
    saved_by: str
    saved_at: str
    rev: int = 1
    reason: str | None = None
    submitted_by: str | None = None
    submitted_at: str | None = None
    effective_from: str | None = None
    effective_until: str | None = None
    withdrawn_by: str | None = None
    withdrawn_at: str | None = None
    withdrawn_reason: str | None = None


class DefinitionSignature(Stored, table=True):
    """A publishing signature over a version's hash, with the sealed act that made it. Append-only."""

    __table_args__ = (UniqueConstraint("name", "version", "role", name="uq_definition_signature_role"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    name: str
    version: str
    sha256: str
    signer: str
    role: str
    meaning: str
    at: str
    act: dict[str, Any] = Field(sa_type=JsonText)
    seal: str


def version(session: Session, name: str, number: str, *, lock: bool = False) -> DefinitionVersion | None:
    """One version. `lock=True` makes other writers of it wait until this transaction ends: whoever signs does that first."""
    return session.get(DefinitionVersion, (name, number), with_for_update=lock or None)


def versions(session: Session, name: str | None = None) -> list[DefinitionVersion]:
    """Every version of one definition or of all, by name, the last saved first."""
    query = select(DefinitionVersion)
    if name is not None:
        query = query.where(DefinitionVersion.name == name)
    return list(session.exec(query.order_by(DefinitionVersion.name, col(DefinitionVersion.saved_at).desc())))


def by_sha(session: Session, sha256: str) -> DefinitionVersion | None:
    """The version with this content."""
    return session.exec(select(DefinitionVersion).where(DefinitionVersion.sha256 == sha256)).first()


def save_draft(session: Session, draft: DefinitionVersion, *, expected_rev: int | None) -> int:
    """Save a draft; returns its new `rev`.

    `expected_rev` is the `rev` the caller saw, `None` for a new version. Raises `DraftConflictError` when the version
    exists already, is no draft any more, or was saved by somebody else in between.
    """
    stored = version(session, draft.name, draft.version, lock=True)
    if stored is None and expected_rev is None:
        return _add_draft(session, draft)
    if stored is None or stored.state != "draft" or stored.rev != expected_rev:
        raise _conflict(draft, stored)
    for name in CONTENT:
        setattr(stored, name, getattr(draft, name))
    stored.rev += 1
    session.add(stored)
    session.flush()
    return stored.rev


def register(session: Session, shipped: DefinitionVersion) -> bool:
    """Add a version that is past draft from the start (a shipped SOP), witnessed; `False` when it is there already."""
    if session.get(DefinitionVersion, (shipped.name, shipped.version)) is not None:
        return False
    session.add(shipped)
    session.flush()
    subject = f"{shipped.name}@{shipped.version}"
    witness.testify(session, shipped, actor=shipped.saved_by, action="registered", subject=subject, at=_moment(shipped))
    return True


def delete_draft(session: Session, name: str, number: str) -> bool:
    """Throw a draft away; `False` when there is none."""
    stored = session.get(DefinitionVersion, (name, number))
    if stored is None or stored.state != "draft":
        return False
    session.delete(stored)
    session.flush()
    return True


def set_state(
    session: Session, name: str, number: str, state: str, *, was: Iterable[str], **stamps: str | None
) -> bool:
    """Move a version to `state` if it is in one of `was`; `stamps` are the columns beside it (`submitted_by`, …)."""
    t = table_of(DefinitionVersion)
    moved = update(t).where(t.c.name == name, t.c.version == number, t.c.state.in_(list(was)))
    done = connection_of(session).execute(moved.values(state=state, rev=t.c.rev + 1, **stamps)).rowcount == 1
    stored = session.get(DefinitionVersion, (name, number), populate_existing=True)
    if done and stored is not None and "draft" in was:
        by = stamps.get("submitted_by") or stored.saved_by
        witness.testify(session, stored, actor=by, action="submitted", subject=f"{name}@{number}", at=_moment(stored))
    return done


def effective(session: Session, name: str, at: str) -> DefinitionVersion | None:
    """The version of `name` that is in force at the moment `at` (the newest `effective_from` not after it)."""
    query = select(DefinitionVersion).where(
        DefinitionVersion.name == name,
        col(DefinitionVersion.state).in_(("scheduled", "effective", "superseded")),
        col(DefinitionVersion.effective_from) <= at,
        (col(DefinitionVersion.effective_until).is_(None)) | (col(DefinitionVersion.effective_until) > at),
    )
    return session.exec(query.order_by(col(DefinitionVersion.effective_from).desc())).first()


def effective_all(session: Session, at: str) -> list[DefinitionVersion]:
    """The version in force at `at` of every definition, by name."""
    names = session.exec(select(DefinitionVersion.name).distinct().order_by(DefinitionVersion.name))
    return [found for name in names if (found := effective(session, name, at)) is not None]


def make_effective(session: Session, name: str, number: str, at: str, now: str) -> None:
    """Put a signed version in force from `at`: the version before it is superseded when its time has come."""
    t = table_of(DefinitionVersion)
    others = (t.c.name == name, t.c.version != number, t.c.state.in_(["effective", "scheduled"]))
    connection = connection_of(session)
    connection.execute(
        update(t).where(*others, (t.c.effective_until.is_(None)) | (t.c.effective_until > at), t.c.effective_from <= at)
        .values(effective_until=at, state="superseded" if at <= now else t.c.state, rev=t.c.rev + 1)
    )  # fmt: skip
    state = "effective" if at <= now else "scheduled"
    later = select(func.min(col(DefinitionVersion.effective_from))).where(
        DefinitionVersion.name == name,
        DefinitionVersion.state == "scheduled",
        col(DefinitionVersion.effective_from) > at,
    )
    set_state(
        session,
        name,
        number,
        state,
        was=("submitted", "scheduled"),
        effective_from=at,
        effective_until=session.exec(later).one(),
    )


def turn_over(session: Session, now: str) -> None:
    """Bring states up to date with the clock: scheduled versions come into force, old ones are superseded."""
    t = table_of(DefinitionVersion)
    connection = connection_of(session)
    over = (t.c.state == "effective", t.c.effective_until <= now)
    connection.execute(update(t).where(*over).values(state="superseded", rev=t.c.rev + 1))
    due = (t.c.state == "scheduled", t.c.effective_from <= now)
    connection.execute(update(t).where(*due).values(state="effective", rev=t.c.rev + 1))


def add_signature(session: Session, signature: DefinitionSignature) -> None:
    """Add a publishing signature, witnessed by the admin stream; one for each role of a version."""
    session.add(signature)
    session.flush()
    subject = f"{signature.name}@{signature.version}"
    witness.testify(session, signature, actor=signature.signer, action="signed", subject=subject, at=signature.at)


def signatures(session: Session, name: str, number: str) -> list[DefinitionSignature]:
    """The publishing signatures of a version, oldest first."""
    query = select(DefinitionSignature).where(DefinitionSignature.name == name, DefinitionSignature.version == number)
    return list(session.exec(query.order_by(col(DefinitionSignature.id))))


def _add_draft(session: Session, draft: DefinitionVersion) -> int:
    draft.rev = 1
    session.add(draft)
    try:
        session.flush()
    except IntegrityError as error:  # somebody else saved the same new version at the same moment
        raise _conflict(draft, None) from error
    return 1


def _moment(stored: DefinitionVersion) -> str:
    return stored.submitted_at or stored.saved_at


def _conflict(draft: DefinitionVersion, stored: DefinitionVersion | None) -> DraftConflictError:
    who = f"{stored.saved_by} {stored.saved_at}" if stored is not None else "-"
    return DraftConflictError(
        "draft_conflict",
        f"{draft.name} {draft.version} 已被他人保存或已不是草稿（{who}）。请重新打开后再改。",
        f"{draft.name} {draft.version} was saved by somebody else or is no draft any more ({who}). "
        "Open it again, then edit.",
    )
