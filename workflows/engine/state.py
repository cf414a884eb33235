"""The state of one case: what the applied records add up to. JSON in and out, so that it can be carried on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from domain.json_types import Json, JsonObject

InstanceState = Literal["open", "settling", "done", "skipped", "cancelled", "superseded", "incident", "compensating"]
EFFECTIVE = ("done", "skipped")
"""The states whose output counts."""
RECENT_ACTS = 2000
"""How many act ids a case remembers; an act expires after a minute, so far fewer would do."""


@dataclass(slots=True)
class Seat:
    """One place at which one person acts.

    Keys: ``s1…`` from the definition, ``a1…`` an added signer, ``q1…`` a question, ``n1…`` reading that is confirmed,
    ``i1…`` an incident.
    """

    key: str
    roles: list[str]
    state: str = "open"
    assignee: str | None = None
    outcome: str | None = None
    actor: str | None = None
    at: str | None = None
    person: str | None = None
    """The one person whose seat it is: an added signer, one of ``everyone(role)``, somebody who was asked."""
    lease: str | None = None
    """Until when a claim holds; afterwards anybody with the post may take the task over."""
    principal: str | None = None
    """Who gets the task back from the person it was delegated to."""
    prepared: JsonObject | None = None
    """What that person gave back: ``{actor, outcome, values, at}``."""
    behind: str | None = None
    """The person on whose behalf the seat's act was done."""
    position: str = ""
    """Of an added signer: ``before``, ``parallel`` or ``after`` the seat in ``beside``."""
    beside: str = ""
    question: str | None = None
    late: JsonObject | None = None
    """The paper on which the seat's act was written first: ``{paper_no, business_at, reason, second}``."""


@dataclass(slots=True)
class Instance:
    """One round of one step."""

    path: str
    step: str
    kind: str
    round: int
    scope: str
    block: int
    since: str
    seq: int
    state: str = "open"
    due: str | None = None
    title: JsonObject | None = None
    seats: list[Seat] = field(default_factory=list)
    output: JsonObject | None = None
    values: JsonObject = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)
    items: dict[str, Json] = field(default_factory=dict)
    list_field: str | None = None
    item_name: str = ""
    call: JsonObject | None = None
    incident: JsonObject | None = None
    incidents: int = 0
    done_seq: int = 0
    """The record by which it was done: the order in which writes take effect."""
    writes: JsonObject | None = None
    alarms: dict[str, str] = field(default_factory=dict)
    """What happens by itself: key of the alarm → when."""
    waits: list[Json] = field(default_factory=list)
    """Of a ``wait``: its arms, ``{kind, at?, name?, keys?, keep?}``."""
    closed: bool = False
    """Of a ``foreach``: no item is added or begun any more."""
    lingers: bool = False
    """The block is complete, and what is still open in it goes on without consequence."""
    iteration: int = 0
    queued: str | None = None
    """The mutex that it waits for."""
    child: JsonObject | None = None
    suspended: dict[str, str] = field(default_factory=dict)
    """Seats that cannot act now → the seat they wait for."""
    undo: JsonObject | None = None
    """The undo that is running: ``{name, effect_key, input, attempts}``."""
    later: list[Any] = field(default_factory=list)
    """Seats that open after another one (``beside``): added signers, and the holders of a role in sequence."""
    shas: dict[str, str] = field(default_factory=dict)
    """Of a ``foreach`` that keeps unchanged items: the hash of each item as it was when it was done."""
    added: int = 0

    @property
    def is_active(self) -> bool:
        """Whether something is still to happen here."""
        return self.state in ("open", "incident", "settling", "compensating")

    @property
    def is_deaf(self) -> bool:
        """Whether a wait is over, so that messages do not concern it any more."""
        return self.kind == "wait" and not self.is_active

    @property
    def holds_mutex(self) -> bool:
        """Whether a step with a mutex has it: it is active, does not wait for it, and has begun."""
        begun = self.incident is None or self.incident["stage"] not in ("when", "do")
        return self.state in ("open", "incident") and self.queued is None and begun

    @property
    def is_undoing(self) -> bool:
        """Whether what was done here is being taken back: no jump and no end stops that."""
        return self.state in ("settling", "compensating")

    def seat(self, key: str) -> Seat | None:
        """The seat ``key``, or ``None``."""
        return next((seat for seat in self.seats if seat.key == key), None)


@dataclass(slots=True)
class CaseState:
    """Everything about a case that decides what happens next."""

    case_id: str
    process: str = ""
    version: str = ""
    definition_sha: str = ""
    title: JsonObject = field(default_factory=dict)
    pinned_sha: str = ""
    engine_rev: int = 1
    company: str = ""
    site: str = ""
    mode: str = "live"
    business_key: str | None = None
    keys: dict[str, str] = field(default_factory=dict)
    at: str = ""
    seq: int = 0
    head: str = ""
    state: str = "running"
    outcome: str | None = None
    started_at: str = ""
    started_by: str = ""
    closed_at: str | None = None
    sealed: bool = False
    start: JsonObject = field(default_factory=dict)
    data: JsonObject = field(default_factory=dict)
    overlays: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    latest: dict[str, list[str]] = field(default_factory=dict)
    acts: dict[str, int] = field(default_factory=dict)
    size: int = 0
    parent: JsonObject | None = None
    messages: dict[str, str] = field(default_factory=dict)
    """Messages taken: id → when, as long as the same one may come again."""
    listens: dict[str, list[str]] = field(default_factory=dict)
    """The keys under which the whole case hears messages now, by their names."""
    hears: bool = False
    """Whether the case has ever listened as a whole."""
    message: JsonObject = field(default_factory=dict)
    """What the last message to the whole case carried: ``msg`` of expressions."""
    pending: list[Any] = field(default_factory=list)
    """Returns and cancels that wait until what they undo is settled; see ``workflows.engine.back``."""
    backs: dict[str, Json] = field(default_factory=dict)
    """Where a step goes that was returned to and jumps back: its path → the place."""
    fixes: list[Any] = field(default_factory=list)
    """Corrections of data by people: ``{seq, target, fields}``, effective from their record on."""
    calendar: JsonObject | None = None
    """The working-time calendar when it is newer than the pinned one."""
    open: dict[str, None] = field(default_factory=dict)
    """The paths of active instances; follows from them, so it is not carried."""
    entered: dict[str, list[str]] = field(default_factory=dict)
    """The paths of all instances by their step; follows from them, too."""

    def next_round(self, scope: str, step: str) -> int:
        """The number of the next entry of ``step`` in ``scope``."""
        return self.rounds.get(f"{scope}/{step}", 0) + 1

    def active(self) -> list[Instance]:
        """The instances where something is still to happen, in order of entry."""
        return sorted((self.instances[path] for path in self.open), key=lambda instance: instance.seq)

    def add(self, instance: Instance) -> None:
        """One more instance."""
        self.instances[instance.path] = instance
        self.entered.setdefault(instance.step, []).append(instance.path)
        self.index(instance.path)

    def by_step(self, step: str) -> list[str]:
        """The paths of all instances of a step, in order of entry."""
        return self.entered.get(step, [])

    def index(self, path: str) -> None:
        """Note whether the instance at ``path`` is active now, so that nobody has to look through all of them."""
        instance = self.instances.get(path)
        if instance is not None and instance.is_active:
            self.open[path] = None
        else:
            self.open.pop(path, None)

    def lives(self, scope: str) -> bool:
        """Whether the blocks around ``scope`` still go on: open, or complete with their rest going on."""
        above = self.instance_above(scope)
        while above is not None:
            if above.state != "open" and not (above.state == "done" and above.lingers):
                return False
            above = self.instance_above(above.scope)
        return True

    def instance_above(self, scope: str) -> Instance | None:
        """The block instance that the scope belongs to; ``None`` for the case's own scope."""
        while scope:
            found = self.instances.get(scope)
            if found is not None:
                return found
            scope = scope.rpartition("/")[0]
        return None

    def to_json(self) -> JsonObject:
        """The state as carried over continue-as-new."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        plain.update({name: _pairs(plain[name]) for name in _IN_ORDER})
        plain["instances"] = [_instance_json(item) for item in self.instances.values()]
        return plain

    @staticmethod
    def from_json(raw: JsonObject) -> CaseState:
        """The state of ``to_json``; shares nothing with ``raw`` that either side changes."""
        body: Any = raw
        plain = {name: _copy(body[name]) for name in _PLAIN if name in body}
        plain.update({name: _in_order(plain[name]) for name in _IN_ORDER if name in plain})
        state = CaseState(**plain)
        for item in body["instances"]:
            seats = [Seat(**seat) for seat in item["seats"]]
            children = _in_order(item["children"])
            instance = Instance(**{**_copy(item), "seats": seats, "children": children})
            state.add(instance)
        return state


_PLAIN = tuple(name for name in CaseState.__dataclass_fields__ if name not in ("instances", "open", "entered"))


_IN_ORDER = ("acts", "messages")
"""Mappings in which the order means something: what came first is forgotten first."""


def _pairs(known: dict[str, Any]) -> list[Any]:
    """A mapping as pairs: canonical JSON sorts the names of an object, and with them the items of a list."""
    return [[key, value] for key, value in known.items()]


def _in_order(carried: Any) -> dict[str, Any]:
    """The mapping of ``_pairs``; histories of before 2026-11-29 carry an object, in the order of its names."""
    return dict(carried)


def _instance_json(instance: Instance) -> JsonObject:
    plain: dict[str, Any] = {name: getattr(instance, name) for name in Instance.__dataclass_fields__ if name != "seats"}
    plain["children"] = _pairs(instance.children)
    plain["seats"] = [{name: getattr(seat, name) for name in Seat.__dataclass_fields__} for seat in instance.seats]
    return plain


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
