"""Who has opened what followed from a task: from then on it cannot be withdrawn."""

from __future__ import annotations

from sqlmodel import Session

from records import seen
from services.actor import Actor
from services.desk import Desk


def seen_since(session: Session, desk: Desk, actor: Actor) -> bool:
    """Whether somebody else has opened a task that opened when this one was done, or later."""
    done_at = str(desk.task["done_at"] or "")
    later = [row["id"] for row in desk.siblings if row["id"] != desk.task["id"] and row["opened_at"] >= done_at]
    by = seen.seen_by(session, later) if later and done_at else {}
    return any(set(people) - {actor.id} for people in by.values())
