"""The web application: REST interface, probes and pages in one process, with the small work an office does by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from app.restored import require_compared
from app.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from services.office import Office
    from ui.wiring import Installation

log = logging.getLogger("gspflow.web")
STOP_SECONDS = 5
"""How long open connections may take to end when the application is asked to stop."""


def run(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises `CommandFault` when Temporal cannot be reached."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    require_compared(settings)
    with asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(_serve(settings))


def _loop() -> Callable[[], asyncio.AbstractEventLoop]:
    from uvloop import new_event_loop

    return new_event_loop


async def _serve(settings: Settings) -> None:
    import uvicorn

    from app.wiring import client_of, office_of

    office = office_of(settings, await client_of(settings))
    try:
        app = build(settings, office, await installation(settings, office))
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,  # ours leaves out queries, where a one-time link or a name may stand
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
            ws_max_size=4 * 1024 * 1024,
        )
        await uvicorn.Server(config).serve()
    finally:
        office.db.close()


def build(settings: Settings, office: Office, shown: Installation) -> FastAPI:
    """The whole application around an office. `shown` is what the login page says about the installation."""
    import api
    import ui
    from ui import setup_page

    app = bare(office)
    api.build(app, office)
    app.include_router(setup_page.routes(office))
    ui.build(app, office, demo=settings.demo, storage_secret=session_secret(settings, office), installation=shown)
    return app


def bare(office: Office) -> FastAPI:
    """The application without interface and pages: probes, headers, log, background work."""
    from fastapi import FastAPI

    from app import background, probes
    from app.web_middleware import AccessLog, Headers

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with background.working(office):
            yield

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, lifespan=lifespan, redirect_slashes=False)
    app.add_middleware(Headers)
    app.add_middleware(AccessLog)
    app.include_router(probes.routes(office))
    return app


def session_secret(settings: Settings, office: Office) -> str:
    """What protects browser sessions: as configured, else made on first use and kept with the keys."""
    return settings.storage_secret.get_secret_value() or office.keys.session_secret()


async def installation(settings: Settings, office: Office) -> Installation:
    """Company, sites and demo names for the login page. A demo that is only being loaded is known from its files."""
    from records.organisation import company as company_row
    from records.organisation import sites as site_rows
    from ui.context import Site
    from ui.wiring import Installation

    company = await office.db.reading(company_row)
    if company is None:
        return _demo_installation() if settings.demo else Installation()
    sites = [
        Site(one.key, {"zh": one.name, "en": one.name_en or one.name}) for one in await office.db.reading(site_rows)
    ]
    names = _demo_installation().demo_names if settings.demo else {}
    return Installation({"zh": company.name, "en": company.name_en or company.name}, sites, names)


def _demo_installation() -> Installation:
    from datetime import date

    from app.demo.files import read
    from ui.context import Site
    from ui.wiring import Installation

    today = date.today()
    told, people = read("company", today), read("people", today)["people"]
    sites = [Site(one["key"], one["name"]) for one in told["sites"]]
    return Installation(told["company"]["name"], sites, {one["username"]: one["name"] for one in people})
