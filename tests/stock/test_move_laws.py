"""Every kind of move: one legal move of it, and each way to break its law is refused by its own code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.move_laws import LAWS, Repacked, check_fresh, check_move, check_repacking
from domain.stock import (
    MOVE_TEXTS,
    SOLD,
    Evidence,
    Move,
    MoveKind,
    Place,
    PlaceKind,
    Status,
    StockLawError,
    Zone,
    is_mirror,
    reversal_of,
)
from tests.examples import examples

HOSPITAL, OTHER = 7, 8
SIGNED = Evidence("inspected", "ruled", ("first", "second"))
P = PlaceKind
SHELF = Place(1, "A", P.INTERNAL, Zone.QUALIFIED, 1)
PENDING = Place(2, "Q", P.INTERNAL, Zone.PENDING, 1)
RETURNS = Place(3, "T", P.INTERNAL, Zone.RETURNS, 1)
RED = Place(4, "R", P.INTERNAL, Zone.REJECTED, 1)
AWAY = Place(5, "NB", P.INTERNAL, Zone.QUALIFIED, 2)
ROAD = Place(6, "HZ>NB", P.TRANSIT, None, 1, None, 2)
WARD = Place(7, "WARD", P.CONSIGNMENT, None, 1, HOSPITAL)
KIT = Place(8, "KIT", P.KIT_OUT, None, 1, HOSPITAL)
OUTSIDE = {kind: Place(20 + i, f"~{kind}", kind) for i, kind in enumerate(P) if kind not in (P.INTERNAL, P.DOCK)}
Q = Status.QUALIFIED

LEGAL: dict[MoveKind, tuple[Place, Place, Status, Status]] = {
    MoveKind.RECEIVE: (OUTSIDE[P.SUPPLIER], PENDING, Status.PENDING, Status.PENDING),
    MoveKind.STATUS: (PENDING, PENDING, Status.PENDING, Q),
    MoveKind.HOLD: (WARD, WARD, Q, Status.HOLD),
    MoveKind.MOVE: (PENDING, SHELF, Q, Q),
    MoveKind.ADJUST: (OUTSIDE[P.ADJUST], SHELF, Status.HOLD, Status.HOLD),
    MoveKind.OPENING: (OUTSIDE[P.ADJUST], SHELF, Q, Q),
    MoveKind.ISSUE: (SHELF, OUTSIDE[P.CUSTOMER], Q, Q),
    MoveKind.RETURN: (OUTSIDE[P.CUSTOMER], RETURNS, Q, Status.RETURN_PENDING),
    MoveKind.RETURN_SUPPLIER: (RED, OUTSIDE[P.SUPPLIER], Status.REJECTED, Status.REJECTED),
    MoveKind.DESTROY: (RED, OUTSIDE[P.DESTROYED], Status.REJECTED, Status.REJECTED),
    MoveKind.TRANSFER_OUT: (SHELF, ROAD, Q, Q),
    MoveKind.TRANSFER_IN: (ROAD, AWAY, Q, Q),
    MoveKind.REPACK: (SHELF, OUTSIDE[P.REPACK], Q, Q),
    MoveKind.PACK: (SHELF, SHELF, Q, Q),
    MoveKind.KIT_OUT: (SHELF, KIT, Q, Q),
    MoveKind.KIT_BACK: (KIT, RETURNS, Q, Status.RETURN_PENDING),
    MoveKind.KIT_USED: (KIT, OUTSIDE[P.CUSTOMER], Q, Q),
    MoveKind.CONSIGN: (SHELF, WARD, Q, Q),
    MoveKind.CONSIGN_BACK: (WARD, RED, Status.RECALLED, Status.RECALLED),
    MoveKind.CONSIGN_USED: (WARD, OUTSIDE[P.CUSTOMER], Q, Q),
}


def legal(kind: MoveKind) -> Move:
    source, target, was, becomes = LEGAL[kind]
    move = Move(kind, 1, 1, source, target, was, becomes, 3, partner_id=HOSPITAL)
    return replace(move, package_to="P1") if kind is MoveKind.PACK else move


def refused(move: Move, evidence: Evidence = SIGNED) -> StockLawError:
    with pytest.raises(StockLawError) as caught:
        check_move(move, evidence)
    return caught.value


def test_every_kind_has_a_law_a_name_and_a_legal_move() -> None:
    assert set(LAWS) == set(LEGAL) == set(MoveKind) - {MoveKind.REVERSE}
    assert set(MOVE_TEXTS) == set(MoveKind)
    for kind in LAWS:
        check_move(legal(kind), SIGNED)


@pytest.mark.parametrize("kind", LAWS)
def test_no_kind_leads_anywhere_else(kind: MoveKind) -> None:
    move, law = legal(kind), LAWS[kind]
    for place in OUTSIDE.values():
        routed = any(place.kind in here and move.target.kind in there for here, there in law.routes)
        if not routed or (law.stays and place.id != move.target.id):
            assert refused(replace(move, source=place)).code in ("route_forbidden", "no_change")


@pytest.mark.parametrize("kind", LAWS)
def test_every_kind_takes_only_its_statuses(kind: MoveKind) -> None:
    move, law = legal(kind), LAWS[kind]
    for was in Status:
        for becomes in Status:
            if (was, becomes) not in law.changes:
                changed = refused(replace(move, from_status=was, to_status=becomes))
                assert changed.code in ("status_change_forbidden", "status_not_for_kind", "no_change")


@pytest.mark.parametrize("kind", [kind for kind, law in LAWS.items() if law.partner])
def test_what_goes_to_a_partner_or_comes_from_one_names_it(kind: MoveKind) -> None:
    assert refused(replace(legal(kind), partner_id=None)).code == "partner_missing"
    if legal(kind).source.partner_id or legal(kind).target.partner_id:
        assert refused(replace(legal(kind), partner_id=OTHER)).code == "other_partner"


def test_only_qualified_goods_leave_and_the_refusal_names_rule_and_articles() -> None:
    for kind in SOLD | {MoveKind.KIT_OUT, MoveKind.CONSIGN}:
        for status in set(Status) - {Q}:
            error = refused(replace(legal(kind), from_status=status, to_status=status))
            assert (error.rule, error.articles[:2]) == ("RULE-10", ("GSP-76", "GSP-80"))


def test_expired_goods_do_not_leave_but_come_back() -> None:
    for kind in SOLD | {MoveKind.KIT_OUT, MoveKind.CONSIGN}:
        check_fresh(legal(kind), "L1", "2026-11-22", "2026-11-22")
        check_fresh(legal(kind), "L1", "", "2026-11-22")
        with pytest.raises(StockLawError) as caught:
            check_fresh(legal(kind), "L1", "2026-11-21", "2026-11-22")
        assert caught.value.rule == "RULE-10"
    for kind in (MoveKind.RETURN, MoveKind.KIT_BACK, MoveKind.DESTROY):
        check_fresh(legal(kind), "L1", "2026-11-21", "2026-11-22")


def test_adjusting_opening_and_destroying_stand_on_signatures() -> None:
    assert refused(legal(MoveKind.ADJUST), Evidence()).code == "approval_missing"
    assert refused(legal(MoveKind.OPENING), Evidence(approvals=("one",))).code == "approval_missing"
    assert refused(legal(MoveKind.OPENING), Evidence(approvals=("one", "one"))).code == "approval_missing"
    assert refused(legal(MoveKind.DESTROY), Evidence(inspection="x")).code == "status_needs_signature"


def test_warehouses_are_changed_only_in_transit_and_only_as_bound() -> None:
    assert refused(replace(legal(MoveKind.MOVE), target=AWAY)).code == "other_warehouse"
    assert refused(replace(legal(MoveKind.TRANSFER_IN), target=SHELF)).code == "other_warehouse"
    assert refused(replace(legal(MoveKind.KIT_BACK), target=replace(RETURNS, warehouse_id=2))).code == "other_warehouse"


def test_counted_goods_are_found_where_they_stand() -> None:
    check_move(replace(legal(MoveKind.ADJUST), from_status=Status.REJECTED, to_status=Status.REJECTED), SIGNED)
    opening = replace(legal(MoveKind.OPENING), from_status=Status.REJECTED, to_status=Status.REJECTED)
    assert refused(opening).code == "zone_refuses_status"


def repacked(*moves: tuple[int, int, bool], product: int = 1) -> list[Move]:
    """Moves of (lot, quantity, whether it goes in)."""
    into = legal(MoveKind.REPACK)
    out = replace(into, source=into.target, target=into.source)
    return [replace(into if goes_in else out, lot_id=lot, qty=qty, product_id=product) for lot, qty, goes_in in moves]


def test_repacking_closes_and_says_what_became_of_every_lot() -> None:
    both = repacked((1, 6, True), (2, 4, True), (3, 10, False))
    check_repacking(both, [Repacked(1, 3, 6, 6), Repacked(2, 3, 4, 4)])
    for moves, links in (
        (both, [Repacked(1, 3, 6, 6)]),
        (both, [Repacked(1, 3, 6, 6), Repacked(2, 3, 4, 5)]),
        (repacked((1, 6, True), (3, 5, False)), [Repacked(1, 3, 6, 6)]),
        (repacked((1, 6, True)) + repacked((3, 6, False), product=2), [Repacked(1, 3, 6, 6)]),
        (repacked((1, 6, True), (1, 6, False)), [Repacked(1, 1, 6, 6)]),
        (repacked((1, 6, True)), []),
    ):
        with pytest.raises(StockLawError):
            check_repacking(moves, links)


@settings(max_examples=examples(50), deadline=None)
@given(st.sampled_from(sorted(LEGAL)), st.integers(1, 99), st.text("AB", max_size=2))
def test_a_reversal_mirrors_any_move_and_itself_needs_no_law(kind: MoveKind, move_id: int, package: str) -> None:
    move = replace(legal(kind), package_from=package or None)
    back = reversal_of(move, move_id)
    assert is_mirror(move, back) and not is_mirror(move, replace(back, qty=back.qty + 1))
    if move.package_from != move.package_to or move.source != move.target or move.from_status != move.to_status:
        check_move(back)


@given(st.text("ab", max_size=3), st.lists(st.text("ab", min_size=1, max_size=2), max_size=3))
def test_evidence_is_read_as_it_was_kept(sha: str, approvals: list[str]) -> None:
    evidence = Evidence(sha or None, None, tuple(approvals))
    assert Evidence.from_json(evidence.as_json()) == evidence
    assert ("approvals" in evidence.as_json()) is bool(approvals)
