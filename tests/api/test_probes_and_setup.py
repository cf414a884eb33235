"""Probes, headers of the interface, the one-time link of the first account, the evidence bundle."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client

from app import probes, web
from app.settings import Settings
from app.temporal_server import EmbeddedTemporal
from app.web_middleware import loggable
from app.wiring import client_of, office_of
from records.migrate import upgrade
from services import people
from services.office import Office
from services.setup import first_link
from tests.api.conftest import Stack
from ui import setup_page


def root(app: FastAPI) -> httpx.AsyncClient:
    """A client of the whole application."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_probes_say_up_and_ready_without_login(stack: Stack) -> None:
    client = root(stack.app)
    assert (await client.get("/healthz")).json() == {"status": "up"}
    ready = await client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "ready": True,
        "database": "ok",
        "temporal": "ok",
        "worker": "ok",
        "unprojected": [],
        "given_up": 0,
    }


async def test_answers_of_the_interface_cannot_be_framed_cached_or_run(stack: Stack) -> None:
    answer = await root(stack.app).get("/api/v1/me")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-content-type-options"] == "nosniff"


async def test_evidence_is_a_zip_that_names_the_case(stack: Stack) -> None:
    case, _ = await stack.at_inspection()
    auditor, keeper = await stack.as_("auditor"), await stack.as_("qa2")
    answer = await auditor.get(f"/cases/{case}/evidence")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    assert (
        zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None and case in answer.headers["content-disposition"]
    )
    assert (await keeper.get(f"/cases/{case}/evidence")).status_code == 404


@pytest.fixture
async def empty(temporal_server: EmbeddedTemporal, tmp_path: Path) -> AsyncIterator[tuple[Office, FastAPI]]:
    """An installation that nobody has set up, without a worker."""
    settings = Settings(
        data=tmp_path, temporal_address=temporal_server.address, task_queue="nobody-polls-this", demo=False
    )
    upgrade(settings.database)
    client: Client = await client_of(settings)
    office = office_of(settings, client)
    app = web.bare(office)
    app.include_router(setup_page.routes(office))
    yield office, app
    office.db.close()


async def test_not_ready_says_which_part_is_missing(empty: tuple[Office, FastAPI]) -> None:
    answer = await root(empty[1]).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "no worker polls the task queue" and answer.json()["database"] == "ok"
    assert (await probes.state(empty[0]))["ready"] is False


async def test_one_time_link_makes_the_first_administrator_once(empty: tuple[Office, FastAPI]) -> None:
    office, app = empty
    client, link = root(app), await first_link(office)
    assert link is not None
    path = link[link.index("/setup/") :]
    shown = await client.get(path, headers={"Accept-Language": "zh"})
    assert shown.status_code == 200 and 'name="company"' in shown.text and not re.search(r"https?://", shown.text)
    form = {
        "company": "某某医疗器械有限公司", "site": "总部", "site_key": "main", "name": "<张三>", "username": "zhang",
        "password": "short", "repeat": "short",
    }  # fmt: skip
    weak = await client.post(path, data=form)
    assert weak.status_code == 422 and "&lt;张三&gt;" in weak.text and "short" not in weak.text
    good = {**form, "password": "long enough 1", "repeat": "long enough 1"}
    assert (await client.post(path, data={**good, "repeat": "else"})).status_code == 422
    assert (await client.post(path, data=good, headers={"Origin": "https://evil.example"})).status_code == 403
    done = await client.post(path, data=good)
    assert (done.status_code, done.headers["location"]) == (303, "/login")
    assert (await client.post(path, data=good)).status_code in (410, 422)
    assert (await client.get(path)).status_code == 410
    assert (await people.login(office, "zhang", "long enough 1")).token
    assert await first_link(office) is None


def test_log_never_holds_the_token_of_a_link() -> None:
    assert "secret" not in loggable("/setup/secret") and loggable("/api/v1/tasks/数") == "/api/v1/tasks/\\u6570"
