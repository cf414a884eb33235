"""Change, remove, insert or cut rows of each audited table behind the triggers: the first one is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from domain.chain import Break
from records import cases, triggers
from records.verify import Finding
from services import audit, folding, upkeep, witnesses
from services.seals import first_of_each
from services.waves import waves_of
from tests.installed import Installation


class _UndoError(Exception):
    pass


@contextmanager
def tampered(living: Installation, statement: str, **values: Any) -> Iterator[Session]:
    """A session without triggers in which `statement` was run; everything is as before afterwards."""
    try:
        with living.office.db.write() as session:
            connection = session.connection()
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET session_replication_role = replica"))
            for name in triggers.triggers_of(connection) if connection.dialect.name == "sqlite" else ():
                connection.execute(text(f"DROP TRIGGER {name}"))
            done = connection.execute(text(statement), values)
            assert done.rowcount, "the tampering itself has to hit a row"
            session.expire_all()
            yield session
            raise _UndoError
    except _UndoError:
        if not living.office.db.is_sqlite:
            with living.office.db.write() as session:
                session.connection().execute(text("SET session_replication_role = origin"))


def found_in(living: Installation, session: Session) -> list[Finding]:
    """What a verification of this session finds."""
    report = audit.Report()
    audit.recompute(session, audit.premises_of(living.office), report)
    return first_of_each(report.findings)


CASE = "case_id = :case AND seq"
RULES = "(SELECT pinned_sha FROM case_row WHERE id = :case)"
ARCHIVE = "table:history_archive"
ARCHIVED = "company, site, mode, run_id, part, events, history, sha256, archived_at"
DONE = "case_id = :case AND done_by IS NOT NULL"
KEY = "process, site, mode, key, case_id, claimed_at, company"
KEY_OF = "process, site, mode, 'K', id, started_at, company"
GRANTS = "table:role_grant"
GRANTED = "company, account, role, valid_from, granted_by, granted_at"
GRANT = f"id, {GRANTED}"
HQ = "stream = 'refusals/HQ' AND seq"


@pytest.mark.parametrize(
    ("statement", "where", "seq", "kind"),
    [
        (f"UPDATE case_record SET actor = 'somebody' WHERE {CASE} = 3", "case/", 3, "changed"),
        (f"UPDATE case_record SET at = '2020-01-01T00:00:00.000Z' WHERE {CASE} = 4", "case/", 4, "changed"),
        (f"UPDATE case_record SET detail = '{{}}' WHERE {CASE} = 2", "case/", 2, "changed"),
        (f"DELETE FROM case_record WHERE {CASE} = 5", "case/", 5, "removed"),
        (f"DELETE FROM case_record WHERE {CASE} >= 6", "case/", 6, "cut"),
        (f"UPDATE signature SET signer = 'somebody' WHERE {CASE} = :signed", "case/", None, "changed"),
        (f"DELETE FROM signature WHERE {CASE} = :signed", "case/", None, "removed"),
        ("DELETE FROM case_wave WHERE case_id = :case AND no = 2", "case/", None, "removed"),
        ("UPDATE pinned_set SET body = '{}'", "table:pinned_set", 0, "changed"),
        (f"DELETE FROM pinned_set WHERE sha256 = {RULES}", "table:pinned_set", 0, "removed"),
        ("DELETE FROM history_archive WHERE case_id = :case", "table:history_archive", None, "removed"),
        ("UPDATE history_archive SET events = events + 1", "table:history_archive", None, "changed"),
        ("UPDATE history_archive SET archived_at = '2020'", "table:history_archive", None, "changed"),
        (
            f"INSERT INTO history_archive (case_id, {ARCHIVED}) SELECT 'X', {ARCHIVED} FROM history_archive LIMIT 1",
            ARCHIVE,
            0,
            "inserted",
        ),
        ("UPDATE definition_version SET state = 'withdrawn'", "table:definition_version", None, "changed"),
        ("UPDATE definition_version SET effective_from = '2020'", "table:definition_version", None, "changed"),
        ("UPDATE case_row SET state = 'running' WHERE id = :case", "case/", None, "changed"),
        ("UPDATE case_row SET started_by = 'somebody' WHERE id = :case", "case/", None, "changed"),
        ("UPDATE case_row SET outcome = 'fine' WHERE id = :case", "case/", None, "changed"),
        ("UPDATE case_row SET closed_at = NULL WHERE id = :case", "case/", None, "changed"),
        (f"UPDATE task SET state = 'open' WHERE {DONE}", "case/", None, "changed"),
        (f"UPDATE task SET done_by = 'somebody' WHERE {DONE}", "case/", None, "changed"),
        (f"UPDATE task SET assignee = 'somebody' WHERE {DONE}", "case/", None, "changed"),
        (f"UPDATE task SET outcome = 'fine' WHERE {DONE}", "case/", None, "changed"),
        ("DELETE FROM task_role", "case/", None, "changed"),
        ("UPDATE case_step SET state = 'open' WHERE case_id = :case", "case/", None, "changed"),
        ("UPDATE case_scope SET body = '{}' WHERE case_id = :case AND scope = 'data'", "case/", None, "changed"),
        ("UPDATE act_answer SET answer = '{}' WHERE case_id = :case", "case/", None, "changed"),
        ("UPDATE act_answer SET caller = 'somebody' WHERE case_id = :case", "case/", None, "changed"),
        ("DELETE FROM act_answer WHERE case_id = :case", "case/", None, "changed"),
        (f"INSERT INTO business_key ({KEY}) SELECT {KEY_OF} FROM case_row WHERE id = :case", "case/", None, "changed"),
        ("UPDATE role_grant SET account = 'receiver' WHERE role = 'quality_director'", "table:role_grant", None, None),
        ("DELETE FROM role_grant WHERE role = 'quality_director'", "table:role_grant", None, "removed"),
        (f"INSERT INTO role_grant ({GRANT}) SELECT 999, {GRANTED} FROM role_grant LIMIT 1", GRANTS, 0, "inserted"),
        ("UPDATE account SET disabled = true WHERE username = 'head'", "table:account", None, "changed"),
        ("UPDATE account SET password_hash = 'x' WHERE username = 'head'", "table:account", None, "changed"),
        ("UPDATE qualification SET valid_until = '2099-01-01'", "table:qualification", None, "changed"),
        ("UPDATE credential SET valid_until = '2099-01-01'", "table:credential", None, "changed"),
        ("UPDATE partner SET name = 'Somebody'", "table:partner", None, "changed"),
        ("UPDATE product SET registration_no = 'X'", "table:product", None, "changed"),
        ("UPDATE purchase_order SET state = 'X'", "table:purchase_order", None, "changed"),
        ("UPDATE location SET name = 'X'", "table:location", None, "changed"),
        ("DELETE FROM audit_event WHERE stream = 'admin' AND seq = 2", "admin", 2, "removed"),
        ("UPDATE audit_event SET actor = 'somebody' WHERE stream = 'admin' AND seq = 2", "admin", 2, "changed"),
        ("DELETE FROM audit_event WHERE stream = 'admin' AND seq >= 4", "admin", 4, "cut"),
        ("UPDATE key_event SET public_key = 'AAAA' WHERE id = 1", "table:key_event", None, "changed"),
        ("DELETE FROM key_event WHERE id = 2", "table:key_event", None, "removed"),
        ("UPDATE definition_signature SET signer = 'owner'", "table:definition_signature", None, "changed"),
        ("DELETE FROM definition_signature", "table:definition_signature", None, "removed"),
        ("UPDATE definition_version SET yaml = 'x: 1'", "table:definition_version", None, "changed"),
        ("UPDATE history_archive SET events = 1, history = :bytes", "table:history_archive", None, "changed"),
        ("UPDATE audit_event SET payload = '{}' WHERE stream LIKE 'ledger/%' AND seq = 1", "ledger/", 1, "changed"),
        ("DELETE FROM audit_event WHERE stream LIKE 'refusals/%' AND seq = 1", "refusals/", 1, None),
    ],
)
async def test_first_bad_record_is_named(
    living: Installation, statement: str, where: str, seq: int | None, kind: str | None
) -> None:
    await upkeep.archive(living.office)
    case_id = await living.closed_case()
    signed = (await living.office.db.reading(cases.signatures, case_id))[0].seq
    values = {"case": case_id, "signed": signed, "bytes": b"gone"}
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    with tampered(living, statement, **used) as session:
        found = [each for each in found_in(living, session) if each.where.startswith(where)]
    assert found, "nothing was found"
    if seq is not None:
        assert found[0].found.seq == seq
    if kind is not None:
        assert found[0].found.kind == kind


async def test_untouched_installation_holds(living: Installation) -> None:
    await upkeep.Keeper(living.office).checkpoint()
    report = await audit.verify_installation(audit.premises_of(living.office), living.office.now(), thorough=True)
    assert report.lines("en") == []
    assert report.counts["seals"] > 20 and report.counts["waves"] > 50 and report.counts["checkpoints"] >= 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stock_move SET qty = qty + 1 WHERE id = (SELECT MIN(id) FROM stock_move)",
        "DELETE FROM stock_move WHERE id = (SELECT MAX(id) FROM stock_move)",
        "UPDATE stock_move SET business_at = '2020-01-01T00:00:00.000Z'",
        "UPDATE stock_move SET recorded_at = '2020-01-01T00:00:00.000Z'",
        "UPDATE stock_move SET unit_cost = 1",
        "UPDATE posting SET actor = 'somebody'",
        "UPDATE stock_balance SET qty = qty + 1 WHERE qty > 0",
        "UPDATE posting SET request = '{}'",
        "UPDATE lot SET expiry = '2099-01-01' WHERE expiry <> ''",
    ],
)
async def test_tampering_with_stock_is_named(living: Installation, statement: str) -> None:
    with tampered(living, statement) as session:
        report = audit.Report()
        audit.recompute(session, audit.premises_of(living.office), report)
    assert report.ledger and report.ledger[0].subject


async def test_rewritten_row_that_no_chain_covers_differs_from_records_and_history(living: Installation) -> None:
    case_id = await living.closed_case()
    waves = await waves_of(await living.office.gateway.histories(case_id))
    for statement in (
        "UPDATE task SET done_by = 'somebody' WHERE case_id = :case AND done_by IS NOT NULL",
        "UPDATE case_scope SET body = '{}' WHERE case_id = :case AND scope = 'data'",
        "UPDATE case_step SET state = 'open' WHERE case_id = :case",
        "UPDATE case_row SET outcome = 'fine' WHERE id = :case",
    ):
        with tampered(living, statement, case=case_id) as session:
            seen = found_in(living, session)
            found = witnesses.case_difference(session, case_id, waves)
        assert found is not None and found[0] == f"case/{case_id}"
        assert [(each.where, each.witness) for each in seen] == [(f"case/{case_id}", folding.FOLDED)]


async def test_whole_case_removed_is_missed_by_checkpoint(living: Installation) -> None:
    await upkeep.Keeper(living.office).checkpoint()
    case_id = await living.closed_case()
    tables = ["case_row", "case_record", "case_wave", "signature"]
    with tampered(living, "DELETE FROM case_row WHERE id = :case", case=case_id) as session:
        for table in tables[1:]:
            session.connection().execute(text(f"DELETE FROM {table} WHERE case_id = :case"), {"case": case_id})
        found = [each for each in found_in(living, session) if each.where == f"case/{case_id}"]
    assert [(each.found.seq, each.found.kind, each.witness) for each in found] == [(1, "cut", "checkpoint")]


async def test_attachment_that_changed_on_the_disk_is_named(living: Installation) -> None:
    file = next(path for path in living.office.attachments.rglob("*") if path.is_file() and len(path.name) == 64)
    before = file.read_bytes()
    try:
        file.write_bytes(before + b"x")
        with living.office.db.read() as session:
            _, changed = witnesses.attachment_breaks(session, living.office.attachments)
        file.unlink()
        with living.office.db.read() as session:
            _, gone = witnesses.attachment_breaks(session, living.office.attachments)
    finally:
        file.write_bytes(before)
    assert [each.where for each in changed + gone] == [f"attachment:{file.name}"] * 2
    assert [each.found.kind for each in changed + gone] == ["changed", "removed"]


async def test_foreign_key_on_record_is_named(living: Installation) -> None:
    statement = (
        "INSERT INTO key_event (id, company, at, purpose, event, key_id, public_key, body) "
        "VALUES (99, 'main', '2026-01-01T00:00:00.000Z', 'act', 'created', 'act-00000000', 'AAAA', '{}')"
    )
    with tampered(living, statement) as session:
        found = [each for each in found_in(living, session) if each.where == "table:key_event"]
    assert [type(each.found) for each in found] == [Break] and found[0].found.kind in ("inserted", "changed")
