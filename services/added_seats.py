"""Who has a seat at the step of a task besides it: votes, added signers, questions; who asked for them, and the answer."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from domain.json_types import Json, JsonObject
from records import cases
from services.desk import Desk

_ADDS = ("signer_added", "signer_removed", "asked")
_SHOWN = ("id", "seat", "kind", "state", "assignee", "roles", "outcome", "done_by", "done_at")
Origins = dict[str, JsonObject]


def origins(session: Session, desk: Desk) -> Origins:
    """For each seat that somebody added at the task's step ``{by, to, at, reason, position}``; ``answer`` once given."""
    found: Origins = {}
    for row in cases.records_at(session, desk.case.id, str(desk.task["path"]), _ADDS):
        detail: Any = row.detail
        new = detail.get("adds") or detail.get("asks")
        if new is not None:
            origin: JsonObject = {"by": detail["actor"], "to": detail["to"], "at": row.at}
            found[new["key"]] = {**origin, "reason": detail.get("reason"), "position": new.get("position")}
        elif "removes" in detail:
            found.pop(detail["removes"], None)
        elif detail["seat"] in found:
            found[detail["seat"]]["answer"] = detail["answer"]
    return found


def beside(desk: Desk, added: Origins) -> list[Json]:
    """The other seats of the step, each with its origin when somebody added it."""
    rows = (row for row in desk.siblings if row["path"] == desk.task["path"] and row["id"] != desk.task["id"])
    return [
        {name: row[name] for name in _SHOWN} | {"more": row["more"] or {}, "added": added.get(row["seat"])}
        for row in rows
    ]


def to_come(desk: Desk, added: Origins) -> list[Json]:
    """The signers who were added and whose turn comes after another seat."""
    there = {row["seat"] for row in desk.siblings if row["path"] == desk.task["path"]}
    return [{"seat": key, **one} for key, one in added.items() if key not in there]
