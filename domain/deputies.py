"""Standing in for somebody who is away (代理): who acts with whose rights, through at most three hands, never in a circle.

Pure. A deputy acts with the rights that the person who is away holds then, narrowed by every rule in between; so no
chain gives anybody a right that its first person does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain import roles as role_words
from domain.errors import Text

CHAIN_MAX = 3
"""So many rules in a row at most: A is away for B, B for C, C for D."""
Posts = Mapping[str, frozenset[str]]
"""Role → sites where it is held."""


@dataclass(frozen=True)
class Rule:
    """`principal` is away from `begins` until `ends` (times, the end not included); `deputy` stands in.

    `site`, `roles` and `definition` narrow it; `None` means all of what the principal holds.
    """

    id: str
    principal: str
    deputy: str
    begins: str
    ends: str
    site: str | None = None
    roles: frozenset[str] | None = None
    definition: str | None = None

    def holds_at(self, at: str) -> bool:
        """Whether it is in force at a time."""
        return self.begins <= at < self.ends

    def overlaps(self, other: Rule) -> bool:
        """Whether both are in force at some moment."""
        return self.begins < other.ends and other.begins < self.ends


@dataclass(frozen=True)
class Mandate:
    """What somebody may do for `principal`: these posts, in one process or (`None`) in all.

    `rules` are the rules from the principal's own to the last; `via` those in between, who are away as well.
    """

    principal: str
    rules: tuple[str, ...]
    via: tuple[str, ...] = ()
    posts: Posts = field(default_factory=dict)
    definition: str | None = None

    def roles_at(self, site: str, definition: str | None = None) -> frozenset[str]:
        """The posts it gives at a site for a process."""
        if self.definition is not None and definition != self.definition:
            return frozenset()
        return frozenset(role for role, sites in self.posts.items() if site in sites)

    def persons(self) -> frozenset[str]:
        """Everybody of the chain but the one who acts."""
        return frozenset({self.principal, *self.via})


def mandates(deputy: str, rules: Iterable[Rule], at: str, posts_of: Callable[[str], Posts]) -> list[Mandate]:
    """For whom `deputy` stands in at a time. Nothing for somebody who holds no post in which one signs."""
    own = posts_of(deputy)
    if not set(own) - role_words.NEVER_SIGNS:
        return []
    in_force = sorted((rule for rule in rules if rule.holds_at(at)), key=lambda rule: (rule.begins, rule.id))
    found: list[Mandate] = []
    for chain in _chains(deputy, in_force, ()):
        mandate = _mandate(chain, posts_of(chain[0].principal), own)
        if mandate is not None:
            found.append(mandate)
    return found


def _chains(deputy: str, rules: Sequence[Rule], behind: tuple[Rule, ...]) -> Iterator[tuple[Rule, ...]]:
    """Every chain of rules that ends at `deputy`, the principal's own rule first, nobody twice."""
    taken = {deputy, *(rule.deputy for rule in behind)}
    for rule in rules:
        if rule.deputy == deputy and rule.principal not in taken:
            chain = (rule, *behind)
            yield chain
            if len(chain) < CHAIN_MAX:
                yield from _chains(rule.principal, rules, chain)


def _mandate(chain: tuple[Rule, ...], posts: Posts, own: Posts) -> Mandate | None:
    named = {rule.definition for rule in chain if rule.definition is not None}
    if len(named) > 1:
        return None
    given = {
        role: frozenset(site for site in sites if all(_covers(rule, role, site) for rule in chain))
        for role, sites in posts.items()
        if may_stand_in(role, own)
    }
    given = {role: sites for role, sites in given.items() if sites}
    if not given:
        return None
    via = tuple(rule.principal for rule in chain[1:])
    ids = tuple(rule.id for rule in chain)
    return Mandate(chain[0].principal, ids, via, given, next(iter(named), None))


def _covers(rule: Rule, role: str, site: str) -> bool:
    return (rule.roles is None or role in rule.roles) and rule.site in (None, site)


def may_stand_in(role: str, own: Iterable[str]) -> bool:
    """Whether somebody with these posts of his own may stand in at a post."""
    if role in role_words.NEVER_SIGNS:
        return False
    return role not in role_words.QUALITY or bool(role_words.QUALITY & set(own))


def fault_of(new: Rule, others: Iterable[Rule]) -> Text | None:
    """What is wrong with a new rule among those that stand: oneself, time, a circle, a chain that is too long."""
    if new.principal == new.deputy:
        return Text("不能委托给自己。", "Nobody stands in for themselves.")
    if new.begins >= new.ends:
        return Text("结束时间须晚于开始时间。", "It has to end after it begins.")
    meeting = [rule for rule in others if rule.overlaps(new)]
    if any((rule.principal, rule.deputy) == (new.principal, new.deputy) and _same_scope(rule, new) for rule in meeting):
        return Text("这段时间里已有同样的代理。", "The same deputy is set for that time already.")
    after, circle = _longest(new.deputy, meeting, {new.principal}, forwards=True)
    before, other_circle = _longest(new.principal, meeting, {new.deputy}, forwards=False)
    if circle or other_circle:
        return Text(
            f"会形成循环：{new.deputy} 不在时由 {new.principal} 代理。",
            f"That would be a circle: {new.principal} stands in for {new.deputy} then.",
        )
    if before + 1 + after > CHAIN_MAX:
        return Text(f"代理最多转 {CHAIN_MAX} 手。", f"A deputy may pass it on: {CHAIN_MAX} hands at most.")
    return None


def _same_scope(one: Rule, other: Rule) -> bool:
    return (one.site, one.roles, one.definition) == (other.site, other.roles, other.definition)


def _longest(person: str, rules: Sequence[Rule], seen: set[str], *, forwards: bool) -> tuple[int, bool]:
    """The longest row of rules that goes on from a person, and whether it meets somebody again."""
    longest, circle = 0, False
    for rule in rules:
        here, there = (rule.principal, rule.deputy) if forwards else (rule.deputy, rule.principal)
        if here != person:
            continue
        if there in seen:
            circle = True
            continue
        length, again = _longest(there, rules, {*seen, person}, forwards=forwards)
        longest, circle = max(longest, length + 1), circle or again
    return longest, circle
