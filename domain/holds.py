"""The law of a hold: anybody stops doubtful goods at once, and only a quality ruling lets them go.

A hold of a whole lot is a mark on the lot at a site: it also covers units that arrive later. A narrower hold (one
location, or named serial numbers) is the status of those units alone.
Source: GSP 2023 arts. 74 (doubtful goods: isolate, stop the sale, let quality judge), 76 (expiry) and 80 (what may
not be sold); inspection item ※7.74.2.
"""

from __future__ import annotations

from domain.stock import STATUS_TEXTS, TRANSITIONS, Move, MoveKind, PlaceKind, Status, StockLawError

HOLDABLE: tuple[Status, ...] = tuple(before for before, after in TRANSITIONS if after is Status.HOLD)
"""What can be put on hold: goods that nobody has rejected or recalled."""
RULED = (Status.PENDING, Status.QUALIFIED)
"""What a ruling may turn held goods into when it lets them go."""
RULERS = ("quality_staff", "quality_director")
"""Whose signature lets held goods go."""
ARTICLES = ("GSP-74", "GSP-80")
_STAYING = frozenset({PlaceKind.INTERNAL, PlaceKind.DOCK, PlaceKind.SUPPLIER, PlaceKind.ADJUST, PlaceKind.DESTROYED})
"""Where units of a held lot may go: within the house, back to the maker's side, out of the books, to destruction."""


def unholds(move: Move) -> bool:
    """Whether a move takes units out of hold towards sale; rejecting or recalling them does not."""
    return move.from_status is Status.HOLD and move.to_status not in (Status.HOLD, Status.REJECTED, Status.RECALLED)


def frees(move: Move) -> bool:
    """Whether a move lets units of a wholly held lot go: out of hold, to qualified, or out of the site as qualified."""
    if not move.source.is_real:
        return False  # what comes in stops here
    if unholds(move) or (move.to_status is Status.QUALIFIED and move.from_status is not Status.QUALIFIED):
        return True
    return move.from_status is Status.QUALIFIED and move.target.kind not in _STAYING


def check_not_undone(move: Move) -> None:
    """Raise `StockLawError` for a reversal that would take goods out of hold: a hold ends by ruling alone."""
    if move.kind is MoveKind.REVERSE and unholds(move):
        raise StockLawError(
            "hold_not_undone",
            "停售不能用冲销解除，只能由质量管理人员裁决并签名后解除。",
            "A hold is not ended by reversing it, only by a ruling that quality staff sign.",
            "RULE-10",
            ARTICLES,
        )


def check_not_leaving(move: Move) -> None:
    """Raise `StockLawError` for goods on hold that would be picked for, or shipped to, anybody."""
    if (
        move.from_status is Status.HOLD
        and move.source.is_real
        and move.target.kind not in _STAYING | {PlaceKind.TRANSIT}
    ):
        raise StockLawError(
            "held_goods_leave",
            f"货位 {move.source.code} 的商品已停售待处理，不得拣货或出库。请质量管理人员先裁决。",
            f"The goods at {move.source.code} are on hold and can be neither picked nor shipped. "
            "Ask quality staff for the ruling first.",
            "RULE-10",
            ARTICLES,
        )


def on_hold(lot_no: str, held_by: str, held_at: str) -> StockLawError:
    """Why units of a lot that is held as a whole cannot go."""
    return StockLawError(
        "lot_on_hold",
        f"批号 {lot_no} 已由 {held_by} 于 {held_at[:16].replace('T', ' ')}（UTC）整批停售，尚未裁决；"
        f"该批的任何商品不得判为{STATUS_TEXTS[Status.QUALIFIED].zh}、拣货或出库。请质量管理人员先裁决。",
        f"{held_by} put the whole lot {lot_no} on hold at {held_at[:16].replace('T', ' ')} UTC and quality has not "
        "ruled yet: no unit of it may be qualified, picked or shipped. Ask quality staff for the ruling first.",
        "RULE-10",
        ARTICLES,
    )
