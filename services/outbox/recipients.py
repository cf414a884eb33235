"""Who is told: the holders of posts, the person named, and a second one when nobody reads."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from records import organisation, people
from records.outbox import Outgoing
from records.people import Account
from services.notices import EVERYWHERE

SECONDS = ("quality_staff", "quality_director")
"""Who gets urgent word in the end when a person has no superior: quality at the site, then its head."""


def people_of(session: Session, row: Outgoing, day: str) -> list[Account]:
    """The enabled accounts that something to tell is for, by username."""
    if row.account is not None:
        found = people.account(session, row.account)
        return [found] if found is not None and not found.disabled else []
    named: dict[str, Account] = {}
    for role in row.roles:
        for site in sites_of(session, row.site):
            named.update({one.username: one for one in people.holders(session, role, site, day)})
    return [named[key] for key in sorted(named)]


def sites_of(session: Session, site: str) -> list[str]:
    """The site, or every site for what belongs to none."""
    return [one.key for one in organisation.sites(session)] if site == EVERYWHERE else [site]


def second_for(session: Session, account: str, site: str, told: Iterable[str], day: str) -> list[Account]:
    """Who is told in place of a person: the superior, else the head of the department, else quality at the site.

    Nobody in `told` is told again; the first of these that leaves anybody counts.
    """
    already = {*told, account}
    for group in _groups(session, people.account(session, account), site, day):
        fresh = [one for one in group if one.username not in already and not one.disabled]
        if fresh:
            return fresh
    return []


def _groups(session: Session, person: Account | None, site: str, day: str) -> Iterable[list[Account]]:
    if person is not None and person.superior is not None:
        yield [one for one in [people.account(session, person.superior)] if one is not None]
    if person is not None and person.department is not None:
        heads = [
            one for at in sites_of(session, site) for one in people.holders(session, "department_manager", at, day)
        ]
        yield [one for one in heads if one.department == person.department]
    for role in SECONDS:
        yield [one for at in sites_of(session, site) for one in people.holders(session, role, at, day)]
