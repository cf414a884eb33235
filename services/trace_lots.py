"""Lots by what people call them: an id, a number, or a product with a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlmodel import Session

from domain.errors import Fault, Text
from domain.json_types import JsonObject
from records import trace_search as rows
from records.trace_search import Words
from services.actor import Actor
from services.office import Office


@dataclass(frozen=True)
class Named:
    """The lots meant, and what could not be understood, each fault with its place."""

    lots: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()


async def named(office: Office, actor: Actor, wanted: Sequence[Any], mode: str = "live") -> Named:
    """The ids of lots: an integer is an id, `{product, lot, expiry}` every lot of a product with that number, a text
    `#id` or the number of exactly one lot. All faults at once; nothing is told to a caller without a site."""
    if not actor.works_at():
        return Named(tuple(one for one in wanted if isinstance(one, int)) or (0,))
    return await office.db.reading(_named, list(wanted), mode, office.company)


def _named(session: Session, wanted: list[Any], mode: str, company: str) -> Named:
    lots: list[int] = []
    faults: list[Fault] = []
    for place, one in enumerate(wanted):
        found = _one(session, one, mode, company)
        if isinstance(found, list):
            lots += found
        else:
            faults.append(Fault(f"/lots/{place}", *found))
    return Named(tuple(lots), tuple(faults))


def _one(session: Session, one: Any, mode: str, company: str) -> list[int] | tuple[str, Text]:
    if isinstance(one, int):
        return [one]
    if isinstance(one, dict):
        words = Words(lot=str(one["lot"]), product=str(one["product"]), mode=mode, company=company)
        found = [lot for lot in rows.lots(session, words, whole=True) if one.get("expiry") in (None, lot["expiry"])]
        return _ids(found) or _unknown(f"{one['product']} {one['lot']}")
    text = str(one).strip()
    if text.startswith("#") and text[1:].isascii() and text[1:].isdigit() and len(text) < 17:
        return [int(text[1:])]
    found = rows.lots(session, Words(lot=text, mode=mode, company=company), whole=True) if text else []
    if len({str(lot["product"]) for lot in found}) > 1:
        products = ", ".join(sorted({str(lot["product"]) for lot in found}))
        zh = f"批号“{text}”属于多个产品（{products}）。请写明产品编码：{{product, lot}}。"
        en = f"Lot number “{text}” is of several products ({products}). Name the product: {{product, lot}}."
        return "lot_ambiguous", Text(zh, en)
    return _ids(found) or _unknown(text)


def _ids(found: list[JsonObject]) -> list[int]:
    return [cast(int, lot["lot_id"]) for lot in found]


def _unknown(words: str) -> tuple[str, Text]:
    zh = f"没有批号“{words}”。请核对产品编码与批号。"
    return "lot_unknown", Text(zh, f"There is no lot “{words}”. Check product code and lot number.")
