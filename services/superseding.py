"""Which act made that something done counts no more: a return, a withdrawal, a reopening or a cancel, by whom and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.json_types import Json, JsonObject
from records.case_tables import CaseRecord


def superseded_by(goings_back: Iterable[CaseRecord]) -> dict[str, JsonObject]:
    """Path → ``{action, actor, at, reason, from}`` of the act that went back over it; ``action`` is ``returned``,
    ``withdrawn``, ``reopened`` or ``cancelled``."""
    found: dict[str, JsonObject] = {}
    for row in goings_back:
        for path in superseded_paths(row.detail):
            found.setdefault(str(path), _told(row))
    return found


def superseded_paths(detail: Any) -> list[Json]:
    """What counts no more by a record, in the order in which the record names it."""
    return [path for name in ("supersedes", "compensates", "settles") for path in detail.get(name, ())]


def _told(row: CaseRecord) -> JsonObject:
    detail: Any = row.detail
    whole = "ends" in (detail.get("then") or {})
    return {
        "action": "cancelled" if whole else row.action,
        "actor": detail.get("actor"),
        "at": row.at,
        "reason": detail.get("reason"),
        "from": row.path or None,
        "seq": row.seq,
    }
