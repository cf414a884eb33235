"""Files of persons: education, titles, trainings, health checks, authorisations; and planned trainings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from api.accounts import Because, Username
from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Lenient, Strict, Word, answers
from services import staff, trainings

router = APIRouter(tags=["staff"], route_class=ExactRoute)
Number = Annotated[int, Path(ge=1, le=10**12)]
CHANGED = answers(403, 404, 409)
Sha = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class NewRecord(Strict):
    """A record for somebody's file; `kind`, `subject`, `level` and `result` are keys of `GET /staff/book`."""

    kind: Word
    subject: Word
    on_date: Word
    level: Word = ""
    text: Word = ""
    number: Word = ""
    result: Word = ""
    score: Word = ""
    valid_until: Word | None = None
    site: Word | None = None
    file_sha256: Sha | None = None


class NewTraining(Strict):
    """A training to come."""

    site: Word
    course: Word
    subject: Word
    planned_on: Word
    posts: Annotated[list[Word], Field(min_length=1, max_length=30)]
    trainer: Word = ""


class Result(Lenient):
    """What one person's assessment came to."""

    username: Word
    result: Word
    score: Word = ""


class Results(Strict):
    """The results of a training that was held."""

    held_on: Word
    items: Annotated[list[Result], Field(min_length=1, max_length=200)]


@router.get("/staff", responses=answers(403))
async def overview(caller: Reading) -> Response:
    """Everybody: whether there is a file, what ran out, what runs out within 60 days."""
    return ExactJson({"items": await staff.overview(caller.office, caller.actor), "next": None})


@router.get("/staff/book", responses=answers())
async def book(caller: Reading) -> Response:
    """The kinds of records with their subjects, levels and results, and the needs that steps may name."""
    return ExactJson(await staff.book(caller.office, caller.actor))


@router.get("/staff/{username:word}", responses=answers(403, 404))
async def one(caller: Reading, username: Username) -> Response:
    """The file of a person; everybody may look at their own."""
    return ExactJson(await staff.file_of(caller.office, caller.actor, username))


@router.post("/staff/{username:word}:add_record", responses=CHANGED)
async def add(caller: Once, username: Username, wanted: NewRecord) -> Response:
    """Put a record on somebody's file."""
    entry = staff.Entry(**wanted.model_dump())
    return ExactJson(await staff.add(caller.office, caller.actor, username, entry))


@router.post("/staff/records/{number}:withdraw", responses=CHANGED)
async def withdraw(caller: Once, number: Number, why: Because) -> Response:
    """A record was entered wrong: it stays, and counts no longer."""
    return ExactJson(await staff.withdraw(caller.office, caller.actor, number, why.reason))


@router.get("/trainings", responses=answers(403))
async def trainings_listing(caller: Reading) -> Response:
    """Planned trainings, whom they are for, and the results."""
    return ExactJson({"items": await trainings.listing(caller.office, caller.actor), "next": None})


@router.post("/trainings", responses=answers(403, status=201))
async def plan(caller: Once, wanted: NewTraining) -> Response:
    """Plan a training."""
    given = wanted.model_dump()
    wish = trainings.Wish(**{**given, "posts": tuple(given["posts"])})
    return ExactJson(await trainings.plan(caller.office, caller.actor, wish), 201)


@router.post("/trainings/{number}:results", responses=CHANGED)
async def results(caller: Once, number: Number, given: Results) -> Response:
    """Enter results; each person is judged alone and goes onto the file alone."""
    entries: list[Any] = [one.model_dump() for one in given.items]
    return ExactJson(await trainings.results(caller.office, caller.actor, number, given.held_on, entries))
