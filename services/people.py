"""Who is there: logging in and out, locking, sessions and tokens, proving identity again to sign."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from domain import roles as role_words
from domain.clock import from_text, to_text
from domain.errors import GspError, Refusal, Text
from domain.json_types import JsonObject
from records import audit, organisation
from records import people as rows
from records.base import COMPANY
from services import credentials, standing
from services.actor import Actor, Proof
from services.office import Office
from services.refusals import refuse

SESSION_HOURS = 12
IDLE_LOCK_MINUTES = 15
"""A session that nobody used for so long asks for the password or the PIN again."""
TRIES_MAX = 5
TRIES_MINUTES = 10
"""So many failed attempts of one account, or five times as many of one address, close the door for so long."""
TOKEN_SECONDS = 8 * 3600
_TOUCH_SECONDS = 60


class LoginRefused(GspError):  # noqa: N818 - the words people read
    """Wrong name or password (the same words for both), or too many attempts: ``login_locked`` with ``until``."""

    def __init__(self, code: str, zh: str, en: str, until: str = "") -> None:
        super().__init__(code, zh, en)
        self.until = until


@dataclass(frozen=True)
class LoginSession:
    """A new session: its token goes into the cookie and nowhere else."""

    token: str = field(repr=False)
    account: str = ""
    expires_at: str = ""


# ------------------------------------------------------------------ in and out


async def login(office: Office, username: str, password: str, device: str = "", source: str = "") -> LoginSession:
    """Log in by name and password. Raises ``LoginRefused``."""
    name = username.strip()
    await _not_locked(office, name, source)
    found = await office.db.reading(rows.account, name)
    if not await credentials.matches(password, found.password_hash if found else None) or not _usable(found):
        await _failed(office, name, source, "login")
    return await _open(office, name, "password", device)


async def login_badge(office: Office, badge: str, pin: str, device: str = "", source: str = "") -> LoginSession:
    """Log in by badge and PIN, on a registered shared tablet or with demo data. Raises ``LoginRefused``."""
    hashed = credentials.badge_hash(badge)
    found = await office.db.reading(rows.account_by_badge, hashed)
    name = found.username if found else "badge"
    await _not_locked(office, name, source)
    allowed = office.demo or await office.db.reading(_is_device, device)
    if not await credentials.matches(pin, found.pin_hash if found else None) or not _usable(found) or not allowed:
        await _failed(office, name, source, "login_badge")
    return await _open(office, name, "badge", device)


def _usable(account: rows.Account | None) -> bool:
    return account is not None and not account.disabled and account.kind == "person"


def _is_device(session: Any, device: str) -> bool:
    known = session.get(rows.Device, credentials.token_hash(device)) if device else None
    return known is not None and known.retired_at is None


async def _open(office: Office, username: str, method: str, device: str) -> LoginSession:
    token, now = credentials.new_token(), office.now()
    await _still_employed(office, username, now)
    row = rows.Login(
        token_hash=credentials.token_hash(token),
        account=username,
        method=method,
        created_at=now,
        seen_at=now,
        device=device or None,
    )
    await office.db.writing(_add_login, row, now)
    expires = to_text(from_text(now) + timedelta(hours=SESSION_HOURS))
    return LoginSession(token, username, expires)


async def _still_employed(office: Office, username: str, now: str) -> None:
    """Temporary staff come in until the last day of their last post. Raises ``LoginRefused``."""
    ended = await office.db.reading(standing.ended_on, username, now)
    if ended is not None:
        zh = f"您的岗位已于 {ended} 到期；如需继续，请系统管理员延长。"
        en = f"Your post ended on {ended}; ask the administrator to extend it."
        raise LoginRefused("post_ended", zh, en)


def _add_login(session: Any, row: rows.Login, now: str) -> None:
    rows.forget_failures(session, f"account/{row.account}")
    session.add(row)
    payload: JsonObject = {"method": row.method, "device": bool(row.device)}
    audit.append(session, "admin", row.account, "login", row.account, payload, now)


async def _not_locked(office: Office, username: str, source: str) -> None:
    since = to_text(office.clock() - timedelta(minutes=TRIES_MINUTES))
    mine = await office.db.reading(rows.failures_since, f"account/{username}", since)
    theirs = await office.db.reading(rows.failures_since, f"source/{source}", since) if source else 0
    if mine < TRIES_MAX and theirs < TRIES_MAX * 5:
        return
    sites = await office.db.reading(organisation.sites)
    zone = ZoneInfo(sites[0].zone) if sites else None
    until = office.clock().astimezone(zone) + timedelta(minutes=TRIES_MINUTES)
    shown = f"{until:%H:%M}"
    raise LoginRefused(
        "login_locked",
        f"尝试次数过多，请于 {shown} 后再试，或请系统管理员重置密码。",
        f"Too many attempts; try again after {shown}, or ask the administrator for a new password.",
        shown,
    )


async def _failed(office: Office, username: str, source: str, action: str) -> NoReturn:
    await office.db.writing(_count, username, source, action, office.now())
    raise LoginRefused("login_wrong", "账号或密码不正确。", "The name or the password is not right.")


def _count(session: Any, username: str, source: str, action: str, now: str) -> None:
    """Failed logins are counted per account and per address and minute; they are not records of a person."""
    rows.count_failure(session, f"account/{username[:80]}", now)
    if source:
        rows.count_failure(session, f"source/{source[:80]}", now)


async def logout(office: Office, token: str) -> None:
    """End a session; an unknown token is no fault."""
    await office.db.writing(rows.end_login, credentials.token_hash(token), office.now())


async def lock(office: Office, token: str) -> None:
    """Lock a session now: the tablet stays, the person goes."""
    await office.db.writing(rows.lock_login, credentials.token_hash(token), office.now())


async def unlock(office: Office, token: str, secret: str, *, badge: str | None = None) -> bool:
    """Open a locked session again with the password, or with badge and PIN of the same person."""
    hashed = credentials.token_hash(token)
    found = await office.db.reading(rows.login, hashed)
    if found is None:
        return False
    _, account = found
    await _not_locked(office, account.username, "")
    stored = account.pin_hash if badge else account.password_hash
    same = badge is None or account.badge_hash == credentials.badge_hash(badge)
    if not (await credentials.matches(secret, stored) and same):
        await office.db.writing(_count, account.username, "", "unlock", office.now())
        return False
    await office.db.writing(rows.lock_login, hashed, None)
    await office.db.writing(rows.touch_login, hashed, office.now())
    return True


# ------------------------------------------------------------------ who is asking


async def session_actor(office: Office, token: str) -> Actor | None:
    """The person of a session that is neither over, expired, idle nor locked."""
    if not token:
        return None
    hashed, now = credentials.token_hash(token), office.now()
    found = await office.db.glance(_session, hashed, now)
    if found is None:
        return None
    login_row, actor = found
    if await _is_over(office, login_row, hashed, now):
        return None
    if not actor.roles and await office.db.reading(standing.ended_on, actor.id, now):
        await office.db.writing(rows.end_login, hashed, now)
        return None
    return actor


def _session(session: Any, hashed: str, now: str) -> tuple[rows.Login, Actor] | None:
    found = rows.login(session, hashed)
    return None if found is None else (found[0], _actor(session, found[1], now, found[0].method, hashed))


async def _is_over(office: Office, row: rows.Login, hashed: str, now: str) -> bool:
    if row.locked_at is not None or _age(row.created_at, now) > SESSION_HOURS * 3600:
        return True
    idle = _age(row.seen_at, now)
    if idle > IDLE_LOCK_MINUTES * 60:
        await office.db.writing(rows.lock_login, hashed, now)
        return True
    if idle > _TOUCH_SECONDS:
        await office.db.writing(rows.touch_login, hashed, now)
    return False


def _age(then: str, now: str) -> float:
    return (from_text(now) - from_text(then)).total_seconds()


async def is_locked(office: Office, token: str) -> str | None:
    """The username of a session that waits behind its lock, or ``None``."""
    found = await office.db.reading(rows.login, credentials.token_hash(token))
    if found is None or found[0].locked_at is None:
        return None
    return found[1].username if _age(found[0].created_at, office.now()) <= SESSION_HOURS * 3600 else None


def _actor(session: Any, account: rows.Account, now: str, method: str, session_id: str) -> Actor:
    posts = standing.posts_at(session, account.username, now)
    return Actor(
        id=account.username,
        name=account.name,
        name_en=account.name_en or account.name,
        lang=account.lang or "",
        roles=posts,
        method=method,
        session_id=session_id,
        signing_blocked=account.signing_blocked,
        is_machine=account.kind != "person",
        company=account.company,
        stands_in=standing.stand_ins(session, account.username, posts, now),
    )


async def actor_named(office: Office, username: str) -> Actor | None:
    """An enabled account as actor: for the command line and the loader of demo data, never for requests."""
    return await office.db.reading(_named, username, office.now())


def _named(session: Any, username: str, now: str) -> Actor | None:
    account = rows.account(session, username)
    return _actor(session, account, now, "internal", "") if account and not account.disabled else None


async def issue_token(
    office: Office,
    username: str,
    password: str,
    source: str = "",
    *,
    name: str = "password",
    scopes: tuple[str, ...] = (),
) -> JsonObject:
    """The OAuth2 password flow: ``{access_token, token_type, expires_in}``. Raises ``LoginRefused``."""
    who = username.strip()
    await _not_locked(office, who, source)
    found = await office.db.reading(rows.account, who)
    if (
        not await credentials.matches(password, found.password_hash if found else None)
        or found is None
        or found.disabled
    ):
        await _failed(office, who, source, "token")
    await _still_employed(office, who, office.now())
    expires = to_text(office.clock() + timedelta(seconds=TOKEN_SECONDS))
    token = await make_token(office, who, name, scopes, expires)
    return {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS}


async def make_token(office: Office, username: str, name: str, scopes: tuple[str, ...], expires: str | None) -> str:
    """A named API token of an account; only its hash is kept."""
    token = "gsp_" + credentials.new_token()
    row = rows.ApiToken(
        id=office.new_id(),
        name=name,
        token_hash=credentials.token_hash(token),
        scopes=list(scopes),
        account=username,
        created_at=office.now(),
        expires_at=expires,
    )
    await office.db.writing(_add_token, row)
    return token


def _add_token(session: Any, row: rows.ApiToken) -> None:
    rows.forget_failures(session, f"account/{row.account}")
    session.add(row)
    payload: JsonObject = {"token": row.id, "name": row.name, "expires_at": row.expires_at}
    audit.append(session, "admin", row.account, "token_issued", row.account, payload, row.created_at)


async def token_actor(office: Office, bearer: str) -> Actor | None:
    """The account behind a bearer token that is neither revoked nor expired."""
    return await office.db.glance(_token, credentials.token_hash(bearer), office.now())


def _token(session: Any, hashed: str, now: str) -> Actor | None:
    found = rows.token(session, hashed, now)
    if found is None:
        return None
    actor = _actor(session, found[1], now, "token", "")
    if not actor.roles and standing.ended_on(session, actor.id, now):
        return None
    return replace(actor, scopes=tuple(found[0].scopes))


async def me(office: Office, actor: Actor) -> JsonObject:
    """The caller: name, posts with the sites where they are held, language."""
    known = {site.key: site for site in await office.db.reading(organisation.sites)}
    sites: list[Any] = [
        {"key": key, "name": {"zh": known[key].name, "en": known[key].name_en or known[key].name}}
        for key in actor.sites
        if key in known
    ]
    held: dict[str, Any] = {role: sorted(at) for role, at in actor.roles.items()}
    return {
        "user": actor.id,
        "name": actor.name,
        "name_en": actor.name_en,
        "roles": held,
        "sites": sites,
        "language": actor.lang or None,
        "may_sign": actor.may_sign(),
        "stands_in_for": [one.view() for one in actor.stands_in],
    }


async def set_language(office: Office, actor: Actor, lang: str) -> None:
    """Keep the language a person chose."""
    if lang in ("zh", "en"):
        await office.db.writing(_set_language, actor.id, lang)


def _set_language(session: Any, username: str, lang: str) -> None:
    account = rows.account(session, username)
    if account is not None:
        account.lang = lang
        session.add(account)


def holders_of(session: Any, roles: list[str], site: str, now: str, definition: str = "") -> list[JsonObject]:
    """Who holds one of ``roles`` at ``site`` now, by grant or by the roster, each person once; then who stands in for one
    of them (``for``: the username of the person who is away)."""
    held = standing.holders(session, roles, site, now)
    found = [_holder(account, role, None) for account, role in held.values()]
    for account, role, principal in standing.deputies_of(session, held, roles, site, definition, now):
        if account.username not in held:
            found.append(_holder(account, role, principal))
    return found


def _holder(account: rows.Account, role: str, principal: str | None) -> JsonObject:
    return {
        "id": account.username,
        "name": account.name,
        "name_en": account.name_en or account.name,
        "role": role,
        "for": principal,
    }


# ------------------------------------------------------------------ signing


async def prove(office: Office, actor: Actor, proof: Proof, *, reauth: bool, about: JsonObject) -> JsonObject:
    """How the signer proved identity, as it goes into the envelope. Refuses a wrong proof, on record, with 401."""
    if not actor.may_sign():
        await refuse(office, actor, _may_not_sign(actor), about)
    if proof.auth is not None:
        return proof.auth
    if not reauth and proof.password is None and proof.badge is None:
        return {"method": "session", "at": office.now()}
    return await _proved(office, actor, proof, about)


async def prove_once(office: Office, actor: Actor, proof: Proof, about: JsonObject | None = None) -> Proof:
    """Check a proof once, for several signatures that were shown together."""
    told: JsonObject = about or {"action": "sign"}
    if not actor.may_sign():
        await refuse(office, actor, _may_not_sign(actor), told)
    if proof.password is None and proof.badge is None:
        return proof
    return replace(proof, auth=await _proved(office, actor, proof, told))


async def _proved(office: Office, actor: Actor, proof: Proof, about: JsonObject) -> JsonObject:
    await _signing_not_locked(office, actor, about)
    account = await office.db.reading(rows.account, actor.id)
    method = "badge" if proof.badge is not None else "password"
    if account is not None and await _is_right(account, proof):
        return {"method": method, "at": office.now()}
    await office.db.writing(_count, actor.id, "", "sign", office.now())
    since = to_text(office.clock() - timedelta(minutes=TRIES_MINUTES))
    left = max(0, TRIES_MAX - await office.db.reading(rows.failures_since, f"account/{actor.id}", since))
    zh = "密码不正确" if method == "password" else "工牌或 PIN 不正确"
    en = "The password is not right" if method == "password" else "The badge or the PIN is not right"
    text = Text(f"{zh}，未签名；还可尝试 {left} 次。", f"{en}; nothing was signed. {left} attempts left.")
    await refuse(office, actor, Refusal(401, "bad_signature_proof", text, rule="signature"), about)


async def _signing_not_locked(office: Office, actor: Actor, about: JsonObject) -> None:
    try:
        await _not_locked(office, actor.id, "")
    except LoginRefused as locked:
        await refuse(office, actor, Refusal(401, locked.code, locked.text, rule="signature"), about)


async def _is_right(account: rows.Account, proof: Proof) -> bool:
    if proof.badge is not None:
        same = account.badge_hash == credentials.badge_hash(proof.badge)
        return await credentials.matches(proof.pin or "", account.pin_hash) and same
    return await credentials.matches(proof.password or "", account.password_hash)


def _may_not_sign(actor: Actor) -> Refusal:
    if actor.signing_blocked:
        zh = "您的密码刚被重置：请先设置新密码，并由质量管理人员确认后再签名。"
        en = "Your password was reset: set a new one and have quality staff confirm it before you sign."
    else:
        zh = "您的岗位没有业务或质量权限，不能签名。"
        en = "Your post carries no business or quality rights; you cannot sign."
    who = tuple(role for role in role_words.ROLES if role not in role_words.NEVER_SIGNS)
    return Refusal(
        403, "may_not_sign", Text(zh, en), rule="signature", who_can=who if not actor.signing_blocked else ()
    )


# ------------------------------------------------------------------ reading on record


async def note_reading(office: Office, actor: Actor, subject: str, what: JsonObject) -> None:
    """The reads of auditors and guests are on record; everybody else's work is recorded by what they do."""
    if actor.has("guest_auditor") or actor.has("auditor"):
        await office.db.writing(_note, actor.id, subject, what, office.now())


def _note(session: Any, username: str, subject: str, what: JsonObject, now: str) -> None:
    audit.append(session, "admin", username, "read", subject, {**what, "company": COMPANY}, now)
