"""Waves: the records and rows of engine steps, packed for one projection transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.canonical import canonical_bytes, digest_of
from domain.json_types import Json, JsonObject
from workflows.engine.turn import Entry

WAVE_BYTES_MAX = 512 * 1024
_PACK_BYTES = 384 * 1024
"""Waves are closed at this size, so that the next record still fits under the maximum."""
_UPSERTS = {
    "steps": ("path",),
    "tasks": ("id",),
    "scopes": ("scope",),
    "notices": ("path", "seq"),
    "answers": ("act_id",),
}


@dataclass(frozen=True)
class Wave:
    """One wave: its number, its body and its hash, of which the activity id carries the first 16 digits."""

    no: int
    body: JsonObject
    spelled: bytes
    sha: str

    @property
    def activity_id(self) -> str:
        """``w<no>-<16 hex>``: the SDK's Replayer compares activity ids, so a forged value is found by it."""
        return f"w{self.no}-{self.sha[:16]}"


def pack(entries: list[Entry], answers: list[JsonObject], first_no: int) -> list[Wave]:
    """The entries, in order, as waves numbered from ``first_no``; the answers go with the last one."""
    whole = wave_of(entries, answers, first_no)
    if len(whole.spelled) <= _PACK_BYTES or len(entries) == 1:
        return [whole]
    groups: list[list[Entry]] = [[]]
    size = 0
    for entry in entries:
        grown = len(canonical_bytes(entry.record)) + len(canonical_bytes(entry.rows))
        if groups[-1] and size + grown > _PACK_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(entry)
        size += grown
    waves = [wave_of(group, [], first_no + index) for index, group in enumerate(groups[:-1])]
    return [*waves, wave_of(groups[-1], answers, first_no + len(groups) - 1)]


def wave_of(entries: list[Entry], answers: list[JsonObject], no: int) -> Wave:
    """The entries as wave ``no``, whatever its size."""
    last: Any = entries[-1].rows["case"]
    rows: JsonObject = {"case": {**last, "wave": no}}
    for table, key in _UPSERTS.items():
        rows[table] = _merged(entries, table, key) if table != "answers" else list(answers)
    if any("listens" in entry.rows for entry in entries):  # most cases never wait for a message
        rows["listens"] = _merged(entries, "listens", ("path",))
    records: list[Json] = [entry.record for entry in entries]
    body: JsonObject = {
        "v": 1,
        "case": last["id"],
        "no": no,
        "company": last["company"],
        "site": last["site"],
        "mode": last["mode"],
        "process": last["process"],
        "version": last["version"],
        "prev_head": entries[0].prev_head,
        "head": last["head"],
        "records": records,
        "rows": rows,
    }
    spelled = canonical_bytes(body)
    return Wave(no, body, spelled, digest_of("wave", spelled))


def _merged(entries: list[Entry], table: str, key: tuple[str, ...]) -> list[Json]:
    """The last state of each row that the entries change, in order of first change."""
    latest: dict[tuple[Any, ...], Json] = {}
    for entry in entries:
        changed: Any = entry.rows.get(table, [])
        for row in changed:
            latest[tuple(row[name] for name in key)] = row
    return list(latest.values())
