"""What administration asks about accounts and changes in them; the tables are `records.people`'s."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from records import outbox
from records.base import connection_of, table_of
from records.case_tables import Notice
from records.outbox import Told
from records.people import Account, ApiToken, Device, Login, RoleGrant, SetupLink, end_logins_of


def with_grants(session: Session) -> list[tuple[Account, list[RoleGrant]]]:
    """Every account with all grants it ever had, by username."""
    grants: dict[str, list[RoleGrant]] = {}
    for row in session.exec(select(RoleGrant).order_by(col(RoleGrant.id))):
        grants.setdefault(row.account, []).append(row)
    accounts = session.exec(select(Account).order_by(Account.username))
    return [(account, grants.get(account.username, [])) for account in accounts]


def grants_of(session: Session, username: str) -> list[RoleGrant]:
    """All grants an account ever had, the oldest first."""
    return list(session.exec(select(RoleGrant).where(RoleGrant.account == username).order_by(col(RoleGrant.id))))


def grant(session: Session, grant_id: int) -> RoleGrant | None:
    """One grant."""
    return session.get(RoleGrant, grant_id)


def change(session: Session, username: str, **values: Any) -> None:
    """Set columns of an account."""
    table = table_of(Account)
    connection_of(session).execute(update(table).where(table.c.username == username).values(**values))


def end_access(session: Session, username: str, at: str) -> None:
    """End every session and revoke every token of an account."""
    end_logins_of(session, username, at)
    live = (col(ApiToken.account) == username, col(ApiToken.revoked_at).is_(None))
    connection_of(session).execute(update(table_of(ApiToken)).where(*live).values(revoked_at=at))


def end_other_logins(session: Session, username: str, kept: str, at: str) -> None:
    """End every session of an account but the one whose token has the hash `kept`."""
    live = (col(Login.account) == username, col(Login.token_hash) != kept, col(Login.ended_at).is_(None))
    connection_of(session).execute(update(table_of(Login)).where(*live).values(ended_at=at))


def sessions_of(session: Session, username: str) -> list[Login]:
    """Sessions that have not ended, the last used first."""
    live = select(Login).where(Login.account == username, col(Login.ended_at).is_(None))
    return list(session.exec(live.order_by(col(Login.seen_at).desc())))


def tokens_of(session: Session, username: str) -> list[ApiToken]:
    """All tokens of an account, the newest first."""
    mine = select(ApiToken).where(ApiToken.account == username)
    return list(session.exec(mine.order_by(col(ApiToken.created_at).desc())))


def token(session: Session, token_id: str) -> ApiToken | None:
    """One token by its id."""
    return session.get(ApiToken, token_id)


def revoke_token(session: Session, token_id: str, at: str) -> bool:
    """End a token; whether it was valid until now."""
    live = (col(ApiToken.id) == token_id, col(ApiToken.revoked_at).is_(None))
    return connection_of(session).execute(update(table_of(ApiToken)).where(*live).values(revoked_at=at)).rowcount == 1


def devices(session: Session) -> list[Device]:
    """Shared tablets, retired ones too."""
    return list(session.exec(select(Device).order_by(Device.created_at)))


def retire_device(session: Session, prefix: str, at: str) -> Device | None:
    """Retire the device whose token's hash begins with `prefix`; `None` when there is none in use."""
    found = session.exec(
        select(Device).where(
            col(Device.token_hash).startswith(prefix, autoescape=True), col(Device.retired_at).is_(None)
        )
    ).first()
    if found is not None:
        found.retired_at = at
        session.add(found)
    return found


def link(session: Session, token_hash: str, now: str) -> SetupLink | None:
    """A link that can still be used."""
    found = session.get(SetupLink, token_hash)
    return found if found is not None and found.used_at is None and found.expires_at > now else None


def void_links(session: Session, username: str | None, at: str) -> None:
    """Use up every open link of an account (`None`: those for the first account), so that only a newer one works."""
    mine = col(SetupLink.account).is_(None) if username is None else col(SetupLink.account) == username
    open_ = update(table_of(SetupLink)).where(mine, col(SetupLink.used_at).is_(None))
    connection_of(session).execute(open_.values(used_at=at))


def notify(
    session: Session, notice_id: str, roles: list[str], sites: list[str], title: dict[str, str], told: Told
) -> None:
    """A message about an account to the holders of roles at some sites, on the screen and as `told` outside.

    It belongs to no case. Key, site, roles and title of `told` are filled in here.
    """
    for site in sites:
        given: list[Any] = [*roles]
        key, shown = f"{notice_id}/{site}", dict(title)
        session.add(Notice(id=key, case_id="", path="", site=site, at=told.at, roles=given, title=shown))
        outbox.put(session, replace(told, key=key, site=site, roles=tuple(roles), title=shown))
