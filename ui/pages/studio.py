"""`/studio`: every SOP, which version is in force, which drafts there are, who must still sign."""

from __future__ import annotations

from fastapi import Request

from ui.context import UiContext
from ui.guard import Viewer, page
from ui.studio.home import Home


def register(ctx: UiContext) -> None:
    """The list of SOPs."""

    @page(ctx, "/studio", title="studio.home.title")
    async def studio(viewer: Viewer, request: Request) -> None:
        await Home(viewer, request.query_params.get("show", "all")).draw()
