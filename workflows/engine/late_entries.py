"""Late entries: what was done on paper and entered afterwards. The case checks again what the signed facts say of it."""

from __future__ import annotations

from typing import Any

from domain.clock import from_text
from domain.errors import Refusal, Text
from domain.json_types import JsonObject


def late_of(envelope: Any) -> JsonObject | None:
    """What the act says of the paper it was written on, or ``None`` for one that was done in time."""
    return envelope["facts"].get("late")


def told(late: Any) -> JsonObject:
    """What of a late entry stands wherever the step is shown."""
    return {name: late[name] for name in ("paper_no", "business_at", "reason", "second")}


def late_fault(envelope: Any) -> Refusal | None:
    """A late entry has a paper, a photograph, a reason, a time that has passed, and somebody else who saw it."""
    late: Any = late_of(envelope)
    if late is None:
        return None
    if not isinstance(late, dict) or not _is_whole(late):
        text = Text("补录信息不完整。", "The late entry is not complete.")
        return Refusal(422, "late_entry_incomplete", text, rule="late_entry", articles=("GSP-22",))
    behind = envelope["on_behalf_of"]
    if late["second"]["id"] in (envelope["actor"]["id"], behind["id"] if behind else None):
        text = Text("补录须由另一人复核。", "A late entry is seen by somebody else.")
        return Refusal(403, "four_eyes", text, rule="four_eyes", articles=("GSP-22",))
    if from_text(late["business_at"]) > from_text(str(envelope["received_at"])):
        text = Text("实际发生的时间不能晚于现在。", "It cannot have been done in the future.")
        return Refusal(422, "in_future", text, rule="late_entry")
    return None


def _is_whole(late: dict[str, Any]) -> bool:
    texts = all(
        isinstance(late.get(name), str) and late[name].strip() for name in ("paper_no", "business_at", "reason")
    )
    second, photo, auth = late.get("second"), late.get("photo"), late.get("second_auth")
    people = isinstance(second, dict) and isinstance(second.get("id"), str)
    proved = isinstance(auth, dict) and auth.get("method") in ("password", "badge")
    return texts and people and proved and isinstance(photo, dict) and isinstance(photo.get("sha256"), str)
