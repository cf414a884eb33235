"""The box that tests a scanner: it judges in the browser, where the keys are; the server reads what the code holds."""

from __future__ import annotations

from typing import Any

from nicegui.element import Element

from ui.forms.boxes import Scanned, scanned_of
from ui.texts import Lang, catalogue

_GROUPS = ("box", "result", "arrived", "keys", "kept", "finding")


class Tester(Element, component="tester.js"):
    """A box to scan into; ``on_scanned`` gets the data of the code."""

    def __init__(self, lang: Lang, expected: str, on_scanned: Scanned) -> None:
        super().__init__()
        self._props.update({"words": _words(lang), "expected": expected, "cid": f"box{self.id}"})
        self.on("scanned", lambda event: on_scanned(*scanned_of(event.args)))


def _words(lang: Lang) -> dict[str, Any]:
    """The texts of the box by group: it fills in what it saw by itself."""
    words: dict[str, Any] = {group: {} for group in _GROUPS}
    for key, text in catalogue().items():
        page, _, rest = key.partition(".")
        group, _, name = rest.partition(".")
        if page == "scanner" and group in words:
            words[group][name] = text[lang]
    return words
