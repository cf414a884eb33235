"""What was sent to a person for information (抄送), in the shape of tasks, so that one list can show both."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from domain import paths
from domain.json_types import JsonObject
from records import cases, talk
from records import inbox as inbox_rows
from records.case_tables import CaseRow
from services.actor import Actor
from services.office import Office

CC_MAX = 200


async def copies(office: Office, actor: Actor, limit: int = 50) -> list[JsonObject]:
    """What was sent to the actor for information (抄送), newest first, with whether and when it was read."""
    return await office.db.reading(_copies, actor, min(limit, CC_MAX))


def _copies(session: Session, actor: Actor, limit: int) -> list[JsonObject]:
    found = inbox_rows.copies(session, actor.id, actor.pairs(), limit)
    read = talk.read_times(session, [row["id"] for row in found])
    known = {one: cases.case(session, one) for one in {row["case_id"] for row in found}}
    return [_copy(row, known[row["case_id"]], dict(read.get(row["id"], ())).get(actor.id)) for row in found]


def _copy(row: dict[str, Any], case: CaseRow | None, read_at: str | None) -> JsonObject:
    """A copy in the shape of a task, so that one list can show both."""
    path, held = str(row["path"]), list(row["roles"])
    nothing: JsonObject = dict.fromkeys(("assignee", "due", "done_by", "outcome", "item_key"))
    return {
        **nothing,
        "id": row["id"], "case": row["case_id"], "definition": case.process if case else "",
        "version": case.version if case else "", "step": paths.step_of(path) if path else "", "path": path, "seat": "",
        "round": paths.round_of(path) if path else 1, "kind": "cc", "state": "done" if read_at else "open",
        "title": row["title"], "role": held[0] if held else None, "roles": held, "priority": 0,
        "opened_at": row["at"], "done_at": read_at, "site": row["site"], "mode": row["mode"], "chips": {},
        "read": read_at is not None, "read_at": read_at, "business_key": case.business_key if case else None,
    }  # fmt: skip
