"""Accounts, grants, sessions and tokens say who may be let in, and as what."""

from __future__ import annotations

from typing import Any

import pytest

from records import people
from records.database import Database
from records.people import Account, ApiToken, Login, RoleGrant, SetupLink
from tests.records.conftest import NOON, later


@pytest.fixture(scope="module")
def staffed(database: Database) -> Database:
    """Ann inspects at head office, Bob everywhere and only in November, Cy is disabled."""
    with database.write() as session:
        for name in ("ann", "bob", "cy"):
            session.add(
                Account(
                    username=name, name=name.title(), created_at=NOON, disabled=name == "cy", badge_hash=f"b-{name}"
                )
            )
        session.flush()
        grant: dict[str, Any] = {"granted_by": "admin", "granted_at": NOON}
        session.add(RoleGrant(account="ann", role="inspector", site="HQ", valid_from="2026-01-01", **grant))
        session.add(RoleGrant(account="bob", role="inspector", valid_from="2026-11-01", valid_to="2026-11-30", **grant))
        session.add(RoleGrant(account="cy", role="inspector", valid_from="2026-01-01", **grant))
        for name in ("ann", "cy"):
            session.add(Login(token_hash=f"t-{name}", account=name, created_at=NOON, seen_at=NOON))
    return database


def test_roles_are_those_in_force_on_the_day(staffed: Database) -> None:
    with staffed.read() as session:
        assert people.roles_on(session, "ann", "2026-11-22") == {"inspector": frozenset({"HQ"})}
        assert people.roles_on(session, "bob", "2026-11-30") == {"inspector": frozenset({"HQ", "B2"})}
        assert people.roles_on(session, "bob", "2026-12-01") == {}
        assert people.roles_on(session, "bob", "2026-10-31") == {}


def test_holders_of_a_role_leave_out_disabled_accounts_and_other_sites(staffed: Database) -> None:
    def names(site: str, day: str) -> list[str]:
        return [found.username for found in people.holders(session, "inspector", site, day)]

    with staffed.read() as session:
        assert names("HQ", "2026-11-22") == ["ann", "bob"]
        assert names("B2", "2026-11-22") == ["bob"]
        assert names("HQ", "2026-12-01") == ["ann"]


def test_a_revoked_grant_is_over_at_once_and_once(staffed: Database) -> None:
    with staffed.write() as session:
        grant = RoleGrant(account="ann", role="receiver", valid_from="2026-01-01", granted_by="admin", granted_at=NOON)
        session.add(grant)
        session.flush()
        assert grant.id is not None and "receiver" in people.roles_on(session, "ann", "2026-11-22")
        assert people.revoke(session, grant.id, "admin", NOON) and not people.revoke(session, grant.id, "admin", NOON)
        assert "receiver" not in people.roles_on(session, "ann", "2026-11-22")


def test_a_session_ends_locks_and_does_not_outlive_its_account(staffed: Database) -> None:
    with staffed.write() as session:
        found = people.login(session, "t-ann")
        assert found is not None and found[1].username == "ann"
        assert people.login(session, "t-cy") is None and people.login(session, "t-nobody") is None
        people.lock_login(session, "t-ann", later(5))
        session.expire_all()
        locked = people.login(session, "t-ann")
        assert locked is not None and locked[0].locked_at == later(5)
        people.end_logins_of(session, "ann", later(9))
        assert people.login(session, "t-ann") is None


def test_tokens_expire_and_can_be_revoked(staffed: Database) -> None:
    with staffed.write() as session:
        for name, expires, revoked in (("a", later(60), None), ("b", None, NOON), ("c", None, None)):
            session.add(
                ApiToken(
                    id=name,
                    name=name,
                    token_hash=name,
                    account="ann",
                    created_at=NOON,
                    expires_at=expires,
                    revoked_at=revoked,
                )
            )
        session.flush()
        assert people.token(session, "a", later(59)) is not None and people.token(session, "a", later(60)) is None
        assert people.token(session, "b", NOON) is None
        assert people.token(session, "c", later(10**6)) is not None


def test_a_setup_link_works_once_and_in_time(staffed: Database) -> None:
    with staffed.write() as session:
        session.add(SetupLink(token_hash="s1", created_at=NOON, expires_at=later(60)))
        session.add(SetupLink(token_hash="s2", created_at=NOON, expires_at=later(60)))
        session.flush()
        assert people.use_setup_link(session, "s1", later(1)) is not None
        assert people.use_setup_link(session, "s1", later(2)) is None
        assert people.use_setup_link(session, "s2", later(61)) is None


def test_failures_are_counted_by_source_and_minute(staffed: Database) -> None:
    with staffed.write() as session:
        assert [people.count_failure(session, "10.0.0.9", NOON) for _ in range(3)] == [1, 2, 3]
        assert people.count_failure(session, "10.0.0.9", later(60)) == 1
        assert people.failures_since(session, "10.0.0.9", NOON) == 4
        assert people.failures_since(session, "10.0.0.9", later(60)) == 1
        people.forget_failures(session, "10.0.0.9")
        assert people.failures_since(session, "10.0.0.9", NOON) == 0


def test_a_badge_names_its_owner(staffed: Database) -> None:
    with staffed.read() as session:
        found = people.account_by_badge(session, "b-bob")
        assert found is not None and found.username == "bob"
        assert people.account_by_badge(session, "b-x") is None
