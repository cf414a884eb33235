"""Around every answer of the web application: safety headers, and one line in the log without queries."""

from __future__ import annotations

import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("gspflow.access")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Of the interface and the probes; the pages have their own (`ui.assets`). Nothing that `/api` answers runs."""
_OURS = ("/api", "/healthz", "/readyz")
_LINK = "/setup/"
_QUIET = ("/healthz", "/readyz", "/_nicegui")


class Headers:
    """Adds the headers that an answer of the interface does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers on the way back."""
        if scope["type"] != "http" or not scope["path"].startswith(_OURS):
            return await self.app(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)


class AccessLog:
    """One line for each request: method, path, status, milliseconds. Queries and bodies are never logged."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and note how it went."""
        if scope["type"] != "http" or scope["path"].startswith(_QUIET):
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            took = (time.perf_counter() - began) * 1000
            path = loggable(scope["path"])
            log.info("%s %s %s %.0f ms", scope["method"], path, status or "-", took)


def loggable(path: str) -> str:
    """A path as the log may hold it: in ASCII, and without the token of a one-time link."""
    shown = _LINK + "…" if path.startswith(_LINK) else path
    return shown.encode("unicode_escape").decode("ascii")
