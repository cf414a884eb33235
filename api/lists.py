"""Every list as an Excel sheet, with the filters of the list itself."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.caller import Reading
from api.exact import ExactRoute
from api.filters import day, moment
from api.problems import Problem
from api.registers import sent
from api.shapes import answers, fault
from services import list_sheets

router = APIRouter(prefix="/lists", tags=["lists"], route_class=ExactRoute)
_TIMES = {"from": False, "to": True, "due_before": False}
"""Filters that are times; whether a day means its end."""
_DAYS = ("ends_before", "expiring_before")
_YES = ("cold", "snoozed")
_LONGEST = 200


@router.get("/{kind}.xlsx", responses=answers(403, 404, 422), response_class=Response)
async def sheet(
    caller: Reading,
    request: Request,
    kind: Annotated[
        str,
        Path(
            max_length=40,
            description="`tasks`, `cases`, `products`, `partners`, `locations`, `balances`, `moves`, "
            "`vouchers`, `reservations`, `holds`, `audit`, `deliveries`.",
        ),
    ],
    lang: Literal["zh", "en"] | None = None,
) -> Response:
    """A list as a sheet, at most 100,000 rows; the query holds the filters that the list takes. Exporting is on record."""
    filters = {name: _read(name, value) for name, value in request.query_params.items() if name != "lang"}
    words = lang or ("zh" if caller.actor.lang == "zh" else "en")
    return sent(await list_sheets.export(caller.office, caller.actor, kind, filters, words))


def _read(name: str, value: str) -> str | bool | None:
    if len(value) > _LONGEST:
        why = fault(f"/query/{name[:40]}", "too_long", f"最多 {_LONGEST} 个字符。", f"At most {_LONGEST} characters.")
        raise Problem(422, "too_long", why.message, faults=(why,))
    if name in _TIMES:
        return moment(name, value, last=_TIMES[name])
    if name in _YES:
        return value in ("yes", "true")
    return day(name, value) if name in _DAYS else value
