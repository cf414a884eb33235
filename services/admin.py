"""Accounts, posts, tokens, devices and places. Who runs the system has no business right in it, and every change is
in the admin stream before it is answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from domain import roles as role_words
from domain.errors import Refusal, Text
from domain.json_types import Json, JsonObject
from records import accounts as rows
from records import organisation
from records import people as people_rows
from records.people import Account, RoleGrant
from services import access, links, notices, people
from services.actor import Actor
from services.admin_laws import ADMIN, READERS, changing, existing, invalid, need, not_oneself, told
from services.notices import CONFIRMERS
from services.office import Office
from services.refusals import forbidden, not_found, refuse

USERNAME = re.compile(r"(?!(?:system|anonymous|terminal|everyone)$)[a-z][a-z0-9._-]{1,39}")
"""Names of the system itself stand in records for nobody; an account of that name would be believed to be the system."""


@dataclass(frozen=True)
class Person:
    """What is entered about an account."""

    username: str
    name: str
    name_en: str = ""
    department: str | None = None
    superior: str | None = None
    lang: str | None = None


@dataclass(frozen=True)
class Post:
    """A role at a site (``None``: everywhere) from one day to another, both included."""

    role: str
    site: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


# ------------------------------------------------------------------ looking


async def accounts(office: Office, actor: Actor) -> list[JsonObject]:
    """Every account with its posts of today, by username."""
    await need(office, actor, READERS, {"action": "read_accounts"})
    found = await office.db.reading(rows.with_grants)
    await people.note_reading(office, actor, "accounts", {})
    today = office.now()[:10]
    return [account_view(account, grants, today) for account, grants in found]


async def account(office: Office, actor: Actor, username: str) -> JsonObject:
    """One account: posts of all times, sessions, tokens. A person may look at their own."""
    about: JsonObject = {"action": "read_account", "subject": username}
    if actor.id != username:
        await need(office, actor, READERS, about)
    found = await existing(office, actor, username, about)
    grants = await office.db.reading(rows.grants_of, username)
    view = account_view(found, grants, office.now()[:10])
    return {
        **view,
        "grants": [grant_view(grant) for grant in grants],
        "sessions": [*await access.sessions(office, actor, username)],
        "tokens": [*await access.tokens(office, actor, username)],
    }


def account_view(found: Account, grants: list[RoleGrant], today: str) -> JsonObject:
    """An account as lists show it; secrets are only said to be there."""
    posts: list[Json] = [grant_view(grant) for grant in grants if _in_force(grant, today)]
    return {
        "username": found.username,
        "name": found.name,
        "name_en": found.name_en or found.name,
        "language": found.lang,
        "department": found.department,
        "superior": found.superior,
        "disabled": found.disabled,
        "must_change": found.must_change,
        "signing_blocked": found.signing_blocked,
        "has_password": found.password_hash is not None,
        "has_badge": found.badge_hash is not None,
        "has_pin": found.pin_hash is not None,
        "created_at": found.created_at,
        "created_by": found.created_by,
        "posts": posts,
    }


def grant_view(grant: RoleGrant) -> JsonObject:
    """A post: which role, where, from when to when, who gave and who took it."""
    return {
        "id": grant.id,
        "role": grant.role,
        "title": role_words.role_text(grant.role).as_json(),
        "site": grant.site,
        "valid_from": grant.valid_from,
        "valid_to": grant.valid_to,
        "granted_by": grant.granted_by,
        "granted_at": grant.granted_at,
        "revoked_by": grant.revoked_by,
        "revoked_at": grant.revoked_at,
    }


def _in_force(grant: RoleGrant, today: str) -> bool:
    ends = grant.valid_to or "9999-12-31"
    return grant.revoked_at is None and grant.valid_from <= today <= ends


# ------------------------------------------------------------------ accounts


async def create(office: Office, actor: Actor, person: Person) -> JsonObject:
    """A new account and the one-time link with which its owner sets the password: ``{…account, link, expires_at}``."""
    about = await changing(office, actor, "account_created", person.username, name=person.name)
    if not USERNAME.fullmatch(person.username) or not person.name.strip():
        zh = "账号须为 2–40 个小写字母、数字或 . _ -，以字母开头，不能是 system 等系统保留名；姓名必填。"
        en = "A username has 2–40 lower-case letters, digits or . _ -, beginning with a letter; not the system's own; a name is needed."
        await invalid(office, actor, "invalid_account", zh, en, about)
    if await office.db.reading(people_rows.account, person.username) is not None:
        text = Text("这个账号已有人用过，账号永不重用。", "This username is taken; usernames are never used again.")
        await refuse(office, actor, Refusal(409, "account_exists", text), about)
    await _places_exist(office, actor, person, about)
    row = Account(**_columns(person), created_at=office.now(), created_by=actor.id, must_change=True)
    await office.db.writing(_add, row, actor, about, office.now())
    link = await links.issue(office, "first_password", person.username)
    return {**await account(office, actor, person.username), **link}


async def _places_exist(office: Office, actor: Actor, person: Person, about: JsonObject) -> None:
    departments = {each.key for each in await office.db.reading(organisation.departments)}
    if person.department is not None and person.department not in departments:
        why = f"没有部门“{person.department}”。", f"There is no department '{person.department}'."
        await invalid(office, actor, "unknown_department", *why, about)
    if person.superior is not None:
        known = await office.db.reading(people_rows.account, person.superior)
        if known is None or person.superior == person.username:
            why = "上级须是另一个已有的账号。", "The superior has to be another account that exists."
            await invalid(office, actor, "unknown_superior", *why, about)


def _columns(person: Person) -> dict[str, Any]:
    return {
        "username": person.username,
        "name": person.name.strip(),
        "name_en": person.name_en.strip(),
        "department": person.department,
        "superior": person.superior,
        "lang": person.lang if person.lang in ("zh", "en") else None,
    }


def _add(session: Session, row: Account, actor: Actor, about: JsonObject, now: str) -> None:
    session.add(row)
    session.flush()
    told(session, actor, about, now)


async def update(office: Office, actor: Actor, person: Person) -> JsonObject:
    """Change names, department, superior or language; the admin stream keeps old and new."""
    about = await changing(office, actor, "account_changed", person.username)
    await existing(office, actor, person.username, about)
    await _places_exist(office, actor, person, about)
    await office.db.writing(_update, person, actor, about, office.now())
    return await account(office, actor, person.username)


def _update(session: Session, person: Person, actor: Actor, about: JsonObject, now: str) -> None:
    row = people_rows.account(session, person.username)
    assert row is not None, "accounts are never deleted"
    changes: JsonObject = {}
    for name, value in _columns(person).items():
        if getattr(row, name) != value:
            changes[name] = [getattr(row, name), value]
            setattr(row, name, value)
    session.add(row)
    told(session, actor, {**about, "changes": changes}, now)


async def disable(office: Office, actor: Actor, username: str, reason: str) -> JsonObject:
    """Nobody logs in with it any more, and its sessions and tokens end now; the name stays in every record."""
    about = await changing(office, actor, "account_disabled", username, reason=reason.strip())
    await existing(office, actor, username, about)
    await not_oneself(office, actor, username, about)
    await office.db.writing(_disable, username, True, actor, about, office.now())
    return await account(office, actor, username)


async def enable(office: Office, actor: Actor, username: str, reason: str) -> JsonObject:
    """Open a disabled account again."""
    about = await changing(office, actor, "account_enabled", username, reason=reason.strip())
    await existing(office, actor, username, about)
    await not_oneself(office, actor, username, about)
    await office.db.writing(_disable, username, False, actor, about, office.now())
    return await account(office, actor, username)


def _disable(session: Session, username: str, disabled: bool, actor: Actor, about: JsonObject, now: str) -> None:
    rows.change(session, username, disabled=disabled)
    if disabled:
        rows.end_access(session, username, now)
    told(session, actor, about, now)


# ------------------------------------------------------------------ posts


async def grant(office: Office, actor: Actor, username: str, post: Post) -> JsonObject:
    """Give a post, from today or another day. Nobody gives one to oneself, and whoever runs the system gets no other."""
    today = office.now()[:10]
    begins = post.valid_from or today
    what: dict[str, Json] = {"role": post.role, "site": post.site, "valid_from": begins, "valid_to": post.valid_to}
    about = await changing(office, actor, "post_granted", username, **what)
    await existing(office, actor, username, about)
    await not_oneself(office, actor, username, about)
    await _post_exists(office, actor, post, begins, about)
    await _kept_apart(office, actor, username, post.role, about)
    row = RoleGrant(
        account=username,
        role=post.role,
        site=post.site,
        valid_from=begins,
        valid_to=post.valid_to,
        granted_by=actor.id,
        granted_at=office.now(),
    )
    await office.db.writing(_grant, row, actor, about, office.now())
    return await account(office, actor, username)


async def _post_exists(office: Office, actor: Actor, post: Post, begins: str, about: JsonObject) -> None:
    sites = {each.key for each in await office.db.reading(organisation.sites)}
    if post.role not in role_words.ROLES:
        why = f"没有岗位“{post.role}”。", f"There is no post '{post.role}'."
        await invalid(office, actor, "unknown_role", *why, about)
    if post.site is not None and post.site not in sites:
        await invalid(
            office, actor, "unknown_site", f"没有机构“{post.site}”。", f"There is no site '{post.site}'.", about
        )
    if not _is_day(begins) or (post.valid_to is not None and not (_is_day(post.valid_to) and post.valid_to >= begins)):
        zh, en = "日期须为 YYYY-MM-DD，且止期不早于起期。", "Days are YYYY-MM-DD, and the last is not before the first."
        await invalid(office, actor, "bad_days", zh, en, about)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


async def _kept_apart(office: Office, actor: Actor, username: str, role: str, about: JsonObject) -> None:
    """GSP 18: quality decides independently, so the system's administrator holds no business or quality post."""
    grants = await office.db.reading(rows.grants_of, username)
    held = {each.role for each in grants if each.revoked_at is None}
    if (role == ADMIN and held - {ADMIN}) or (role != ADMIN and ADMIN in held):
        why = forbidden(
            "系统管理员不得兼任业务或质量岗位；请先收回另一岗位，或用两个账号。",
            "Whoever administers the system holds no business or quality post; revoke the other one first.",
            rule="admin_apart",
            who_can=(ADMIN,),
        )
        await refuse(office, actor, why, about)


def _grant(session: Session, row: RoleGrant, actor: Actor, about: JsonObject, now: str) -> None:
    session.add(row)
    session.flush()
    number = told(session, actor, {**about, "grant": row.id}, now)
    notices.post_was_given(session, f"admin/{number}", row, now)


async def revoke(office: Office, actor: Actor, grant_id: int, reason: str) -> JsonObject:
    """Take a post away from now on."""
    about = await changing(office, actor, "post_revoked", str(grant_id), grant=grant_id, reason=reason.strip())
    found = await office.db.reading(rows.grant, grant_id)
    if found is None or found.revoked_at is not None:
        why = not_found("没有这项任职，或已收回。", "There is no such post, or it was taken back before.")
        await refuse(office, actor, why, about)
    about = {**about, "subject": found.account, "role": found.role, "site": found.site}
    await not_oneself(office, actor, found.account, about)
    await office.db.writing(_revoke, grant_id, actor, about, office.now())
    return await account(office, actor, found.account)


async def set_end(office: Office, actor: Actor, grant_id: int, valid_to: str | None, reason: str) -> JsonObject:
    """Give a post another last day (``None``: no end): temporary staff stay longer, or leave earlier."""
    about = await changing(office, actor, "post_end_set", str(grant_id), grant=grant_id, reason=reason.strip())
    found = await office.db.reading(rows.grant, grant_id)
    if found is None or found.revoked_at is not None:
        why = not_found("没有这项任职，或已收回。", "There is no such post, or it was taken back before.")
        await refuse(office, actor, why, about)
    about = {**about, "subject": found.account, "role": found.role, "site": found.site, "was": found.valid_to}
    await not_oneself(office, actor, found.account, about)
    if valid_to is not None and not (_is_day(valid_to) and valid_to >= found.valid_from):
        zh, en = "日期须为 YYYY-MM-DD，且不早于起期。", "A day is YYYY-MM-DD, and not before the first."
        await invalid(office, actor, "bad_days", zh, en, about)
    await office.db.writing(_set_end, grant_id, valid_to, actor, {**about, "valid_to": valid_to}, office.now())
    return await account(office, actor, found.account)


def _set_end(session: Session, grant_id: int, valid_to: str | None, actor: Actor, about: JsonObject, now: str) -> None:
    row = rows.grant(session, grant_id)
    if row is not None and row.revoked_at is None:
        row.valid_to = valid_to
        session.add(row)
        told(session, actor, about, now)


def _revoke(session: Session, grant_id: int, actor: Actor, about: JsonObject, now: str) -> None:
    if people_rows.revoke(session, grant_id, actor.id, now):
        told(session, actor, about, now)


# ------------------------------------------------------------------ passwords


async def reset_password(office: Office, actor: Actor, username: str, reason: str) -> JsonObject:
    """The old password, sessions and tokens end now; the answer carries the one-time link for a new one.

    Signing stays blocked until the person has set it and quality confirmed: ``{username, link, expires_at}``.
    """
    about = await changing(office, actor, "password_reset", username, reason=reason.strip())
    await existing(office, actor, username, about)
    await not_oneself(office, actor, username, about)
    held = (await office.db.reading(people_rows.roles_on, username, office.now()[:10])).values()
    sites = sorted({site for each in held for site in each})
    await office.db.writing(_reset, username, sites, actor, about, office.now())
    return {"username": username, **await links.issue(office, "reset_password", username)}


def _reset(session: Session, username: str, sites: list[str], actor: Actor, about: JsonObject, now: str) -> None:
    rows.change(session, username, password_hash=None, must_change=True, signing_blocked=True)
    rows.end_access(session, username, now)
    number = told(session, actor, about, now)
    notices.password_was_reset(session, f"admin/{number}", username, sites, now)


async def confirm_signing(office: Office, actor: Actor, username: str) -> JsonObject:
    """Quality vouches that the new password is the person's own: from now on it signs again."""
    about: JsonObject = {"action": "signing_confirmed", "subject": username}
    await need(office, actor, CONFIRMERS, about)
    found = await existing(office, actor, username, about)
    if actor.id == username:
        why = forbidden("不能为自己确认。", "Nobody confirms oneself.", rule="not_oneself", who_can=CONFIRMERS)
        await refuse(office, actor, why, about)
    if found.must_change or found.password_hash is None:
        text = Text("本人还没有设置新密码。", "The person has not set a new password yet.")
        await refuse(office, actor, Refusal(409, "password_not_set", text), about)
    await office.db.writing(_confirm, username, actor, about, office.now())
    return {"username": username, "signing_blocked": False}


def _confirm(session: Session, username: str, actor: Actor, about: JsonObject, now: str) -> None:
    rows.change(session, username, signing_blocked=False)
    number = told(session, actor, about, now)
    notices.signing_was_confirmed(session, f"admin/{number}", username, now)
