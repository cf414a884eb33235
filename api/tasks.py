"""Tasks: the inbox, a task with its form, and what people do with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Filter, Limit, Moment, checked_cursor, given, moment
from api.problems import Problem
from api.shapes import ExternalSignature, Late, Lenient, Signature, Word, answers, model_of, page_of, proof_of
from domain.canonical import digest
from domain.errors import Fault, Text
from services import people, several, tasks
from services.views import Completed, TaskDetail, TaskView

router = APIRouter(tags=["tasks"], route_class=ExactRoute)
TaskId = Annotated[str, Path(max_length=64)]
DONE = answers(403, 404, 409, ok=model_of(Completed))
BULK_MAX = 100


class Entered(Lenient):
    """What stands in a form."""

    data: dict[str, Any] = Field(default_factory=dict)


class Completion(Entered):
    """A form that is done; everything else the server writes itself."""

    outcome: Word | None = None
    signature: Signature | None = None
    external_signature: ExternalSignature | None = None
    late_entry: Late | None = None

    def given(self) -> tasks.Completion:
        """The same for `services`."""
        external: Any = self.external_signature.model_dump() if self.external_signature else None
        late = self.late_entry.entry() if self.late_entry else None
        return tasks.Completion(self.data, self.outcome, proof_of(self.signature), external, late)


class Item(Entered):
    """One task of several."""

    id: Word
    act_id: Word | None = None
    outcome: Word | None = None


class Several(Lenient):
    """Tasks that are completed together under one proof of identity; each is validated alone."""

    items: Annotated[list[Item], Field(min_length=1, max_length=BULK_MAX)]
    signature: Signature | None = None


@router.get("/tasks", responses=answers(ok=page_of("TaskPage", model_of(TaskView))))
async def listing(
    caller: Reading,
    state: Literal["open", "done", "cancelled", "superseded"] | None = None,
    scope: Literal["mine", "claimable", "all", "started", "done", "cc"] = "claimable",
    definition: Filter = None,
    role: Filter = None,
    site: Filter = None,
    due_before: Moment = None,
    priority: Literal["low", "normal", "high", "urgent"] | None = None,
    q: Filter = None,
    snoozed: bool = False,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> Response:
    """The inbox, the first due first; `priority`: only what is at least so urgent; `snoozed`: only what the caller put off;
    scope `cc`: what was sent for information, read or not.
    """
    filters = given(
        state=state, scope=scope, definition=definition, role=role, site=site, q=q, limit=limit, snoozed=snoozed or None,
        priority=priority,
        due_before=moment("due_before", due_before), cursor=checked_cursor(cursor),
    )  # fmt: skip
    page = await tasks.listing(caller.office, caller.actor, filters)
    await people.note_reading(caller.office, caller.actor, "tasks", {"scope": scope})
    return ExactJson(page)


@router.get("/tasks/{id:word}", responses=answers(404, ok=model_of(TaskDetail)))
async def one(caller: Reading, id: TaskId) -> Response:
    """A task with its form, what stands in it, and what the caller may do."""
    found = await tasks.detail(caller.office, caller.actor, id)
    await people.note_reading(caller.office, caller.actor, f"task/{id}", {"case": found["case"]})
    return ExactJson(found)


@router.post("/tasks/{id:word}:claim", responses=DONE)
async def claim(caller: Acting, id: TaskId) -> Response:
    """Take a task."""
    return answered(await tasks.claim(caller.office, caller.actor, id, caller.key))


@router.post("/tasks/{id:word}:release", responses=DONE)
async def release(caller: Acting, id: TaskId) -> Response:
    """Give a claimed task back."""
    return answered(await tasks.release(caller.office, caller.actor, id, caller.key))


@router.post("/tasks/{id:word}:complete", responses=DONE)
async def complete(caller: Acting, id: TaskId, given: Completion) -> Response:
    """Complete a task. 202: it is in the history and still being recorded; the same key asks again."""
    return answered(await tasks.complete(caller.office, caller.actor, id, given.given(), caller.key))


@router.post("/tasks/{id:word}:preview", responses=answers(404))
async def preview(caller: Reading, id: TaskId, given: Entered) -> Response:
    """What would be signed, and what is still wrong with it; changes nothing."""
    seen: Any = await tasks.preview(caller.office, caller.actor, id, given.data)
    lang = caller.actor.lang
    errors = [{**e, "pointer": f"/data{e['pointer']}", "message": e["message"][lang]} for e in seen["errors"]]
    return ExactJson({**seen, "errors": errors})


@router.put("/tasks/{id:word}/draft", responses=answers(404))
async def draft(caller: Acting, id: TaskId, given: Entered) -> Response:
    """Keep what was typed, whatever it is; only its author sees it."""
    revision = await tasks.save_draft(caller.office, caller.actor, id, given.data)
    return ExactJson({"rev": revision, "saved_at": caller.office.now()})


@router.post("/tasks:complete_bulk", responses=answers(403))
async def complete_bulk(caller: Acting, given: Several) -> Response:
    """Complete several tasks; one answer for each. Without `act_id` an item's id is made from the call's key."""
    no_repeated_acts(given.items)
    wanted = [
        (item.id, tasks.Completion(item.data, item.outcome), item.act_id or key_of(caller.key, place))
        for place, item in enumerate(given.items)
    ]
    done: list[Any] = await several.complete_bulk(caller.office, caller.actor, wanted, proof_of(given.signature))
    return ExactJson({"items": [said(row, place, caller.actor.lang) for place, row in enumerate(done)]})


def no_repeated_acts(items: Sequence[Any]) -> None:
    """Raise 422 when two items of one request say that they are the same act."""
    named = [item.act_id for item in items if item.act_id]
    repeated = next((one for one in named if named.count(one) > 1), None)
    if repeated:
        text = Text(f"act_id 重复：{repeated}", f"An act_id stands there twice: {repeated}.")
        raise Problem(422, "act_id_repeated", text, faults=(Fault("/items", "act_id_repeated", text),))


def key_of(key: str | None, place: int) -> str | None:
    """The act id of one item of several, made from the key of the call."""
    return digest("bulk", [key, place])[:40] if key else None


def said(row: Any, place: int, lang: str) -> Any:
    """One item's answer; its problem in the caller's language, with pointers into the whole request."""
    problem = row.get("problem")
    if problem is None:
        return row
    here = f"/items/{place}"
    errors = [{**e, "pointer": here + e["pointer"], "message": e["message"][lang]} for e in problem["errors"]]
    return {**row, "problem": {**problem, "detail": problem["message"][lang], "errors": errors}}


def answered(done: Any) -> Response:
    """200 with the new steps, or 202 while the projection is late."""
    return ExactJson(done, 200 if "case" in done else 202)
