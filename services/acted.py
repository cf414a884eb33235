"""The answer to an act that was accepted: what is open in its case now."""

from __future__ import annotations

from typing import Any

from records import cases
from services.acting import Done
from services.case_rows import step_view
from services.drafts import scans_of
from services.office import Office
from services.views import Completed


async def completed(office: Office, case_id: str, done: Done, draft: tuple[str, str] | None = None) -> Completed:
    """The answer to an act: what is open in the case now, or only that it is accepted while its wave is late.

    ``draft``: the task and the person whose draft became this act; it is forgotten.
    """
    if draft is not None:
        task_id, person = draft
        await office.db.run(office.drafts.delete, task_id, person)
        await office.db.run(office.drafts.delete, scans_of(task_id), person)
    if done.answer is None:
        return {"act_id": done.act_id, "recorded": True, "repeated": done.repeated}
    rows = await office.db.glance(cases.steps, case_id, ("open", "incident"))
    answer: Any = done.answer
    return {
        "act_id": done.act_id,
        "recorded": True,
        "repeated": done.repeated,
        "case": case_id,
        "state": answer["state"],
        "open": answer["open"],
        "steps": [step_view(row) for row in rows],
    }
