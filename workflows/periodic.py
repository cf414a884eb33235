"""The tiny workflow that a Temporal schedule starts: it asks the services, once and until they answer, what is due.

It knows nothing of SOPs. What is to be started, with which values, and whether it was started before is decided by
``services.schedule_runs`` through the activity; the case that begins is no child of this workflow.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

from domain.clock import to_text

PERIODIC = "Periodic"
RUN_SCHEDULE = "schedules.run"
MEANT_FOR = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""The moment that was meant; Temporal writes it, also when it catches up after downtime."""
_UNTIL_ANSWERED = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=1)
)


@workflow.defn(name=PERIODIC)
class PeriodicWorkflow:
    """One period of one schedule."""

    @workflow.run
    async def run(self, given: dict[str, Any]) -> dict[str, Any]:
        """``given``: ``{schedule}``; answers what became of the period."""
        meant = workflow.info().typed_search_attributes.get(MEANT_FOR) or workflow.info().start_time
        moment = datetime.fromtimestamp(int(meant.timestamp()), UTC)
        return await workflow.execute_activity(
            RUN_SCHEDULE,
            {"schedule": given["schedule"], "begins": to_text(moment)},
            start_to_close_timeout=timedelta(seconds=60),
            schedule_to_close_timeout=timedelta(days=1),
            retry_policy=_UNTIL_ANSWERED,
        )
