"""Colours come from the tokens, and every pair of text and ground in them reaches WCAG AA."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[3] / "ui" / "static" / "css"
TOKENS = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", (CSS / "tokens.css").read_text(encoding="utf-8")))
PAIRS = [
    ("ink", "card"),
    ("ink", "page"),
    ("ink", "primary-soft"),
    ("muted", "card"),
    ("muted", "page"),
    ("muted", "hover"),
    ("muted", "zone-yellow-bg"),
    ("primary", "card"),
    ("primary", "page"),
    ("primary-ink", "primary-soft"),
    ("on-primary", "primary"),
    ("on-primary-faint", "primary"),
    ("on-primary", "bad"),
    ("on-primary", "ok"),
    ("zone-yellow-ink", "zone-yellow-bg"),
    ("zone-green-ink", "zone-green-bg"),
    ("zone-red-ink", "zone-red-bg"),
    ("zone-red-ink", "card"),
    ("zone-yellow-ink", "card"),
    ("cold-ink", "cold-bg"),
    ("violet-ink", "violet-bg"),
    ("grey-ink", "grey-bg"),
    ("ok", "card"),
]


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_reaches_aa_on_its_ground(text: str, ground: str) -> None:
    light, dark = sorted((luminance(TOKENS[text]), luminance(TOKENS[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_colours_are_written_only_in_the_tokens() -> None:
    found = [
        f"{file.name}: {colour}"
        for file in sorted(CSS.glob("*.css"))
        if file.name != "tokens.css"
        for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\([^)]*\)", file.read_text(encoding="utf-8"))
    ]
    assert found == []
