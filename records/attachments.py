"""What is known about stored files. The bytes lie outside the database, under their SHA-256."""

from __future__ import annotations

from sqlmodel import Field, Session, col, select

from records.base import COMPANY, Stored, Upsert, connection_of


class Attachment(Stored, table=True):
    """One stored file. The first name it was given is kept; form values take name, size and kind from here."""

    sha256: str = Field(primary_key=True)
    company: str = COMPANY
    name: str
    size: int
    media_type: str
    stored_at: str
    stored_by: str


def keep(session: Session, attachment: Attachment) -> None:
    """Remember a stored file; the same bytes a second time change nothing."""
    _ROWS.run(connection_of(session), [attachment.model_dump()])


def find(session: Session, sha256: str) -> Attachment | None:
    """What is known about the file with this hash."""
    return session.get(Attachment, sha256)


def known(session: Session, hashes: list[str]) -> set[str]:
    """Those of `hashes` that are stored."""
    return set(session.exec(select(Attachment.sha256).where(col(Attachment.sha256).in_(hashes))))


def by_hashes(session: Session, hashes: list[str]) -> dict[str, Attachment]:
    """What is known about stored files, by hash; hashes that are not stored are not in it."""
    found = session.exec(select(Attachment).where(col(Attachment.sha256).in_(hashes))) if hashes else ()
    return {row.sha256: row for row in found}


_ROWS = Upsert(Attachment, keep=True)
