"""The stock board of one warehouse: summary, map, table, and the table as an Excel sheet."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.caller import Caller, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Filter, Limit, given, position
from api.shapes import answers
from services import stock_board
from services.stock_sheet import MEDIA_TYPE, board_sheet

router = APIRouter(prefix="/stock", tags=["stock"], route_class=ExactRoute)
Code = Annotated[str, Query(min_length=1, max_length=40, alias="warehouse", description="The code of a warehouse.")]
Mode = Literal["live", "drill", "sandbox"]
View = Annotated[
    str, Query(max_length=20, description="lot, serial, location, zone, temperature or expiry: rows and their order.")
]
Yes = Annotated[bool | None, Query()]


@router.get("/warehouses", responses=answers(403))
async def warehouses(caller: Reading, site: Filter = None) -> Response:
    """The warehouses of the caller's sites."""
    return ExactJson({"items": await stock_board.places(caller.office, caller.actor, site), "next": None})


@router.get("/summary", responses=answers(403, 404))
async def summary(caller: Reading, code: Code, mode: Mode = "live") -> Response:
    """Lots of one warehouse by zone, status and expiry; in stock against on the way; open holds of its site."""
    return ExactJson(await stock_board.summary(caller.office, caller.actor, code, mode))


@router.get("/map", responses=answers(403, 404))
async def cells(caller: Reading, code: Code, mode: Mode = "live") -> Response:
    """Every location of one warehouse: its zone, how many lots, the nearest expiry, whether goods there are stopped."""
    return ExactJson({"items": await stock_board.cells(caller.office, caller.actor, code, mode), "next": None})


@router.get("/board", responses=answers(403, 404))
async def board(
    caller: Reading,
    code: Code,
    view: View = "expiry",
    zone: Filter = None,
    status: Filter = None,
    bucket: Filter = None,
    location: Filter = None,
    product: Filter = None,
    lot: Filter = None,
    serial: Filter = None,
    cold: Yes = None,
    transit: Yes = None,
    q: Filter = None,
    mode: Mode = "live",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The table of one warehouse; `q` is a word or a scanned code."""
    filters = given(
        zone=zone, status=status, bucket=bucket, location=location, product=product, lot=_lot(lot), serial=serial,
        cold=cold, transit=transit, q=q, mode=mode, limit=limit, cursor=_cursor(view, cursor),
    )  # fmt: skip
    return ExactJson(await stock_board.rows(caller.office, caller.actor, code, view, filters))


@router.get("/board.xlsx", responses=answers(403, 404))
async def sheet(
    caller: Reading,
    code: Code,
    view: View = "expiry",
    zone: Filter = None,
    status: Filter = None,
    bucket: Filter = None,
    location: Filter = None,
    cold: Yes = None,
    transit: Yes = None,
    q: Filter = None,
    mode: Mode = "live",
) -> Response:
    """The same table as an Excel sheet, 20,000 rows at most, in the caller's language."""
    filters = given(
        zone=zone, status=status, bucket=bucket, location=location, cold=cold, transit=transit, q=q, mode=mode
    )
    return await _sheet(caller, code, view, filters)


async def _sheet(caller: Caller, code: str, view: str, filters: dict[str, Any]) -> Response:
    lang = "zh" if caller.actor.lang == "zh" else "en"
    content = await board_sheet(caller.office, caller.actor, code, view, filters, lang)
    name = f"stock-{code}-{view}.xlsx".encode("ascii", "replace").decode()
    return Response(content, media_type=MEDIA_TYPE, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _lot(lot: str | None) -> str | None:
    return lot[:16] if lot and lot.startswith("#") else lot


def _cursor(view: str, cursor: str | None) -> str | None:
    return position(cursor, stock_board.cursor_kinds(view))
