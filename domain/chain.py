"""The law of hash chains: each record is sealed onto the one before it.

``head_n = H(head_{n-1}, record_n)``; ``head_0`` binds a case to its id, its pinned set and its start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.canonical import digest
from domain.json_types import Json, JsonObject

GENESIS = "0" * 64
"""The head of a stream before its first record (all streams but a case's)."""


def case_head(case_id: str, pinned_sha: str, start: Json) -> str:
    """``head_0`` of a case."""
    return digest("case-head", [case_id, pinned_sha, start])


def next_head(head: str, record: Json) -> str:
    """The head after ``record``."""
    return digest("head", [head, record])


def sealed(record: JsonObject) -> JsonObject:
    """The part of a case record that the chain covers; ``detail`` is covered by ``detail_sha``."""
    return {key: record[key] for key in ("seq", "at", "path", "action", "act_sha", "detail_sha", "reads")}


@dataclass(frozen=True)
class Break:
    """The first place where a chain does not hold. ``kind``: changed, removed, inserted, cut."""

    seq: int
    kind: str
    expected: str
    found: str


def verify(links: Iterable[tuple[int, Json, str]], head: str, first_seq: int = 1) -> tuple[str, Break | None]:
    """Recompute a chain of ``(seq, record, head after it)``; returns the last head and the first break, if
    any."""
    expected_seq = first_seq
    for seq, record, stored in links:
        if seq != expected_seq:
            kind = "removed" if seq > expected_seq else "inserted"
            return head, Break(expected_seq, kind, str(expected_seq), str(seq))
        head = next_head(head, record)
        if head != stored:
            return head, Break(seq, "changed", head, stored)
        expected_seq += 1
    return head, None
