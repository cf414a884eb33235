"""Names of things in events: GS1 keys where the product has them, private names of the company where it has none.

A private name is a URN ``urn:x-gspflow:<unified social credit code>:<kind>:<parts>``: partners can compare it, but only
we can say what it stands for, and the event tells so. Source: CBV 2.0, sections 8.2–8.6 (private and industry URNs).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from domain.epcis import digital_link

PRIVATE = "urn:x-gspflow:"


@dataclass(frozen=True)
class Goods:
    """A lot of a product: ``di`` is the GTIN of its base unit or empty, dates are ``YYYY-MM-DD`` or empty."""

    product: str
    lot: str = ""
    di: str = ""
    expiry: str = ""


def private(company: str, kind: str, *parts: str) -> str:
    """A private name: whatever a URN cannot hold is percent-encoded."""
    return PRIVATE + ":".join(quote(part, safe="-._~") for part in (company, kind, *parts))


def is_private(uri: str) -> bool:
    """Whether only the company knows what the name stands for."""
    return uri.startswith(PRIVATE)


def class_of(company: str, goods: Goods) -> str:
    """The class-level name of a lot, or of a product without lots."""
    found = digital_link.of_lot(goods.di, goods.lot) if goods.lot else digital_link.of_product(goods.di)
    return found or private(company, "class", goods.product, *([goods.lot] if goods.lot else []))


def instance_of(company: str, goods: Goods, serial: str) -> str:
    """The instance-level name of one unit."""
    return digital_link.of_serial(goods.di, serial) or private(company, "unit", goods.product, serial)


def package_of(company: str, number: str) -> str:
    """The name of a package: its SSCC, or a private one."""
    return digital_link.of_sscc(number) or private(company, "package", number)
