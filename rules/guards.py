"""What a condition tells about its paths: after `has(a.b)` is true, `a.b` is there."""

from __future__ import annotations

from rules.ast import Binary, Has, Index, Literal, Logic, Member, Name, Node, Unary

Paths = frozenset[str]
_NONE: Paths = frozenset()


def path_of(node: Node) -> str | None:
    """The path text of a name, its members and its literal indices; `None` for anything else."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Member):
        whole = path_of(node.target)
        return f"{whole}.{node.field_name}" if whole is not None else None
    if isinstance(node, Index) and isinstance(node.index, Literal):
        whole, key = path_of(node.target), node.index.value
        if isinstance(key, str) and key.isidentifier():
            return f"{whole}.{key}" if whole is not None else None
        return f"{whole}[{key!r}]" if whole is not None else None
    return None


def there_when(node: Node, answer: bool) -> Paths:
    """The paths that certainly have a value when the condition `node` came out as `answer`."""
    match node:
        case Has() if answer:
            return _with_parents(node.path)
        case Unary(op="!"):
            return there_when(node.operand, not answer)
        case Logic():
            told = [there_when(part, answer) for part in node.operands]
            # `a && b` true means both are; false means only that one of them is.
            return frozenset().union(*told) if (node.op == "&&") is answer else frozenset.intersection(*told)
        case Binary(op="!=" | "==") if (node.op == "!=") is answer:
            return _not_null(node.left, node.right) | _not_null(node.right, node.left)
    return _NONE


def _not_null(path: Node, null: Node) -> Paths:
    return _with_parents(path) if isinstance(null, Literal) and null.value is None else _NONE


def _with_parents(node: Node) -> Paths:
    found: set[str] = set()
    while isinstance(node, (Member, Index)):
        path = path_of(node)
        if path is not None:
            found.add(path)
        node = node.target
    path = path_of(node)
    return frozenset(found | {path}) if path is not None else frozenset(found)


def without_variable(paths: Paths, variable: str) -> Paths:
    """The paths that stay known where `variable` gets a new meaning."""
    return frozenset(
        path for path in paths if path != variable and not path.startswith((f"{variable}.", f"{variable}["))
    )
