"""Activities as the workflow sees them: by name, with their time limits and retries. No import of ``activities``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

from domain.canonical import Spelled, digest
from domain.json_types import JsonObject
from workflows.engine.events import CallEffect
from workflows.engine.wave import Wave

PROJECT_WAVE = "project_wave"
TASK_QUEUE = "gspflow"
_FOREVER = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=10)
)
CALL_TIMEOUT = timedelta(minutes=10)
"""Attempts of a call end within this time; then it is an incident."""


async def project_wave(wave: Wave) -> None:
    """Write one wave into the database. It has keys but no business constraints, so it is tried until it succeeds."""
    await workflow.execute_activity(
        PROJECT_WAVE,
        Spelled(wave.spelled),
        activity_id=wave.activity_id,
        start_to_close_timeout=timedelta(seconds=5),
        retry_policy=_FOREVER,
    )


async def call(effect: CallEffect, about: JsonObject) -> Any:
    """Run a catalogue activity and return its output.

    Raises ``ActivityError``: its cause is an ``ApplicationError`` whose type is a declared error code of the contract,
    or whatever made the last attempt fail.
    """
    envelope: JsonObject = {**about, "effect_key": effect.effect_key, "path": effect.path, "input": effect.input}
    if effect.business_at is not None:
        envelope["business_at"] = effect.business_at
    return await workflow.execute_activity(
        effect.name,
        envelope,
        activity_id=call_id(effect),
        start_to_close_timeout=timedelta(seconds=60),
        schedule_to_close_timeout=CALL_TIMEOUT,
        retry_policy=RetryPolicy(
            initial_interval=timedelta(seconds=1),
            backoff_coefficient=2,
            maximum_interval=timedelta(minutes=1),
            maximum_attempts=effect.attempts,
        ),
    )


def call_id(effect: CallEffect) -> str:
    """The id under which Temporal knows a call, whatever the attempt."""
    return "c-" + digest("call", [effect.effect_key, effect.input])[:16]
