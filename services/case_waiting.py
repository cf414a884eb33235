"""Why the steps of a case wait, as its engine state says, and what stands in the way of the person who asks."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from domain.clock import to_text
from domain.errors import Refusal, Text
from records import cases, talk
from records import people as people_rows
from records.case_tables import CaseRow
from services.actor import Actor
from services.desk import Desk, open_desks, refusal_at
from services.folded import Folded
from services.gateway import EngineUnreachable
from services.office import Office
from workflows.engine import waiting
from workflows.engine.case import pending_calls
from workflows.engine.looked import Known, Looked, Tried
from workflows.engine.phrases import moment, sentence
from workflows.ports import call_id

log = logging.getLogger("gspflow.waiting")
CALL_SECONDS = 3
"""A call that runs for less has not been tried again: Temporal is not asked about it."""


@dataclass(frozen=True)
class Waiting:
    """Why one step waits; why the person who asks may not act at it, or that the person may."""

    why: Text
    why_not: Text | None = None
    may_act: bool = False


@dataclass(frozen=True)
class Beside:
    """What is known beside the records: how often calls were tried, and the fields that the reader does not see."""

    tries: Mapping[str, Tried] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def of_case(
    session: Session, office: Office, actor: Actor, known: Folded, case: CaseRow, beside: Beside
) -> dict[str, Waiting]:
    """Path → why it waits, for every step at which something is still to happen."""
    now = office.now()
    more = Known(_names(session), _keys(session, known), beside.tries, beside.hidden)
    looked = Looked(known.model, known.state, now, more)
    persons = _persons(session, office, actor, known, case)
    found: dict[str, Waiting] = {}
    for instance in looked.active:
        why = waiting.why(looked, instance)
        if why is not None:
            own = persons.get(instance.path)
            why_not = own.why_not if own else None
            found[instance.path] = Waiting(sentence(why, why_not), why_not, own.may_act if own else False)
    return found


def _names(session: Session) -> dict[str, Text]:
    return {row.username: Text(row.name, row.name_en or row.name) for row in people_rows.accounts(session)}


def _keys(session: Session, known: Folded) -> dict[str, str]:
    """The keys of the cases that steps wait for; a case without one goes by its id."""
    ids = [str(one.child["id"]) for one in known.state.active() if one.child and one.child.get("id")]
    return {id_: row.business_key for id_, row in cases.some(session, ids).items() if row.business_key}


# ---------------------------------------------------------------- the person who asks
@dataclass(frozen=True)
class _Own:
    why_not: Text | None
    may_act: bool


def _persons(session: Session, office: Office, actor: Actor, known: Folded, case: CaseRow) -> dict[str, _Own]:
    """Path → what the person may do there; of several open tasks at a step the one that is open to the person counts."""
    items: dict[tuple[str, str], Any] = {
        (one.path, key): item for one in known.state.active() for key, item in one.items.items()
    }
    put_off = talk.snoozed(session, actor.id, office.now())
    found: dict[str, _Own] = {}
    for desk in open_desks(session, office, actor, known.model, case, items):
        there = found.get(desk.task["path"])
        if there is None or not there.may_act:
            own = _own(actor, desk, put_off.get(desk.task["id"]))
            found[desk.task["path"]] = own if there is None or own.may_act else there
    return found


def _own(actor: Actor, desk: Desk, put_off: str | None) -> _Own:
    why = refusal_at(actor, desk)
    if why is not None:
        return _Own(_said(why), may_act=False)
    if put_off is None:
        return _Own(None, may_act=True)
    until = moment(put_off, desk.model.zone)
    return _Own(Text(f"您已推迟到 {until}", f"you have put it off until {until}"), may_act=True)


def _said(why: Refusal) -> Text:
    """A refusal inside a sentence that has named the posts already."""
    if why.code == "wrong_role":
        return Text("您在该机构没有这个岗位", "you do not hold that post at this site")
    return Text(f"您现在不能办理：{why.message.zh}", f"you cannot act now: {why.message.en}")


# ---------------------------------------------------------------- calls that are tried again
async def attempts(office: Office, known: Folded) -> dict[str, Tried]:
    """Path → how often its call was tried; asked of Temporal only for calls that have run for a while."""
    begun = to_text(office.clock() - timedelta(seconds=CALL_SECONDS))
    state = known.state
    slow = {one.path: call_id(one) for one in pending_calls(state) if state.instances[one.path].since < begun}
    if not slow:
        return {}
    try:
        running = await office.gateway.attempts(state.case_id)
    except EngineUnreachable as error:
        log.warning("attempts of case %s are not known: %s", state.case_id, error)
        return {}
    return {path: Tried(*running[call]) for path, call in slow.items() if call in running}
