"""Scanned codes, for the interface and the pages: what `domain.udi` reads, as JSON."""

from __future__ import annotations

from datetime import date

from domain import udi
from domain.errors import Fault
from domain.json_types import Json, JsonObject
from domain.udi import UdiFault

__all__ = ["UdiFault", "as_fault", "parse"]
GS = "\x1d"
"""The separator; people type it as ``\\x1d``, a page shows it as ``␝``."""


def parse(barcode: str, today: date | None = None) -> JsonObject:
    """``{issuer, di, lot, serial, expiry, made, checked, elements, warnings, raw}``; raises ``UdiFault`` with the position.

    ``today`` decides which century two digits mean; it is the machine's day where nothing else is said.
    """
    raw = barcode.replace("\\x1d", GS).replace("␝", GS)
    found = udi.read(raw, today or date.today())
    elements: list[Json] = [{"ai": one.key, "title": one.title, "value": one.value} for one in found.elements]
    warnings: list[Json] = [
        {"code": one.code, "field": one.field, "message": one.text.as_json()} for one in found.warnings
    ]
    return {
        "issuer": found.issuer,
        "di": found.di,
        "lot": found.lot,
        "serial": found.serial,
        "expiry": found.expiry,
        "made": found.made,
        "checked": found.is_checked,
        "elements": elements,
        "warnings": warnings,
        "raw": raw.strip(" \t\r\n"),
    }


def as_fault(fault: UdiFault) -> Fault:
    """The fault of the request's field."""
    return Fault("/barcode", fault.code, fault.text)
