"""A house with a real server, worker, database; every test ends with a replay of what it left in history."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from app.bench.house import House
from app.temporal_server import EmbeddedTemporal
from domain.json_types import JsonObject
from records import cases
from services.replay import prove

PURE = ("domain", "rules", "workflows.engine", "workflows.language", "cryptography")


def runner_of(kind: str) -> WorkflowRunner:
    """Tests run in the sandbox, which finds clocks and chance; production runs without."""
    if kind == "unsandboxed":
        return UnsandboxedWorkflowRunner()
    allowed = SandboxRestrictions.default.with_passthrough_modules(*PURE)
    return SandboxedWorkflowRunner(restrictions=dataclasses.replace(allowed))


class Watched(House):
    """A house that remembers which cases it started."""

    cases: list[str]
    unproven: set[str]

    async def start(self, pinned: JsonObject, values: JsonObject | None = None, *, continue_after: int = 0) -> str:
        case_id = await super().start(pinned, values, continue_after=continue_after)
        self.cases.append(case_id)
        return case_id


@pytest.fixture
async def house(tmp_path: Path, temporal_server: EmbeddedTemporal, request: Any) -> AsyncIterator[Watched]:
    """A house without a worker: the test says when one works."""
    made = await Watched.open(tmp_path, temporal_server.address, f"q-{request.node.name}"[:80])
    made.cases, made.unproven = [], set()
    yield made
    for case_id in made.cases:
        await must_replay(made, case_id)
    made.database.close()


async def must_replay(house: Watched, case_id: str) -> None:
    """The history of the case replays, and what it makes is what the database holds."""
    histories = await house.gateway.histories(case_id)
    stored = None if case_id in house.unproven else await house.database.reading(cases.records, case_id)
    proof = await prove(histories, stored)
    assert proof.deterministic and not proof.differences, proof.as_json()
    assert proof.waves > 0
