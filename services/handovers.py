"""A leaver's work: what is in the hands of somebody who goes, who could take it over, and handing it over."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from domain.canonical import digest
from domain.errors import Refusal
from domain.json_types import JsonObject
from records import deputies as deputy_rows
from records import inbox
from records import people as people_rows
from services import deputies, people
from services.actor import Actor
from services.admin_laws import READERS, existing, need
from services.case_rows import task_view
from services.desk import desk_for, refusal_before
from services.office import Office
from services.refusals import forbidden
from services.several import one_of_several
from services.verbs import Wish, act
from workflows.engine.laws_of_verbs import HANDS_OVER

TASKS_MAX = 500


async def preview(office: Office, actor: Actor, leaver: str, to: str | None = None) -> JsonObject:
    """``{leaver, to, tasks: [{…task, can_take, why_not, candidates}], rules, posts}``: every open task that the leaver has
    claimed, and with ``to`` whether that person may take it."""
    about: JsonObject = {"action": "read_handover", "subject": leaver, "to": to}
    if not await office.db.reading(deputies.is_superior, actor.id, leaver):
        await need(office, actor, (*READERS, "department_manager"), about)
    await existing(office, actor, leaver, about)
    other = None
    if to is not None:
        await existing(office, actor, to, about)
        other = await people.actor_named(office, to)
    await people.note_reading(office, actor, f"handover/{leaver}", {})
    return await office.db.reading(_preview, office, leaver, to, other)


async def hand_over(
    office: Office, actor: Actor, leaver: str, to: str, reason: str, key: str | None = None
) -> list[JsonObject]:
    """离职转办: everything that ``leaver`` has goes to ``to``; each task judged alone, failures stay with their reasons."""
    about: JsonObject = {"action": "hand_over", "subject": leaver, "to": to}
    above = await office.db.reading(deputies.is_superior, actor.id, leaver)
    if not above:
        await need(office, actor, tuple(sorted(HANDS_OVER)), about)
    await existing(office, actor, leaver, about)
    await existing(office, actor, to, about)
    found: list[JsonObject] = []
    for row in await office.db.reading(inbox.held_by, leaver):
        wish = Wish("hand_over", reason=reason, to=to, facts={"hands_over": leaver, "superior": above})
        act_id = digest("hand_over", [key, row["id"]])[:40] if key else None
        found.append(await one_of_several(row["id"], act(office, actor, row["id"], wish, act_id)))
    return found


def _preview(session: Session, office: Office, leaver: str, to: str | None, other: Actor | None) -> JsonObject:
    now = office.now()
    held = inbox.page(session, inbox.InboxQuery(account=leaver, scope="mine", limit=inbox.PAGE_MAX)).items
    tasks: list[Any] = [_told(session, office, row, leaver, to, other) for row in held[:TASKS_MAX]]
    rules: list[Any] = [
        {"id": row.id, "principal": row.principal, "deputy": row.deputy, "ends": row.ends}
        for row in deputy_rows.of_person(session, leaver)
        if row.ended_at is None and row.ends > now
    ]
    posts: list[Any] = [
        {"id": one.id, "role": one.role, "site": one.site, "valid_to": one.valid_to}
        for one in people_rows.grants_on(session, leaver, now[:10])
    ]
    return {"leaver": leaver, "to": to, "tasks": tasks, "rules": rules, "posts": posts}


def _told(session: Session, office: Office, row: Any, leaver: str, to: str | None, other: Actor | None) -> JsonObject:
    why = _why_not(session, office, row, leaver, other) if to is not None else None
    holders = people.holders_of(session, row["roles"], row["site"], office.now(), row["definition"])
    view: Any = task_view(row)
    candidates: list[Any] = [one for one in holders if one["id"] != leaver and not one["for"]]
    return {
        **view,
        "can_take": to is not None and why is None,
        "why_not": why.message.as_json() if why else None,
        "candidates": candidates,
    }


def _why_not(session: Session, office: Office, row: Any, leaver: str, other: Actor | None) -> Refusal | None:
    """Why a person could not take a task once it is free; the claim of the leaver is no hindrance."""
    if other is None:
        return forbidden("账号已停用。", "The account is closed.")
    if other.id == leaver:
        return forbidden("不能移交给本人。", "Nobody hands over to themselves.")
    desk = desk_for(session, office, other, row["id"])
    return refusal_before(other, desk.freed(), "claim") if desk else None
