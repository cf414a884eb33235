"""What people read of a call that did not go through: rules on record, and never what happened inside the machine."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.context import ActivityContext
from activities.temporal import build
from domain.json_types import JsonObject
from records import audit
from records.database import Database
from tests.stock.conftest import Case, House, delivery, line


def call(ctx: ActivityContext, name: str, envelope: JsonObject) -> Any:
    """The activity as the worker runs it."""
    named = {getattr(one, "__temporal_activity_definition").name: one for one in build(ctx)}  # noqa: B009
    return ActivityEnvironment().run(named[name], envelope)


def receipt(case: Case, *lines: JsonObject) -> JsonObject:
    return case.envelope("post_pending#1", "stock.receive", delivery(*lines))


def refusals(session: Session, case: Case) -> list[audit.AuditEvent]:
    return audit.events(session, audit.refusals_of("HQ"), case_id=case.id)


def test_two_lines_with_one_number_are_refused_in_words(house: House) -> None:
    case = house.case()
    with pytest.raises(ApplicationError) as caught:
        call(house.ctx, "stock.receive", receipt(case, line(), line()))
    assert caught.value.type == "rule_refused" and caught.value.non_retryable
    assert caught.value.category == ApplicationErrorCategory.BENIGN  # the SDK logs no traceback of it
    assert "L1" in str(caught.value) and "UNIQUE" not in str(caught.value)


def test_rule_that_stops_a_posting_is_on_record_once_with_the_case_and_the_line(house: House) -> None:
    case = house.case()
    wrong = line(line_no="L2", quarantine_location="NB-A-01")
    for _ in range(2):  # a worker that died before it answered does the same call again
        with pytest.raises(ApplicationError):
            call(house.ctx, "stock.receive", receipt(case, line(), wrong))
    with house.database.read() as session:
        (event,) = refusals(session, case)
    assert (event.action, event.rule, event.site, event.subject) == ("stock.receive", "RULE-08", "HQ", case.id)
    assert event.payload["step"] == "post_pending" and event.payload["message"]["zh"]
    assert event.payload["faults"] == [{"pointer": "/lines/1", "code": "RULE-08"}]


def test_unforeseen_fault_is_told_in_plain_words_and_its_text_is_in_the_log(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'nothing.db'}")  # a database without its tables
    try:
        with caplog.at_level(logging.ERROR), pytest.raises(ApplicationError) as caught:
            call(replace(house.ctx, database=empty), "stock.receive", receipt(Case(house, "C-none"), line()))
    finally:
        empty.close()
    words = caught.value.details[0]
    assert not caught.value.non_retryable
    for text in (words["zh"], words["en"], str(caught.value)):
        assert not any(word in text for word in ("SELECT", "no such table", "http", "OperationalError"))
    assert "no such table" in caplog.text and words["en"].rsplit(" ", 1)[1].rstrip(".") in caplog.text


def test_goods_of_a_site_are_not_received_at_another(house: House) -> None:
    case = house.case()
    with pytest.raises(ApplicationError) as caught:
        envelope = receipt(case, line(quarantine_location="HZ-Q-01")) | {"site": "B2"}
        call(house.ctx, "stock.receive", envelope)
    assert caught.value.type == "rule_refused" and "HZ-Q-01" in str(caught.value)
