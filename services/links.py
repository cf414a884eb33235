"""One-time links: how a person comes to a password without anybody else knowing it; changing one's own."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from domain.clock import to_text
from domain.errors import Fault, GspError, Refusal, Text
from domain.json_types import JsonObject
from records import accounts as rows
from records import audit
from records import people as people_rows
from records.people import SetupLink
from services import credentials, people
from services.actor import Actor
from services.office import Office
from services.refusals import refuse

LINK_HOURS = 72
PATH = "/setup/"
"""Where the web application serves a link: ``/setup/<token>``."""


async def issue(office: Office, purpose: str, username: str | None) -> JsonObject:
    """A link that works once, for 72 hours; older ones of the account no longer do: ``{link, expires_at}``.

    ``purpose``: ``first_account``, ``first_password`` or ``reset_password``.
    """
    token, now = credentials.new_token(), office.now()
    row = SetupLink(
        token_hash=credentials.token_hash(token),
        account=username,
        purpose=purpose,
        created_at=now,
        expires_at=to_text(office.clock() + timedelta(hours=LINK_HOURS)),
    )
    expires = row.expires_at
    await office.db.writing(_add, row, now)
    return {"link": f"{office.public_url.rstrip('/')}{PATH}{token}", "expires_at": expires}


def _add(session: Session, row: SetupLink, now: str) -> None:
    rows.void_links(session, row.account, now)
    session.add(row)


async def look(office: Office, token: str) -> JsonObject | None:
    """What a link is for: ``{purpose, username, name}``; ``None`` when it is unknown, used or too old."""
    return await office.db.reading(_look, credentials.token_hash(token), office.now())


def _look(session: Session, hashed: str, now: str) -> JsonObject | None:
    found = rows.link(session, hashed, now)
    if found is None:
        return None
    account = people_rows.account(session, found.account) if found.account else None
    return {"purpose": found.purpose, "username": found.account, "name": account.name if account else None}


async def set_password(office: Office, token: str, password: str) -> str:
    """Use a link up and set the account's password; returns the username.

    Raises ``GspError`` ``link_used`` for a link that does not work, ``bad_password`` for a password that is not taken.
    """
    require_good(office, password)
    hashed, now = await credentials.make_hash(password), office.now()
    username = await office.db.writing(_use, credentials.token_hash(token), hashed, now)
    if username is None:
        raise link_used()
    return username


def link_used() -> GspError:
    """The link is unknown, used or too old."""
    return GspError(
        "link_used",
        "这个链接已用过或已过期，请向系统管理员另要一个。",
        "This link was used or has expired; ask the administrator for another.",
    )


def require_good(office: Office, password: str) -> None:
    """Raise ``GspError`` ``bad_password`` for a password that is not taken."""
    fault = credentials.policy_fault(password, demo=office.demo)
    if fault is not None:
        raise GspError("bad_password", *fault)


def _use(session: Session, token_hash: str, password_hash: str, now: str) -> str | None:
    found = people_rows.use_setup_link(session, token_hash, now)
    if found is None or found.account is None:
        return None
    rows.change(session, found.account, password_hash=password_hash, must_change=False)
    people_rows.forget_failures(session, f"account/{found.account}")
    payload: JsonObject = {"purpose": found.purpose}
    audit.append(session, audit.ADMIN, found.account, "password_set", found.account, payload, now)
    return found.account


async def change_password(office: Office, actor: Actor, old: str, new: str) -> None:
    """A person's own new password; every other session of theirs ends."""
    about: JsonObject = {"action": "password_changed", "subject": actor.id}
    await prove_password(office, actor, old, about)
    fault = credentials.policy_fault(new, demo=office.demo)
    if fault is not None:
        wrong = Fault("/new", "bad_password", Text(*fault))
        await refuse(office, actor, Refusal(422, "bad_password", Text(*fault), faults=(wrong,)), about)
    await office.db.writing(_change, actor, await credentials.make_hash(new), office.now())


def _change(session: Session, actor: Actor, hashed: str, now: str) -> None:
    rows.change(session, actor.id, password_hash=hashed, must_change=False)
    rows.end_other_logins(session, actor.id, actor.session_id, now)
    audit.append(session, audit.ADMIN, actor.id, "password_changed", actor.id, {}, now)


async def prove_password(office: Office, actor: Actor, password: str, about: JsonObject) -> None:
    """Refuse with 401, on record and counted, unless the password is the actor's; for account matters, not to sign."""
    since = to_text(office.clock() - timedelta(minutes=people.TRIES_MINUTES))
    tried = await office.db.reading(people_rows.failures_since, f"account/{actor.id}", since)
    if tried >= people.TRIES_MAX:
        zh, en = "尝试次数过多，请十分钟后再试。", "Too many attempts; try again in ten minutes."
        await refuse(office, actor, Refusal(401, "login_locked", Text(zh, en), rule="signature"), about)
    account = await office.db.reading(people_rows.account, actor.id)
    if await credentials.matches(password, account.password_hash if account else None):
        return
    await office.db.writing(people_rows.count_failure, f"account/{actor.id}", office.now())
    text = Text("当前密码不正确。", "The present password is not right.")
    await refuse(office, actor, Refusal(401, "bad_signature_proof", text, rule="signature"), about)
