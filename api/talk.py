"""Talk around tasks: comments, urging, putting off; and who has read what a case sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import moment
from api.shapes import Prose, Strict, Word, answers
from services import talk

router = APIRouter(tags=["tasks"], route_class=ExactRoute)
Id = Annotated[str, Path(max_length=64)]
CHANGED = answers(403, 404, 409)


class Said(Strict):
    """A comment; `@username` tells that person."""

    text: Prose


class Until(Strict):
    """A time; none shows the task again."""

    until: Word | None = None


@router.post("/tasks/{id:word}:comment", responses=answers(403, 404, 409, status=201))
async def comment(caller: Once, id: Id, said: Said) -> Response:
    """Say something at a task; it is never changed."""
    return ExactJson(await talk.comment(caller.office, caller.actor, id, said.text), 201)


@router.post("/cases/{id:word}:comment", responses=answers(403, 404, 409, status=201))
async def comment_case(caller: Once, id: Id, said: Said) -> Response:
    """Say something about a case."""
    return ExactJson(await talk.comment_case(caller.office, caller.actor, id, said.text), 201)


@router.get("/cases/{id:word}/comments", responses=answers(403, 404))
async def comments(caller: Reading, id: Id) -> Response:
    """What was said and urged around a case, oldest first."""
    return ExactJson({"items": await talk.listing(caller.office, caller.actor, id), "next": None})


@router.get("/cases/{id:word}/notices", responses=answers(403, 404))
async def notices(caller: Reading, id: Id) -> Response:
    """What the case sent for information, and who has read it when."""
    return ExactJson({"items": await talk.sent(caller.office, caller.actor, id), "next": None})


@router.post("/tasks/{id:word}:urge", responses=CHANGED)
async def urge(caller: Once, id: Id) -> Response:
    """Urge whoever has the task, else everybody who may take it; at most every half hour."""
    return ExactJson(await talk.urge(caller.office, caller.actor, id))


@router.post("/tasks/{id:word}:snooze", responses=CHANGED)
async def snooze(caller: Once, id: Id, wanted: Until) -> Response:
    """Put a task out of one's own sight until a time."""
    until = moment("until", wanted.until) if wanted.until else None
    return ExactJson(await talk.snooze(caller.office, caller.actor, id, until))
