"""THIRD_PARTY_NOTICES.md: every distribution that is installed at run time, with its licence, from its own metadata."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from app.settings import ROOT

PAGE = ROOT / "THIRD_PARTY_NOTICES.md"
MARK = "<!-- distributions -->\n"
LONGEST = 60


def write() -> None:
    """Replace the table of distributions; what stands above it is written by hand."""
    head = PAGE.read_text().partition(MARK)[0]
    PAGE.write_text(head + MARK + table())


def table() -> str:
    """One line for each locked distribution; those of other platforms are named without a licence."""
    rows = "".join(row(name) for name in locked_names())
    return "\n| Distribution | Licence | Home |\n|---|---|---|\n" + rows


def locked_names() -> list[str]:
    """The distributions of requirements.lock."""
    lock = (ROOT / "requirements.lock").read_text()
    return sorted(set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", lock, re.MULTILINE)))


def row(name: str) -> str:
    """Name, licence and home page of one distribution."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return f"| {name} | (another platform only) | |\n"
    return f"| {name} | {licence(found)} | {home(found)} |\n"


def licence(found: Distribution) -> str:
    """The licence in the words of the distribution: expression, classifiers, or the first line of its text."""
    if expression := said(found, "License-Expression"):
        return expression[0]
    classifiers = [text.rpartition(" :: ")[2] for text in said(found, "Classifier") if text.startswith("License :: ")]
    stated = ", ".join(classifiers) or "".join(said(found, "License")) or "see its files"
    first = stated.strip().splitlines()[0]
    return first if len(first) <= LONGEST else first[:LONGEST] + " …"


def home(found: Distribution) -> str:
    """Where the distribution says it lives."""
    links = dict(text.split(", ", 1) for text in said(found, "Project-URL") if ", " in text)
    wanted = ("homepage", "home", "repository", "source", "source code", "github", "documentation")
    lower = {key.lower(): value for key, value in links.items()}
    return next(iter(said(found, "Home-page")), "") or next((lower[key] for key in wanted if key in lower), "")


def said(found: Distribution, key: str) -> list[str]:
    """Every value a distribution's metadata has for `key`."""
    return list(found.metadata.get_all(key) or ())
