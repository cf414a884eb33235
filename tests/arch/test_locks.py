"""The lock files install everywhere: exact, hashed, complete, and from whatever index the machine uses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-test.lock")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)")


def pins(lock: str) -> set[tuple[str, str]]:
    """Name and version of each locked distribution."""
    lines = (ROOT / lock).read_text().splitlines()
    return {(normal(match[1]), match[2]) for line in lines if (match := PIN.match(line))}


def normal(name: str) -> str:
    """A distribution's name as indexes compare it. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    """The distribution names of requirement lines, as the lock writes them."""
    found = (re.match(r"[A-Za-z0-9._-]+", line) for line in requirements)
    return {normal(match[0]) for match in found if match}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"https?://|file://|--(index|extra-index|find-links|trusted)", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    stanzas = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text())
    assert [stanza for stanza in stanzas if PIN.match(stanza) and "--hash=sha256:" not in stanza] == []


def test_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, test = project["project"]["dependencies"], project["dependency-groups"]["test"]
    assert names(runtime) <= {name for name, _ in pins("requirements.lock")}
    assert names(test) <= {name for name, _ in pins("requirements-test.lock")}


def test_tests_run_on_the_versions_that_ship() -> None:
    assert pins("requirements.lock") <= pins("requirements-test.lock")


def test_every_locked_distribution_has_its_notice() -> None:
    page = (ROOT / "THIRD_PARTY_NOTICES.md").read_text()
    noticed = {normal(name) for name in re.findall(r"^\| ([A-Za-z0-9._-]+) \|", page, re.MULTILINE)}
    assert {name for name, _ in pins("requirements.lock")} <= noticed, "run ./gspflow notices"
