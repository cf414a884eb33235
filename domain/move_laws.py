"""What each kind of move may do: between which places, in which status, with which partner and on what evidence.

One table, read twice: a move is checked before it is posted, and every recorded move again by `audit verify`.
Source: GSP 2023 arts. 40, 69 (zones), 76 (expired goods), 77 (stocktake), 80, 87 (what may leave), 89–90 (选配),
106–107 (returns), 110 (recall).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.errors import Text
from domain.stock import (
    AT_HOSPITAL,
    IN_HOUSE,
    MOVE_TEXTS,
    REAL_KINDS,
    STATUS_TEXTS,
    TRANSITIONS,
    Evidence,
    Move,
    MoveKind,
    PlaceKind,
    Status,
    StockLawError,
    zone_fault,
)

_S, _P = Status, PlaceKind
Change = tuple[Status, Status]
_ALL = frozenset(Status)
_SAME: frozenset[Change] = frozenset((status, status) for status in Status)
_SOUND: frozenset[Change] = frozenset({(_S.QUALIFIED, _S.QUALIFIED)})
_COMES_BACK = frozenset(
    {(_S.QUALIFIED, _S.RETURN_PENDING), *((status, status) for status in (_S.HOLD, _S.RECALLED, _S.REJECTED))}
)
"""What was lent and comes back is inspected like any return (GSP 90, 106); what was stopped stays stopped."""
_SENT_BACK = frozenset((status, status) for status in (_S.PENDING, _S.QUALIFIED, _S.REJECTED, _S.RECALLED))
_STOPPED = frozenset(pair for pair in TRANSITIONS if pair[1] in (_S.HOLD, _S.RECALLED))
_OUT_OF_EXPIRY = ("GSP-76", "GSP-80")


@dataclass(frozen=True)
class KindLaw:
    """The law of one kind. `routes` are pairs of sets of places; `approvals` how many signatures approve it.

    `evidence` names what else must be signed (`inspection`, `ruling`; one of them). `fresh` goods are unexpired;
    `crosses` lets a move lead from one warehouse to another; `stays` keeps the goods where they stand.
    """

    routes: tuple[tuple[frozenset[PlaceKind], frozenset[PlaceKind]], ...]
    changes: frozenset[Change]
    partner: bool = False
    evidence: frozenset[str] = frozenset()
    approvals: int = 0
    fresh: bool = False
    stays: bool = False
    crosses: bool = False
    articles: tuple[str, ...] = ()


def _one(*kinds: PlaceKind) -> frozenset[PlaceKind]:
    return frozenset(kinds)


def _both(
    here: frozenset[PlaceKind], there: PlaceKind
) -> tuple[tuple[frozenset[PlaceKind], frozenset[PlaceKind]], ...]:
    return ((here, _one(there)), (_one(there), here))


LAWS: dict[MoveKind, KindLaw] = {
    MoveKind.RECEIVE: KindLaw(((_one(_P.SUPPLIER), IN_HOUSE),), frozenset({(_S.PENDING, _S.PENDING)})),
    MoveKind.STATUS: KindLaw(((REAL_KINDS, REAL_KINDS),), frozenset(TRANSITIONS), stays=True),
    MoveKind.HOLD: KindLaw(((REAL_KINDS, REAL_KINDS),), _STOPPED, stays=True, articles=("GSP-74", "GSP-110")),
    MoveKind.MOVE: KindLaw(((IN_HOUSE, IN_HOUSE),), _SAME),
    MoveKind.PACK: KindLaw(((REAL_KINDS, REAL_KINDS),), _SAME, stays=True),
    MoveKind.ADJUST: KindLaw(_both(REAL_KINDS, _P.ADJUST), _SAME, approvals=1, articles=("GSP-77",)),
    MoveKind.OPENING: KindLaw(((_one(_P.ADJUST), IN_HOUSE | AT_HOSPITAL),), _SAME, approvals=2),
    MoveKind.ISSUE: KindLaw(((IN_HOUSE, _one(_P.CUSTOMER)),), _SOUND, partner=True, fresh=True, articles=("GSP-87",)),
    MoveKind.RETURN: KindLaw(
        ((_one(_P.CUSTOMER), IN_HOUSE),),
        frozenset({(_S.QUALIFIED, _S.RETURN_PENDING)}),
        partner=True,
        articles=("GSP-106",),
    ),
    MoveKind.RETURN_SUPPLIER: KindLaw(((IN_HOUSE, _one(_P.SUPPLIER)),), _SENT_BACK, partner=True),
    MoveKind.DESTROY: KindLaw(
        ((IN_HOUSE, _one(_P.DESTROYED)),),
        frozenset({(_S.REJECTED, _S.REJECTED)}),
        evidence=frozenset({"ruling"}),
        articles=("GSP-69", "GSP-76"),
    ),
    MoveKind.TRANSFER_OUT: KindLaw(
        ((IN_HOUSE, _one(_P.TRANSIT)),), frozenset((status, status) for status in _ALL - {_S.PENDING})
    ),
    MoveKind.TRANSFER_IN: KindLaw(((_one(_P.TRANSIT), IN_HOUSE),), _SAME, crosses=True),
    MoveKind.REPACK: KindLaw(_both(IN_HOUSE, _P.REPACK), _SOUND),
    MoveKind.KIT_OUT: KindLaw(
        ((IN_HOUSE, _one(_P.KIT_OUT)),), _SOUND, partner=True, fresh=True, articles=("GSP-87", "GSP-89")
    ),
    MoveKind.KIT_BACK: KindLaw(((_one(_P.KIT_OUT), IN_HOUSE),), _COMES_BACK, partner=True, articles=("GSP-90",)),
    MoveKind.KIT_USED: KindLaw(
        ((_one(_P.KIT_OUT), _one(_P.CUSTOMER)),), _SOUND, partner=True, fresh=True, articles=("GSP-90",)
    ),
    MoveKind.CONSIGN: KindLaw(
        ((IN_HOUSE, _one(_P.CONSIGNMENT)),), _SOUND, partner=True, fresh=True, articles=("GSP-87", "GSP-89")
    ),
    MoveKind.CONSIGN_BACK: KindLaw(
        ((_one(_P.CONSIGNMENT), IN_HOUSE),), _COMES_BACK, partner=True, articles=("GSP-90",)
    ),
    MoveKind.CONSIGN_USED: KindLaw(
        ((_one(_P.CONSIGNMENT), _one(_P.CUSTOMER)),), _SOUND, partner=True, fresh=True, articles=("GSP-90",)
    ),
}
"""`REVERSE` has no law of its own: it mirrors a move that had one."""


def evidence_needed(kind: MoveKind, was: Status, becomes: Status) -> frozenset[str]:
    """What must be signed for this move, one of the named; empty when nothing must."""
    law = LAWS.get(kind)
    if law is None:
        return frozenset()
    return law.evidence or (TRANSITIONS.get((was, becomes), frozenset()) if law.stays else frozenset())


def check_move(move: Move, evidence: Evidence = Evidence()) -> None:
    """Raise `StockLawError` for the first law that `move` breaks; a reversal has only the laws of any move."""
    _check_shape(move)
    law = LAWS.get(move.kind)
    if law is None:
        return
    _check_status(move, law, evidence)
    _check_route(move, law)
    _check_partner(move, law)
    _check_approvals(move, law, evidence)
    _check_zone(move)


def _check_shape(move: Move) -> None:
    if move.qty <= 0:
        raise StockLawError(
            "quantity_not_positive",
            "数量必须是大于零的整数。",
            "The quantity must be a whole number above zero.",
        )
    moved = move.source.id != move.target.id or move.from_status != move.to_status
    if not moved and move.package_from == move.package_to:
        raise StockLawError("no_change", "移动前后没有任何变化。", "The move would change nothing.")
    if move.serial_ids and len(set(move.serial_ids)) != move.qty:
        raise StockLawError(
            "serials_do_not_match",
            f"数量 {move.qty} 与序列号个数 {len(set(move.serial_ids))} 不一致。",
            f"The quantity is {move.qty} but {len(set(move.serial_ids))} different serial numbers were given.",
        )


def _check_status(move: Move, law: KindLaw, evidence: Evidence) -> None:
    was, becomes = STATUS_TEXTS[move.from_status], STATUS_TEXTS[move.to_status]
    if (move.from_status, move.to_status) not in law.changes:
        raise _forbidden_status(move, law)
    needed = evidence_needed(move.kind, move.from_status, move.to_status)
    if needed and not any(getattr(evidence, kind) for kind in needed):
        what_zh, what_en = _change(move, was, becomes)
        raise StockLawError(
            "status_needs_signature",
            f"{what_zh}须有已签名的{_names(needed, 'zh')}，未找到。请先完成签名。",
            f"{what_en} needs a signed {_names(needed, 'en')}; none was found. Sign it first.",
            articles=law.articles,
        )


def _change(move: Move, was: Text, becomes: Text) -> tuple[str, str]:
    if move.from_status == move.to_status:
        name = MOVE_TEXTS[move.kind]
        return name.zh, name.en
    return f"由“{was.zh}”变为“{becomes.zh}”", f"From “{was.en}” to “{becomes.en}”"


def _forbidden_status(move: Move, law: KindLaw) -> StockLawError:
    was, becomes, name = STATUS_TEXTS[move.from_status], STATUS_TEXTS[move.to_status], MOVE_TEXTS[move.kind]
    if move.from_status != move.to_status:
        return StockLawError(
            "status_change_forbidden",
            f"“{was.zh}”的商品不能变为“{becomes.zh}”。",
            f"Goods with status “{was.en}” cannot become “{becomes.en}”.",
            articles=law.articles,
        )
    rule = "RULE-10" if law.fresh else None
    return StockLawError(
        "status_not_for_kind",
        f"“{was.zh}”的商品不能{name.zh}。",
        f"Goods with status “{was.en}” are not for this: {name.en.lower()}.",
        rule,
        _OUT_OF_EXPIRY + law.articles if rule else law.articles,
    )


def _check_route(move: Move, law: KindLaw) -> None:
    routed = any(move.source.kind in here and move.target.kind in there for here, there in law.routes)
    if routed and (not law.stays or move.source.id == move.target.id):
        _check_warehouses(move, law)
        return
    name = MOVE_TEXTS[move.kind]
    raise StockLawError(
        "route_forbidden",
        f"{name.zh}不能从 {move.source.code} 到 {move.target.code}。",
        f"{name.en} cannot lead from {move.source.code} to {move.target.code}.",
        articles=law.articles,
    )


def _check_warehouses(move: Move, law: KindLaw) -> None:
    """Goods change warehouse only through a place of transit, and arrive where that place is bound for."""
    if not (move.source.is_real and move.target.is_real):
        return
    sent_from = move.source.bound_for_id if law.crosses else move.source.warehouse_id
    if sent_from is not None and move.target.warehouse_id is not None and sent_from != move.target.warehouse_id:
        raise StockLawError(
            "other_warehouse",
            f"货位 {move.source.code} 与 {move.target.code} 不属于同一仓库（或在途目的地不符）。请走调拨。",
            f"Locations {move.source.code} and {move.target.code} are not of one warehouse, or the goods in transit "
            "are bound for another. Use a transfer.",
        )


def _check_partner(move: Move, law: KindLaw) -> None:
    name = MOVE_TEXTS[move.kind]
    if law.partner and move.partner_id is None:
        raise StockLawError(
            "partner_missing",
            f"{name.zh}须写明对方单位。",
            f"{name.en} needs the partner it is for or from.",
            articles=law.articles,
        )
    for place in (move.source, move.target):
        if law.partner and place.partner_id is not None and place.partner_id != move.partner_id:
            raise StockLawError(
                "other_partner",
                f"货位 {place.code} 属于另一单位，与本单据的单位不符。",
                f"Location {place.code} is in the house of another partner than the one named.",
                articles=law.articles,
            )


def _check_approvals(move: Move, law: KindLaw, evidence: Evidence) -> None:
    if len(set(evidence.approvals)) >= law.approvals:
        return
    name = MOVE_TEXTS[move.kind]
    raise StockLawError(
        "approval_missing",
        f"{name.zh}须有 {law.approvals} 个批准签名，现有 {len(set(evidence.approvals))} 个。请先完成签名。",
        f"{name.en} needs {law.approvals} signatures that approve it; there are {len(set(evidence.approvals))}. "
        "Sign it first.",
        articles=law.articles,
    )


def _check_zone(move: Move) -> None:
    """What is brought into a zone fits it. Counted goods are found where they stand, and moved afterwards."""
    if move.source.id == move.target.id or move.target.zone is None or move.kind is MoveKind.ADJUST:
        return
    fault = zone_fault(move.target.code, move.target.zone, move.to_status)
    if fault:
        raise StockLawError("zone_refuses_status", fault.zh, fault.en, "RULE-08", ("GSP-40", "GSP-69"))


def _names(kinds: Iterable[str], lang: str) -> str:
    words = {"inspection": Text("验收记录", "inspection"), "ruling": Text("质量裁决", "quality ruling")}
    return (" / " if lang == "zh" else " or ").join(words[kind].said_in(lang) for kind in sorted(kinds))


def must_be_fresh(kind: MoveKind) -> bool:
    """Whether goods of this move may not be past their expiry (I8)."""
    law = LAWS.get(kind)
    return law is not None and law.fresh


def check_fresh(move: Move, lot_no: str, expiry: str, today: str) -> None:
    """Raise `StockLawError` when goods that may only leave unexpired are past `expiry`; its day still counts.

    Both dates are `YYYY-MM-DD`; an empty `expiry` is none.
    """
    if must_be_fresh(move.kind) and expiry and expiry < today:
        raise StockLawError(
            "expired",
            f"批号 {lot_no} 已于 {expiry} 失效，不得{MOVE_TEXTS[move.kind].zh}。请停售并按不合格品处理。",
            f"Lot {lot_no} expired on {expiry}; it is not for this: {MOVE_TEXTS[move.kind].en.lower()}. Put it on hold; "
            "it goes the way of nonconforming goods.",
            "RULE-10",
            _OUT_OF_EXPIRY,
        )


@dataclass(frozen=True)
class Repacked:
    """A link of a repacking as its law sees it."""

    parent_lot_id: int
    child_lot_id: int
    qty_parent: int
    qty_child: int


def check_repacking(moves: Sequence[Move], links: Iterable[Repacked]) -> None:
    """Raise `StockLawError` unless what went into repacking came out of it, unit by unit, and links say how (I9).

    No lot goes in and comes out again: nothing would have become of it.
    """
    into: Counter[tuple[int, int]] = Counter()
    out: Counter[tuple[int, int]] = Counter()
    for move in (move for move in moves if move.kind is MoveKind.REPACK):
        side = into if move.target.kind is PlaceKind.REPACK else out
        side[(move.product_id, move.lot_id)] += move.qty
    parents, children, balanced = Counter[int](), Counter[int](), True
    for link in links:
        parents[link.parent_lot_id] += link.qty_parent
        children[link.child_lot_id] += link.qty_child
        balanced &= link.qty_parent == link.qty_child and link.qty_parent > 0
    went_in, came_out = ({lot: n for (_, lot), n in side.items()} for side in (into, out))
    if (
        not balanced
        or _by_product(into) != _by_product(out)
        or went_in != dict(parents)
        or came_out != dict(children)
        or went_in.keys() & came_out.keys()
    ):
        raise StockLawError(
            "repacking_open",
            "分装的投入与产出不符，或未逐批注明来源。请核对各批数量。",
            "What went into repacking is not what came out of it, or the links do not say which lot became which. "
            "Compare the quantities lot by lot.",
        )


def _by_product(side: Counter[tuple[int, int]]) -> dict[int, int]:
    total: Counter[int] = Counter()
    for (product, _), qty in side.items():
        total[product] += qty
    return dict(total)
