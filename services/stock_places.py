"""Places outside the house: the road between two warehouses, kits and consigned goods at a hospital; what is there.

Postings open the place that they need. Quality staff may open one ahead of that, because places are master data
(GSP 19(3)). Source: GSP 2023 arts. 52, 89.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain.errors import Fault, GspError, Refusal, Text
from domain.json_types import JsonObject
from domain.roles import QUALITY
from domain.stock import AT_HOSPITAL, PlaceKind
from records import parties, stock_places
from records.master import Because
from services import people
from services.actor import Actor
from services.office import Office
from services.refusals import forbidden, no_business, refuse
from services.views import Page


@dataclass(frozen=True)
class Wish:
    """A place to open: `TRANSIT` from `warehouse` to the warehouse `bound_for`; `KIT_OUT` or `CONSIGNMENT` at `partner`."""

    kind: str
    warehouse: str
    bound_for: str | None = None
    partner: str | None = None
    reason: str = ""


async def open_place(office: Office, actor: Actor, wish: Wish) -> JsonObject:
    """Open the place, or answer the one that is there."""
    about: JsonObject = {"action": "open_place", "subject": f"{wish.kind} {wish.warehouse}"[:120]}
    if not any(actor.has(role) for role in QUALITY):
        why = forbidden(
            "货位属质量基础数据，须由质量管理人员开设。", "Places are master data: quality staff open them.",
            rule="role", who_can=tuple(sorted(QUALITY)),
        )  # fmt: skip
        await refuse(office, actor, why, about)
    because = Because(actor.id, office.now(), wish.reason.strip() or f"{wish.kind} {wish.warehouse}")
    faults: list[Fault] = []
    try:
        made = await office.db.writing(_opened, wish, because, actor.works_at(), office.company, faults)
    except GspError as error:
        faults, made = [Fault("/kind", error.code, error.text)], None
    if made is None:
        why = Refusal(422, faults[0].code, faults[0].message, faults=tuple(faults))
        await refuse(office, actor, why, about)
    return made


def _opened(
    session: Session, wish: Wish, because: Because, sites: Any, company: str, faults: list[Fault]
) -> JsonObject | None:
    source = stock_places.house(session, wish.warehouse, company)
    if source is None or source.site not in sites:
        zh = f"没有仓库 {wish.warehouse}，或不属于您的场所。"
        faults.append(_fault("warehouse", zh, f"There is no warehouse {wish.warehouse} at a site of yours."))
        return None
    if PlaceKind(wish.kind) in AT_HOSPITAL:
        partner = parties.by_code(session, wish.partner or "", company)
        if partner is None or partner.kind != "CUSTOMER":
            faults.append(_fault("partner", f"没有购货者 {wish.partner}。", f"There is no customer {wish.partner}."))
            return None
        row = stock_places.open_at_hospital(session, PlaceKind(wish.kind), source, partner, because)
        return stock_places.place_view(session, row, source)
    target = stock_places.house(session, wish.bound_for or "", company)
    if target is None or target.id == source.id:
        zh = f"没有另一个仓库 {wish.bound_for}。"
        faults.append(_fault("bound_for", zh, f"There is no other warehouse {wish.bound_for}."))
        return None
    return stock_places.place_view(session, stock_places.open_road(session, source, target, because), source)


def _fault(name: str, zh: str, en: str) -> Fault:
    return Fault(f"/{name}", "unknown_choice", Text(zh, en))


async def places(office: Office, actor: Actor) -> Page:
    """The open places outside the house of the actor's sites."""
    await _need(office, actor, "places")
    rows = await office.db.reading(stock_places.places_away, actor.works_at(), office.company)
    return {"items": rows, "next": None}


async def away(office: Office, actor: Actor, kind: str | None, mode: str = "live") -> Page:
    """What is on the road (also to the actor's sites) and at hospitals, of one kind of place if given; the longest away
    first."""
    await _need(office, actor, "away")
    kinds = [PlaceKind(kind)] if kind else sorted(stock_places.AWAY)
    rows = await office.db.reading(stock_places.goods_away, actor.works_at(), kinds, mode, office.company)
    await people.note_reading(office, actor, "stock/in-transit", {"kind": kind} if kind else {})
    return {"items": rows, "next": None}


async def _need(office: Office, actor: Actor, what: str) -> None:
    if not actor.works_at():
        await refuse(office, actor, no_business(), {"action": "read_stock", "subject": what})
