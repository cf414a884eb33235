"""The only door to the library that draws bar codes: GS1 DataMatrix, GS1-128, QR, as SVG or PNG.

Every warning of the library is a refusal here: by itself it would draw a GTIN with a wrong check digit and only
mention it. Sizes: GS1 General Specifications 25, section 5.12 (regulated healthcare): narrowest bars 0.17 mm, smallest
modules of two-dimensional codes 0.25 mm; quiet zones are part of what is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import zint

from domain.errors import Fault, Text
from domain.udi.building import Pair, UnbuildableError, raw

SymbolName = Literal["datamatrix", "gs1_128", "qr"]
Picture = Literal["svg", "png"]
SYMBOLS: tuple[SymbolName, ...] = ("datamatrix", "gs1_128", "qr")
_KINDS = {
    "datamatrix": zint.Symbology.DATAMATRIX,
    "gs1_128": zint.Symbology.GS1_128,
    "qr": zint.Symbology.QRCODE,
}
_LONGEST_128 = 48
"""Characters in one GS1-128 with its identifiers and separators. Source: GS1 General Specifications 25, section 5.4."""
_PNG_SCALE = 4.0


@dataclass(frozen=True)
class Drawing:
    """A bar code as a picture; ``columns`` and ``rows`` count its modules with the quiet zones."""

    content: bytes
    columns: int
    rows: int
    is_linear: bool


def draw(symbol: SymbolName, content: Sequence[Pair] | str, picture: Picture = "svg") -> Drawing:
    """Draw elements (AI and value) as a GS1 code, or a text as a plain one.

    Raises ``UnbuildableError`` for what the symbol cannot hold.
    """
    if symbol == "gs1_128":
        _require_short(content)
    made = zint.Symbol()
    made.symbology = _KINDS[symbol]
    made.warn_level = zint.WarningLevel.FAIL_ALL
    made.output_options = zint.OutputOptions.BARCODE_MEMORY_FILE | zint.OutputOptions.BARCODE_QUIET_ZONES
    made.show_text = False
    made.scale = 1.0 if picture == "svg" else _PNG_SCALE
    made.outfile = f"code.{picture}"
    if symbol == "datamatrix":
        made.option_3 = int(zint.DataMatrixOptions.SQUARE)
    if symbol == "qr":
        made.option_1 = 2  # level M: 15 % may be lost
    try:
        made.encode(_spelled(made, content))
        made.print()
    except RuntimeError as refused:
        raise _unbuildable(
            "not_drawn", "这个码放不下或不允许这些内容", f"the symbol cannot hold it ({refused})."
        ) from refused
    assert made.memfile is not None, "the library draws into memory"
    quiet = _quiet(symbol)
    return Drawing(bytes(made.memfile), made.width + 2 * quiet, made.rows + 2 * quiet, symbol == "gs1_128")


def _spelled(made: zint.Symbol, content: Sequence[Pair] | str) -> str:
    if isinstance(content, str):
        return content
    made.input_mode = zint.InputMode.GS1
    # In square brackets: round ones are allowed within values, square ones are not.
    return "".join(f"[{ai}]{value}" for ai, value in content)


def _quiet(symbol: SymbolName) -> int:
    return {"datamatrix": 1, "gs1_128": 10, "qr": 4}[symbol]


def _require_short(content: Sequence[Pair] | str) -> None:
    if isinstance(content, str):
        raise _unbuildable("not_gs1", "GS1-128 只能放 GS1 内容", "GS1-128 holds GS1 elements only.")
    length = len(raw(content))
    if length > _LONGEST_128:
        zh = f"GS1-128 最多 {_LONGEST_128} 个字符，现有 {length} 个；请改用 DataMatrix"
        en = f"GS1-128 holds {_LONGEST_128} characters, these are {length}; choose DataMatrix."
        raise _unbuildable("too_long", zh, en)


def _unbuildable(code: str, zh: str, en: str) -> UnbuildableError:
    return UnbuildableError([Fault("/symbol", code, Text(zh, en))])
