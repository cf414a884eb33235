"""The box that sends a file of the UDI database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.element import Element

from ui.texts import Lang, t

_WORDS = ("choose", "try_it", "take_in", "sending", "reading", "failed")


class Send(Element, component="send.js"):
    """Chooses a file and sends it; ``on_sent`` gets the id of the import."""

    def __init__(self, lang: Lang, on_sent: Callable[[str], Any]) -> None:
        super().__init__()
        self._props["words"] = {name: t(f"udid.send.{name}", lang) for name in _WORDS}
        self.on("sent", lambda event: on_sent(str(event.args.get("id", ""))[:40]))
