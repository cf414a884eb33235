"""Drafts change, published versions do not, and at each moment one version is in force."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from records import definitions
from records.database import Database
from records.definitions import DefinitionSignature, DefinitionVersion, DraftConflictError
from records.verify import verify_tables
from tests.records.conftest import NOON, later


def _draft(name: str, version: str = "1.0.0", yaml: str = "a: 1\n", by: str = "owner") -> DefinitionVersion:
    checked = {"definition": {"limit": Decimal("0.10")}}
    return DefinitionVersion(name=name, version=version, yaml=yaml, checked=checked, saved_by=by, saved_at=NOON)


def _submit(database: Database, name: str, version: str = "1.0.0") -> None:
    with database.write() as session:
        definitions.save_draft(session, _draft(name, version), expected_rev=None)
        stamps = {"submitted_by": "owner", "submitted_at": NOON}
        assert definitions.set_state(session, name, version, "submitted", was=("draft",), **stamps)


def test_a_draft_is_saved_over_only_by_who_saw_its_last_state(database: Database) -> None:
    with database.write() as session:
        assert definitions.save_draft(session, _draft("draft"), expected_rev=None) == 1
        assert definitions.save_draft(session, _draft("draft", yaml="b: 2\n"), expected_rev=1) == 2
        for stale in (1, None):
            with pytest.raises(DraftConflictError, match="saved by somebody else"):
                definitions.save_draft(session, _draft("draft", yaml="c: 3\n", by="other"), expected_rev=stale)
    with database.read() as session:
        found = definitions.version(session, "draft", "1.0.0")
        assert found is not None and (found.yaml, found.rev) == ("b: 2\n", 2)
        assert found.checked == {"definition": {"limit": Decimal("0.1")}}


def test_a_draft_can_be_thrown_away_a_submitted_version_not(database: Database) -> None:
    _submit(database, "stays")
    with database.write() as session:
        definitions.save_draft(session, _draft("goes"), expected_rev=None)
        assert definitions.delete_draft(session, "goes", "1.0.0") and not definitions.delete_draft(
            session, "goes", "1.0.0"
        )
        assert not definitions.delete_draft(session, "stays", "1.0.0")


@pytest.mark.parametrize(
    "column", ["yaml", "forms", "tables", "cases", "checked", "sha256", "name", "version", "saved_by"]
)
def test_the_content_of_a_submitted_version_is_fixed(database: Database, column: str) -> None:
    name = f"fixed-{column}"
    _submit(database, name)
    for change in (f"UPDATE definition_version SET {column} = 'x'", "UPDATE definition_version SET state = 'draft'"):
        with pytest.raises(DatabaseError, match="published"), database.write() as session:
            session.connection().execute(text(f"{change} WHERE name = '{name}'"))
    with pytest.raises(DatabaseError, match="published"), database.write() as session:
        session.connection().execute(text(f"DELETE FROM definition_version WHERE name = '{name}'"))


def test_each_moment_has_its_version(database: Database) -> None:
    for version in ("1.0.0", "2.0.0"):
        _submit(database, "sop", version)
    with database.write() as session:
        definitions.make_effective(session, "sop", "1.0.0", later(10), now=later(10))
        definitions.make_effective(session, "sop", "2.0.0", later(100), now=later(20))
        at = {moment: definitions.effective(session, "sop", later(moment)) for moment in (9, 10, 99, 100)}
        assert {m: v.version if v else None for m, v in at.items()} == {9: None, 10: "1.0.0", 99: "1.0.0", 100: "2.0.0"}
        session.expire_all()
        assert _states(session) == {"1.0.0": "effective", "2.0.0": "scheduled"}
        definitions.turn_over(session, later(100))
        session.expire_all()
        assert _states(session) == {"1.0.0": "superseded", "2.0.0": "effective"}
        assert [v.version for v in definitions.effective_all(session, later(100)) if v.name == "sop"] == ["2.0.0"]


def _states(session: object) -> dict[str, str]:
    return {v.version: v.state for v in definitions.versions(session, "sop")}  # type: ignore[arg-type]


def test_a_version_published_before_a_scheduled_one_ends_when_that_begins(database: Database) -> None:
    for version in ("1.0.0", "2.0.0"):
        _submit(database, "between", version)
    with database.write() as session:
        definitions.make_effective(session, "between", "2.0.0", later(100), now=NOON)
        definitions.make_effective(session, "between", "1.0.0", NOON, now=NOON)
        found = definitions.version(session, "between", "1.0.0")
        assert found is not None and (found.state, found.effective_until) == ("effective", later(100))


def test_two_signers_at_once_see_each_other(database: Database) -> None:
    """Each signer locks the version first, so the second one sees the first one's signature."""
    _submit(database, "together")
    seen: list[int] = []

    def sign(role: str) -> None:
        with database.write() as session:
            definitions.version(session, "together", "1.0.0", lock=True)
            before = len(definitions.signatures(session, "together", "1.0.0"))
            signature = DefinitionSignature(
                name="together",
                version="1.0.0",
                sha256="d",
                signer=role,
                role=role,
                meaning="approve",
                at=NOON,
                act={},
                seal="",
            )
            definitions.add_signature(session, signature)
            seen.append(before)

    threads = [threading.Thread(target=sign, args=(role,)) for role in ("quality_director", "company_head")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [0, 1]


def test_a_shipped_version_is_registered_once_and_witnessed(database: Database) -> None:
    with database.write() as session:
        shipped = _draft("shipped")
        shipped.state, shipped.source = "submitted", "shipped"
        assert definitions.register(session, shipped)
        assert not definitions.register(session, _draft("shipped"))
    with database.read() as session:
        assert verify_tables(session) == []


def test_one_role_signs_a_version_once(database: Database) -> None:
    def signature(signer: str) -> DefinitionSignature:
        return DefinitionSignature(
            name="signed", version="1.0.0", sha256="d", signer=signer, role="company_head", meaning="approve", at=NOON,
            act={}, seal="",
        )  # fmt: skip

    _submit(database, "signed")
    with database.write() as session:
        definitions.add_signature(session, signature("head"))
    with pytest.raises(IntegrityError), database.write() as session:
        definitions.add_signature(session, signature("head2"))
    with database.read() as session:
        assert [s.signer for s in definitions.signatures(session, "signed", "1.0.0")] == ["head"]
        assert verify_tables(session) == []
