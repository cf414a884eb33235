"""Products, partners and places: searched lists by cursor, and one view of each."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.caller import Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Filter, Limit, day, given, position
from api.shapes import answers
from domain.canonical import dumps, loads
from services import master_data

router = APIRouter(tags=["master data"], route_class=ExactRoute)
Search = Annotated[str | None, Query(max_length=100, description="Chinese, pinyin, initials, code or UDI-DI.")]
EndsBefore = Annotated[str | None, Query(max_length=10, description="A date: what ends before it.")]


@router.get("/products", responses=answers())
async def product_list(
    caller: Reading,
    q: Search = None,
    status: Literal["DRAFT", "APPROVED", "STOPPED"] | None = None,
    device_class: Literal["I", "II", "III"] | None = None,
    cold: bool | None = None,
    registration_ends_before: EndsBefore = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Products by code, with the days left of their registration and the units in stock by status."""
    filters = given(
        q=q, state=status, device_class=device_class, cold=cold, limit=limit, cursor=_after(cursor),
        ends_before=day("registration_ends_before", registration_ends_before),
    )  # fmt: skip
    return _page(await master_data.product_list(caller.office, caller.actor, filters))


@router.get("/products/{code}", responses=answers(404))
async def product(caller: Reading, code: str) -> Response:
    """One product: file, UDI-DIs and packs, units, papers, papers of its lots, prices, stock, history."""
    return ExactJson(await master_data.product(caller.office, caller.actor, code))


@router.get("/partners", responses=answers())
async def partner_list(
    caller: Reading,
    q: Search = None,
    kind: Literal["SUPPLIER", "CUSTOMER", "MAKER", "CARRIER"] | None = None,
    paper_ends_before: EndsBefore = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Partners by code, each with the paper that ends first and its qualification."""
    ends = day("paper_ends_before", paper_ends_before)
    filters = given(q=q, kind=kind, ends_before=ends, limit=limit, cursor=_after(cursor))
    return _page(await master_data.partner_list(caller.office, caller.actor, filters))


@router.get("/partners/{code}", responses=answers(404))
async def partner(caller: Reading, code: str) -> Response:
    """One partner: file, papers with days left and scope, contracts, prices, qualification, performance, history."""
    return ExactJson(await master_data.partner(caller.office, caller.actor, code))


@router.get("/locations", responses=answers())
async def location_list(
    caller: Reading,
    q: Search = None,
    warehouse: Filter = None,
    zone: Literal["pending", "qualified", "dispatch", "returns", "rejected"] | None = None,
    kind: Filter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Places of the caller's sites by code."""
    filters = given(q=q, warehouse=warehouse, zone=zone, kind=kind, limit=limit, cursor=_after(cursor))
    return _page(await master_data.location_list(caller.office, caller.actor, filters))


def _after(cursor: str | None) -> str | None:
    """The code after which a page begins. Raises 422 for a cursor that is none of ours."""
    checked = position(cursor, (str,))
    return str(loads(base64.urlsafe_b64decode(checked.encode("ascii")))[0]) if checked else None


def _page(page: Any) -> Response:
    beyond = page["next"]
    next_ = base64.urlsafe_b64encode(dumps([beyond]).encode()).decode("ascii") if beyond else None
    return ExactJson({"items": page["items"], "next": next_})
