"""From a lot or serial number, wherever it is shown, to where the goods came from and went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

NUMBERS = frozenset({"lot_no", "serial_no"})
"""Fields of the glossary that hold one."""


def trace_of(name: str, value: Any, beside: Mapping[str, Any] | None = None) -> str | None:
    """The address that looks a number up, with the product that stands beside it; ``None`` for other fields."""
    if name not in NUMBERS or not isinstance(value, str) or not value.strip():
        return None
    product = (beside or {}).get("product_code")
    words = f"{product} {value}" if isinstance(product, str) and product and name == "lot_no" else value
    return f"/trace?q={quote(words, safe='')}"
