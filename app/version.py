"""Which version of the product this is."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version

from app.settings import ROOT


def product_version() -> str:
    """The version of the installed package; in a checkout, where nothing is installed, that of its own file."""
    try:
        return version("gspflow")
    except PackageNotFoundError:
        return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
