"""What is on file about the people of the demo: diplomas, trainings, health checks; and what is planned."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from app.demo.files import read
from records.staff import StaffRecord, TrainingPlan


def write(session: Session, at: str, today: date) -> None:
    """Write every file and every planned training."""
    data: Any = read("staff", today)
    for person in read("people", today)["people"]:
        if person["username"] not in data["not_for"]:
            asked = [one for one in data["usual"] if person["role"] in one.get("posts", [person["role"]])]
            session.add_all(_record(person["username"], one, at) for one in asked)
    session.add_all(_record(one["account"], one, at) for one in data["records"])
    session.add_all(_plan(one, at) for one in data["plans"])
    session.flush()


def _record(username: str, given: Any, at: str) -> StaffRecord:
    same: dict[str, Any] = {
        key: str(given.get(key, "")) for key in ("kind", "subject", "level", "text", "number", "result", "score")
    }
    by = "trainer" if given["kind"] == "training" else "hr"
    return StaffRecord(
        account=username, **same, on_date=given["on"], valid_until=given.get("until"), entered_by=by, entered_at=at
    )


def _plan(given: Any, at: str) -> TrainingPlan:
    same = {key: given[key] for key in ("site", "course", "subject", "posts", "trainer")}
    return TrainingPlan(**same, planned_on=given["on"], created_by="trainer", created_at=at)
