"""Messages from other systems to cases."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, checked_cursor
from api.shapes import Strict, Word, answers
from services import messages

router = APIRouter(tags=["messages"], route_class=ExactRoute)


class MessageShape(Strict):
    """A message. `id` names it for ever: sent again under the same id it is the same message."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,47}$")]
    keys: Annotated[list[Word], Field(min_length=1, max_length=messages.KEYS_MAX)]
    data: dict[str, Any] = Field(default_factory=dict)
    id: Annotated[str, Field(pattern="^[A-Za-z0-9._:-]{1,100}$")]
    mode: Annotated[str, Field(pattern="^(live|drill|sandbox)$")] = "live"


class PostedShape(BaseModel):
    """Which cases take it, and whether it waits for one that wants it."""

    matched: list[str]
    buffered: bool


@router.post("/messages", responses=answers(403, ok=PostedShape))
async def post(caller: Once, given: MessageShape) -> Response:
    """Send a message to every case that waits under one of its keys; one that nobody waits for is kept for 7 days."""
    word = messages.Word(given.id, given.name, list(given.keys), given.data, given.mode)
    return ExactJson(await messages.post(caller.office, caller.actor, word))


@router.post("/messages/{id}:send_again", responses=answers(403, 404, 409, ok=PostedShape))
async def send_again(caller: Once, id: Annotated[str, Path(max_length=100)]) -> Response:
    """Keep a dead letter for another 7 days and look for its cases once more."""
    return ExactJson(await messages.send_again(caller.office, caller.actor, id))


@router.get("/messages", responses=answers(403))
async def listing(
    caller: Reading,
    state: Annotated[str | None, Query(pattern="^(buffered|matched|dead)$")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Response:
    """Messages and what became of them; `state=dead` lists the dead letters."""
    return ExactJson(await messages.listing(caller.office, caller.actor, state, checked_cursor(cursor), limit))
