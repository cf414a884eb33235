"""Whoever changes, removes, inserts or cuts rows behind the triggers is found, and the first place is named."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, text

from domain.chain import Break, next_head
from records import audit, triggers
from records.checkpoint import Checkpoints, compare
from records.database import Database
from records.verify import streams, verify_all, verify_stream, verify_tables
from tests.records.conftest import NOON, later

KEY = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
PUBLIC = {"seal-1": base64.b64encode(KEY.public_key().public_bytes_raw()).decode()}


class _UndoError(Exception):
    pass


@contextmanager
def tampered(database: Database, *statements: str, **values: Any) -> Iterator[Any]:
    """A session in which the triggers are gone and `statements` were run; everything is as before afterwards."""
    try:
        with database.write() as session:
            connection = session.connection()
            _drop_all_triggers(connection)
            for statement in statements:
                connection.execute(text(statement), values)
            session.expire_all()
            yield session
            raise _UndoError
    except _UndoError:
        return


def _drop_all_triggers(connection: Connection) -> None:
    for name in triggers.triggers_of(connection):
        table = name.removeprefix("gsp_").rpartition("_")[0]
        on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER {name}{on}"))


def test_an_untouched_database_holds(filled: Database) -> None:
    with filled.read() as session:
        assert {"admin", "case/C-filled", "refusals/HQ"} <= set(streams(session))
        assert verify_all(session) == []


CASE, REFUSALS = "case/C-filled", "refusals/HQ"
EVENT = "stream = 'refusals/HQ' AND seq"
RECORD = "case_id = 'C-filled' AND seq"


@pytest.mark.parametrize(
    ("stream", "statement", "seq", "kind"),
    [
        (REFUSALS, f"UPDATE audit_event SET actor = 'x' WHERE {EVENT} = 2", 2, "changed"),
        (REFUSALS, f"UPDATE audit_event SET payload = '{{}}' WHERE {EVENT} = 2", 2, "changed"),
        (REFUSALS, f"UPDATE audit_event SET rule = 'RULE-01' WHERE {EVENT} = 2", 2, "changed"),
        (REFUSALS, f"DELETE FROM audit_event WHERE {EVENT} = 2", 2, "removed"),
        (REFUSALS, f"DELETE FROM audit_event WHERE {EVENT} = 1", 1, "removed"),
        (REFUSALS, f"DELETE FROM audit_event WHERE {EVENT} = 3", 3, "cut"),
        (REFUSALS, f"DELETE FROM audit_event WHERE {EVENT} > 0", 1, "cut"),
        (REFUSALS, "DELETE FROM audit_head WHERE stream = 'refusals/HQ'", 4, "cut"),
        (REFUSALS, f"UPDATE audit_event SET seq = 9 WHERE {EVENT} = 3", 3, "removed"),
        (CASE, f"UPDATE case_record SET actor = 'x', detail = '{{}}' WHERE {RECORD} = 3", 3, "changed"),
        (CASE, f"UPDATE case_record SET at = '{later(9)}' WHERE {RECORD} = 2", 2, "changed"),
        (CASE, f"DELETE FROM case_record WHERE {RECORD} = 2", 2, "removed"),
        (CASE, f"DELETE FROM case_record WHERE {RECORD} = 4", 4, "cut"),
        (CASE, "UPDATE case_scope SET body = '{}' WHERE case_id = 'C-filled' AND scope = 'start'", 0, "changed"),
        (CASE, f"UPDATE signature SET signer = 'x' WHERE {RECORD} = 3", 3, "changed"),
        (CASE, f"DELETE FROM signature WHERE {RECORD} = 3", 3, "removed"),
        (CASE, f"UPDATE signature SET seq = 2 WHERE {RECORD} = 3", 2, "inserted"),
        (CASE, "UPDATE case_row SET seq = 3 WHERE id = 'C-filled'", 4, "inserted"),
        (CASE, "UPDATE case_row SET head = 'x' WHERE id = 'C-filled'", 4, "changed"),
        (CASE, "DELETE FROM case_row WHERE id = 'C-filled'", 0, "changed"),
        (CASE, "DELETE FROM case_wave WHERE case_id = 'C-filled' AND no = 2", 3, "inserted"),
        (CASE, "UPDATE case_wave SET head = 'x' WHERE case_id = 'C-filled' AND no = 2", 3, "changed"),
    ],
)
def test_tampering_with_a_stream_is_named(filled: Database, stream: str, statement: str, seq: int, kind: str) -> None:
    with tampered(filled, statement) as session:
        found = verify_stream(session, stream)
        assert found is not None and (found.seq, found.kind) == (seq, kind)


def test_an_inserted_event_is_named(filled: Database) -> None:
    columns = (
        "stream, company, site, mode, at, actor, action, subject, case_id, rule, payload, payload_sha, prev_hash, hash"
    )
    copied = f"INSERT INTO audit_event (seq, {columns}) SELECT 4, {columns} FROM audit_event WHERE {EVENT} = 3"
    with tampered(filled, copied) as session:
        found = verify_stream(session, REFUSALS)
        assert found is not None and found.seq == 4


@pytest.mark.parametrize(
    ("table", "statement", "kind"),
    [
        ("key_event", "UPDATE key_event SET public_key = 'x' WHERE key_id = 'k2'", "changed"),
        ("key_event", "DELETE FROM key_event WHERE key_id = 'k1'", "removed"),
        ("definition_signature", "UPDATE definition_signature SET signer = 'x'", "changed"),
        ("definition_signature", "DELETE FROM definition_signature", "removed"),
        ("definition_version", "UPDATE definition_version SET yaml = 'x'", "changed"),
        ("definition_version", "DELETE FROM definition_version", "removed"),
        ("definition_version", "UPDATE definition_version SET name = 'other'", "removed"),
        ("pinned_set", "UPDATE pinned_set SET body = '{}'", "changed"),
        ("history_archive", "UPDATE history_archive SET sha256 = 'x'", "changed"),
    ],
)
def test_tampering_with_a_table_is_named(filled: Database, table: str, statement: str, kind: str) -> None:
    with tampered(filled, statement) as session:
        (found,) = verify_tables(session)
        assert (found.where, found.found.kind) == (f"table:{table}", kind)


def test_an_inserted_publishing_signature_is_named(filled: Database) -> None:
    columns = "company, name, version, sha256, signer, meaning, at, act, seal"
    copied = (
        f"INSERT INTO definition_signature (id, role, {columns}) "
        f"SELECT 77, 'company_head', {columns} FROM definition_signature"
    )
    with tampered(filled, copied) as session:
        (found,) = verify_tables(session)
        assert (found.where, found.found.kind) == ("table:definition_signature", "inserted")


@pytest.fixture
def witnessed(filled: Database, tmp_path: Path) -> Checkpoints:
    """A file with checkpoints of the filled database."""
    checkpoints = Checkpoints(tmp_path / "checkpoints.jsonl")
    with filled.read() as session:
        checkpoints.write(session, KEY, "seal-1", NOON)
        checkpoints.write(session, KEY, "seal-1", later(60))
    return checkpoints


def _against(session: Any, checkpoints: Checkpoints) -> dict[str, Break]:
    read, broken = checkpoints.read(PUBLIC)
    assert broken is None
    return {finding.where: finding.found for finding in compare(session, read)}


def test_checkpoints_agree_with_an_untouched_database(filled: Database, witnessed: Checkpoints) -> None:
    with filled.read() as session:
        assert _against(session, witnessed) == {}


def test_a_second_checkpoint_holds_only_what_changed(filled: Database, witnessed: Checkpoints) -> None:
    first, second = witnessed.read(PUBLIC)[0]
    assert CASE in first.heads and second.heads == {} and second.prev == first.sha


def test_a_rewritten_chain_is_found_by_its_checkpoint(filled: Database, witnessed: Checkpoints) -> None:
    with tampered(filled) as session:
        _rewrite(session, REFUSALS, 3, "forged")
        assert verify_stream(session, REFUSALS) is None
        found = _against(session, witnessed)[REFUSALS]
        assert (found.seq, found.kind) == (1, "changed")


def _rewrite(session: Any, stream: str, seq: int, actor: str) -> None:
    """Forge an event and everything that hangs on it, as somebody with the whole database could."""
    connection = session.connection()
    of_row = {"stream": stream, "seq": seq, "actor": actor}
    row = dict(
        connection.execute(text("SELECT * FROM audit_event WHERE stream = :stream AND seq = :seq"), of_row)
        .mappings()
        .one()
    )
    row["actor"] = actor
    forged = {"hash": next_head(row["prev_hash"], audit.sealed(row)), **of_row}
    connection.execute(
        text("UPDATE audit_event SET actor = :actor, hash = :hash WHERE stream = :stream AND seq = :seq"), forged
    )
    connection.execute(text("UPDATE audit_head SET hash = :hash WHERE stream = :stream"), forged)


def test_a_tail_cut_with_its_head_is_found_by_its_checkpoint(filled: Database, witnessed: Checkpoints) -> None:
    cut = f"DELETE FROM audit_event WHERE {EVENT} > 1"
    head = (
        "UPDATE audit_head SET seq = 1, hash = (SELECT hash FROM audit_event WHERE stream = 'refusals/HQ' AND seq = 1) "
    )
    with tampered(filled, cut, head + "WHERE stream = 'refusals/HQ'") as session:
        assert verify_stream(session, REFUSALS) is None
        found = _against(session, witnessed)[REFUSALS]
        assert (found.seq, found.kind) == (2, "cut")


def test_a_case_that_vanished_whole_is_found_by_its_checkpoint(filled: Database, witnessed: Checkpoints) -> None:
    tables = ("case_record", "case_wave", "case_scope", "signature", "task", "case_step")
    gone = [f"DELETE FROM {table} WHERE case_id = 'C-filled'" for table in tables]
    with tampered(filled, *gone, "DELETE FROM case_row WHERE id = 'C-filled'") as session:
        assert _against(session, witnessed)[CASE].kind == "cut"


@pytest.mark.parametrize(
    ("spoil", "no", "kind"),
    [
        (lambda lines: [lines[0].replace('"no":1', '"no":1 '), lines[1]], None, ""),
        (lambda lines: [lines[0].replace(NOON, later(1)), lines[1]], 1, "changed"),
        (lambda lines: [lines[1]], 1, "removed"),
        (lambda lines: [lines[0], lines[0], lines[1]], 2, "inserted"),
        (lambda lines: [lines[0], lines[1][:-20]], 2, "changed"),
    ],
)
def test_a_checkpoint_file_that_was_touched_says_where(
    witnessed: Checkpoints, spoil: Any, no: int | None, kind: str
) -> None:
    lines = witnessed.path.read_text("utf-8").splitlines()
    witnessed.path.write_text("\n".join(spoil(lines)) + "\n", "utf-8")
    broken = witnessed.read(PUBLIC)[1]
    assert (broken.seq, broken.kind) == (no, kind) if broken is not None else no is None


def test_a_checkpoint_of_an_unknown_key_does_not_count(witnessed: Checkpoints) -> None:
    read, broken = witnessed.read({"other": PUBLIC["seal-1"]})
    assert read == [] and broken is not None and broken.expected == "seal"


def test_a_restarted_writer_continues_the_file(filled: Database, witnessed: Checkpoints) -> None:
    again = Checkpoints(witnessed.path)
    with filled.read() as session:
        third = again.write(session, KEY, "seal-1", later(120))
    read, broken = again.read(PUBLIC)
    assert broken is None and [c.no for c in read] == [1, 2, 3] and third.heads == {}
