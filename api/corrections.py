"""Corrections of signed records."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting
from api.exact import ExactJson, ExactRoute
from api.shapes import Prose, Signature, Strict, answers, proof_of
from services import corrections

router = APIRouter(tags=["cases"], route_class=ExactRoute)


class Amendment(Strict):
    """Record number, pointer to the field in what was entered, the right value, and why."""

    seq: Annotated[int, Field(ge=1, le=1_000_000)]
    field: Annotated[str, Field(pattern="^/", max_length=200)]
    value: Any
    reason: Prose
    signature: Signature | None = None


@router.post("/cases/{id:word}:amend", responses=answers(403, 404, 409))
async def amend(caller: Acting, id: Annotated[str, Path(max_length=64)], wanted: Amendment) -> Response:
    """Correct what was entered in a running case, signed by quality; the old value stays on record (GSP 22)."""
    wish = corrections.Correction(id, wanted.seq, wanted.field, wanted.value, wanted.reason)
    proof = proof_of(wanted.signature)
    done = await corrections.amend(caller.office, caller.actor, wish, proof, caller.key)
    return ExactJson(done, 202 if done["recorded"] else 200)
