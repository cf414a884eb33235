"""What an event is made of: one movement of the stock ledger with everything that its event names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from domain.epcis.identifiers import Goods
from domain.stock import Status


@dataclass(frozen=True)
class Company:
    """Whose ledger it is: ``code`` is the unified social credit code, or the company's key without one."""

    code: str


@dataclass(frozen=True)
class Spot:
    """A place: ``warehouse`` is empty for virtual places, ``zone`` the colour zone or ``None``."""

    code: str
    warehouse: str = ""
    zone: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it lies in a warehouse of ours."""
        return bool(self.warehouse)


@dataclass(frozen=True)
class Measured:
    """A temperature in °C, when it was read, and the range that the goods have to be kept in."""

    celsius: Decimal
    at: str
    lowest: Decimal | None = None
    highest: Decimal | None = None

    @property
    def is_outside(self) -> bool:
        """Whether the goods were warmer or colder than they may be."""
        too_cold = self.lowest is not None and self.celsius < self.lowest
        return too_cold or (self.highest is not None and self.celsius > self.highest)


@dataclass(frozen=True)
class Movement:
    """One row of the ledger. ``zone`` is the site's IANA time zone; a reversal ``undoes`` the move with that id,
    which is its ``original``."""

    id: int
    kind: str
    goods: Goods
    quantity: int
    source: Spot
    target: Spot
    from_status: Status
    to_status: Status
    business_at: str
    recorded_at: str
    zone: str = "Asia/Shanghai"
    serials: tuple[str, ...] = ()
    partner: str = ""
    package_from: str = ""
    package_to: str = ""
    document: tuple[str, str] = ("", "")
    case: str = ""
    measured: Measured | None = None
    undoes: int = 0
    original: Movement | None = None
