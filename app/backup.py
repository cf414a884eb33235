"""A consistent copy of an installation, and the way back.

On one machine all databases are copied as they were at ONE moment: while a write lock on ours stops every projection
and posting, a snapshot of each is pinned; the lock is held for milliseconds, the copying happens afterwards. A wave
that Temporal has as done is thus always in the copy of the database, and one that is not will be done again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from app.faults import CommandFault, Exit
from app.settings import Settings
from domain.clock import to_text

MANIFEST = "manifest.json"
DATABASE, DUMP, DRAFTS, TEMPORAL = "gspflow.db", "gspflow.pgdump", "drafts.db", "temporal.db"
LOCK_SECONDS = 30.0


def backup(settings: Settings, target: Path) -> list[Path]:
    """Copy database, Temporal state, attachments, secrets and checkpoints into the new folder `target`.

    Returns the files written, each read back and checked. Raises `CommandFault` when there is nothing to copy, the
    folder is not empty, or a copy is not sound.
    """
    _require_empty(target)
    if settings.database.startswith("sqlite"):
        _copy_databases(_sqlite_file(settings), settings, target)
    else:
        _run_tool("pg_dump", settings, "--format=custom", "--no-owner", f"--file={target / DUMP}")
        _copy_databases(None, settings, target)
    for name, folder in _folders(settings).items():
        if folder.exists():
            shutil.copytree(folder, target / name, ignore=shutil.ignore_patterns(".*", "*.part", "*.new"))
    _copy_version(settings.temporal_dir, target)
    return _seal(target)


def restore(settings: Settings, source: Path) -> list[Path]:
    """Put a backup back into an empty data folder, after checking every file of it against its manifest.

    The installation then starts locked (`restored.json`) until its cases were compared with their histories.
    Raises `CommandFault` when the backup is not as it was written or the data folder already holds an installation.
    """
    files = verify(source)
    if (settings.data / DATABASE).exists() or (settings.temporal_dir / TEMPORAL).exists():
        raise CommandFault(
            f"{settings.data} already holds an installation; nothing was changed",
            hint="restore into an empty folder with --data DIR, or move the old one away first",
            code=Exit.USAGE,
        )
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, folder in _folders(settings).items():
        if (source / name).exists():
            shutil.copytree(source / name, folder, dirs_exist_ok=True)
            folder.chmod(0o700)
    settings.temporal_dir.mkdir(exist_ok=True, mode=0o700)
    places = {
        TEMPORAL: settings.temporal_dir / TEMPORAL,
        "temporal.version": settings.temporal_dir / "version",
        DRAFTS: settings.data / DRAFTS,
    }
    for name, place in places.items():
        if (source / name).exists():
            shutil.copyfile(source / name, place)
    if (source / DUMP).exists():
        _run_tool("pg_restore", settings, "--no-owner", "--exit-on-error", "--single-transaction", str(source / DUMP))
    else:
        shutil.copyfile(source / DATABASE, _sqlite_file(settings))
    note = {"from": str(source.absolute()), "restored_at": to_text(datetime.now(UTC))}
    (settings.data / "restored.json").write_text(json.dumps(note))
    return files


def verify(folder: Path) -> list[Path]:
    """Check a backup against its manifest; returns its files. Raises `CommandFault` naming the first bad one."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise CommandFault(f"{folder} is no backup: it has no {MANIFEST}", code=Exit.USAGE)
    hashes: dict[str, str] = json.loads(manifest.read_text())["files"]
    for name, expected in hashes.items():
        file = folder / name
        if not file.is_file():
            raise CommandFault(f"{file} is missing from the backup")
        if _sha256(file) != expected:
            raise CommandFault(f"{file} is not what was backed up: its SHA-256 differs from the manifest")
        _require_sound(file)
    return [folder / name for name in hashes]


def _copy_databases(ours: Path | None, settings: Settings, target: Path) -> None:
    if ours is not None and not ours.exists():
        raise CommandFault(
            f"there is nothing to back up: {ours} does not exist", hint="name the folder with --data", code=Exit.USAGE
        )
    others = {DRAFTS: settings.data / DRAFTS, TEMPORAL: settings.temporal_dir / TEMPORAL}
    with _pinned(ours, others) as snapshots:
        for name, snapshot in snapshots.items():
            with closing(sqlite3.connect(target / name)) as copy:
                snapshot.backup(copy)


@contextmanager
def _pinned(ours: Path | None, others: dict[str, Path]) -> Iterator[dict[str, sqlite3.Connection]]:
    """All databases as they are at one moment, whatever is written while this is held."""
    snapshots: dict[str, sqlite3.Connection] = {}
    writer = None if ours is None else _open(ours, "rw")
    try:
        if writer is not None:
            writer.execute("BEGIN IMMEDIATE")
        wanted = others if ours is None else {DATABASE: ours, **others}
        for name, file in wanted.items():
            if file.exists():
                snapshots[name] = _open(file, "ro")
                snapshots[name].execute("BEGIN")
                snapshots[name].execute("SELECT count(*) FROM sqlite_master").fetchone()  # reading is what pins it
        if writer is not None:
            writer.execute("ROLLBACK")
        yield snapshots
    finally:
        for connection in (writer, *snapshots.values()):
            if connection is not None:
                connection.close()


def _open(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file}?mode={mode}", uri=True, isolation_level=None, timeout=LOCK_SECONDS)


def _seal(target: Path) -> list[Path]:
    files = sorted(path for path in target.rglob("*") if path.is_file())
    for file in files:
        _require_sound(file)
        descriptor = os.open(file, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    manifest = {
        "product": f"gspflow {_product_version()}",
        "made_at": to_text(datetime.now(UTC)),
        "files": {str(file.relative_to(target)): _sha256(file) for file in files},
    }
    (target / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
    return verify(target)


def _require_sound(file: Path) -> None:
    if file.suffix != ".db":
        return
    with closing(_open(file, "ro")) as copy:
        said = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if said != "ok":
        raise CommandFault(f"the copy {file} is not sound: {said}", hint="make another backup to another disk")


def _require_empty(target: Path) -> None:
    if target.exists() and any(target.iterdir()):
        raise CommandFault(f"{target} is not empty", hint="name a new folder for every backup", code=Exit.USAGE)
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    target.chmod(0o700)


def _folders(settings: Settings) -> dict[str, Path]:
    return {"attachments": settings.attachments, "secrets": settings.secrets, "checkpoints": settings.checkpoints}


def _copy_version(temporal_dir: Path, target: Path) -> None:
    note = temporal_dir / "version"
    if note.exists():
        shutil.copyfile(note, target / "temporal.version")


def _sqlite_file(settings: Settings) -> Path:
    return Path(settings.database.split(":///", 1)[1])


def _run_tool(tool: str, settings: Settings, *options: str) -> None:
    found = shutil.which(tool)
    if found is None:
        raise CommandFault(
            f"{tool} was not found; it copies a PostgreSQL database",
            hint="install PostgreSQL's client programs (Debian: apt-get install postgresql-client)",
            code=Exit.UNREACHABLE,
        )
    address = settings.database.replace("postgresql+psycopg://", "postgresql://", 1)
    done = subprocess.run([found, f"--dbname={address}", *options], capture_output=True, text=True)
    if done.returncode:
        raise CommandFault(f"{tool}: {done.stderr.strip().splitlines()[-1]}", code=Exit.UNREACHABLE)


def _product_version() -> str:
    try:
        return version("gspflow")
    except ModuleNotFoundError:  # running from a checkout, where nothing is installed under our name
        return "checkout"


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
