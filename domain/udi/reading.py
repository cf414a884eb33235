"""Whose code it is decides who reads it: the symbology identifier and the first characters tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from domain.udi import gs1, gs1_link, hibc, isbt, ma
from domain.udi.code import Code, UdiFault

LONGEST = 300
GS = "\x1d"
_BLANK = " \t\r\n"
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GS1_SYMBOLS = {"]C1", "]d2", "]Q3", "]e0", "]J1"}
"""GS1-128, GS1 DataMatrix, GS1 QR Code, GS1 DataBar and composite, GS1 DotCode. Source: ISO/IEC 15424."""
_GTIN_LENGTH = {"]E0": 13, "]E4": 8, "]I1": 14}
"""EAN-13 (with UPC-A as 13 digits), EAN-8, ITF-14: a bare GTIN."""
_AHM = re.compile(r"8\d{19}", re.ASCII)


def read(scanned: str, today: date) -> Code:
    """What a scanned or typed code says. ``today`` decides which century two digits mean.

    Raises ``UdiFault`` for anything that does not follow its issuer's standard, and for a code without a product in it.
    """
    begins = len(scanned) - len(scanned.lstrip(_BLANK))
    text = scanned.strip(_BLANK).replace("␝", GS)
    if hibc.fits(text) and scanned.endswith(" "):  # there a space may be the check character
        text = hibc.with_space(text)
    if not text:
        raise UdiFault("没有扫到内容。", "Nothing was scanned.")
    if len(text) > LONGEST:
        raise UdiFault(f"内容超过 {LONGEST} 个字符。", f"There are more than {LONGEST} characters.", LONGEST)
    symbol = _SYMBOLOGY.match(text)
    skipped = len(symbol.group()) if symbol else 0
    try:
        return _reader(text[:skipped], text[skipped:])(today)
    except UdiFault as fault:
        raise fault.moved(begins + skipped) from None


def _reader(symbol: str, text: str) -> Callable[[date], Code]:
    if symbol in _GS1_SYMBOLS:
        return lambda today: gs1.read_raw(text, today)
    if symbol in _GTIN_LENGTH:
        return lambda today: gs1.read_gtin(text, _GTIN_LENGTH[symbol])
    for fits, reader in _BY_TEXT:
        if fits(text):
            return lambda today: reader(text, today)
    return lambda today: gs1.read_raw(text, today)


def _ahm(text: str, today: date) -> Code:
    del today
    return ma.opaque("AHM", text)


_BY_TEXT: tuple[tuple[Callable[[str], bool], Callable[[str, date], Code]], ...] = (
    (ma.fits, ma.read),
    (gs1_link.fits, gs1_link.read),
    (lambda text: text.startswith("("), gs1.read_bracketed),
    (hibc.fits, hibc.read),
    (isbt.fits, isbt.read),
    (lambda text: _AHM.fullmatch(text) is not None, _ahm),
)
