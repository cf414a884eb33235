"""`/stock`: one warehouse as zone tiles, location map, expiry ladder and table; anybody stops goods here with one tap."""

from __future__ import annotations

from fastapi import Request

from domain.errors import RefusedError
from services import stock_board
from ui.audit.refused import refused_page
from ui.components.panels import empty
from ui.context import UiContext
from ui.desk import office_of
from ui.elements import box
from ui.frame import frame, page_head
from ui.guard import Viewer, page
from ui.stock.board import Board, asked


def register(ctx: UiContext) -> None:
    """Declare the page."""

    @page(ctx, "/stock", title="stock.title")
    async def stock(viewer: Viewer, request: Request) -> None:
        site = viewer.site.id if viewer.site else None
        try:
            places = await stock_board.places(office_of(viewer), viewer.actor, site)
        except RefusedError as refused:
            refused_page(viewer, "stock", refused)
            return
        crumbs = [(viewer.t("stock.title"), None)]
        with frame(viewer, "stock", crumbs=crumbs) as work:
            work.classes("stockwork")
        if not places:
            with work, page_head(viewer.t("stock.title")):
                pass
            with work, box("pbody"):
                empty(viewer.t("stock.no_warehouse"), viewer.t("stock.no_warehouse_body"), icon_of="stock")
            return
        await Board(viewer, places, asked(request.query_params), work).open()
