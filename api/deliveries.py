"""The register of deliveries: what went out to whom, what failed, trying again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.caller import Once, Reading
from api.exact import ExactJson, ExactRoute
from api.filters import Cursor, Filter, Limit, checked_cursor
from api.shapes import answers
from services.outbox import register

router = APIRouter(tags=["notices"], route_class=ExactRoute)
DeliveryId = Annotated[str, Path(max_length=80)]


@router.get("/deliveries", responses=answers(403))
async def listing(
    caller: Reading,
    state: Filter = None,
    channel: Filter = None,
    account: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Deliveries, the newest first: to whom, by which channel, sent and read when, or why not."""
    filters = {
        "state": state, "channel": channel, "account": account, "cursor": checked_cursor(cursor), "limit": limit,
    }  # fmt: skip
    return ExactJson(await register.listing(caller.office, caller.actor, filters))


@router.get("/deliveries/{id:word}", responses=answers(403, 404))
async def one(caller: Reading, id: DeliveryId) -> Response:
    """Every attempt at the message of a delivery."""
    return ExactJson(await register.attempts(caller.office, caller.actor, id))


@router.post("/deliveries/{id:word}:retry", responses=answers(403, 404, 409))
async def retry(caller: Once, id: DeliveryId) -> Response:
    """Send a failed or given-up delivery again."""
    return ExactJson(await register.retry(caller.office, caller.actor, id))


@router.get("/cases/{id:word}/deliveries", responses=answers(403, 404))
async def of_case(caller: Reading, id: DeliveryId) -> Response:
    """The deliveries of everything a case told people."""
    return ExactJson({"items": await register.of_case(caller.office, caller.actor, id), "next": None})
