"""What people do with tasks besides completing them, and with a case as a whole: each act once under its key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field, JsonValue
from starlette.responses import Response

from api.caller import Acting, Reading
from api.cases import At, CaseId
from api.exact import ExactJson, ExactRoute
from api.shapes import Lenient, Prose, Signature, Word, answers, model_of, proof_of
from api.tasks import BULK_MAX, DONE, TaskId, answered, key_of, no_repeated_acts, said
from services import candidates, case_acts, going_back, incidents, several, verbs
from services.views import Completed

router = APIRouter(tags=["verbs"], route_class=ExactRoute)
CASE_DONE = answers(403, 404, 409, ok=model_of(Completed))
Mode = Literal["walk", "jump_back"]


class Reason(Lenient):
    """Why."""

    reason: Prose | None = None


class Cancel(Reason):
    """Why; `preview` tells what would happen and changes nothing."""

    preview: bool = False


class HandOn(Reason):
    """To whom."""

    to: Word


class Signer(Reason):
    """Who signs as well, and when: before this seat, beside it, or after it."""

    user: Word
    position: Literal["before", "parallel", "after"]


class Seat(Reason):
    """A seat of an added signer."""

    seat: Word


class Question(Lenient):
    """What is asked of whom; with `suspend` the task waits for the answer."""

    to: Word
    text: Prose
    suspend: bool = False


class Said(Lenient):
    """An answer."""

    text: Prose


class GoBack(Reason):
    """To which step; `preview` tells what would happen and changes nothing."""

    to: Word
    mode: Mode | None = None
    preview: bool = False


class Again(Reason):
    """From which step a completed case goes on; `preview` tells what would happen and changes nothing."""

    to: Word | None = None
    preview: bool = False


class Fix(Reason):
    """Fields of the case's data with their right values; quality signs."""

    fields: dict[str, JsonValue]
    signature: Signature | None = None


class Skip(Lenient):
    """Why the step is passed over, and what it would have given; quality signs."""

    deviation: Prose
    outcome: Word | None = None
    output: dict[str, JsonValue] | None = None
    signature: Signature | None = None


class Item(At):
    """One more item for the list at `path`."""

    item: dict[str, JsonValue]


class OneTask(Lenient):
    """One task of several."""

    id: Word
    act_id: Word | None = None


class HandOnSeveral(HandOn):
    """Several tasks that one person takes over."""

    items: Annotated[list[OneTask], Field(min_length=1, max_length=BULK_MAX)]


@router.get("/tasks/{id:word}/people", responses=answers(404))
async def people(
    caller: Reading,
    id: TaskId,
    verb: Literal["transfer", "delegate", "add_signer", "ask"] = "transfer",
    q: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Who could be chosen for a verb, with posts, and why somebody could not."""
    return ExactJson({"items": await candidates.people_for(caller.office, caller.actor, id, verb, q), "next": None})


@router.post("/tasks/{id:word}:transfer", responses=DONE)
async def transfer(caller: Acting, id: TaskId, given: HandOn) -> Response:
    """Hand the task to somebody else who may do it."""
    return answered(await verbs.transfer(caller.office, caller.actor, id, given.to, given.reason, caller.key))


@router.post("/tasks/{id:word}:delegate", responses=DONE)
async def delegate(caller: Acting, id: TaskId, given: HandOn) -> Response:
    """Let somebody prepare the task; it comes back."""
    return answered(await verbs.delegate(caller.office, caller.actor, id, given.to, given.reason, caller.key))


@router.post("/tasks/{id:word}:add_signer", responses=DONE)
async def add_signer(caller: Acting, id: TaskId, given: Signer) -> Response:
    """One more person signs."""
    made = verbs.add_signer(caller.office, caller.actor, id, given.user, given.position, given.reason, caller.key)
    return answered(await made)


@router.post("/tasks/{id:word}:remove_signer", responses=DONE)
async def remove_signer(caller: Acting, id: TaskId, given: Seat) -> Response:
    """An added signer who has not signed is not needed."""
    return answered(await verbs.remove_signer(caller.office, caller.actor, id, given.seat, given.reason, caller.key))


@router.post("/tasks/{id:word}:ask", responses=DONE)
async def ask(caller: Acting, id: TaskId, given: Question) -> Response:
    """Ask somebody."""
    made = verbs.ask(caller.office, caller.actor, id, given.to, given.text, given.suspend, caller.key)
    return answered(await made)


@router.post("/tasks/{id:word}:answer", responses=DONE)
async def answer(caller: Acting, id: TaskId, given: Said) -> Response:
    """Answer a question."""
    return answered(await verbs.answer(caller.office, caller.actor, id, given.text, caller.key))


@router.post("/tasks/{id:word}:acknowledge", responses=DONE)
async def acknowledge(caller: Acting, id: TaskId) -> Response:
    """Confirm that a notice was read."""
    return answered(await verbs.acknowledge(caller.office, caller.actor, id, caller.key))


@router.post("/tasks/{id:word}:withdraw", responses=DONE)
async def withdraw(caller: Acting, id: TaskId, given: Reason | None = None) -> Response:
    """Take back what one has just done."""
    reason = given.reason if given else None
    return answered(await verbs.withdraw(caller.office, caller.actor, id, reason, caller.key))


@router.post("/tasks/{id:word}:return", responses=DONE)
async def return_task(caller: Acting, id: TaskId, given: GoBack) -> Response:
    """Back to an earlier step; `preview` changes nothing."""
    if given.preview:
        return ExactJson(await going_back.preview(caller.office, caller.actor, id, given.to, given.reason, given.mode))
    made = verbs.return_to(caller.office, caller.actor, id, given.to, given.reason, given.mode, caller.key)
    return answered(await made)


@router.post("/tasks/{id:word}:retry", responses=DONE)
async def retry(caller: Acting, id: TaskId) -> Response:
    """Try again what became an incident."""
    return answered(await verbs.act(caller.office, caller.actor, id, verbs.Wish("retry"), caller.key))


@router.post("/tasks/{id:word}:fix", responses=DONE)
async def fix(caller: Acting, id: TaskId, given: Fix) -> Response:
    """Correct the case's data and try again."""
    fields: Any = given.fields
    proof = proof_of(given.signature)
    return answered(await incidents.fix(caller.office, caller.actor, id, fields, given.reason, proof, caller.key))


@router.post("/tasks/{id:word}:skip", responses=DONE)
async def skip(caller: Acting, id: TaskId, given: Skip) -> Response:
    """Go on without the step, as a deviation."""
    output: Any = given.output
    made = incidents.skip(
        caller.office, caller.actor, id, given.deviation, proof_of(given.signature), given.outcome, output, caller.key
    )
    return answered(await made)


@router.post("/tasks:transfer_bulk", responses=answers(403))
async def transfer_bulk(caller: Acting, given: HandOnSeveral) -> Response:
    """Hand several tasks to one person; one answer for each."""
    no_repeated_acts(given.items)
    items = [(one.id, one.act_id or key_of(caller.key, place)) for place, one in enumerate(given.items)]
    done: list[Any] = await several.transfer_bulk(caller.office, caller.actor, items, given.to, given.reason)
    return ExactJson({"items": [said(row, place, caller.actor.lang) for place, row in enumerate(done)]})


@router.post("/cases/{id:word}:cancel", responses=CASE_DONE)
async def cancel(caller: Acting, id: CaseId, given: Cancel) -> Response:
    """Cancel a case: what was posted is reversed, then it ends; `preview` changes nothing."""
    if given.preview:
        return ExactJson(await going_back.preview_of_cancel(caller.office, caller.actor, id, given.reason))
    return answered(await case_acts.cancel(caller.office, caller.actor, id, given.reason, caller.key))


@router.post("/cases/{id:word}:reopen", responses=CASE_DONE)
async def reopen(caller: Acting, id: CaseId, given: Again) -> Response:
    """Open a completed case again."""
    if given.preview:
        made = going_back.preview_of_reopening(caller.office, caller.actor, id, given.to, given.reason)
        return ExactJson(await made)
    return answered(await case_acts.reopen(caller.office, caller.actor, id, given.reason, given.to, caller.key))


@router.post("/cases/{id:word}:return", responses=CASE_DONE)
async def return_case(caller: Acting, id: CaseId, given: GoBack) -> Response:
    """Return from the caller's own open task whose step allows it."""
    if given.preview:
        return ExactJson(await going_back.preview_of_case(caller.office, caller.actor, id, given.to, given.reason))
    return answered(await case_acts.return_to(caller.office, caller.actor, id, given.to, given.reason, caller.key))


@router.post("/cases/{id:word}:add_item", responses=CASE_DONE)
async def add_item(caller: Acting, id: CaseId, given: Item) -> Response:
    """One more item for an open list."""
    item: Any = given.item
    return answered(await case_acts.add_item(caller.office, caller.actor, id, given.path, item, caller.key))


@router.post("/cases/{id:word}:close_items", responses=CASE_DONE)
async def close_items(caller: Acting, id: CaseId, where: At) -> Response:
    """Nothing is added to the list any more."""
    return answered(await case_acts.close_items(caller.office, caller.actor, id, where.path, caller.key))
