"""What was asked and what was answered: intents of signed acts (before the act) and answers (written by its wave)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, bindparam, update
from sqlmodel import Field, Session, col, select

from records.base import JsonText, Upsert, connection_of, table_of
from records.case_tables import Placed


class ActIntent(Placed, table=True):
    """A signed act that is about to be sent. `state`: `open`, `recorded`, `refused`, `lost`."""

    __table_args__ = (Index("ix_act_intent_open", "state", "expires_at"),)

    act_id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    caller: str
    body_sha: str
    act: dict[str, Any] = Field(sa_type=JsonText)
    state: str = "open"
    created_at: str
    expires_at: str
    closed_at: str | None = None


class ActAnswer(Placed, table=True):
    """The answer to an act that is in the record: repeating the act gives it again. Written by the wave."""

    __table_args__ = (Index("ix_act_answer_act", "act_id"),)

    case_id: str = Field(primary_key=True)
    act_id: str = Field(primary_key=True)
    seq: int
    path: str
    caller: str
    body_sha: str
    answer: dict[str, Any] = Field(sa_type=JsonText)


def intend(session: Session, intent: ActIntent) -> bool:
    """Write the intent before the act is sent; `False` when this act id was written before."""
    row = intent.model_dump()
    before = session.get(ActIntent, intent.act_id)
    if before is None:
        _INTENTS.run(connection_of(session), [row])
    return before is None


def intend_or_find(session: Session, intent: ActIntent) -> ActIntent:
    """Write the intent and return it, or the one that was first under this act id; a second writer waits for the first."""
    _INTENTS.run(connection_of(session), [intent.model_dump()])
    stored = session.get(ActIntent, intent.act_id, populate_existing=True)
    assert stored is not None, "written by this transaction or by the one before it"
    return stored


def intent(session: Session, act_id: str) -> ActIntent | None:
    """The intent of an act."""
    return session.get(ActIntent, act_id)


def close_intent(session: Session, act_id: str, state: str, at: str) -> None:
    """Say what became of an open intent: `recorded`, `refused` or `lost`."""
    open_ = (col(ActIntent.act_id) == act_id, col(ActIntent.state) == "open")
    connection_of(session).execute(update(table_of(ActIntent)).where(*open_).values(state=state, closed_at=at))


def overdue_intents(session: Session, now: str, limit: int = 100) -> list[ActIntent]:
    """Open intents whose act has expired: the sweeper asks history what became of them."""
    query = select(ActIntent).where(ActIntent.state == "open", ActIntent.expires_at < now)
    return list(session.exec(query.order_by(ActIntent.expires_at).limit(limit)))


def answers_to(session: Session, act_id: str) -> list[ActAnswer]:
    """What is on record for this act id; the caller compares `caller` and `body_sha` before repeating an answer."""
    return list(session.exec(_ANSWERS_TO, params={"act": act_id}))


def answers_of(session: Session, case_id: str) -> list[ActAnswer]:
    """Every answer on record in a case, in the order of its acts."""
    return list(session.exec(select(ActAnswer).where(ActAnswer.case_id == case_id).order_by(col(ActAnswer.seq))))


_INTENTS = Upsert(ActIntent, keep=True)
_ANSWERS_TO = select(ActAnswer).where(ActAnswer.act_id == bindparam("act"))
