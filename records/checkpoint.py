"""Signed checkpoints: the heads of all streams, written outside the database, each sealed onto the one before.

Whoever rewrites a chain in the database with all its hashes still differs from what a checkpoint has seen. One
line of canonical JSON a checkpoint: `{v, no, at, prev, heads: {stream: [seq, hash]}, key_id, seal}`.
Source: RFC 8032 (Ed25519).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlmodel import Session

from domain.canonical import CanonicalError, canonical_bytes, digest, dumps, loads
from domain.chain import GENESIS, Break
from records.audit import AuditEvent, AuditHead
from records.base import connection_of, table_of
from records.case_tables import CaseRecord, CaseRow
from records.verify import CASE, Finding

VERSION = 1
_CHUNK = 500
Heads = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Checkpoint:
    """One line: the heads that had changed since the line before."""

    no: int
    at: str
    prev: str
    heads: Heads
    key_id: str
    seal: str

    def body(self) -> dict[str, Any]:
        """What is sealed."""
        heads = {stream: list(head) for stream, head in self.heads.items()}
        return {"v": VERSION, "no": self.no, "at": self.at, "prev": self.prev, "heads": heads, "key_id": self.key_id}

    @property
    def sha(self) -> str:
        """The hash by which the next checkpoint names this one."""
        return digest("checkpoint", {**self.body(), "seal": self.seal})


class Checkpoints:
    """The checkpoint file of an installation; one process writes it (the worker), anybody may read it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: Checkpoint | None = None
        self._known: Heads = {}
        self._size = -1

    def write(self, session: Session, key: Ed25519PrivateKey, key_id: str, at: str) -> Checkpoint:
        """Append a checkpoint of every head that changed since the last one, and wait until it is on the disk."""
        self._catch_up()
        heads = {stream: head for stream, head in current_heads(session).items() if self._known.get(stream) != head}
        number, prev = (self._last.no + 1, self._last.sha) if self._last else (1, GENESIS)
        bare = Checkpoint(number, at, prev, heads, key_id, "")
        seal = base64.b64encode(key.sign(canonical_bytes(bare.body()))).decode("ascii")
        made = Checkpoint(number, at, prev, heads, key_id, seal)
        self._append(dumps({**made.body(), "seal": seal}))
        self._last = made
        self._known.update(heads)
        return made

    def has_news(self, session: Session) -> bool:
        """Whether a head changed since the last checkpoint, or there is none yet."""
        self._catch_up()
        return self._last is None or any(self._known.get(name) != head for name, head in current_heads(session).items())

    def read(self, public_keys: dict[str, str]) -> tuple[list[Checkpoint], Break | None]:
        """Every checkpoint up to the first that does not hold, and that break.

        `public_keys` maps key id → base64 of the raw public key, revoked and rotated ones too.
        """
        found: list[Checkpoint] = []
        for index, line in enumerate(self._lines(), start=1):
            try:
                checkpoint = _parse(line)
            except (CanonicalError, KeyError, TypeError, ValueError, AttributeError):
                return found, Break(index, "changed", "checkpoint", line[:80])
            broken = _break_of(checkpoint, found, public_keys)
            if broken is not None:
                return found, broken
            found.append(checkpoint)
        return found, None

    def _lines(self) -> list[str]:
        return self.path.read_text("utf-8").splitlines() if self.path.exists() else []

    def _catch_up(self) -> None:
        size = self.path.stat().st_size if self.path.exists() else 0
        if size == self._size:
            return
        for line in self._lines():
            self._last = _parse(line)
            self._known.update(self._last.heads)
        self._size = size

    def _append(self, line: str) -> None:
        new = not self.path.exists()
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode("utf-8") + b"\n")
            os.fsync(handle)
            self._size = os.fstat(handle).st_size
        finally:
            os.close(handle)
        if new:
            _sync_folder(self.path.parent)


def current_heads(session: Session) -> Heads:
    """Stream → `(seq, hash)` of every stream as the database has it now."""
    connection = connection_of(session)
    heads, cases = table_of(AuditHead), table_of(CaseRow)
    found = {row.stream: (row.seq, row.hash) for row in connection.execute(select(heads))}
    for row in connection.execute(select(cases.c.id, cases.c.seq, cases.c.head)):
        found[CASE + row.id] = (row.seq, row.head)
    return found


def compare(session: Session, checkpoints: Iterable[Checkpoint]) -> list[Finding]:
    """For each stream the first place where the database is not what a checkpoint saw.

    `removed`: that record is gone; `cut`: the stream ends before it; `changed`: some record after the last one that
    agrees (`Break.seq` is the first candidate) is not what it was.
    """
    seen: dict[str, dict[int, str]] = {}
    for checkpoint in checkpoints:
        for stream, (seq, head) in checkpoint.heads.items():
            seen.setdefault(stream, {}).setdefault(seq, head)
    found = [(stream, _difference(session, stream, heads)) for stream, heads in sorted(seen.items())]
    return [Finding(stream, broken, "checkpoint") for stream, broken in found if broken is not None]


def _difference(session: Session, stream: str, heads: dict[int, str]) -> Break | None:
    numbers = sorted(seq for seq in heads if seq > 0)
    stored = _stored(session, stream, numbers)
    agreed = 0
    for seq in numbers:
        if seq not in stored:
            last = _last_seq(session, stream)
            return Break(last + 1, "cut", heads[seq], "") if last < seq else Break(seq, "removed", heads[seq], "")
        if stored[seq] != heads[seq]:
            return Break(agreed + 1, "changed", heads[seq], stored[seq])
        agreed = seq
    return None


def _stored(session: Session, stream: str, numbers: list[int]) -> dict[int, str]:
    table, head, of_stream = _columns(stream)
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _CHUNK):
        some = table.c.seq.in_(numbers[start : start + _CHUNK])
        rows = connection_of(session).execute(select(table.c.seq, head).where(of_stream, some))
        found.update((row[0], row[1]) for row in rows)
    return found


def _last_seq(session: Session, stream: str) -> int:
    table, _, of_stream = _columns(stream)
    last = select(table.c.seq).where(of_stream).order_by(table.c.seq.desc()).limit(1)
    return connection_of(session).execute(last).scalar() or 0


def _columns(stream: str) -> tuple[Any, Any, Any]:
    if stream.startswith(CASE):
        table = table_of(CaseRecord)
        return table, table.c.head, table.c.case_id == stream.removeprefix(CASE)
    table = table_of(AuditEvent)
    return table, table.c.hash, table.c.stream == stream


def _parse(line: str) -> Checkpoint:
    value = loads(line)
    heads = {stream: (int(head[0]), str(head[1])) for stream, head in value["heads"].items()}
    return Checkpoint(int(value["no"]), value["at"], value["prev"], heads, value["key_id"], value["seal"])


def _break_of(checkpoint: Checkpoint, before: list[Checkpoint], public_keys: dict[str, str]) -> Break | None:
    expected = before[-1].no + 1 if before else 1
    if checkpoint.no != expected:
        kind = "removed" if checkpoint.no > expected else "inserted"
        return Break(expected, kind, str(expected), str(checkpoint.no))
    prev = before[-1].sha if before else GENESIS
    if checkpoint.prev != prev:
        return Break(checkpoint.no, "changed", prev, checkpoint.prev)
    return None if _is_sealed(checkpoint, public_keys) else Break(checkpoint.no, "changed", "seal", checkpoint.key_id)


def _is_sealed(checkpoint: Checkpoint, public_keys: dict[str, str]) -> bool:
    key = public_keys.get(checkpoint.key_id)
    if key is None:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
        public.verify(base64.b64decode(checkpoint.seal), canonical_bytes(checkpoint.body()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
