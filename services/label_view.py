"""Labels as data and as words: what stands on a unit's, shelf's, document's or pallet's label, and how large. Pure.

A label says what GSP 2023 art. 69 wants to be told apart in the store: product, lot, expiry; the bar code says the
same (a test reads it back), and beside it stands in letters what it holds, so that a broken one can be typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import Fault, Text
from domain.json_types import JsonObject
from domain.udi.building import Pair, UnbuildableError
from services.barcodes import Drawing, SymbolName

SIZES: dict[str, tuple[float, float]] = {
    "40x30": (40, 30),
    "60x40": (60, 40),
    "100x70": (100, 70),
    "100x150": (100, 150),
}
"""Label stock in millimetres, as printers have it."""
_DOTS_MM = (1.5, 1.25, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25)
"""Modules of two-dimensional codes: whole dots of a 203 dpi printer, never below 0.25 mm."""
_BARS_MM = (0.5, 0.375, 0.25, 0.17)
"""Narrowest bars of GS1-128; below 0.17 mm no scanner is promised to read it."""
_BARS_TALL_MM = 32.0
"""How tall the bars of a logistic label are at least where there is room (GS1 Logistic Label Guideline)."""
_EDGE_MM = 2.0


@dataclass(frozen=True)
class Label:
    """What stands on a label. ``content`` is what the code holds; ``rows`` are (words, value)."""

    kind: str
    title: str
    content: tuple[Pair, ...] | str
    symbol: SymbolName
    subtitle: str = ""
    rows: tuple[tuple[Text, str], ...] = ()
    letters: str = ""
    big: str = ""
    colour: str = ""
    foot: str = ""

    def as_json(self) -> JsonObject:
        """The label as it lies in its PDF."""
        held: Any = self.content if isinstance(self.content, str) else [list(pair) for pair in self.content]
        return {"kind": self.kind, "title": self.title, "symbol": self.symbol, "content": held, "letters": self.letters}


def view_of(label: Label, drawing: Drawing, size: str, lang: str) -> JsonObject:
    """Everything the template needs. Raises ``UnbuildableError`` for a code that does not fit this label."""
    width, height = SIZES[size]
    below = drawing.is_linear or height > width
    scale = _scale(width, height)
    lines = len(label.letters.split(" ")) if label.letters and not below else 0
    room = _room(width, height - lines * _LINE_MM * float(scale), below=below, linear=drawing.is_linear)
    module = _module(drawing, room, size)
    tall = min(room[1], _BARS_TALL_MM) if drawing.is_linear else module * drawing.rows
    rows: Any = [{"label": words.said_in(lang), "value": value} for words, value in label.rows]
    return {
        "lang": "zh" if lang == "zh" else "en",
        "width": str(width),
        "height": str(height),
        "below": below,
        "code_width": f"{module * drawing.columns:.3f}",
        "code_height": f"{tall:.3f}",
        "scale": scale,
        "title": label.title,
        "subtitle": label.subtitle,
        "rows": rows,
        "letters": label.letters,
        "big": label.big,
        "colour": label.colour,
        "foot": label.foot,
        "alt": Text("条码", "Bar code").said_in(lang),
        "attached": Text("标签数据", "What the label holds").said_in(lang),
    }


_LINE_MM = 2.1
"""How tall a line of letters below a code is on the 60 mm label."""


def _scale(width: float, height: float) -> str:
    """How large the letters are against those of the 60 mm label."""
    if width < 60:
        return "0.72"
    return "1.0" if width < 100 else "1.5" if height <= width else "1.7"


def _room(width: float, height: float, *, below: bool, linear: bool) -> tuple[float, float]:
    """How wide and tall the code may be: a bar code spans the label, a square takes at most half of it."""
    inner_width, inner_height = width - 2 * _EDGE_MM, height - 2 * _EDGE_MM
    if linear:
        return inner_width, inner_height * 0.32
    return (inner_width, inner_height * 0.45) if below else (inner_width * 0.46, inner_height)


def _module(drawing: Drawing, room: tuple[float, float], size: str) -> float:
    steps = _BARS_MM if drawing.is_linear else _DOTS_MM
    for step in steps:
        if step * drawing.columns <= room[0] and (drawing.is_linear or step * drawing.rows <= room[1]):
            return step
    larger = "、".join(name for name, (width, _) in SIZES.items() if width > SIZES[size][0]) or "—"
    zh = f"这个码在 {size} mm 标签上会细到读不出；请换 DataMatrix 或更大的标签（{larger}）"
    en = f"on a label of {size} mm this code would be too fine to be read; choose DataMatrix or a larger label ({larger})."
    raise UnbuildableError([Fault("/size", "too_fine", Text(zh, en))])


def lettered(pairs: Iterable[Pair]) -> str:
    """The elements as people read them, one identifier after the other (HRI); a line never breaks within one."""
    return " ".join(f"({ai})\u00a0{value}" for ai, value in pairs)


def udi_rows(pairs: Sequence[Pair], told: dict[str, str]) -> tuple[tuple[Text, str], ...]:
    """The rows of a unit's label; ``told`` holds dates as people read them."""
    return tuple(
        (_NAMES[ai], told.get(ai, value)) for ai, value in sorted(pairs, key=lambda pair: _ORDER.index(pair[0]))
    )


_ORDER = ["01", "10", "21", "11", "17", "91"]
_NAMES = {
    "01": Text("UDI-DI", "UDI-DI"),
    "10": Text("批号", "Lot"),
    "21": Text("序列号", "Serial"),
    "11": Text("生产日期", "Made"),
    "17": Text("失效日期", "Expires"),
    "91": Text("本企业编号", "Own no."),
}
