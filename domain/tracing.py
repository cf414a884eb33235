"""The arithmetic of tracing: where every unit of a lot has gone, and whether it adds up.

Nothing here goes by the kind of a move. What a move did follows from the two places it joins, and a reversal counts as
the opposite of what it reverses: so a kind of move that is made tomorrow is told rightly today.
GSP 2023 arts. 10, 47, 93 and 108 want goods to be traceable from the supplier to the customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.errors import Text
from domain.stock import REAL_KINDS, PlaceKind


class Part(StrEnum):
    """Where units are, or how they left."""

    IN_STOCK = "in_stock"
    IN_TRANSIT = "in_transit"
    OUT = "out"
    SENT_BACK = "sent_back"
    DESTROYED = "destroyed"
    ADJUSTED = "adjusted"
    REPACKED = "repacked"
    ELSEWHERE = "elsewhere"


PART_TEXTS: dict[Part, Text] = {
    Part.IN_STOCK: Text("在库", "in stock"),
    Part.IN_TRANSIT: Text("在途", "in transit"),
    Part.OUT: Text("已售出", "with customers"),
    Part.SENT_BACK: Text("退回供货者", "sent back to the supplier"),
    Part.DESTROYED: Text("已销毁", "destroyed"),
    Part.ADJUSTED: Text("盘亏减盘盈", "written off less found"),
    Part.REPACKED: Text("改包装用去", "used for repacking"),
    Part.ELSEWHERE: Text("在外", "held elsewhere"),
}
_PARTS: dict[str, Part] = {
    PlaceKind.INTERNAL: Part.IN_STOCK,
    PlaceKind.DOCK: Part.IN_STOCK,
    PlaceKind.TRANSIT: Part.IN_TRANSIT,
    PlaceKind.CUSTOMER: Part.OUT,
    PlaceKind.SUPPLIER: Part.SENT_BACK,
    PlaceKind.DESTROYED: Part.DESTROYED,
    PlaceKind.ADJUST: Part.ADJUSTED,
    PlaceKind.REPACK: Part.REPACKED,
}


def part_of(kind: str) -> Part:
    """The part that goods in a place of this kind belong to; kinds that have no word of their own are elsewhere."""
    return _PARTS.get(kind, Part.ELSEWHERE)


def is_real(kind: str) -> bool:
    """Whether goods in a place of this kind are counted by their balance, not by what went there."""
    return kind in REAL_KINDS


@dataclass(frozen=True)
class Flow:
    """Units of one lot that went from one kind of place to another; ``is_reversal``: to undo what went the other
    way."""

    lot_id: int
    source: str
    target: str
    qty: int
    is_reversal: bool = False

    def undone(self) -> Flow:
        """The same as a move of its own: a reversal of A → B takes units away from A → B."""
        return Flow(self.lot_id, self.target, self.source, -self.qty) if self.is_reversal else self


@dataclass
class Reckoning:
    """What came of a lot: ``received`` from suppliers, ``made`` by repacking, and the parts it went to."""

    received: int = 0
    made: int = 0
    parts: dict[Part, int] = field(default_factory=dict)

    @property
    def difference(self) -> int:
        """The units told for beyond those that came: zero when it adds up."""
        return sum(self.parts.values()) - self.received - self.made

    def add(self, part: Part, qty: int) -> None:
        """Count units of a part."""
        self.parts[part] = self.parts.get(part, 0) + qty


def reckon(flows: Iterable[Flow], standing: Iterable[tuple[int, str, int]]) -> dict[int, Reckoning]:
    """The reckoning of every lot, from the flows over the border of our real places and from what is ``standing``.

    ``standing`` are balances (lot, kind of place, quantity) of real places. The two come from different tables, so an
    error in either shows as a difference.
    """
    found: dict[int, Reckoning] = {}
    for flow in (one.undone() for one in flows):
        lot = found.setdefault(flow.lot_id, Reckoning())
        _leave(lot, flow)
        if not is_real(flow.target):
            lot.add(part_of(flow.target), flow.qty)
    for lot_id, kind, qty in standing:
        found.setdefault(lot_id, Reckoning()).add(part_of(kind), qty)
    return found


def _leave(lot: Reckoning, flow: Flow) -> None:
    if flow.source == PlaceKind.SUPPLIER:
        lot.received += flow.qty
    elif flow.source == PlaceKind.REPACK:
        lot.made += flow.qty
    elif not is_real(flow.source):
        lot.add(part_of(flow.source), -flow.qty)


def generations(roots: Iterable[int], links: Iterable[tuple[int, int]]) -> dict[int, int]:
    """How many repackings each lot is away from the nearest root; ``links`` are (nearer, farther) pairs."""
    below: dict[int, list[int]] = {}
    for near, far in links:
        below.setdefault(near, []).append(far)
    found = dict.fromkeys(roots, 0)
    front = list(found)
    while front:
        nearer, front = front, []
        for lot in nearer:
            for other in below.get(lot, ()):
                if other not in found:
                    found[other] = found[lot] + 1
                    front.append(other)
    return found


def as_counts(parts: Mapping[Part, int]) -> dict[str, int]:
    """Every part by its key, also those without units."""
    return {part.value: parts.get(part, 0) for part in Part}
