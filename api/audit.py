"""The audit chain: what was refused, what happened in administration, whether everything still holds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.caller import Acting, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Filter, Limit, Moment, event_cursor, given, moment
from api.shapes import Strict, answers
from services import audit, history

router = APIRouter(tags=["audit"], route_class=ExactRoute)
From = Annotated[Moment, Query(alias="from")]
To = Annotated[Moment, Query(alias="to")]


class Verification(Strict):
    """`full` compares every value of every case with its history; otherwise the recent ones by their hashes."""

    full: bool = False


@router.get("/refusals", responses=answers(403))
async def refusals(
    caller: Reading,
    site: Filter = None,
    rule: Filter = None,
    actor: Filter = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What was refused, the last first."""
    filters = given(site=site, rule=rule, actor=actor, limit=limit, cursor=event_cursor(cursor))
    return ExactJson(await history.all_refusals(caller.office, caller.actor, {**filters, **_period(since, until)}))


@router.get("/audit/events", responses=answers(403))
async def events(
    caller: Reading,
    stream: Filter = None,
    prefix: Filter = None,
    actor: Filter = None,
    case: Filter = None,
    rule: Filter = None,
    since: From = None,
    until: To = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Events of the audit streams with their hashes, the last first."""
    filters = given(
        stream=stream, prefix=prefix, actor=actor, case=case, rule=rule, limit=limit, cursor=event_cursor(cursor)
    )
    return ExactJson(await audit.events(caller.office, caller.actor, {**filters, **_period(since, until)}))


def _period(since: str | None, until: str | None) -> dict[str, str]:
    return given(**{"from": moment("from", since), "to": moment("to", until, last=True)})


@router.post("/audit:verify", responses=answers(403))
async def verify(caller: Acting, wanted: Verification | None = None) -> Response:
    """Recompute hash chains, signatures and ledger, and name the first record that does not hold."""
    thorough = wanted is not None and wanted.full
    return ExactJson(await audit.verify(caller.office, caller.actor, thorough=thorough))
