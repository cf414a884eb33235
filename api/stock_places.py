"""Goods outside the house: what is on the road or at hospitals, and the places where it stands."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Prose, Strict, Word, answers
from services import stock_places

router = APIRouter(prefix="/stock", tags=["stock"], route_class=ExactRoute)
Kind = Literal["TRANSIT", "KIT_OUT", "CONSIGNMENT"]
Mode = Literal["live", "drill", "sandbox"]


class Place(Strict):
    """A place to open: `TRANSIT` to the warehouse `bound_for`; `KIT_OUT` or `CONSIGNMENT` at the customer `partner`."""

    kind: Kind
    warehouse: Word
    bound_for: Word | None = None
    partner: Word | None = None
    reason: Prose = ""


@router.get("/in-transit", responses=answers(403))
async def away(caller: Reading, kind: Kind | None = None, mode: Mode = "live") -> Response:
    """What is between two warehouses or at a hospital, with the voucher and the case that sent it; the longest away
    first. Goods bound for a site of the caller are there too."""
    return ExactJson(await stock_places.away(caller.office, caller.actor, kind, mode))


@router.get("/places", responses=answers(403))
async def places(caller: Reading) -> Response:
    """The open places outside the house of the caller's sites."""
    return ExactJson(await stock_places.places(caller.office, caller.actor))


@router.post("/places", responses=answers(403, 422, status=201))
async def open_place(caller: Acting, wanted: Place) -> Response:
    """Open a place outside the house, or answer the one that is there. For quality staff."""
    wish = stock_places.Wish(**wanted.model_dump())
    return ExactJson(await stock_places.open_place(caller.office, caller.actor, wish), 201)
