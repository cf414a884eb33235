"""`/me`: the person's own notifications: addresses, what goes where, quiet hours."""

from __future__ import annotations

from typing import Any

from services.outbox import contacting
from ui.context import UiContext
from ui.elements import box
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.mine.addresses import Addresses
from ui.mine.choices import Choices


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/me", title="mine.title")
    async def mine(viewer: Viewer) -> None:
        office: Any = viewer.ctx.office
        known = await contacting.settings_of(office, viewer.actor)
        with frame(viewer, "me", crumbs=[(viewer.t("mine.title"), None)]) as work, work:
            with page_head(viewer.t("mine.title"), viewer.t("mine.note"), back=(viewer.t("common.frame.back"), "/")):
                pass
            with box("pbody"), box("mine"):
                Addresses(viewer, known).draw()
                Choices(viewer, known).draw()
