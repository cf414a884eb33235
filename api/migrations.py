"""Running cases and a new version: what would become of them, changing one, changing many with a canary."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from api.caller import Acting, Reading
from api.definitions import Name, Number
from api.exact import ExactJson, ExactRoute
from api.filters import Filter
from api.shapes import Prose, Signature, Strict, Word, answers, proof_of
from services import migration_cases, migration_undo, migrations

router = APIRouter(tags=["migrations"], route_class=ExactRoute)
Key = Annotated[str, Path(max_length=64)]


class PlanShape(Strict):
    """Where open steps go that the new version has no place for, and expressions for data that do not fit."""

    map: dict[Word, Word] = Field(default_factory=dict)
    set: dict[Word, str | int] = Field(default_factory=dict)


class Change(Strict):
    """A change of one case; `preview: true` tells what would happen and changes nothing."""

    version: Word
    plan: PlanShape | None = None
    preview: bool = False
    reason: Prose | None = None
    signature: Signature | None = None


class Looking(Strict):
    """A plan to look at."""

    plan: PlanShape | None = None


class Proposed(Strict):
    """A change of many cases: all running ones of older versions, or `cases` only."""

    definition: Word
    version: Word
    plan: PlanShape | None = None
    reason: Prose
    canary: int = Field(default=migrations.CANARY, ge=1, le=migrations.CASES_MAX)
    cases: list[Word] = Field(default_factory=list, max_length=migrations.CASES_MAX)


class Signed(Strict):
    """The quality director's signature."""

    signature: Signature | None = None


class Undone(Signed):
    """The signature, and the one case it is about; none named: all that came through."""

    case: Word | None = None


class Stopped(Strict):
    """Why no further case is changed."""

    reason: Prose


def _plan(shape: PlanShape | None) -> Any:
    return None if shape is None else {"map": dict(shape.map), "set": dict(shape.set)}


@router.post("/cases/{id:word}:migrate", responses=answers(403, 404, 409))
async def migrate(caller: Acting, id: Key, wanted: Change) -> Response:
    """Change a running case to another version, signed by the quality director; or tell what that would do."""
    plan = _plan(wanted.plan)
    if wanted.preview:
        shown = await migration_cases.preview(caller.office, caller.actor, id, wanted.version, plan)
        return ExactJson(shown)
    order = migration_cases.Order(id, wanted.version, plan, wanted.reason)
    proof = proof_of(wanted.signature)
    done = await migration_cases.migrate(caller.office, caller.actor, order, proof, caller.key)
    return ExactJson(done, 202 if done["recorded"] else 200)


@router.post("/definitions/{name:word}/versions/{version:word}:impact", responses=answers(403, 404, 409))
async def impact(caller: Reading, name: Name, version: Number, wanted: Looking) -> Response:
    """The verdict of every running case of an older version, drafts and submitted versions included."""
    return ExactJson(await migrations.impact(caller.office, caller.actor, name, version, _plan(wanted.plan)))


@router.get("/migrations", responses=answers(403))
async def listing(caller: Reading, definition: Filter = None) -> Response:
    """Migrations of many cases, the last proposed first."""
    found: list[Any] = await migrations.listing(caller.office, caller.actor, definition)
    return ExactJson({"items": found, "next": None})


@router.get("/migrations/{id:word}", responses=answers(403, 404))
async def one(caller: Reading, id: Key) -> Response:
    """A migration with the verdict and the outcome of each case."""
    return ExactJson(await migrations.one(caller.office, caller.actor, id))


@router.post("/migrations", responses=answers(403, 404, status=201))
async def propose(caller: Acting, wanted: Proposed) -> Response:
    """Propose to change running cases; a process owner does that."""
    proposal = migrations.Proposal(
        wanted.definition, wanted.version, _plan(wanted.plan), wanted.reason, wanted.canary, tuple(wanted.cases)
    )
    made = await migrations.propose(caller.office, caller.actor, proposal)
    return ExactJson(made, 201, {"Location": f"/api/v1/migrations/{made['id']}"})


@router.post("/migrations/{id:word}:sign", responses=answers(403, 404, 409))
async def sign(caller: Acting, id: Key, wanted: Signed) -> Response:
    """The quality director's signature: the first cases are changed from now on."""
    return ExactJson(await migrations.sign(caller.office, caller.actor, id, proof_of(wanted.signature)))


@router.post("/migrations/{id:word}:continue", responses=answers(403, 404, 409))
async def go_on(caller: Acting, id: Key) -> Response:
    """The first cases came out as they should: now the rest."""
    return ExactJson(await migrations.go_on(caller.office, caller.actor, id))


@router.post("/migrations/{id:word}:stop", responses=answers(403, 404, 409))
async def stop(caller: Acting, id: Key, wanted: Stopped) -> Response:
    """No further case is changed."""
    return ExactJson(await migrations.stop(caller.office, caller.actor, id, wanted.reason))


@router.post("/migrations/{id:word}:undo", responses=answers(403, 404, 409))
async def undo(caller: Acting, id: Key, wanted: Undone) -> Response:
    """Change cases back, as long as no step was completed after the change."""
    proof = proof_of(wanted.signature)
    return ExactJson(await migration_undo.undo(caller.office, caller.actor, id, proof, wanted.case))
