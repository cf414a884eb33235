"""What people typed and have not sent: of a case not yet started, and what stands beside a task's form.

The draft of a task's form is ``tasks.save_draft``; these are the others. A draft is nobody's record.
"""

from __future__ import annotations

from typing import Any

from domain.json_types import JsonObject
from services.actor import Actor
from services.office import Office

PURPOSES = ("start", "external")
"""``start``: a start form, by definition; ``external``: the outside party's signature beside a task's form."""


async def load(office: Office, actor: Actor, purpose: str, name: str) -> JsonObject | None:
    """The actor's draft ``{data, updated_at, form_sha}``, or ``None``."""
    found: Any = await office.db.run(office.drafts.load, _subject(purpose, name), actor.id)
    return found


async def save(
    office: Office, actor: Actor, purpose: str, name: str, data: JsonObject, form_sha: str | None = None
) -> int:
    """Keep what was typed, whatever it is; returns the draft's revision."""
    return await office.db.run(office.drafts.save, _subject(purpose, name), actor.id, data, office.now(), form_sha)


async def discard(office: Office, actor: Actor, purpose: str, name: str) -> None:
    """Forget the actor's draft."""
    await office.db.run(office.drafts.delete, _subject(purpose, name), actor.id)


async def of_task(office: Office, actor: Actor, task_id: str) -> JsonObject | None:
    """The actor's draft of a task's form with the time it was saved."""
    found: Any = await office.db.run(office.drafts.load, task_id, actor.id)
    return found


async def discard_of_task(office: Office, actor: Actor, task_id: str) -> None:
    """Forget the actor's draft of a task's form, and the scans that filled it in."""
    await office.db.run(office.drafts.delete, task_id, actor.id)
    await office.db.run(office.drafts.delete, scans_of(task_id), actor.id)


def scans_of(task_id: str) -> str:
    """The subject under which a person's scans of a task lie, beside the draft that they fill in."""
    return f"scans/{task_id}"


def _subject(purpose: str, name: str) -> str:
    if purpose not in PURPOSES:
        raise ValueError(f"no drafts for {purpose!r}")
    return f"{purpose}/{name[:120]}"
