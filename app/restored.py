"""A restored data folder is locked until its cases were compared with their histories."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.faults import CommandFault, Exit
from app.settings import Settings

if TYPE_CHECKING:
    from services.reconcile import Reconciliation

NOTE = "restored.json"


def note_of(settings: Settings) -> Path:
    """The file that says that this folder was restored and not compared yet."""
    return settings.data / NOTE


def require_compared(settings: Settings) -> None:
    """Raise `CommandFault` while the folder is locked: nobody may act on cases that two stories tell."""
    if note_of(settings).exists():
        raise CommandFault(
            f"{settings.data} was restored, and its cases are not compared with their histories yet",
            hint="run `gspflow reconcile` with the Temporal server running; `gspflow up` does it by itself",
            code=Exit.UNREACHABLE,
        )


async def compare(settings: Settings, case_id: str | None = None) -> Reconciliation:
    """Compare every case, or repair one; afterwards the folder is unlocked."""
    from app.wiring import client_of, office_of, worker_context
    from app.worker import worker_of
    from services import key_events
    from services.reconcile import reconcile, repair, unlock

    client = await client_of(settings)
    office = office_of(settings, client)
    try:
        await key_events.register(office)
        context = worker_context(settings, office.db)
        at_work = partial(worker_of, client, context, task_queue=settings.task_queue)
        if case_id is not None:
            return await repair(office, context, case_id, at_work)
        done = await reconcile(office, context, at_work)
        if note_of(settings).exists():
            unlock(note_of(settings), office.now())
        return done
    finally:
        office.db.close()
        office.drafts.close()
