"""Real databases of both engines, and a story-teller that makes waves as the engine does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain import ids
from domain.canonical import digest
from domain.chain import case_head, next_head, sealed
from domain.clock import from_text, to_text
from records.database import Database
from records.organisation import Company, Site
from records.schema import METADATA
from tests.migrated import put_tables

PINNED_SHA = digest("pinned", {"gspflow": 1})
NOON = "2026-11-22T12:00:00.000Z"


@pytest.fixture(scope="module")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated SQLite file that no other module has touched."""
    return f"sqlite:///{tmp_path_factory.mktemp('records') / 'gspflow.db'}"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated database with one company and two sites, on each engine in turn."""
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    put_tables(url, tmp_path_factory)
    opened = Database(url)
    with opened.write() as session:
        session.add(Company(key="main", name="测试公司"))
        session.flush()
        session.add(Site(key="HQ", name="总部"))
        session.add(Site(key="B2", name="分部"))
    yield opened
    opened.close()


def later(seconds: int) -> str:
    """The time `seconds` after noon."""
    return to_text(from_text(NOON) + timedelta(seconds=seconds))


def sha256(raw: bytes) -> str:
    """Hash of bytes, as archives carry it."""
    return hashlib.sha256(raw).hexdigest()


def act_of(actor: str, act: str, meaning: str | None = None) -> dict[str, Any]:
    """An act as records carry it; its seal is not checked by the records room."""
    envelope = {
        "v": 1, "act": act, "meaning": meaning, "actor": {"id": actor, "name": actor.title(), "role": "inspector"},
        "on_behalf_of": None, "pinned_sha": PINNED_SHA, "form_sha": "f" * 64, "shown_sha": "s" * 64, "values_sha": "v" * 64,
        "auth": {"method": "password", "at": NOON}, "key_id": "k1", "reason": None, "outcome": "pass",
    }  # fmt: skip
    return {"envelope": envelope, "values": {"qty": 3}, "seal": "c2VhbA=="}


@dataclass
class Story:
    """One case, told wave by wave."""

    case_id: str
    key: str | None = None
    site: str = "HQ"
    start: dict[str, Any] = field(default_factory=lambda: {"supplier_code": "S01", "lines": [{"lot_no": "L-7"}]})
    seq: int = 0
    no: int = 0
    head: str = ""
    state: str = "running"

    def __post_init__(self) -> None:
        self.head = case_head(self.case_id, PINNED_SHA, self.start)

    def record(self, action: str, path: str, **detail: Any) -> dict[str, Any]:
        """The next record, chained."""
        self.seq += 1
        act = detail.get("act")
        record = {
            "seq": self.seq, "at": later(self.seq), "path": path, "action": action,
            "act_sha": digest("act", act) if act else None, "detail_sha": digest("detail", detail), "reads": [],
            "detail": detail,
        }  # fmt: skip
        self.head = next_head(self.head, sealed(record))
        return record

    def wave(self, records: list[dict[str, Any]], prev: str, **rows: Any) -> dict[str, Any]:
        """A wave of records that were made since the head `prev`."""
        self.no += 1
        tables: dict[str, Any] = {"steps": [], "tasks": [], "scopes": [], "notices": [], "answers": []} | rows
        return {
            "v": 1, "case": self.case_id, "no": self.no, "company": "main", "site": self.site, "mode": "live",
            "process": "receiving", "version": "1.0.0", "prev_head": prev, "head": self.head, "records": records,
            "rows": {"case": self.case_row(), **tables},
        }  # fmt: skip

    def case_row(self) -> dict[str, Any]:
        """The case as it stands."""
        return {
            "id": self.case_id, "company": "main", "site": self.site, "mode": "live", "process": "receiving",
            "version": "1.0.0", "title": {"zh": "收货", "en": "Receiving"}, "definition_sha": "d" * 64,
            "pinned_sha": PINNED_SHA, "engine_rev": 1, "business_key": self.key, "state": self.state,
            "outcome": "completed" if self.state == "completed" else None, "sealed": False, "started_at": NOON,
            "started_by": "buyer", "closed_at": later(self.seq) if self.state != "running" else None, "seq": self.seq,
            "head": self.head, "wave": self.no,
        }  # fmt: skip

    def task(self, path: str, state: str = "open", **changed: Any) -> dict[str, Any]:
        """The row of the task at `path`."""
        row: dict[str, Any] = {
            "id": ids.task_id(self.case_id, path, "s1"), "path": path, "seat": "s1", "step": path.split("#")[0],
            "round": 1, "kind": "task", "state": state, "roles": ["inspector"], "assignee": None,
            "title": {"zh": "验收", "en": "Inspect"}, "definition": "receiving", "version": "1.0.0", "due": None,
            "opened_at": NOON, "done_at": None, "done_by": None, "outcome": None, "priority": 0, "form": "forms/a.v1.json",
            "sign": {"meaning": "inspected", "reauth": True}, "external_signature": None, "outcomes": [], "item_key": None,
            "chips": {}, "search": "验收 inspect l-7",
        }  # fmt: skip
        return row | changed

    def step(self, path: str, state: str = "open") -> dict[str, Any]:
        """The row of the step at `path`."""
        return {
            "path": path, "step": path.split("#")[0], "kind": "task", "round": 1, "state": state, "since": NOON,
            "due": None, "title": {"zh": "验收", "en": "Inspect"}, "roles": ["inspector"], "call": None, "why": None,
            "outcome": None, "actor": None, "at": None,
        }  # fmt: skip

    def opening(self) -> dict[str, Any]:
        """Wave 1: started, one task open."""
        prev = self.head
        actor = {"id": "buyer", "name": "Buyer", "role": "purchaser"}
        records = [self.record("started", "", actor=actor), self.record("opened", "inspect#1", actor="system")]
        scopes = [{"scope": "start", "body": self.start}, {"scope": "data", "body": {}}]
        return self.wave(
            records, prev, steps=[self.step("inspect#1")], tasks=[self.task("inspect#1")], scopes=scopes,
            notices=[{"seq": self.seq, "path": "inspect#1", "roles": ["inspector"], "title": {"zh": "到货", "en": "Arrived"}, "at": NOON}],
        )  # fmt: skip

    def inspected(self, by: str = "inspector", close: bool = True) -> dict[str, Any]:
        """Wave 2: the task is done and signed; the case closes."""
        prev, act_id = self.head, f"{self.case_id}-act"
        act = act_of(by, act_id, "inspected")
        records = [
            self.record(
                "completed", "inspect#1", actor=act["envelope"]["actor"], act=act, seat="s1", round=1, step="inspect"
            )
        ]
        if close:
            self.state = "completed"
            records.append(self.record("ended", "", actor="system"))
        answer = {
            "act_id": act_id,
            "seq": self.seq,
            "path": "inspect#1",
            "caller": by,
            "body_sha": "b" * 64,
            "answer": {"case": self.case_id},
        }
        done = self.task("inspect#1", "done", done_by=by, done_at=records[0]["at"], outcome="pass")
        return self.wave(records, prev, steps=[self.step("inspect#1", "done")], tasks=[done], answers=[answer])


def contents(database: Database, case_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the projection of one case, to compare bit for bit."""
    from sqlalchemy import select

    found: dict[str, list[tuple[Any, ...]]] = {}
    with database.read() as session:
        for table in METADATA.sorted_tables:
            name = "id" if table.name == "case_row" else "case_id"
            if name in table.columns and table.name not in ("audit_event", "posting"):
                rows = session.connection().execute(select(table).where(table.c[name] == case_id))
                found[table.name] = sorted(tuple(map(repr, row)) for row in rows)
    return found


def sqlite_path(url: str) -> Path:
    """The file of a SQLite address."""
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture(scope="module")
def filled(database: Database) -> Database:
    """A database with at least one row in every table of evidence."""
    from records import audit, cases, definitions, keys
    from records.case_tables import HistoryArchive
    from records.definitions import DefinitionSignature, DefinitionVersion
    from records.keys import KeyEvent
    from records.outbox import Dispatch
    from records.projection import project

    story = Story("C-filled", key="KF")
    version = DefinitionVersion(
        name="receiving", version="1.0.0", yaml="a: 1\n", saved_by="owner", saved_at=NOON, sha256="d" * 64
    )
    signature = DefinitionSignature(
        name="receiving", version="1.0.0", sha256="d" * 64, signer="director", role="quality_director",
        meaning="approve", at=NOON, act=act_of("director", "A1", "approve"), seal="c2VhbA==",
    )  # fmt: skip
    history = HistoryArchive(
        case_id="C-filled",
        run_id="r1",
        site="HQ",
        part=1,
        events=2,
        history=b"gz",
        sha256=sha256(b"gz"),
        archived_at=NOON,
    )
    with database.write() as session:
        project(session, story.opening())
        project(session, story.inspected())
        for number in range(3):
            audit.append(
                session, "refusals/HQ", "receiver", "refused", "C-filled", {"rule": "RULE-06", "n": number}, NOON
            )
        definitions.save_draft(session, version, expected_rev=None)
        definitions.set_state(
            session, "receiving", "1.0.0", "submitted", was=("draft",), submitted_by="owner", submitted_at=NOON
        )
        definitions.add_signature(session, signature)
        for number in (1, 2):
            keys.add(session, KeyEvent(at=NOON, purpose="act", event="created", key_id=f"k{number}", public_key="cHVi"))
        cases.keep_pinned(session, PINNED_SHA, {"gspflow": 1})
        cases.archive(session, history)
        session.add(Dispatch(id="D1", bundle="B1", channel="email", deliveries=1, attempt=1, at=NOON, ok=True))
    return database
