"""Messages to cases: who waits under which keys, what was said, and what still has to be told to whom.

Keys and buffered messages meet in one transaction, whichever comes first: the wave that begins to wait looks for
messages, the message looks for those that wait. On PostgreSQL both take a lock on the message's name.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Index, delete, insert, select, text, update
from sqlmodel import Field, Session

from records.base import JsonText, Stored, connection_of, table_of
from records.case_tables import Placed

WAITING, DONE, REFUSED = "waiting", "done", "refused"
BUFFERED, MATCHED, DEAD = "buffered", "matched", "dead"
ATTEMPTS_PAUSE_MAX = 300


class Listen(Placed, table=True):
    """A case waits for messages of a name under a key; `path` is the waiting step's, empty for the case as a whole."""

    __table_args__ = (Index("ix_listen_key", "name", "key", "mode"),)

    case_id: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    keep: bool = True


class Message(Placed, table=True):
    """One message as it was sent. `state`: `buffered` until somebody takes it, `matched`, or `dead` when nobody did."""

    __table_args__ = (Index("ix_message_state", "state", "keep_until"),)

    id: str = Field(primary_key=True)
    name: str
    keys: list[Any] = Field(default_factory=list, sa_type=JsonText)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    body_sha: str
    posted_by: str
    posted_at: str
    keep_until: str
    state: str = BUFFERED


class MessageKey(Stored, table=True):
    """The index of buffered messages."""

    name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)


class Telling(Placed, table=True):
    """What the system has to tell a case, once: a message, or the end of a sub-process."""

    __table_args__ = (Index("ix_telling_due", "state", "next_at"), Index("ix_telling_message", "message_id"))

    id: str = Field(primary_key=True)
    kind: str
    case_id: str
    path: str = ""
    message_id: str | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    state: str = WAITING
    attempts: int = 0
    next_at: str
    last_error: str | None = None
    at: str


_listen, _message, _key, _telling = map(table_of, (Listen, Message, MessageKey, Telling))


# ---------------------------------------------------------------- what a wave says
def listen(connection: Connection, case: dict[str, Any], places: Sequence[Any], at: str) -> None:
    """Where the case waits now; messages that are buffered under its keys are to be told to it."""
    for place in places:
        mine = (_listen.c.case_id == case["id"], _listen.c.path == place["path"])
        connection.execute(delete(_listen).where(*mine))
        rows = [_row(case, place["path"], arm, key) for arm in place["waits"] for key in dict.fromkeys(arm["keys"])]
        unique = {(row["name"], row["key"]): row for row in rows}
        if not unique:
            continue
        _lock(connection, {row["name"] for row in unique.values()})
        connection.execute(insert(_listen), list(unique.values()))
        _meet(connection, case, [row for row in unique.values() if row["keep"]], at)


def _row(case: dict[str, Any], path: str, arm: Any, key: str) -> dict[str, Any]:
    place = {name: case[name] for name in ("company", "site", "mode")}
    return {**place, "case_id": case["id"], "path": path, "name": arm["name"], "key": key, "keep": arm["keep"]}


def _meet(connection: Connection, case: dict[str, Any], rows: list[dict[str, Any]], at: str) -> None:
    for row in rows:
        found = connection.execute(
            select(_message)
            .join(_key, _key.c.message_id == _message.c.id)
            .where(_key.c.name == row["name"], _key.c.key == row["key"], _message.c.mode == case["mode"])
            .where(_message.c.keep_until >= at)
        ).mappings()
        for message in found.all():
            _tell(connection, dict(message), case["id"], row, at)


def child_ended(connection: Connection, case: dict[str, Any], parent: Any, at: str) -> None:
    """The step that started this case is told how it ended, once."""
    row = {name: case[name] for name in ("company", "site", "mode")} | {
        "id": f"child/{case['id']}", "kind": "child_ended", "case_id": parent["case"], "path": parent["path"],
        "message_id": None, "payload": {"case": case["id"], "outcome": case["state"]}, "state": WAITING,
        "attempts": 0, "next_at": at, "last_error": None, "at": at,
    }  # fmt: skip
    _add(connection, row)


def forget(connection: Connection, case_id: str) -> None:
    """A case that is derived again waits for nothing until its waves say so; what was to be told stays."""
    connection.execute(delete(_listen).where(_listen.c.case_id == case_id))


# ---------------------------------------------------------------- what is said
def find(session: Session, message_id: str) -> Message | None:
    """The message of this id."""
    return session.get(Message, message_id)


def post(session: Session, message: Message, sites: Iterable[str] | None) -> list[str]:
    """Keep a message and note whom it is for; returns the cases that wait for it. ``sites``: only cases there."""
    connection = connection_of(session)
    _lock(connection, {message.name})
    session.add(message)
    session.flush()
    return _seek(connection, message, sites, message.posted_at)


def revive(session: Session, message: Message, sites: Iterable[str] | None, now: str, keep_until: str) -> list[str]:
    """A dead letter waits again, as if it came now; returns the cases that wait for it."""
    connection = connection_of(session)
    _lock(connection, {message.name})
    message.state, message.keep_until = BUFFERED, keep_until
    session.add(message)
    session.flush()
    return _seek(connection, message, sites, now)


def _seek(connection: Connection, message: Message, sites: Iterable[str] | None, at: str) -> list[str]:
    """Put the message under its keys, and note the cases that wait under one of them."""
    keys = list(dict.fromkeys(message.keys))
    connection.execute(insert(_key), [{"name": message.name, "key": key, "message_id": message.id} for key in keys])
    query = select(_listen).where(
        _listen.c.name == message.name, _listen.c.key.in_(keys), _listen.c.mode == message.mode
    )
    if sites is not None:
        query = query.where(_listen.c.site.in_(list(sites)))
    waiting = {row["case_id"]: dict(row) for row in connection.execute(query.order_by(_listen.c.case_id)).mappings()}
    for case_id, row in waiting.items():
        _tell(connection, message.model_dump(), case_id, row, at)
    return list(waiting)


def _tell(connection: Connection, message: dict[str, Any], case_id: str, row: dict[str, Any], at: str) -> None:
    _add(connection, {
        "company": row["company"], "site": row["site"], "mode": row["mode"], "id": f"{message['id']}/{case_id}",
        "kind": "message", "case_id": case_id, "path": "", "message_id": message["id"],
        "payload": {name: message[name] for name in ("id", "name", "keys", "data")}, "state": WAITING, "attempts": 0,
        "next_at": at, "last_error": None, "at": at,
    })  # fmt: skip


def _add(connection: Connection, row: dict[str, Any]) -> None:
    if connection.execute(select(_telling.c.id).where(_telling.c.id == row["id"])).first() is None:
        connection.execute(insert(_telling), [row])


def told(session: Session, message_id: str) -> list[Telling]:
    """To whom a message was or is to be told."""
    query = select(Telling).where(_telling.c.message_id == message_id).order_by(_telling.c.case_id)
    return list(session.execute(query).scalars())


# ---------------------------------------------------------------- what is told
def due(session: Session, now: str, limit: int = 50) -> list[Telling]:
    """What is to be told now, the oldest first."""
    query = select(Telling).where(_telling.c.state == WAITING, _telling.c.next_at <= now)
    return list(session.execute(query.order_by(_telling.c.next_at, _telling.c.id).limit(limit)).scalars())


def settle(session: Session, telling_id: str, state: str, now: str) -> None:
    """A telling was taken (`done`) or nobody waited for it any more (`refused`)."""
    connection = connection_of(session)
    connection.execute(update(_telling).where(_telling.c.id == telling_id).values(state=state, next_at=now))
    message_id = connection.execute(select(_telling.c.message_id).where(_telling.c.id == telling_id)).scalar()
    if state == DONE and message_id is not None:
        connection.execute(update(_message).where(_message.c.id == message_id).values(state=MATCHED))


def put_off(session: Session, telling_id: str, until: str, error: str) -> None:
    """The process engine was away: try again later."""
    values = {"next_at": until, "last_error": error[:500], "attempts": _telling.c.attempts + 1}
    connection_of(session).execute(update(_telling).where(_telling.c.id == telling_id).values(**values))


def bury(session: Session, now: str) -> list[Message]:
    """Messages that nobody took in time are dead letters from now on; returns those that died just now."""
    query = select(Message).where(_message.c.state == BUFFERED, _message.c.keep_until < now).limit(200)
    dead = list(session.execute(query).scalars())
    for message in dead:
        message.state = DEAD
        connection_of(session).execute(delete(_key).where(_key.c.message_id == message.id))
    session.flush()
    return dead


def listing(session: Session, state: str | None, after: tuple[str, str] | None, limit: int) -> list[Message]:
    """Messages, the newest first; ``after`` is (posted_at, id) of the last one seen."""
    query = select(Message)
    if state is not None:
        query = query.where(_message.c.state == state)
    if after is not None:
        older = (_message.c.posted_at < after[0]) | ((_message.c.posted_at == after[0]) & (_message.c.id < after[1]))
        query = query.where(older)
    return list(
        session.execute(query.order_by(_message.c.posted_at.desc(), _message.c.id.desc()).limit(limit)).scalars()
    )


def _lock(connection: Connection, names: set[str]) -> None:
    """Waiting and saying under one name take turns; SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        for name in sorted(names):
            number = zlib.crc32(name.encode("utf-8"))
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:space, :name)"), {"space": 7301, "name": number - 2**31}
            )
