"""Faults that only a broken machine shows: each becomes a problem that says what to do, none shows a trace."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from api import problems
from services.gateway import EngineUnreachable


def raising(fault: Exception) -> httpx.AsyncClient:
    """A client of an application whose one call fails so."""
    app = FastAPI()

    @app.get("/")
    async def fail() -> None:
        raise fault

    problems.install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (EngineUnreachable(), "engine_unreachable"),
        (OperationalError("select secret", {}, Exception("database is locked")), "database_unreachable"),
    ],
)
async def test_part_that_does_not_answer_is_503_and_says_when_to_try_again(fault: Exception, code: str) -> None:
    answer = await raising(fault).get("/", headers={"Accept-Language": "zh"})
    assert answer.status_code == 503 and answer.headers["retry-after"] == "2"
    assert answer.json()["code"] == code and "重试" in answer.json()["detail"] and "secret" not in answer.text


async def test_unforeseen_fault_is_a_number_and_the_trace_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    answer = await raising(ZeroDivisionError("inner words")).get("/")
    assert answer.status_code == 500 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["error_id"] in caplog.text and "inner words" in caplog.text
    assert "inner words" not in answer.text and "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("wish", "lang"),
    [
        ("", "en"),
        ("zh-TW,en;q=0.5", "zh"),
        ("en;q=0.2, zh;q=0.9", "zh"),
        ("fr", "en"),
        ("zh;q=x, en", "en"),
        ("*", "en"),
    ],
)
async def test_language_of_a_problem_is_the_one_preferred(wish: str, lang: str) -> None:
    answer = await raising(EngineUnreachable()).get("/", headers={"Accept-Language": wish})
    assert answer.headers["content-language"] == lang
