"""The curve of a temperature logger's file, for people to look at; the verdict on it is the case's own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from activities.logger_csv import LoggerFileError, read_points
from domain.clock import from_text, to_text
from domain.json_types import JsonObject
from domain.temperature import Point
from services import attachments
from services.actor import Actor
from services.office import Office

POINTS_MAX = 600
"""Points drawn; a longer log is thinned, its lowest and highest always stay."""


async def curve(
    office: Office, actor: Actor, sha256: str, zone: str, departure: str | None = None, arrival: str | None = None
) -> JsonObject | None:
    """``{points: [[moment, celsius], …], count}`` of the journey (of the whole log without both moments); ``None`` when
    the file is no log that can be read. ``zone``: of times written without one. Refuses a file the actor may not see."""
    path, _ = await attachments.find(office, actor, sha256)
    points = await office.db.run(_read, path, ZoneInfo(zone))
    if points is None:
        return None
    inside = [point for point in points if _is_within(point.at, departure, arrival)] or points
    return {
        "count": len(inside),
        "points": [[to_text(point.at), point.celsius] for point in _thinned(inside)],
    }


def _read(path: Path, zone: ZoneInfo) -> list[Point] | None:
    try:
        return sorted(read_points(path.read_bytes(), zone), key=lambda point: point.at)
    except LoggerFileError:
        return None


def _is_within(at: datetime, departure: str | None, arrival: str | None) -> bool:
    return not departure or not arrival or from_text(departure) <= at <= from_text(arrival)


def _thinned(points: list[Point]) -> list[Point]:
    """Every n-th point, with the lowest and the highest of each stretch."""
    width = -(-len(points) // (POINTS_MAX // 3))
    kept: list[Point] = []
    for begin in range(0, len(points), max(1, width)):
        stretch = points[begin : begin + max(1, width)]
        chosen = {stretch[0], min(stretch, key=lambda p: p.celsius), max(stretch, key=lambda p: p.celsius)}
        kept += sorted(chosen, key=lambda point: point.at)
    return kept
