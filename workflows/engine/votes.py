"""What a vote decides. ``all`` (default) and ``sequence``: any rejection rejects; ``any``: the first vote decides;
``n_of`` and ``ratio``: decided once reached or unreachable; a ``veto`` holder's rejection rejects.

An added signer counts like a seat of the definition. Source: SEMANTICS of the language, line 23.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Any

from domain.json_types import Json
from workflows.engine.seats import roles_to_resolve
from workflows.engine.state import Instance, Seat
from workflows.language.model import Step

APPROVED, REJECTED = "approved", "rejected"


def decision(step: Step, instance: Instance, key: str, outcome: str) -> tuple[str | None, list[Json]]:
    """What the vote ``outcome`` at the seat ``key`` decides (``None``: others are still to vote), and what it opens."""
    seat = instance.seat(key)
    assert seat is not None
    if seat.roles and set(seat.roles) & set(step.veto) and outcome == REJECTED:
        return REJECTED, []
    if step.kind == "approve" and step.rule in ("n_of", "ratio"):
        return _tallied(step, instance, key, outcome), _after(instance, key)
    success = APPROVED if step.kind == "approve" else step.success
    if step.rule == "any" or outcome != success:
        return outcome, []
    opens = _after(instance, key) or _next_in_sequence(step, instance, key)
    voters = _voters(instance)
    if opens or any(voter.state == "open" and voter.key != key for voter in voters) or instance.later:
        return None, opens
    own = next((voter for voter in voters if voter.key == "s1"), None)
    return (own.outcome or success if own is not None and own.key != key else success), []


def without(step: Step, instance: Instance, key: str) -> str | None:
    """What is decided when the added signer at ``key`` is not needed any more; ``None`` while others are to vote."""
    voters = [voter for voter in _voters(instance) if voter.key != key]
    later = [one for one in instance.later if one["key"] != key]
    if later or any(voter.state == "open" for voter in voters) or not voters:
        return None
    return APPROVED if step.kind == "approve" else step.success


def _voters(instance: Instance) -> list[Seat]:
    return [seat for seat in instance.seats if seat.key[0] in "sa" and seat.state in ("open", "done")]


def _after(instance: Instance, key: str) -> list[Json]:
    """The seats that were to open after this one."""
    return [one for one in instance.later if one["beside"] == key]


def _next_in_sequence(step: Step, instance: Instance, key: str) -> list[Json]:
    if step.kind != "approve" or step.rule != "sequence" or roles_to_resolve(step):
        return []
    voted = {seat.key for seat in instance.seats if seat.state == "done"} | {key}
    upcoming: list[Json] = [
        {"key": f"s{index}", "roles": [role]}
        for index, role in enumerate(step.roles, 1)
        if f"s{index}" not in voted and not _is_there(instance, f"s{index}")
    ]
    return upcoming[:1]


def _is_there(instance: Instance, key: str) -> bool:
    seat = instance.seat(key)
    return seat is not None and seat.state != "cancelled"


def _tallied(step: Step, instance: Instance, key: str, outcome: str) -> str | None:
    voters = _voters(instance)
    total = len(voters) + len(instance.later)
    cast = [
        outcome if voter.key == key else voter.outcome for voter in voters if voter.state == "done" or voter.key == key
    ]
    approvals = sum(vote == APPROVED for vote in cast)
    if step.rule == "n_of":
        needed = step.n
    else:
        needed = int((step.ratio * Decimal(total)).to_integral_value(rounding=ROUND_CEILING))
    if approvals >= needed:
        return APPROVED
    return REJECTED if approvals + total - len(cast) < needed else None


def tally(step: Step, instance: Instance) -> dict[str, Any]:
    """How the vote stands, for people: ``{approved, rejected, open, total}``."""
    voters = _voters(instance)
    done = [voter.outcome for voter in voters if voter.state == "done"]
    approved = sum(vote == APPROVED for vote in done)
    total = len(voters) + len(instance.later)
    return {"approved": approved, "rejected": len(done) - approved, "open": total - len(done), "total": total}
