"""What stands where and what moved: pages of balances and moves, bounded by the sites of whoever asks."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from domain.canonical import CanonicalError, dumps, loads
from domain.json_types import JsonObject
from records.stock_pages import StockFilter
from records.stock_pages import balances as balance_page
from records.stock_pages import moves as move_page
from services import people
from services.actor import Actor
from services.office import Office
from services.refusals import no_business, refuse
from services.views import Page

LIMIT = 50


async def balances(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """Stock in real places by `lot`, `product`, `warehouse`, `status`, `location`, `expiring_before`;
    nearest expiry first.

    `lot` is a lot number, or `#<id>` for one lot. Raises `ValueError` for a cursor that we did not make.
    """
    await _need(office, actor, "balances")
    after = position_of(filters.get("cursor"), 4)
    rows, beyond = await office.db.reading(balance_page, _wanted(office, actor, filters), after, _limit(filters))
    await _note(office, actor, "stock/balances", filters)
    return {"items": rows, "next": text_of(beyond)}


async def moves(office: Office, actor: Actor, filters: dict[str, Any]) -> Page:
    """Moves by the same filters and `case`, newest first. Raises `ValueError` for a cursor that we did not
    make."""
    await _need(office, actor, "moves")
    position = position_of(filters.get("cursor"), 1)
    after = position[0] if position else None
    rows, beyond = await office.db.reading(move_page, _wanted(office, actor, filters), after, _limit(filters))
    await _note(office, actor, "stock/moves", filters)
    return {"items": rows, "next": text_of(None if beyond is None else [beyond])}


async def _need(office: Office, actor: Actor, what: str) -> None:
    """Refuse, on record, whoever only keeps the system running."""
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_stock", "subject": what})


def _wanted(office: Office, actor: Actor, filters: dict[str, Any]) -> StockFilter:
    return StockFilter(
        lot=filters.get("lot") or None,
        product=filters.get("product") or None,
        warehouse=filters.get("warehouse") or None,
        status=filters.get("status") or None,
        location=filters.get("location") or None,
        case_id=filters.get("case") or None,
        expiring_before=filters.get("expiring_before") or None,
        mode=filters.get("mode") or "live",
        sites=actor.works_at(),
        company=office.company,
    )


async def _note(office: Office, actor: Actor, what: str, filters: dict[str, Any]) -> None:
    """Reading by auditors and guests is on record."""
    asked: JsonObject = {name: str(value) for name, value in filters.items() if value}
    await people.note_reading(office, actor, what, asked)


def _limit(filters: dict[str, Any]) -> int:
    return int(filters.get("limit") or LIMIT)


def text_of(position: list[Any] | None) -> str | None:
    """The cursor of a position in a list."""
    return base64.urlsafe_b64encode(dumps(position).encode()).decode("ascii") if position else None


def position_of(text: str | None, length: int) -> list[Any] | None:
    """The position of a cursor. Raises `ValueError` for one that we did not make."""
    if not text:
        return None
    try:
        found = loads(base64.urlsafe_b64decode(text.encode("ascii")))
    except (ValueError, binascii.Error, CanonicalError) as error:
        raise ValueError("bad cursor") from error
    if not isinstance(found, list) or len(found) != length:
        raise ValueError("bad cursor")
    return found
