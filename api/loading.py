"""First loading from Excel: templates, dry run, and what could not be taken with its reasons."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Strict, answers
from services import first_loading, opening_sheets

router = APIRouter(prefix="/loading", tags=["master data"], route_class=ExactRoute)
Sheet = Literal["products", "partners", "locations"]


class Load(Strict):
    """The hash of the uploaded sheet (`POST /attachments`); `dry_run` writes nothing and needs no password."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    dry_run: bool = True
    reason: Annotated[str, Field(max_length=500)] = ""
    password: Annotated[str, Field(max_length=200)] = ""


class Opening(Strict):
    """The hash of the uploaded sheet of opening stock, and the warehouse whose books are to be opened."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    warehouse: Annotated[str, Field(min_length=1, max_length=40)]


@router.get("/opening_stock", responses=answers(403))
async def opening_template(caller: Reading) -> Response:
    """The empty Excel template of opening stock."""
    raw = await opening_sheets.template(caller.office, caller.actor)
    disposition = {"Content-Disposition": 'attachment; filename="opening_stock.xlsx"'}
    return Response(raw, media_type=first_loading.XLSX, headers=disposition)


@router.post("/opening_stock", responses=answers(403, 404))
async def check_opening(caller: Acting, wanted: Opening) -> Response:
    """Judge every row of a sheet of opening stock. Nothing is booked: that is the SOP `opening_balances`, on two
    signatures."""
    return ExactJson(await opening_sheets.check(caller.office, caller.actor, wanted.warehouse, wanted.sha256))


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
