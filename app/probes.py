"""`/healthz`: the process is up. `/readyz`: what it needs is reachable. Neither asks for a login."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from records import cases, deliveries
from services.office import Office

PROBE_SECONDS = 4
FAILING_TRIES = 20
"""A case whose wave failed so often is reported; it blocks no other case."""


def routes(office: Office) -> APIRouter:
    """The two probes."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def health() -> Response:
        return JSONResponse({"status": "up"})

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> Response:
        body = await state(office)
        return JSONResponse(body, 200 if body["ready"] else 503, {"Cache-Control": "no-store"})

    return router


async def state(office: Office) -> dict[str, Any]:
    """`{ready, database, temporal, worker, unprojected, given_up}`; each part is `ok` or says what is wrong.

    `given_up`: notices that could not be delivered; they do not make the installation less ready.
    """
    parts = dict(zip(("database", "temporal"), await asyncio.gather(_database(office), _temporal(office)), strict=True))
    worker = await _worker(office) if parts["temporal"] == "ok" else "unknown while Temporal is not reachable"
    late = await _unprojected(office) if parts["database"] == "ok" else []
    said = {**parts, "worker": worker}
    lost = await office.db.reading(deliveries.given_up) if parts["database"] == "ok" else 0
    return {"ready": all(value == "ok" for value in said.values()), **said, "unprojected": late, "given_up": lost}


async def _database(office: Office) -> str:
    try:
        await asyncio.wait_for(office.db.run(office.db.ping), PROBE_SECONDS)
    except Exception as fault:  # whatever it is, the probe says it
        return f"not reachable: {type(fault).__name__}"
    return "ok"


async def _temporal(office: Office) -> str:
    try:
        healthy = await asyncio.wait_for(office.gateway.client.service_client.check_health(), PROBE_SECONDS)
    except Exception as fault:  # whatever it is, the probe says it
        return f"not reachable: {type(fault).__name__}"
    return "ok" if healthy else "not serving"


async def _worker(office: Office) -> str:
    try:
        polled = await asyncio.wait_for(office.gateway.is_polled(), PROBE_SECONDS)
    except Exception as fault:  # whatever it is, the probe says it
        return f"unknown: {type(fault).__name__}"
    return "ok" if polled else "no worker polls the task queue"


async def _unprojected(office: Office) -> list[dict[str, Any]]:
    found = await office.db.reading(cases.failures, FAILING_TRIES)
    return [{"case": row.case_id, "wave": row.wave, "kind": row.kind, "since": row.since} for row in found]
