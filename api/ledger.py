"""The stock ledger as it is kept: postings with their vouchers, reservations, statements of owners."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.caller import Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Filter, Limit, Moment, given, moment, whole
from api.shapes import answers
from services import ledger

router = APIRouter(prefix="/stock", tags=["stock"], route_class=ExactRoute)
Mode = Literal["live", "drill", "sandbox"]
State = Literal["open", "consumed", "released", "expired", "broken"]


@router.get("/postings", responses=answers())
async def postings(
    caller: Reading,
    warehouse: Filter = None,
    voucher: Filter = None,
    case: Filter = None,
    kind: Filter = None,
    mode: Mode = "live",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Postings with their voucher numbers and how often each was printed, the last first."""
    filters = given(
        warehouse=warehouse, voucher=voucher, case=case, kind=kind, mode=mode, limit=limit, cursor=whole(cursor)
    )
    return ExactJson(await ledger.postings(caller.office, caller.actor, filters))


@router.get("/reservations", responses=answers())
async def reservations(
    caller: Reading,
    task: Filter = None,
    lot: Filter = None,
    state: State | None = None,
    mode: Mode = "live",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Goods promised to tasks, the last promise first."""
    filters = given(task=task, lot=lot, state=state, mode=mode, limit=limit, cursor=whole(cursor))
    return ExactJson(await ledger.reservations(caller.office, caller.actor, filters))


@router.get("/owners/{owner}/statement", responses=answers())
async def statement(
    caller: Reading,
    owner: Annotated[str, Path(max_length=200, description="The owner of the goods; `-` is ourselves.")],
    from_: Annotated[Moment, Query(alias="from")] = None,
    to: Moment = None,
    mode: Mode = "live",
) -> Response:
    """What an owner's lots began with, what came, what went and what is left at the caller's sites."""
    begin, end = moment("from", from_), moment("to", to, last=True)
    return ExactJson(await ledger.owner_statement(caller.office, caller.actor, owner, begin, end, mode))
