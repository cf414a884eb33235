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
from domain.json_types import JsonObject


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

STOPPED = frozenset({Status.HOLD, Status.RECALLED, Status.REJECTED})
"""Goods that may not be used: what stops them waits for nobody's promise."""


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
    CONSIGNMENT = "CONSIGNMENT"
    KIT_OUT = "KIT_OUT"


AT_HOSPITAL = frozenset({PlaceKind.CONSIGNMENT, PlaceKind.KIT_OUT})
"""Our goods at a hospital: lent for an operation (跟台) or kept in its store until used (寄售)."""
IN_HOUSE = frozenset({PlaceKind.INTERNAL, PlaceKind.DOCK})
REAL_KINDS = IN_HOUSE | AT_HOSPITAL | {PlaceKind.TRANSIT}
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
    """Why goods moved. What each kind may do stands in `domain.move_laws`."""

    RECEIVE = "RECEIVE"
    STATUS = "STATUS"
    MOVE = "MOVE"
    REVERSE = "REVERSE"
    HOLD = "HOLD"
    ADJUST = "ADJUST"
    OPENING = "OPENING"
    ISSUE = "ISSUE"
    RETURN = "RETURN"
    RETURN_SUPPLIER = "RETURN_SUPPLIER"
    DESTROY = "DESTROY"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    REPACK = "REPACK"
    PACK = "PACK"
    KIT_OUT = "KIT_OUT"
    KIT_BACK = "KIT_BACK"
    KIT_USED = "KIT_USED"
    CONSIGN = "CONSIGN"
    CONSIGN_BACK = "CONSIGN_BACK"
    CONSIGN_USED = "CONSIGN_USED"


MOVE_TEXTS: dict[MoveKind, Text] = {
    MoveKind.RECEIVE: Text("收货", "Receipt"),
    MoveKind.STATUS: Text("质量状态变更", "Change of quality status"),
    MoveKind.MOVE: Text("移库", "Move"),
    MoveKind.REVERSE: Text("冲销", "Reversal"),
    MoveKind.HOLD: Text("停售", "Hold"),
    MoveKind.ADJUST: Text("盘点调整", "Stocktake adjustment"),
    MoveKind.OPENING: Text("期初入账", "Opening balance"),
    MoveKind.ISSUE: Text("销售出库", "Issue to a customer"),
    MoveKind.RETURN: Text("销售退回", "Return from a customer"),
    MoveKind.RETURN_SUPPLIER: Text("购进退出", "Return to the supplier"),
    MoveKind.DESTROY: Text("销毁", "Destruction"),
    MoveKind.TRANSFER_OUT: Text("调拨出库", "Transfer out"),
    MoveKind.TRANSFER_IN: Text("调拨入库", "Transfer in"),
    MoveKind.REPACK: Text("分装", "Repacking"),
    MoveKind.PACK: Text("装箱", "Packing"),
    MoveKind.KIT_OUT: Text("跟台出库", "Kit out"),
    MoveKind.KIT_BACK: Text("跟台退回", "Kit back"),
    MoveKind.KIT_USED: Text("跟台使用", "Kit used"),
    MoveKind.CONSIGN: Text("寄售出库", "Consigned"),
    MoveKind.CONSIGN_BACK: Text("寄售退回", "Consignment back"),
    MoveKind.CONSIGN_USED: Text("寄售使用", "Consignment used"),
}
SOLD = frozenset({MoveKind.ISSUE, MoveKind.KIT_USED, MoveKind.CONSIGN_USED})
"""Kinds that bring goods to a customer for good."""


@dataclass(frozen=True)
class Place:
    """A location as the law sees it: ``zone`` is ``None`` for virtual places and for docks.

    ``partner_id`` is the hospital in whose house the place is; ``bound_for_id`` the warehouse that goods in
    transit go to.
    """

    id: int
    code: str
    kind: PlaceKind
    zone: Zone | None = None
    warehouse_id: int | None = None
    partner_id: int | None = None
    bound_for_id: int | None = None

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
    package_from: str | None = None
    package_to: str | None = None

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
    """The signed records that stand behind a posting: hashes of signed acts, ``None`` or empty when there
    are none. ``approvals`` are those of an adjustment or of opening balances."""

    inspection: str | None = None
    ruling: str | None = None
    approvals: tuple[str, ...] = ()

    def as_json(self) -> JsonObject:
        """The evidence as a posting keeps it; without approvals as it was kept before there were any."""
        kept: JsonObject = {"inspection": self.inspection, "ruling": self.ruling}
        return {**kept, "approvals": list(self.approvals)} if self.approvals else kept

    @classmethod
    def from_json(cls, kept: JsonObject) -> Evidence:
        """What `as_json` wrote."""
        approvals = kept.get("approvals")
        listed = tuple(str(sha) for sha in approvals) if isinstance(approvals, list) else ()
        return cls(_text(kept, "inspection"), _text(kept, "ruling"), listed)


def _text(kept: JsonObject, key: str) -> str | None:
    value = kept.get(key)
    return value if isinstance(value, str) else None


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
        package_from=move.package_to,
        package_to=move.package_from,
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
