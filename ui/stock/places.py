"""The locations of a warehouse as zones, aisles and cells: pure, so that a thousand of them are sorted once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from domain.stock import ZONE_COLOURS, ZONE_TEXTS, Zone
from ui.texts import Lang, t
from ui.theme.icons import icon_name

ZONES = tuple(zone.value for zone in Zone)
#: The order of tiles: as goods go through the house.
ZONE_ICONS = {
    "pending": "pending",
    "qualified": "passed",
    "dispatch": "truck",
    "returns": "returned",
    "rejected": "failed",
    "": "site",
}
SOON = ("d30", "d90")
#: More cells than this in one zone are drawn as one strip an aisle until the zone is opened.
CELLS_SHOWN = 120


def tone_of(zone: str | None) -> str:
    """The colour of a zone (GSP 40); docks and ways have none."""
    return ZONE_COLOURS[Zone(zone)] if zone else "grey"


def words_of(zone: str | None, lang: Lang) -> str:
    """A zone in words."""
    return ZONE_TEXTS[Zone(zone)].said_in(lang) if zone else t("stock.no_zone", lang)


def aisle_of(code: str) -> tuple[str, str]:
    """The aisle and the cell of a location code `HZ-A-02-03`: what stands before the last part, without the house."""
    parts = code.split("-")
    if len(parts) < 2:
        return code, code
    return "-".join(parts[1:-1]) or parts[0], parts[-1]


def drawn(cells: Sequence[Mapping[str, Any]], lang: Lang) -> list[dict[str, Any]]:
    """The zones of a map with their aisles, in the order of the tiles; zones of another temperature stand apart."""
    groups: dict[tuple[int, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for cell in cells:
        zone = str(cell["zone"] or "")
        rank = ZONES.index(zone) if zone else len(ZONES)
        groups[rank, zone, _range(cell)].append(cell)
    return [_zone(zone, kept, found, lang) for (_, zone, kept), found in sorted(groups.items())]


def _range(cell: Mapping[str, Any]) -> str:
    low, high = cell["temp_min"], cell["temp_max"]
    return "" if low is None or high is None else degrees(low, high)


def degrees(low: Any, high: Any) -> str:
    """A range of °C: a dash between numbers above zero, a tilde where one has a minus of its own."""
    if low is None or high is None:
        return f"≥ {low} ℃" if high is None else f"≤ {high} ℃"
    return f"{low}–{high} ℃" if low >= 0 else f"{low} ~ {high} ℃"


def _zone(zone: str, kept: str, cells: Sequence[Mapping[str, Any]], lang: Lang) -> dict[str, Any]:
    aisles: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for cell in cells:
        aisle, number = aisle_of(str(cell["location"]))
        aisles[aisle].append({"code": cell["location"], "number": number, **_state(cell, lang)})
    high = max((cell["temp_max"] for cell in cells if cell["temp_max"] is not None), default=None)
    return {
        "key": f"{zone}|{kept}",
        "zone": zone,
        "title": words_of(zone or None, lang),
        "tone": tone_of(zone or None),
        "icon": icon_name(ZONE_ICONS[zone]),
        "range": kept,
        "cold": high is not None and high <= 8,
        "strips": len(cells) > CELLS_SHOWN,
        "aisles": [
            {"name": name, "cells": found, "filled": sum(1 for cell in found if cell["state"] != "free")}
            for name, found in sorted(aisles.items())
        ],
    }


def _state(cell: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """How a cell looks, and what is said of it: stopped and expired first, then what expires soon."""
    if not cell["lots"]:
        state = "free"
    elif cell["stopped"]:
        state = "stopped"
    elif cell["expiry"] == "expired":
        state = "expired"
    else:
        state = "soon" if cell["expiry"] in SOON else "full"
    words = t(f"stock.cell.{state}", lang, n=cell["lots"])
    return {"state": state, "says": f"{cell['location']} · {words}"}
