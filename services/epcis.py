"""What happened to goods as EPCIS 2.0 events: by lot, serial number, product and time, in pages or as one document.

Bounded by the sites of whoever asks; readings by auditors and guests are on record, as all their readings are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypedDict

from domain.epcis.events import NAMESPACE, document, envelope, events_of
from domain.epcis.movements import Company
from domain.json_types import JsonObject
from records.epcis_rows import EventFilter, owner
from records.epcis_rows import page as posting_page
from services import people
from services.actor import Actor
from services.office import Office
from services.refusals import no_business, refuse

LIMIT = 50
_CHUNK = 200
"""Postings read at a time for a whole document."""


class EventPage(TypedDict):
    """A document of some events, and the posting after which the next page begins."""

    document: JsonObject
    next: int | None


async def events(office: Office, actor: Actor, filters: dict[str, Any]) -> EventPage:
    """The events of up to ``limit`` postings by ``lot`` (a number or ``#<id>``), ``serial``, ``product``, ``since``,
    ``until``, ``mode``, the oldest first, after the posting ``after``."""
    await _need(office, actor, filters)
    company = await office.db.reading(owner, office.company)
    wanted, limit = _wanted(office, actor, filters), int(filters.get("limit") or LIMIT)
    found, beyond = await _events(office, company, wanted, int(filters.get("after") or 0), limit)
    made = document(found, office.now())
    if beyond is not None:
        made[f"{NAMESPACE}:next"] = str(beyond)
    return {"document": made, "next": beyond}


async def export(office: Office, actor: Actor, filters: dict[str, Any]) -> AsyncIterator[JsonObject]:
    """All events of the same filters, one by one; whoever may not read is refused before the first."""
    await _need(office, actor, filters)
    company = await office.db.reading(owner, office.company)
    return _all(office, company, _wanted(office, actor, filters))


def opening(office: Office) -> JsonObject:
    """What stands before the events of an export."""
    return envelope(office.now())


async def _all(office: Office, company: Company, wanted: EventFilter) -> AsyncIterator[JsonObject]:
    after: int | None = 0
    while after is not None:
        found, after = await _events(office, company, wanted, after, _CHUNK)
        for event in found:
            yield event


async def _events(
    office: Office, company: Company, wanted: EventFilter, after: int, limit: int
) -> tuple[list[JsonObject], int | None]:
    page = await office.db.reading(posting_page, wanted, after, limit)
    made = await office.db.run(lambda: [event for one in page.postings for event in events_of(one, company)])
    return made, page.beyond


async def _need(office: Office, actor: Actor, filters: dict[str, Any]) -> None:
    """Refuse, on record, whoever only keeps the system running; note the readings of auditors."""
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_epcis", "subject": "events"})
    asked: JsonObject = {name: str(value) for name, value in filters.items() if value}
    await people.note_reading(office, actor, "epcis/events", asked)


def _wanted(office: Office, actor: Actor, filters: dict[str, Any]) -> EventFilter:
    return EventFilter(
        lot=filters.get("lot") or None,
        serial=filters.get("serial") or None,
        product=filters.get("product") or None,
        since=filters.get("since") or None,
        until=filters.get("until") or None,
        mode=filters.get("mode") or "live",
        sites=actor.works_at(),
        company=office.company,
    )
