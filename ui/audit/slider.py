"""The slider over the records of a case; its script is `slider.js`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from ui.texts import Lang, t

WORDS = ("label", "controls", "first", "previous", "play", "pause", "next", "last")


class RecordSlider(Element, component="slider.js"):
    """`records` are `{seq, time, kind, words, spoken}`, `refusals` `{after}`; `on_seek(seq)` at most each 60 ms."""

    def __init__(
        self,
        records: Sequence[Mapping[str, Any]],
        refusals: Sequence[Mapping[str, Any]],
        value: int,
        lang: Lang,
        on_seek: Callable[[int], Any],
    ) -> None:
        super().__init__()
        words = {name: t(f"audit.slider.{name}", lang) for name in WORDS}
        self._props.update({"records": [*records], "refusals": [*refusals], "value": value, "words": words})
        self._on_seek = on_seek
        self.on("seek", self._sought)

    def _sought(self, event: GenericEventArguments) -> Any:
        seq = int(event.args.get("seq", 0))
        self._props["value"] = seq  # silently: the browser stands there already
        return self._on_seek(seq)

    def set(self, seq: int) -> None:
        """Stand at a record from here."""
        self._props["value"] = seq
        self.run_method("set", seq)
