"""Back-test of real closed cases on both databases: the demo company's deliveries through drafts of their SOP."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.published_lock import DEFINITIONS
from app.sop_files import read_source, write_source
from domain.errors import RefusedError
from records import audit
from services import backtest, people
from services.actor import Actor
from services.publishing import Source
from tests.evidence.test_commands import gspflow
from tests.installed import Installation

SHIPPED = read_source(DEFINITIONS / "receiving_inspection" / "1.0.0" / "process.yaml")
TELL = "- {id: tell_all, notify: [quality_staff], title: {zh: 告知, en: Tell}}\n- id: lines\n"


def _draft(*changes: tuple[str, str]) -> Source:
    text = SHIPPED.yaml.replace("version: 1.0.0", "version: 1.1.0", 1)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return replace(SHIPPED, yaml=text)


async def _owner(living: Installation, name: str = "owner") -> Actor:
    found = await people.actor_named(living.office, name)
    assert found is not None
    return found


async def test_the_demo_cases_go_the_same_way_and_the_reading_is_on_record(living: Installation) -> None:
    told: Any = await backtest.run(living.office, await _owner(living), _draft(), 100)
    assert told["cases"] >= 3
    assert told["counts"] == {"same": told["cases"], "diverged": 0, "unfit": 0}
    assert [group["count"] for group in told["groups"]] == [told["cases"]]
    (event,) = await living.office.db.reading(audit.events, "admin", limit=1)
    assert (event.action, event.subject) == ("backtest", "definition/receiving_inspection@1.1.0")
    assert event.payload["cases"] == told["cases"]


async def test_processes_of_their_own_find_what_a_thread_finds(
    living: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, draft = await _owner(living), _draft(("- id: lines\n", TELL))
    in_thread = await backtest.run(living.office, owner, draft, 100)
    monkeypatch.setattr(backtest, "IN_THREAD_MAX", 0)
    monkeypatch.setattr(backtest, "CHUNK", 2)
    assert await backtest.run(living.office, owner, draft, 100) == in_thread
    assert in_thread["counts"]["diverged"] > 0  # type: ignore[index]


async def test_the_last_cases_are_those_that_ended_last(living: Installation) -> None:
    owner = await _owner(living)
    everything: Any = await backtest.run(living.office, owner, _draft(), 100)
    two: Any = await backtest.run(living.office, owner, _draft(), 2)
    assert [one["case"] for one in two["results"]] == [one["case"] for one in everything["results"][:2]]


async def test_the_two_routes_of_a_case_stand_side_by_side(living: Installation) -> None:
    owner, draft = await _owner(living), _draft(("- id: lines\n", TELL))
    parted: Any = await backtest.run(living.office, owner, draft, 100)
    case = next(one["case"] for one in parted["results"] if one["verdict"] == "diverged")
    told: Any = await backtest.routes(living.office, owner, draft, case)
    new = [row for row in told["rows"] if row["recorded"] is None]
    assert [row["replayed"]["step"] for row in new] == ["tell_all"]
    assert all(row["same"] for row in told["rows"] if row not in new)


async def test_only_the_owner_of_processes_may_and_only_without_errors(living: Installation) -> None:
    with pytest.raises(RefusedError) as refused:
        await backtest.run(living.office, await _owner(living, "inspector"), _draft(), 10)
    assert refused.value.refusal.status == 403
    with pytest.raises(RefusedError) as refused:
        await backtest.run(living.office, await _owner(living), _draft(("owner: quality_staff", "owner: nobody")), 10)
    assert (refused.value.refusal.status, refused.value.refusal.code) == (422, "has_errors")
    with pytest.raises(RefusedError) as refused:
        await backtest.routes(living.office, await _owner(living), _draft(), "01NOCASE")
    assert refused.value.refusal.status == 404


async def test_the_terminal_prints_groups_and_fails_where_cases_part(living: Installation, tmp_path: Path) -> None:
    token = await people.make_token(living.office, "owner", "terminal", (), None)
    same, parted = tmp_path / "same", tmp_path / "parted"
    write_source(_draft(), same)
    write_source(_draft(("- id: lines\n", TELL)), parted)
    code, out, err = await gspflow(living, "definitions", "backtest", str(same), "--last", "3", GSPFLOW_TOKEN=token)
    assert code == 0 and "3 closed cases: same 3, diverged 0, unfit 0" in out, err
    code, out, _ = await gspflow(
        living, "definitions", "backtest", str(parted), GSPFLOW_TOKEN=token, LC_ALL="zh_CN.UTF-8"
    )
    assert code == 1 and "tell_all: 原案例到 lines，草稿到 tell_all。" in out
    code, _, err = await gspflow(living, "definitions", "backtest", str(same), GSPFLOW_TOKEN="")
    assert code == 2 and "GSPFLOW_TOKEN is empty" in err
