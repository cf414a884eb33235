"""The database is ahead of the process engine: cases go on from their stored records, and forged ones do not."""

from __future__ import annotations

import asyncio
import copy
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from temporalio.api.common.v1 import Payloads

from app import restored
from app.backup import backup, restore
from domain.canonical import digest, dumps
from records import acts as act_rows
from records import cases, inbox, triggers
from records.ledger_verify import verify_ledger
from services import audit, people, stored_cases, tasks, upkeep
from services import cases as case_services
from services.cases import Begin
from services.history import as_record
from services.office import Office
from services.replay import prove
from services.waves import given_to
from services.witnesses import histories_of
from tests.installed import Installation, at_work, put_demo, settings_of
from workflows.converter import EXACT_CONVERTER
from workflows.engine.appliers import apply, blank, fold
from workflows.engine.rows import rows_of
from workflows.engine.turn import Entry
from workflows.engine.wave import wave_of
from workflows.language.model import load_model

NOTE = "AFTER-THE-COPY"


@pytest.fixture(scope="module")
async def monday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a filled installation whose histories nobody archived; the installation itself is gone."""
    folder, target = tmp_path_factory.mktemp("original"), tmp_path_factory.mktemp("backups") / "monday"
    async with at_work(put_demo(folder, tmp_path_factory)) as made:
        await upkeep.Keeper(made.office).checkpoint()
        backup(made.settings, target)
    shutil.rmtree(folder)
    return target


@pytest.fixture
async def folder(monday: Path, tmp_path: Path) -> AsyncIterator[Path]:
    """That installation restored and compared."""
    settings = settings_of(tmp_path / "data")
    restore(settings, monday)
    restored.note_of(settings).unlink()
    yield settings.data


async def a_claim(made: Installation) -> tuple[Any, str, str]:
    """Somebody claims a task: the person, the task, the case."""
    inspector = await people.actor_named(made.office, "inspector")
    page: Any = await tasks.listing(made.office, inspector, {"scope": "claimable"})  # type: ignore[arg-type]
    row = page["items"][0]
    await tasks.claim(made.office, inspector, row["id"])  # type: ignore[arg-type]
    return inspector, row["id"], row["case"]


async def a_start(made: Installation) -> str:
    """A case like one of the demo's, started now; its id."""
    closed = await made.closed_case()
    (first, *_) = await made.office.db.reading(cases.records, closed, 0, 1)
    actor = await people.actor_named(made.office, first.actor)
    assert actor is not None
    values = {**first.detail["start"], "delivery_note_no": NOTE}
    begun = await case_services.start(made.office, actor, Begin("receiving_inspection", values, site=actor.sites[0]))
    case_id = str(begun["id"])
    await at_rest(made, case_id)
    return case_id


async def at_rest(made: Installation, case_id: str) -> None:
    """The case has put its first task in somebody's box: until then it is still writing by itself."""
    async with asyncio.timeout(60):
        while not await made.office.db.reading(inbox.tasks_of, case_id):
            await asyncio.sleep(0.05)


async def heads_of(made: Installation) -> dict[str, tuple[int, str]]:
    """Case → (wave, head)."""
    return await made.office.db.reading(cases.heads)


async def everything_holds(made: Installation) -> None:
    """Chains, seals, ledger, checkpoints, every column of every row, and every history replays.

    Triggers that a test has dropped to get behind them are not counted.
    """
    report = await audit.verify_installation(audit.premises_of(made.office), made.office.now(), thorough=True)
    assert [line for line in report.lines("en") if not line.endswith("is gone")] == []
    for case_id in await heads_of(made):
        histories = await histories_of(made.office.db, made.office.gateway, case_id)
        proof = await prove(histories, await made.office.db.reading(cases.records, case_id))
        assert proof.deterministic and not proof.differences, proof.as_json()
    with made.office.db.read() as session:
        assert [fault for fault in verify_ledger(session) if fault.invariant != "I1"] == []


def postings(folder: Path) -> list[Any]:
    """Every posting and what lies where."""
    with closing(sqlite3.connect(folder / "gspflow.db")) as database:
        rows = "SELECT effect_key FROM posting ORDER BY id", "SELECT * FROM stock_balance ORDER BY 1, 2, 3, 4, 5"
        return [database.execute(query).fetchall() for query in rows]


async def test_engine_restored_from_an_older_copy_goes_on_where_people_were(folder: Path, tmp_path: Path) -> None:
    settings = settings_of(folder)
    shutil.copytree(settings.temporal_dir, tmp_path / "older")
    async with at_work(folder) as made:
        inspector, task, case_id = await a_claim(made)
        await tasks.release(made.office, inspector, task)
        await tasks.claim(made.office, inspector, task)
        fresh = await a_start(made)
    shutil.rmtree(settings.temporal_dir)
    shutil.move(tmp_path / "older", settings.temporal_dir)
    async with at_work(folder, worked=False) as made:
        before, stock = await heads_of(made), postings(folder)
        done = await restored.compare(made.settings)
        assert done.ok and {row.split(":")[0] for row in done.returned} == {case_id, fresh}
        again = await restored.compare(made.settings)
        assert again.ok and again.returned == again.rebuilt == again.posted == []
    async with at_work(folder) as made:
        for each in (case_id, fresh):
            wave, head = before[each]
            records = await made.office.db.reading(cases.records, each)
            (back,) = (row for row in records if row.action == "continued")
            assert back.wave == wave + 1 and records[back.seq - 2].head == head == back.detail["head"]
            assert back.detail["because"] == "restored" and back.detail["records"] == back.seq - 1
        assert postings(folder) == stock
        await everything_holds(made)
        await tasks.release(made.office, inspector, task)
        last = (await made.office.db.reading(cases.records, case_id))[-1]
        assert (last.action, last.actor) == ("released", "inspector")
        await everything_holds(made)


async def test_engine_that_is_gone_altogether_gets_every_case_back(folder: Path) -> None:
    settings, stock = settings_of(folder), postings(folder)
    shutil.rmtree(settings.temporal_dir)
    async with at_work(folder, worked=False) as made:
        closed, before = await made.closed_case(), await heads_of(made)
        done = await restored.compare(made.settings)
        assert done.ok and {row.split(":")[0] for row in done.returned} == set(before)
        assert (await heads_of(made))[closed] == before[closed], "a case that had ended gets no record more"
    async with at_work(folder) as made:
        assert postings(folder) == stock, "no posting is made a second time"
        await everything_holds(made)
        await upkeep.archive(made.office)
        assert await made.office.db.reading(cases.archives, closed)


async def test_case_brought_back_gives_its_rows_back(folder: Path) -> None:
    settings = settings_of(folder)
    shutil.rmtree(settings.temporal_dir)
    async with at_work(folder, worked=False) as made:
        await restored.compare(made.settings)
        rows, _ = await made.office.db.reading(cases.listing, cases.CaseQuery(state="running", limit=1))
        names = "case_record case_wave signature case_step task case_scope case_tag act_answer".split()
        forget(made.office, [f"DELETE FROM {name} WHERE case_id = '{rows[0].id}'" for name in names])
        forget(made.office, [f"DELETE FROM case_row WHERE id = '{rows[0].id}'"])
        done = await restored.compare(made.settings)
        assert done.ok and len(done.rebuilt) == 1
        await everything_holds(made)


def forget(office: Office, statements: list[str]) -> None:
    """Change the database behind its triggers."""
    with office.db.write() as session:
        connection = session.connection()
        for name in triggers.triggers_of(connection):
            connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(text(statement))


def rewritten(office: Office, case_id: str, action: str) -> None:
    """A record of a case tells something else, with a hash that fits."""
    forget(office, [])
    with office.db.read() as session:
        row = next(row for row in cases.records(session, case_id) if row.action == action)
    detail = {**row.detail, "why": "forged"}
    forged = {"detail": dumps(detail), "sha": digest("detail", detail), "case": case_id, "seq": row.seq}
    with office.db.write() as session:
        change = "UPDATE case_record SET detail = :detail, detail_sha = :sha WHERE case_id = :case AND seq = :seq"
        session.connection().execute(text(change), forged)


@pytest.mark.parametrize("action", ["started", "opened", "claimed"])
async def test_forged_record_keeps_its_case_away_and_the_lost_acts_are_named(folder: Path, action: str) -> None:
    async with at_work(folder) as made:
        _, _, case_id = await a_claim(made)
    shutil.rmtree(settings_of(folder).temporal_dir)
    async with at_work(folder, worked=False) as made:
        rewritten(made.office, case_id, action)
        done = await restored.compare(made.settings)
        assert not done.ok and case_id not in {row.split(":")[0] for row in done.returned}
        (why,) = done.quarantined
        assert why.startswith(case_id) and "not believed" in why
        assert done.lost and all(row.startswith(case_id) for row in done.lost)
        assert any("claimed" in row and "by inspector" in row for row in done.lost)
        assert await made.office.gateway.describe(case_id) is None, "nothing runs of it"


@pytest.mark.parametrize(("limit", "most"), [("GIVEN_BYTES_MAX", 1000), ("RECORDS_MAX", 3)])
async def test_more_than_fits_is_quarantined_and_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    shutil.rmtree(settings_of(folder).temporal_dir)
    monkeypatch.setattr(stored_cases, limit, most)
    async with at_work(folder, worked=False) as made:
        done = await restored.compare(made.settings)
        assert done.returned == [] and done.quarantined
        assert all(f"{most} can be brought back" in row for row in done.quarantined)


def change_value(given: Any) -> None:
    record = next(each for each in given["records"] if each["action"] == "started")
    record["detail"]["start"]["delivery_note_no"] = "CK-9999"


def change_system_record(given: Any) -> None:
    record = next(each for each in given["records"] if each["action"] == "opened")
    record["detail"]["seats"] = [{"key": "s1", "roles": ["buyer"]}]
    record["detail_sha"] = digest("detail", record["detail"])


def leave_out_the_last(given: Any) -> None:
    del given["records"][-1]


def change_answer(given: Any) -> None:
    given["waves"][0]["answers"][0]["answer"]["state"] = "completed"


def change_rules(given: Any) -> None:
    given["pinned"]["definition"]["steps"][-1]["title"] = {"zh": "改", "en": "changed"}


def change_statement(given: Any) -> None:
    given["act"]["envelope"]["facts"]["seq"] += 1


CHANGES = [change_value, change_system_record, leave_out_the_last, change_answer, change_rules, change_statement]


async def test_run_with_a_forged_record_is_refused_and_proves_nothing(folder: Path) -> None:
    shutil.rmtree(settings_of(folder).temporal_dir)
    async with at_work(folder) as made:
        rows, _ = await made.office.db.reading(cases.listing, cases.CaseQuery(state="running", limit=1))
        case_id, before = rows[0].id, await heads_of(made)
        back = await stored_cases.returning(made.office, case_id)
        for change in CHANGES:
            given: Any = copy.deepcopy(back.given)
            change(given)
            await made.office.gateway.bring_back(case_id, given, back.about, "a forger at work")
            why = await stored_cases.arrival(made.office, back)
            assert why is not None and "not believed" in why, change.__name__
            proof = await prove(await made.office.gateway.histories(case_id), None)
            assert proof.records == 0 and proof.differences[0]["kind"] == "forged_records"
        assert await heads_of(made) == before, "nothing was written"


@pytest.mark.parametrize("change", CHANGES)
async def test_history_of_a_return_with_a_forged_record_does_not_replay(returned: Any, change: Any) -> None:
    history = copy.deepcopy(returned)
    given: Any = await given_to(history)
    change(given)
    payloads = history.events[0].workflow_execution_started_event_attributes.input
    payloads.CopyFrom(Payloads(payloads=await EXACT_CONVERTER.encode([given])))
    proof = await prove([history], None)
    assert not proof.deterministic, "the forgery went through"


@pytest.fixture(scope="module")
async def returned(monday: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The history of a case that was brought back."""
    settings = settings_of(tmp_path_factory.mktemp("returned") / "data")
    restore(settings, monday)
    shutil.rmtree(settings.temporal_dir)
    async with at_work(settings.data, worked=False) as made:
        await restored.compare(made.settings)
        rows, _ = await made.office.db.reading(cases.listing, cases.CaseQuery(state="running", limit=1))
        first, *_ = await made.office.gateway.histories(rows[0].id)
        return first


async def test_chain_written_anew_is_not_brought_back_when_a_checkpoint_saw_the_true_one(folder: Path) -> None:
    shutil.rmtree(settings_of(folder).temporal_dir)
    async with at_work(folder, worked=False) as made:
        rows, _ = await made.office.db.reading(cases.listing, cases.CaseQuery(state="running", limit=1))
        await retold(made.office, rows[0].id)
        assert (await stored_cases.returning(made.office, rows[0].id)).case.id, "in itself the story holds"
        done = await restored.compare(made.settings)
        (why,) = done.quarantined
        assert why.startswith(rows[0].id) and "checkpoint" in why


async def retold(office: Office, case_id: str) -> None:
    """The last record of a case, which nobody sealed, tells of another time, with every hash made to fit."""
    forget(office, [])
    records = await office.db.reading(cases.records, case_id)
    waves = await office.db.reading(cases.waves, case_id)
    last = {**as_record(records[-1]), "at": "2026-01-01T00:00:00.000Z"}
    case = await office.db.reading(cases.case, case_id)
    assert case is not None and last["act_sha"] is None
    model = load_model(await office.db.reading(cases.pinned, case.pinned_sha) or {})
    told: Any = [as_record(row) for row in records[:-1]] + [last]
    state = fold(told)
    entries, blank_state = list[Entry](), blank(told[0])
    for record in told:
        before = blank_state.head
        apply(blank_state, record)
        entries.append(Entry(record, rows_of(model, blank_state, record), before))
    answers = await office.db.reading(act_rows.answers_of, case_id)
    mine = [each for each in answers if each.seq >= waves[-1].first_seq]
    names = ("act_id", "seq", "path", "caller", "body_sha", "answer")
    given: Any = [{name: getattr(each, name) for name in names} for each in mine]
    wave = wave_of(entries[waves[-1].first_seq - 1 :], given, waves[-1].no)
    change = {"case": case_id, "seq": len(told), "no": wave.no, "head": state.head, "sha": wave.sha, "at": last["at"]}
    with office.db.write() as session:
        for table, row in (("case_record", "case_id = :case AND seq = :seq"), ("case_row", "id = :case")):
            session.connection().execute(text(f"UPDATE {table} SET head = :head WHERE {row}"), change)
        where = "WHERE case_id = :case"
        session.connection().execute(text(f"UPDATE case_record SET at = :at {where} AND seq = :seq"), change)
        session.connection().execute(
            text(f"UPDATE case_wave SET head = :head, sha256 = :sha {where} AND no = :no"), change
        )
