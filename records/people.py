"""Accounts, the roles they hold at which sites, sessions, tokens, shared devices, failed attempts.

An account's username is its identity in every record; it is never reused and never deleted.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, bindparam, delete, func, or_, update
from sqlmodel import Field, Session, col, select

from records.base import COMPANY, BigKey, JsonText, Stored, Upsert, connection_of, table_of
from records.organisation import sites


class Account(Stored, table=True):
    """A person (or a system) that can log in. `signing_blocked` stays set after a reset until quality staff lift it."""

    username: str = Field(primary_key=True)
    company: str = Field(default=COMPANY, foreign_key="company.key")
    name: str
    name_en: str = ""
    lang: str | None = None
    kind: str = "person"
    password_hash: str | None = None
    must_change: bool = False
    disabled: bool = False
    signing_blocked: bool = False
    department: str | None = Field(default=None, foreign_key="department.key")
    superior: str | None = Field(default=None, foreign_key="account.username")
    badge_hash: str | None = Field(default=None, unique=True)
    pin_hash: str | None = None
    created_at: str
    created_by: str = "system"


class RoleGrant(Stored, table=True):
    """`account` holds `role` at `site` (`None`: at every site) from `valid_from` to `valid_to`, both days included."""

    __table_args__ = (Index("ix_role_grant_role", "role", "site"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    company: str = COMPANY
    account: str = Field(foreign_key="account.username", index=True)
    role: str
    site: str | None = Field(default=None, foreign_key="site.key")
    valid_from: str
    valid_to: str | None = None
    granted_by: str
    granted_at: str
    revoked_by: str | None = None
    revoked_at: str | None = None


class Login(Stored, table=True):
    """A web session. Only the hash of its token is kept. `locked_at`: idle lock, the PIN or password opens it again."""

    token_hash: str = Field(primary_key=True)
    company: str = COMPANY
    account: str = Field(foreign_key="account.username", index=True)
    method: str = "password"
    created_at: str
    seen_at: str
    locked_at: str | None = None
    ended_at: str | None = None
    device: str | None = None


class ApiToken(Stored, table=True):
    """A named token of an account for a script or another system."""

    id: str = Field(primary_key=True)
    company: str = COMPANY
    name: str
    token_hash: str = Field(unique=True)
    scopes: list[Any] = Field(default_factory=list, sa_type=JsonText)
    account: str = Field(foreign_key="account.username", index=True)
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None


class SetupLink(Stored, table=True):
    """A link that works once: to make the first account, or to set a password after a reset."""

    token_hash: str = Field(primary_key=True)
    company: str = COMPANY
    account: str | None = None
    purpose: str = "first_account"
    created_at: str
    expires_at: str
    used_at: str | None = None


class Device(Stored, table=True):
    """A shared tablet on which people switch quickly by badge and PIN."""

    token_hash: str = Field(primary_key=True)
    company: str = COMPANY
    site: str | None = None
    name: str
    created_at: str
    created_by: str
    retired_at: str | None = None


class FailureCount(Stored, table=True):
    """Failed attempts of one source (address or username) in one minute: what throttles logins and counts strangers."""

    source: str = Field(primary_key=True)
    minute: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int = 0


def account(session: Session, username: str) -> Account | None:
    """The account with this username, disabled ones too."""
    return session.get(Account, username)


def account_by_badge(session: Session, badge_hash: str) -> Account | None:
    """The account whose badge has this hash."""
    return session.exec(select(Account).where(Account.badge_hash == badge_hash)).first()


def accounts(session: Session) -> list[Account]:
    """Every account, by username."""
    return list(session.exec(select(Account).order_by(Account.username)))


def grants_on(session: Session, username: str, day: str) -> list[RoleGrant]:
    """The grants of an account that are in force on `day` (`YYYY-MM-DD`) and were not revoked."""
    return list(session.exec(_GRANTS_ON, params={"account": username, "day": day}))


def roles_on(session: Session, username: str, day: str) -> dict[str, frozenset[str]]:
    """Role → sites where the account holds it on `day`; a grant for all sites is spelt out as every site in use."""
    grants = grants_on(session, username, day)
    spelt_out = any(grant.site is None for grant in grants)
    every = frozenset(site.key for site in sites(session)) if spelt_out else frozenset()
    roles: dict[str, frozenset[str]] = {}
    for grant in grants:
        held = every if grant.site is None else frozenset({grant.site})
        roles[grant.role] = roles.get(grant.role, frozenset()) | held
    return roles


def holders(session: Session, role: str, site: str, day: str) -> list[Account]:
    """The enabled accounts that hold `role` at `site` on `day`, by username."""
    query = (
        select(Account)
        .join(RoleGrant, col(RoleGrant.account) == col(Account.username))
        .where(
            RoleGrant.role == role,
            or_(col(RoleGrant.site).is_(None), col(RoleGrant.site) == site),
            RoleGrant.revoked_at == None,  # noqa: E711
            RoleGrant.valid_from <= day,
            or_(col(RoleGrant.valid_to).is_(None), col(RoleGrant.valid_to) >= day),
            Account.disabled == False,  # noqa: E712
        )
        .distinct()
        .order_by(Account.username)
    )
    return list(session.exec(query))


def revoke(session: Session, grant_id: int, by: str, at: str) -> bool:
    """End a grant; whether it was in force until now."""
    ended = update(table_of(RoleGrant)).where(col(RoleGrant.id) == grant_id, col(RoleGrant.revoked_at).is_(None))
    return connection_of(session).execute(ended.values(revoked_by=by, revoked_at=at)).rowcount == 1


def login(session: Session, token_hash: str) -> tuple[Login, Account] | None:
    """The session with this token that has not ended, and its account if that is not disabled."""
    return session.exec(_LOGIN, params={"token": token_hash}).first()


def touch_login(session: Session, token_hash: str, at: str) -> None:
    """Remember that the session was used; callers do so at most once a minute."""
    _set_login(session, col(Login.token_hash) == token_hash, seen_at=at)


def lock_login(session: Session, token_hash: str, at: str | None) -> None:
    """Lock a session (`at`) or open it again (`None`)."""
    _set_login(session, col(Login.token_hash) == token_hash, locked_at=at)


def end_login(session: Session, token_hash: str, at: str) -> None:
    """Log out."""
    _set_login(session, col(Login.token_hash) == token_hash, ended_at=at)


def end_logins_of(session: Session, username: str, at: str) -> None:
    """End every session of an account: it was disabled or its password was reset."""
    _set_login(session, col(Login.account) == username, ended_at=at)


def token(session: Session, token_hash: str, now: str) -> tuple[ApiToken, Account] | None:
    """The API token with this hash if it is neither revoked nor expired, and its account if that is not disabled."""
    return session.exec(_TOKEN, params={"token": token_hash, "now": now}).first()


def use_setup_link(session: Session, token_hash: str, now: str) -> SetupLink | None:
    """Use up a link: the link, or `None` when it is unknown, used or expired."""
    used = (
        update(table_of(SetupLink))
        .where(
            col(SetupLink.token_hash) == token_hash, col(SetupLink.used_at).is_(None), col(SetupLink.expires_at) > now
        )
        .values(used_at=now)
    )
    if connection_of(session).execute(used).rowcount != 1:
        return None
    return session.get(SetupLink, token_hash, populate_existing=True)


def count_failure(session: Session, source: str, at: str, kind: str = "login") -> int:
    """Count one failed attempt of `source` in the minute of `at`; returns that minute's count."""
    minute, connection = at[:16], connection_of(session)
    _FAILURES.run(connection, [{"source": source, "minute": minute, "kind": kind, "count": 0}])
    mine = (col(FailureCount.source) == source, col(FailureCount.minute) == minute, col(FailureCount.kind) == kind)
    connection.execute(update(table_of(FailureCount)).where(*mine).values(count=FailureCount.count + 1))
    return int(session.exec(select(FailureCount.count).where(*mine)).one())


def failures_since(session: Session, source: str, minute: str, kind: str = "login") -> int:
    """Failed attempts of `source` in `minute` (first 16 characters of a time) and after."""
    total = select(func.coalesce(func.sum(FailureCount.count), 0)).where(
        FailureCount.source == source, FailureCount.kind == kind, FailureCount.minute >= minute[:16]
    )
    return int(session.exec(total).one())


def forget_failures(session: Session, source: str, kind: str = "login") -> None:
    """A success clears the count of its source."""
    gone = delete(table_of(FailureCount)).where(col(FailureCount.source) == source, col(FailureCount.kind) == kind)
    connection_of(session).execute(gone)


def _set_login(session: Session, which: Any, **values: Any) -> None:
    connection_of(session).execute(update(table_of(Login)).where(which, col(Login.ended_at).is_(None)).values(**values))


_FAILURES = Upsert(FailureCount, keep=True)
# What every request asks is put together once: making such a statement costs more than running it.
_GRANTS_ON = (
    select(RoleGrant)
    .where(
        RoleGrant.account == bindparam("account"),
        RoleGrant.revoked_at == None,  # noqa: E711
        RoleGrant.valid_from <= bindparam("day"),
        or_(col(RoleGrant.valid_to).is_(None), col(RoleGrant.valid_to) >= bindparam("day")),
    )
    .order_by(RoleGrant.role)
)
_LOGIN = (
    select(Login, Account)
    .join(Account, col(Account.username) == col(Login.account))
    .where(Login.token_hash == bindparam("token"), Login.ended_at == None, Account.disabled == False)  # noqa: E711,E712
)
_TOKEN = (
    select(ApiToken, Account)
    .join(Account, col(Account.username) == col(ApiToken.account))
    .where(
        ApiToken.token_hash == bindparam("token"),
        ApiToken.revoked_at == None,  # noqa: E711
        or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > bindparam("now")),
        Account.disabled == False,  # noqa: E712
    )
)
