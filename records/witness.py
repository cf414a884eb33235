"""The admin stream as a witness of rows outside the chains: keys, publishing, archives, accounts, posts, master data.

For each such row the stream holds its key and its hash, so a row changed, removed or inserted behind our back shows.
Rows that may change are watched: whatever a transaction did to them goes into the stream before it commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, select, tuple_, type_coerce
from sqlalchemy import Text as SqlText
from sqlmodel import Session, SQLModel

from domain.canonical import digest
from domain.chain import Break
from domain.clock import to_text
from domain.json_types import JsonObject
from records import audit
from records.base import JsonText, as_dict, connection_of, table_of

CHANGING = {
    "definition_version": frozenset(
        "state rev reason submitted_by submitted_at effective_from effective_until withdrawn_by withdrawn_at "
        "withdrawn_reason".split()
    ),
    "history_archive": frozenset({"history"}),
}
"""Columns that may change after a row was witnessed, and bytes that another column is the hash of."""
WATCHED = frozenset(
    "company site department account role_grant api_token device partner credential credential_scope qualification "
    "product product_di product_unit contract price_agreement purchase_order purchase_order_line warehouse location "
    "definition_version contact notice_setting staff_record training_plan deputy_rule roster_shift "
    "sales_order sales_order_line sales_allocation credit_term customer_payment shipment shipment_line sales_return "
    "sales_return_line".split()
)
"""Tables whose rows may change, by our own hands alone: the last hash in the stream is that of the row as it stands."""
KEPT = "rows_kept"
ROWS_MOST = 500
"""So many rows at most are in one event."""
_STATE = ".state"
_BEFORE = "gsp_rows_before"
_TOLD = "gsp_rows_told"
_TELLING = "gsp_tables_told"


def row_sha(table: str, row: dict[str, Any]) -> str:
    """The hash of a row without the columns that may change."""
    changing = CHANGING.get(table, frozenset())
    return digest("row", {key: value for key, value in row.items() if key not in changing})


def testify(session: Session, row: SQLModel, *, actor: str, action: str, subject: str, at: str) -> None:
    """Put a row's key and hash into the admin stream."""
    audit.append(session, audit.ADMIN, actor, action, subject, {"row": testimony(row)}, at)


def testimony(row: SQLModel) -> JsonObject:
    """A row's key and hash; events hold one as `row` or several in `rows`."""
    table = table_of(type(row))
    return {"table": table.name, "key": key_of(row), "sha256": row_sha(table.name, as_dict(row))}


def key_of(row: SQLModel) -> list[Any]:
    """The values of a row's primary key."""
    return [getattr(row, column.name) for column in table_of(type(row)).primary_key]


# ------------------------------------------------------------------ watching


def watch(connection: Connection) -> None:
    """From here to `conclude` the rows of watched tables are remembered as they were before they are written."""
    connection.info[_BEFORE] = {}
    connection.info[_TOLD] = {}


@contextmanager
def telling(session: Session, rows: Sequence[SQLModel]) -> Iterator[None]:
    """Write watched `rows` inside; they alone are told of, without reading their whole tables before and after.

    Whatever else the transaction writes to these tables, before or later, is watched as ever.
    """
    session.flush()
    connection = connection_of(session)
    connection.info[_TELLING] = {table_of(type(row)).name for row in rows}
    try:
        yield
    finally:
        connection.info.pop(_TELLING, None)
    told: dict[str, tuple[Table, set[tuple[Any, ...]]]] = connection.info.setdefault(_TOLD, {})
    for row in rows:
        table = table_of(type(row))
        if table.name in WATCHED:
            told.setdefault(table.name, (table, set()))[1].add(tuple(key_of(row)))


def about_to_write(connection: Connection, table: Table) -> None:
    """A statement that writes `table` is about to run: remember its rows, once in a transaction."""
    before: dict[str, Any] | None = connection.info.get(_BEFORE)
    if table.name in connection.info.get(_TELLING, ()):
        return
    if before is not None and table.name in WATCHED and table.name not in before:
        before[table.name] = (table, {})  # the query below must not come back here
        before[table.name] = (table, shas_of(connection, table))


def is_concerned(connection: Connection) -> bool:
    """Whether the transaction has written a watched table, so that `conclude` has something to say."""
    return bool(connection.info.get(_BEFORE) or connection.info.get(_TOLD))


def conclude(session: Session) -> None:
    """Put what the transaction did to watched rows into the admin stream, under the lock of its head."""
    session.flush()
    connection = connection_of(session)
    before: dict[str, tuple[Table, dict[str, str]]] = connection.info.pop(_BEFORE, {})
    told: dict[str, tuple[Table, set[tuple[Any, ...]]]] = connection.info.pop(_TOLD, {})
    if not before and not told:
        return
    audit.lock(session, audit.ADMIN)  # first: what another transaction testified while we waited is seen then
    changed = [entry for table, was in before.values() for entry in _changes(table, was, shas_of(connection, table))]
    said = {str(entry["row"]) for entry in changed}
    for table, keys in told.values():
        changed += [entry for entry in _states(connection, table, keys) if entry["row"] not in said]
    tell(session, changed)


def tell(session: Session, rows: list[JsonObject]) -> None:
    """Events that say of each row `{table, key, sha256}` what it is from now on; `sha256` is `None` for one that went."""
    now = to_text(datetime.now(UTC))
    for start in range(0, len(rows), ROWS_MOST):
        part: list[Any] = rows[start : start + ROWS_MOST]
        tables = " ".join(sorted({str(row["table"]) for row in part}))
        audit.append(session, audit.ADMIN, "system", KEPT, tables, {"rows": part}, now)


def baseline(session: Session, tables: list[Table]) -> None:
    """Testify of every watched row as it stands: once, when an installation begins to be watched."""
    connection = connection_of(session)
    tell(session, [entry for table in tables for entry in _changes(table, {}, shas_of(connection, table))])


def _states(connection: Connection, table: Table, keys: set[tuple[Any, ...]]) -> list[JsonObject]:
    """What the rows with these keys are now; no hash for one that is gone."""
    found: list[JsonObject] = []
    ordered = sorted(keys, key=str)
    for start in range(0, len(ordered), ROWS_MOST):
        part = ordered[start : start + ROWS_MOST]
        now = shas_of(connection, table, tuple_(*table.primary_key).in_(part))
        names = [_name(table.name, list(key)) for key in part]
        found += [{"table": table.name, "row": name, "sha256": now.get(name)} for name in names]
    return found


def shas_of(connection: Connection, table: Table, where: Any = None) -> dict[str, str]:
    """Name → hash of every row of a watched table (for which `where` holds); of a definition version only what may
    change, and no drafts.

    A column that is `NULL` is left out: one that a later release adds changes no hash.
    """
    only = CHANGING.get(table.name)
    keys = [column.name for column in table.primary_key]
    wanted = [column for column in table.columns if only is None or column.name in only or column.name in keys]
    # JSON is hashed as it is stored: a migration knows the column only as text.
    query = select(*[type_coerce(c, SqlText).label(c.name) if isinstance(c.type, JsonText) else c for c in wanted])
    if only is not None:
        query = query.where(table.c.state != "draft")
    if where is not None:
        query = query.where(where)
    part = table.name + (_STATE if only else "")
    found: dict[str, str] = {}
    for row in connection.execute(query).mappings():
        plain = {name: value for name, value in row.items() if value is not None}
        found[_name(part, [row[key] for key in keys])] = digest("row", plain)
    return found


def _changes(table: Table, was: dict[str, str], now: dict[str, str]) -> list[JsonObject]:
    changed = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    return [{"table": table.name, "row": name, "sha256": now.get(name)} for name in changed]


# ------------------------------------------------------------------ verifying


class Testimonies:
    """What the admin stream says of rows, read once for all tables."""

    def __init__(self, session: Session) -> None:
        events = table_of(audit.AuditEvent)
        telling = type_coerce(events.c.payload, SqlText).like('%"row%')
        query = select(events.c.seq, events.c.payload).where(events.c.stream == audit.ADMIN, telling)
        self.fixed: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        self.watched: dict[str, dict[str, tuple[int, str | None]]] = defaultdict(dict)
        for event in connection_of(session).execute(query.order_by(events.c.seq)):
            self._take(event.seq, event.payload)

    def _take(self, seq: int, payload: dict[str, Any]) -> None:
        row, rows = payload.get("row"), payload.get("rows")
        if isinstance(row, dict) and "key" in row:
            self.fixed[row["table"]].append((seq, _name(row["table"], row["key"]), row["sha256"]))
        for each in rows if isinstance(rows, list) else ():
            if isinstance(each, dict) and "key" in each:
                self.fixed[each["table"]].append((seq, _name(each["table"], each["key"]), each["sha256"]))
            elif isinstance(each, dict) and "sha256" in each:
                self.watched[each["table"]][each["row"]] = (seq, each["sha256"])


def verify_watched(session: Session, table: Table, told: Testimonies) -> Break | None:
    """Compare every row of a watched table with the last that the admin stream says of it; the first difference."""
    stored, last = shas_of(connection_of(session), table), told.watched.get(table.name, {})
    for name, (seq, sha) in sorted(last.items(), key=lambda item: item[1][0]):
        found = stored.get(name)
        if found == sha:
            continue
        if sha is None:
            return Break(seq, "inserted", "", name)
        return Break(seq, "removed", name, "") if found is None else Break(seq, "changed", f"{name} {sha}", found)
    unknown = sorted(stored.keys() - last.keys())
    return Break(0, "inserted", "", unknown[0]) if unknown else None


def verify_rows(session: Session, model: type[SQLModel], told: Testimonies, where: Any = None) -> Break | None:
    """Compare the rows of `model` (those for which `where` holds) with the admin stream; the first difference.

    `Break.seq` is the number of the admin event, 0 for a row that no event knows; `expected`/`found` name row and hash.
    """
    table = table_of(model)
    keys = [column.name for column in table.primary_key]
    changing = CHANGING.get(table.name, frozenset())
    query = select(*[column for column in table.columns if column.name not in changing])
    stored = {
        _name(table.name, [row[k] for k in keys]): dict(row)
        for row in connection_of(session).execute(query if where is None else query.where(where)).mappings()
    }
    known: set[str] = set()
    for seq, name, sha in told.fixed.get(table.name, ()):
        row = stored.get(name)
        known.add(name)
        if row is None:
            return Break(seq, "removed", name, "")
        found = row_sha(table.name, row)
        if found != sha:
            return Break(seq, "changed", f"{name} {sha}", found)
    unknown = sorted(set(stored) - known)
    return Break(0, "inserted", "", unknown[0]) if unknown else None


def _name(table: str, key: list[Any]) -> str:
    return f"{table} {'/'.join(map(str, key))}"
