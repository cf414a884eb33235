"""Our own files in the browser: fonts, style sheets, scripts. Nothing is ever loaded from another server."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import ui
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
#: In this order; style sheets of single pages follow, by name.
STYLES = ("fonts.css", "css/tokens.css", "css/base.css", "css/frame.css", "css/components.css")
SCRIPTS = ("frame.js", "login.js", "desk.js", "scan.js")
#: NiceGUI compiles templates in the browser, so scripts need 'unsafe-eval' and 'unsafe-inline'; the rest is shut.
CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    )
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}


class LastingFiles(StaticFiles):
    """Static files whose address carries their hash: a browser may keep them for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, marked immutable."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


#: NiceGUI's socket accepts every origin; a page of another site must not reach it with our cookies.
SOCKET_PATH = "/_nicegui_ws/"


class SecurityHeaders:
    """Adds the security headers to every answer that does not set its own (an API page may need another CSP).

    Refuses socket connections that a page of another origin opens.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add headers when the answer starts."""
        if scope["type"] in ("http", "websocket") and scope["path"].startswith(SOCKET_PATH) and not _same_origin(scope):
            await PlainTextResponse("cross-site socket refused", status_code=403)(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"]] + [
                    (name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in present
                ]
            await send(message)

        await self.app(scope, receive, add)


def _same_origin(scope: Scope) -> bool:
    """Whether the request names no origin or ours; browsers always name it when they open a socket."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


@cache
def address() -> str:
    """The path our files are served under; it changes with their content, so no browser shows an old mix."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.rglob("*")):
        if file.suffix in {".css", ".js", ".svg", ".wasm"}:
            digest.update(file.read_bytes())
    return f"/assets/{digest.hexdigest()[:12]}"


def styles() -> list[str]:
    """Every style sheet, the shared ones first, then those of the pages."""
    return [
        *STYLES,
        *sorted(name for file in (STATIC / "css").glob("*.css") if (name := f"css/{file.name}") not in STYLES),
    ]


def install(app: FastAPI) -> None:
    """Serve the files, put them into the head of every page, and add the security headers."""
    app.mount(address(), LastingFiles(directory=STATIC), name="assets")
    app.add_middleware(SecurityHeaders)
    for style in styles():
        ui.add_head_html(f'<link rel="stylesheet" href="{address()}/{style}">', shared=True)
    for script in SCRIPTS:
        ui.add_head_html(f'<script src="{address()}/{script}" defer></script>', shared=True)
