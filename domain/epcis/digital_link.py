"""GS1 keys as canonical GS1 Digital Link URIs: made of our own data, or of any spelling that an event may carry.

Source: GS1 Digital Link: URI Syntax 1.2, section 4.11; EPC Tag Data Standard 2.0, chapters 6–8 (EPC URIs); CBV 2.0,
section 8.9.2 rules 17 and 18 (one key, its finest qualifier, no query).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from domain.udi.gs1_contents import CSET82, check_digit

CANONICAL = "https://id.gs1.org/"
_LOT_MAX = 20
"""Characters of a lot (AI 10) or a serial (AI 21)."""


def of_lot(di: str, lot: str) -> str | None:
    """The class-level id of a lot of a GTIN, or ``None`` where the numbers fit no GS1 key."""
    gtin = gtin14(di)
    return f"{CANONICAL}01/{gtin}/10/{_spelled(lot)}" if gtin and _fits(lot) else None


def of_serial(di: str, serial: str) -> str | None:
    """The instance-level id of one unit of a GTIN, or ``None`` where the numbers fit no GS1 key."""
    gtin = gtin14(di)
    return f"{CANONICAL}01/{gtin}/21/{_spelled(serial)}" if gtin and _fits(serial) else None


def of_product(di: str) -> str | None:
    """The class-level id of a GTIN, or ``None``."""
    gtin = gtin14(di)
    return f"{CANONICAL}01/{gtin}" if gtin else None


def of_sscc(sscc: str) -> str | None:
    """The id of a logistic unit, or ``None`` where the number is no SSCC."""
    right = re.fullmatch(r"\d{18}", sscc, re.ASCII) and check_digit(sscc[:-1]) == sscc[-1]
    return f"{CANONICAL}00/{sscc}" if right else None


def gtin14(di: str) -> str | None:
    """A GTIN of 8, 12, 13 or 14 digits with its right check digit, as 14 digits; else ``None``."""
    if not re.fullmatch(r"\d{8}|\d{12,14}", di, re.ASCII) or check_digit(di[:-1]) != di[-1]:
        return None
    return di.rjust(14, "0")


def _fits(value: str) -> bool:
    return 0 < len(value) <= _LOT_MAX and set(value) <= set(CSET82)


def _spelled(value: str) -> str:
    """What a path segment may hold as it is stays (`RFC 3986`), the rest is percent-encoded."""
    return quote(value, safe="-._~'")


# ------------------------------------------------------------------ EPC URIs


@dataclass(frozen=True)
class _Scheme:
    """How the parts of an EPC URI become a key: ``digits`` of company prefix and reference together (0: any)."""

    ai: str
    digits: int
    write: Callable[[list[str]], str]
    parts: int


def _checked(digits: str) -> str:
    return digits + check_digit(digits)


def _gtin(prefix: str, reference: str) -> str:
    return _checked(reference[:1] + prefix + reference[1:])


def _gln(parts: list[str]) -> str:
    return _checked(parts[0] + parts[1])


def _qualified(key: str, ai: str, value: str) -> str:
    """The key with its qualifier; a pattern (``*``) names the class alone."""
    return key if value == "*" else f"{key}/{ai}/{_encoded(value)}"


def _appended(key: str, value: str) -> str:
    return key if value == "*" else key + _encoded(value)


def _encoded(value: str) -> str:
    """EPC URIs escape ``"``, ``%``, ``&``, ``/``, ``<``, ``>`` and ``?`` already; Digital Link asks for seven more."""
    for character in "!()*+,:":
        value = value.replace(character, f"%{ord(character):02X}")
    return value


def _itip(parts: list[str]) -> str:
    return _qualified(_gtin(parts[0], parts[1]) + parts[2] + parts[3], "21", parts[4])


_SCHEMES: dict[str, _Scheme] = {
    "sgtin": _Scheme("01", 13, lambda p: _qualified(_gtin(p[0], p[1]), "21", p[2]), 3),
    "lgtin": _Scheme("01", 13, lambda p: _qualified(_gtin(p[0], p[1]), "10", p[2]), 3),
    "upui": _Scheme("01", 13, lambda p: _qualified(_gtin(p[0], p[1]), "235", p[2]), 3),
    "sscc": _Scheme("00", 17, lambda p: _gtin(p[0], p[1]), 2),
    "sgln": _Scheme("414", 12, lambda p: _gln(p) if p[2] == "0" else _qualified(_gln(p), "254", p[2]), 3),
    "pgln": _Scheme("417", 12, _gln, 2),
    "grai": _Scheme("8003", 12, lambda p: _appended(_checked("0" + p[0] + p[1]), p[2]), 3),
    "giai": _Scheme("8004", 0, lambda p: p[0] + _encoded(p[1]), 2),
    "gsrn": _Scheme("8018", 17, _gln, 2),
    "gsrnp": _Scheme("8017", 17, _gln, 2),
    "gdti": _Scheme("253", 12, lambda p: _appended(_gln(p), p[2]), 3),
    "sgcn": _Scheme("255", 12, lambda p: _appended(_gln(p), p[2]), 3),
    "cpi": _Scheme("8010", 0, lambda p: _qualified(p[0] + _encoded(p[1]), "8011", p[2]), 3),
    "ginc": _Scheme("401", 0, lambda p: p[0] + _encoded(p[1]), 2),
    "gsin": _Scheme("402", 16, _gln, 2),
    "itip": _Scheme("8006", 13, _itip, 5),
}
_EPC = re.compile(r"urn:epc:(?:id|class|idpat):([a-z]+):(\d{6,12})\.(.*)", re.ASCII)
_REFERENCE = re.compile(r"(?:%[0-9A-Fa-f]{2}|[-!'()*+,.0-9:;=A-Z_a-z])*", re.ASCII)


def _of_epc(uri: str) -> str | None:
    """The canonical Digital Link of an EPC URI, class URI or pattern URI; ``None`` for what follows no scheme."""
    found = _EPC.fullmatch(uri)
    scheme = _SCHEMES.get(found[1]) if found else None
    if found is None or scheme is None or not _REFERENCE.fullmatch(found[3]):
        return None
    parts = [found[2], *found[3].split(".", scheme.parts - 2)]
    if len(parts) != scheme.parts or (scheme.digits and not _counts(parts, scheme.digits)):
        return None
    return f"{CANONICAL}{scheme.ai}/{scheme.write(parts)}"


def _counts(parts: list[str], digits: int) -> bool:
    return len(parts[0] + parts[1]) == digits and (parts[0] + parts[1]).isdigit()


# ------------------------------------------------------------------ Digital Link URIs

_KEYS: dict[str, str] = {
    "01": r"\d{14}",
    "00": r"\d{18}",
    "253": r"\d{13}.{0,17}",
    "255": r"\d{13}\d{0,12}",
    "401": r".{1,30}",
    "402": r"\d{17}",
    "414": r"\d{13}",
    "417": r"\d{13}",
    "8003": r"\d{14}.{0,16}",
    "8004": r".{1,30}",
    "8006": r"\d{18}",
    "8010": r".{1,30}",
    "8017": r"\d{18}",
    "8018": r"\d{18}",
}
_QUALIFIERS = {"01": ("21", "10", "235"), "8006": ("21", "10"), "414": ("254",), "8010": ("8011",)}
"""The qualifiers of a key, the finest first."""
_NAMES = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "lot": "10", "ser": "21", "cpv": "22",
}  # fmt: skip
"""Names that older Digital Links use for application identifiers."""
_COMPANY = re.compile(r"\d{4}.*", re.ASCII)


def _of_link(uri: str) -> str | None:
    """The constrained canonical form of a GS1 Digital Link on any domain; ``None`` for every other address."""
    address = urlsplit(uri)
    if address.scheme not in ("http", "https"):
        return None
    segments = [_NAMES.get(one, one) for one in address.path.strip("/").split("/")]
    for at in range(len(segments) - 1):
        key = segments[at]
        value = _padded(key, segments[at + 1])
        if key in _KEYS and _COMPANY.fullmatch(value) and re.fullmatch(_KEYS[key], value, re.ASCII):
            return f"{CANONICAL}{key}/{value}{_finest(key, segments[at + 2 :])}"
    return None


def _padded(key: str, value: str) -> str:
    return value.rjust(14, "0") if key == "01" and re.fullmatch(r"\d{8}|\d{12,13}", value, re.ASCII) else value


def _finest(key: str, rest: list[str]) -> str:
    given = dict(zip(rest[::2], rest[1::2], strict=False))
    for qualifier in _QUALIFIERS.get(key, ()):
        if given.get(qualifier):
            return f"/{qualifier}/{given[qualifier]}"
    return ""


def canonical(value: str) -> str:
    """The constrained canonical GS1 Digital Link of any URI that carries a GS1 key; any other text unchanged."""
    try:
        return (_of_epc(value) if value.startswith("urn:epc:") else _of_link(value)) or value
    except ValueError:  # an address that is none, such as one with a broken port
        return value


def follows_its_scheme(uri: str) -> bool:
    """Whether an EPC URI of a GS1 scheme is written as the scheme asks; any other URI follows none of ours."""
    found = re.match(r"urn:epc:(?:id|class|idpat):([a-z]+):", uri)
    return found is None or found[1] not in _SCHEMES or _of_epc(uri) is not None
