"""Who asks: an account with the posts it holds today, and how it proved itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain import roles
from domain.json_types import Json, JsonObject
from services.standing import StandIn


@dataclass(frozen=True)
class Actor:
    """The signed-in person behind one call. ``roles`` maps a role to the sites where it is held today."""

    id: str
    name: str
    name_en: str
    lang: str
    roles: dict[str, frozenset[str]]
    method: str = "password"
    session_id: str = ""
    scopes: tuple[str, ...] = ()
    signing_blocked: bool = False
    is_machine: bool = False
    company: str = "main"
    stands_in: tuple[StandIn, ...] = ()
    """For whom the actor acts while they are away."""

    @property
    def sites(self) -> tuple[str, ...]:
        """Every site at which the actor holds a post, sorted."""
        return tuple(sorted({site for held in self.roles.values() for site in held}))

    def roles_at(self, site: str) -> tuple[str, ...]:
        """The roles held at ``site``, sorted."""
        return tuple(sorted(role for role, held in self.roles.items() if site in held))

    def has(self, role: str, site: str | None = None) -> bool:
        """Whether the actor holds ``role`` (at ``site``, or anywhere)."""
        held = self.roles.get(role, frozenset())
        return bool(held) if site is None else site in held

    def may_sign(self) -> bool:
        """Administrators and guests have no business or quality right, so they never sign (GSP 18)."""
        return bool(set(self.roles) - roles.NEVER_SIGNS) and not self.signing_blocked

    def reads_site(self, site: str) -> bool:
        """Whether the actor may read every case of a site."""
        return any(self.has(role, site) for role in roles.READERS)

    def works_at(self) -> tuple[str, ...]:
        """The sites at which the actor holds a post that has to do with goods or quality, sorted."""
        posts = [held for role, held in self.roles.items() if role not in roles.KEEPS_THE_SYSTEM]
        return tuple(sorted({site for held in posts for site in held}))

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every (role, site) held."""
        return tuple(sorted((role, site) for role, held in self.roles.items() for site in held))

    def away(self) -> tuple[tuple[str, str, str, str | None], ...]:
        """What the actor may do for people who are away: (principal, role, site, definition or ``None`` for all)."""
        return tuple(
            (one.principal, role, site, one.mandate.definition)
            for one in self.stands_in
            for role, sites in sorted(one.mandate.posts.items())
            for site in sorted(sites)
        )

    def as_json(self, role: str | None = None) -> JsonObject:
        """The actor as it stands in an act envelope."""
        shown: Json = role
        return {"id": self.id, "name": self.name, "name_en": self.name_en, "role": shown}


@dataclass(frozen=True)
class Proof:
    """What a person gives to sign: the meaning, and a password or a badge with its PIN."""

    meaning: str
    password: str | None = field(default=None, repr=False)
    badge: str | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)
    reason: str | None = None
    auth: JsonObject | None = None
    """Set once the proof was checked, so that one check can serve several signatures."""
