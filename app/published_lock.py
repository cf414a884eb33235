"""``definitions/published.lock``: the SHA-256 of every file of the shipped SOPs, as ``sha256sum -c`` reads it.

A published version never changes. Whoever ships a new version runs ``python -m app.published_lock``; a test fails when
a locked file changed or an SOP is not locked.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

DEFINITIONS = Path(__file__).resolve().parents[1] / "definitions"
LOCK = "published.lock"
PARTS = ("process.yaml", "cases.yaml", "forms/*.json", "tables/*.yaml")
"""What belongs to a version folder."""


def versions(root: Path = DEFINITIONS) -> list[Path]:
    """The folders of the shipped versions, by name."""
    return sorted(path.parent for path in root.glob("*/*/process.yaml"))


def files_of(version: Path) -> list[Path]:
    """The files of one version, by name."""
    return sorted(path for pattern in PARTS for path in version.glob(pattern))


def lock_text(root: Path = DEFINITIONS) -> str:
    """The lock as it should be now."""
    files = [path for version in versions(root) for path in files_of(version)]
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root).as_posix()}\n" for path in files
    )


def changed(root: Path = DEFINITIONS) -> list[str]:
    """Locked files that changed or are gone, and files of versions that are not locked; empty when the lock holds."""
    locked, current = set((root / LOCK).read_text().splitlines()), set(lock_text(root).splitlines())
    return sorted({line.partition("  ")[2] for line in locked ^ current})


def main() -> int:
    """Write the lock."""
    (DEFINITIONS / LOCK).write_text(lock_text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
