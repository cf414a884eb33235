"""What a posting is asked to do: who asks, under which key, which moves, on which signed evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.json_types import JsonObject
from domain.stock import Evidence, Move
from records.base import COMPANY


@dataclass(frozen=True)
class Posting:
    """Who asks for what: `at` is the time of the effect (canonical text), `request` is hashed into the
    key's record."""

    effect_key: str
    kind: str
    request: JsonObject
    case_id: str
    path: str
    site: str
    at: str
    mode: str = "live"
    company: str = COMPANY
    actor: str = "system"
    business_at: str = ""
    document_type: str = ""
    document_id: str = ""


@dataclass(frozen=True)
class ReceiptEntry:
    """Base units of a product taken in against an order, by the line that took them."""

    line_no: str
    order_id: int
    product_id: int
    quantity: int


@dataclass(frozen=True)
class Link:
    """Repacking: `qty_parent` units of one lot became `qty_child` units of another; negative where it was reversed."""

    parent_lot_id: int
    child_lot_id: int
    qty_parent: int
    qty_child: int


@dataclass(frozen=True)
class Draft:
    """What a posting will do: its moves, the signed evidence behind them, and the answer of the activity.

    `consumes` are the effect keys of reservations that the moves use up.
    """

    moves: Sequence[Move]
    result: JsonObject = field(default_factory=dict)
    evidence: Evidence = Evidence()
    receipts: Sequence[ReceiptEntry] = ()
    links: Sequence[Link] = ()
    consumes: Sequence[str] = ()
