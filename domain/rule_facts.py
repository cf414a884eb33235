"""The facts that hard rules decide on, and what they find: what the files, the order and the scanned
location say. Dates are of
the site."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from domain.errors import Text
from domain.json_types import JsonObject
from domain.stock import Zone
from domain.temperature import LogSummary, Range


@dataclass(frozen=True)
class Paper:
    """A credential: valid on every day from ``valid_from`` to ``valid_until`` (``None``: no limit on that
    side). ``covers`` are its scopes as (kind, value); none of a kind: the file does not say."""

    kind: str
    number: str
    valid_from: date | None
    valid_until: date | None
    covers: frozenset[tuple[str, str]] = frozenset()

    def scope(self, kind: str) -> frozenset[str]:
        """What the paper covers of a kind: ``class_code``, ``product``, ``region``, ``person``."""
        return frozenset(value for of, value in self.covers if of == kind)

    def is_valid_on(self, day: date) -> bool:
        """Whether the paper is in force on ``day``; its last day still counts."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


@dataclass(frozen=True)
class Supplier:
    """A supplier with the decisions of its approvals and its papers."""

    code: str
    name: str
    is_known: bool
    approvals: tuple[Paper, ...] = ()
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Purchaser:
    """Somebody who buys from us, with the decisions of the approvals and the papers (GSP 81, 82).

    ``kind`` is ``dealer``, ``manufacturer``, ``medical_institution`` or ``other``.
    """

    code: str
    name: str
    is_known: bool
    kind: str = ""
    approvals: tuple[Paper, ...] = ()
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class OrderFact:
    """A purchase order as far as a receipt needs it; ``remaining`` maps product codes to base units still
    to come."""

    number: str
    exists: bool
    ordered_on: date | None = None
    supplier_code: str = ""
    remaining: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ProductFact:
    """A product's file: approval, registration and storage range."""

    code: str
    name: str
    is_known: bool
    is_approved: bool = False
    registration_no: str = ""
    registration_valid_from: date | None = None
    registration_valid_until: date | None = None
    is_cold_chain: bool = False
    is_ivd: bool = False
    storage: Range = Range()
    device_class: str = ""
    classification_code: str = ""


@dataclass(frozen=True)
class ReceiptLine:
    """One line of a delivery as entered by the receiver."""

    line_no: str
    purchase_order_no: str
    product_code: str
    accepted: int
    production_date: date | None = None


@dataclass(frozen=True)
class LogFact:
    """A cold line's journey: its log, and the longest silence allowed for its transport mode (``None``: not
    stated)."""

    log: LogSummary | None
    readable: bool
    transport_mode: str
    max_gap_min: Decimal | None


@dataclass(frozen=True)
class LocationFact:
    """A scanned location."""

    code: str
    exists: bool
    zone: Zone | None = None
    climate: Range = Range()


@dataclass(frozen=True)
class SignedRuling:
    """A signed decision about a line, newest last in the tuples that hold it."""

    meaning: str
    outcome: str
    role: str
    actor: str
    at: str


Remedy = Literal["none", "quality_ruling"]


@dataclass(frozen=True)
class Violation:
    """One broken rule. ``remedy`` tells whether a signed quality ruling may let the line pass later."""

    rule: str
    articles: tuple[str, ...]
    message: Text
    who_can: tuple[str, ...] = ()
    remedy: Remedy = "none"
    line_no: str | None = None
    facts: JsonObject = field(default_factory=dict)

    @property
    def zh(self) -> str:
        """The reason in Chinese."""
        return self.message.zh

    @property
    def en(self) -> str:
        """The reason in English."""
        return self.message.en

    def as_json(self) -> JsonObject:
        """The violation as it stands in errors and refusals."""
        return {
            "rule": self.rule,
            "articles": list(self.articles),
            "zh": self.message.zh,
            "en": self.message.en,
            "who_can": list(self.who_can),
            "remedy": self.remedy,
            "line_no": self.line_no,
            "facts": self.facts,
        }
