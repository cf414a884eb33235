"""Cases that were called back after their end: who may do so now, and whose later histories are still to be kept."""

from __future__ import annotations

from sqlmodel import Field, Session, col, select, update

from records.base import Stored, connection_of, table_of


class Waking(Stored, table=True):
    """One case that was called back. ``lease`` is held until ``until`` by the one who may start a run of it.

    ``calls``: how often a lease was taken; ``kept``: up to which call the histories of its runs are in the archive.
    """

    case_id: str = Field(primary_key=True)
    lease: str
    until: str
    calls: int = 1
    kept: int = 0


def take(session: Session, case_id: str, lease: str, now: str, until: str) -> bool:
    """Whether the lease is ours until ``until``; somebody else's is respected until it has run out."""
    row = session.exec(select(Waking).where(Waking.case_id == case_id).with_for_update()).first()
    if row is None:
        session.add(Waking(case_id=case_id, lease=lease, until=until))
        session.flush()
        return True
    if row.lease and row.until > now:
        return False
    row.lease, row.until, row.calls = lease, until, row.calls + 1
    session.add(row)
    return True


def give_back(session: Session, case_id: str, lease: str) -> None:
    """The lease is not needed any more."""
    rows = table_of(Waking)
    mine = (rows.c.case_id == case_id, rows.c.lease == lease)
    connection_of(session).execute(update(Waking).where(*mine).values(lease="", until=""))


def calls(session: Session, case_id: str) -> int:
    """How often the case was called back until now."""
    return session.exec(select(Waking.calls).where(Waking.case_id == case_id)).first() or 0


def note_kept(session: Session, case_id: str, until_call: int) -> None:
    """The histories of its runs are kept, of those at least that were there at that call."""
    connection_of(session).execute(update(Waking).where(col(Waking.case_id) == case_id).values(kept=until_call))
