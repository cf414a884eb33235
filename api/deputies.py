"""Who stands in for whom, and the duty roster."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from api.accounts import Because
from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Filter, Moment, moment
from api.shapes import Prose, Strict, Word, answers
from domain.clock import to_text
from services import deputies, roster

router = APIRouter(tags=["deputies"], route_class=ExactRoute)
Id = Annotated[str, Path(max_length=40)]
CHANGED = answers(403, 404, 409)
TABLE_MAX = 200_000


class NewDeputy(Strict):
    """Somebody is away: for these posts (none: all), at this site, in this process."""

    deputy: Word
    begins: Word
    ends: Word
    principal: Word | None = None
    site: Word | None = None
    roles: Annotated[list[Word], Field(min_length=1, max_length=30)] | None = None
    definition: Word | None = None
    reason: Prose = ""


class Table(Strict):
    """A roster as CSV: `site,role,username,from,to[,deputy_for]`, hours of the site."""

    table: Annotated[str, Field(max_length=TABLE_MAX)]
    preview: bool = False


@router.get("/deputies", responses=answers(403))
async def listing(caller: Reading, person: Filter = None, every: bool = False) -> Response:
    """One's own rules, those of `person`, or with `every` all that are not over."""
    found = await deputies.listing(caller.office, caller.actor, "*" if every else person)
    return ExactJson({"items": found, "next": None})


@router.post("/deputies", responses=answers(403, 404, 409, status=201))
async def set_rule(caller: Once, wanted: NewDeputy) -> Response:
    """Set a deputy: for oneself, as a superior, or as company head."""
    roles = None if wanted.roles is None else tuple(wanted.roles)
    wish = deputies.Wish(
        wanted.principal or caller.actor.id, wanted.deputy, wanted.begins, wanted.ends, wanted.site, roles,
        wanted.definition, wanted.reason,
    )  # fmt: skip
    return ExactJson(await deputies.set_rule(caller.office, caller.actor, wish), 201)


@router.post("/deputies/{id:word}:end", responses=CHANGED)
async def end_rule(caller: Once, id: Id, why: Because) -> Response:
    """End a rule now."""
    return ExactJson(await deputies.end_rule(caller.office, caller.actor, id, why.reason))


@router.get("/roster", responses=answers())
async def shifts(
    caller: Reading,
    site: Filter = None,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Response:
    """The shifts of the caller's sites in a span of time; from now on for a week when nothing is said."""
    clock = caller.office.clock()
    first = moment("from", since) or to_text(clock)
    last = moment("to", until, last=True) or to_text(clock + timedelta(days=7))
    found = await roster.listing(caller.office, caller.actor, site, first, last)
    return ExactJson({"items": found, "next": None})


@router.post("/roster:import", responses=answers(403))
async def take_in(caller: Once, given: Table) -> Response:
    """Read a table of shifts: all rows or none; with `preview` nothing is written."""
    return ExactJson(await roster.take_in(caller.office, caller.actor, given.table, preview=given.preview))


@router.post("/roster/{id:word}:remove", responses=CHANGED)
async def remove(caller: Once, id: Id, why: Because) -> Response:
    """Take a shift off the roster."""
    await roster.remove(caller.office, caller.actor, id, why.reason)
    return ExactJson({"id": id, "removed": True})
