"""Waves become rows once, in order, and a rebuild gives the same rows."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.canonical import digest
from records import cases, inbox, triggers
from records.acts import ActIntent, answers_to, intend, intent
from records.database import Database
from records.projection import QuarantineError, difference, project, rebuild
from tests.examples import examples
from tests.records.conftest import NOON, Story, act_of, contents, later


def test_a_wave_gives_case_task_record_signature_and_answer(database: Database) -> None:
    story = Story("C-plain", key="K1")
    with database.write() as session:
        first = project(session, story.opening())
        project(session, story.inspected())
    assert (first.seq, first.again) == (2, False)
    with database.read() as session:
        case = cases.case(session, "C-plain")
        assert case is not None and (case.state, case.seq, case.head) == ("completed", 4, story.head)
        assert [r.action for r in cases.records(session, "C-plain")] == ["started", "opened", "completed", "ended"]
        (signature,) = cases.signatures(session, "C-plain")
        assert (signature.signer, signature.meaning, signature.seq) == ("inspector", "inspected", 3)
        assert answers_to(session, "C-plain-act")[0].answer == {"case": "C-plain"}
        assert [task["state"] for task in inbox.tasks_of(session, "C-plain")] == ["done"]
        found = cases.tags(session, "C-plain")
        assert ("lot", "L-7") in found and ("person", "buyer") in found and ("supplier", "S01") in found


def test_the_same_wave_twice_changes_nothing(database: Database) -> None:
    story = Story("C-twice")
    opening = story.opening()
    with database.write() as session:
        once = project(session, opening)
    before = contents(database, "C-twice")
    with database.write() as session:
        again = project(session, opening)
    assert again.again and (again.seq, again.head) == (once.seq, once.head)
    assert contents(database, "C-twice") == before


def test_a_late_repeat_of_an_old_wave_does_not_bring_old_rows_back(database: Database) -> None:
    story = Story("C-late")
    opening, done = story.opening(), story.inspected()
    with database.write() as session:
        project(session, opening)
        project(session, done)
        assert project(session, opening).again
    with database.read() as session:
        assert [task["state"] for task in inbox.tasks_of(session, "C-late")] == ["done"]


@pytest.mark.parametrize("spoil", ["values", "number", "prev_head", "detail", "head", "gap"])
def test_a_wave_that_contradicts_the_database_is_quarantined_and_writes_nothing(database: Database, spoil: str) -> None:
    story = Story(f"C-bad-{spoil}")
    opening = story.opening()
    with database.write() as session:
        project(session, opening)
    before = contents(database, story.case_id)
    wave = _spoilt(spoil, opening, story)
    with pytest.raises(QuarantineError), database.write() as session:
        project(session, wave)
    assert contents(database, story.case_id) == before


def _spoilt(spoil: str, opening: dict[str, Any], story: Story) -> dict[str, Any]:
    if spoil == "values":
        forged = copy.deepcopy(opening)
        forged["rows"]["tasks"][0]["roles"] = ["it_admin"]
        return forged
    wave = copy.deepcopy(story.inspected())
    if spoil == "number":
        wave["no"] += 1
    elif spoil == "prev_head":
        wave["prev_head"] = "0" * 64
    elif spoil == "detail":
        wave["records"][0]["detail"]["actor"]["id"] = "somebody"
    elif spoil == "head":
        wave["head"] = "0" * 64
    else:
        del wave["records"][0]
    return wave


def test_a_forged_actor_does_not_fit_the_chain(database: Database) -> None:
    story = Story("C-actor")
    with database.write() as session:
        project(session, story.opening())
    wave = copy.deepcopy(story.inspected())
    wave["records"][0]["detail"]["actor"]["id"] = "somebody"
    wave["records"][0]["detail_sha"] = digest("detail", wave["records"][0]["detail"])
    with pytest.raises(QuarantineError) as refused, database.write() as session:
        project(session, wave)
    assert refused.value.what == "head"


def test_a_start_that_the_first_head_does_not_cover_is_quarantined(database: Database) -> None:
    story = Story("C-start")
    wave = story.opening()
    wave["rows"]["scopes"][0]["body"] = {"supplier_code": "S99"}
    with pytest.raises(QuarantineError) as refused, database.write() as session:
        project(session, wave)
    assert refused.value.what == "prev_head"


def test_the_closing_wave_frees_the_business_key(database: Database) -> None:
    story = Story("C-key", key="DN-1")
    with database.write() as session:
        assert cases.claim_key(session, "receiving", "HQ", "DN-1", "C-key", NOON) is None
        project(session, story.opening())
        assert cases.claim_key(session, "receiving", "HQ", "DN-1", "C-other", NOON) == "C-key"
        assert cases.claim_key(session, "receiving", "B2", "DN-1", "C-other-site", NOON) is None
        project(session, story.inspected())
        assert cases.key_holder(session, "receiving", "HQ", "DN-1") is None
        assert cases.claim_key(session, "receiving", "HQ", "DN-1", "C-other", NOON) is None


def test_the_wave_closes_the_intent_and_forgets_the_failures(database: Database) -> None:
    story = Story("C-intent")
    act = act_of("inspector", "C-intent-act", "inspected")
    asked = ActIntent(
        act_id="C-intent-act", case_id="C-intent", site="HQ", caller="inspector", body_sha="b" * 64, act=act,
        created_at=NOON, expires_at=later(60),
    )  # fmt: skip
    with database.write() as session:
        assert intend(session, asked) and not intend(session, asked)
        project(session, story.opening())
        assert cases.note_failure(session, "C-intent", 2, "failing", "database is away", NOON) == 1
        assert [row.case_id for row in cases.failures(session)] == ["C-intent"]
        project(session, story.inspected())
        assert cases.failures(session) == []
    with database.read() as session:
        closed = intent(session, "C-intent-act")
        assert closed is not None and (closed.state, closed.closed_at) == ("recorded", later(4))


def test_a_rebuild_gives_the_same_rows(database: Database) -> None:
    story = Story("C-rebuild", key="K9")
    waves = [story.opening(), story.inspected()]
    with database.write() as session:
        for wave in waves:
            project(session, wave)
    before = contents(database, "C-rebuild")
    with database.write() as session:
        rebuild(session, "C-rebuild", waves)
    assert contents(database, "C-rebuild") == before


def test_a_rebuild_brings_back_what_a_restored_backup_lacks(database: Database) -> None:
    story = Story("C-behind", key="K8")
    waves = [story.opening(), story.inspected()]
    with database.write() as session:
        project(session, waves[0])
        result = rebuild(session, "C-behind", waves)
    assert result is not None and result.wave == 2
    whole = Story("C-behind2", key="K8b")
    with database.write() as session:
        for wave in [whole.opening(), whole.inspected()]:
            project(session, wave)
    counted = {table: len(rows) for table, rows in contents(database, "C-behind").items()}
    assert counted == {table: len(rows) for table, rows in contents(database, "C-behind2").items()}


def test_a_rebuild_never_overwrites_a_record_that_differs(database: Database) -> None:
    story = Story("C-differs")
    waves = [story.opening(), story.inspected()]
    with database.write() as session:
        for wave in waves:
            project(session, wave)
        before = triggers.triggers_of(session.connection())
        _drop_triggers(session, "case_record")
        session.connection().execute(text("UPDATE case_record SET actor = 'x' WHERE case_id = 'C-differs' AND seq = 2"))
        triggers.put_back(session.connection(), before, {"case_record"})
    with pytest.raises(QuarantineError), database.write() as session:
        rebuild(session, "C-differs", waves)


def _drop_triggers(session: Any, table: str) -> None:
    connection = session.connection()
    for name in triggers.triggers_of(connection):
        if name.startswith(f"gsp_{table}_"):
            on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{on}"))


def test_a_changed_task_row_is_named_by_comparing_with_the_waves(database: Database) -> None:
    story = Story("C-diff")
    waves = [story.opening(), story.inspected()]
    with database.write() as session:
        for wave in waves:
            project(session, wave)
        assert difference(session, "C-diff", waves) is None
        session.connection().execute(text("UPDATE task SET done_by = 'x' WHERE case_id = 'C-diff'"))
        found = difference(session, "C-diff", waves)
    assert found is not None and found[0] == "task"


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from(["claim", "notify", "write", "cancel"]), max_size=6), number=st.integers(0, 10**9)
)
def test_any_sequence_of_waves_rebuilds_bit_for_bit(database: Database, steps: list[str], number: int) -> None:
    case_id = f"C-any-{digest('test', [list(steps), number])[:20]}"
    story = Story(case_id, key=f"key-{number}-{len(steps)}")
    waves = [story.opening(), *(_random_wave(story, step) for step in steps)]
    with database.write() as session:
        for wave in waves:
            project(session, wave)
    before = contents(database, case_id)
    with database.write() as session:
        assert difference(session, case_id, waves) is None
        rebuild(session, case_id, waves)
    assert contents(database, case_id) == before


def _random_wave(story: Story, step: str) -> dict[str, Any]:
    prev = story.head
    record = story.record(step, "inspect#1", actor={"id": "inspector"}, step="inspect")
    rows: dict[str, Any] = {
        "claim": {"tasks": [story.task("inspect#1", assignee="inspector")]},
        "notify": {"notices": [{"seq": story.seq, "path": "n#1", "roles": ["receiver"], "title": {}, "at": NOON}]},
        "write": {"scopes": [{"scope": "data", "body": {"lot_no": f"L{story.seq}"}}]},
        "cancel": {"tasks": [story.task("inspect#1", "cancelled")], "steps": [story.step("inspect#1", "cancelled")]},
    }[step]
    return story.wave([record], prev, **rows)
