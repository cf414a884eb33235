"""What an activity is given: the installation's means, and one call with its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import Text
from domain.hard_rules import Violation
from domain.json_types import JsonObject
from records.base import COMPANY
from records.database import Database


@dataclass(frozen=True)
class CaseStart:
    """A case that a step of another one wants started. `versions` is a range like `^1`; `key` names the start for ever."""

    process: str
    versions: str
    site: str
    mode: str
    values: JsonObject
    parent: JsonObject
    key: str


StartCase = Callable[[CaseStart], JsonObject]
"""Starts a case once per key and answers `{id, version, sha256}`; raises `RefusedError` for what people must put right."""


def nobody_starts(wish: CaseStart) -> JsonObject:
    """The port where no office stands behind the activities (a comparison after a restore, a benchmark)."""
    raise RuntimeError(f"this worker starts no cases; {wish.process} was to be started")


CancelCase = Callable[[str, str], None]
"""Cancels a case that a step started (its id, and the key of the undo); raises `RefusedError` when that cannot be."""


def nobody_cancels(case_id: str, key: str) -> None:
    """The port where no office stands behind the activities."""
    raise RuntimeError(f"this worker cancels no cases; {case_id} was to be cancelled ({key})")


RunPeriod = Callable[[str, str], JsonObject]
"""Does what a periodic SOP (its key) has to do at a moment; answers what became of the period."""


def nobody_runs(schedule: str, begins: str) -> JsonObject:
    """The port where no office stands behind the activities."""
    raise RuntimeError(f"this worker runs no periodic SOPs; {schedule} was due at {begins}")


@dataclass(frozen=True)
class ActivityContext:
    """The means of an installation. `clock` gives the present time as canonical text.

    `start_case`, `cancel_case` and `run_period` are given by `app`, because that is the services' work and activities do not know them.
    """

    database: Database
    attachments: Path
    clock: Callable[[], str]
    start_case: StartCase = nobody_starts
    cancel_case: CancelCase = nobody_cancels
    run_period: RunPeriod = nobody_runs


@dataclass(frozen=True)
class Call:
    """One call of a step. `effect_key` names its effect for ever; `at` is the engine's time of the call."""

    effect_key: str
    case_id: str
    path: str
    site: str
    at: str
    input: JsonObject
    mode: str = "live"
    company: str = COMPANY
    business_at: str = ""
    """When it was really done, where it was entered late."""

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Call:
        """The call of an envelope `{effect_key, case_id, path, site, mode, company, input, at}`."""
        return Call(
            effect_key=value["effect_key"],
            case_id=value["case_id"],
            path=value["path"],
            site=value["site"],
            at=value["at"],
            input=value["input"],
            mode=value.get("mode") or "live",
            company=value.get("company") or COMPANY,
            business_at=value.get("business_at") or "",
        )


class BusinessError(Exception):
    """A refusal that the process must deal with: never retried. `code` is an outcome where the contract
    declares it."""

    def __init__(self, code: str, message: Text, details: JsonObject | None = None) -> None:
        super().__init__(f"{code}: {message.en}")
        self.code = code
        self.message = message
        self.details: JsonObject = details or {}


def rule_refused(violations: list[Violation]) -> BusinessError:
    """The declared error of postings that a hard rule stops; the details name every violation."""
    joined = Text("；".join(v.zh for v in violations), " ".join(v.en for v in violations))
    return BusinessError("rule_refused", joined, {"violations": [v.as_json() for v in violations]})
