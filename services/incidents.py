"""Getting a case going again that stands at an incident: correct its data, or go on without the step; quality signs both."""

from __future__ import annotations

from typing import Any

from domain.errors import Fault, Refusal
from domain.json_types import JsonObject
from forms.validation import value_faults
from services.actor import Actor, Proof
from services.desk import Desk, open_desk
from services.entered import invalid
from services.office import Office
from services.tasks import refuse_if
from services.verbs import Wish, act
from services.views import Completed


async def fix(
    office: Office,
    actor: Actor,
    task_id: str,
    fields: JsonObject,
    reason: str | None,
    proof: Proof | None,
    act_id: str | None = None,
) -> Completed:
    """Correct fields of the case's data, then try again. Old and new values stand on record."""
    desk = await open_desk(office, actor, task_id, "fix")
    await _check(office, actor, desk, "fix", invalid(_wrong_fields(desk, fields), "/fields"))
    wish = Wish("fix", {"fields": fields}, _reason(reason, proof), proof=proof, is_signed=True)
    return await act(office, actor, task_id, wish, act_id)


async def skip(
    office: Office,
    actor: Actor,
    task_id: str,
    deviation: str,
    proof: Proof | None,
    outcome: str | None = None,
    output: JsonObject | None = None,
    act_id: str | None = None,
) -> Completed:
    """Go on without the step as a deviation, with an output that fits what the activity would have given."""
    desk = await open_desk(office, actor, task_id, "skip")
    await _check(office, actor, desk, "skip", invalid(_wrong_output(desk, output or {}), "/output"))
    values: JsonObject = {"deviation": deviation, "outcome": outcome, "output": output}
    given: JsonObject = {name: value for name, value in values.items() if value is not None}
    wish = Wish("skip", given, _reason(deviation, proof), proof=proof, is_signed=True)
    return await act(office, actor, task_id, wish, act_id)


async def _check(office: Office, actor: Actor, desk: Desk, action: str, why: Refusal | None) -> None:
    await refuse_if(office, actor, why, {**desk.about, "action": action})


def _reason(reason: str | None, proof: Proof | None) -> str | None:
    return reason or (proof.reason if proof else None)


def _wrong_fields(desk: Desk, fields: JsonObject) -> list[Fault]:
    """Fields that the case's data have, judged by their schema; unknown ones are the case's to refuse."""
    schema: Any = desk.model.data_schema
    known: Any = schema.get("properties") or {}
    given = {name: value for name, value in fields.items() if name in known}
    part: JsonObject = {"type": "object", "properties": {name: known[name] for name in given}}
    if "$defs" in schema:
        part["$defs"] = schema["$defs"]
    return value_faults(part, given)


def _wrong_output(desk: Desk, output: JsonObject) -> list[Fault]:
    contract: Any = desk.model.contracts.get(desk.step.call) or {}
    schema = contract.get("output")
    return value_faults(schema, output) if output and schema else []
