"""What happened in a case: its records, what was refused around it, the case as it was, proof by replay."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.caller import Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import answers
from services import evidence, history, replay

router = APIRouter(prefix="/cases/{id:word}", tags=["history"], route_class=ExactRoute)
CaseId = Annotated[str, Path(max_length=64)]
SEQ_MAX = 10**9
PAGE = 1000
_ALWAYS = ("step", "path", "round")
"""Said of every record, also when it is about the whole case."""


@router.get("/history", responses=answers(404))
async def records(
    caller: Reading,
    id: CaseId,
    limit: Annotated[int | None, Query(ge=1, le=PAGE)] = None,
    cursor: Annotated[int | None, Query(ge=0, le=SEQ_MAX)] = None,
) -> Response:
    """The records in order, each with the hash that chains it to the one before.

    A plain list of all of them; with `limit` or `cursor` (the last `seq` seen) a page `{items, next}`.
    """
    found: list[Any] = await history.records(caller.office, caller.actor, id)
    records_ = [{**dict.fromkeys(_ALWAYS), **record} for record in found if record["seq"] > (cursor or 0)]
    if limit is None and cursor is None:
        return ExactJson(records_)
    shown = records_[: limit or PAGE]
    return ExactJson({"items": shown, "next": str(shown[-1]["seq"]) if len(records_) > len(shown) else None})


@router.get("/refusals", responses=answers(404))
async def refusals(caller: Reading, id: CaseId) -> Response:
    """What was refused around the case: another chain than its history; a plain list, oldest first."""
    return ExactJson(await history.refusals(caller.office, caller.actor, id))


@router.get("/state", responses=answers(404))
async def state(caller: Reading, id: CaseId, at_seq: Annotated[int | None, Query(ge=1, le=SEQ_MAX)] = None) -> Response:
    """The case as it was after a record."""
    return ExactJson(await history.state_at(caller.office, caller.actor, id, at_seq))


@router.post("/replay", responses=answers(404))
async def prove(caller: Reading, id: CaseId) -> Response:
    """Execute the recorded history again with the code of today, and compare it with the records."""
    return ExactJson(await replay.replay(caller.office, caller.actor, id))


@router.get("/evidence", responses=answers(404), response_class=Response)
async def bundle(caller: Reading, id: CaseId) -> Response:
    """Everything that proves the case, as a zip that can be verified without this installation."""
    content = await evidence.bundle(caller.office, caller.actor, id)
    headers = {"Content-Disposition": f'attachment; filename="{evidence.file_name(id)}"'}
    return Response(content, 200, headers, "application/zip")
