"""Scanned codes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.caller import Reading
from api.exact import ExactJson, ExactRoute
from api.problems import Problem
from api.shapes import Strict, answers
from services import udi

router = APIRouter(tags=["udi"], route_class=ExactRoute)


class Scan(Strict):
    """What a scanner read, control characters and all."""

    barcode: Annotated[str, Field(max_length=2000)]


@router.post("/udi:parse", responses=answers())
async def parse(caller: Reading, scan: Scan) -> Response:
    """Issuer, device identifier, lot, serial, dates of a code, or where it stops being readable."""
    try:
        found: Any = udi.parse(scan.barcode)
    except udi.UdiFault as fault:
        more = {"position": fault.position}
        raise Problem(422, fault.code, fault.text, faults=(udi.as_fault(fault),), more=more) from fault
    lang = caller.actor.lang
    warnings = [{**one, "message": one["message"][lang]} for one in found["warnings"]]
    return ExactJson({**found, "warnings": warnings})
