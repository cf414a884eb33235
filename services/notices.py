"""What people are told about accounts: on the screen with names, outside without them."""

from __future__ import annotations

from sqlmodel import Session

from domain.roles import role_text
from records import accounts, outbox, people
from records.outbox import Told
from records.people import RoleGrant

CONFIRMERS = ("quality_staff", "quality_director")
"""Who lets a person sign again after a reset."""
EVERYWHERE = "all"
"""The site of a message that belongs to none."""


def password_was_reset(session: Session, key: str, username: str, sites: list[str], now: str) -> None:
    """To quality at the person's sites, who confirm; and to the person, who may not have asked for it."""
    title = {
        "zh": f"账号 {username} 的密码已重置；本人设置新密码后，请确认其签名。",
        "en": f"The password of {username} was reset; once a new one is set, confirm that the person may sign again.",
    }
    said = {"zh": "一个账号的密码已重置，待确认签名", "en": "A password was reset; signing waits for confirmation"}
    link = f"/admin?user={username}"
    told = Told(key, "password_reset", now, EVERYWHERE, title, said, link=link, caused_by=username)
    accounts.notify(session, key, [*CONFIRMERS], sites, title, told)
    mine = {
        "zh": "您的密码已被系统管理员重置；如非您本人要求，请立即告诉质量负责人。",
        "en": "The administrator reset your password; if you did not ask for it, tell the quality director at once.",
    }
    at = sites[0] if sites else EVERYWHERE
    outbox.put(session, Told(f"{key}/self", "password_reset", now, at, mine, mine, account=username))


def post_was_given(session: Session, key: str, grant: RoleGrant, now: str) -> None:
    """To the person who holds the post from now on."""
    role = role_text(grant.role)
    title = {"zh": f"您获得了岗位：{role.zh}", "en": f"You were given a post: {role.en}"}
    told = Told(key, "account", now, grant.site or EVERYWHERE, title, title, account=grant.account, bell=False)
    outbox.put(session, told)


def signing_was_confirmed(session: Session, key: str, username: str, now: str) -> None:
    """To the person, who signs again."""
    title = {"zh": "质量管理人员已确认，您可以签名了", "en": "Quality staff confirmed: you may sign again"}
    site = next(iter(sorted({s for held in people.roles_on(session, username, now[:10]).values() for s in held})), None)
    outbox.put(session, Told(key, "account", now, site or EVERYWHERE, title, title, account=username))
