"""What one process of an installation does every so often: sign the heads of all chains, keep the histories of closed
cases. Any number of workers may try; a lock in the folder of checkpoints lets one at a time.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import exists, select
from sqlmodel import Session, col
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

from records import cases, waking
from records.base import connection_of
from records.case_tables import CaseRow, HistoryArchive
from records.checkpoint import Checkpoints
from services import recalendar, schedule_mirror, schedule_runs
from services.gateway import EngineUnreachable
from services.office import Office
from services.witnesses import checkpoint_file

CHECKPOINT_SECONDS = 60
LOOK_SECONDS = 2
"""How soon after a case was sealed its head is in a checkpoint."""
ARCHIVE_SECONDS = 30
CALENDAR_SECONDS = 15
"""How soon a changed calendar enters the running cases."""
SCHEDULE_SECONDS = 10
"""How soon a changed periodic SOP is known to the process engine."""
ROUNDS_BETWEEN_LOOKS = 360
ARCHIVE_MOST = 20
"""Histories kept in one go; the rest comes at the next."""
_ENDS = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
    }
)


@dataclass(frozen=True)
class Chore:
    """Something to be done every ``seconds``; ``what`` is for the log."""

    seconds: float
    what: str
    do: Callable[[], Awaitable[object]]


@dataclass
class Keeper:
    """The checkpoints of an office, as one process writes them."""

    office: Office
    file: Checkpoints = field(init=False)
    written_at: str = ""

    def __post_init__(self) -> None:
        self.file = Checkpoints(checkpoint_file(self.office.checkpoints))

    async def checkpoint(self) -> int | None:
        """Sign the heads that changed; its number, or ``None`` when nothing changed or another process is at it."""
        return await self.office.db.reading(self._checkpoint)

    def _checkpoint(self, session: Session) -> int | None:
        with _alone(self.office.checkpoints) as mine:
            if not mine or not self.file.has_news(session):
                return None
            key, now = self.office.keys.seal, self.office.now()
            made = self.file.write(session, key.private, key.key_id, now)
            self.written_at = now
            return made.no

    async def checkpoint_when_sealed(self) -> int | None:
        """The same, at once, when a case was sealed since the last one."""
        if not self.written_at or not await self.office.db.reading(_sealed_since, self.written_at):
            return None
        return await self.checkpoint()


def chores(office: Office) -> list[Chore]:
    """What the worker has to do beside its cases."""
    keeper = Keeper(office)
    return [
        Chore(CHECKPOINT_SECONDS, "signing a checkpoint", keeper.checkpoint),
        Chore(LOOK_SECONDS, "signing a checkpoint of a sealed case", keeper.checkpoint_when_sealed),
        Chore(ARCHIVE_SECONDS, "keeping the histories of closed cases", lambda: archive(office)),
        Chore(CALENDAR_SECONDS, "telling running cases of changed calendars", lambda: recalendar.follow(office)),
        Chore(SCHEDULE_SECONDS, "looking after periodic SOPs", Periodic(office).look),
    ]


@dataclass
class Periodic:
    """The periodic SOPs of an office: told to the process engine, and swept for periods that it did not ask for."""

    office: Office
    looked: int = 0

    async def look(self) -> int:
        """One round; the first and then one each hour also looks whether the engine still has every schedule."""
        looking, self.looked = self.looked % ROUNDS_BETWEEN_LOOKS == 0, self.looked + 1
        await schedule_mirror.bring_in_line(self.office, looking=looking)
        return await schedule_runs.sweep(self.office)


def _sealed_since(session: Session, at: str) -> bool:
    sealed = exists().where(col(CaseRow.sealed), col(CaseRow.closed_at) >= at)
    return bool(connection_of(session).execute(select(sealed)).scalar())


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether this process may do the installation's upkeep now."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


async def archive(office: Office) -> int:
    """Keep the histories of cases that ended; returns how many cases. What the engine still works on waits."""
    waiting = await office.db.reading(cases.closed_without_archive, ARCHIVE_MOST)
    kept = 0
    for case in waiting:
        calls = await office.db.reading(waking.calls, case.id)
        try:
            histories = await office.gateway.histories(case.id)
        except EngineUnreachable:
            return kept
        if histories and histories[-1].events[-1].event_type in _ENDS:
            await office.db.writing(_keep, office.now(), case, histories, calls)
            kept += 1
    return kept


def _keep(session: Session, at: str, case: CaseRow, histories: list[WorkflowHistory], calls: int) -> None:
    """Keep every run that is not kept yet, in order after those that are."""
    kept = {row.run_id: row.part for row in cases.archives(session, case.id)}
    new = [history for history in histories if history.run_id not in kept]
    for part, history in enumerate(new, start=max(kept.values(), default=0) + 1):
        content = gzip.compress(history.to_json().encode(), mtime=0)
        row = HistoryArchive(
            case_id=case.id,
            run_id=history.run_id,
            company=case.company,
            site=case.site,
            mode=case.mode,
            part=part,
            events=len(history.events),
            history=content,
            sha256=hashlib.sha256(content).hexdigest(),
            archived_at=at,
        )
        cases.archive(session, row)
    waking.note_kept(session, case.id, calls)
