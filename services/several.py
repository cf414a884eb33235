"""Several tasks at once: each is judged alone, signed alone, and says alone what became of it."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from domain.errors import Refusal, RefusedError
from domain.json_types import JsonObject
from services import people
from services.actor import Actor, Proof
from services.office import Office
from services.tasks import Completion, complete
from services.verbs import transfer
from services.views import Completed


async def complete_bulk(
    office: Office, actor: Actor, items: list[tuple[str, Completion, str | None]], proof: Proof | None
) -> list[JsonObject]:
    """Complete several tasks, each validated alone, each with its own signature; one re-authentication for all."""
    session = await people.prove_once(office, actor, proof) if proof else None
    return [
        await one_of_several(
            task_id, complete(office, actor, task_id, replace(given, proof=session or given.proof), act_id)
        )
        for task_id, given, act_id in items
    ]


async def transfer_bulk(
    office: Office, actor: Actor, items: list[tuple[str, str | None]], to: str, reason: str | None
) -> list[JsonObject]:
    """Hand several tasks to one person."""
    return [
        await one_of_several(task_id, transfer(office, actor, task_id, to, reason, act_id)) for task_id, act_id in items
    ]


async def one_of_several(task_id: str, doing: Awaitable[Completed]) -> JsonObject:
    """What became of one of them: its result, or why not."""
    try:
        done: Any = await doing
    except RefusedError as refused:
        return {"id": task_id, "status": refused.refusal.status, "problem": problem_of(refused)}
    return {"id": task_id, "status": 200 if "case" in done else 202, "result": dict(done)}


def problem_of(refused: RefusedError) -> JsonObject:
    """A refusal as data, in both languages."""
    refusal: Refusal = refused.refusal
    return {
        "code": refusal.code,
        "rule": refusal.rule,
        "message": refusal.message.as_json(),
        "refusal_id": refused.refusal_id,
        "errors": [
            {"pointer": refusal.within + fault.pointer, "code": fault.code, "message": fault.message.as_json()}
            for fault in refusal.faults
        ],
        "done_by": refusal.done_by,
        "done_at": refusal.done_at,
        "outcome": refusal.outcome,
    }
