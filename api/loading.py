"""First loading from Excel: templates, dry run, and what could not be taken with its reasons."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Strict, answers
from services import first_loading

router = APIRouter(prefix="/loading", tags=["master data"], route_class=ExactRoute)
Sheet = Literal["products", "partners", "locations"]


class Load(Strict):
    """The hash of the uploaded sheet (`POST /attachments`); `dry_run` writes nothing and needs no password."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    dry_run: bool = True
    reason: Annotated[str, Field(max_length=500)] = ""
    password: Annotated[str, Field(max_length=200)] = ""


@router.get("/{sheet}", responses=answers(403, 404))
async def template(caller: Reading, sheet: Sheet) -> Response:
    """The empty Excel template."""
    raw = await first_loading.template(caller.office, caller.actor, sheet)
    disposition = {"Content-Disposition": f'attachment; filename="{sheet}.xlsx"'}
    return Response(raw, media_type=first_loading.XLSX, headers=disposition)


@router.post("/{sheet}", responses=answers(403, 404))
async def load(caller: Acting, sheet: Sheet, wanted: Load) -> Response:
    """Judge every row of a sheet and, unless it is a dry run, write the new ones. `returned` is the sheet of the rest."""
    wish = first_loading.Wish(wanted.sha256, wanted.dry_run, wanted.reason, wanted.password)
    return ExactJson(await first_loading.load(caller.office, caller.actor, sheet, wish))
