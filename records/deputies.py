"""Who stands in for whom and when, and the duty roster. Both are watched by the admin stream; a rule ends, it never goes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Index, bindparam, or_
from sqlmodel import Field, Session, col, select

from domain.deputies import CHAIN_MAX, Rule
from records.base import COMPANY, JsonText, Stored
from records.organisation import sites
from records.people import Account


class DeputyRule(Stored, table=True):
    """`principal` is away from `begins` until `ends` (times); `deputy` stands in. `source`: self, superior or roster."""

    __table_args__ = (
        Index("ix_deputy_rule_deputy", "deputy", "ends"),
        Index("ix_deputy_rule_principal", "principal", "ends"),
    )

    id: str = Field(primary_key=True)
    company: str = COMPANY
    principal: str = Field(foreign_key="account.username")
    deputy: str = Field(foreign_key="account.username")
    site: str | None = Field(default=None, foreign_key="site.key")
    roles: list[Any] | None = Field(default=None, sa_type=JsonText)
    definition: str | None = None
    begins: str
    ends: str
    reason: str = ""
    source: str = "self"
    set_by: str
    set_at: str
    ended_by: str | None = None
    ended_at: str | None = None


class RosterShift(Stored, table=True):
    """`account` holds `role` at `site` from `begins` until `ends` (times): the duty roster gives the post for those hours."""

    __table_args__ = (
        Index("ix_roster_shift_account", "account", "ends"),
        Index("ix_roster_shift_role", "role", "site", "ends"),
    )

    id: str = Field(primary_key=True)
    company: str = COMPANY
    site: str = Field(foreign_key="site.key")
    role: str
    account: str = Field(foreign_key="account.username")
    begins: str
    ends: str
    set_by: str
    set_at: str
    removed_by: str | None = None
    removed_at: str | None = None


def rule_of(row: DeputyRule) -> Rule:
    """A row as the law of deputies reads it."""
    held = None if row.roles is None else frozenset(str(role) for role in row.roles)
    return Rule(row.id, row.principal, row.deputy, row.begins, row.ends, row.site, held, row.definition)


def rule(session: Session, rule_id: str) -> DeputyRule | None:
    """One rule."""
    return session.get(DeputyRule, rule_id)


def rules_to(session: Session, deputy: str, at: str) -> list[DeputyRule]:
    """The rules in force at a time through which somebody stands in, with those behind them, as far as chains go."""
    found: dict[str, DeputyRule] = {}
    people = {deputy}
    for _ in range(CHAIN_MAX):
        new = [row for row in _to(session, people, at) if row.id not in found]
        if not new:
            break
        found |= {row.id: row for row in new}
        people = {row.principal for row in new}
    return list(found.values())


def _to(session: Session, people: Iterable[str], at: str) -> list[DeputyRule]:
    return list(session.exec(_STANDING_IN, params={"people": sorted(people), "at": at}))


def rules_from(session: Session, people: Iterable[str], at: str) -> list[DeputyRule]:
    """The rules in force at a time of people who are away."""
    theirs = select(DeputyRule).where(
        col(DeputyRule.principal).in_(sorted(people)), col(DeputyRule.ended_at).is_(None),
        DeputyRule.begins <= at, DeputyRule.ends > at,
    )  # fmt: skip
    return list(session.exec(theirs))


def standing(session: Session, begins: str) -> list[DeputyRule]:
    """Every rule that was not ended and is not over at `begins`."""
    alive = select(DeputyRule).where(col(DeputyRule.ended_at).is_(None), DeputyRule.ends > begins)
    return list(session.exec(alive.order_by(DeputyRule.begins, DeputyRule.id)))


def of_person(session: Session, username: str) -> list[DeputyRule]:
    """Every rule by which a person is away or stands in, the newest first."""
    mine = or_(col(DeputyRule.principal) == username, col(DeputyRule.deputy) == username)
    return list(session.exec(select(DeputyRule).where(mine).order_by(col(DeputyRule.begins).desc(), DeputyRule.id)))


def duties_at(session: Session, username: str, at: str) -> dict[str, frozenset[str]]:
    """Role → sites that the roster gives a person at a time."""
    found: dict[str, frozenset[str]] = {}
    for shift in session.exec(_ON_DUTY, params={"account": username, "at": at}):
        found[shift.role] = found.get(shift.role, frozenset()) | {shift.site}
    return found


def on_duty(session: Session, role: str, site: str, at: str) -> list[Account]:
    """The enabled accounts to whom the roster gives a role at a site at a time."""
    query = (
        select(Account)
        .join(RosterShift, col(RosterShift.account) == col(Account.username))
        .where(
            RosterShift.role == role, RosterShift.site == site, RosterShift.begins <= at, RosterShift.ends > at,
            col(RosterShift.removed_at).is_(None), Account.disabled == False,  # noqa: E712
        )
    )  # fmt: skip
    return list(session.exec(query.distinct().order_by(Account.username)))


def shifts(session: Session, site: str | None, since: str, until: str) -> list[RosterShift]:
    """The shifts that touch a span of time, the first first."""
    query = select(RosterShift).where(
        RosterShift.ends > since, RosterShift.begins < until, col(RosterShift.removed_at).is_(None)
    )
    query = query if site is None else query.where(RosterShift.site == site)
    return list(session.exec(query.order_by(RosterShift.begins, RosterShift.site, RosterShift.role)))


def shift(session: Session, shift_id: str) -> RosterShift | None:
    """One shift."""
    return session.get(RosterShift, shift_id)


def shifts_of(session: Session, username: str, since: str) -> list[RosterShift]:
    """The shifts of a person that are not over."""
    mine = select(RosterShift).where(
        RosterShift.account == username, RosterShift.ends > since, col(RosterShift.removed_at).is_(None)
    )
    return list(session.exec(mine.order_by(RosterShift.begins)))


def site_zones(session: Session) -> dict[str, str]:
    """The time zone of every site: rosters are written in the hours of the place."""
    return {site.key: site.zone for site in sites(session)}


# What every request asks is put together once: making such a statement costs more than running it.
_STANDING_IN = select(DeputyRule).where(
    col(DeputyRule.deputy).in_(bindparam("people", expanding=True)), col(DeputyRule.ended_at).is_(None),
    DeputyRule.begins <= bindparam("at"), DeputyRule.ends > bindparam("at"),
)  # fmt: skip
_ON_DUTY = select(RosterShift).where(
    RosterShift.account == bindparam("account"), RosterShift.begins <= bindparam("at"),
    RosterShift.ends > bindparam("at"), col(RosterShift.removed_at).is_(None),
)  # fmt: skip
