"""Changes of running cases to another version: what was proposed, who signed, and what became of each case."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, func
from sqlmodel import Field, Session, col, select

from records.base import COMPANY, JsonText, Stored
from records.case_tables import CaseRow, Placed


class MigrationRun(Stored, table=True):
    """One proposal to change running cases. `state`: proposed, canary, held (the first ones are through), running,
    stopped, done, withdrawn. `act` is the sealed signature, `auth` how the signer proved himself."""

    __table_args__ = (Index("ix_migration_run_process", "process", "proposed_at"),)

    id: str = Field(primary_key=True)
    company: str = COMPANY
    process: str
    version: str
    definition_sha: str
    plan: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    reason: str
    canary: int
    state: str = "proposed"
    proposed_by: str
    proposed_at: str
    signed_by: str | None = None
    signed_at: str | None = None
    act: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    stopped: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    finished_at: str | None = None


class MigrationCase(Placed, table=True):
    """One case of a run. `state`: waiting, cannot, migrated, surprise, closed, undone. `verdict` is what was said before,
    `seq` the record of the change, `last_seq` the last record that it made."""

    __table_args__ = (
        Index("ix_migration_case_next", "run", "state", "place"),
        Index("ix_migration_case_case", "case_id"),
    )

    run: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    place: int
    from_version: str
    from_sha: str
    state: str
    verdict: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    surprise: list[Any] | None = Field(default=None, sa_type=JsonText)
    seq: int | None = None
    last_seq: int | None = None
    tries: int = 0
    at: str | None = None


def run(session: Session, key: str, *, lock: bool = False) -> MigrationRun | None:
    """One run."""
    return session.get(MigrationRun, key, with_for_update=lock or None)


def runs(session: Session, process: str | None = None) -> list[MigrationRun]:
    """The runs of one process or of all, the last proposed first."""
    query = select(MigrationRun)
    if process is not None:
        query = query.where(MigrationRun.process == process)
    return list(session.exec(query.order_by(col(MigrationRun.proposed_at).desc(), col(MigrationRun.id).desc())))


def working(session: Session) -> list[MigrationRun]:
    """The runs in which cases are being changed now."""
    states = ("canary", "running")
    return list(session.exec(select(MigrationRun).where(col(MigrationRun.state).in_(states))))


def cases_of(session: Session, key: str, *states: str, limit: int | None = None) -> list[MigrationCase]:
    """The cases of a run in their order, of these states only when some are named."""
    query = select(MigrationCase).where(MigrationCase.run == key)
    if states:
        query = query.where(col(MigrationCase.state).in_(states))
    return list(session.exec(query.order_by(col(MigrationCase.place)).limit(limit)))


def next_cases(session: Session, key: str, limit: int) -> list[MigrationCase]:
    """The cases of a run that wait, those that were tried less often first."""
    query = select(MigrationCase).where(MigrationCase.run == key, MigrationCase.state == "waiting")
    return list(session.exec(query.order_by(col(MigrationCase.tries), col(MigrationCase.place)).limit(limit)))


def counts(session: Session, key: str) -> dict[str, int]:
    """How many cases of a run are in each state."""
    query = select(MigrationCase.state, func.count()).where(MigrationCase.run == key).group_by(MigrationCase.state)
    return dict(session.exec(query).all())


def one_case(session: Session, key: str, case_id: str) -> MigrationCase | None:
    """One case of a run."""
    return session.get(MigrationCase, (key, case_id))


def settle(session: Session, key: str, case_id: str, **told: Any) -> None:
    """Write down what became of a case of a run."""
    row = session.get(MigrationCase, (key, case_id))
    if row is not None:
        for name, value in told.items():
            setattr(row, name, value)
        session.add(row)


def running_cases(session: Session, process: str, besides: str) -> list[CaseRow]:
    """The running cases of a process that are not on this definition, the oldest first."""
    query = select(CaseRow).where(
        CaseRow.process == process, CaseRow.state == "running", CaseRow.definition_sha != besides
    )
    return list(session.exec(query.order_by(col(CaseRow.started_at), col(CaseRow.id))))
