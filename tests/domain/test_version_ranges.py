"""Which versions a reference to another definition takes."""

from __future__ import annotations

import pytest

from domain.version_ranges import is_range, within


@pytest.mark.parametrize(
    ("version", "versions", "taken"),
    [
        ("1.4.2", "*", True),
        ("1.4.2", "^1", True),
        ("2.0.0", "^1", False),
        ("1.4.2", "^1.5", False),
        ("1.6.0", "^1.5.3", True),
        ("1.4.2", "~1.4", True),
        ("1.5.0", "~1.4", False),
        ("1.4.1", "~1.4.2", False),
        ("1.4.2", "1.4", True),
        ("1.4.2", "1.4.2", True),
        ("1.4.3", "1.4.2", False),
        ("10.0.0", "^1", False),
        ("1.4.2", "soon", False),
        ("draft", "^1", False),
    ],
)
def test_a_range_takes_versions(version: str, versions: str, taken: bool) -> None:
    assert within(version, versions) is taken


def test_only_ranges_are_ranges() -> None:
    assert all(is_range(text) for text in ("*", "^1", "~1.2", "1.2.3", "^1.2.3"))
    assert not any(is_range(text) for text in ("", "latest", "^", "01.2", "1.2.3.4", ">=1"))
