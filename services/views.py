"""The shapes that services answer with: plain JSON, the same for the REST interface and the pages."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from domain.json_types import JsonObject


class TextView(TypedDict):
    """Words in both languages."""

    zh: str
    en: str


class TaskView(TypedDict):
    """A task as the inbox lists it."""

    id: str
    case: str
    definition: str
    version: str
    step: str
    path: str
    seat: str
    round: int
    kind: str
    state: str
    title: TextView
    role: str | None
    roles: list[str]
    assignee: str | None
    priority: int
    due: str | None
    opened_at: str
    done_at: str | None
    done_by: str | None
    outcome: str | None
    site: str
    mode: str
    chips: JsonObject
    item_key: str | None
    away: NotRequired[JsonObject | None]
    """For whom it stands in the reader's list: somebody who is away."""
    snoozed_until: NotRequired[str | None]
    prepared_by: NotRequired[JsonObject | None]
    """Who prepared what somebody else then signed; told on the page of the case."""
    read: NotRequired[bool]
    read_at: NotRequired[str | None]


class OutcomeView(TypedDict):
    """One button."""

    key: str
    title: TextView


class TaskDetail(TaskView):
    """A task with all that is needed to work on it."""

    business_key: str | None
    case_title: TextView
    form: JsonObject | None
    ui: JsonObject | None
    form_key: str | None
    form_sha: str | None
    outcomes: list[OutcomeView]
    data: JsonObject
    draft: JsonObject | None
    sign: JsonObject | None
    external_signature: JsonObject | None
    allow: list[str]
    more: JsonObject
    why_not: TextView | None
    who_may_act: list[JsonObject]
    needs: list[JsonObject]
    on_behalf_of: JsonObject | None
    case_state: str
    basis: list[str]
    help: TextView | None
    scope: JsonObject
    incident: JsonObject | None


class StepView(TypedDict):
    """One instance of a step in a case."""

    step: str
    path: str
    kind: str
    round: int
    state: str
    title: TextView | None
    since: str | None
    due: str | None
    who_may_act: list[str]
    why_waiting: TextView | None
    outcome: str | None
    actor: str | None
    at: str | None
    why_not: NotRequired[TextView | None]
    """Why the person who asks may not act at it now: a part of `why_waiting`."""
    may_act: NotRequired[bool]
    superseded_by: NotRequired[JsonObject | None]
    """The act that went back over it: `{action, actor, at, reason, from, seq}`."""


class CaseView(TypedDict):
    """A case in a list."""

    id: str
    definition: str
    version: str
    title: TextView
    state: str
    outcome: str | None
    business_key: str | None
    site: str
    mode: str
    started_at: str
    started_by: str
    closed_at: str | None
    sha256: str


class CaseDetail(CaseView):
    """A case as it stands."""

    pinned_sha256: str
    engine_rev: int
    start: JsonObject
    data: JsonObject
    steps: list[StepView]
    tasks: list[TaskView]
    seq: int
    head: str
    parent: JsonObject | None
    children: list[JsonObject]
    allow: list[str]
    lists: list[JsonObject]


class Page(TypedDict):
    """One page of a list; ``next`` is the cursor of the one after it."""

    items: list[Any]
    next: str | None


class Completed(TypedDict):
    """What an act led to. ``recorded`` stands alone when the projection is late (202)."""

    act_id: str
    recorded: bool
    repeated: bool
    case: NotRequired[str]
    state: NotRequired[str]
    steps: NotRequired[list[StepView]]
    open: NotRequired[list[str]]
