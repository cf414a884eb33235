"""The law of stock: a move is one balanced row from a place and status to a place and status.

Quantities are whole base units (the smallest sale unit). Status is part of what a unit *is* in the ledger,
so goods
awaiting inspection can never be mistaken for goods for sale. Source: GSP 2023 arts. 40, 62, 69, 76, 110
(zones and colours).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.errors import GspError, Text


class Status(StrEnum):
    """The quality status of goods."""

    PENDING = "PENDING"
    QUALIFIED = "QUALIFIED"
    REJECTED = "REJECTED"
    HOLD = "HOLD"
    RECALLED = "RECALLED"
    RETURN_PENDING = "RETURN_PENDING"


STATUS_TEXTS: dict[Status, Text] = {
    Status.PENDING: Text("待验", "Awaiting inspection"),
    Status.QUALIFIED: Text("合格", "Qualified"),
    Status.REJECTED: Text("不合格", "Rejected"),
    Status.HOLD: Text("停售待处理", "On hold"),
    Status.RECALLED: Text("召回", "Recalled"),
    Status.RETURN_PENDING: Text("退货待验", "Returned, awaiting inspection"),
}

STATUS_COLOURS: dict[Status, str] = {
    Status.PENDING: "yellow",
    Status.QUALIFIED: "green",
    Status.REJECTED: "red",
    Status.HOLD: "yellow",
    Status.RECALLED: "red",
    Status.RETURN_PENDING: "yellow",
}
"""The colour code of GSP 40: green for goods that may go out, yellow for goods not decided, red for goods
that may not."""


class PlaceKind(StrEnum):
    """What a location is. Only real places hold goods we can touch; virtual ones stand for the rest of the
    world."""

    INTERNAL = "INTERNAL"
    DOCK = "DOCK"
    TRANSIT = "TRANSIT"
    SUPPLIER = "SUPPLIER"
    CUSTOMER = "CUSTOMER"
    ADJUST = "ADJUST"
    REPACK = "REPACK"
    DESTROYED = "DESTROYED"
    EMPLOYEE_HOLD = "EMPLOYEE_HOLD"


REAL_KINDS = frozenset({PlaceKind.INTERNAL, PlaceKind.DOCK, PlaceKind.TRANSIT})
"""Kinds whose balance may never be negative."""


class Zone(StrEnum):
    """The five zones of a store room (GSP 40)."""

    PENDING = "pending"
    QUALIFIED = "qualified"
    DISPATCH = "dispatch"
    RETURNS = "returns"
    REJECTED = "rejected"


ZONE_TEXTS: dict[Zone, Text] = {
    Zone.PENDING: Text("待验区", "Pending zone"),
    Zone.QUALIFIED: Text("合格品区", "Qualified zone"),
    Zone.DISPATCH: Text("发货区", "Dispatch zone"),
    Zone.RETURNS: Text("退货区", "Returns zone"),
    Zone.REJECTED: Text("不合格品区", "Rejected zone"),
}
ZONE_COLOURS: dict[Zone, str] = {
    Zone.PENDING: "yellow",
    Zone.QUALIFIED: "green",
    Zone.DISPATCH: "green",
    Zone.RETURNS: "yellow",
    Zone.REJECTED: "red",
}

ADMITTED: dict[Zone, frozenset[Status]] = {
    Zone.PENDING: frozenset({Status.PENDING, Status.HOLD, Status.RETURN_PENDING}),
    Zone.QUALIFIED: frozenset({Status.QUALIFIED}),
    Zone.DISPATCH: frozenset({Status.QUALIFIED}),
    Zone.RETURNS: frozenset({Status.RETURN_PENDING, Status.HOLD}),
    Zone.REJECTED: frozenset({Status.REJECTED, Status.RECALLED, Status.HOLD}),
}
"""Which goods may be *brought* into a zone. Goods whose status changes where they stand are moved
afterwards."""


class MoveKind(StrEnum):
    """Why goods moved."""

    RECEIVE = "RECEIVE"
    STATUS = "STATUS"
    MOVE = "MOVE"
    REVERSE = "REVERSE"
    HOLD = "HOLD"


@dataclass(frozen=True)
class Place:
    """A location as the law sees it: ``zone`` is ``None`` for virtual places and for docks."""

    id: int
    code: str
    kind: PlaceKind
    zone: Zone | None = None

    @property
    def is_real(self) -> bool:
        """Whether goods there can be touched and counted."""
        return self.kind in REAL_KINDS


@dataclass(frozen=True)
class Move:
    """One balanced entry: ``qty`` units leave (source, from_status) and arrive at (target, to_status)."""

    kind: MoveKind
    product_id: int
    lot_id: int
    source: Place
    target: Place
    from_status: Status
    to_status: Status
    qty: int
    owner: str = ""
    line_no: str = ""
    partner_id: int | None = None
    serial_ids: tuple[int, ...] = ()
    reverses: int | None = None

    @property
    def out_key(self) -> BalanceKey:
        """Where the units are taken from."""
        return (self.lot_id, self.source.id, self.from_status.value, self.owner)

    @property
    def in_key(self) -> BalanceKey:
        """Where the units arrive."""
        return (self.lot_id, self.target.id, self.to_status.value, self.owner)


BalanceKey = tuple[int, int, str, str]
"""(lot, location, status, owner): what a balance is kept for."""


@dataclass(frozen=True)
class Evidence:
    """The signed records that stand behind a change of status: hashes of signed content, ``None`` when
    there is none."""

    inspection: str | None = None
    ruling: str | None = None


class StockLawError(GspError):
    """A move that the law of stock forbids. ``rule`` names a hard rule where one is broken."""

    def __init__(self, code: str, zh: str, en: str, rule: str | None = None, articles: tuple[str, ...] = ()) -> None:
        super().__init__(code, zh, en)
        self.rule = rule
        self.articles = articles


_S = Status
_INSPECTED = frozenset({"inspection"})
_EITHER = frozenset({"inspection", "ruling"})
_RULED = frozenset({"ruling"})
_FREE: frozenset[str] = frozenset()
TRANSITIONS: dict[tuple[Status, Status], frozenset[str]] = {
    (_S.PENDING, _S.QUALIFIED): _INSPECTED,
    (_S.PENDING, _S.REJECTED): _EITHER,
    (_S.RETURN_PENDING, _S.QUALIFIED): _INSPECTED,
    (_S.RETURN_PENDING, _S.REJECTED): _EITHER,
    (_S.QUALIFIED, _S.REJECTED): _EITHER,
    (_S.HOLD, _S.PENDING): _RULED,
    (_S.HOLD, _S.QUALIFIED): _INSPECTED,
    (_S.HOLD, _S.REJECTED): _EITHER,
    (_S.RECALLED, _S.REJECTED): _EITHER,
    **{(status, _S.HOLD): _FREE for status in (_S.PENDING, _S.QUALIFIED, _S.RETURN_PENDING)},
    **{(status, _S.RECALLED): _FREE for status in (_S.PENDING, _S.QUALIFIED, _S.RETURN_PENDING, _S.HOLD)},
}
"""Allowed changes of status and the signed evidence each needs (one of the named). Stopping goods never
waits for a
signature; letting them go always does; REJECTED never becomes anything else (they are returned or
destroyed)."""


def check_move(move: Move, evidence: Evidence = Evidence()) -> None:
    """Raise ``StockLawError`` for the first law that ``move`` breaks; reversals are checked by
    ``check_reversal``."""
    if move.qty <= 0:
        raise StockLawError(
            "quantity_not_positive",
            "数量必须是大于零的整数。",
            "The quantity must be a whole number above zero.",
        )
    if move.source.id == move.target.id and move.from_status == move.to_status:
        raise StockLawError("no_change", "移动前后没有任何变化。", "The move would change nothing.")
    if move.serial_ids and len(set(move.serial_ids)) != move.qty:
        raise StockLawError(
            "serials_do_not_match",
            f"数量 {move.qty} 与序列号个数 {len(set(move.serial_ids))} 不一致。",
            f"The quantity is {move.qty} but {len(set(move.serial_ids))} different serial numbers were given.",
        )
    if move.kind is not MoveKind.REVERSE:
        _check_status(move, evidence)
        _check_zone(move)


def _check_status(move: Move, evidence: Evidence) -> None:
    if move.from_status == move.to_status:
        return
    if not move.source.is_real:
        raise StockLawError(
            "status_of_nowhere", "只有在库商品才能改变状态。", "Only goods in a real place can change status."
        )
    needed = TRANSITIONS.get((move.from_status, move.to_status))
    was, becomes = STATUS_TEXTS[move.from_status], STATUS_TEXTS[move.to_status]
    if needed is None:
        raise StockLawError(
            "status_change_forbidden",
            f"“{was.zh}”的商品不能变为“{becomes.zh}”。",
            f"Goods with status “{was.en}” cannot become “{becomes.en}”.",
        )
    if needed and not any(getattr(evidence, kind) for kind in needed):
        raise StockLawError(
            "status_needs_signature",
            f"由“{was.zh}”变为“{becomes.zh}”须有已签名的{_names(needed, 'zh')}，未找到。请先完成签名。",
            f"From “{was.en}” to “{becomes.en}” needs a signed {_names(needed, 'en')}; none was found. Sign it first.",
        )


def _names(kinds: Iterable[str], lang: str) -> str:
    words = {"inspection": Text("验收记录", "inspection"), "ruling": Text("质量裁决", "quality ruling")}
    return (" / " if lang == "zh" else " or ").join(words[kind].said_in(lang) for kind in sorted(kinds))


def _check_zone(move: Move) -> None:
    if move.source.id == move.target.id or move.target.zone is None:
        return
    fault = zone_fault(move.target.code, move.target.zone, move.to_status)
    if fault:
        raise StockLawError("zone_refuses_status", fault.zh, fault.en, "RULE-08", ("GSP-40", "GSP-69"))


def zone_fault(code: str, zone: Zone, status: Status) -> Text | None:
    """Why goods of ``status`` may not be brought to the location ``code`` of ``zone``, or ``None``."""
    if status in ADMITTED[zone]:
        return None
    fit = [key for key, admitted in ADMITTED.items() if status in admitted]
    return Text(
        f"货位 {code} 属{ZONE_TEXTS[zone].zh}，不能存放“{STATUS_TEXTS[status].zh}”商品；"
        f"请选{'、'.join(ZONE_TEXTS[z].zh for z in fit)}的货位。",
        f"Location {code} is in the {ZONE_TEXTS[zone].en.lower()}, which does not admit goods with status "
        f"“{STATUS_TEXTS[status].en}”; choose a location in the "
        f"{' or '.join(ZONE_TEXTS[z].en.lower() for z in fit)}.",
    )


def reversal_of(move: Move, move_id: int) -> Move:
    """The mirror of a recorded move: what undoes it exactly."""
    return replace(
        move,
        kind=MoveKind.REVERSE,
        source=move.target,
        target=move.source,
        from_status=move.to_status,
        to_status=move.from_status,
        reverses=move_id,
    )


def is_mirror(original: Move, reversal: Move) -> bool:
    """Whether ``reversal`` undoes ``original`` exactly (invariant I6)."""
    assert reversal.reverses is not None
    return reversal_of(original, reversal.reverses) == replace(
        reversal, line_no=original.line_no, partner_id=original.partner_id
    )


def apply_moves(balances: Mapping[BalanceKey, int], moves: Iterable[Move]) -> dict[BalanceKey, int]:
    """The balances after ``moves``; raises ``StockLawError`` when a real place would go below zero at the
    end."""
    after = dict(balances)
    real: dict[BalanceKey, Place] = {}
    for move in moves:
        after[move.out_key] = after.get(move.out_key, 0) - move.qty
        after[move.in_key] = after.get(move.in_key, 0) + move.qty
        if move.source.is_real:
            real[move.out_key] = move.source
    for key, place in real.items():
        if after[key] < 0:
            raise not_enough(place.code, Status(key[2]), balances.get(key, 0), balances.get(key, 0) - after[key])
    return after


def not_enough(code: str, status: Status, there: int, wanted: int) -> StockLawError:
    """The refusal when ``wanted`` units are to leave a place that holds ``there`` free ones."""
    return StockLawError(
        "not_enough_stock",
        f"货位 {code} 的“{STATUS_TEXTS[status].zh}”可用数量为 {there}，不足 {wanted}。请核对库存。",
        f"Location {code} has {there} free units with status “{STATUS_TEXTS[status].en}”, {wanted} are "
        f"needed. Check the stock.",
    )
