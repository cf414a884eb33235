"""The language of the terminal."""

from __future__ import annotations

import os
from typing import Literal


def language() -> Literal["zh", "en"]:
    """`zh` when the locale of the terminal is Chinese, else `en`."""
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if told.startswith("zh") else "en"


def say(zh: str, en: str) -> str:
    """A sentence in the language of the terminal."""
    return zh if language() == "zh" else en
