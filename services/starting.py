"""How a case comes into being: one claim, one workflow, however often the same start is sent.

One transaction keeps the rules, claims the business key and writes down the sealed start under its act id. Whoever
sends the same act again gets the same case; whoever crashed in between has left a claim that the sweeper looks after.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

from domain import acts
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from records import acts as act_rows
from records import cases as rows
from rules.evaluate import evaluate
from services.acting import Intent, key_reused, sealed
from services.actor import Actor
from services.case_rows import case_view
from services.office import Office
from services.refusals import refuse
from workflows.engine.events import ENGINE_REV
from workflows.engine.scope import Lazy
from workflows.language.model import Model

FIRST_LOOK, LOOK_AGAIN = 0.05, 0.03
"""Seconds until the first wave can be there, and between two looks; a look costs a turn of a database thread."""
START_SECONDS = 5
"""How long a caller waits for the first wave; then the start is answered as accepted and still being recorded."""


@dataclass(frozen=True)
class Beginning:
    """A start that has passed every check: what would be begun, by which act."""

    model: Model
    pinned: JsonObject
    values: JsonObject
    act_id: str
    body_sha: str
    site: str
    mode: str
    key: str | None
    about: JsonObject
    origin: JsonObject = field(default_factory=dict)
    """What made the system start the case: ``{parent: {case, path}}`` or ``{schedule: {key, period}}``."""


@dataclass(frozen=True)
class Claimed:
    """What the claim found: the case to start with its act, or that the act id is another's."""

    case_id: str
    act: Any
    is_foreign: bool = False


async def begin(office: Office, actor: Actor, beginning: Beginning) -> JsonObject:
    """Claim and start; 201's body, with ``recorded`` alone set while the projection is late."""
    case_id = office.new_id()
    act = sealed(office, actor, beginning.act_id, _intent(actor, beginning, case_id))
    try:
        claimed = await office.db.writing(_claim, office, actor, beginning, case_id, act)
    except _HeldError as held:
        await refuse(office, actor, _in_use(beginning.key, held.case_id), {**beginning.about, "case": held.case_id})
    if claimed.is_foreign:
        await refuse(office, actor, key_reused(), beginning.about)
    beginning = await office.db.glance(_as_sealed, office, beginning, claimed)
    await office.gateway.start(claimed.case_id, _given(office, beginning, claimed), _searched(beginning))
    return await _wait(office, claimed.case_id, beginning.model)


def _intent(actor: Actor, beginning: Beginning, case_id: str) -> Intent:
    model, held = beginning.model, actor.roles_at(beginning.site)
    form_sha = model.form_shas[model.start_form]
    return Intent(
        case_id=case_id,
        site=beginning.site,
        mode=beginning.mode,
        path="",
        seat="",
        action="start",
        pinned_sha=model.pinned_sha,
        body_sha=beginning.body_sha,
        values=beginning.values,
        role=next((role for role in held if role in model.start_roles), None),
        form_sha=form_sha,
        shown_sha=acts.shown_sha(form_sha, {}, actor.lang),
        facts={"mode": beginning.mode, **beginning.origin},
    )


class _HeldError(Exception):
    """The business key belongs to a running case; the transaction is rolled back."""

    def __init__(self, case_id: str) -> None:
        super().__init__(case_id)
        self.case_id = case_id


def _claim(session: Any, office: Office, actor: Actor, beginning: Beginning, case_id: str, act: acts.Act) -> Claimed:
    """One transaction: a start that was claimed before is found again, a new one gets its key and its case id."""
    row = act_rows.ActIntent(
        act_id=beginning.act_id,
        case_id=case_id,
        site=beginning.site,
        mode=beginning.mode,
        caller=actor.id,
        body_sha=beginning.body_sha,
        act=act.as_json(),
        created_at=office.now(),
        expires_at=str(act.envelope["expires_at"]),
    )
    stored = act_rows.intend_or_find(session, row)
    if stored.case_id != case_id:
        same = stored.caller == actor.id and stored.body_sha == beginning.body_sha
        if same and rows.case(session, stored.case_id) is None:  # the sweeper may have freed its key since
            _claim_key(session, office, beginning, stored.case_id)
        return Claimed(stored.case_id, stored.act, is_foreign=not same)
    rows.keep_pinned(session, beginning.model.pinned_sha, beginning.pinned)
    _claim_key(session, office, beginning, case_id)
    return Claimed(case_id, act.as_json())


def _claim_key(session: Any, office: Office, beginning: Beginning, case_id: str) -> None:
    if beginning.key is None:
        return
    claim = (beginning.model.process, beginning.site, beginning.key, case_id, office.now(), beginning.mode)
    held_by = rows.claim_key(session, *claim)
    if held_by is not None:
        raise _HeldError(held_by)


def _as_sealed(session: Any, office: Office, beginning: Beginning, claimed: Claimed) -> Beginning:
    """A start that was sealed on rules that changed before it was sent goes on as it was sealed."""
    envelope: Any = claimed.act["envelope"]
    sealed_on = str(envelope["pinned_sha"])
    if sealed_on == beginning.model.pinned_sha:
        return beginning
    pinned = rows.pinned(session, sealed_on)
    assert pinned is not None, "the claim kept the pinned set in the same transaction"
    model = office.keep_model(sealed_on, pinned)
    scope = Lazy({"start": lambda: beginning.values})
    key = None if model.key is None else str(evaluate(model.key, scope).value)
    return replace(beginning, model=model, pinned=pinned, key=key)


def _in_use(key: str | None, held_by: str) -> Refusal:
    zh = f"单号“{key}”已有进行中的案例 {held_by}；请打开它，不要重复发起。"
    en = f"'{key}' has a running case already, {held_by}; open that one instead of starting another."
    return Refusal(409, "key_in_use", Text(zh, en), facts={"case": held_by})


def _given(office: Office, beginning: Beginning, claimed: Claimed) -> JsonObject:
    keys: dict[str, Any] = dict(office.keys.public)
    started: JsonObject = {
        "case_id": claimed.case_id,
        "company": office.company,
        "site": beginning.site,
        "mode": beginning.mode,
        "business_key": beginning.key,
        "keys": keys,
        "act": claimed.act,
    }
    parent: Any = claimed.act["envelope"]["facts"].get("parent")
    if parent is not None:
        started["parent"] = parent
    return {
        "engine_rev": ENGINE_REV,
        "pinned": beginning.pinned,
        "started": started,
        "continue_after": office.continue_after,
    }


def _searched(beginning: Beginning) -> dict[str, str]:
    model = beginning.model
    return {
        "process": model.process,
        "version": model.version,
        "site": beginning.site,
        "state": "running",
        "mode": beginning.mode,
    }


async def _wait(office: Office, case_id: str, model: Model) -> JsonObject:
    """The case is there when its first wave is in the database."""
    loop = asyncio.get_running_loop()
    deadline, pause = loop.time() + START_SECONDS, FIRST_LOOK
    while loop.time() < deadline:
        await asyncio.sleep(pause)
        case = await office.db.glance(rows.case, case_id)
        if case is not None:
            view: Any = case_view(case)
            return view
        pause = LOOK_AGAIN
    return {"id": case_id, "definition": model.process, "version": model.version, "recorded": True}


async def started_view(office: Office, case_id: str) -> JsonObject:
    """What a start answers, now and whenever it is repeated."""
    case = await office.db.reading(rows.case, case_id)
    if case is None:
        return {"id": case_id, "recorded": True}
    view: Any = case_view(case)
    return view
