"""What a person may do at this moment: the posts held, the duties of the roster, and for whom the person stands in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session

from domain import deputies as law
from domain.deputies import Mandate, Posts
from domain.json_types import Json, JsonObject
from records import accounts, people
from records import deputies as rows


@dataclass(frozen=True)
class StandIn:
    """A mandate with the name of the person who is away."""

    mandate: Mandate
    name: str
    name_en: str

    @property
    def principal(self) -> str:
        """The username of the person who is away."""
        return self.mandate.principal

    def as_json(self, role: str | None) -> JsonObject:
        """The person who is away as it stands in an act: `on_behalf_of`."""
        via: list[Json] = [*self.mandate.via]
        rules: list[Json] = [*self.mandate.rules]
        return {
            "id": self.principal, "name": self.name, "name_en": self.name_en, "role": role,
            "rule": self.mandate.rules[0], "rules": rules, "via": via,
        }  # fmt: skip

    def view(self) -> JsonObject:
        """Who it is, for lists."""
        return {"id": self.principal, "name": self.name, "name_en": self.name_en}


def posts_at(session: Session, username: str, at: str) -> dict[str, frozenset[str]]:
    """Role → sites held at a moment: by grants of that day, and by the roster for those hours."""
    held = people.roles_on(session, username, at[:10])
    for role, sites in rows.duties_at(session, username, at).items():
        held[role] = held.get(role, frozenset()) | sites
    return held


def stand_ins(session: Session, username: str, own: Posts, at: str) -> tuple[StandIn, ...]:
    """For whom a person stands in at a moment; people whose account is closed pass nothing on."""
    found = rows.rules_to(session, username, at)
    if not found:
        return ()
    known = {one: people.account(session, one) for one in {row.principal for row in found}}

    def posts_of(person: str) -> Posts:
        if person == username:
            return own
        account = known.get(person)
        return posts_at(session, person, at) if account and not account.disabled else {}

    given = law.mandates(username, [rows.rule_of(row) for row in found], at, posts_of)
    return tuple(_named(mandate, known[mandate.principal]) for mandate in given)


def _named(mandate: Mandate, account: people.Account | None) -> StandIn:
    assert account is not None, "accounts are never deleted"
    return StandIn(mandate, account.name, account.name_en or account.name)


def holders(session: Session, roles: Iterable[str], site: str, at: str) -> dict[str, tuple[people.Account, str]]:
    """Username → account and the first of `roles` it holds at `site`, by grant or by the roster."""
    found: dict[str, tuple[people.Account, str]] = {}
    for role in roles:
        for account in (*people.holders(session, role, site, at[:10]), *rows.on_duty(session, role, site, at)):
            found.setdefault(account.username, (account, role))
    return found


def deputies_of(
    session: Session, people_away: Iterable[str], roles: Iterable[str], site: str, definition: str, at: str
) -> list[tuple[people.Account, str, str]]:
    """Who stands in for any of these people at a task: (account, role, principal), through every hand."""
    found: dict[str, tuple[people.Account, str, str]] = {}
    wanted, asked = set(roles), set(people_away)
    reached = set(asked)
    for _ in range(law.CHAIN_MAX):
        reached = {row.deputy for row in rows.rules_from(session, reached, at)} - asked
        for username in sorted(reached - found.keys()):
            account = people.account(session, username)
            if account is None or account.disabled:
                continue
            for one in stand_ins(session, username, posts_at(session, username, at), at):
                held = sorted(one.mandate.roles_at(site, definition) & wanted)
                if held and one.principal in asked:
                    found.setdefault(username, (account, held[0], one.principal))
    return list(found.values())


def ended_on(session: Session, username: str, at: str) -> str | None:
    """The day on which the last post of temporary staff ended; ``None`` while any post is held or still to come.

    An account that never had a post with an end is not concerned.
    """
    held = [one for one in accounts.grants_of(session, username) if one.revoked_at is None]
    if any(one.valid_to is None or one.valid_to >= at[:10] for one in held) or rows.shifts_of(session, username, at):
        return None
    return max((one.valid_to for one in held if one.valid_to is not None), default=None)
