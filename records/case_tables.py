"""The projection of cases. Written by `records.projection` from waves; everything here can be rebuilt from history.

No table here has a business constraint: a wave that history has accepted must always find its place.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from records.base import COMPANY, FOREVER, JsonText, Stored


class Placed(Stored):
    """Where a row belongs: the company, the site, and whether it is real (`live`), a drill or a sandbox."""

    company: str = COMPANY
    site: str
    mode: str = "live"


class CaseRow(Placed, table=True):
    """A case as it stands: its rules (`pinned_sha`), its state, and how far its chain goes (`seq`, `head`, `wave`)."""

    __table_args__ = (
        Index("ix_case_row_started", "started_at", "id"),
        Index("ix_case_row_site", "site", "state", "started_at", "id"),
        Index("ix_case_row_process", "process", "started_at", "id"),
        Index("ix_case_row_key", "business_key"),
        Index("ix_case_row_starter", "started_by", "started_at"),
    )

    id: str = Field(primary_key=True)
    process: str
    version: str
    pinned_sha: str
    definition_sha: str
    title: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    state: str
    outcome: str | None = None
    sealed: bool = False
    business_key: str | None = None
    started_at: str
    started_by: str
    closed_at: str | None = None
    seq: int
    head: str
    wave: int
    engine_rev: int
    search: str = ""
    parent: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    """Of a sub-process: `{case, path, detached}` of the step that started it."""


class CaseWave(Placed, table=True):
    """One projected wave: its number, its hash, and the heads before and after. Append-only."""

    case_id: str = Field(primary_key=True)
    no: int = Field(primary_key=True)
    sha256: str
    prev_head: str
    head: str
    first_seq: int
    last_seq: int


class CaseRecord(Placed, table=True):
    """One record of the stream `case/<id>`; `head` is the chain after it. Append-only."""

    __table_args__ = (Index("ix_case_record_actor", "actor", "at"),)

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    wave: int
    at: str
    path: str
    action: str
    actor: str
    step: str | None = None
    act_sha: str | None = None
    detail_sha: str
    reads: list[Any] = Field(default_factory=list, sa_type=JsonText)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    head: str


class Signature(Placed, table=True):
    """A signature, derived from the record of a signed act: who, in which role, meaning what, over which hashes.

    Append-only. Whether the work it belongs to was superseded is the state of its step.
    """

    __table_args__ = (Index("ix_signature_signer", "signer", "at"), Index("ix_signature_meaning", "meaning", "at"))

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    path: str
    step: str | None = None
    round: int | None = None
    seat: str | None = None
    signer: str
    signer_name: str
    role: str | None = None
    on_behalf_of: str | None = None
    meaning: str
    outcome: str | None = None
    reason: str | None = None
    at: str
    method: str | None = None
    act_id: str
    act_sha: str
    pinned_sha: str | None = None
    form_sha: str | None = None
    shown_sha: str | None = None
    values_sha: str
    key_id: str
    seal: str


class CaseStep(Placed, table=True):
    """One instance of a step. `why` says in both languages why it waits; `outcome`, `actor`, `at` are its output's."""

    case_id: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    step: str
    kind: str
    round: int
    state: str
    since: str | None = None
    due: str | None = None
    title: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    roles: list[Any] = Field(default_factory=list, sa_type=JsonText)
    why: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    call: str | None = None
    outcome: str | None = None
    actor: str | None = None
    at: str | None = None
    more: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    """What only some steps have: what they wait for, a sub-process, how a vote stands, an open list."""


class Task(Placed, table=True):
    """Work for a person. `due_sort` is `due`, or the end of time without one; pages go by (`due_sort`, `id`)."""

    __table_args__ = (
        Index("ix_task_assignee", "assignee", "state", "due_sort", "id"),
        Index("ix_task_site", "site", "state", "due_sort", "id"),
        Index("ix_task_starter", "started_by", "state", "due_sort", "id"),
        Index("ix_task_done", "done_by", "done_at", "id"),
        Index("ix_task_case", "case_id", "state"),
    )

    id: str = Field(primary_key=True)
    case_id: str
    path: str
    seat: str
    step: str
    round: int
    kind: str
    state: str
    roles: list[Any] = Field(default_factory=list, sa_type=JsonText)
    assignee: str | None = None
    title: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    definition: str
    version: str
    due: str | None = None
    due_sort: str = FOREVER
    opened_at: str
    done_at: str | None = None
    done_by: str | None = None
    outcome: str | None = None
    priority: int = 0
    form: str | None = None
    sign: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    external_signature: str | None = None
    outcomes: list[Any] = Field(default_factory=list, sa_type=JsonText)
    item_key: str | None = None
    chips: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    started_by: str
    search: str = ""
    more: dict[str, Any] | None = Field(default=None, sa_type=JsonText)
    """What only some tasks have: the one person they are for, until when a claim holds, who prepared them, a question."""


class TaskSeen(Stored, table=True):
    """Who, of those who may act on it, opened a task first when. Not part of the projection: a rebuild leaves it alone."""

    task_id: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    company: str = COMPANY
    at: str


class TaskRole(Stored, table=True):
    """The inbox's index: an open task under each role that may do it. `free`: nobody has claimed it."""

    __table_args__ = (Index("ix_task_role_task", "task_id"),)

    role: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    free: bool = Field(primary_key=True)
    due_sort: str = Field(primary_key=True)
    task_id: str = Field(primary_key=True)


class CaseScope(Stored, table=True):
    """A part of the case's data: `start`, `data`, `item/<foreach path>/<key>` (overlay), `out/<path>` (output)."""

    case_id: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    body: Any = Field(default=None, sa_type=JsonText)


class CaseTag(Stored, table=True):
    """A word under which a case is found: lot, serial, supplier, product, person … `needle` is `value` case-folded."""

    __table_args__ = (Index("ix_case_tag_case", "case_id"),)

    kind: str = Field(primary_key=True)
    needle: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    value: str


class Notice(Placed, table=True):
    """A message to the holders of roles at the case's site and to `people`; `kind` is `None` for a plain notice."""

    __table_args__ = (Index("ix_notice_site", "site", "at"),)

    id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    path: str
    at: str
    roles: list[Any] = Field(default_factory=list, sa_type=JsonText)
    title: dict[str, Any] = Field(default_factory=dict, sa_type=JsonText)
    people: list[Any] | None = Field(default=None, sa_type=JsonText)
    kind: str | None = None


class NoticeRead(Stored, table=True):
    """Who has seen a notice. Not part of the projection: a rebuild leaves it alone."""

    notice_id: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    at: str


class BusinessKey(Placed, table=True):
    """A running case's key: claimed before the workflow starts, freed by the wave that closes the case."""

    process: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    mode: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    claimed_at: str


class PinnedSet(Stored, table=True):
    """The rules of cases by their hash (`digest("pinned", body)`). Append-only."""

    sha256: str = Field(primary_key=True)
    company: str = COMPANY
    body: dict[str, Any] = Field(sa_type=JsonText)


class Unprojected(Stored, table=True):
    """A case whose wave cannot be written: `kind` is `failing` or `quarantined`. Shown by `/readyz`."""

    case_id: str = Field(primary_key=True)
    wave: int
    kind: str
    error: str
    attempts: int
    since: str
    last_at: str


class HistoryArchive(Placed, table=True):
    """The Temporal history of one run of a closed case, gzipped JSON. Append-only."""

    case_id: str = Field(primary_key=True)
    run_id: str = Field(primary_key=True)
    part: int
    events: int
    history: bytes = Field(sa_type=LargeBinary)
    sha256: str
    archived_at: str
