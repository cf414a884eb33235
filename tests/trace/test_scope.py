"""The scope of a recall by SQL is what a walk over the moves finds, one by one."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.tracing import Part, generations, reckon
from records import trace
from records.trace_crossings import crossings, flows, parties
from tests.examples import examples
from tests.trace.conftest import PLACES, Book

CUSTOMERS, SUPPLIERS = ("C1", "C2", "C3"), ("S1", "S2")
WORDS = "receive issue issue transfer arrive deliver return repack repack mispack destroy lose find lend back direct undo undo"
SUMS = ("received", "sent_back", "out", "returned", "in_transit", "lent")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(WORDS.split()), st.integers(0, 3), st.integers(0, 3), st.integers(1, 9), st.integers(0, 99)
    ),
    min_size=4,
    max_size=24,
)


def act(book: Book, lots: list[int], word: str, a: int, b: int, qty: int, pick: int) -> None:
    """One thing that happens, if it can."""
    lot, customer, supplier = lots[a], CUSTOMERS[b % 3], SUPPLIERS[b % 2]
    shelf = ("HZ-A-01", "NB-A-01")[pick % 2]
    road = shelf[:2] + "-T"
    if word == "undo":
        if book.moves:
            book.reverse(book.moves[-1 if a else pick % len(book.moves)].posting)  # mostly what happened last
        return
    if word in ("repack", "mispack"):
        if a < b:  # only to a later lot, as in life: nothing is its own ancestor
            made = book.repack(lot, lots[b], qty, qty * 2, shelf)
            if made is not None and word == "mispack":
                book.reverse(made)
        return
    moves = {
        "receive": (lot, "~SUPPLIER", shelf, qty * 3, supplier),
        "issue": (lot, shelf, "~CUSTOMER", qty, customer),
        "transfer": (lot, shelf, road, qty, customer if pick % 3 == 0 else None),
        "arrive": (lot, road, ("HZ-A-01", "NB-A-01")[b % 2], qty, None),
        "deliver": (lot, road, "~CUSTOMER", qty, customer),
        "return": (lot, "~CUSTOMER", shelf, qty, customer),
        "destroy": (lot, shelf, "~DESTROYED", qty, None),
        "lose": (lot, shelf, "~ADJUST", qty, None),
        "find": (lot, "~ADJUST", shelf, qty, None),
        "lend": (lot, shelf, "~EMPLOYEE_HOLD", qty, None),
        "back": (lot, shelf, "~SUPPLIER", qty, supplier),
        "direct": (lot, "~SUPPLIER", "~CUSTOMER", qty, customer),
    }
    book.post(moves[word])


def walked(book: Book, start: int, near: int, far: int) -> set[int]:
    """Every lot reached from one over repackings that were not undone."""
    reached, front = {start}, [start]
    undone = {move.reverses for move in book.moves}
    dead = {move.posting for move in book.moves if move.id in undone}
    while front:
        lot = front.pop()
        for link in book.links:
            if link[near] == lot and link[3] > 0 and link[4] not in dead and link[far] not in reached:
                reached.add(link[far])
                front.append(link[far])
    return reached


def standing_moves(book: Book, lots: set[int]) -> list[Any]:
    """The moves of some lots that were neither undone nor undo anything."""
    undone = {move.reverses for move in book.moves}
    return [move for move in book.moves if move.lot in lots and move.id not in undone and move.reverses is None]


def parties_walked(book: Book, lots: set[int]) -> dict[Any, dict[str, int]]:
    found: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for move in standing_moves(book, lots):
        mine = found[book.ids[move.partner] if move.partner else None]
        mine["received"] += move.qty if move.source == "~SUPPLIER" else 0
        mine["sent_back"] += move.qty if move.target == "~SUPPLIER" else 0
        mine["out"] += move.qty if move.target == "~CUSTOMER" else 0
        mine["returned"] += move.qty if move.source == "~CUSTOMER" else 0
        mine["lent"] += move.qty * (move.target == "~EMPLOYEE_HOLD")
        mine["in_transit"] += move.qty * (move.target.endswith("-T") - move.source.endswith("-T"))
    return {partner: dict(told) for partner, told in found.items() if any(told.values())}


def stock_walked(book: Book, lots: set[int]) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = defaultdict(int)
    for move in book.moves:
        if move.lot in lots:
            found[move.lot, move.target] += move.qty
            found[move.lot, move.source] -= move.qty
    return {key: qty for key, qty in found.items() if key[1] in PLACES and qty}


# A smaller example is not looked for: each writes a real database, and a failing one is short enough to read.
@settings(
    max_examples=examples(20),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=ACTS)
def test_scope_is_what_a_walk_over_the_moves_finds(book: Book, acts: list[Any]) -> None:
    book = book.fresh()
    lots = [book.lot() for _ in range(4)]
    for lot in lots[:3]:
        book.post((lot, "~SUPPLIER", "HZ-A-01", 30, "S1"))
    for one in acts:
        act(book, lots, *one)
    book.settle()
    with book.database.read() as session:
        for start in lots:
            down, up = (trace.links(session, [start], way, "live") for way in ("down", "up"))  # type: ignore[arg-type]
            below = set(generations([start], [(one.parent, one.child) for one in down]))
            above = set(generations([start], [(one.child, one.parent) for one in up]))
            assert below == walked(book, start, 0, 1)
            assert above == walked(book, start, 1, 0)
            told = {
                one.partner: {key: getattr(one, key) for key in SUMS}
                for one in parties(session, crossings(session, below))
            }
            wanted = parties_walked(book, below)
            assert told == {partner: dict.fromkeys(told[partner], 0) | sums for partner, sums in wanted.items()}
            stands = trace.standing(session, below)
            assert {(one.lot_id, one.location): one.qty for one in stands} == stock_walked(book, below)
            reckoned = reckon(flows(crossings(session, below)), [(one.lot_id, one.kind, one.qty) for one in stands])
            assert all(one.difference == 0 for one in reckoned.values())
            for lot, one in reckoned.items():
                moves = standing_moves(book, {lot})
                assert one.received == sum(move.qty for move in moves if move.source == "~SUPPLIER")
                assert one.made == sum(move.qty for move in moves if move.source == "~REPACK")
                lent = sum(move.qty for move in moves if move.target == "~EMPLOYEE_HOLD")
                assert one.parts.get(Part.ELSEWHERE, 0) == lent


def test_a_repacking_that_was_undone_leads_nowhere(book: Book) -> None:
    parent, child = book.lot(), book.lot()
    book.post((parent, "~SUPPLIER", "HZ-A-01", 10, "S1"))
    first = book.repack(parent, child, 4, 8)
    book.repack(parent, child, 1, 2)
    assert first is not None
    with book.database.read() as session:
        assert trace.links(session, [parent], "down", "live") == [trace.Link(parent, child, 5, 10)]
    book.reverse(first)
    with book.database.read() as session:
        assert trace.links(session, [parent], "down", "live") == [trace.Link(parent, child, 1, 2)]
        assert trace.links(session, [child], "up", "live") == [trace.Link(parent, child, 1, 2)]
        assert trace.links(session, [child], "down", "live") == []


def test_a_planted_difference_of_one_unit_is_told(book: Book) -> None:
    lot = book.lot()
    book.post((lot, "~SUPPLIER", "HZ-A-01", 10, "S1"))
    book.post((lot, "HZ-A-01", "~CUSTOMER", 3, "C1"))
    book.balances[lot, "HZ-A-01"] += 1
    book.settle()
    with book.database.read() as session:
        stands = [(one.lot_id, one.kind, one.qty) for one in trace.standing(session, [lot])]
        reckoned = reckon(flows(crossings(session, [lot])), stands)
    assert reckoned[lot].difference == 1


def test_a_drill_is_never_mixed_with_live_goods(book: Book) -> None:
    live, drill = book.lot("SAME"), book.fresh("drill").lot("SAME-D")
    book.post((live, "~SUPPLIER", "HZ-A-01", 10, "S1"))
    book.repack(live, drill, 1, 1)  # nothing lets this through; the trace would not follow it either
    with book.database.read() as session:
        assert trace.links(session, [live], "down", "live") == []
        assert trace.links(session, [drill], "down", "live") == []


def test_each_lot_of_a_partner_by_itself_and_only_of_my_sites(book: Book) -> None:
    one, two = book.lot(), book.lot()
    for lot, shelf in ((one, "HZ-A-01"), (two, "NB-A-01")):
        book.post((lot, "~SUPPLIER", shelf, 10, "S1"))
        book.post((lot, shelf, "~CUSTOMER", 4, "C1"))
    with book.database.read() as session:
        by_lot = parties(session, crossings(session, [one, two]), by_lot=True)
        assert {(each.code, each.lot_id, each.out) for each in by_lot if each.out} == {("C1", one, 4), ("C1", two, 4)}
        mine = parties(session, crossings(session, [one, two], ["HQ"]))
        assert {(each.code, each.out) for each in mine if each.out} == {("C1", 4)}
        assert trace.was_at(session, one, ["HQ"]) and not trace.was_at(session, two, ["HQ"])
