"""The demo's data files as plain values; dates in them are relative to today."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent / "data"
_RELATIVE = re.compile(r"today(?:([+-]\d+))?")


def read(name: str, today: date) -> Any:
    """The file ``<name>.yaml`` with every ``today±days`` as ``YYYY-MM-DD``."""
    return _dated(YAML(typ="safe").load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")), today)


def _dated(value: Any, today: date) -> Any:
    if isinstance(value, dict):
        return {key: _dated(item, today) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, today) for item in value]
    found = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    return (today + timedelta(days=int(found[1] or 0))).isoformat() if found else value
