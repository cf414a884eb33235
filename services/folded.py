"""A case as the engine knows it, from its records alone: what the laws of acts are asked about before an act is sent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from domain.errors import Refusal, Text
from records import cases
from services.acting import Intent, sealed
from services.actor import Actor
from services.case_rows import as_record
from services.office import Office
from workflows.engine.appliers import fold
from workflows.engine.check import LAWS, check
from workflows.engine.events import Acted
from workflows.engine.laws import Asked, Law, fits_seat
from workflows.engine.state import CaseState, Instance, Seat
from workflows.language.model import Model

TRIAL = "TRIAL00000000000"
"""The id of an act that is only tried."""


@dataclass(frozen=True)
class Folded:
    """The state of a case after its last record in the database, with the rules it runs on."""

    model: Model
    state: CaseState

    def place(self, path: str, seat: str) -> tuple[Instance, Seat] | None:
        """A seat with its step, or ``None``."""
        instance = self.state.instances.get(path)
        found = instance.seat(seat) if instance else None
        return (instance, found) if instance and found else None


def folded(session: Session, office: Office, case_id: str) -> Folded:
    """The case as its records tell it. Raises ``ValueError`` for a case without records."""
    state = fold([as_record(row) for row in cases.records(session, case_id)])
    return Folded(office.model(session, state.pinned_sha), state)


def refused(office: Office, actor: Actor, known: Folded, intent: Intent) -> Refusal | None:
    """Why the case would refuse the act, asked of the case's own laws; ``None``: it would take it."""
    event = _event(office, actor, known, intent)
    return check(known.model, known.state, event, str(event.act.envelope["received_at"]))


def stands_against(office: Office, actor: Actor, known: Folded, intent: Intent, but: frozenset[Law]) -> Refusal | None:
    """The same for an act at a seat whose parameters are not chosen yet: all its laws without ``but``."""
    there = known.place(intent.path, intent.seat)
    if there is None or known.state.state != "running":
        return Refusal(404, "no_such_task", _NO_TASK)
    instance, seat = there
    step = known.model.steps.get(instance.step)
    if step is None:  # the case has changed to a version that has no such step: what was done stays, nothing is open
        return Refusal(404, "no_such_task", _NO_TASK)
    event = _event(office, actor, known, intent)
    asked = Asked(known.model, known.state, step, instance, seat, event)
    for law in (fits_seat, *LAWS.get(intent.action, ())):
        found = None if law in but else law(asked)
        if found is not None:
            return found
    return None


def _event(office: Office, actor: Actor, known: Folded, intent: Intent) -> Acted:
    return Acted(TRIAL, sealed(office, actor, TRIAL, intent, office.keys.act_for(known.state.keys)))


_NO_TASK = Text("这个案例里没有这项任务。", "The case has no such task.")
