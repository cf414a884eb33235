"""What a company says about its working time: regular weeks, days of its own, years it has confirmed.

A row without a site (`""`) holds for the whole company. Every change stands in the admin stream as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlmodel import Field, Session, col, select

from records.base import COMPANY, JsonText, Stored

EVERYWHERE = ""
"""The site of rows that hold for the whole company."""


class CalendarWeek(Stored, table=True):
    """The regular hours of Monday to Sunday: seven lists like `["09:00-12:00", "13:00-17:30"]`."""

    company: str = Field(default=COMPANY, primary_key=True)
    site: str = Field(default=EVERYWHERE, primary_key=True)
    week: list[Any] = Field(sa_type=JsonText)
    reason: str
    set_by: str
    set_at: str


class CalendarDay(Stored, table=True):
    """A day on which other hours are worked than usual; none: nobody works."""

    company: str = Field(default=COMPANY, primary_key=True)
    site: str = Field(default=EVERYWHERE, primary_key=True)
    day: str = Field(primary_key=True)
    hours: list[Any] = Field(sa_type=JsonText)
    reason: str
    set_by: str
    set_at: str


class CalendarYear(Stored, table=True):
    """A year whose public holidays the company has compared with the announcement and holds for final."""

    company: str = Field(default=COMPANY, primary_key=True)
    year: int = Field(primary_key=True)
    source: str
    confirmed_by: str
    confirmed_at: str


class CalendarTold(Stored, table=True):
    """The calendar of a site of which its running cases were told last."""

    company: str = Field(default=COMPANY, primary_key=True)
    site: str = Field(primary_key=True)
    sha256: str
    at: str


def week(session: Session, site: str) -> CalendarWeek | None:
    """The week set for exactly this site."""
    return session.get(CalendarWeek, (COMPANY, site))


def day(session: Session, site: str, text: str) -> CalendarDay | None:
    """What is set for exactly this site on a day."""
    return session.get(CalendarDay, (COMPANY, site, text))


def days(session: Session, sites: Iterable[str], since: str, until: str) -> list[CalendarDay]:
    """The days set for any of these sites from `since` to `until`, both included: the company's before a site's."""
    query = select(CalendarDay).where(
        CalendarDay.company == COMPANY,
        col(CalendarDay.site).in_(list(sites)),
        CalendarDay.day >= since,
        CalendarDay.day <= until,
    )
    return list(session.exec(query.order_by(CalendarDay.site, CalendarDay.day)))


def years(session: Session) -> dict[int, CalendarYear]:
    """Every year that is confirmed."""
    found = session.exec(select(CalendarYear).where(CalendarYear.company == COMPANY))
    return {row.year: row for row in found}


def told(session: Session, site: str) -> CalendarTold | None:
    """What the running cases of a site were told last."""
    return session.get(CalendarTold, (COMPANY, site))


def tell(session: Session, site: str, sha256: str, at: str) -> None:
    """Note that the running cases of a site know this calendar."""
    session.merge(CalendarTold(site=site, sha256=sha256, at=at))
