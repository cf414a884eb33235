"""The zone tiles: the only large colour areas of the product; each is a filter of the table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ui.elements import Text, attrs, box, icon
from ui.guard import acting
from ui.stock.places import ZONE_ICONS, ZONES, tone_of, words_of

if TYPE_CHECKING:
    from ui.stock.board import Board


def draw(board: Board) -> None:
    """A tile for each zone of the law, in the order in which goods go through the house."""
    found = {one["zone"]: one for one in board.summary["zones"]}
    for zone in ZONES:
        none: dict[str, Any] = {"lots": 0, "locations": 0, "occupied": 0, "stopped": 0}
        _tile(board, zone, found.get(zone, none))


def _tile(board: Board, zone: str, told: Any) -> None:
    tile = attrs(box(f"ztile {tone_of(zone)}", "button"), type="button", data_testid=f"tile.{zone}")
    attrs(tile, aria_pressed=str(board.filters.get("zone") == zone).lower())
    with tile:
        icon(ZONE_ICONS[zone])
        Text("b", words_of(zone, board.viewer.lang))
        Text("span", f"{told['lots']:,}", "n")
        words = board.t("stock.tile_note", used=told["occupied"], all=told["locations"])
        if told["stopped"] and zone != "rejected":
            words += board.t("stock.tile_stopped", n=told["stopped"])
        Text("span", words, "w")
    tile.on("click", acting(partial(board.filter, "zone", zone)), js_handler="() => emit()")


def draw_ways(board: Board) -> None:
    """What is in stock against what is on its way, and what is on hold."""
    away, every = board.summary["in_transit"]["lots"], board.summary["lots"]
    chosen = board.filters.get("transit")
    for key, value, number in (
        ("all", None, every),
        ("in_stock", False, max(0, every - away)),
        ("in_transit", True, away),
    ):
        item = attrs(Text("button", board.t(f"stock.{key}", n=number)), type="button", data_testid=f"way.{key}")
        attrs(item, aria_pressed=str(board.view != "holds" and chosen == value).lower())
        item.on("click", acting(partial(board.filter, "transit", value)), js_handler="() => emit()")
    item = attrs(
        Text("button", board.t("stock.on_hold", n=board.summary["holds"])), type="button", data_testid="way.holds"
    )
    attrs(item, aria_pressed=str(board.view == "holds").lower())
    item.on("click", acting(partial(board.show, "holds")), js_handler="() => emit()")
