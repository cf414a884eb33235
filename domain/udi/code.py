"""What a scanned code says, and why one cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import GspError, Text


class UdiFault(GspError):
    """A code that cannot be read; ``position`` counts characters from 0 in what was scanned.

    ``zh`` and ``en`` say what is wrong; what to do next is said with every one of them.
    """

    def __init__(self, zh: str, en: str, position: int = 0) -> None:
        super().__init__("udi_unreadable", zh + _NEXT.zh, f"{en} {_NEXT.en}")
        self.why, self.position = Text(zh, en), position

    def moved(self, by: int) -> UdiFault:
        """The same fault in a text that begins so many characters earlier."""
        return UdiFault(self.why.zh, self.why.en, self.position + by)


_NEXT = Text("请重扫；扫不出请手工录入并注明原因。", "Scan again; if that fails, type it and say why.")


@dataclass(frozen=True)
class Element:
    """One part of a code: its key (an AI, a data identifier), the standard's name of it, its value as people read it."""

    key: str
    title: str
    value: str


@dataclass(frozen=True)
class Warned:
    """Something a person should look at although the code can be read. ``field``: which part of it."""

    code: str
    field: str
    text: Text


@dataclass(frozen=True)
class Code:
    """A code that was read. Dates are ``YYYY-MM-DD``; a part that it does not carry is ``None``.

    ``di`` identifies model and packing level (UDI-DI); the others are the production identifier (UDI-PI).
    """

    issuer: str
    di: str
    lot: str | None = None
    serial: str | None = None
    expiry: str | None = None
    made: str | None = None
    elements: tuple[Element, ...] = ()
    warnings: tuple[Warned, ...] = ()
    is_checked: bool = True
    """Whether check characters were judged: ISBT 128 has none here, and how MA and AHM make theirs is not public."""
