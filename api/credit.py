"""What a purchaser may owe: read by whoever sells, set by finance."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Prose, Strict, answers
from services import credit

router = APIRouter(prefix="/partners", tags=["master data"], route_class=ExactRoute)
Code = Annotated[str, Path(max_length=40)]
Yuan = Annotated[Decimal, Field(ge=0, le=10_000_000_000, decimal_places=2)]


class Agreed(Strict):
    """The limit in yuan (`null`: none), days to pay, a credit hold with its reason; the caller's password."""

    credit_limit: Yuan | None = None
    payment_days: Annotated[int, Field(ge=0, le=720)] = 60
    credit_hold: bool = False
    reason: Prose = ""
    password: Annotated[str, Field(max_length=200)]


@router.get("/{code}/credit", responses=answers(403, 404))
async def terms(caller: Reading, code: Code) -> Response:
    """What is agreed with a purchaser and what it owes, in yuan."""
    return ExactJson(await credit.terms(caller.office, caller.actor, code))


@router.put("/{code}/credit", responses=answers(401, 403, 404))
async def set_terms(caller: Acting, code: Code, wanted: Agreed) -> Response:
    """Agree what a purchaser may owe, or stop its credit. Finance alone."""
    limit = None if wanted.credit_limit is None else int(wanted.credit_limit * 100)
    agreed = credit.Terms(limit, wanted.payment_days, wanted.credit_hold, wanted.reason)
    return ExactJson(await credit.set_terms(caller.office, caller.actor, code, agreed, wanted.password))
