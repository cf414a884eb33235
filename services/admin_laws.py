"""The laws of administration: who may change what, never for oneself, everything told to the admin stream."""

from __future__ import annotations

from typing import NoReturn

from sqlmodel import Session

from domain import roles as role_words
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from records import audit
from records import people as people_rows
from records.people import Account
from services.actor import Actor
from services.office import Office
from services.refusals import forbidden, not_found, refuse

ADMIN = "it_admin"
READERS = (ADMIN, "hr", "quality_staff", "quality_director", "company_head", "auditor", "guest_auditor")
"""Who may look at accounts; only the administrator changes them."""


async def need(office: Office, actor: Actor, wanted: tuple[str, ...], about: JsonObject) -> None:
    """Refuse whoever holds none of ``wanted``."""
    if any(actor.has(role) for role in wanted):
        return
    zh = "、".join(role_words.role_text(role).zh for role in wanted)
    en = ", ".join(role_words.role_text(role).en for role in wanted)
    await refuse(office, actor, forbidden(f"这须由{zh}来做。", f"This is for: {en}.", who_can=wanted), about)


async def changing(office: Office, actor: Actor, action: str, subject: str, **more: Json) -> JsonObject:
    """What is about to be done, once it is known that the actor may."""
    about: JsonObject = {"action": action, "subject": subject, **more}
    await need(office, actor, (ADMIN,), about)
    return about


async def not_oneself(office: Office, actor: Actor, username: str, about: JsonObject) -> None:
    """Refuse what nobody may do to their own account."""
    if actor.id == username:
        why = forbidden(
            "不能对自己的账号做这项操作，请由另一位系统管理员办理。",
            "Not for one's own account; another administrator has to do it.",
            rule="not_oneself",
            who_can=(ADMIN,),
        )
        await refuse(office, actor, why, about)


async def existing(office: Office, actor: Actor, username: str, about: JsonObject) -> Account:
    """The account; refuses an unknown name."""
    found = await office.db.reading(people_rows.account, username)
    if found is None:
        why = not_found(f"没有账号“{username}”。", f"There is no account '{username}'.")
        await refuse(office, actor, why, about)
    return found


async def invalid(office: Office, actor: Actor, code: str, zh: str, en: str, about: JsonObject) -> NoReturn:
    """Refuse what was entered."""
    await refuse(office, actor, Refusal(422, code, Text(zh, en)), about)


def told(session: Session, actor: Actor, about: JsonObject, now: str) -> int:
    """Put what was done into the admin stream, in the same transaction; returns its number there."""
    payload: JsonObject = {key: value for key, value in about.items() if key not in ("action", "subject")}
    return audit.append(session, audit.ADMIN, actor.id, str(about["action"]), str(about["subject"]), payload, now)[0]
