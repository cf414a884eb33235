"""The worker of a measurement, in a process of its own: our cases and the floor on one queue each."""

from __future__ import annotations

import asyncio
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from app import wiring
from app.bench.floor import FloorWorkflow, activity_of
from app.bench.house import House
from services import key_events


async def main(folder: Path, address: str, what: str) -> None:
    """Work until SIGTERM. ``what``: ``engine``, ``rest`` or ``floor``."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    house = await House.open(folder, address, what)
    if what != "floor":
        await key_events.register(wiring.office_of(house.settings, house.gateway.client, house.database))
    worker = _floor(house, folder) if what == "floor" else house.worker()
    async with worker:
        (folder / f"{what}.ready").write_text("polling\n")
        await stop.wait()


def _floor(house: House, folder: Path) -> Worker:
    return Worker(
        house.gateway.client,
        task_queue="floor",
        workflows=[FloorWorkflow],
        activities=[activity_of(folder / "floor.db")],
        activity_executor=ThreadPoolExecutor(16),
        max_concurrent_activities=16,
        max_cached_workflows=2000,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        workflow_runner=UnsandboxedWorkflowRunner(),
    )


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
