"""What was done and counts no more: which act went back over it, said in words beside what is struck through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ui.audit.tell import Teller
from ui.texts import t

#: Records of work that a return takes the effect from; what is said about it (asked, claimed) is not struck through.
WORK = frozenset({"completed", "decided", "posted", "called", "set", "notified", "acknowledged", "deviated"})


def gone_back_over(records: Sequence[Any]) -> dict[str, Any]:
    """Path → the record of the act that made it count no more."""
    return {str(path): one for one in records for path in one.get("supersedes", ())}


def by_whom(teller: Teller, record: Mapping[str, Any], gone: Mapping[str, Any]) -> str:
    """The words for a record that counts no more; empty for one that still does."""
    over = gone.get(str(record.get("path") or ""))
    if over is None or record["action"] not in WORK or record["seq"] > over["seq"]:
        return ""
    return told(teller, over)


def told(teller: Teller, act: Mapping[str, Any]) -> str:
    """`superseded by return of Lin on 11-22 10:41`; `act` is a record, or what `superseded_by` of a step says."""
    how = str(act["action"]) if act["action"] in ("withdrawn", "cancelled", "reopened") else "returned"
    if how == "returned" and act.get("path") == "":  # the return of a whole case is its cancel
        how = "cancelled"
    who, at = teller.person(act["actor"]), f"{teller.moment(str(act['at'])):%Y-%m-%d %H:%M}"
    return t(f"cases.superseded.{how}", teller.lang, who=who, time=at)
