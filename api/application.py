"""The application behind `/api/v1`: its routers, its errors, its description."""

from __future__ import annotations

import tomllib
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems, repeats
from api.shapes import ProblemShape
from services.office import Office

NOUNS = (
    "tasks",
    "scans",
    "auth",
    "me",
    "notifications",
    "definitions",
    "migrations",
    "cases",
    "messages",
    "corrections",
    "history",
    "verbs",
    "notices",
    "deliveries",
    "udi",
    "holds",
    "labels",
    "stock_board",
    "stock_places",
    "stock",
    "credit",
    "master_data",
    "loading",
    "ledger",
    "registers",
    "papers",
    "lists",
    "trace",
    "epcis",
    "udid",
    "attachments",
    "audit",
    "accounts",
    "places",
    "staff",
    "calendars",
    "schedules",
    "deputies",
    "talk",
)
"""The modules with a `router`, in the order of the description: what people ask for most is looked for first."""
ABOUT = """Quality management processes of medical device distributors (GSP): cases, tasks, definitions, records.

Times are UTC (RFC 3339); quantities are whole numbers of base units; lists are `{"items": [...], "next": cursor}`.
Errors are `application/problem+json` (RFC 9457) in the language of `Accept-Language` (`zh` or `en`).
Every POST that changes something takes an `Idempotency-Key`."""


def application(office: Office) -> FastAPI:
    """The application of one office."""
    app = FastAPI(
        title="GSPFlow",
        version=_version(),
        description=ABOUT,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.office = office
    for noun in NOUNS:
        app.include_router(import_module(f"api.{noun}").router)
    problems.install(app)
    repeats.install(app)
    app.add_middleware(CleanAddresses)
    _describe_problems(app)
    return app


def _describe_problems(app: FastAPI) -> None:
    """Put the shape of problems into the OpenAPI document, where every error of every call points to it."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        shape = ProblemShape.model_json_schema(ref_template="#/components/schemas/{model}")
        parts = document["components"]["schemas"]
        parts.update(shape.pop("$defs"))
        parts["ProblemShape"] = shape
        return document

    app.__dict__["openapi"] = openapi


class CleanAddresses:
    """Refuses addresses that hold what no database keeps (NUL), before anybody looks at them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404 for a NUL in path or query, else pass on."""
        if scope["type"] == "http" and ("\x00" in scope["path"] or b"%00" in scope.get("query_string", b"")):
            answer = await problems.http(Request(scope), HTTPException(404))
            return await answer(scope, receive, send)
        await self.app(scope, receive, send)


def _version() -> str:
    try:
        return version("gspflow")
    except PackageNotFoundError:  # run from a checkout: its own file says the version
        project = Path(__file__).parents[1] / "pyproject.toml"
        return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"]) if project.exists() else "0"
