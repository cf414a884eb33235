"""Append-only tables, held by triggers on both engines. Migrations call `append_only` and `published_only`.

A migration that rebuilds a table on SQLite (batch mode) loses its triggers; `records.migrate` notes them before and
puts them back after.
Source: https://sqlite.org/lang_altertable.html, https://www.postgresql.org/docs/current/sql-createtrigger.html.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

PREFIX = "gsp_"
"""Every trigger of ours is called `gsp_<table>_…`."""

_FIXED_WHEN_PUBLISHED = (
    "name version company sha256 yaml forms tables cases checked title owner source saved_by saved_at".split()
)


def append_only(connection: Connection, table: str) -> None:
    """From now on rows of `table` can be inserted and read, nothing else; TRUNCATE is refused on PostgreSQL too."""
    if connection.dialect.name == "postgresql":
        _postgres_append_only(connection, table)
        return
    for verb in ("UPDATE", "DELETE"):
        _run(
            connection,
            f"CREATE TRIGGER IF NOT EXISTS {PREFIX}{table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
        )


def published_only(connection: Connection) -> None:
    """A definition version past draft keeps its content and cannot be deleted or become a draft again."""
    if connection.dialect.name == "postgresql":
        _postgres_published(connection)
        return
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _FIXED_WHEN_PUBLISHED)
    _run(
        connection,
        f"CREATE TRIGGER IF NOT EXISTS {PREFIX}definition_version_update BEFORE UPDATE ON definition_version "
        f"WHEN OLD.state <> 'draft' AND (NEW.state = 'draft' OR {changed}) "
        "BEGIN SELECT RAISE(ABORT, 'definition_version is published: its content cannot change'); END",
    )
    _run(
        connection,
        f"CREATE TRIGGER IF NOT EXISTS {PREFIX}definition_version_delete BEFORE DELETE ON definition_version "
        "WHEN OLD.state <> 'draft' BEGIN SELECT RAISE(ABORT, 'definition_version is published: it stays'); END",
    )


def triggers_of(connection: Connection) -> dict[str, str]:
    """Our triggers, name → the statement that makes it."""
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'gsp\\_%'"
    else:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'gsp\\_%' ESCAPE '\\'"
    return {row[0]: row[1] for row in connection.execute(text(query))}


def put_back(connection: Connection, before: dict[str, str], tables: set[str]) -> list[str]:
    """Make triggers again that were there `before` and are gone, if their table is not; returns their names."""
    lost = [name for name in before if name not in triggers_of(connection) and _table_of(name) in tables]
    for name in lost:
        _run(connection, before[name])
    return lost


def _table_of(trigger: str) -> str:
    return trigger.removeprefix(PREFIX).rpartition("_")[0]


def _postgres_append_only(connection: Connection, table: str) -> None:
    _run(
        connection,
        "CREATE OR REPLACE FUNCTION gsp_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    )
    for verb, scope in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        _run(
            connection,
            f"CREATE OR REPLACE TRIGGER {PREFIX}{table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"FOR EACH {scope} EXECUTE FUNCTION gsp_append_only()",
        )


def _postgres_published(connection: Connection) -> None:
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _FIXED_WHEN_PUBLISHED)
    table = "definition_version"
    _run(
        connection,
        "CREATE OR REPLACE FUNCTION gsp_published_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'definition_version is published: its content cannot change'; END $$",
    )
    for verb, scope, when in (
        ("UPDATE", "ROW", f"WHEN (OLD.state <> 'draft' AND (NEW.state = 'draft' OR {changed})) "),
        ("DELETE", "ROW", "WHEN (OLD.state <> 'draft') "),
        ("TRUNCATE", "STATEMENT", ""),
    ):
        _run(
            connection,
            f"CREATE OR REPLACE TRIGGER {PREFIX}{table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"FOR EACH {scope} {when}EXECUTE FUNCTION gsp_published_only()",
        )


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement.replace("%", "%%") if connection.dialect.name == "postgresql" else statement)
