"""The REST interface under `/api/v1`: one module for each noun, all work done by `services`; see `build`."""

from __future__ import annotations

from fastapi import FastAPI

from api import ids
from services.office import Office

PREFIX = "/api/v1"
ids.register()


def build(app: FastAPI, office: Office) -> FastAPI:
    """Put the interface into the application that `app` composes; returns its part. Call it before the pages."""
    from api.application import application
    from api.pages import documentation, unknown

    part = application(office)
    app.mount(PREFIX, part)
    app.include_router(documentation(part))
    app.include_router(unknown())
    return part
