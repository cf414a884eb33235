"""Working-time calendars: what is in force, a year day by day, and changing it. `_all` stands for the whole company."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.shapes import Strict, Word, answers
from services import calendar_changes, calendars

router = APIRouter(tags=["calendars"], route_class=ExactRoute)
Site = Annotated[str, Path(max_length=40)]
Day = Annotated[str, Path(max_length=10)]
Year = Annotated[int, Path(ge=1, le=9999)]
Span = Annotated[str, Field(max_length=11)]
Hours = Annotated[list[Span], Field(max_length=6)]


class DayShape(Strict):
    """A day on which other hours are worked; `hours` left out on a working day: the usual ones."""

    working: bool
    hours: Hours | None = None
    reason: Word


class ReasonShape(Strict):
    """Why."""

    reason: Word


class WeekShape(Strict):
    """The regular hours of Monday to Sunday; `null`: a site takes the company's, the company the usual ones."""

    week: Annotated[list[Hours], Field(min_length=7, max_length=7)] | None
    reason: Word


class ConfirmShape(Strict):
    """`source` names the announcement with which the year was compared."""

    source: Word


@router.get("/calendars", responses=answers(403))
async def listing(caller: Reading) -> Response:
    """The calendar in force at every site."""
    return ExactJson({"items": await calendars.listing(caller.office, caller.actor), "next": None})


@router.get("/calendars/{site:word}/years/{year}", responses=answers(403, 404))
async def year(caller: Reading, site: Site, year: Year) -> Response:
    """A year of a calendar, day by day, with what is set by whom and why."""
    return ExactJson(await calendars.year(caller.office, caller.actor, site, year))


@router.get("/calendars/{site:word}/due", responses=answers(403, 404))
async def due(
    caller: Reading,
    site: Site,
    duration: Annotated[str, Query(max_length=40)],
    at: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """When something that begins at `at` is due, like `work:P3D`, `work:PT2H`, `P1D`."""
    return ExactJson(await calendars.due(caller.office, caller.actor, site, duration, at))


@router.put("/calendars/{site:word}/days/{day:word}", responses=answers(403, 404, 409))
async def set_day(caller: Once, site: Site, day: Day, wanted: DayShape) -> Response:
    """Make a day worked or free."""
    given = wanted.model_dump()
    return ExactJson(await calendar_changes.set_day(caller.office, caller.actor, site, day, **given))


@router.post("/calendars/{site:word}/days/{day:word}:clear", responses=answers(403, 404, 409))
async def clear_day(caller: Once, site: Site, day: Day, wanted: ReasonShape) -> Response:
    """Take back what was set for a day."""
    return ExactJson(await calendar_changes.clear_day(caller.office, caller.actor, site, day, wanted.reason))


@router.put("/calendars/{site:word}/week", responses=answers(403, 404))
async def set_week(caller: Once, site: Site, wanted: WeekShape) -> Response:
    """Set the regular hours from now on."""
    changed = await calendar_changes.set_week(caller.office, caller.actor, site, wanted.week, wanted.reason)
    return ExactJson(changed)


@router.post("/calendars/years/{year}:confirm", responses=answers(403, 409))
async def confirm(caller: Once, year: Year, wanted: ConfirmShape) -> Response:
    """Say that the public holidays of a year are final as they stand."""
    return ExactJson(await calendar_changes.confirm_year(caller.office, caller.actor, year, wanted.source))
