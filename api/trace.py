"""Tracing: a lot down and up, a unit's life, what a paper did; the scope of a recall."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from api.caller import Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Limit, position
from api.problems import Problem
from api.shapes import Strict, Word, answers, fault
from domain.canonical import INTEGER_MAX
from services import trace, trace_lots, trace_papers

router = APIRouter(tags=["trace"], route_class=ExactRoute)
Id = Annotated[int, Path(ge=1, le=INTEGER_MAX)]
Direction = Literal["down", "up"]
Mode = Literal["live", "drill", "sandbox"]
ByLot = Annotated[bool, Query(description="Tell each lot of a partner by itself.")]


class NamedLot(Strict):
    """A lot by what stands on the box: code of the product and lot number; all expiry dates unless one is given."""

    product: Word
    lot: Word
    expiry: Annotated[str | None, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = None


class Recalled(Strict):
    """The lots of a recall: ids, lot numbers, or lots of a product."""

    lots: Annotated[
        list[Annotated[int, Field(ge=1, le=INTEGER_MAX)] | Word | NamedLot], Field(min_length=1, max_length=200)
    ]
    mode: Mode = "live"
    by_lot: bool = True


@router.get("/trace/lots/{lot_id}", responses=answers(403, 404))
async def lot(caller: Reading, lot_id: Id, direction: Direction = "down", by_lot: ByLot = False) -> Response:
    """Down: lots made of it, what stands where, who has it, net of returns and reversals. Up: what it is made of, and the suppliers."""
    return ExactJson(await trace.lot(caller.office, caller.actor, lot_id, direction, by_lot=by_lot))


@router.get("/trace/lots/{lot_id}/steps", responses=answers(403))
async def steps(
    caller: Reading,
    lot_id: Id,
    partner: Annotated[int | None, Query(ge=1, le=INTEGER_MAX)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Every move of a lot, the last first, with its papers and the person who answers for it."""
    after = position(cursor, (str, int))
    return ExactJson(await trace_papers.lot_steps(caller.office, caller.actor, lot_id, after, limit, partner))


@router.get("/trace/serials/{serial_id}", responses=answers(403, 404))
async def serial(caller: Reading, serial_id: Id) -> Response:
    """The life of a unit, the first step first."""
    return ExactJson(await trace_papers.serial(caller.office, caller.actor, serial_id))


@router.get("/trace/documents", responses=answers(403, 404))
async def document(
    caller: Reading, number: Annotated[str, Query(min_length=1, max_length=200)], mode: Mode = "live"
) -> Response:
    """What a purchase order, a delivery note or a case moved, the first step first."""
    return ExactJson(await trace_papers.document(caller.office, caller.actor, number, mode))


@router.get("/trace/search", responses=answers(403))
async def search(
    caller: Reading,
    q: Annotated[str, Query(min_length=1, max_length=500, description="A scanned code or any number on the goods.")],
    product: Annotated[str, Query(max_length=200)] = "",
    mode: Mode = "live",
) -> Response:
    """Lots, units and papers with this number, or with what a scanned code says."""
    found: Any = await trace_papers.search(caller.office, caller.actor, q, product, mode)
    said = found["fault"] and found["fault"][caller.actor.lang]
    return ExactJson({**found, "fault": said, "read": _read(found["read"], caller.actor.lang)})


@router.post("/recalls:scope", responses=answers(403, 404))
async def scope(caller: Reading, body: Recalled) -> Response:
    """Everything that a recall of these lots has to reach, with the hash to freeze it by."""
    wanted = [one.model_dump() if isinstance(one, NamedLot) else one for one in body.lots]
    found = await trace_lots.named(caller.office, caller.actor, wanted, body.mode)
    if found.faults:
        faults = tuple(fault(one.pointer, one.code, one.message.zh, one.message.en) for one in found.faults)
        raise Problem(422, faults[0].code, faults[0].message, faults=faults)
    return ExactJson(await trace.scope(caller.office, caller.actor, found.lots, by_lot=body.by_lot))


def _read(read: Any, lang: str) -> Any:
    return read and {**read, "warnings": [{**one, "message": one["message"][lang]} for one in read["warnings"]]}
