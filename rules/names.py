"""Which scope names and paths an expression can read, without evaluating it."""

from __future__ import annotations

from rules.ast import (
    Binary,
    Call,
    Comprehension,
    Expr,
    Has,
    Index,
    ListLiteral,
    Logic,
    MapLiteral,
    Member,
    Name,
    Node,
    Ternary,
    Unary,
)
from rules.guards import path_of

__all__ = ["paths_read", "scope_names"]


def scope_names(expr: Expr) -> frozenset[str]:
    """The names of the scope that the expression mentions, without variables of `map`, `filter`, …

    >>> from rules.parse import parse
    >>> sorted(scope_names(parse("data.lines.exists(l, l.qty > start.limit)")))
    ['data', 'start']
    """
    return frozenset(path.split(".")[0].split("[")[0] for path in paths_read(expr))


def paths_read(expr: Expr) -> frozenset[str]:
    """The longest static paths that the expression mentions: `data.lines`, `start.limit`.

    Fields of list items are not told apart: reading `l.qty` of every line counts as reading `data.lines`.
    """
    found: set[str] = set()
    _collect(expr.root, frozenset(), found)
    return frozenset(found)


def _collect(node: Node, bound: frozenset[str], found: set[str]) -> None:
    path = path_of(node)
    if path is not None:
        if _root(node) not in bound:
            found.add(path)
        return
    if isinstance(node, Comprehension):
        _collect(node.source, bound, found)
        inner = bound | {node.variable}
        for part in (node.condition, node.body):
            if part is not None:
                _collect(part, inner, found)
        return
    for child in _children(node):
        _collect(child, bound, found)


def _root(node: Node) -> str:
    while isinstance(node, (Member, Index)):
        node = node.target
    return node.name if isinstance(node, Name) else ""


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Member():
            return (node.target,)
        case Index():
            return (node.target, node.index)
        case Has():
            return (node.path,)
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Logic():
            return node.operands
        case Ternary():
            return (node.test, node.then, node.other)
        case Call():
            return node.arguments
        case ListLiteral():
            return node.items
        case MapLiteral():
            return tuple(part for entry in node.entries for part in entry)
    return ()
