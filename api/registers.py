"""The legal registers: their first rows, and whole ones as Excel sheets or data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import Response, StreamingResponse

from api.caller import Caller, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import day
from api.shapes import answers
from services import registers
from services.spooled import MEDIA, Spooled

router = APIRouter(prefix="/registers", tags=["registers"], route_class=ExactRoute)
Kind = Annotated[str, Path(max_length=40, description="A key of `GET /registers`.")]

Lang = Literal["zh", "en"]


@router.get("", responses=answers())
async def listing(caller: Reading) -> Response:
    """The registers that the caller may read, with the article and the columns of each."""
    return ExactJson({"items": registers.listing(caller.office, caller.actor), "next": None})


@router.get("/{kind}", responses=answers(403, 404, 422), response_class=Response)
async def register(
    caller: Reading,
    kind: Kind,
    begin: Annotated[str | None, Query(alias="from", max_length=10, description="A day, included.")] = None,
    end: Annotated[str | None, Query(alias="to", max_length=10, description="A day, included.")] = None,
    format: Annotated[Literal["json", "xlsx"], Query(description="`json`: exact data; `xlsx`: in words.")] = "json",
    mode: Literal["live", "drill", "sandbox"] = "live",
    lang: Lang | None = None,
) -> Response:
    """All rows of a register, sent as they are written; without days those of the last 31. Exporting is on record."""
    asked = _asked(caller, kind, begin, end, mode, lang)
    return sent(await registers.export(caller.office, caller.actor, asked, format))


def _asked(
    caller: Caller, kind: str, begin: str | None, end: str | None, mode: str, lang: Lang | None
) -> registers.Asked:
    today = caller.office.clock().date()
    last = date.fromisoformat(day("to", end) or (today + timedelta(days=1)).isoformat())
    first = date.fromisoformat(
        day("from", begin) or (last - timedelta(days=min(31, (last - date.min).days))).isoformat()
    )
    return registers.Asked(kind, first, last, lang or ("zh" if caller.actor.lang == "zh" else "en"), mode)


def sent(made: Spooled) -> Response:
    """A written file, piece by piece; its hash is the one on record."""
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Content-Length": str(made.size),
        "X-Content-Type-Options": "nosniff",
        "X-Content-SHA256": made.sha256,
    }
    return StreamingResponse(made.pieces(), 200, headers, MEDIA[made.form])
