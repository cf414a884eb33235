"""The database keeps values exact, lets one writer in at a time, and tells when something changed."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from domain.canonical import CanonicalError, dumps, loads
from domain.json_types import JsonObject
from records import audit, cases
from records.cases import CaseQuery
from records.database import Database, DatabaseBusyError, NestedWriteError
from records.drafts import Drafts
from records.projection import project
from records.signal import ChangeSignal, announce
from records.verify import verify_stream
from tests.examples import examples
from tests.records.conftest import NOON, Story, later

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**8), max_value=10**8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8) | DECIMALS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_json_comes_back_exactly(database: Database, value: object) -> None:
    exact = loads(dumps(value))  # type: ignore[arg-type]
    with database.write() as session:
        audit.append(session, "exact", "a", "b", "c", {"value": exact}, NOON)
        (event,) = audit.events(session, "exact", limit=1)
        session.expire(event)
        assert event.payload == {"value": exact}
        assert _types(event.payload["value"]) == _types(exact)


def _types(value: object) -> object:
    if isinstance(value, list):
        return [_types(item) for item in value]
    if isinstance(value, dict):
        return {key: _types(item) for key, item in value.items()}
    return type(value)


def test_a_float_is_refused(database: Database) -> None:
    with pytest.raises(CanonicalError), database.write() as session:
        audit.append(session, "float", "a", "b", "c", {"celsius": 8.1}, NOON)  # type: ignore[dict-item]
    with database.read() as session:
        assert audit.events(session, "float") == []


def test_many_writers_make_one_gap_free_stream(database: Database) -> None:
    def work(number: int) -> None:
        for step in range(10):
            with database.write() as session:
                audit.append(session, "busy", f"w{number}", "did", str(step), {}, NOON)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert len(audit.events(session, "busy", limit=100)) == 40
        assert verify_stream(session, "busy") is None


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        audit.append(session, "failed", "a", "b", "c", {}, NOON)
        raise ZeroDivisionError
    with database.write() as session:
        assert audit.append(session, "failed", "a", "b", "c", {}, NOON)[0] == 1


def test_a_nested_write_is_refused_instead_of_waiting_for_itself(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nested.db'}")
    with pytest.raises(NestedWriteError), database.write(), database.write():
        pass
    with database.write() as session:
        session.connection().execute(text("CREATE TABLE after_it (x)"))
    database.close()


def test_a_read_session_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseError), database.read() as session:
        audit.append(session, "read-only", "a", "b", "c", {}, NOON)
    with database.write() as session:
        assert audit.append(session, "read-only", "a", "b", "c", {}, NOON)[0] == 1


def test_a_read_session_sees_one_moment(database: Database) -> None:
    with database.read() as session:
        before = audit.events(session, "moment")
        with database.write() as other:
            audit.append(other, "moment", "a", "b", "c", {}, NOON)
        assert audit.events(session, "moment") == before == []


def test_a_database_that_another_process_holds_says_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'held.db'}")
    holder = sqlite3.connect(tmp_path / "held.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusyError, match="another process|Another process"), database.write():
        pass
    holder.execute("ROLLBACK")
    holder.close()
    with database.write() as session:
        session.connection().execute(text("CREATE TABLE after_it (x)"))
    database.close()


def test_sqlite_is_durable_and_strict(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'pragmas.db'}")
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 3000,
        "recursive_triggers": 1,
    }
    with database.read() as session:
        for name, value in expected.items():
            assert session.connection().execute(text(f"PRAGMA {name}")).scalar() == value, name
    database.close()


async def test_work_runs_in_threads_with_a_session(database: Database) -> None:
    def append(session: object, stream: str) -> tuple[int, str]:
        return threading.current_thread().name, audit.append(session, stream, "a", "b", "c", {}, NOON)[0]  # type: ignore

    (name, seq) = await database.writing(append, "threaded")
    assert seq == 1 and str(name).startswith("records")
    both = await asyncio.gather(*(database.reading(audit.events, "threaded") for _ in range(3)))
    assert [len(found) for found in both] == [1, 1, 1]


def test_events_are_found_by_stream_actor_rule_case_and_page(database: Database) -> None:
    with database.write() as session:
        for number in range(5):
            payload: JsonObject = {"rule": f"RULE-0{number % 2}", "case": f"C{number}"}
            audit.append(session, f"refusals/S{number % 2}", f"p{number}", "refused", "x", payload, later(number))
        found = audit.events(session, prefix="refusals/S", limit=2)
        assert [e.actor for e in found] == ["p4", "p3"]
        after = (found[-1].at, found[-1].stream, found[-1].seq)
        assert [e.actor for e in audit.events(session, prefix="refusals/S", after=after)] == ["p2", "p1", "p0"]
        assert [e.actor for e in audit.events(session, rule="RULE-01", prefix="refusals/S")] == ["p3", "p1"]
        assert [e.actor for e in audit.events(session, case_id="C2")] == ["p2"]
        assert [e.actor for e in audit.events(session, "refusals/S0", since=later(1), until=later(4))] == ["p2"]


def test_cases_are_found_by_what_they_are_about(database: Database) -> None:
    def found(**query: object) -> list[str]:
        return [row.id for row in cases.listing(session, CaseQuery(**query))[0]]  # type: ignore[arg-type]

    with database.write() as session:
        stories = [
            Story(f"F-{number}", key=f"DN-{number}", start={"supplier_name": "华东器械", "lot_no": lot})
            for number, lot in enumerate(["A100", "A101", "B200"])
        ]
        for story in stories:
            project(session, story.opening())
        project(session, stories[-1].inspected(by="ann"))
        assert found(tags=(("lot", "a100"),)) == ["F-0"]
        assert found(tags=(("lot", "A10*"),)) == ["F-1", "F-0"]
        assert found(tags=(("supplier", "华东*"), ("lot", "B200"))) == ["F-2"]
        assert found(tags=(("person", "ann"),)) == ["F-2"]
        assert found(q="华东 dn-1") == ["F-1"]
        assert found(state="completed", business_key="DN-2") == ["F-2"]
        assert found(sites=("B2",)) == [] and found(definitions=(), q="dn-") == []
        page, following = cases.listing(session, CaseQuery(q="dn-", tags=(("supplier", "华东器械"),), limit=2))
        assert [row.id for row in page] == ["F-2", "F-1"] and following is not None
        assert found(q="dn-", tags=(("supplier", "华东器械"),), after=following) == ["F-0"]


def test_several_drafts_change_together_and_nothing_is_lost_between_two_devices(
    database: Database, tmp_path: Path
) -> None:
    drafts = Drafts(f"sqlite:///{tmp_path / 'both.db'}" if database.is_sqlite else database.url)

    def one_more(found: tuple[Any, ...]) -> tuple[tuple[Any, ...], int]:
        count = (found[0] or {"n": 0})["n"] + 1
        return ({"n": count}, {"log": [*(found[1] or {"log": []})["log"], count]}), count

    with ThreadPoolExecutor(4) as devices:
        answers = list(devices.map(lambda _: drafts.change(("T9", "scans/T9"), "ann", one_more, NOON), range(12)))
    assert sorted(answers) == list(range(1, 13))
    assert drafts.load("scans/T9", "ann")["data"]["log"] == list(range(1, 13))  # type: ignore[index]
    drafts.close()


def test_drafts_are_kept_per_person_and_counted(database: Database, tmp_path: Path) -> None:
    drafts = Drafts(f"sqlite:///{tmp_path / 'drafts.db'}" if database.is_sqlite else database.url)
    assert drafts.save("T1", "ann", {"qty": Decimal("1.50")}, NOON) == 1
    assert drafts.save("T1", "ann", {"qty": Decimal("2.50")}, later(1), "sha") == 2
    assert drafts.save("T1", "bob", {"qty": 9}, NOON) == 1
    found = drafts.load("T1", "ann")
    assert found is not None and (found["data"], found["rev"], found["form_sha"]) == ({"qty": Decimal("2.5")}, 2, "sha")
    assert [row["subject"] for row in drafts.of("ann")] == ["T1"]
    drafts.close()
    drafts = Drafts(f"sqlite:///{tmp_path / 'drafts.db'}" if database.is_sqlite else database.url)
    assert drafts.load("T1", "bob") is not None
    drafts.delete("T1")
    assert drafts.load("T1", "ann") is None and drafts.load("T1", "bob") is None
    drafts.save("T2", "ann", {}, NOON)
    assert (drafts.purge(NOON), drafts.purge(later(1))) == (0, 1)
    drafts.close()


def test_a_commit_is_signalled(database: Database) -> None:
    told = threading.Event()
    signal = ChangeSignal(database, poll_seconds=0.01)
    signal.start(told.set)
    try:
        with database.write() as session:
            audit.append(session, "signal", "a", "b", "c", {}, NOON)
            announce(session.connection())
            assert not told.is_set()
        assert told.wait(10)
    finally:
        signal.stop()
