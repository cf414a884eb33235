"""Which rules a case had when: pages read what was done under earlier versions too."""

from __future__ import annotations

from sqlmodel import Session

from records import cases
from services.office import Office
from workflows.engine.rulebook import with_earlier
from workflows.language.model import Model


def readable(session: Session, office: Office, case_id: str, pinned_sha: str) -> Model:
    """The rules ``pinned_sha`` with the steps and forms that only other versions of the case had."""
    changes = cases.rule_changes(session, case_id)
    model = office.model(session, pinned_sha)
    if not changes:
        return model
    others = dict.fromkeys(sha for _, before, after in reversed(changes) for sha in (after, before))
    return with_earlier(model, [office.model(session, sha) for sha in others if sha != pinned_sha])


def in_force(session: Session, case_id: str, seq: int, now: str) -> str:
    """The hash of the rules under which record ``seq`` was made; ``now``: those of the case today."""
    changes = cases.rule_changes(session, case_id)
    if not changes:
        return now
    return next((after for number, _, after in reversed(changes) if number < seq), changes[0][1])
