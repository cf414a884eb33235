"""Pictures of delivery notes: what a receiver would photograph, drawn from the demo's data."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
from PIL import Image, ImageDraw, ImageFont

_FONT = Path(manimgx_fonts_cjk.__file__).parent / "NotoSansCJK-VF.otf.ttc"
_SIMPLIFIED_CHINESE = 2
"""The face within the font collection."""
_INK, _PAPER, _SEAL = "#1c2430", "#fbfaf5", "#b3202a"


def note_image(note: str, supplier: str, company: str, lines: list[tuple[str, ...]]) -> bytes:
    """A PNG of the note: title, parties, one row for each line (texts), and the supplier's seal."""
    page = Image.new("RGB", (900, 300 + 34 * len(lines)), _PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((330, 24), "随货同行单", fill=_INK, font=_font(34))
    draw.text((40, 92), f"供货单位：{supplier}", fill=_INK, font=_font(19))
    draw.text((40, 122), f"收货单位：{company}", fill=_INK, font=_font(19))
    draw.text((620, 92), f"单号：{note}", fill=_INK, font=_font(19))
    for index, line in enumerate([("产品", "批号/序列号", "失效日期", "数量"), *lines]):
        for text, left in zip(line, (40, 440, 620, 780), strict=True):
            draw.text((left, 170 + 34 * index), text, fill=_INK, font=_font(17))
        draw.line((40, 200 + 34 * index, 860, 200 + 34 * index), fill="#9aa4b2")
    _stamp(draw, page.height)
    out = io.BytesIO()
    page.save(out, "PNG", compress_level=3)
    return out.getvalue()


def line_texts(line: Any, product: str) -> tuple[str, ...]:
    """The columns of one line."""
    count = line["received"] + line.get("refused", 0)
    name = product if len(product) <= 22 else product[:21] + "…"
    return name, line.get("serial_no") or line["lot_no"], line.get("expiry") or line["service_life"], str(count)


def _stamp(draw: ImageDraw.ImageDraw, height: int) -> None:
    draw.ellipse((700, height - 110, 800, height - 10), outline=_SEAL, width=4)
    draw.text((716, height - 72), "出库专用", fill=_SEAL, font=_font(17))


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size, index=_SIMPLIFIED_CHINESE)
