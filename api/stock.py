"""Stock: what stands where, what moved."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.caller import Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Filter, Limit, day, given, position
from api.shapes import answers
from services import stock

router = APIRouter(prefix="/stock", tags=["stock"], route_class=ExactRoute)
Lot = Annotated[str | None, Query(max_length=200, description="A lot number, or `#<lot_id>`.")]
Mode = Literal["live", "drill", "sandbox"]


@router.get("/balances", responses=answers())
async def balances(
    caller: Reading,
    lot: Lot = None,
    product: Filter = None,
    warehouse: Filter = None,
    location: Filter = None,
    status: Filter = None,
    expiring_before: Annotated[str | None, Query(max_length=10, description="A date.")] = None,
    mode: Mode = "live",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Quantities above zero by lot, place and status, the nearest expiry first."""
    filters = given(
        lot=_lot(lot), product=product, warehouse=warehouse, location=location, status=status, mode=mode, limit=limit,
        expiring_before=day("expiring_before", expiring_before), cursor=position(cursor, (str, int, int, str)),
    )  # fmt: skip
    return ExactJson(await stock.balances(caller.office, caller.actor, filters))


@router.get("/moves", responses=answers())
async def moves(
    caller: Reading,
    lot: Lot = None,
    product: Filter = None,
    warehouse: Filter = None,
    location: Filter = None,
    status: Filter = None,
    case: Filter = None,
    mode: Mode = "live",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What moved or changed its status, the last first."""
    filters = given(
        lot=_lot(lot), product=product, warehouse=warehouse, location=location, status=status, case=case, mode=mode,
        limit=limit, cursor=position(cursor, (int,)),
    )  # fmt: skip
    return ExactJson(await stock.moves(caller.office, caller.actor, filters))


def _lot(lot: str | None) -> str | None:
    """A lot's id has at most 15 digits; anything longer is nobody's."""
    return lot[:16] if lot and lot.startswith("#") else lot
