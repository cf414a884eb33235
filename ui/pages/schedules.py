"""`/schedules`: what starts by itself, when next, and what became of each period."""

from __future__ import annotations

from fastapi import Request

from ui.context import UiContext
from ui.guard import Viewer, page
from ui.studio.schedules import Schedules


def register(ctx: UiContext) -> None:
    """The list of periodic SOPs; `?show=` one of them, `?make=process@site` a new one."""

    @page(ctx, "/schedules", title="schedules.title")
    async def schedules(viewer: Viewer, request: Request) -> None:
        asked = request.query_params
        await Schedules(viewer, asked.get("show"), asked.get("make")).draw()
