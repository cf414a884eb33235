"""What the engine makes is what the projection takes: the shipped SOP's own tests, projected wave by wave."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from activities.contracts import contracts_json
from app.published_lock import DEFINITIONS
from domain.canonical import digest, dumps, loads
from domain.json_types import JsonObject
from records import cases, inbox
from records.database import Database
from records.projection import difference, project, rebuild
from records.verify import verify_stream
from tests.records.conftest import contents
from workflows.engine.case import Outcome
from workflows.engine.wave import pack
from workflows.language.catalogue import catalogue_from
from workflows.language.check import check_source
from workflows.language.model import load_model
from workflows.language.pinned import pin
from workflows.simulation import play, scenario

SOP = DEFINITIONS / "receiving_inspection" / "1.0.0"


@pytest.fixture(scope="module")
def told() -> list[list[JsonObject]]:
    """The waves of every test in the SOP's `cases.yaml`, as the engine made them."""
    told: list[list[JsonObject]] = []

    def keep(outcome: Outcome, fresh: bool) -> Outcome:
        waves = told[-1] if not fresh else []
        if fresh:
            told.append(waves)
        answers = [outcome.answer] if outcome.answer else []
        waves.extend(loads(dumps(wave.body)) for wave in pack(outcome.entries, answers, len(waves) + 1))
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        begin, advance = play.begin, play.advance
        patch.setattr(play, "begin", lambda *args: (r := begin(*args), keep(r[1], True))[0])
        patch.setattr(play, "advance", lambda *args: keep(advance(*args), False))
        scenario.run_scenarios(_model(), _read("cases.yaml")["cases"], {})
    return told


def _model() -> Any:
    def texts(folder: str) -> dict[str, str]:
        return {f"{folder}/{path.name}": path.read_text("utf-8") for path in (SOP / folder).iterdir()}

    catalogue = catalogue_from(YAML(typ="safe").load(DEFINITIONS / "clauses" / "catalogue.yaml"), contracts_json(), [])
    text = (SOP / "process.yaml").read_text("utf-8")
    checked = check_source(text, texts("forms"), texts("tables"), None, catalogue)
    return load_model(pin(checked, {"key": "HQ", "zone": "Asia/Shanghai"}, {}, contracts_json()))


def _read(name: str) -> Any:
    return YAML(typ="safe").load(SOP / name)


def test_every_story_projects_verifies_and_rebuilds(database: Database, told: list[list[JsonObject]]) -> None:
    assert len(told) >= 3
    for waves in told:
        case_id = str(waves[0]["case"])
        with database.write() as session:
            results = [project(session, wave) for wave in waves]
            assert difference(session, case_id, waves) is None
            assert verify_stream(session, f"case/{case_id}") is None
        before = contents(database, case_id)
        with database.write() as session:
            assert rebuild(session, case_id, waves) is not None
        assert contents(database, case_id) == before
        assert results[-1].head == waves[-1]["head"]


def test_closed_stories_leave_no_open_task_and_their_signatures(
    database: Database, told: list[list[JsonObject]]
) -> None:
    with database.read() as session:
        for waves in told:
            case_id = str(waves[0]["case"])
            case = cases.case(session, case_id)
            assert case is not None
            tasks = inbox.tasks_of(session, case_id)
            assert case.state == "running" or not [task for task in tasks if task["state"] == "open"]
            signed = {task["path"] for task in tasks if task["sign"] and task["done_by"]}
            assert {signature.path for signature in cases.signatures(session, case_id)} >= signed
            for signature in cases.signatures(session, case_id):
                record = cases.records(session, case_id, signature.seq - 1, 1)[0]
                assert digest("act", record.detail["act"]) == signature.act_sha
