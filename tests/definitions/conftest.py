"""The shipped SOP library as the tests read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.published_lock import DEFINITIONS, versions
from domain.canonical import loads


@dataclass(frozen=True)
class Shipped:
    """One shipped version: its texts, and its forms read."""

    folder: Path
    process: Any
    forms: dict[str, Any]

    def text(self, name: str) -> str:
        """The text of one of its files."""
        return (self.folder / name).read_text(encoding="utf-8")

    def texts(self, folder: str, pattern: str) -> dict[str, str]:
        """File texts by the key that the YAML writes."""
        return {
            f"{folder}/{path.name}": path.read_text(encoding="utf-8") for path in (self.folder / folder).glob(pattern)
        }

    def steps(self) -> dict[str, Any]:
        """Every step by id."""
        return {step["id"]: step for step in _walk(self.process["steps"])}


def _walk(steps: list[Any]) -> Iterator[Any]:
    for step in steps:
        yield step
        yield from _walk(step.get("do") or [])


def _shipped(folder: Path) -> Shipped:
    forms = {
        f"forms/{path.name}": loads(path.read_text(encoding="utf-8"))
        for path in sorted((folder / "forms").glob("*.json"))
    }
    return Shipped(folder, YAML(typ="safe").load((folder / "process.yaml").read_text(encoding="utf-8")), forms)


@pytest.fixture(scope="session", params=versions(), ids=lambda path: f"{path.parent.name}-{path.name}")
def shipped(request: pytest.FixtureRequest) -> Shipped:
    """Each shipped version in turn."""
    return _shipped(request.param)


@pytest.fixture(scope="session")
def receiving() -> Shipped:
    """Receiving, inspection and put-away 1.0.0."""
    return _shipped(DEFINITIONS / "receiving_inspection" / "1.0.0")


@pytest.fixture(scope="session")
def data_file() -> Any:
    """A reader of the YAML data files of the library; each is read once, so nobody may change what it gives."""
    return cache(lambda name: YAML(typ="safe").load((DEFINITIONS / name).read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def glossary(data_file: Any) -> dict[str, Any]:
    """Glossary entries by key."""
    return {entry["key"]: entry for entry in data_file("glossary.yaml")["glossary"]}
