"""Seals and chains: what was changed, removed, inserted or cut is found."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from domain import acts, chain

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {"act-1": base64.b64encode(KEY.public_key().public_bytes_raw()).decode()}


def sealed(values: dict[str, Any] | None = None, **changed: Any) -> acts.Act:
    given = values or {"note": "ok"}
    envelope: dict[str, Any] = dict.fromkeys(acts.FIELDS)
    envelope.update(v=1, actor={"id": "inspector"}, values_sha=acts.values_sha(given), key_id="act-1", **changed)
    return acts.seal(envelope, given, KEY)


def test_sealed_act_is_authentic_and_survives_its_journey() -> None:
    act = sealed()
    assert acts.fault_of(act, KEYS) is None
    assert acts.fault_of(acts.Act.from_json(act.as_json()), KEYS) is None
    assert acts.Act.from_json(act.as_json()).sha == act.sha


@pytest.mark.parametrize("field", sorted(acts.FIELDS - {"v", "key_id", "values_sha"}))
def test_any_changed_field_breaks_the_seal(field: str) -> None:
    act = sealed()
    forged = acts.Act({**act.envelope, field: "forged"}, act.values, act.seal)
    assert acts.fault_of(forged, KEYS) == "seal"


def test_changed_values_missing_fields_and_unknown_keys_are_told_apart() -> None:
    act = sealed()
    assert acts.fault_of(acts.Act(act.envelope, {"note": "no"}, act.seal), KEYS) == "values"
    assert acts.fault_of(acts.Act({"v": 1}, act.values, act.seal), KEYS) == "fields"
    assert acts.fault_of(act, {}) == "key"


def linked(count: int) -> list[tuple[int, Any, str]]:
    head, links = chain.GENESIS, []
    for seq in range(1, count + 1):
        head = chain.next_head(head, {"n": seq})
        links.append((seq, {"n": seq}, head))
    return links


@given(st.integers(2, 12), st.data())
def test_first_break_of_a_chain_is_named(count: int, data: Any) -> None:
    links, at = linked(count), data.draw(st.integers(0, count - 2))
    assert chain.verify(links, chain.GENESIS)[1] is None
    changed = [*links[:at], (at + 1, {"n": "forged"}, links[at][2]), *links[at + 1 :]]
    removed = [*links[:at], *links[at + 1 :]]
    inserted = [*links[: at + 1], links[at], *links[at + 1 :]]
    for kind, bad, seq in (("changed", changed, at + 1), ("removed", removed, at + 1), ("inserted", inserted, at + 2)):
        found = chain.verify(bad, chain.GENESIS)[1]
        assert found is not None and (found.kind, found.seq) == (kind, seq)


def test_head_of_a_case_is_bound_to_its_id_its_rules_and_its_start() -> None:
    told: list[tuple[str, str, Any]] = [("A", "p", {}), ("B", "p", {}), ("A", "q", {}), ("A", "p", {"x": 1})]
    heads = {chain.case_head(*parts) for parts in told}
    assert len(heads) == 4
