"""Text to expression: a precedence parser for the subset of CEL that `gspflow: 1` speaks."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

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
    Span,
    Ternary,
    Unary,
)
from rules.errors import ExprSyntaxError, line_and_column, syntax_error
from rules.lexer import Token, tokens_of

__all__ = ["FUNCTIONS", "MACROS", "MAX_DEPTH", "ExprSyntaxError", "parse"]

MAX_DEPTH = 64
MAX_TEXT = 65_536
MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
FUNCTIONS = frozenset(
    {
        "size",
        "contains",
        "startsWith",
        "endsWith",
        "matches",
        "min",
        "max",
        "sum",
        "date",
        "datetime",
        "duration",
    }
)
_RELATIONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_RESERVED = frozenset(
    "as break const continue else for function if import in let loop package namespace return var void while".split()
)


@lru_cache(maxsize=4096)
def parse(text: str) -> Expr:
    """The expression that `text` writes. Raises `ExprSyntaxError` with the place and what to write instead.

    >>> parse("line.qty <= 5").root.op
    '<='
    """
    if len(text) > MAX_TEXT:
        raise ExprSyntaxError("表达式过长。", "The expression is too long.", 0, 1, 1)
    return Expr(text, _Parser(text).whole())


class _Parser:
    """Reads tokens from the left; each method reads one level of precedence."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._at = 0
        self._nesting = 0
        self._depths: dict[int, int] = {}

    def whole(self) -> Node:
        """The complete text as one expression."""
        if self._tokens[0].kind == "end":
            raise self._error("表达式为空。", "The expression is empty.", self._tokens[0])
        root = self._expression()
        if self._peek.kind != "end":
            raise self._unexpected(self._peek)
        return root

    # Tokens

    @property
    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _sees(self, *operators: str) -> bool:
        token = self._peek
        return token.kind == "operator" and token.value in operators

    def _accept(self, operator: str) -> bool:
        if self._sees(operator):
            self._at += 1
            return True
        return False

    def _expect(self, operator: str) -> Token:
        if not self._sees(operator):
            shown = self._shown(self._peek)
            raise self._error(
                f"这里应为“{operator}”，而不是{shown[0]}。",
                f"Expected '{operator}' here, found {shown[1]}.",
                self._peek,
            )
        return self._next()

    # Errors

    def _error(self, zh: str, en: str, token: Token) -> ExprSyntaxError:
        return syntax_error(zh, en, self._text, token.start)

    @staticmethod
    def _shown(token: Token) -> tuple[str, str]:
        return ("结尾", "the end") if token.kind == "end" else (f"“{token.value}”", f"'{token.value}'")

    def _unexpected(self, token: Token) -> ExprSyntaxError:
        zh, en = self._shown(token)
        return self._error(f"这里不应出现{zh}。", f"Did not expect {en} here.", token)

    def _too_deep(self, start: int) -> ExprSyntaxError:
        return syntax_error(
            f"表达式嵌套超过 {MAX_DEPTH} 层，请拆分。",
            f"The expression is nested deeper than {MAX_DEPTH}; split it.",
            self._text,
            start,
        )

    # Nodes

    def _make(self, kind: type[Any], start: int, *parts: Any) -> Any:
        end = self._tokens[self._at - 1].end
        node = kind(Span(start, end, *line_and_column(self._text, start)), *parts)
        depth = 1 + max((self._depths.get(id(child), 0) for child in _children(parts)), default=0)
        if depth > MAX_DEPTH:
            raise self._too_deep(start)
        self._depths[id(node)] = depth
        return node

    # Grammar

    def _expression(self) -> Node:
        self._nesting += 1
        if self._nesting > MAX_DEPTH:
            raise self._too_deep(self._peek.start)
        start = self._peek.start
        node = self._either()
        if self._accept("?"):
            then = self._either()
            self._expect(":")
            node = self._make(Ternary, start, node, then, self._expression())
        self._nesting -= 1
        return node

    def _either(self) -> Node:
        start, operands = self._peek.start, [self._both()]
        while self._accept("||"):
            operands.append(self._both())
        return operands[0] if len(operands) == 1 else self._make(Logic, start, "||", tuple(operands))

    def _both(self) -> Node:
        start, operands = self._peek.start, [self._relation()]
        while self._accept("&&"):
            operands.append(self._relation())
        return operands[0] if len(operands) == 1 else self._make(Logic, start, "&&", tuple(operands))

    def _relation(self) -> Node:
        start, node = self._peek.start, self._sum()
        while self._sees(*_RELATIONS) or (self._peek.kind == "name" and self._peek.value == "in"):
            op = str(self._next().value)
            node = self._make(Binary, start, op, node, self._sum())
        return node

    def _sum(self) -> Node:
        start, node = self._peek.start, self._product()
        while self._sees("+", "-"):
            op = str(self._next().value)
            node = self._make(Binary, start, op, node, self._product())
        return node

    def _product(self) -> Node:
        start, node = self._peek.start, self._unary()
        while self._sees("*", "/", "%"):
            op = str(self._next().value)
            node = self._make(Binary, start, op, node, self._unary())
        return node

    def _unary(self) -> Node:
        operators: list[Token] = []
        while self._sees("!", "-") and (not operators or operators[0].value == self._peek.value):
            operators.append(self._next())
            if len(operators) > MAX_DEPTH:
                raise self._too_deep(operators[0].start)
        node = self._postfix()
        for token in reversed(operators):
            node = self._make(Unary, token.start, token.value, node)
        return node

    def _postfix(self) -> Node:
        start, node = self._peek.start, self._primary()
        while True:
            if self._accept("."):
                node = self._selected(start, node)
            elif self._accept("["):
                index = self._expression()
                self._expect("]")
                node = self._make(Index, start, node, index)
            else:
                return node

    def _selected(self, start: int, target: Node) -> Node:
        token = self._next()
        if token.kind != "name" or token.value in _CONSTANTS or token.value == "in":
            raise self._error("“.”后应为字段名。", "A field name must follow '.'.", token)
        word = str(token.value)
        if not self._sees("("):
            return self._make(Member, start, target, word)
        if word in MACROS:
            return self._comprehension(start, target, word)
        if word not in FUNCTIONS or word in ("date", "datetime", "duration"):
            raise self._unknown_function(token)
        return self._make(Call, start, word, (target, *self._arguments(")")), True)

    def _comprehension(self, start: int, source: Node, kind: str) -> Node:
        self._expect("(")
        token = self._next()
        if token.kind != "name" or token.value in _RESERVED or token.value in _CONSTANTS:
            raise self._error(
                f"{kind}() 的第一个参数应为变量名，例如 {kind}(l, …)。",
                f"The first argument of {kind}() must be a variable name, as in {kind}(l, …).",
                token,
            )
        self._expect(",")
        condition, body = None, self._expression()
        if kind == "map" and self._accept(","):
            condition, body = body, self._expression()
        self._expect(")")
        return self._make(Comprehension, start, kind, source, str(token.value), condition, body)

    def _arguments(self, closing: str) -> tuple[Node, ...]:
        self._next()
        items: list[Node] = []
        while not self._sees(closing):
            items.append(self._expression())
            if not self._accept(","):
                break
            # CEL allows a trailing comma in a list, not in a call.
            if closing == ")" and self._sees(closing):
                raise self._unexpected(self._peek)
        self._expect(closing)
        return tuple(items)

    def _primary(self) -> Node:
        token = self._peek
        if token.kind in ("number", "text"):
            self._next()
            return self._make(Literal, token.start, token.value)
        if token.kind == "name":
            return self._named(self._next())
        if self._sees("["):
            return self._make(ListLiteral, token.start, self._arguments("]"))
        if self._sees("{"):
            return self._map(self._next())
        if self._accept("("):
            node = self._expression()
            self._expect(")")
            return node
        raise self._unexpected(token)

    def _named(self, token: Token) -> Node:
        word = str(token.value)
        if word in _CONSTANTS:
            return self._make(Literal, token.start, _CONSTANTS[word])
        if word in _RESERVED:
            raise self._error(f"“{word}”是保留字。", f"'{word}' is a reserved word.", token)
        if not self._sees("("):
            return self._make(Name, token.start, word)
        if word == "has":
            return self._has(token)
        if word not in FUNCTIONS or word in ("contains", "startsWith", "endsWith"):
            raise self._unknown_function(token)
        return self._make(Call, token.start, word, self._arguments(")"), False)

    def _has(self, token: Token) -> Node:
        arguments = self._arguments(")")
        if len(arguments) != 1 or not isinstance(arguments[0], Member):
            raise self._error(
                "has() 里应为一个字段，例如 has(data.lines)。",
                "has() takes one field, as in has(data.lines).",
                token,
            )
        return self._make(Has, token.start, arguments[0])

    def _map(self, opening: Token) -> Node:
        entries: list[tuple[Node, Node]] = []
        while not self._sees("}"):
            key = self._expression()
            self._expect(":")
            entries.append((key, self._expression()))
            if not self._accept(","):
                break
        self._expect("}")
        return self._make(MapLiteral, opening.start, tuple(entries))

    def _unknown_function(self, token: Token) -> ExprSyntaxError:
        known = " ".join(sorted(FUNCTIONS | MACROS | {"has"}))
        return self._error(
            f"没有函数“{token.value}”。可用：{known}。",
            f"There is no function '{token.value}'. Known: {known}.",
            token,
        )


def _children(parts: tuple[Any, ...]) -> list[Node]:
    found: list[Node] = []
    for part in parts:
        if isinstance(part, Node):
            found.append(part)
        elif isinstance(part, tuple):
            found.extend(_children(part))
    return found
