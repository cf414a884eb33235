"""The steps of a definition as the engine walks them: frozen; fields that a kind does not use are empty."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from domain.errors import Text
from rules.ast import Expr
from rules.template import Template


@dataclass(frozen=True)
class Outcome:
    """One button or result: its key and the words on it."""

    key: str
    title: Text


@dataclass(frozen=True)
class Sign:
    """What a signature at this step means, and whether the person proves identity again (password or badge + PIN)."""

    meaning: str
    reauth: bool


@dataclass(frozen=True)
class Title:
    """A title whose braces read the step's scopes."""

    zh: Template
    en: Template


@dataclass(frozen=True)
class Arm:
    """One arm of a ``branch``: without ``when`` it is the ``else``."""

    when: Expr | None
    to: str


@dataclass(frozen=True)
class Retry:
    """How often a call is tried before it becomes an incident."""

    max: int


@dataclass(frozen=True)
class Escalation:
    """What happens ``after`` so long past the due time (``PT0S``: at it): somebody is reminded, or a role is added."""

    after: str
    remind: str | None
    add: str | None


@dataclass(frozen=True)
class Allow:
    """What people may do with a task besides doing it, and the steps to which it may be returned."""

    verbs: frozenset[str] = frozenset()
    return_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class WaitArm:
    """One thing that a ``wait`` waits for; ``kind`` is ``timer``, ``message`` or ``condition``."""

    kind: str
    timer: str = ""
    message: str = ""
    keys: Expr | None = None
    keep: bool = True
    condition: Expr | None = None
    to: str | None = None


@dataclass(frozen=True)
class OnMessage:
    """A message that the whole case listens for: by which keys, and where it then goes."""

    name: str
    keys: Expr
    to: str


@dataclass(frozen=True)
class Step:
    """One step. Fields that a kind does not use are empty."""

    id: str
    kind: str
    title: Title | None
    when: Expr | None
    next: str | None
    on: dict[str, str]
    into: str
    due: str | None
    sign: Sign | None
    external_signature: str | None
    not_same_as: tuple[str, ...]
    form: str | None
    outcomes: tuple[Outcome, ...]
    success: str
    basis: tuple[str, ...]
    help: Text | None
    roles: tuple[str, ...] = ()
    rule: str = "all"
    call: str = ""
    arguments: dict[str, Expr] = field(default_factory=dict)
    retry: Retry = Retry(1)
    undo: str | None = None
    table: str = ""
    assignments: dict[str, Expr] = field(default_factory=dict)
    arms: tuple[Arm, ...] = ()
    blocks: tuple[Block, ...] = ()
    items: Expr | None = None
    list_field: str | None = None
    item_name: str = ""
    item_key: Expr | None = None
    minimum: int = 1
    end: str = ""
    seal: bool = False
    cancel_when: Expr | None = None
    escalate: tuple[Escalation, ...] = ()
    fields: dict[str, str] = field(default_factory=dict)
    allow: Allow = Allow()
    same_as: str | None = None
    needs: tuple[str, ...] = ()
    priority: int = 0
    mutex: str | None = None
    on_return: str = "redo"
    after_return: str = "walk"
    child_on_return: str = "keep"
    n: int = 0
    ratio: Decimal = Decimal(0)
    veto: tuple[str, ...] = ()
    condition: Expr | None = None
    maximum: int = 0
    waits: tuple[WaitArm, ...] = ()
    child: str = ""
    child_range: str = ""
    detached: bool = False
    join: str = "all"
    rest: str = "cancel"
    sequential: bool = False
    is_open: bool = False
    add_by: tuple[str, ...] = ()
    until: Expr | None = None
    acknowledge: bool = False

    @property
    def signed(self) -> bool:
        """Whether an act at this step is a signature."""
        return self.sign is not None

    @property
    def is_watched(self) -> bool:
        """Whether something about it can come true by itself when data change."""
        arms = any(arm.condition is not None for arm in self.waits)
        return arms or self.mutex is not None or self.cancel_when is not None or self.until is not None


@dataclass(frozen=True)
class Block:
    """Steps that one token walks: the case itself, one branch of a ``parallel``, the body of a ``foreach``."""

    owner: str | None
    index: int
    steps: tuple[Step, ...]

    def position(self, step_id: str) -> int | None:
        """Where ``step_id`` stands directly in this block, or ``None``."""
        for index, step in enumerate(self.steps):
            if step.id == step_id:
                return index
        return None
