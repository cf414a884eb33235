"""The first minutes of an installation without demo data: company, first site, first administrator, by a one-time link."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from domain.errors import GspError
from domain.json_types import JsonObject
from records import audit
from records import people as people_rows
from records.organisation import Company, Site, company, site
from records.people import Account, RoleGrant
from services import credentials, links
from services.admin import USERNAME
from services.admin_laws import ADMIN
from services.office import Office
from services.places import KEY

OPERATOR = "terminal"
"""The name in the admin stream of whoever works at the machine itself."""


@dataclass(frozen=True)
class Beginning:
    """What the first administrator enters."""

    company: str
    site_key: str
    site: str
    username: str
    name: str
    password: str
    company_en: str = ""
    site_en: str = ""
    name_en: str = ""


async def first_link(office: Office) -> str | None:
    """The link to the first account, or ``None`` once there is one. A new link ends the ones before."""
    if await office.db.reading(people_rows.accounts):
        return None
    return str((await links.issue(office, "first_account", None))["link"])


async def begin(office: Office, token: str, given: Beginning) -> str:
    """Use the link: company, site and an administrator are there; returns the username.

    Raises ``GspError``: ``link_used``, ``bad_password``, ``invalid_setup``.
    """
    links.require_good(office, given.password)
    if not (USERNAME.fullmatch(given.username) and KEY.fullmatch(given.site_key)) or not all(
        text.strip() for text in (given.company, given.site, given.name)
    ):
        raise GspError(
            "invalid_setup",
            "请填写企业、机构、姓名；账号用小写字母开头，机构代码用字母开头。",
            "Company, site and name are needed; a username begins with a lower-case letter, a site key with a letter.",
        )
    hashed, now = await credentials.make_hash(given.password), office.now()
    if not await office.db.writing(_begin, credentials.token_hash(token), given, hashed, now):
        raise links.link_used()
    return given.username


def _begin(session: Session, token_hash: str, given: Beginning, password_hash: str, now: str) -> bool:
    """One transaction; nothing happens when somebody was first."""
    link = people_rows.use_setup_link(session, token_hash, now)
    if link is None or link.account is not None or people_rows.accounts(session):
        return False
    if company(session) is None:
        session.add(Company(key="main", name=given.company.strip(), name_en=given.company_en.strip()))
        session.flush()
    if site(session, given.site_key) is None:
        session.add(Site(key=given.site_key, name=given.site.strip(), name_en=given.site_en.strip()))
    session.add(
        Account(
            username=given.username,
            name=given.name.strip(),
            name_en=given.name_en.strip(),
            password_hash=password_hash,
            created_at=now,
            created_by="setup",
        )
    )
    session.flush()
    session.add(
        RoleGrant(
            account=given.username, role=ADMIN, site=None, valid_from=now[:10], granted_by="setup", granted_at=now
        )
    )
    payload: JsonObject = {"company": given.company.strip(), "site": given.site_key, "role": ADMIN}
    audit.append(session, audit.ADMIN, given.username, "first_account", given.username, payload, now)
    return True
