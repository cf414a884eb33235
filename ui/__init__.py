"""The web pages. `build` puts them into the FastAPI application that `app` composes; see `ui/README.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from ui.context import UiContext

if TYPE_CHECKING:
    from ui.wiring import Installation


def build(
    app: FastAPI, office: object, *, demo: bool, storage_secret: str, installation: Installation | None = None
) -> None:
    """Register all pages of the product on `app`. Call it last: the pages are mounted at `/`.

    `office` is handed to `services` unchanged; `demo` shows the demo accounts on the login page; `installation`
    (company, sites, names of the demo people) is said there too.
    """
    from ui.wiring import Installation, context_of

    mount(app, context_of(office, installation or Installation(), demo=demo), storage_secret=storage_secret)


def mount(app: FastAPI, ctx: UiContext, *, storage_secret: str) -> None:
    """Install assets, session routes and every module of `ui.pages` that has `register(ctx)`, then NiceGUI itself."""
    from importlib import import_module
    from pkgutil import iter_modules

    from nicegui import app as pages_app
    from nicegui import ui

    from ui import assets, guard, pages, session
    from ui.scanning import offline

    assets.install(app)
    app.include_router(session.routes(ctx))
    app.include_router(offline.routes())
    for module in iter_modules(pages.__path__):
        register = getattr(import_module(f"ui.pages.{module.name}"), "register", None)
        if register is not None:
            register(ctx)
    pages_app.add_exception_handler(404, guard.missing_page)
    ui.run_with(
        app,
        title="GSPFlow",
        favicon=assets.STATIC / "favicon.svg",
        language="en-US",
        reconnect_timeout=60,
        tailwind=False,
        show_welcome_message=False,
        markdown=False,
        storage_secret=storage_secret,
        session_middleware_kwargs={"same_site": "lax", "max_age": 8 * 3600},
    )
