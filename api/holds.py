"""Goods on hold: anybody stops them, quality lets them go."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Filter, Limit, given
from api.shapes import Prose, Signature, Strict, Word, answers, proof_of
from services import holds

router = APIRouter(prefix="/stock/holds", tags=["stock"], route_class=ExactRoute)
Id = Annotated[str, Path(max_length=64)]
Mode = Literal["live", "drill", "sandbox"]


class Stop(Strict):
    """What to stop: a whole `lot` (its number, or `#<lot_id>`) at the site, only what stands at `location`, or one
    `serial`; an optional word why."""

    lot: Word | None = None
    product: Word | None = None
    location: Word | None = None
    serial: Word | None = None
    reason: Prose = ""
    site: Word | None = None
    mode: Mode = "live"


class Inspected(Strict):
    """The signed inspection since the hold that passed the goods: its case and record number."""

    case: Word
    seq: Annotated[int, Field(ge=1, le=1_000_000)]


class Ruling(Strict):
    """How the goods are let go, why, and the signature (`quality_rule`, with password or badge)."""

    to: Word = "PENDING"
    reason: Prose = ""
    inspection: Inspected | None = None
    signature: Signature | None = None


@router.post("", responses=answers(403, 409, status=201))
async def hold(caller: Acting, wanted: Stop) -> Response:
    """Put goods on hold, at once; no signature is asked for. The same `Idempotency-Key` does it once."""
    wish = holds.Wish(**wanted.model_dump())
    return ExactJson(await holds.hold(caller.office, caller.actor, wish, caller.key), 201)


@router.get("", responses=answers(403))
async def listing(
    caller: Reading,
    site: Filter = None,
    lot: Filter = None,
    product: Filter = None,
    state: Literal["open", "released"] | None = None,
    mode: Mode = "live",
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before.")] = None,
) -> Response:
    """Holds, the newest first, with the ruling that ended each."""
    lot = lot[:16] if lot and lot.startswith("#") else lot
    filters = given(site=site, lot=lot, product=product, state=state, mode=mode, limit=limit, cursor=cursor)
    return ExactJson(await holds.listing(caller.office, caller.actor, filters))


@router.get("/{id:word}", responses=answers(403, 404))
async def detail(caller: Reading, id: Id) -> Response:
    """One hold."""
    return ExactJson(await holds.detail(caller.office, caller.actor, id))


@router.post("/{id:word}:release", responses=answers(401, 403, 404, 409))
async def release(caller: Acting, id: Id, wanted: Ruling) -> Response:
    """Let held goods go: signed by quality staff alone (GSP 74), back to PENDING, or to QUALIFIED on a new inspection."""
    found = wanted.inspection
    ruling = holds.Ruling(wanted.to, wanted.reason.strip(), found.case if found else None, found.seq if found else None)
    done = await holds.release(caller.office, caller.actor, id, ruling, proof_of(wanted.signature), caller.key)
    return ExactJson(done)
