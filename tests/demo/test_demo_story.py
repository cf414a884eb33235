"""The demo's story is told through the services: a real server, worker and database; twice changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import func, select

from app import wiring
from app.demo.load import DONE, SAMPLES, Loaded, load
from app.settings import Settings
from app.sop_files import read_source, shipped_files
from app.temporal_server import EmbeddedTemporal
from app.worker import worker_of
from domain.errors import RefusedError
from records.audit import AuditEvent
from records.base import COMPANY
from records.case_tables import CaseRow
from records.database import Database
from records.migrate import upgrade
from records.organisation import Company
from records.people import Account, accounts
from services import people, publishing, tasks
from services.actor import Proof
from services.office import Office


@pytest.fixture(scope="module")
async def installation(
    tmp_path_factory: pytest.TempPathFactory, temporal_server: EmbeddedTemporal
) -> AsyncIterator[tuple[Office, Path]]:
    """An office with a worker and the SOPs of the story on its shelf."""
    folder = tmp_path_factory.mktemp("demo-story")
    settings = Settings(data=folder, temporal_address=temporal_server.address, task_queue="demo-story")
    upgrade(settings.database)
    client, database = await wiring.client_of(settings), wiring.database_of(settings)
    office = wiring.office_of(settings, client, database)
    for file in shipped_files():
        await publishing.register_shipped(office, read_source(file))
    async with worker_of(client, wiring.worker_context(settings, database, office), task_queue=settings.task_queue):
        yield office, folder


@pytest.fixture(scope="module")
async def loaded(installation: tuple[Office, Path]) -> Loaded:
    """The demo, loaded once."""
    return await load(*installation)


async def _open(office: Office, username: str) -> list[str]:
    actor = await people.actor_named(office, username)
    assert actor is not None
    page = await tasks.listing(office, actor, {"scope": "claimable", "limit": 50})
    return sorted(task["step"] for task in page["items"])


def _events(session: Any) -> dict[str, int]:
    counted = session.exec(select(AuditEvent.stream, func.count()).group_by(AuditEvent.stream))
    return {stream: number for stream, number in counted if stream != "admin"}


async def test_everybody_finds_work_in_the_inbox(loaded: Loaded, installation: tuple[Office, Path]) -> None:
    office, _ = installation
    assert loaded.fresh and loaded.cases >= 12
    assert await _open(office, "receiver") == ["receive"] * 3
    assert await _open(office, "inspector") == ["inspect"] * 8
    assert await _open(office, "keeper") == ["follow_up", *["put_away"] * 2]
    assert set(await _open(office, "qa")) == {"cold_ruling", "ruling", "undated_ruling", "review"}
    assert await _open(office, "director") == ["cold_ruling"]
    assert await _open(office, "buyer") == ["upload"]


async def test_some_cases_are_completed_and_refusals_are_on_record(
    loaded: Loaded, installation: tuple[Office, Path]
) -> None:
    office, _ = installation
    with office.db.read() as session:
        states = dict(session.exec(select(CaseRow.state, func.count()).group_by(CaseRow.state)).all())
        events = session.exec(select(AuditEvent).where(AuditEvent.stream == "refusals/hangzhou")).all()
    assert states["completed"] == 4 and states["running"] >= 9
    assert {event.rule for event in events} == {"RULE-01", "RULE-03"}


async def test_an_interrupted_load_is_finished_without_repeating_anything(
    loaded: Loaded, installation: tuple[Office, Path]
) -> None:
    office, folder = installation
    before = await office.db.reading(_events)
    assert not (await load(office, folder)).fresh
    (folder / DONE).unlink()
    assert (await load(office, folder)).fresh
    assert await office.db.reading(_events) == before


async def test_logger_files_to_try_the_form_with_are_laid_out(
    loaded: Loaded, installation: tuple[Office, Path]
) -> None:
    names = {path.name for path in (installation[1] / SAMPLES).iterdir()}
    assert names == {"README.txt", "logger-gap.csv", "logger-steady.csv", "logger-warm.csv"}


@pytest.mark.parametrize(("location", "rule"), [("HZ-N-01", "RULE-08"), ("HZ-C-01-01", "RULE-09")])
async def test_a_wrong_shelf_is_refused(
    loaded: Loaded, installation: tuple[Office, Path], location: str, rule: str
) -> None:
    office, _ = installation
    keeper = await people.actor_named(office, "keeper")
    assert keeper is not None
    page = await tasks.listing(office, keeper, {"scope": "claimable", "q": "吻合器"})
    completion = tasks.Completion({"location_code": location}, None, Proof("performed"))
    with pytest.raises(RefusedError) as refused:
        await tasks.complete(office, keeper, page["items"][0]["id"], completion)
    assert refused.value.refusal.rule == rule


async def test_a_company_with_people_of_its_own_is_left_alone(
    tmp_path: Path, installation: tuple[Office, Path]
) -> None:
    office, _ = installation
    url = f"sqlite:///{tmp_path / 'own.db'}"
    upgrade(url)
    own = replace(office, db=Database(url))
    with own.db.write() as session:
        session.add(Company(key=COMPANY, name="Own"))
        session.flush()
        session.add(Account(username="boss", name="Boss", created_at=own.now()))
    assert await load(own, tmp_path) == Loaded(False)
    assert [row.username for row in await own.db.reading(accounts)] == ["boss"]
    assert not (tmp_path / DONE).exists()
