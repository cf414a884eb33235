"""What a wave tells people: its notices, and the tasks that it opened for somebody. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.notices import KINDS, kind_of
from records.outbox import Told
from records.projection_rows import WaveRows

Row = dict[str, Any]
URGENT_PRIORITY = 2
"""A task of this priority is urgent in the words of its SOP."""


def told_by(rows: WaveRows) -> list[Told]:
    """The notices and open tasks of a wave; keys are theirs, so the same task is told to the same people once."""
    if rows.case["mode"] == "sandbox":
        return []
    acted = {record["actor"] for record in rows.records}
    tasks = [_task(rows.case, task, acted) for task in rows.tasks if task["state"] == "open"]
    notices = [told for one in rows.notices for told in _notices(rows.case, one)]
    return [*notices, *(told for told in tasks if told is not None)]


def _notices(case: Row, notice: Row) -> list[Told]:
    """A notice to its posts, and to each person that it names; the screen shows the notice itself."""
    people, kind = notice.get("people") or [], notice.get("kind") or "notice"
    told = Told(
        key=notice["id"],
        kind=kind_of(case["process"], kind if kind in KINDS else "notice"),
        roles=tuple(notice["roles"]),
        at=notice["at"],
        title=notice["title"],
        path=notice["path"],
        step=_step_of(notice["path"]),
        link=f"/cases/{case['id']}",
        **_of_case(case),
    )
    if len(people) == 1 and not told.roles:
        return [replace(told, account=people[0], bell=False)]
    alone = [replace(told, key=f"{told.key}/{one}", roles=(), account=one, bell=False) for one in people]
    return [told, *alone] if told.roles else alone


def _task(case: Row, task: Row, acted: set[str]) -> Told | None:
    """A task for its roles, or for the person it lies with; whoever took it just now needs no word of it."""
    assignee = task["assignee"]
    if assignee in acted:
        return None
    usual = "incident" if task["kind"] == "incident" else "task"
    return Told(
        key=f"task/{task['id']}" + (f"/{assignee}" if assignee else ""),
        kind=usual if usual == "incident" else kind_of(case["process"], usual),
        account=assignee,
        roles=() if assignee else tuple(task["roles"]),
        at=task["opened_at"],
        title=task["title"],
        path=task["path"],
        step=task["step"],
        task_id=task["id"],
        due=task["due"],
        urgent=task["priority"] >= URGENT_PRIORITY,
        link=f"/tasks/{task['id']}",
        **_of_case(case),
    )


def _of_case(case: Row) -> Row:
    return {
        "case_id": case["id"], "business_key": case["business_key"],
        "site": case["site"], "mode": case["mode"], "company": case["company"],
    }  # fmt: skip


def _step_of(path: str) -> str:
    """The id of the step at the end of a path (`lines[3]/tell#1` → `tell`)."""
    return path.rpartition("/")[2].partition("#")[0]
