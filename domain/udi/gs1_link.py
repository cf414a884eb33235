"""GS1 Digital Link: the same elements in a web address.

Source: GS1 Digital Link standard, URI syntax 1.4: key and qualifiers in the path, attributes in the query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import unquote

from domain.udi.code import Code, UdiFault
from domain.udi.gs1 import Found, code_of, consumed
from domain.udi.gs1_table import Identifier, identifiers

_ADDRESS = re.compile(r"https?://([^/?#]+)(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_GTIN_LENGTHS = (8, 12, 13)
"""A GTIN shorter than 14 digits is met in links; it is filled with zeros as everywhere else."""


def fits(text: str) -> bool:
    """Whether this is a web address."""
    return text[:7].lower() == "http://" or text[:8].lower() == "https://"


def read(text: str, today: date) -> Code:
    """The elements of a link. Raises ``UdiFault``."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise UdiFault("不是完整的网址。", "This is no whole web address.")
    found = [*_path(match, today.year), *_query(match, today.year)]
    return code_of(found, today)


def _path(match: re.Match[str], year: int) -> list[Found]:
    begin, path = match.start(2), match.group(2) or ""
    pieces = _pieces(path, begin)
    while pieces and not pieces[-1][0]:
        if len(pieces) > 1 and pieces[-2][0] in identifiers():
            raise _empty(pieces[-2][0], pieces[-2][1])
        pieces.pop()
    pairs = list(zip(pieces[-2::-2], pieces[::-2], strict=False))
    found: list[Found] = []
    for (ai, at), (value, place) in pairs:
        identifier = identifiers().get(ai)
        if identifier is None:
            break
        found.insert(0, _found(identifier, value, at, place, year))
        if identifier.link is not None:
            _require_order(identifier, found[1:])
            return found
    raise UdiFault(
        "网址里没有产品标识（/01/…）。", "There is no product in this address (/01/…).", begin if path else match.end(1)
    )


def _pieces(path: str, begin: int) -> list[tuple[str, int]]:
    """The parts of a path between its slashes, each with its place."""
    found, at = [], begin + 1
    for piece in path[1:].split("/") if path else ():
        found.append((piece, at))
        at += len(piece) + 1
    return found


def _require_order(key: Identifier, qualifiers: list[Found]) -> None:
    given = [one.identifier.ai for one in qualifiers]
    for order in key.link or ():
        if given == [ai for ai in order if ai in given]:
            return
    raise UdiFault(
        f"网址中 AI {key.ai} 之后的顺序不符合 GS1 Digital Link 规则。",
        f"What follows AI {key.ai} in this address is not in the order of GS1 Digital Link.",
        qualifiers[0].at,
    )


def _query(match: re.Match[str], year: int) -> Iterator[Found]:
    at = match.start(3)
    for pair in re.split("[&;]", match.group(3)) if match.group(3) else ():
        name, _, value = pair.partition("=")
        if name.isascii() and name.isdigit():
            yield _attribute(name, value, at, year)
        at += len(pair) + 1


def _attribute(name: str, value: str, at: int, year: int) -> Found:
    identifier = identifiers().get(name)
    if identifier is None or not identifier.may_be_asked:
        raise UdiFault(
            f"网址参数 {name} 不是允许的应用标识符。", f"{name} may not stand in the query of a Digital Link.", at
        )
    return _found(identifier, value, at, at + len(name) + 1, year)


def _found(identifier: Identifier, spelled: str, at: int, place: int, year: int) -> Found:
    value = unquote(spelled, errors="strict") if _is_sound(spelled) else None
    if value is None:
        raise UdiFault("网址编码不完整（%）。", "A percent sign lacks its two digits.", place)
    if not value:
        raise _empty(identifier.ai, at)
    filled = value.zfill(14) if identifier.ai == "01" and len(value) in _GTIN_LENGTHS else value
    places = [*_places(spelled, place)]
    shift = len(filled) - len(value)
    return Found(identifier, consumed(identifier, filled, [place] * shift + places, year), at)


def _is_sound(spelled: str) -> bool:
    if re.search(r"%(?![0-9A-Fa-f]{2})", spelled):
        return False
    return all(ord(letter) < 128 for letter in unquote(spelled))


def _places(spelled: str, place: int) -> Iterator[int]:
    """Where each character of the decoded value stands, and its end."""
    at = 0
    while at < len(spelled):
        yield place + at
        at += 3 if spelled[at] == "%" else 1
    yield place + at


def _empty(ai: str, at: int) -> UdiFault:
    return UdiFault(f"AI {ai} 没有内容。", f"AI {ai} has no value.", at)
