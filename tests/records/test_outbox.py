"""What has to be told is written with what it tells of, once, on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session, select

from records import inbox, outbox
from records.database import Database
from records.outbox import Outgoing, Told
from records.projection import project, rebuild
from tests.records.conftest import NOON, Story, later


def told_of(session: Session, case_id: str) -> dict[str, Outgoing]:
    return {row.id: row for row in session.exec(select(Outgoing).where(Outgoing.case_id == case_id))}


def test_a_wave_tells_its_notices_and_the_tasks_it_opened(database: Database) -> None:
    story = Story("O-plain", key="K-O1")
    opening = story.opening()
    with database.write() as session:
        project(session, opening)
    task = opening["rows"]["tasks"][0]["id"]
    with database.read() as session:
        found = told_of(session, "O-plain")
    assert set(found) == {"O-plain/2", f"task/{task}"}
    notice, opened = found["O-plain/2"], found[f"task/{task}"]
    assert (notice.kind, notice.roles, notice.link, notice.step) == (
        "notice",
        ["inspector"],
        "/cases/O-plain",
        "inspect",
    )
    assert (opened.kind, opened.roles, opened.link, opened.business_key) == (
        "task",
        ["inspector"],
        f"/tasks/{task}",
        "K-O1",
    )
    assert opened.said is None and opened.closed_at == opened.at, "nobody waits for the reading of an ordinary task"


def test_a_wave_that_is_not_written_tells_nothing(database: Database) -> None:
    story = Story("O-lost")
    with pytest.raises(RuntimeError), database.write() as session:
        project(session, story.opening())
        raise RuntimeError
    with database.read() as session:
        assert told_of(session, "O-lost") == {}


def test_a_rebuild_tells_nobody_again(database: Database) -> None:
    story = Story("O-again")
    waves = [story.opening(), story.inspected()]
    with database.write() as session:
        for wave in waves:
            project(session, wave)
        before = {key: row.model_dump() for key, row in told_of(session, "O-again").items()}
        rebuild(session, "O-again", waves)
        assert {key: row.model_dump() for key, row in told_of(session, "O-again").items()} == before


def handed_over(story: Story, action: str, by: str, to: str | None) -> dict[str, Any]:
    prev = story.head
    record = story.record(action, "inspect#1", actor={"id": by, "name": by, "role": "inspector"})
    return story.wave([record], prev, tasks=[story.task("inspect#1", assignee=to)])


def test_who_gets_a_task_is_told_and_who_takes_it_is_not(database: Database) -> None:
    story = Story("O-hand")
    waves = [
        story.opening(),
        handed_over(story, "claimed", "ann", "ann"),
        handed_over(story, "transferred", "ann", "bob"),
    ]
    with database.write() as session:
        for wave in waves:
            project(session, wave)
        people = [row.account for row in told_of(session, "O-hand").values() if row.task_id]
    assert set(people) == {None, "bob"}


@pytest.mark.parametrize(("process", "kind"), [("recall", "recall"), ("cold_chain_excursion", "cold_chain")])
def test_what_a_recall_or_an_excursion_tells_is_legal(database: Database, process: str, kind: str) -> None:
    story = Story(f"O-{process}")
    opening = story.opening()
    opening["rows"]["case"]["process"] = process
    with database.write() as session:
        project(session, opening)
        rows = told_of(session, story.case_id).values()
    assert {row.kind for row in rows} == {kind} and all(row.urgent and row.closed_at is None for row in rows)


def test_sandbox_cases_tell_nobody_and_drills_wait_for_no_reading(database: Database) -> None:
    for mode, expected in (("sandbox", 0), ("drill", 2)):
        story = Story(f"O-{mode}")
        opening = story.opening()
        opening["mode"] = opening["rows"]["case"]["mode"] = mode
        opening["rows"]["case"]["process"] = "recall"
        with database.write() as session:
            project(session, opening)
            rows = list(told_of(session, story.case_id).values())
        assert len(rows) == expected and all(row.closed_at for row in rows)


def test_the_same_key_is_told_once(database: Database) -> None:
    first = Told("mention/1/ann", "mention", NOON, "HQ", {"zh": "一", "en": "one"}, account="ann")
    again = Told("mention/1/ann", "mention", later(5), "HQ", {"zh": "二", "en": "two"}, account="ann")
    with database.write() as session:
        outbox.put(session, first, again)
        outbox.put(session, again)
        row = session.get(Outgoing, "mention/1/ann")
    assert row is not None and row.title == {"zh": "一", "en": "one"} and row.bell


def test_word_for_one_person_is_on_that_persons_bell_alone(database: Database) -> None:
    title = {"zh": "请看", "en": "Look"}
    with database.write() as session:
        outbox.put(session, Told("mention/2/cat", "mention", later(900), "HQ", title, account="cat", link="/tasks/T1"))
        (mine,) = inbox.notices(session, "cat", ())
        assert (mine["title"], mine["link"], bool(mine["read"])) == (title, "/tasks/T1", False)
        inbox.mark_read(session, mine["id"], "cat", later(901))
        assert bool(inbox.notices(session, "cat", ())[0]["read"])
        assert not [one for one in inbox.notices(session, "dan", ()) if one["id"] == "mention/2/cat"]


def test_an_unknown_kind_is_a_fault_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        outbox.row_of(Told("x", "gossip", NOON, "HQ", {}))


def test_a_reminder_goes_to_the_person_who_has_the_task(database: Database) -> None:
    for people, expected in ((["ann"], {("ann", ())}), (["ann", "bob"], {("ann", ()), ("bob", ())})):
        story = Story(f"O-remind-{len(people)}")
        opening = story.opening()
        named = [{"id": person} for person in people]
        opening["rows"]["notices"][0] |= {"roles": [], "people": named, "kind": "reminder"}
        with database.write() as session:
            project(session, opening)
            rows = [row for row in told_of(session, story.case_id).values() if row.kind == "reminder"]
        assert {(row.account, tuple(row.roles)) for row in rows} == expected
        assert not any(row.bell for row in rows), "the notice itself is on the screen"
