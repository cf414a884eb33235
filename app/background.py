"""What an office does by itself while the web application runs: expired intents, versions that come into force, news."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from records import definitions
from services import intents, key_events, live, messages, migration_work, upkeep
from services.office import Office
from services.outbox import escalating, sending

log = logging.getLogger("gspflow.background")
SWEEP_SECONDS = 30
TURN_SECONDS = 60
SEND_SECONDS = 3
TELL_SECONDS = 1
"""How soon a case is told what a wave or another process has left for it."""
MIGRATE_SECONDS = 2


@asynccontextmanager
async def working(office: Office) -> AsyncIterator[None]:
    """Run the office's own work until the block ends."""
    await key_events.register(office)
    pulse = await live.pulse(office)
    chores = [
        asyncio.create_task(every(SWEEP_SECONDS, "closing expired intents", lambda: intents.sweep(office))),
        asyncio.create_task(every(TURN_SECONDS, "turning versions over", lambda: _turn_over(office))),
        asyncio.create_task(every(SEND_SECONDS, "sending notices", lambda: sending.turn(office))),
        asyncio.create_task(every(TELL_SECONDS, "telling cases", lambda: messages.deliver(office))),
        asyncio.create_task(every(SWEEP_SECONDS, "burying dead letters", lambda: messages.bury(office))),
        asyncio.create_task(every(MIGRATE_SECONDS, "migrating cases", lambda: migration_work.turn(office))),
        asyncio.create_task(every(SWEEP_SECONDS, "telling second people", lambda: escalating.turn(office))),
    ]
    try:
        yield
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await asyncio.to_thread(pulse.signal.stop)


@asynccontextmanager
async def keeping(office: Office) -> AsyncIterator[None]:
    """The worker's part of the upkeep: checkpoints and archives, until the block ends."""
    await key_events.register(office)
    running = [asyncio.create_task(every(each.seconds, each.what, each.do)) for each in upkeep.chores(office)]
    try:
        yield
    finally:
        for chore in running:
            chore.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _turn_over(office: Office) -> None:
    await office.db.writing(definitions.turn_over, office.now())


async def every(seconds: float, what: str, chore: Callable[[], Awaitable[object]]) -> None:
    """Do a chore now and every `seconds`; one that fails is logged and tried again."""
    while True:
        try:
            await chore()
        except Exception:  # the database may be away for a moment; the chore comes round again
            log.exception("%s failed; it is tried again", what)
        await asyncio.sleep(seconds)
