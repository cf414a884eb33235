"""Small definitions and people for the engine's tests. Everything here is plain data."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain import acts
from domain.errors import Refusal
from workflows.engine.appliers import fold
from workflows.engine.case import Outcome, advance, begin, pending_calls
from workflows.engine.check import check
from workflows.engine.events import Acted, CallEffect, CallReturned, Event, Started
from workflows.engine.state import CaseState
from workflows.engine.waits import next_alarm
from workflows.language.model import Model, load_model

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
KEYS = {"act-test": base64.b64encode(KEY.public_key().public_bytes_raw()).decode()}
AT = "2026-11-22T01:00:00.000Z"
LATER = "2026-11-22T01:00:30.000Z"
FORM: dict[str, Any] = {
    "schema": {"type": "object", "properties": {"note": {"type": "string"}}, "additionalProperties": False},
    "ui": {},
}


def pinned(steps: list[Any], **top: Any) -> dict[str, Any]:
    """A pinned set around some steps."""
    definition = {
        "gspflow": 1,
        "process": "sample",
        "version": "1.0.0",
        "title": {"zh": "样例", "en": "Sample"},
        "start": {"by": ["receiver"], "form": "forms/a.v1.json"},
        "steps": steps,
        **top,
    }
    return {
        "gspflow": 1,
        "definition": definition,
        "forms": {"forms/a.v1.json": FORM},
        "tables": {},
        "site": {"key": "HZ", "zone": "Asia/Shanghai"},
        "calendar": {},
        "parameters": {},
        "contracts": {},
    }


def task(step_id: str, role: str = "receiver", **more: Any) -> dict[str, Any]:
    """A task without a form."""
    return {"id": step_id, "task": role, "title": {"zh": step_id, "en": step_id}, **more}


@dataclass
class Case:
    """A running case with everything that it made."""

    model: Model
    state: CaseState
    records: list[dict[str, Any]] = field(default_factory=list)
    entries: list[Any] = field(default_factory=list)
    calls: list[CallEffect] = field(default_factory=list)
    count: int = 0

    @staticmethod
    def start(steps: list[Any], values: dict[str, Any] | None = None, **top: Any) -> Case:
        """Begin a case of these steps."""
        model = load_model(pinned(steps, **top))
        act = envelope(model, "CASE", "act-start-0001", "start", "", "", values or {}, person="receiver")
        started = Started("CASE", "main", "HZ", "live", None, KEYS, act)
        state, outcome = begin(model, started, AT)
        case = Case(model, state)
        case._keep(outcome)
        return case

    def _keep(self, outcome: Outcome) -> None:
        self.entries += outcome.entries
        self.records += [entry.record for entry in outcome.entries]
        self.calls += outcome.effects

    def happen(self, event: Event, at: str = LATER) -> Outcome:
        """Let something happen without asking ``check``."""
        outcome = advance(self.model, self.state, event, at)
        self._keep(outcome)
        return outcome

    def act(self, path: str, action: str = "complete", *, at: str = LATER, **more: Any) -> Refusal | None:
        """A person tries; returns the refusal, if any."""
        event = self.event(path, action, **more)
        refusal = check(self.model, self.state, event, at)
        if refusal is None:
            self.happen(event, at)
        return refusal

    def answer(self, output: dict[str, Any] | None = None, name: str | None = None) -> None:
        """The newest call that runs (of that name) gives its output."""
        running = {effect.effect_key for effect in pending_calls(self.state)}
        call = [one for one in self.calls if one.effect_key in running and name in (None, one.name)][-1]
        self.happen(CallReturned(call.path, call.effect_key, output or {}))

    def ring(self) -> str:
        """The next alarm rings; returns when."""
        alarm = next_alarm(self.state)
        assert alarm is not None, "no alarm is set"
        self.happen(alarm, max(alarm.at, self.state.at))
        return alarm.at

    def states(self) -> dict[str, str]:
        """The state of every instance."""
        return {path: instance.state for path, instance in self.state.instances.items()}

    def open(self) -> list[str]:
        """The paths of active steps that hold no others."""
        return [one.path for one in self.state.active() if one.kind not in ("foreach", "parallel", "loop")]

    def tell(self, action: str, path: str = "", **values: Any) -> Refusal | None:
        """The system tells something: a message, the end of a sub-process."""
        return self.act(path, action, seat="", values=values, person="system", roles=[])

    def event(self, path: str, action: str = "complete", **more: Any) -> Acted:
        """A sealed act."""
        self.count += 1
        act_id = more.pop("act_id", f"act-{self.count:012d}")
        seat = more.pop("seat", "s1")
        values = more.pop("values", {})
        act = envelope(self.model, self.state.case_id, act_id, action, path, seat, values, **more)
        return Acted(act_id, act)


def envelope(
    model: Model,
    case_id: str,
    act_id: str,
    action: str,
    path: str,
    seat: str,
    values: dict[str, Any],
    *,
    person: str = "receiver",
    roles: list[str] | None = None,
    outcome: str | None = None,
    meaning: str | None = None,
    key: Ed25519PrivateKey = KEY,
    **changed: Any,
) -> acts.Act:
    """A sealed act of ``person``, who holds the role of the same name unless told otherwise."""
    body: dict[str, Any] = {
        "v": 1, "case": case_id, "act": act_id, "path": path, "seat": seat, "action": action, "outcome": outcome,
        "meaning": meaning, "reason": None, "pinned_sha": model.pinned_sha, "form_sha": None, "lang": "zh",
        "shown_sha": None, "values_sha": acts.values_sha(values), "actor": {"id": person, "name": person, "role": None},
        "on_behalf_of": None,
        "facts": {"roles": roles if roles is not None else [person], "body_sha": "b", **changed.pop("facts", {})},
        "auth": {"method": "password", "at": AT}, "received_at": AT, "expires_at": "2026-11-22T01:01:00.000Z",
        "key_id": "act-test", "external": None,
    }  # fmt: skip
    body.update(changed)
    return acts.seal(body, values, key)


def fold_of(case: Case) -> Any:
    """The state that the records of a case add up to, as JSON."""
    return fold(case.records).to_json()
