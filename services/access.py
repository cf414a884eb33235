"""What people get in with: badges and PINs, sessions, API tokens, shared tablets."""

from __future__ import annotations

import re

from sqlmodel import Session

from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from records import accounts as rows
from records import organisation
from records import people as people_rows
from records.people import Device
from services import credentials, links, people
from services.actor import Actor
from services.admin_laws import ADMIN, READERS, changing, existing, invalid, need, told
from services.office import Office
from services.refusals import not_found, refuse

PIN = re.compile(r"[0-9]{4,12}")


async def set_badge(office: Office, actor: Actor, username: str, badge: str | None) -> JsonObject:
    """Give a badge, or take it away with ``None``. A badge names one person; the PIN is the person's own to set."""
    about = await changing(office, actor, "badge_set" if badge else "badge_removed", username)
    await existing(office, actor, username, about)
    hashed = credentials.badge_hash(badge) if badge and badge.strip() else None
    holder = await office.db.reading(people_rows.account_by_badge, hashed) if hashed else None
    if holder is not None and holder.username != username:
        text = Text(f"这张工牌是 {holder.name} 的。", f"This badge is {holder.name_en or holder.name}'s.")
        await refuse(office, actor, Refusal(409, "badge_taken", text), about)
    await office.db.writing(_badge, username, hashed, actor, about, office.now())
    return {"username": username, "has_badge": hashed is not None, "has_pin": False}


def _badge(session: Session, username: str, hashed: str | None, actor: Actor, about: JsonObject, now: str) -> None:
    rows.change(session, username, badge_hash=hashed, pin_hash=None)
    told(session, actor, about, now)


async def set_pin(office: Office, actor: Actor, password: str, pin: str) -> None:
    """A person's own PIN for badge and tablet, proved with the password."""
    about: JsonObject = {"action": "pin_set", "subject": actor.id}
    if not PIN.fullmatch(pin):
        await invalid(office, actor, "bad_pin", "PIN 须为 4–12 位数字。", "A PIN is 4–12 digits.", about)
    await links.prove_password(office, actor, password, about)
    await office.db.writing(_pin, actor, await credentials.make_hash(pin), about, office.now())


def _pin(session: Session, actor: Actor, hashed: str, about: JsonObject, now: str) -> None:
    rows.change(session, actor.id, pin_hash=hashed)
    told(session, actor, about, now)


async def sessions(office: Office, actor: Actor, username: str) -> list[JsonObject]:
    """The sessions of an account that have not ended; the administrator sees all, a person their own."""
    about: JsonObject = {"action": "read_sessions", "subject": username}
    if actor.id != username:
        await need(office, actor, READERS, about)
    found = await office.db.reading(rows.sessions_of, username)
    return [
        {
            "id": row.token_hash[:16],
            "method": row.method,
            "created_at": row.created_at,
            "seen_at": row.seen_at,
            "locked": row.locked_at is not None,
            "shared_device": row.device is not None,
            "this_one": row.token_hash == actor.session_id,
        }
        for row in found
    ]


async def end_sessions(office: Office, actor: Actor, username: str) -> None:
    """Log an account out everywhere; the administrator for anybody, a person for oneself."""
    about: JsonObject = {"action": "sessions_ended", "subject": username}
    if actor.id != username:
        await need(office, actor, (ADMIN,), about)
    await office.db.writing(_end_sessions, username, actor, about, office.now())


def _end_sessions(session: Session, username: str, actor: Actor, about: JsonObject, now: str) -> None:
    people_rows.end_logins_of(session, username, now)
    told(session, actor, about, now)


async def tokens(office: Office, actor: Actor, username: str) -> list[JsonObject]:
    """The API tokens of an account, without the tokens themselves."""
    about: JsonObject = {"action": "read_tokens", "subject": username}
    if actor.id != username:
        await need(office, actor, READERS, about)
    now = office.now()
    return [
        {
            "id": row.id,
            "name": row.name,
            "scopes": row.scopes,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "revoked_at": row.revoked_at,
            "valid": row.revoked_at is None and (row.expires_at is None or row.expires_at > now),
        }
        for row in await office.db.reading(rows.tokens_of, username)
    ]


async def issue_token(office: Office, actor: Actor, name: str, expires_at: str | None, password: str) -> JsonObject:
    """A named API token of one's own, shown this once: ``{token, …}``. It does what its owner may do."""
    about: JsonObject = {"action": "token_issued", "subject": actor.id}
    if not name.strip():
        await invalid(office, actor, "name_missing", "请给令牌取名。", "Give the token a name.", about)
    await links.prove_password(office, actor, password, about)
    token = await people.make_token(office, actor.id, name.strip()[:80], (), expires_at)
    return {"token": token, "name": name.strip()[:80], "expires_at": expires_at}


async def revoke_token(office: Office, actor: Actor, token_id: str) -> None:
    """End a token: one's own, or as administrator anybody's."""
    about: JsonObject = {"action": "token_revoked", "subject": token_id}
    found = await office.db.reading(rows.token, token_id)
    if found is None or (found.account != actor.id and not actor.has(ADMIN)):
        await refuse(office, actor, not_found("没有这个令牌。", "There is no such token."), about)
    ended: JsonObject = {**about, "subject": found.account, "token": found.id, "name": found.name}
    await office.db.writing(_revoke_token, token_id, actor, ended, office.now())


def _revoke_token(session: Session, token_id: str, actor: Actor, about: JsonObject, now: str) -> None:
    if rows.revoke_token(session, token_id, now):
        told(session, actor, about, now)


# ------------------------------------------------------------------ shared tablets


async def devices(office: Office, actor: Actor) -> list[JsonObject]:
    """Shared tablets, retired ones too."""
    await need(office, actor, READERS, {"action": "read_devices"})
    return [device_view(row) for row in await office.db.reading(rows.devices)]


def device_view(row: Device) -> JsonObject:
    """A tablet without its token."""
    return {
        "id": row.token_hash[:16],
        "name": row.name,
        "site": row.site,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "retired_at": row.retired_at,
    }


async def register_device(office: Office, actor: Actor, name: str, site: str | None) -> JsonObject:
    """Make the browser in use a shared tablet of a site; ``token`` goes into its device cookie, shown this once."""
    about = await changing(office, actor, "device_registered", name.strip()[:80], site=site)
    if not name.strip():
        await invalid(office, actor, "name_missing", "请给设备取名。", "Give the device a name.", about)
    if site is not None and await office.db.reading(organisation.site, site) is None:
        await invalid(office, actor, "unknown_site", f"没有机构“{site}”。", f"There is no site '{site}'.", about)
    token, now = credentials.new_token(), office.now()
    row = Device(
        token_hash=credentials.token_hash(token), site=site, name=name.strip()[:80], created_at=now, created_by=actor.id
    )
    view = device_view(row)
    await office.db.writing(_add_device, row, actor, {**about, "device": view["id"]}, now)
    return {**view, "token": token}


def _add_device(session: Session, row: Device, actor: Actor, about: JsonObject, now: str) -> None:
    session.add(row)
    told(session, actor, about, now)


async def retire_device(office: Office, actor: Actor, device: str) -> None:
    """From now on the tablet is no shared one any more."""
    about = await changing(office, actor, "device_retired", device)
    if len(device) < 16 or not await office.db.writing(_retire_device, device, actor, about, office.now()):
        await refuse(office, actor, not_found("没有这台设备。", "There is no such device in use."), about)


def _retire_device(session: Session, device: str, actor: Actor, about: JsonObject, now: str) -> bool:
    found = rows.retire_device(session, device, now)
    if found is not None:
        told(session, actor, {**about, "name": found.name}, now)
    return found is not None
