"""`/studio/{name}`: one SOP as diagram, text, forms, difference and signatures; `?version=`, `?tab=`, `?from=`."""

from __future__ import annotations

from fastapi import Request

from ui.context import UiContext
from ui.guard import Viewer, page
from ui.studio.bench import Bench


def register(ctx: UiContext) -> None:
    """The page of one SOP."""

    @page(ctx, "/studio/{name}", title="studio.definition")
    async def definition(viewer: Viewer, request: Request, name: str) -> None:
        asked = request.query_params
        bench = Bench(viewer, name, asked.get("version"), asked.get("tab", "diagram"), asked.get("from"))
        await bench.open(asked.get("step"), asked.get("against"))
