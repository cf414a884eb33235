"""Scanned papers as pictures of pages: PDF pages are drawn, photographs opened and turned upright. The only door to PDFium.

PDF/A does not take foreign PDF pages into itself, so a page becomes a picture of 150 dots to the inch. A picture is
opened before anything is made of it: what calls itself one and is none is told, not printed.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image, ImageOps

from domain.errors import GspError

DPI = 150
PAGES_MOST = 60
"""So many pages of one paper are bound in; a pack is no archive."""
_PICTURES = ("image/png", "image/jpeg", "image/webp")
_LONGEST = 2480
"""Pixels of the longer side of a photograph: A4 at 212 dots to the inch."""
_ONE_AT_A_TIME = threading.Lock()
"""PDFium is not made for several threads."""


class UnreadableScanError(GspError):
    """The file is no picture and no PDF that can be opened."""


def pages_of(path: Path, media_type: str) -> Iterator[tuple[str, bytes]]:
    """The pages of a stored file as (ending of the name, bytes). Raises `UnreadableScanError`."""
    if media_type in _PICTURES:
        yield _photograph(path)
        return
    if media_type != "application/pdf":
        raise _unreadable()
    with _ONE_AT_A_TIME:
        try:
            document = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            raise _unreadable() from error
        try:
            for number in range(min(len(document), PAGES_MOST)):
                yield "png", _drawn(document[number])
        finally:
            document.close()


def check_picture(path: Path) -> None:
    """Raise `UnreadableScanError` for a file that is no picture."""
    _opened(path)


def _opened(path: Path) -> Image.Image:
    try:
        with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as picture:
            picture.load()
            return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable() from error


def _photograph(path: Path) -> tuple[str, bytes]:
    picture, target = _opened(path), io.BytesIO()
    picture.thumbnail((_LONGEST, _LONGEST))
    if picture.mode not in ("L", "RGB"):
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(picture.convert("RGB"), mask=picture.convert("RGBA").getchannel("A"))
        picture = flat
    picture.save(target, "JPEG", quality=85)
    return "jpg", target.getvalue()


def _drawn(page: pdfium.PdfPage) -> bytes:
    target = io.BytesIO()
    scale: Any = DPI / 72  # the library takes fractions; its stubs say int
    page.render(scale=scale).to_pil().convert("RGB").save(target, "PNG", optimize=False)
    return target.getvalue()


def _unreadable() -> UnreadableScanError:
    zh, en = (
        "文件无法作为扫描件装入（只装 PDF、PNG、JPEG、WebP）。",
        "It cannot be bound in (PDF, PNG, JPEG and WebP can).",
    )
    return UnreadableScanError("unreadable_scan", zh, en)
