"""What a person may do next with a case, drawn by chance: every verb of the engine, mostly by who may."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.bench.fault_cases import ROLES
from domain.json_types import JsonObject
from records.case_tables import CaseRow, CaseStep, Task
from workflows.engine.items import CLOSING
from workflows.language.model import Model

STARTER = "receiver"
PEOPLE = (STARTER, "anna", "bo", "chen", "dora", "emil")


@dataclass(frozen=True)
class Move:
    """One act before it is sealed."""

    case_id: str
    pinned_sha: str
    action: str
    path: str
    seat: str
    person: str
    roles: Sequence[str] = ROLES
    values: JsonObject = field(default_factory=dict)
    outcome: str | None = None


def move_of(
    chance: random.Random,
    model: Model,
    case: CaseRow,
    tasks: Sequence[Task],
    lists: Sequence[CaseStep],
    start: Any,
    *,
    tidy: bool,
) -> Move | None:
    """Something to do with the case, or ``None``. ``tidy``: only what brings it forward."""
    opened = [task for task in tasks if task.state == "open"]
    drawn = chance.random()
    if drawn < 0.1 or not opened:
        told: JsonObject = {"id": f"W{chance.randrange(10**9)}", "name": "word", "keys": [start.get("no")], "data": {}}
        if chance.random() < 0.3:
            told["id"] = f"W-{case.id}"  # the same message again, early, late or twice
        if chance.random() < 0.7:
            return Move(case.id, case.pinned_sha, "message", "", "", "system", (), told)
    found = [one for one in lists if one.state == "open" and model.steps[one.step].is_open]
    if found and drawn < 0.3:
        if tidy or chance.random() < 0.4:
            return _own(case, "close_items", found[0].path, dict(CLOSING))
        return _own(case, "add_item", found[0].path, {"item": {"no": str(chance.randrange(6))}})
    if not tidy and drawn > 0.99:
        return _own(case, "cancel")
    done = [task for task in tasks if task.state == "done" and task.seat[0] in "sa" and task.done_by]
    if not tidy and done and drawn > 0.93:
        task = chance.choice(done)
        return _at(case, task, "withdraw", str(task.done_by))
    return _task(chance, model, case, chance.choice(opened), tidy=tidy) if opened else None


def _own(case: CaseRow, action: str, path: str = "", values: JsonObject | None = None) -> Move:
    return Move(case.id, case.pinned_sha, action, path, "", STARTER, values=values or {})


def _at(case: CaseRow, task: Task, action: str, person: str, **more: Any) -> Move:
    return Move(case.id, case.pinned_sha, action, task.path, task.seat, person, **more)


def _task(chance: random.Random, model: Model, case: CaseRow, task: Task, *, tidy: bool) -> Move:
    person = str((task.more or {}).get("person") or task.assignee or chance.choice(PEOPLE))
    if not tidy and chance.random() < 0.1:
        person = chance.choice(PEOPLE)
    kind = task.seat[0]
    if kind == "q":
        return _at(case, task, "answer", person, values={"text": "it is so"})
    if kind == "n":
        return _at(case, task, "acknowledge", person)
    if kind == "i":
        return _at(case, task, "retry", person, roles=("it_admin", "quality_staff"))
    if tidy or chance.random() < 0.6:
        outcomes = [one.key for one in model.steps[task.step].outcomes]
        if outcomes and not tidy and chance.random() < 0.15:
            return _at(case, task, "complete", person, outcome=chance.choice(outcomes))
        return _at(case, task, "complete", person, outcome=outcomes[0] if outcomes else None)
    action, values = _verb(chance)
    return _at(case, task, action, person, values=values)


def _verb(chance: random.Random) -> tuple[str, JsonObject]:
    """A verb besides doing the task, with what it needs."""
    other = chance.choice(PEOPLE)
    to: JsonObject = {"id": other, "name": other}
    position, mode = chance.choice(("before", "parallel", "after")), chance.choice(("walk", "jump_back"))
    choices: list[tuple[str, JsonObject]] = [
        ("claim", {}),
        ("release", {}),
        ("transfer", {"to": to}),
        ("delegate", {"to": to}),
        ("add_signer", {"to": to, "position": position}),
        ("remove_signer", {"seat": "a1"}),
        ("ask", {"to": to, "text": "what is missing?", "suspend": chance.random() < 0.5}),
        ("return", {"to": "first", "mode": mode}),
    ]
    return chance.choice(choices)
