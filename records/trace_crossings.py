"""What went over the border of our stores: for each lot and partner, how much came and went by the kind of place.

One statement reads every move of the lots once, from one covering index, in the order of that index. Places beyond our
stores are few: each kind has one by rule, and then it is compared by its number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlmodel import Session

from domain.stock import PlaceKind
from domain.tracing import Flow, Part, part_of
from records.base import COMPANY, connection_of

STORES = (PlaceKind.INTERNAL.value, PlaceKind.DOCK.value)
BOTH_WAYS = (PlaceKind.SUPPLIER.value, PlaceKind.CUSTOMER.value, PlaceKind.REPACK.value)
"""Kinds of which both ways are told by themselves; of the others only what is there in the end."""
BEYOND = tuple(kind.value for kind in PlaceKind if kind.value not in STORES)
NAMES_AT_ONCE = 10_000


@dataclass(frozen=True)
class Crossing:
    """The moves of a lot on which a partner (or none) stands: by kind of place what came from there, went there, and
    is there now; all net of reversals."""

    lot_id: int
    partner: int | None
    came: dict[str, int]
    went: dict[str, int]
    there: dict[str, int]
    first: str
    last: str

    def flows(self) -> Iterable[Flow]:
        """The same as flows between kinds of places."""
        inside = PlaceKind.INTERNAL.value
        yield from (Flow(self.lot_id, kind, inside, qty) for kind, qty in self.came.items() if qty)
        yield from (Flow(self.lot_id, inside, kind, qty) for kind, qty in self.went.items() if qty)
        yield from (Flow(self.lot_id, inside, kind, qty) for kind, qty in self.there.items() if qty)


@dataclass(frozen=True)
class Party:
    """What a partner gave us and had from us; `partner` is `None` for moves on which no partner stands."""

    partner: int | None
    code: str
    name: str
    name_en: str
    contact: str
    received: int
    sent_back: int
    out: int
    returned: int
    in_transit: int
    lent: int
    first: str
    last: str
    lot_id: int | None = None

    @property
    def held(self) -> int:
        """The units that are with this partner or on the way there."""
        return self.out - self.returned + self.in_transit + self.lent

    @property
    def has_anything(self) -> bool:
        """Whether anything came or went, returned or not."""
        return any((self.received, self.sent_back, self.out, self.returned, self.in_transit, self.lent))


# ------------------------------------------------------------------ reading

_PLACES = text(
    "SELECT kind, id FROM location WHERE kind IN :kinds AND company = :company ORDER BY kind, id"
).bindparams(bindparam("kinds", expanding=True))


def crossings(
    session: Session, lots: Collection[int], among: Collection[str] | None = None, company: str = COMPANY
) -> list[Crossing]:
    """The crossings of these lots; `among` bounds them to moves of some sites."""
    known: dict[str, list[int]] = defaultdict(list)
    for kind, place in connection_of(session).execute(_PLACES, {"kinds": list(BEYOND), "company": company}):
        known[kind].append(place)
    told = tuple((kind, known[kind][0] if len(known[kind]) == 1 else 0) for kind in BEYOND if kind in known)
    values: dict[str, Any] = {"lots": sorted(lots)}
    if among is not None:
        values["sites"] = sorted(among) or [""]
    rows = connection_of(session).execute(_statement(told, among is not None), values)
    return [_crossing(row, [kind for kind, _ in told]) for row in rows]


@cache
def _statement(places: tuple[tuple[str, int], ...], bounded: bool) -> TextClause:
    """The statement for the places of an installation: a kind with one place is compared, others are looked up."""
    sums: list[str] = []
    for kind, place in places:
        at = f"= {place}" if place else f"IN (SELECT id FROM location WHERE kind = '{kind}')"
        if kind in BOTH_WAYS:
            sums += [_net("from_location_id", "to_location_id", at), _net("to_location_id", "from_location_id", at)]
        else:
            sums.append(
                f"SUM(CASE WHEN m.to_location_id {at} THEN m.qty WHEN m.from_location_id {at} THEN -m.qty ELSE 0 END)"
            )
    sql = f"""SELECT m.lot_id, m.partner_id, MIN(m.business_at), MAX(m.business_at), {", ".join(sums)} FROM stock_move m
 WHERE m.lot_id IN :lots{" AND m.site IN :sites" if bounded else ""} GROUP BY m.lot_id, m.partner_id"""
    names = ("lots", "sites") if bounded else ("lots",)
    return text(sql).bindparams(*(bindparam(name, expanding=True) for name in names))


def _net(way: str, back: str, at: str) -> str:
    """The units that took a way, less those of which that was undone."""
    return (
        f"SUM(CASE WHEN m.{way} {at} AND m.reverses_move_id IS NULL THEN m.qty"
        f" WHEN m.{back} {at} AND m.reverses_move_id IS NOT NULL THEN -m.qty ELSE 0 END)"
    )


def _crossing(row: Sequence[Any], kinds: Sequence[str]) -> Crossing:
    came: dict[str, int] = {}
    went: dict[str, int] = {}
    there: dict[str, int] = {}
    place = 4
    for kind in kinds:
        if kind in BOTH_WAYS:
            came[kind], went[kind] = int(row[place]), int(row[place + 1])
            place += 2
        else:
            there[kind] = int(row[place])
            place += 1
    return Crossing(row[0], row[1], came, went, there, row[2], row[3])


def flows(found: Iterable[Crossing]) -> list[Flow]:
    """The flows over the border of our real places."""
    return [flow for one in found for flow in one.flows()]


# ------------------------------------------------------------------ partners

_PARTNERS = text("SELECT id, code, name, name_en, contact FROM partner WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


def parties(session: Session, found: Iterable[Crossing], *, by_lot: bool = False) -> list[Party]:
    """Who gave and who had units, the largest first; `by_lot` tells each lot of a partner by itself."""
    grouped: dict[tuple[int | None, int | None], list[Crossing]] = defaultdict(list)
    for one in found:
        grouped[one.partner, one.lot_id if by_lot else None].append(one)
    names = _names(session, sorted({partner for partner, _ in grouped if partner is not None}))
    told = [_party(names.get(partner or 0), partner, lot, ones) for (partner, lot), ones in grouped.items()]
    return sorted((one for one in told if one.has_anything), key=lambda one: (-one.held, one.code, one.lot_id or 0))


def _names(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, str, str, str]]:
    found: dict[int, tuple[str, str, str, str]] = {}
    for start in range(0, len(ids), NAMES_AT_ONCE):
        rows = connection_of(session).execute(_PARTNERS, {"ids": list(ids[start : start + NAMES_AT_ONCE])})
        found |= {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}
    return found


_LENT = tuple(kind for kind in BEYOND if part_of(kind) is Part.ELSEWHERE)


def _party(
    name: tuple[str, str, str, str] | None, partner: int | None, lot: int | None, ones: Sequence[Crossing]
) -> Party:
    supplier, customer, road = PlaceKind.SUPPLIER.value, PlaceKind.CUSTOMER.value, PlaceKind.TRANSIT.value
    return Party(
        partner,
        *(name or ("", "", "", "")),
        received=sum(one.came.get(supplier, 0) for one in ones),
        sent_back=sum(one.went.get(supplier, 0) for one in ones),
        out=sum(one.went.get(customer, 0) for one in ones),
        returned=sum(one.came.get(customer, 0) for one in ones),
        in_transit=sum(one.there.get(road, 0) for one in ones),
        lent=sum(one.there.get(kind, 0) for one in ones for kind in _LENT),
        first=min(one.first for one in ones),
        last=max(one.last for one in ones),
        lot_id=lot,
    )
