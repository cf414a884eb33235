"""Simulation as services give it: tests are a condition of submitting, and not everybody may ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.published_lock import DEFINITIONS
from app.sop_files import read_source
from domain.errors import RefusedError
from records import audit
from services import people, publishing, simulation
from services.actor import Actor
from services.office import Office
from services.publishing import Source


async def _actor(office: Office, username: str) -> Actor:
    found = await people.actor_named(office, username)
    assert found is not None
    return found


def _next_version() -> Source:
    """The shipped SOP as a draft of its next version."""
    shipped = read_source(DEFINITIONS / "receiving_inspection" / "1.0.0" / "process.yaml")
    return replace(shipped, yaml=shipped.yaml.replace("version: 1.0.0", "version: 1.0.1", 1))


async def _submitted(office: Office, source: Source) -> Any:
    owner = await _actor(office, "owner")
    await publishing.save_draft(office, owner, source)
    return await publishing.submit(office, owner, "receiving_inspection", "1.0.1", "because")


async def test_a_version_whose_tests_fail_cannot_be_submitted(office: Office) -> None:
    source = _next_version()
    broken = (source.cases or "").replace("state: completed", "state: cancelled", 1)
    with pytest.raises(RefusedError) as refused:
        await _submitted(office, replace(source, cases=broken))
    refusal = refused.value.refusal
    assert (refusal.status, refusal.code) == (422, "tests_failed")
    assert [fault.pointer for fault in refusal.faults] == ["cases.yaml#/cases/0"]
    assert "1 of its 24 tests" in refusal.message.en and "24 个测试中有 1 个失败" in refusal.message.zh
    recorded = await office.db.reading(audit.events, prefix="refusals/", limit=1)
    assert recorded[0].payload["code"] == "tests_failed"


async def test_a_version_whose_tests_pass_can_be_submitted(office: Office) -> None:
    assert (await _submitted(office, _next_version()))["state"] == "submitted"


async def test_a_version_without_tests_can_be_submitted(office: Office) -> None:
    assert (await _submitted(office, replace(_next_version(), cases=None)))["state"] == "submitted"


async def test_simulation_tells_results_coverage_and_findings(office: Office) -> None:
    told: Any = await simulation.simulate(office, await _actor(office, "qa"), _next_version())
    assert told["ok"] and len(told["results"]) == 24
    assert told["coverage"]["step"] == {"reached": 27, "of": 27, "missed": []}
    faulty = replace(_next_version(), yaml=_next_version().yaml.replace("owner: quality_staff", "owner: nobody"))
    told = await simulation.simulate(office, await _actor(office, "owner"), faulty)
    assert not told["ok"] and not told["checked"] and told["findings"] and told["results"] == []


async def test_simulation_is_for_those_who_write_approve_or_audit(office: Office) -> None:
    with pytest.raises(RefusedError) as refused:
        await simulation.simulate(office, await _actor(office, "receiver"), _next_version())
    assert refused.value.refusal.status == 403
