"""Notices: messages to the caller's posts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Strict, answers
from services import history

router = APIRouter(prefix="/notices", tags=["notices"], route_class=ExactRoute)


@router.get("", responses=answers())
async def listing(caller: Reading) -> Response:
    """The newest notices; `read` says whether the caller has seen one."""
    return ExactJson({"items": await history.notices(caller.office, caller.actor), "next": None})


class Which(Strict):
    """A notice by its id, which may hold slashes."""

    id: Annotated[str, Field(max_length=300)]


@router.post(":seen", responses=answers(404))
async def seen_one(caller: Once, wanted: Which) -> Response:
    """Remember that the caller has read a notice."""
    await history.mark_notice(caller.office, caller.actor, wanted.id)
    return ExactJson({"id": wanted.id, "read": True})


@router.post("/{id:word}:seen", responses=answers(404))
async def seen(caller: Once, id: Annotated[str, Path(max_length=200)]) -> Response:
    """Remember that the caller has seen a notice."""
    await history.mark_notice(caller.office, caller.actor, id)
    return ExactJson({"id": id, "read": True})
