"""The task list shows the right tasks to the right people, page by page, at the same cost however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlmodel import Session

from domain import ids
from records import inbox, seen
from records.database import Database
from records.inbox import InboxQuery
from records.migrate import upgrade
from records.projection import project
from tests.records.conftest import NOON, Story, later

INSPECTOR = (("inspector", "HQ"),)


@pytest.fixture(scope="module")
def busy(database: Database) -> Database:
    """Seven open tasks at head office (two with the same due time), one at the branch, one claimed, one done."""
    dues = [later(50), later(10), later(10), None, later(30), later(20), None]
    with database.write() as session:
        for number, due in enumerate(dues):
            more = {"roles": ["inspector", "quality_staff"], "priority": 2 if number == 4 else 0}
            _case(session, f"I-{number}", due=due, search=f"lot-{number} 验收", **more)
        _case(session, "I-branch", site="B2")
        _case(session, "I-claimed", assignee="ann")
        story = Story("I-done")
        project(session, story.opening())
        project(session, story.inspected(by="ann"))
    return database


def _case(session: Session, case_id: str, site: str = "HQ", **task: Any) -> None:
    story = Story(case_id, site=site)
    wave = story.opening()
    wave["rows"]["tasks"] = [story.task("inspect#1", **task)]
    project(session, wave)


def _pages(session: Session, **query: Any) -> Iterator[list[str]]:
    after = None
    while True:
        page = inbox.page(session, InboxQuery(after=after, **query))
        yield [row["case_id"] for row in page.items]
        if page.next is None:
            return
        after = page.next


def test_claimable_tasks_come_due_first_and_page_without_gaps(busy: Database) -> None:
    with busy.read() as session:
        whole = next(_pages(session, account="ann", pairs=INSPECTOR, limit=100))
        pages = list(_pages(session, account="ann", pairs=INSPECTOR, limit=2))
    same_due = sorted(["I-1", "I-2"], key=lambda case: ids.task_id(case, "inspect#1", "s1"))
    assert whole[:5] == [*same_due, "I-5", "I-4", "I-0"] and set(whole[5:]) == {"I-3", "I-6"}
    assert [case for page in pages for case in page] == whole and [len(page) for page in pages] == [2, 2, 2, 1]


def test_a_task_under_two_of_my_roles_is_shown_once(busy: Database) -> None:
    pairs = (("inspector", "HQ"), ("quality_staff", "HQ"))
    with busy.read() as session:
        pages = list(_pages(session, account="ann", pairs=pairs, limit=3))
    shown = [case for page in pages for case in page]
    assert len(shown) == len(set(shown)) == 7


def test_roles_count_only_at_their_sites(busy: Database) -> None:
    with busy.read() as session:
        assert list(_pages(session, account="bob", pairs=(("inspector", "B2"),))) == [["I-branch"]]
        assert list(_pages(session, account="bob", pairs=(("receiver", "HQ"),))) == [[]]
        assert list(_pages(session, account="bob")) == [[]]


def test_scopes_show_mine_started_done_and_all(busy: Database) -> None:
    with busy.read() as session:
        assert list(_pages(session, account="ann", scope="mine")) == [["I-claimed"]]
        assert list(_pages(session, account="ann", scope="done")) == [["I-done"]]
        started = next(_pages(session, account="buyer", scope="started"))
        assert len(started) == 9 and "I-done" not in started
        everything = next(_pages(session, account="ann", pairs=INSPECTOR, scope="all"))
        assert "I-claimed" in everything and "I-branch" not in everything
        reader = next(_pages(session, account="guest", read_sites=("HQ", "B2"), scope="all"))
        assert len(reader) == 9 and "I-branch" in reader


def test_filters_narrow_the_list(busy: Database) -> None:
    def found(**query: Any) -> set[str]:
        return set(next(_pages(session, account="ann", pairs=INSPECTOR, **query)))

    with busy.read() as session:
        assert found(q="LOT-3 验收") == {"I-3"}
        assert found(q="lot_3") == set(), "an underscore is a letter, not a wildcard"
        assert found(due_before=later(20)) == {"I-1", "I-2"}
        assert found(definition="other") == set() and len(found(definition="receiving")) == 7
        assert found(role="quality_staff") == set() and len(found(role="inspector")) == 7
        assert found(mode="drill") == set()
        assert found(priority=1) == {"I-4"} and len(found(priority=0)) == 7


def test_counts_say_what_waits(busy: Database) -> None:
    with busy.read() as session:
        query = InboxQuery(account="ann", pairs=INSPECTOR)
        assert inbox.counts(session, query, later(15)) == {"mine": 1, "claimable": 7, "overdue": 2}


def test_a_claimed_task_leaves_the_claimable_list_and_a_released_one_returns(database: Database) -> None:
    story = Story("I-claim")
    with database.write() as session:
        opening = story.opening()
        opening["rows"]["tasks"][0]["roles"] = ["receiver"]
        project(session, opening)
        mine = {"account": "ann", "pairs": (("receiver", "HQ"),)}
        assert list(_pages(session, **mine)) == [["I-claim"]]
        for assignee, shown in (("ann", []), (None, ["I-claim"])):
            prev = story.head
            record = story.record("claimed", "inspect#1", actor={"id": "ann"})
            task = story.task("inspect#1", roles=["receiver"], assignee=assignee)
            project(session, story.wave([record], prev, tasks=[task]))
            assert list(_pages(session, **mine)) == [shown]


def test_notices_reach_the_role_and_are_read_by_each_alone(busy: Database) -> None:
    with busy.write() as session:
        first = inbox.notices(session, "ann", INSPECTOR, limit=3)
        inbox.mark_read(session, first[0]["id"], "ann", NOON)
        inbox.mark_read(session, first[0]["id"], "ann", NOON)
        assert [bool(row["read"]) for row in inbox.notices(session, "ann", INSPECTOR, limit=3)] == [True, False, False]
        assert not inbox.notices(session, "bob", INSPECTOR, limit=1)[0]["read"]
        assert inbox.notices(session, "bob", (("finance", "HQ"),)) == []


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
_TASKS = """INSERT INTO task (company, site, mode, id, case_id, path, seat, step, round, kind, state, roles, title, definition,
  version, due_sort, opened_at, priority, outcomes, started_by, search)
  {numbers} SELECT 'main', 'HQ', 'live', 'T' || i, 'C' || i, 'a#1', 's1', 'a', 1, 'task', 'open', '["inspector"]', '{{}}', 'd',
  '1.0.0', '2026-' || (i * 7919 % 100000 + 100000), 'now', 0, '[]', 'buyer', 'lot ' || i FROM n"""
_ROLES = """INSERT INTO task_role (role, site, free, due_sort, task_id)
  SELECT 'inspector', 'HQ', {yes}, due_sort, id FROM task"""
_PAGES = {
    "first page": InboxQuery(account="ann", pairs=(("inspector", "HQ"), ("quality_staff", "HQ")), limit=50),
    "a later page": InboxQuery(account="ann", pairs=INSPECTOR, limit=50, after=("2026-100900", "T")),
    "all of a site": InboxQuery(account="ann", read_sites=("HQ",), scope="all", limit=50),
    "started": InboxQuery(account="buyer", scope="started", limit=50),
}


def _filled(url: str, count: int) -> Database:
    upgrade(url)
    database = Database(url, threads=1)
    with database.write() as session:
        connection = session.connection()
        connection.execute(text(_TASKS.format(numbers=_NUMBERS.format(count=count))))
        connection.execute(text(_ROLES.format(yes=1)))
        connection.execute(text("ANALYZE"))
    return database


@pytest.mark.parametrize("name", list(_PAGES))
def test_a_page_of_a_hundred_thousand_costs_what_a_page_of_a_thousand_costs(
    few_and_many: tuple[Database, Database], name: str
) -> None:
    few, many = (_machine_steps(database, _PAGES[name]) for database in few_and_many)
    assert many <= 1.3 * few, f"{few} → {many} steps of SQLite's machine"


@pytest.fixture(scope="module")
def few_and_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Database]]:
    """Two SQLite databases: 1,000 open tasks and 100,000."""
    folder: Path = tmp_path_factory.mktemp("inbox")
    databases = (_filled(f"sqlite:///{folder / 'few.db'}", 1_000), _filled(f"sqlite:///{folder / 'many.db'}", 100_000))
    yield databases
    for database in databases:
        database.close()


def _machine_steps(database: Database, query: InboxQuery) -> int:
    """How many instructions SQLite's virtual machine runs for a page: a cost that no other load on the machine changes."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with database.read() as session:
        raw: Any = session.connection().connection.driver_connection
        raw.set_progress_handler(count, 1)
        rows = inbox.page(session, query).items
        raw.set_progress_handler(None, 0)
    assert len(rows) == 50
    return steps


def test_postgresql_reads_a_page_from_the_index(postgres_url: str) -> None:
    database = _filled_postgres(postgres_url)
    try:
        for query in _PAGES.values():
            statement = inbox.page_statement(query, 51)
            assert statement is not None
            compiled = statement.compile(dialect=postgresql.psycopg.dialect(), compile_kwargs={"literal_binds": True})
            with database.read() as session:
                plan = [
                    row[0] for row in session.connection().exec_driver_sql(f"EXPLAIN (ANALYZE) {_escaped(compiled)}")
                ]
            assert not any("Seq Scan on task" in line for line in plan), "\n".join(plan)
    finally:
        database.close()


def _escaped(compiled: Any) -> str:
    return str(compiled).replace("%", "%%")


def _filled_postgres(url: str) -> Database:
    upgrade(url)
    database = Database(url, threads=1)
    with database.write() as session:
        connection = session.connection()
        connection.execute(text("DELETE FROM task_role"))
        connection.execute(text("DELETE FROM task"))
        connection.execute(text(_TASKS.format(numbers=_NUMBERS.format(count=20_000))))
        connection.execute(text(_ROLES.format(yes="true")))
        connection.execute(text("ANALYZE"))
    return database


def test_a_task_for_one_person_lies_with_that_person_alone(database: Database) -> None:
    with database.write() as session:
        story = Story("I-asked")
        wave = story.opening()
        question = {"roles": [], "kind": "question", "more": {"person": "cy", "question": "哪一批？"}}
        signer = {"id": ids.task_id("I-asked", "inspect#1", "a1"), "seat": "a1", "more": {"person": "di"}}
        wave["rows"]["tasks"] = [story.task("inspect#1", **question), story.task("inspect#1", **signer)]
        wave["rows"]["notices"] = [{**wave["rows"]["notices"][0], "roles": [], "people": [{"id": "cy"}]}]
        project(session, wave)
    with database.read() as session:
        (asked,) = inbox.page(session, InboxQuery(account="cy", pairs=INSPECTOR, scope="mine")).items
        assert asked["more"]["question"] == "哪一批？" and asked["case_id"] == "I-asked"
        free = inbox.page(session, InboxQuery(account="bo", pairs=INSPECTOR, limit=200)).items
        assert "I-asked" not in {row["case_id"] for row in free}
        assert inbox.notices(session, "cy", (("finance", "HQ"),))[0]["case_id"] == "I-asked"
        assert inbox.notices(session, "bo", (("finance", "HQ"),)) == []


def test_the_first_look_at_a_task_is_remembered(database: Database) -> None:
    with database.write() as session:
        seen.saw(session, "T-1", "ann", NOON)
        seen.saw(session, "T-1", "ann", later(9))
        seen.saw(session, "T-1", "bo", later(5))
    with database.read() as session:
        assert seen.seen_by(session, ["T-1", "T-2"]) == {"T-1": ["ann", "bo"]}
        assert seen.has_seen(session, "T-1", "bo") and not seen.has_seen(session, "T-2", "bo")
