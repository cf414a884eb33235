"""`LocationMap`: the locations of a warehouse in the colours of their zones; its script is `location_map.js`.

The table under it is its twin for screen readers: each cell is a button with the same words, reached by the arrows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui.element import Element

from ui.texts import Lang, t

WORDS = ("label", "keys", "open", "close", "aisle")


class LocationMap(Element, component="location_map.js"):
    """`zones` as `ui.stock.places.drawn` makes them; `on_choose(code)` for a cell, an empty code for none."""

    def __init__(self, zones: Sequence[Mapping[str, Any]], lang: Lang, on_choose: Callable[[str], Any]) -> None:
        super().__init__()
        self.classes("locmap")
        words = {name: t(f"stock.map.{name}", lang) for name in WORDS}
        self._props.update({"zones": [*zones], "words": words, "chosen": ""})
        self.on("choose", lambda event: on_choose(str(event.args or "")))

    def show(self, zones: Sequence[Mapping[str, Any]]) -> None:
        """The same locations as they stand now; cells that changed flash once."""
        if self._props["zones"] != [*zones]:
            self._props["zones"] = [*zones]
            self.update()

    def choose(self, code: str) -> None:
        """Ring a cell, or none."""
        if self._props["chosen"] != code:
            self._props["chosen"] = code
            self.update()
