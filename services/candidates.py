"""Whom a person may choose for a verb: everybody with a post at the site, and why somebody cannot be chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlmodel import Session

from domain.errors import Refusal
from domain.json_types import Json, JsonObject
from records import people as rows
from services.acting import Intent
from services.actor import Actor
from services.desk import Desk, open_desk
from services.folded import Folded, folded, stands_against
from services.office import Office
from services.tasks import intent_at
from services.verbs import person_at, unfit
from workflows.engine import laws_of_verbs as of_verbs

PEOPLE_MAX = 50
_UNSAID = frozenset({of_verbs.has_reason, of_verbs.asks_something})


async def people_for(office: Office, actor: Actor, task_id: str, verb: str, q: str = "") -> list[JsonObject]:
    """``[{id, name, name_en, posts, why_not}]``: who may be chosen first, then the others; at most 50 that match."""
    desk = await open_desk(office, actor, task_id, f"people_{verb}")
    return await office.db.reading(_found, office, actor, desk, verb, q.strip().casefold())


def _found(session: Session, office: Office, actor: Actor, desk: Desk, verb: str, q: str) -> list[JsonObject]:
    known = folded(session, office, desk.case.id)
    intent = intent_at(desk, verb, "", actor, desk.about)
    found: list[JsonObject] = []
    for account in rows.accounts(session):
        there = person_at(session, account.username, desk.case.site, office.now())
        if there is None or not there[1] or account.username == actor.id:
            continue
        person, held = there
        if _fits(person, q):
            why = _why_not(session, office, actor, (desk, known), replace(intent, values={"to": person}), held)
            posts: list[Json] = [*held]
            found.append({**person, "posts": posts, "why_not": why.message.as_json() if why else None})
    found.sort(key=lambda one: (one["why_not"] is not None, str(one["name"])))
    return found[:PEOPLE_MAX]


def _fits(person: JsonObject, q: str) -> bool:
    """Whether what is typed is part of the account or of the name, in characters or in pinyin with or without spaces."""
    words = f"{person['id']} {person['name']} {person['name_en']}".casefold()
    return q in words or q.replace(" ", "") in words.replace(" ", "")


def _why_not(
    session: Session, office: Office, actor: Actor, at: tuple[Desk, Folded], intent: Intent, held: list[str]
) -> Refusal | None:
    desk, known = at
    values: Any = {**intent.values, "position": "before"} if intent.action == "add_signer" else intent.values
    tried = replace(intent, values=values, facts={**intent.facts, "to_roles": [*held]})
    why = stands_against(office, actor, known, tried, _UNSAID)
    if why is None and intent.action in ("transfer", "delegate"):
        return unfit(session, office, desk, str(values["to"]["id"]), held)
    return why
