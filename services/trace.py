"""Tracing: from a lot down to everybody who has it and up to everybody it came from, from a unit, from a paper.

Details are bounded by the sites of whoever asks; whether a lot adds up is reckoned over the whole company, in numbers
without names, because a part of a sum proves nothing. GSP 2023 arts. 10, 47, 93, 108, 110.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from sqlmodel import Session

from domain.canonical import digest
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from domain.tracing import Reckoning, as_counts, generations, reckon
from records import trace as rows
from records import trace_crossings as border
from records.trace import Direction, Link, Standing, TracedLot
from records.trace_crossings import Party
from services import people
from services.actor import Actor
from services.office import Office
from services.refusals import no_business, not_found, refuse

log = logging.getLogger(__name__)
ROOTS_MAX = 200
"""Lots that one recall may begin with."""


@dataclass(frozen=True)
class Asked:
    """What a trace begins with and how far the caller may see: `among` are sites, `None` is everywhere."""

    lots: tuple[int, ...]
    direction: Direction = "down"
    by_lot: bool = False
    among: tuple[str, ...] | None = None


class NoSuchLotError(LookupError):
    """A lot that does not exist, or that the caller's sites never had: ``lot`` is its id."""

    def __init__(self, lot: int) -> None:
        super().__init__(f"no lot {lot}")
        self.lot = lot


class MixedModesError(ValueError):
    """Live goods and those of a drill in one trace."""


async def lot(
    office: Office, actor: Actor, lot_id: int, direction: Direction = "down", *, by_lot: bool = False
) -> JsonObject:
    """Where a lot went (`down`) or came from (`up`), through repackings, with its sum.

    Going down: what stands where and who has it, net of returns and reversals. Going up: every lot it is made of and
    their suppliers. `by_lot` tells each lot of a partner by itself.
    """
    about: JsonObject = {"action": "read_trace", "subject": f"lot/{lot_id}"}
    await _may_read(office, actor, about)
    asked = Asked((lot_id,), direction, by_lot)
    found = await _asked(office, actor, asked, about)
    await people.note_reading(office, actor, f"trace/lots/{lot_id}", {"direction": direction})
    return found


async def scope(office: Office, actor: Actor, lots: Sequence[int], *, by_lot: bool = True) -> JsonObject:
    """The scope of a recall of these lots: every lot made of them, what stands where, everybody who has any.

    ``sha256`` is the hash of the scope without its time, to be frozen in the record of the recall: the same goods give
    the same hash.
    """
    wanted = tuple(sorted(set(lots)))
    subject = ",".join(map(str, wanted[:20]))
    about: JsonObject = {"action": "recall_scope", "subject": subject}
    await _may_read(office, actor, about)
    if not 0 < len(wanted) <= ROOTS_MAX:
        await refuse(office, actor, _wrong("lots_missing", "请给出 1–200 个批号。", "Name 1 to 200 lots."), about)
    found = await _asked(office, actor, Asked(wanted, "down", by_lot), about)
    frozen = {name: found[name] for name in ("roots", "mode", "lots", "links", "stock", "consignees", "unseen")}
    await people.note_reading(office, actor, "recalls:scope", {"lots": cast("list[Json]", list(wanted[:20]))})
    return {**found, "sha256": digest("recall-scope", cast(JsonObject, frozen))}


async def _asked(office: Office, actor: Actor, asked: Asked, about: JsonObject) -> JsonObject:
    try:
        found = await office.db.reading(traced, asked, frozenset(actor.works_at()), office.company)
    except NoSuchLotError as unknown:
        words = f"没有批次 {unknown.lot}，或您所在机构未经手过它。请用批号或扫码查找。"
        english = f"There is no lot {unknown.lot}, or your sites never had it. Find it by its number or by scanning."
        await refuse(office, actor, not_found(words, english), about)
    except rows.TooManyLotsError:
        zh = f"改装关系涉及超过 {rows.LOTS_MAX} 个批次，无法一次追溯。请从更接近的批次开始。"
        en = f"Repackings lead to more than {rows.LOTS_MAX} lots. Begin with a lot that is nearer."
        await refuse(office, actor, _wrong("too_many_lots", zh, en), about)
    except MixedModesError:
        zh, en = "实货与演练的批次不能放在一起追溯。", "Live lots and those of a drill cannot be traced together."
        await refuse(office, actor, _wrong("mixed_modes", zh, en), about)
    return {**found, "as_of": office.now()}


async def _may_read(office: Office, actor: Actor, about: JsonObject) -> None:
    """Refuse, on record, whoever only keeps the system running."""
    if not actor.works_at():
        await refuse(office, actor, no_business(), about)


def _wrong(code: str, zh: str, en: str) -> Refusal:
    return Refusal(422, code, Text(zh, en))


# ------------------------------------------------------------------ the trace


def bounds(session: Session, mine: frozenset[str], company: str) -> tuple[str, ...] | None:
    """The sites that details are bounded by; `None` for a caller who works wherever there are warehouses."""
    return None if rows.sites(session, company) <= mine else tuple(sorted(mine))


def traced(session: Session, asked: Asked, mine: frozenset[str], company: str) -> JsonObject:
    """The whole trace in one reading, for a caller who works at `mine`."""
    among = bounds(session, mine, company)
    roots = rows.lots(session, asked.lots, company)
    for wanted in asked.lots:
        if wanted not in roots or (among is not None and not rows.was_at(session, wanted, among)):
            raise NoSuchLotError(wanted)
    modes = {one.mode for one in roots.values()}
    if len(modes) > 1:
        raise MixedModesError
    links = rows.links(session, asked.lots, asked.direction, mode := modes.pop())
    away = generations(
        asked.lots,
        [(one.parent, one.child) if asked.direction == "down" else (one.child, one.parent) for one in links],
    )
    known = roots if len(away) == len(roots) else rows.lots(session, away, company)
    stands = rows.standing(session, away)
    crossed = border.crossings(session, away, None, company)
    reckoned = reckon(border.flows(crossed), ((one.lot_id, one.kind, one.qty) for one in stands))
    by_lot = asked.by_lot or asked.direction == "up"
    mine_only = crossed if among is None else border.crossings(session, away, among, company)
    parties = border.parties(session, mine_only, by_lot=by_lot)
    told = _told(Asked(asked.lots, asked.direction, by_lot, among), mode, known, away, reckoned)
    return {**told, **_details(asked.direction, among, links, stands, parties, reckoned)}


def _told(
    asked: Asked, mode: str, known: dict[int, TracedLot], away: dict[int, int], reckoned: dict[int, Reckoning]
) -> JsonObject:
    lots: list[Json] = [
        lot_view(known[lot_id], step, reckoned.get(lot_id, Reckoning()))
        for lot_id, step in sorted(away.items(), key=lambda pair: (pair[1], pair[0]))
        if lot_id in known
    ]
    wrong: list[Json] = [
        {"lot_id": lot_id, "difference": one.difference} for lot_id, one in sorted(reckoned.items()) if one.difference
    ]
    roots: list[Json] = list(asked.lots)
    return {
        "direction": asked.direction,
        "mode": mode,
        "roots": roots,
        "lots": lots,
        "adds_up": not wrong,
        "differences": wrong,
        "sites": None if asked.among is None else cast("list[Json]", list(asked.among)),
    }


def _details(
    direction: Direction,
    among: tuple[str, ...] | None,
    links: Sequence[Link],
    stands: Sequence[Standing],
    parties: Sequence[Party],
    reckoned: dict[int, Reckoning],
) -> JsonObject:
    seen = [one for one in stands if among is None or one.site in among]
    down = direction == "down"
    stock: list[Json] = [stock_view(one) for one in seen] if down else []
    consignees: list[Json] = [party_view(one) for one in parties if _has_goods(one)] if down else []
    suppliers: list[Json] = [party_view(one) for one in parties if one.received or one.sent_back]
    made: list[Json] = [
        {"parent": one.parent, "child": one.child, "quantity_parent": one.qty_parent, "quantity_child": one.qty_child}
        for one in links
    ]
    out = sum(one.parts.get(part, 0) for one in reckoned.values() for part in one.parts if part == "out")
    told = sum(one.out - one.returned for one in parties)
    unseen: JsonObject = {
        "in_stock": sum(one.qty for one in stands) - sum(one.qty for one in seen),
        "out": out - told if among is not None else 0,
    }
    return {"links": made, "stock": stock, "consignees": consignees, "suppliers": suppliers, "unseen": unseen}


def _has_goods(one: Party) -> bool:
    """Whether a partner had goods of us, returned or not; goods between our own stores have no partner."""
    return bool(one.out or one.returned or ((one.in_transit or one.lent) and one.partner is not None))


def lot_view(one: TracedLot, away: int, reckoned: Reckoning) -> JsonObject:
    """A lot with its sum: `received` + `made` is what came, `parts` where it went, `difference` what is wrong."""
    return {
        "lot_id": one.id,
        "lot": one.lot_no,
        "expiry": one.expiry or None,
        "product": one.product,
        "product_name": one.name,
        "product_name_en": one.name_en,
        "model": one.model,
        "specification": one.specification,
        "unit": one.unit,
        "repackings_away": away,
        "received": reckoned.received,
        "made": reckoned.made,
        "parts": cast(JsonObject, as_counts(reckoned.parts)),
        "difference": reckoned.difference,
    }


def stock_view(one: Standing) -> JsonObject:
    """Units in one place and status."""
    told: dict[str, Any] = asdict(one)
    told["quantity"] = told.pop("qty")
    return told


def party_view(one: Party) -> JsonObject:
    """A partner: what it gave, had, gave back; `held` is what it has now or what is on the way to it."""
    told: dict[str, Any] = asdict(one) | {"held": one.held}
    if one.lot_id is None:
        del told["lot_id"]
    return told
