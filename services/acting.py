"""How an act leaves the house: sealed envelope, intent of a signed one, Update, refusal on record, repeat answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from domain import acts
from domain.canonical import digest
from domain.clock import from_text, to_text
from domain.errors import Refusal, Text
from domain.ids import IDEMPOTENCY_KEY
from domain.json_types import JsonObject
from records import acts as act_rows
from records import cases
from services.actor import Actor
from services.gateway import ANSWER_SECONDS, ActRefused, CaseUnknown, EngineUnreachable
from services.keys import SigningKey
from services.office import Office
from services.refusals import refuse

Deliver = Callable[[acts.Act], Awaitable[Any]]
"""Brings a sealed act to its case: answers (``JsonObject | None``) and raises like ``Gateway.act``."""


@dataclass(frozen=True)
class Intent:
    """An act before it is sealed: what, where, with which values and facts."""

    case_id: str
    site: str
    mode: str
    path: str
    seat: str
    action: str
    pinned_sha: str
    body_sha: str
    values: JsonObject = field(default_factory=dict)
    outcome: str | None = None
    meaning: str | None = None
    reason: str | None = None
    role: str | None = None
    form_sha: str | None = None
    shown_sha: str | None = None
    facts: JsonObject = field(default_factory=dict)
    auth: JsonObject = field(default_factory=dict)
    external: JsonObject | None = None
    about: JsonObject = field(default_factory=dict)
    on_behalf_of: JsonObject | None = None
    """The person who is away, for whom the actor stands in: ``{id, name, name_en, role, rule, rules, via}``."""
    held: tuple[str, ...] | None = None
    """The posts with which the actor acts, where they are not his own."""


@dataclass(frozen=True)
class Done:
    """An act that is accepted. ``answer`` is ``None`` while its wave is late; ``repeated``: it was on record before."""

    act_id: str
    answer: JsonObject | None
    repeated: bool = False


async def act_id_of(office: Office, actor: Actor, given: str | None, about: JsonObject) -> str:
    """The caller's key as act id, or a new one. Refuses a key of the wrong shape."""
    if given is None:
        return office.new_id()
    if IDEMPOTENCY_KEY.fullmatch(given):
        return given
    zh, en = (
        "Idempotency-Key 须为 16–64 个字母、数字或连字符。",
        "An Idempotency-Key is 16–64 letters, digits or hyphens.",
    )
    await refuse(office, actor, Refusal(422, "bad_key", Text(zh, en)), about)


async def repeated(office: Office, actor: Actor, act_id: str, body_sha: str, about: JsonObject) -> Done | None:
    """The recorded answer when this very act was done before; refuses a key that stands for another act."""
    answers = await office.db.glance(act_rows.answers_to, act_id)
    if not answers:
        return None
    first = answers[0]
    if first.caller == actor.id and first.body_sha == body_sha:
        return Done(act_id, first.answer, repeated=True)
    await refuse(office, actor, key_reused(), about)


def key_reused() -> Refusal:
    """Why a key that stands for another act, or for another person's, is refused."""
    zh = "这个 Idempotency-Key 已用于另一次操作；请换一个新的。"
    en = "This Idempotency-Key stands for another act; use a new one."
    return Refusal(422, "key_reused", Text(zh, en))


def body_sha(*parts: Any) -> str:
    """The hash by which a repeat of the same request is recognised."""
    return digest("request", list(parts))


async def send(office: Office, actor: Actor, act_id: str, intent: Intent, deliver: Deliver | None = None) -> Done:
    """Seal and send; returns when its wave is in the database, or accepted and late.

    ``deliver``: how the sealed act gets to its case, for acts that are no plain Update of a running one.
    """
    act = sealed(office, actor, act_id, intent, await key_for(office, intent.case_id))
    if intent.meaning is not None:
        await office.db.writing(_intend, office.now(), actor, act_id, intent, act)
    try:
        answered: Any = await (deliver(act) if deliver else office.gateway.act(intent.case_id, act))
    except ActRefused as refused:
        if refused.refusal.code == "act_repeated":
            return await _first_answer(office, actor, act_id, intent)
        await _close(office, act_id, intent, "refused")
        await refuse(office, actor, refused.refusal, intent.about)
    except CaseUnknown:
        again = await repeated(office, actor, act_id, intent.body_sha, intent.about)
        if again is not None:  # the act itself ended the case while its repeat was on the way
            return again
        await _close(office, act_id, intent, "refused")
        await refuse(office, actor, await _gone(office, intent.case_id), intent.about)
    return Done(act_id, answered["answer"] if answered else None)


async def _first_answer(office: Office, actor: Actor, act_id: str, intent: Intent) -> Done:
    """What was answered to an act that the case has taken before, as soon as its wave is in the database.

    Raises ``EngineUnreachable`` when it is not there in time: before that nobody knows whose act it was, so nobody is
    told that his was accepted.
    """
    deadline, pause = time.monotonic() + ANSWER_SECONDS, 0.02
    while True:
        again = await repeated(office, actor, act_id, intent.body_sha, intent.about)
        if again is not None:
            return again
        if time.monotonic() > deadline:
            raise EngineUnreachable
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.5)


async def key_for(office: Office, case_id: str) -> SigningKey:
    """The act key that the case trusts: after a rotation a running case still knows only the keys of its start."""
    if len(office.keys.public) == 1:
        return office.keys.act
    first = await office.db.glance(cases.records, case_id, 0, 1)
    trusted: Any = first[0].detail.get("keys") if first else None
    return office.keys.act_for(trusted or {office.keys.act.key_id: ""})


def sealed(office: Office, actor: Actor, act_id: str, intent: Intent, key: SigningKey | None = None) -> acts.Act:
    """The envelope of an act, signed with the act key (``key``: an earlier one that the case trusts)."""
    signing = key or office.keys.act
    received = office.now()
    expires = to_text(from_text(received) + timedelta(seconds=acts.VALID_SECONDS))
    roles = list(actor.roles_at(intent.site) if intent.held is None else intent.held)
    envelope: JsonObject = {
        "v": acts.VERSION,
        "case": intent.case_id,
        "act": act_id,
        "path": intent.path,
        "seat": intent.seat,
        "action": intent.action,
        "outcome": intent.outcome,
        "meaning": intent.meaning,
        "reason": intent.reason,
        "pinned_sha": intent.pinned_sha,
        "form_sha": intent.form_sha,
        "lang": actor.lang,
        "shown_sha": intent.shown_sha,
        "values_sha": acts.values_sha(intent.values),
        "actor": actor.as_json(intent.role),
        "on_behalf_of": intent.on_behalf_of,
        "facts": {"roles": [*roles], "body_sha": intent.body_sha, **intent.facts},
        "auth": intent.auth or {"method": "session", "at": received},
        "received_at": received,
        "expires_at": expires,
        "key_id": signing.key_id,
        "external": intent.external,
    }
    return acts.seal(envelope, intent.values, signing.private)


def _intend(session: Any, at: str, actor: Actor, act_id: str, intent: Intent, act: acts.Act) -> None:
    row = act_rows.ActIntent(
        act_id=act_id,
        case_id=intent.case_id,
        site=intent.site,
        mode=intent.mode,
        caller=actor.id,
        body_sha=intent.body_sha,
        act=act.as_json(),
        created_at=at,
        expires_at=str(act.envelope["expires_at"]),
    )
    act_rows.intend(session, row)


async def _close(office: Office, act_id: str, intent: Intent, state: str) -> None:
    if intent.meaning is not None:
        await office.db.writing(act_rows.close_intent, act_id, state, office.now())


async def _gone(office: Office, case_id: str) -> Refusal:
    """Why a case without a running workflow refuses: it ended, or it never was."""
    case = await office.db.reading(cases.case, case_id)
    if case is None:
        return Refusal(404, "not_found", Text("没有这个案例。", "There is no such case."))
    text = Text(f"案例已于 {case.closed_at or '—'} 结束。", f"The case ended at {case.closed_at or '—'}.")
    return Refusal(409, "case_closed", text, done_at=case.closed_at, outcome=case.outcome)
