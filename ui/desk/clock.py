"""Times on a page: stored moments in the zone of the site."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.clock import from_text
from ui.components.chips import moment
from ui.guard import Viewer


class Clock:
    """Turns stored moments into the site's time and into words."""

    def __init__(self, viewer: Viewer, zone: str) -> None:
        self.viewer, self.zone = viewer, ZoneInfo(zone)

    def now(self) -> datetime:
        """Now, by the server, at the site."""
        return self.viewer.ctx.now().astimezone(self.zone)

    def at(self, text: str | None) -> datetime | None:
        """A stored moment at the site."""
        return from_text(text).astimezone(self.zone) if text else None

    def said(self, text: str | None) -> str:
        """A stored moment as people say it; empty without one."""
        at = self.at(text)
        return moment(at, self.now(), self.viewer.lang) if at else ""

    def hour(self, text: str | None) -> str:
        """The time of day of a stored moment; with the day when it is not today."""
        at = self.at(text)
        if at is None:
            return ""
        return f"{at:%H:%M}" if at.date() == self.now().date() else f"{at:%m-%d %H:%M}"
