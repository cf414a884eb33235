"""What became of acts that were announced and not answered: recorded, lost, or still on their way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import acts
from domain.clock import to_text
from records import acts as act_rows
from records import cases
from services.office import Office


async def sweep(office: Office) -> int:
    """Close the intents whose act expired a while ago: recorded when history has it, else lost. Returns how many."""
    late = to_text(office.clock() - timedelta(seconds=acts.VALID_SECONDS))
    overdue = await office.db.reading(act_rows.overdue_intents, late)
    for intent in overdue:
        state = await _settled(office, intent)
        if state is not None:
            await office.db.writing(act_rows.close_intent, intent.act_id, state, office.now())
    return len(overdue)


async def _settled(office: Office, intent: act_rows.ActIntent) -> str | None:
    envelope: Any = intent.act["envelope"]
    if envelope["action"] == "start":
        return await _start_settled(office, intent)
    return "recorded" if await office.db.reading(act_rows.answers_to, intent.act_id) else "lost"


async def _start_settled(office: Office, intent: act_rows.ActIntent) -> str | None:
    """A start is lost only when Temporal has never heard of it, long after it could be on its way; then its business
    key is free again. ``None``: the case exists and its first wave is still to come."""
    if await office.db.reading(cases.case, intent.case_id) is not None:
        return "recorded"
    if await office.gateway.describe(intent.case_id) is not None:
        return None
    await office.db.writing(cases.free_key, intent.case_id)
    return "lost"
