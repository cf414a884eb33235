"""EPCIS 2.0: what happened to goods, for the systems of partners and authorities."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from api.caller import Caller, Reading
from api.exact import ExactJson, ExactRoute, exact_bytes
from api.filters import Cursor, Filter, Limit, given, moment, whole
from api.shapes import answers
from services import epcis

router = APIRouter(prefix="/epcis", tags=["epcis"], route_class=ExactRoute)
MEDIA_TYPE = "application/ld+json"
Lot = Annotated[str | None, Query(max_length=200, description="A lot number, or `#<lot_id>`.")]
Mode = Literal["live", "drill", "sandbox"]
_TO = Query(alias="to", max_length=40, description="Before this RFC 3339 time, or to the end of this date (UTC).")
_FROM = Query(alias="from", max_length=40, description="RFC 3339 time, or a date (UTC).")


@router.get("/events", responses=answers(403))
async def events(
    request: Request,
    caller: Reading,
    lot: Lot = None,
    serial: Filter = None,
    product: Filter = None,
    since: Annotated[str | None, _FROM] = None,
    until: Annotated[str | None, _TO] = None,
    mode: Mode = "live",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """A valid `EPCISDocument` of the events of up to `limit` postings, the oldest first.

    When there are more, `gspflow:next` is the cursor of the next page and a `Link` header leads to it.
    """
    filters = _filters(lot, serial, product, since, until, mode)
    found = await epcis.events(caller.office, caller.actor, {**filters, "limit": limit, "after": whole(cursor)})
    headers: dict[str, str] = {}
    if found["next"] is not None:
        asked = {**request.query_params, "cursor": str(found["next"])}
        headers["Link"] = f'<{request.url.path}?{urlencode(asked)}>; rel="next"'
    return _json(found["document"], headers)


@router.get("/events:export", responses=answers(403))
async def export(
    caller: Reading,
    lot: Lot = None,
    serial: Filter = None,
    product: Filter = None,
    since: Annotated[str | None, _FROM] = None,
    until: Annotated[str | None, _TO] = None,
    mode: Mode = "live",
) -> Response:
    """All events of the same filters as one `EPCISDocument` to save, sent while it is read."""
    found = await epcis.export(caller.office, caller.actor, _filters(lot, serial, product, since, until, mode))
    headers = {"Content-Disposition": 'attachment; filename="epcis-events.jsonld"', "Cache-Control": "no-store"}
    return StreamingResponse(_document(caller, found), media_type=MEDIA_TYPE, headers=headers)


async def _document(caller: Caller, found: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """The document in pieces: the envelope, the events one by one, the end."""
    before = exact_bytes(epcis.opening(caller.office))
    yield before[:-1] + b',"epcisBody":{"eventList":['
    between = b""
    async for event in found:
        yield between + exact_bytes(event)
        between = b","
    yield b"]}}"


def _json(document: Any, headers: dict[str, str]) -> Response:
    answer = ExactJson(document, headers=headers)
    answer.headers["Content-Type"] = MEDIA_TYPE
    return answer


def _filters(*asked: str | None) -> dict[str, Any]:
    lot, serial, product, since, until, mode = asked
    return given(
        lot=lot[:16] if lot and lot.startswith("#") else lot,
        serial=serial, product=product, since=moment("from", since), until=moment("to", until, last=True), mode=mode,
    )  # fmt: skip
