"""Scanned codes in the three spellings of GS1: element string, brackets, Digital Link."""

from __future__ import annotations

from typing import Any

import pytest

from services import udi

GTIN = "09521234543213"
WHOLE = {"di": GTIN, "lot": "LOT-A/1", "serial": "S1", "expiry": "2027-12-31", "made": "2025-01-01"}


@pytest.mark.parametrize(
    "code",
    [
        f"https://id.gs1.org/01/{GTIN}/10/LOT-A%2F1/21/S1?17=271231&11=250101",
        f"HTTPS://shop.example/udi/de/01/{GTIN}/10/LOT-A%2F1/21/S1?11=250101&17=271231&utm_source=x",
        "http://example.com/01/9521234543213/10/LOT-A%2F1/21/S1?17=271231&11=250101",
        f"(01){GTIN}(17)271231(11)250101(10)LOT-A/1(21)S1",
        f"]d201{GTIN}172712311125010110LOT-A/1\x1d21S1",
    ],
)
def test_three_spellings_say_the_same(code: str) -> None:
    found: Any = udi.parse(code)
    assert {name: found[name] for name in WHOLE} == WHOLE and found["warnings"] == []


@pytest.mark.parametrize(
    ("code", "rest"),
    [
        (f"https://id.gs1.org/01/{GTIN}?17=279931", "9931"),
        (f"https://id.gs1.org/01/{GTIN}/10/", "10/"),
        ("https://id.gs1.org/01/0952123454321X", "X"),
        ("https://id.gs1.org/01/09521234543214", "4"),
        (f"https://id.gs1.org/01/{GTIN}?17=271231&17=281231", "17=281231"),
        (f"https://id.gs1.org/01/{GTIN}/10/A?10=B", "10=B"),
        ("https://id.gs1.org/10/ABC", "/10/ABC"),
        (f"]d201{GTIN}17279931", "9931"),
        ("0109521234543214", "4"),
    ],
)
def test_fault_says_from_where_on_it_cannot_be_read(code: str, rest: str) -> None:
    with pytest.raises(udi.UdiFault) as caught:
        udi.parse(code)
    assert code[caught.value.position :] == rest


def test_link_without_a_product_is_refused() -> None:
    with pytest.raises(udi.UdiFault):
        udi.parse("https://example.com/products?id=7")
