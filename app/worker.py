"""The worker: runs cases and their side effects. Any number of them share the work."""

from __future__ import annotations

import asyncio
import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner

from activities.context import ActivityContext
from activities.temporal import build
from app.background import keeping
from app.settings import Settings
from app.version import product_version
from app.wiring import client_of, database_of, office_of, worker_context
from workflows.case import CaseWorkflow
from workflows.periodic import PeriodicWorkflow

STICKY_SECONDS = 2
"""After a worker was killed the next one takes its cases over after so long (default 10; measured)."""


def worker_of(
    client: Client,
    context: ActivityContext,
    *,
    task_queue: str,
    threads: int = 16,
    cached: int = 2000,
    runner: WorkflowRunner | None = None,
) -> Worker:
    """A worker of ours. Unsandboxed in production: the workflow is one small file around a pure engine, and the
    sandbox doubles the cost of a replay; tests pass a sandboxed ``runner``."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[CaseWorkflow, PeriodicWorkflow],
        activities=build(context),
        activity_executor=ThreadPoolExecutor(threads, thread_name_prefix="activity"),
        max_concurrent_activities=threads,
        max_cached_workflows=cached,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=STICKY_SECONDS),
        graceful_shutdown_timeout=timedelta(seconds=10),
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
        build_id=f"gspflow-{product_version()}",  # else the SDK reads every loaded module to make one up: a second
    )


def run(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C, then finish what is under way."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    client = await client_of(settings)
    database = database_of(settings, settings.worker_threads)
    office = office_of(settings, client, database)
    worker = worker_of(
        client,
        worker_context(settings, database, office),
        task_queue=settings.task_queue,
        threads=settings.worker_threads,
        cached=settings.max_cached_workflows,
    )
    async with worker, keeping(office):
        if settings.ready_file is not None:
            settings.ready_file.write_text("polling\n")
        await stop.wait()
    database.close()
