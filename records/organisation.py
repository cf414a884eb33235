"""Company, sites and departments. A site is a place with its own staff; a warehouse belongs to exactly one site."""

from __future__ import annotations

from sqlmodel import Field, Session, select

from records.base import COMPANY, Stored


class Company(Stored, table=True):
    """The legal entity that an installation serves. `uscc` is its 统一社会信用代码 (GB 32100)."""

    key: str = Field(primary_key=True)
    name: str
    name_en: str = ""
    uscc: str = ""
    licence_no: str = ""


class Site(Stored, table=True):
    """A place of business. `zone` is its IANA time zone; it decides what "today" is there."""

    key: str = Field(primary_key=True)
    company: str = Field(default=COMPANY, foreign_key="company.key")
    name: str
    name_en: str = ""
    zone: str = "Asia/Shanghai"
    address: str = ""
    retired_at: str | None = None


class Department(Stored, table=True):
    """A department; `superior` is the department above it."""

    key: str = Field(primary_key=True)
    company: str = Field(default=COMPANY, foreign_key="company.key")
    site: str | None = Field(default=None, foreign_key="site.key")
    name: str
    name_en: str = ""
    superior: str | None = Field(default=None, foreign_key="department.key")


def company(session: Session, key: str = COMPANY) -> Company | None:
    """The company, or `None` in a database that nobody has set up yet."""
    return session.get(Company, key)


def site(session: Session, key: str) -> Site | None:
    """The site with this key."""
    return session.get(Site, key)


def sites(session: Session) -> list[Site]:
    """Every site in use, by key."""
    return list(session.exec(select(Site).where(Site.retired_at == None).order_by(Site.key)))  # noqa: E711


def departments(session: Session) -> list[Department]:
    """Every department, by key."""
    return list(session.exec(select(Department).order_by(Department.key)))
