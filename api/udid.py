"""The national UDI database: its files come in, devices are looked up."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from api.attachments import FILE_FORM
from api.caller import Acting, Caller, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Limit, whole
from api.multipart import SURROUND_MAX, file_in
from api.problems import Problem
from api.shapes import answers
from domain.errors import Text
from services import udid

router = APIRouter(tags=["udid"])
reading = APIRouter(tags=["udid"], route_class=ExactRoute)
FILE_MAX = 2 * 1024**3
"""Bytes of a file; the whole release comes in parts far below it."""
Number = Annotated[str, InPath(max_length=200)]


@router.post("/udid:import", responses=answers(403, 413, status=201), openapi_extra={"requestBody": FILE_FORM})
async def import_file(
    request: Request,
    caller: Acting,
    dry_run: Annotated[bool, Query(description="Only say what the file would change.")] = False,
) -> Response:
    """Take in a file of the UDI database, XML or ZIP; doing it again changes nothing. The answer has counts and the
    first records that came back with their reasons; `GET /udid/imports` shows the progress meanwhile."""
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > FILE_MAX + SURROUND_MAX:
        text = Text("文件超过 2 GB，请分批导入。", "The file is larger than 2 GB; import its parts.")
        raise Problem(413, "file_too_large", text)
    upload = await file_in(request, FILE_MAX)
    if not upload.name.lower().endswith((".xml", ".zip")):
        await udid.unreadable(caller.office, caller.actor, upload.name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        with path.open("wb") as file:
            async for chunk in upload.chunks:
                file.write(chunk)
        found = await udid.import_file(caller.office, caller.actor, path, upload.name, dry_run=dry_run)
    return ExactJson(_said(caller, found), 201)


@reading.get("/udid/imports", responses=answers(403))
async def imports(caller: Reading) -> Response:
    """The newest imports with their counts."""
    found = await udid.imports(caller.office, caller.actor)
    return ExactJson({"items": [_said(caller, one) for one in found], "next": None})


@reading.get("/udid/imports/{import_id}", responses=answers(403, 404))
async def one_import(caller: Reading, import_id: Number, limit: Limit = 200, cursor: Cursor = None) -> Response:
    """One import; its `faults` are the records that came back, `next` the cursor of further ones."""
    found = await udid.one_import(caller.office, caller.actor, import_id, whole(cursor) or 0, limit)
    return ExactJson(_said(caller, found))


@reading.get("/udid/devices/{di}", responses=answers(403, 404))
async def device(caller: Reading, di: Number) -> Response:
    """The records of a device identifier, of the sale unit or of a pack, with history and a suggestion for a product."""
    return ExactJson(await udid.device(caller.office, caller.actor, di))


def _said(caller: Caller, found: Any) -> Any:
    """Reasons in the caller's language."""
    lang = caller.actor.lang
    said = {**found, "why": found["why"][lang] if found["why"] else None}
    if "faults" in found:
        said["faults"] = [{**one, "message": one["message"][lang]} for one in found["faults"]]
        said["next"] = str(found["next"]) if found["next"] is not None else None
    return said


router.include_router(reading)
