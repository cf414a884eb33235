"""What every line of an order must be, bought or sold: told apart by its number, priced unless it is free."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import Text

FREE_KINDS = ("sample", "gift")
"""Kinds of orders that cost nothing; their goods are inspected like all others."""


def line_faults(number: str, kind: str, price: Decimal, numbers: set[str]) -> list[Text]:
    """What is wrong with a line in itself; `numbers` are those of the lines before it."""
    found = list[Text]()
    if number in numbers:
        found.append(Text(f"行号 {number} 重复。", f"Line no. {number} is there twice."))
    if kind in FREE_KINDS and price != 0:
        found.append(Text(f"第 {number} 行：样品和赠品单价为 0。", f"Line {number}: samples and gifts cost 0."))
    if kind not in FREE_KINDS and price <= 0:
        zh = f"第 {number} 行没有单价；只有样品和赠品可以为 0。"
        found.append(Text(zh, f"Line {number} has no price; only samples and gifts are free."))
    return found
