"""What can happen to a case from outside: it starts, a person acts, a called activity answers, time passes."""

from __future__ import annotations

from dataclasses import dataclass

from domain.acts import Act
from domain.json_types import JsonObject

ENGINE_REV = 2
"""The revision of the engine's results. Any change of a result for an old input is a new revision.

2: a condition that closes an open list leaves no item out that waits for its turn.
"""


@dataclass(frozen=True)
class Started:
    """The beginning of a case. ``act`` is the sealed act of the person or system that starts it; its values are the
    start form's. ``keys`` maps key id → base64 public key: the act keys that this case trusts."""

    case_id: str
    company: str
    site: str
    mode: str
    business_key: str | None
    keys: dict[str, str]
    act: Act
    engine_rev: int = ENGINE_REV
    parent: JsonObject | None = None


@dataclass(frozen=True)
class Acted:
    """A sealed act: of a person on a task or on the case, or of the system (a message, the end of a sub-process)."""

    act_id: str
    act: Act


@dataclass(frozen=True)
class CallReturned:
    """A called activity gave its output."""

    path: str
    effect_key: str
    output: JsonObject


@dataclass(frozen=True)
class CallRefused:
    """A called activity gave one of its declared business errors."""

    path: str
    effect_key: str
    code: str
    detail: JsonObject


@dataclass(frozen=True)
class CallFailed:
    """All attempts of a called activity failed without a declared error."""

    path: str
    effect_key: str
    cause: str


@dataclass(frozen=True)
class Fired:
    """The moment of an alarm has come: ``alarm`` of the instance at ``path``, set for ``at``."""

    path: str
    alarm: str
    at: str


Event = Acted | CallReturned | CallRefused | CallFailed | Fired


@dataclass(frozen=True)
class CallEffect:
    """An activity to run after the wave that recorded it."""

    path: str
    name: str
    effect_key: str
    input: JsonObject
    attempts: int
    business_at: str | None = None
    """When the goods really moved, where that is not when it was recorded."""
