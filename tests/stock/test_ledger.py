"""The ledger: conserved, never negative, reversed once, exactly once under retries and many writers, and
provable."""

from __future__ import annotations

import itertools
import multiprocessing
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, select

from activities import stock
from domain.errors import GspError
from domain.ids import effect_key
from domain.move_laws import check_move
from domain.stock import BalanceKey, Evidence, Move, MoveKind, Place, PlaceKind, Status, StockLawError
from records import ledger, lots
from records.database import Database, DatabaseBusyError
from records.ledger import Draft, Posting
from records.ledger_verify import verify_ledger
from records.lots import LotKey, LotOrigin
from records.stock import StockBalance, location_by_code, virtual_place
from records.triggers import triggers_of
from tests.examples import examples
from tests.stock.conftest import NOON, House, delivery, line

_cases = itertools.count(1)
SIGNED = Evidence(inspection="signed", ruling="signed")


def posting(case: str, number: int, undo: bool = False) -> Posting:
    key = effect_key(case, f"step#{number}", "test") + ("/undo" if undo else "")
    request: dict[str, Any] = {"kind": "test", "input": {"number": number}}
    return Posting(key, "test", request, case, f"step#{number}", "HQ", NOON)


def some_lot(session: Session, house: House, number: str, effect: str = "none") -> int:
    key = LotKey(house.ids["P-LOT"], number, "")
    return lots.open_lots(session, {key: LotOrigin(effect)})[key]


def places(session: Session) -> dict[str, Place]:
    found = {"out": virtual_place(session, PlaceKind.SUPPLIER).place()}
    for name, code in (("pending", "HZ-Q-01"), ("shelf", "HZ-A-01"), ("red", "HZ-R-01")):
        row = location_by_code(session, code)
        assert row is not None
        found[name] = row.place()
    return found


def received(house: House, case: str, number: int, qty: int, lot: str) -> None:
    with house.database.write() as session:
        at, lot_id = places(session), some_lot(session, house, lot)
        move = Move(
            MoveKind.RECEIVE, house.ids["P-LOT"], lot_id, at["out"], at["pending"], Status.PENDING, Status.PENDING, qty
        )
        ledger.post(session, posting(case, number), lambda: Draft([move], {"n": number}))


# ------------------------------------------------------------------ any sequence of acts keeps the laws

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["receive", "qualify", "reject", "hold", "unhold", "stow", "undo", "repeat"]),
        st.integers(0, 1),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=14,
)
STEPS: dict[str, tuple[MoveKind, str, str, Status, Status]] = {
    "receive": (MoveKind.RECEIVE, "out", "pending", Status.PENDING, Status.PENDING),
    "qualify": (MoveKind.STATUS, "pending", "pending", Status.PENDING, Status.QUALIFIED),
    "reject": (MoveKind.STATUS, "pending", "pending", Status.PENDING, Status.REJECTED),
    "hold": (MoveKind.HOLD, "pending", "pending", Status.PENDING, Status.HOLD),
    "unhold": (MoveKind.STATUS, "pending", "pending", Status.HOLD, Status.PENDING),
    "stow": (MoveKind.MOVE, "pending", "shelf", Status.QUALIFIED, Status.QUALIFIED),
}


class Model:
    """What the ledger must say, kept by hand."""

    def __init__(self) -> None:
        self.stock: dict[BalanceKey, int] = defaultdict(int)
        self.posted: dict[int, Move] = {}
        self.undone: set[int] = set()

    def may(self, move: Move) -> bool:
        return not move.source.is_real or self.stock[move.out_key] >= move.qty

    def apply(self, move: Move, sign: int = 1) -> None:
        self.stock[move.out_key] -= sign * move.qty
        self.stock[move.in_key] += sign * move.qty


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_any_sequence_of_postings_keeps_the_laws(house: House, acts: list[tuple[str, int, int]]) -> None:
    case, model = f"prop-{next(_cases)}", Model()
    with house.database.write() as session:
        at = places(session)
        lot_ids = [some_lot(session, house, f"{case}-{i}") for i in (0, 1)]
    for number, (what, which, qty) in enumerate(acts):
        if what in ("undo", "repeat"):
            _again(house, case, model, what, qty)
            continue
        kind, source, target, was, is_ = STEPS[what]
        move = Move(kind, house.ids["P-LOT"], lot_ids[which], at[source], at[target], was, is_, qty)
        allowed = model.may(move)
        try:
            with house.database.write() as session:
                ledger.post(session, posting(case, number), lambda move=move: Draft([move], {}, SIGNED))
        except StockLawError as error:
            assert error.code == "not_enough_stock" and not allowed
        else:
            assert allowed
            model.apply(move)
            model.posted[number] = move
    _compare(house, model, lot_ids)


def _again(house: House, case: str, model: Model, what: str, qty: int) -> None:
    """Undo or repeat an earlier posting, picked by `qty`; a repeat never does anything, an undo at most
    once."""
    if not model.posted:
        return
    number = sorted(model.posted)[qty % len(model.posted)]
    move = model.posted[number]
    with house.database.write() as session:
        if what == "repeat":
            ledger.post(session, posting(case, number), lambda: pytest.fail("a known effect must not be drafted again"))
            return
    there = move.target.is_real and model.stock[move.in_key] >= move.qty
    try:
        with house.database.write() as session:
            ledger.reverse(session, posting(case, number, undo=True))
    except StockLawError as error:
        assert number not in model.undone
        assert error.code == ("hold_not_undone" if move.kind is MoveKind.HOLD else "not_enough_stock")
        assert move.kind is MoveKind.HOLD or not there
    else:
        if number not in model.undone:
            assert there
            model.apply(move, -1)
            model.undone.add(number)


def _compare(house: House, model: Model, lot_ids: list[int]) -> None:
    with house.database.read() as session:
        rows = session.exec(select(StockBalance).where(StockBalance.lot_id.in_(lot_ids))).all()  # type: ignore[attr-defined]
        stored = {(r.lot_id, r.location_id, r.status, r.owner): r.qty for r in rows if r.qty}
        assert stored == {key: qty for key, qty in model.stock.items() if qty}
        assert sum(stored.values()) == 0
        found = [fault for fault in verify_ledger(session) if fault.invariant != "I7"]  # unsigned on purpose here
        assert found == []


# ------------------------------------------------------------------ laws of one move


def test_a_move_that_the_law_forbids_is_refused() -> None:
    pending, shelf = Place(1, "Q", PlaceKind.INTERNAL, None), Place(2, "A", PlaceKind.INTERNAL, None)
    bad: list[tuple[Any, ...]] = [
        (pending, shelf, Status.PENDING, Status.PENDING, 0),
        (pending, pending, Status.PENDING, Status.PENDING, 1),
        (pending, pending, Status.REJECTED, Status.QUALIFIED, 1),
        (pending, pending, Status.RECALLED, Status.QUALIFIED, 1),
    ]
    for source, target, was, is_, qty in bad:
        with pytest.raises(StockLawError):
            check_move(Move(MoveKind.MOVE, 1, 1, source, target, was, is_, qty), SIGNED)
    with pytest.raises(StockLawError) as caught:
        check_move(Move(MoveKind.STATUS, 1, 1, pending, pending, Status.PENDING, Status.QUALIFIED, 1))
    assert caught.value.code == "status_needs_signature"
    ruling_only = Evidence(ruling="signed")
    check_move(Move(MoveKind.STATUS, 1, 1, pending, pending, Status.PENDING, Status.REJECTED, 1), ruling_only)
    with pytest.raises(StockLawError):
        check_move(Move(MoveKind.STATUS, 1, 1, pending, pending, Status.PENDING, Status.QUALIFIED, 1), ruling_only)


def test_stopping_goods_never_waits_for_a_signature() -> None:
    place = Place(1, "Q", PlaceKind.INTERNAL, None)
    for was in (Status.PENDING, Status.QUALIFIED, Status.RETURN_PENDING):
        for is_ in (Status.HOLD, Status.RECALLED):
            check_move(Move(MoveKind.HOLD, 1, 1, place, place, was, is_, 1))


def test_a_failed_posting_leaves_nothing_behind(house: House) -> None:
    received(house, "fail", 1, 5, "fail-lot")
    before = _counts(house.database)
    with pytest.raises(GspError), house.database.write() as session:
        at, lot_id = places(session), some_lot(session, house, "fail-lot")
        move = Move(
            MoveKind.STATUS, house.ids["P-LOT"], lot_id, at["pending"], at["pending"], Status.PENDING, Status.HOLD, 6
        )
        ledger.post(session, posting("fail", 2), lambda: Draft([move]))
    assert _counts(house.database) == before


def _counts(database: Database) -> list[int]:
    tables = ("posting", "stock_move", "stock_balance", "audit_event")
    with database.read() as session:
        return [session.connection().execute(text(f"SELECT COUNT(*) FROM {name}")).scalar_one() for name in tables]


def test_postings_and_moves_cannot_be_changed_or_removed(house: House) -> None:
    received(house, "append", 1, 5, "append-lot")
    for statement in (
        "UPDATE stock_move SET qty = 1", "DELETE FROM stock_move", "UPDATE posting SET kind = 'x'", "DELETE FROM posting",
    ):  # fmt: skip
        with pytest.raises(DBAPIError), house.database.write() as session:
            session.connection().execute(text(statement))


# ------------------------------------------------------------------ many writers


def _receive_once(database: Database, product_id: int, number: int) -> None:
    with database.write() as session:
        at, key = places(session), LotKey(product_id, f"crowd-{number % 3}", "")
        lot_id, qty = lots.open_lots(session, {key: LotOrigin("none")})[key], number % 4 + 1
        move = Move(MoveKind.RECEIVE, product_id, lot_id, at["out"], at["pending"], Status.PENDING, Status.PENDING, qty)
        ledger.post(session, posting("crowd", number), lambda: Draft([move]))


def _until_it_works(attempt: Callable[[], None]) -> None:
    """As a worker does: what the database could not take now is tried again."""
    for _ in range(20):
        try:
            return attempt()
        except (OperationalError, DatabaseBusyError):
            continue
    attempt()


def _work(url: str, product_id: int, worker: int, keys: int) -> None:
    database = Database(url)
    rng = random.Random(worker)
    order = list(range(keys))
    rng.shuffle(order)
    for number in order:
        for _ in range(1 + (rng.random() < 0.3)):
            _until_it_works(lambda number=number: _receive_once(database, product_id, number))
    database.close()


def test_several_processes_posting_the_same_effects_post_each_once(house: House) -> None:
    context, keys = multiprocessing.get_context("spawn"), 18
    arguments = [(house.database.url, house.ids["P-LOT"], worker, keys) for worker in range(3)]
    workers = [context.Process(target=_work, args=given) for given in arguments]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with house.database.read() as session:
        query = text(
            "SELECT COUNT(*), SUM(m.qty) FROM stock_move m JOIN posting p ON p.id = m.posting_id WHERE "
            "p.case_id = 'crowd'"
        )
        assert tuple(session.connection().execute(query).one()) == (keys, sum(n % 4 + 1 for n in range(keys)))
        assert [fault for fault in verify_ledger(session) if fault.invariant != "I7"] == []


# ------------------------------------------------------------------ tampering, last: it spoils the house

TAMPERINGS = {
    "UPDATE stock_balance SET qty = qty + 1, is_virtual = TRUE WHERE qty > 0 AND lot_id = :lot": {"I2", "I3"},
    "UPDATE stock_move SET qty = qty + 1 WHERE lot_id = :lot": {"I2", "I11"},
    "DELETE FROM stock_balance WHERE lot_id = :lot": {"I2"},
    "UPDATE posting SET actor = 'x', recorded_at = '2000-01-01T00:00:00.000Z' WHERE case_id = 'tamper'": {"I11", "I12"},
    "UPDATE posting SET request = '{}' WHERE case_id = 'tamper'": {"I10"},
    "UPDATE stock_balance SET reserved = 1 WHERE qty > 1 AND lot_id = :lot": {"I14"},
}


@pytest.mark.parametrize("statement", TAMPERINGS)
def test_tampering_with_triggers_dropped_is_found(house: House, statement: str) -> None:
    received(house, "tamper", 1, 5, "tamper-lot")
    with pytest.raises(_UndoTampering), house.database.write() as session:
        lot = some_lot(session, house, "tamper-lot")
        known = {fault.invariant for fault in verify_ledger(session)} - {"I7"}
        assert known == set()
        for name in triggers_of(session.connection()):
            table = name.removeprefix("gsp_").rpartition("_")[0]
            on = f" ON {table}" if session.connection().dialect.name == "postgresql" else ""
            session.connection().execute(text(f"DROP TRIGGER {name}{on}"))
        session.connection().execute(text(statement), {"lot": lot} if ":lot" in statement else {})
        session.expire_all()
        found = {fault.invariant for fault in verify_ledger(session)}
        assert TAMPERINGS[statement] <= found and "I1" in found
        raise _UndoTampering


RECEIPT_TAMPERINGS = {
    "UPDATE order_receipt SET quantity = quantity + 1": "I11",
    "DELETE FROM order_receipt": "I11",
    "UPDATE lot SET lot_no = 'other' WHERE lot_no = :lot": "I13",
    "UPDATE lot SET expiry = '2031-01-01', first_effect_key = 'x' WHERE lot_no = :lot": "I13",
    "UPDATE serial SET serial_no = 'other' WHERE serial_no = 'SN-' || :lot": "I13",
    "UPDATE serial SET current_status = 'QUALIFIED'": "I5",
    "DELETE FROM move_serial": "I5",
    "DELETE FROM audit_event WHERE stream = 'ledger/HZ'": "I11",
}


@pytest.mark.parametrize("statement", RECEIPT_TAMPERINGS)
def test_tampering_with_what_a_receipt_wrote_is_found(house: House, statement: str) -> None:
    number, case = f"T{next(_cases)}", house.case()
    goods = line("P-SER", 1, number, serial_no=f"SN-{number}")
    stock.stock_receive(house.ctx, case.envelope("post_pending#1", "stock.receive", delivery(goods)))
    with pytest.raises(_UndoTampering), house.database.write() as session:
        assert {fault.invariant for fault in verify_ledger(session)} - {"I7"} == set()
        for name in triggers_of(session.connection()):
            table = name.removeprefix("gsp_").rpartition("_")[0]
            on = f" ON {table}" if session.connection().dialect.name == "postgresql" else ""
            session.connection().execute(text(f"DROP TRIGGER {name}{on}"))
        session.connection().execute(text(statement), {"lot": number} if ":lot" in statement else {})
        session.expire_all()
        assert RECEIPT_TAMPERINGS[statement] in {fault.invariant for fault in verify_ledger(session)}
        raise _UndoTampering


class _UndoTampering(Exception):
    """Rolls the tampering back."""


def test_a_balance_and_its_move_changed_together_are_found_by_the_audit_stream(house: House) -> None:
    received(house, "both", 1, 5, "both-lot")
    with pytest.raises(_UndoTampering), house.database.write() as session:
        lot = some_lot(session, house, "both-lot")
        on = " ON stock_move" if session.connection().dialect.name == "postgresql" else ""
        session.connection().execute(text(f"DROP TRIGGER gsp_stock_move_update{on}"))
        session.connection().execute(text("UPDATE stock_move SET qty = 7 WHERE lot_id = :lot"), {"lot": lot})
        change = "UPDATE stock_balance SET qty = CASE WHEN qty > 0 THEN 7 ELSE -7 END WHERE lot_id = :lot"
        session.connection().execute(text(change), {"lot": lot})
        assert {fault.invariant for fault in verify_ledger(session)} - {"I7"} == {"I1", "I11"}
        raise _UndoTampering


def test_a_verdict_without_its_signature_is_found(house: House) -> None:
    received(house, "verdict", 1, 5, f"verdict-{house.database.is_sqlite}")
    with house.database.write() as session:
        at, lot_id = places(session), some_lot(session, house, f"verdict-{house.database.is_sqlite}")
        move = Move(
            MoveKind.STATUS,
            house.ids["P-LOT"],
            lot_id,
            at["pending"],
            at["pending"],
            Status.PENDING,
            Status.QUALIFIED,
            5,
        )
        ledger.post(session, posting("verdict", 2), lambda: Draft([move], {}, Evidence(inspection="forged")))
    with house.database.read() as session:
        assert "I7" in {fault.invariant for fault in verify_ledger(session)}
