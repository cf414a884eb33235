"""An expression as text again, with no more parentheses than it needs."""

from __future__ import annotations

from decimal import Decimal

from rules.ast import (
    Binary,
    Call,
    Comprehension,
    Expr,
    Has,
    Index,
    ListLiteral,
    Literal,
    Logic,
    MapLiteral,
    Member,
    Name,
    Node,
    Ternary,
    Unary,
)

__all__ = ["show", "show_text"]

_RELATION, _SUM, _PRODUCT, _UNARY, _POSTFIX, _PRIMARY = 3, 4, 5, 6, 7, 8
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def show(expr: Expr) -> str:
    """The text of an expression; parsing it again gives an equal tree.

    >>> from rules.parse import parse
    >>> show(parse("( a.b+1 )*2 in [ 'x' ]"))
    '(a.b + 1) * 2 in ["x"]'
    """
    return _show(expr.root, 0)


def show_text(text: str) -> str:
    """A text literal in double quotes."""
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _show(node: Node, needed: int) -> str:
    text, strength = _written(node)
    return f"({text})" if strength < needed else text


def _strength(op: str) -> int:
    return _SUM if op in "+-" else _PRODUCT if op in "*/%" else _RELATION


def _written(node: Node) -> tuple[str, int]:
    match node:
        case Ternary():
            return f"{_show(node.test, 1)} ? {_show(node.then, 1)} : {_show(node.other, 0)}", 0
        case Logic():
            strength = 1 if node.op == "||" else 2
            return f" {node.op} ".join(_show(part, strength + 1) for part in node.operands), strength
        case Binary():
            strength = _strength(node.op)
            return f"{_show(node.left, strength)} {node.op} {_show(node.right, strength + 1)}", strength
        case Unary():
            same = isinstance(node.operand, Unary) and node.operand.op == node.op
            return node.op + _show(node.operand, _UNARY if same else _POSTFIX), _UNARY
        case Member():
            return f"{_show(node.target, _POSTFIX)}.{node.field_name}", _POSTFIX
        case Index():
            return f"{_show(node.target, _POSTFIX)}[{_show(node.index, 0)}]", _POSTFIX
        case Comprehension():
            parts = [
                node.variable,
                *([_show(node.condition, 0)] if node.condition else []),
                _show(node.body, 0),
            ]
            return f"{_show(node.source, _POSTFIX)}.{node.kind}({', '.join(parts)})", _POSTFIX
    return _plain(node), _PRIMARY


def _plain(node: Node) -> str:
    match node:
        case Literal():
            return _literal(node.value)
        case Name():
            return node.name
        case Has():
            return f"has({_show(node.path, 0)})"
        case Call():
            shown = [_show(argument, 0) for argument in node.arguments]
            if node.method:
                return f"{_show(node.arguments[0], _POSTFIX)}.{node.function}({', '.join(shown[1:])})"
            return f"{node.function}({', '.join(shown)})"
        case ListLiteral():
            return "[" + ", ".join(_show(item, 0) for item in node.items) + "]"
        case MapLiteral():
            return "{" + ", ".join(f"{_show(key, 0)}: {_show(value, 0)}" for key, value in node.entries) + "}"
    raise AssertionError(f"unknown node {node!r}")


def _literal(value: None | bool | int | Decimal | str) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return show_text(value)
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
