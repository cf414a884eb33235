"""经营范围: what a licence lets its holder deal with, as pairs of device class and classification code.

Class I needs neither licence nor filing, class II a filing, class III a licence (SAMR Order 54, art. 4). Codes are those
of the 2017 catalogue (two digits) or of the older one (68xx); a licence counts in the version in which it is written, and
whoever enters an old one writes both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

CLASSES = ("I", "II", "III")
CODE = re.compile(r"[0-9]{2}|68[0-9]{2}")
ALL = "*"
"""Instead of a code: every code of the class."""
_NUMBER = re.compile(r"[\u4e00-\u9fa5]械注[准进许][0-9]{4}([23])([0-9]{2})[0-9]{4}")
_FILING = re.compile(r"[\u4e00-\u9fa5]{1,3}械备[0-9]{8,}号?")
_OLD = "食药监械"


def entry(device_class: str, code: str) -> str:
    """A pair as papers keep it: `III:14`."""
    return f"{device_class}:{code or ALL}"


def covers(entries: Iterable[str], device_class: str, code: str) -> bool:
    """Whether a licence with these entries covers a product. A product of unknown code is covered by its class alone."""
    if device_class == "I":
        return True
    held = set(entries)
    return entry(device_class, ALL) in held or entry(device_class, code) in held


def of_registration(number: str) -> tuple[str, str] | None:
    """Class and classification code that a registration or filing number tells; `None` for an older or unknown shape.

    The digit after the year is the class, the next two the sub-catalogue (SAMR Order 47, numbering of certificates).
    """
    text = number.strip()
    found = _NUMBER.fullmatch(text)
    if found is not None:
        return ("II" if found[1] == "2" else "III"), found[2]
    return ("I", "") if _FILING.fullmatch(text) else None


def is_older_number(number: str) -> bool:
    """Whether it is a number of before October 2014 (食药监械), which tells no code and is taken as it stands."""
    return _OLD in number
