"""Whether a stored act is authentic for the record it stands in. No database: evidence bundles are checked by the same."""

from __future__ import annotations

from typing import Any

from domain.acts import Act, fault_of

SEAL = "seal"


def record_fault(case_id: str, actor: str | None, detail: Any, keys: dict[str, str]) -> str | None:
    """Why the act in a record's detail is not authentic for this case and person, or ``None``.

    ``missing``, ``case`` or ``actor`` beside the faults of ``domain.acts.fault_of``; ``actor=None`` skips the person.
    """
    try:
        act = Act.from_json(detail["act"])
    except (KeyError, TypeError):
        return "missing"
    who: Any = act.envelope.get("actor") or {}
    if act.envelope.get("case") != case_id:
        return "case"
    if actor is not None and who.get("id") != actor:
        return "actor"
    return fault_of(act, keys)


def approval_fault(row: dict[str, Any], keys: dict[str, str]) -> str | None:
    """Why a publishing signature is not authentic, or ``None``."""
    try:
        act = Act.from_json(row["act"])
    except (KeyError, TypeError):
        return "missing"
    envelope: Any = act.envelope
    told = (envelope.get("path"), envelope.get("pinned_sha"), envelope.get("seat"), envelope["actor"].get("id"))
    if told != (f"definition/{row['name']}@{row['version']}", row["sha256"], row["role"], row["signer"]):
        return "fields"
    return fault_of(act, keys) if act.seal == row["seal"] else SEAL
