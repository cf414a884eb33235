"""Deputies: no chain gives a right that its first person lacks, no circle, at most three hands."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.deputies import CHAIN_MAX, Rule, fault_of, mandates
from domain.roles import NEVER_SIGNS, QUALITY
from tests.examples import examples

PEOPLE: tuple[str, ...] = ("ann", "bob", "cy", "dan", "eve", "fay")
ROLES = ("inspector", "receiver", "quality_staff", "quality_director", "it_admin", "purchaser")
SITES = ("HQ", "B2")
NOON = "2026-11-28T12:00:00.000Z"
TIMES = ("2026-11-27T00:00:00.000Z", "2026-11-28T00:00:00.000Z", "2026-11-29T00:00:00.000Z", "2026-11-30T00:00:00.000Z")
POSTS = st.dictionaries(st.sampled_from(ROLES), st.frozensets(st.sampled_from(SITES), min_size=1), max_size=4)
RULES = st.lists(
    st.builds(
        Rule, id=st.uuids().map(str), principal=st.sampled_from(PEOPLE), deputy=st.sampled_from(PEOPLE),
        begins=st.sampled_from(TIMES), ends=st.sampled_from(TIMES), site=st.sampled_from((None, *SITES)),
        roles=st.none() | st.frozensets(st.sampled_from(ROLES), min_size=1),
        definition=st.sampled_from((None, "receiving", "returns")),
    ), max_size=12,
)  # fmt: skip
STAFF = st.fixed_dictionaries(dict.fromkeys(PEOPLE, POSTS))


def accepted(rules: list[Rule]) -> list[Rule]:
    """The rules as they would be set one after another: those with a fault are refused."""
    standing: list[Rule] = []
    for rule in rules:
        if fault_of(rule, standing) is None:
            standing.append(rule)
    return standing


def away(principal: str, deputy: str, **more: object) -> Rule:
    return Rule(f"{principal}-{deputy}", principal, deputy, TIMES[0], TIMES[3], **more)  # type: ignore[arg-type]


@given(STAFF, RULES, st.sampled_from(PEOPLE))
@settings(max_examples=examples(300))
def test_no_chain_gives_a_right_that_its_first_person_lacks(
    staff: Mapping[str, Mapping[str, frozenset[str]]], rules: list[Rule], deputy: str
) -> None:
    for mandate in mandates(deputy, rules, NOON, staff.__getitem__):
        for role, sites in mandate.posts.items():
            assert sites <= staff[mandate.principal].get(role, frozenset())
            assert role not in NEVER_SIGNS
            assert role not in QUALITY or QUALITY & set(staff[deputy])


@given(STAFF, RULES, st.sampled_from(PEOPLE))
@settings(max_examples=examples(300))
def test_a_chain_names_everybody_in_it_once_and_is_never_longer_than_three(
    staff: Mapping[str, Mapping[str, frozenset[str]]], rules: list[Rule], deputy: str
) -> None:
    known = {rule.id: rule for rule in rules}
    for mandate in mandates(deputy, rules, NOON, staff.__getitem__):
        chain = [known[one] for one in mandate.rules]
        people = [mandate.principal, *mandate.via, deputy]
        assert len(chain) <= CHAIN_MAX and len(set(people)) == len(people) == len(chain) + 1
        assert [(rule.principal, rule.deputy) for rule in chain] == list(zip(people, people[1:], strict=False))
        assert all(rule.holds_at(NOON) for rule in chain)
        assert mandate.persons() == set(people) - {deputy}


@given(RULES)
@settings(max_examples=examples(300))
def test_what_is_accepted_holds_no_circle_at_any_moment(rules: list[Rule]) -> None:
    standing = accepted(rules)
    for at in TIMES:
        edges = {(rule.principal, rule.deputy) for rule in standing if rule.holds_at(at)}
        reach = set(edges)
        for _ in PEOPLE:
            reach |= {(a, d) for a, b in reach for c, d in edges if b == c}
        assert not any(a == b for a, b in reach)


@given(RULES)
@settings(max_examples=examples(300))
def test_what_is_accepted_is_never_passed_on_more_than_three_times(rules: list[Rule]) -> None:
    standing = accepted(rules)
    for at in TIMES:
        lengths: dict[str, int] = dict.fromkeys(PEOPLE, 0)
        for _ in PEOPLE:
            for rule in standing:
                if rule.holds_at(at):
                    lengths[rule.deputy] = max(lengths[rule.deputy], lengths[rule.principal] + 1)
        assert max(lengths.values()) <= CHAIN_MAX


def test_a_rule_to_oneself_backwards_or_twice_is_refused_in_words() -> None:
    assert fault_of(away("ann", "ann"), []) is not None
    assert fault_of(Rule("x", "ann", "bob", TIMES[2], TIMES[1]), []) is not None
    assert fault_of(away("ann", "bob"), [away("ann", "bob")]) is not None
    assert fault_of(away("ann", "bob", site="HQ"), [away("ann", "bob", site="B2")]) is None


def test_a_circle_over_two_is_refused_and_one_at_another_time_is_not() -> None:
    circle = fault_of(away("cy", "ann"), [away("ann", "bob"), away("bob", "cy")])
    assert circle is not None and "循环" in circle.zh
    assert fault_of(Rule("later", "bob", "ann", TIMES[3], "2026-12-31T00:00:00.000Z"), [away("ann", "bob")]) is None


def test_scopes_narrow_from_hand_to_hand() -> None:
    staff = {
        "ann": {"receiver": frozenset(SITES)},
        "bob": {"receiver": frozenset({"B2"})},
        "cy": {"inspector": frozenset({"HQ"})},
    }
    rules = [away("ann", "bob", site="HQ"), away("bob", "cy", definition="receiving")]
    found = {mandate.principal: mandate for mandate in mandates("cy", rules, NOON, staff.__getitem__)}
    assert found["ann"].posts == {"receiver": frozenset({"HQ"})} and found["ann"].via == ("bob",)
    assert found["ann"].roles_at("HQ", "receiving") == {"receiver"} and not found["ann"].roles_at("HQ", "returns")
    assert found["bob"].posts == {"receiver": frozenset({"B2"})}


def test_quality_is_passed_to_quality_only() -> None:
    staff = {
        "ann": {"quality_director": frozenset(SITES)},
        "bob": {"purchaser": frozenset(SITES)},
        "cy": {"quality_staff": frozenset({"HQ"})},
    }
    assert mandates("bob", [away("ann", "bob")], NOON, staff.__getitem__) == []
    assert mandates("cy", [away("ann", "cy")], NOON, staff.__getitem__)[0].posts == {
        "quality_director": frozenset(SITES)
    }
