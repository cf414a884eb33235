"""An installation in a process of its own: Temporal, worker, pages, on a folder with the demo company. NiceGUI keeps
global state.

`installation.py FOLDER PORT` writes `FOLDER/address` (Temporal's) once all is ready to serve.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

import ui
from app.settings import Settings
from app.temporal_server import EmbeddedTemporal
from app.wiring import client_of, database_of, office_of, worker_context
from app.worker import worker_of
from records.migrate import upgrade


async def serve(folder: Path, port: int) -> None:
    """Start everything and serve until the process is ended."""
    settings = Settings(data=folder)
    server = EmbeddedTemporal(settings.temporal_dir, namespace="gspflow", retention_days=10)
    address = await server.start()
    try:
        settings = Settings(data=folder, temporal_address=address)
        upgrade(settings.database)
        client = await client_of(settings)
        database = database_of(settings)
        office = office_of(settings, client, database)
        async with worker_of(client, worker_context(settings, database, office), task_queue=settings.task_queue):
            pages = FastAPI()
            ui.build(pages, office, demo=True, storage_secret="a secret of the tests only, long enough")
            (folder / "address").write_text(address, encoding="utf-8")
            await uvicorn.Server(uvicorn.Config(pages, port=port, log_level="warning")).serve()
    finally:
        await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
