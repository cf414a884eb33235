"""Periodic SOPs: what starts by itself, how often, and what became of each period."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Prose, Strict, Word, answers
from services import schedule_runs, schedules

router = APIRouter(tags=["schedules"], route_class=ExactRoute)
Key = Annotated[str, Path(max_length=60)]


class TitleShape(Strict):
    """Words in both languages."""

    zh: Word
    en: Word


class ScheduleShape(Strict):
    """A periodic SOP.

    `rhythm` is one of `{every: day, at, working_days}`, `{every: week, weekday, at}`, `{every: month, day, at}`,
    `{every: quarter, month, day, at}`, `{every: year, month, day, at}`, with `days_before` for the last three. In `start`
    the words `{period}`, `{day}`, `{year}`, `{month}` are filled in. `owner` (left out: the caller) is told of what goes
    wrong.
    """

    process: Word
    site: Word
    title: TitleShape
    rhythm: dict[str, Any]
    start: dict[str, Any] = Field(default_factory=dict)
    versions: Word = "*"
    overlap: Annotated[str, Field(pattern="^(start|skip)$")] = "start"
    owner: Word | None = None
    catch_up_days: Annotated[int, Field(ge=1, le=schedules.CATCH_UP_MAX)] = 31
    reason: Prose


class ReasonShape(Strict):
    """Why."""

    reason: Prose


class PeriodShape(Strict):
    """A period by its name, like `2026-11`."""

    period: Word


@router.get("/schedules", responses=answers(403))
async def listing(caller: Reading) -> Response:
    """The periodic SOPs of the caller's sites, with the next and the last period of each."""
    return ExactJson({"items": await schedules.listing(caller.office, caller.actor), "next": None})


@router.get("/schedules/{key:word}", responses=answers(403, 404))
async def detail(caller: Reading, key: Key) -> Response:
    """One periodic SOP with its latest periods."""
    return ExactJson(await schedules.detail(caller.office, caller.actor, key))


@router.put("/schedules/{key:word}", responses=answers(403, 404, 409))
async def save(caller: Once, key: Key, wanted: ScheduleShape) -> Response:
    """Make a periodic SOP or change it."""
    wish = schedules.Wish(**wanted.model_dump())
    return ExactJson(await schedules.save(caller.office, caller.actor, key, wish))


@router.post("/schedules/{key:word}:pause", responses=answers(403, 404, 409))
async def pause(caller: Once, key: Key, wanted: ReasonShape) -> Response:
    """Nothing starts until it is resumed."""
    return ExactJson(await schedules.pause(caller.office, caller.actor, key, wanted.reason))


@router.post("/schedules/{key:word}:resume", responses=answers(403, 404, 409))
async def resume(caller: Once, key: Key, wanted: ReasonShape) -> Response:
    """From now on it starts again."""
    return ExactJson(await schedules.resume(caller.office, caller.actor, key, wanted.reason))


@router.post("/schedules/{key:word}:retire", responses=answers(403, 404, 409))
async def retire(caller: Once, key: Key, wanted: ReasonShape) -> Response:
    """For good."""
    return ExactJson(await schedules.retire(caller.office, caller.actor, key, wanted.reason))


@router.post("/schedules/{key:word}:run", responses=answers(403, 404, 409))
async def run(caller: Once, key: Key, wanted: PeriodShape) -> Response:
    """Start a period that was refused or missed."""
    return ExactJson(await schedule_runs.start_period(caller.office, caller.actor, key, wanted.period))
