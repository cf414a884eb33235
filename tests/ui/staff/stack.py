"""A whole installation in one process for the browser tests: Temporal, worker, the web application.

`python stack.py PORT FOLDER` on a folder with the demo company; prints `ready` when the port is about to answer.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import uvicorn

from app import web
from app.settings import Settings
from app.temporal_server import EmbeddedTemporal
from app.wiring import client_of, database_of, office_of, worker_context
from app.worker import worker_of
from records.migrate import upgrade
from records.people import Account, RoleGrant
from services import credentials


def second_inspector(session: Any, now: str, password: str) -> None:
    """Somebody with the same post as the inspector: to whom a task can be handed on."""
    person = Account(
        username="inspector2", name="钱守中", name_en="Qian Shouzhong", password_hash=password, created_at=now
    )
    session.add(person)
    session.flush()
    grant = RoleGrant(
        account="inspector2",
        role="inspector",
        site="hangzhou",
        valid_from=now[:10],
        granted_by="system",
        granted_at=now,
    )
    session.add(grant)


async def serve(port: int, folder: Path) -> None:
    """Run until the process is asked to stop."""
    async with EmbeddedTemporal(folder / "temporal") as temporal:
        settings = Settings(data=folder, temporal_address=temporal.address, port=port)
        upgrade(settings.database)
        client = await client_of(settings)
        database = database_of(settings, 8)
        office = office_of(settings, client, database)
        async with worker_of(client, worker_context(settings, database, office), task_queue=settings.task_queue):
            await office.db.writing(second_inspector, office.now(), credentials.make_hash_now("demo"))
            app = web.build(settings, office, await web.installation(settings, office))
            server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=2))
            print("ready", flush=True)
            await server.serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
