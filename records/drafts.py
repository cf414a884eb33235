"""What people have typed and not yet sent. A database of its own: autosave must not queue behind the waves.

On SQLite a file of its own, with `synchronous=NORMAL`: a power cut may cost the last second of typing, nothing else.
On PostgreSQL the schema `drafts` of the same database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, and_, delete, event, select, text
from sqlalchemy.dialects import postgresql, sqlite

from records.base import COMPANY, JsonText
from records.database import open_engine

SCHEMA = "drafts"
_METADATA = MetaData()
DRAFT = Table(
    "draft",
    _METADATA,
    Column("subject", String, primary_key=True),
    Column("account", String, primary_key=True),
    Column("company", String, nullable=False),
    Column("form_sha", String),
    Column("data", JsonText, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("updated_at", String, nullable=False),
    schema=SCHEMA,
)

Changing = Callable[[tuple[Any, ...]], tuple[tuple[Any, ...], Any]]


class Drafts:
    """Drafts by `(subject, account)`; the subject is a task id, or `start/<definition>` for a case not yet started."""

    def __init__(self, url: str) -> None:
        """`url`: `sqlite:////path/drafts.db`, or the installation's PostgreSQL database. Makes its table if needed."""
        engine = open_engine(url)
        self._sqlite = engine.dialect.name == "sqlite"
        if self._sqlite:
            event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=NORMAL").close())
        self._engine: Engine = engine.execution_options(schema_translate_map={SCHEMA: None} if self._sqlite else {})
        self._lock: AbstractContextManager[Any] = threading.Lock() if self._sqlite else nullcontext()
        self._create()

    def save(self, subject: str, account: str, data: dict[str, Any], at: str, form_sha: str | None = None) -> int:
        """Keep what was typed, as it is; returns the draft's `rev`, which counts saves."""
        saved = self._upsert(subject, account, data, at, form_sha).returning(DRAFT.c.rev)
        with self._lock, self._writing().begin() as connection:
            return int(connection.execute(saved).scalar_one())

    def _upsert(self, subject: str, account: str, data: dict[str, Any], at: str, form_sha: str | None) -> Any:
        row = {"subject": subject, "account": account, "company": COMPANY, "form_sha": form_sha, "data": data}
        insert: Any = (sqlite if self._sqlite else postgresql).insert(DRAFT)
        changed = {"form_sha": form_sha, "data": insert.excluded.data, "updated_at": at, "rev": DRAFT.c.rev + 1}
        return insert.values(**row, rev=1, updated_at=at).on_conflict_do_update(
            index_elements=["subject", "account"], set_=changed
        )

    def change(
        self, subjects: tuple[str, ...], account: str, how: Changing, at: str, form_sha: str | None = None
    ) -> Any:
        """Read some of a person's drafts and write them anew in one transaction, so that no change of two devices is lost.

        ``how`` gets what stands there (``None`` for nothing) and gives back what is to stand there, with an answer.
        """
        with self._lock, self._writing().begin() as connection:
            if not self._sqlite:
                lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
                connection.execute(lock, {"what": f"draft/{subjects[0]}/{account}"})
            which = and_(DRAFT.c.subject.in_(subjects), DRAFT.c.account == account)
            found = {row["subject"]: row["data"] for row in connection.execute(select(DRAFT).where(which)).mappings()}
            after, answer = how(tuple(found.get(subject) for subject in subjects))
            for subject, data in zip(subjects, after, strict=True):
                connection.execute(self._upsert(subject, account, data, at, form_sha))
        return answer

    def load(self, subject: str, account: str) -> dict[str, Any] | None:
        """The draft `{subject, account, form_sha, data, rev, updated_at, company}`, or `None`."""
        with self._engine.connect() as connection:
            found = connection.execute(select(DRAFT).where(_at(subject, account))).mappings().first()
        return None if found is None else dict(found)

    def of(self, account: str) -> list[dict[str, Any]]:
        """Every draft of a person, the newest first."""
        mine = select(DRAFT).where(DRAFT.c.account == account).order_by(DRAFT.c.updated_at.desc())
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(mine).mappings()]

    def delete(self, subject: str, account: str | None = None) -> None:
        """Forget one person's draft, or everybody's (the task is done)."""
        which = DRAFT.c.subject == subject if account is None else _at(subject, account)
        with self._lock, self._writing().begin() as connection:
            connection.execute(delete(DRAFT).where(which))

    def purge(self, before: str) -> int:
        """Forget drafts not touched since `before`; how many."""
        with self._lock, self._writing().begin() as connection:
            return connection.execute(delete(DRAFT).where(DRAFT.c.updated_at < before)).rowcount

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _writing(self) -> Engine:
        return self._engine.execution_options(gsp_write=True)

    def _create(self) -> None:
        with self._writing().begin() as connection:
            if not self._sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(1735616838)"))
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            _METADATA.create_all(connection)


def _at(subject: str, account: str) -> Any:
    return and_(DRAFT.c.subject == subject, DRAFT.c.account == account)
