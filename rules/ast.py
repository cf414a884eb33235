"""The parsed form of an expression. Every node knows the part of the text it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the text: characters `start` to `end` (exclusive), beginning at `line`, `column` (from 1)."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all nodes. Spans do not take part in comparison: two nodes are equal when they mean the same."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """`null`, `true`, `5`, `0.25`, `'text'`."""

    value: None | bool | int | Decimal | str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A scope name or the variable of an enclosing `map`, `filter`, …"""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`target.field`."""

    target: Node
    field_name: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`target[index]`."""

    target: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Has(Node):
    """`has(target.field)`."""

    path: Member


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`!x` or `-x`."""

    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """A comparison, an arithmetic operation or `in`."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`a && b && c` or `a || b || c`, evaluated from the left, stopping at the operand that decides."""

    op: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Ternary(Node):
    """`test ? then : other`."""

    test: Node
    then: Node
    other: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`size(x)`; `x.size()` is the same call with `method` set and `x` as first argument."""

    function: str
    arguments: tuple[Node, ...]
    method: bool


@dataclass(frozen=True, slots=True)
class Comprehension(Node):
    """`source.kind(variable, [condition,] body)` for `all exists exists_one filter map`."""

    kind: str
    source: Node
    variable: str
    condition: Node | None
    body: Node


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapLiteral(Node):
    """`{'a': 1}`."""

    entries: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Expr:
    """A parsed expression: its text (by which it is compared and cached) and its root node."""

    text: str
    root: Node = field(compare=False, repr=False)
