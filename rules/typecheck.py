"""Check an expression against the types of its scope before any case meets it.

What checks without an error does not fault on data valid for the types, except where no type can promise it:
division by zero, overflow, a list index, an empty list, text given to `date()`, `datetime()`, `duration()` or
`matches()` that is not a literal, the key of an open record, comparing months with days, and the limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from rules import operand_types as operands
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
from rules.calls import call_type
from rules.findings import ExprFinding, finding
from rules.guards import path_of, there_when, without_variable
from rules.types import (
    NEVER,
    Bool,
    Duration,
    Dyn,
    Field,
    Integer,
    List,
    MapOf,
    Null,
    Number,
    Record,
    Text,
    Type,
    names_of,
    options,
    union,
    without_null,
)

__all__ = ["ExprFinding", "check", "check_condition"]

_RULES: dict[str, operands.Rule] = {
    "+": operands.add,
    "-": operands.subtract,
    "*": operands.multiply,
    "%": operands.multiply,
    "/": operands.divide,
    "in": operands.contained,
    **dict.fromkeys(("<", "<=", ">", ">="), operands.ordered),
}


def check(expr: Expr, scope: Record, present: frozenset[str] = frozenset()) -> tuple[Type, list[ExprFinding]]:
    """The type of the answer and everything wrong, in the order of the text.

    `present` names paths known to have a value here, for instance by a guard outside the expression.
    """
    checker = _Checker()
    kind = checker.infer(expr.root, _Env(scope.fields, present))
    unique = dict.fromkeys(checker.findings)
    return kind, sorted(unique, key=lambda found: found.offset)


def check_condition(expr: Expr, scope: Record, present: frozenset[str] = frozenset()) -> list[ExprFinding]:
    """Like `check`, for a place where the answer has to be true or false."""
    kind, findings = check(expr, scope, present)
    if operands.all_are(kind, (Bool,)):
        return findings
    zh, en = names_of(kind)
    return [
        *findings,
        finding(
            "not_boolean",
            expr.root,
            f"条件的结果应为真或假，而这里是{zh}。",
            f"A condition must answer true or false; this one gives {en}.",
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Env:
    """What names mean at a place, and which optional paths are known to be there."""

    names: Mapping[str, Field]
    present: frozenset[str]

    def knowing(self, paths: frozenset[str]) -> _Env:
        return replace(self, present=self.present | paths)

    def with_variable(self, name: str, kind: Type) -> _Env:
        return _Env({**self.names, name: Field(kind)}, without_variable(self.present, name))


class _Checker:
    def __init__(self) -> None:
        self.findings: list[ExprFinding] = []

    def infer(self, node: Node, env: _Env) -> Type:
        """The type of a node's value; notes what is wrong on the way."""
        match node:
            case Literal():
                return operands.literal_type(node.value)
            case Name() | Member() | Index():
                return self._path(node, env, soft=False)
            case Has():
                self._path(node.path, env, soft=True)
                return Bool()
            case Unary():
                return self._unary(node, env)
            case Binary():
                return self._binary(node, env)
            case Logic():
                return self._logic(node, env)
            case Ternary():
                return self._ternary(node, env)
            case Call():
                kinds = [self.infer(argument, env) for argument in node.arguments]
                return call_type(node, kinds, self.findings)
            case Comprehension():
                return self._comprehension(node, env)
            case ListLiteral():
                return List(union(self.infer(item, env) for item in node.items))
            case MapLiteral():
                return self._map(node, env)
        raise AssertionError(f"unknown node {node!r}")

    def _note(self, code: str, node: Node, zh: str, en: str) -> Type:
        self.findings.append(finding(code, node, zh, en))
        return Dyn()

    # Paths

    def _path(self, node: Node, env: _Env, *, soft: bool) -> Type:
        """The type at a path; with `soft` (inside `has`) it is fine that something on the way is absent."""
        match node:
            case Name():
                return self._name(node, env, soft)
            case Member():
                whole = self._path(node.target, env, soft=soft)
                return union(
                    self._field(node, node.field_name, option, env, soft)
                    for option in self._containers(node, node.target, whole, soft)
                )
            case Index():
                return self._index(node, env, soft)
        return self.infer(node, env)

    def _name(self, node: Name, env: _Env, soft: bool) -> Type:
        found = env.names.get(node.name)
        if found is None:
            hint_zh, hint_en = _hint(node.name, env.names)
            return self._note(
                "unknown_name",
                node,
                f"没有名称“{node.name}”。{hint_zh}",
                f"There is no name '{node.name}' here. {hint_en}".rstrip(),
            )
        return self._present(node, node.name, found, env, soft)

    def _present(self, node: Node, shown: str, found: Field, env: _Env, soft: bool) -> Type:
        path = path_of(node)
        if path is not None and path in env.present:
            return without_null(found.type)
        if found.optional and not soft:
            name = path or shown
            self._note(
                "possibly_missing",
                node,
                f"{name} 可能没有值。请先判断，例如 has({name}) && …，或 has({name}) ? … : …。",
                f"{name} may be absent. Ask first: has({name}) && …, or has({name}) ? … : ….",
            )
        return found.type

    def _containers(self, node: Node, target: Node, whole: Type, soft: bool) -> list[Type]:
        found: list[Type] = [option for option in options(whole) if not isinstance(option, Null)]
        if len(found) < len(options(whole)) and not soft:
            self._maybe_null(target)
        return found

    def _maybe_null(self, node: Node) -> None:
        name = path_of(node) or "…"
        self._note(
            "possibly_null",
            node,
            f"{name} 可能为空。请先判断，例如 {name} != null && …。",
            f"{name} may be null. Ask first: {name} != null && ….",
        )

    def _field(self, node: Node, name: str, whole: Type, env: _Env, soft: bool) -> Type:
        if isinstance(whole, Dyn):
            return whole
        if isinstance(whole, MapOf):
            return self._present(node, name, Field(whole.value, optional=True), env, soft)
        if not isinstance(whole, Record):
            zh, en = names_of(whole)
            return self._note(
                "wrong_type",
                node,
                f"{zh}没有字段“{name}”。",
                f"A value of type {en} has no field '{name}'.",
            )
        if name in whole.fields:
            return self._present(node, name, whole.fields[name], env, soft)
        hint_zh, hint_en = _hint(name, whole.fields)
        return self._note(
            "unknown_field",
            node,
            f"没有字段“{path_of(node) or name}”。{hint_zh}",
            f"There is no field '{path_of(node) or name}'. {hint_en}".rstrip(),
        )

    def _index(self, node: Index, env: _Env, soft: bool) -> Type:
        whole, key = self._path(node.target, env, soft=soft), self.infer(node.index, env)
        containers = self._containers(node, node.target, whole, soft)
        return union(self._element(node, option, key, env, soft) for option in containers)

    def _element(self, node: Index, whole: Type, key: Type, env: _Env, soft: bool) -> Type:
        if isinstance(whole, Dyn):
            return whole
        if isinstance(whole, List):
            return self._expect(node.index, key, (Integer,), whole.item)
        if isinstance(whole, (Record, MapOf)):
            literal = node.index.value if isinstance(node.index, Literal) else None
            if isinstance(literal, str):
                return self._field(node, literal, whole, env, soft)
            result = whole.value if isinstance(whole, MapOf) else Dyn()
            return self._expect(node.index, key, (Text,), result)
        zh, en = names_of(whole)
        return self._note("wrong_type", node, f"{zh}不能用 [ ] 取值。", f"A value of type {en} has no [ ].")

    def _expect(self, node: Node, kind: Type, allowed: tuple[type, ...], result: Type) -> Type:
        if operands.all_are(kind, allowed):
            return result
        zh, en = names_of(kind)
        wanted_zh, wanted_en = names_of(union(option() for option in allowed))
        return self._note(
            "wrong_type",
            node,
            f"这里应为{wanted_zh}，而不是{zh}。",
            f"Expected {wanted_en} here, not {en}.",
        )

    # Operators

    def _condition(self, node: Node, env: _Env) -> None:
        kind = self.infer(node, env)
        if not operands.all_are(kind, (Bool,)):
            zh, en = names_of(kind)
            self._note(
                "not_boolean",
                node,
                f"这里应为真或假，而不是{zh}。",
                f"Expected true or false here, not {en}.",
            )

    def _unary(self, node: Unary, env: _Env) -> Type:
        if node.op == "!":
            self._condition(node.operand, env)
            return Bool()
        kind = self.infer(node.operand, env)
        plain = operands.without_limits(kind)
        return self._expect(node.operand, kind, (Number, Integer, Duration), plain)

    def _binary(self, node: Binary, env: _Env) -> Type:
        left, right = self.infer(node.left, env), self.infer(node.right, env)
        if node.op in ("==", "!="):
            self._equality(node, left, right)
            return Bool()
        result = operands.pairwise(left, right, _RULES[node.op])
        if result is not None:
            return result
        for side, kind in ((node.left, left), (node.right, right)):
            if operands.may_be_null(kind) and options(without_null(kind)):
                self._maybe_null(side)
                return Dyn()
        (left_zh, left_en), (right_zh, right_en) = names_of(left), names_of(right)
        return self._note(
            "wrong_type",
            node,
            f"“{node.op}”不能用于{left_zh}与{right_zh}。{_OPERAND_HINTS.get(node.op, ('', ''))[0]}",
            f"'{node.op}' does not go with {left_en} and {right_en}.{_OPERAND_HINTS.get(node.op, ('', ''))[1]}",
        )

    def _equality(self, node: Binary, left: Type, right: Type) -> None:
        if not options(left) or not options(right) or operands.can_be_equal(left, right):
            return
        (left_zh, left_en), (right_zh, right_en) = _with_values(left), _with_values(right)
        self.findings.append(
            finding(
                "never_equal",
                node,
                f"两边永远不会相等：{left_zh}与{right_zh}。",
                f"The two sides can never be equal: {left_en} and {right_en}.",
                "warning",
            )
        )

    def _logic(self, node: Logic, env: _Env) -> Type:
        for part in node.operands:
            self._condition(part, env)
            env = env.knowing(there_when(part, node.op == "&&"))
        return Bool()

    def _ternary(self, node: Ternary, env: _Env) -> Type:
        self._condition(node.test, env)
        then = self.infer(node.then, env.knowing(there_when(node.test, True)))
        other = self.infer(node.other, env.knowing(there_when(node.test, False)))
        return union((then, other))

    # Lists and records

    def _comprehension(self, node: Comprehension, env: _Env) -> Type:
        source = self.infer(node.source, env)
        if operands.may_be_null(source):
            self._maybe_null(node.source)
        items = [self._item(node.source, option) for option in options(without_null(source))]
        inner = env.with_variable(node.variable, union(items) if items else NEVER)
        if node.condition is not None:
            self._condition(node.condition, inner)
            inner = inner.knowing(there_when(node.condition, True))
        if node.kind == "map":
            return List(self.infer(node.body, inner))
        self._condition(node.body, inner)
        return List(union(items)) if node.kind == "filter" else Bool()

    def _item(self, node: Node, whole: Type) -> Type:
        if isinstance(whole, List):
            return whole.item
        if isinstance(whole, (Record, MapOf)):
            return Text()
        if isinstance(whole, Dyn):
            return whole
        zh, en = names_of(whole)
        return self._note("wrong_type", node, f"这里应为列表，而不是{zh}。", f"Expected a list here, not {en}.")

    def _map(self, node: MapLiteral, env: _Env) -> Type:
        fields: dict[str, Field] = {}
        for key, value in node.entries:
            name = key.value if isinstance(key, Literal) else None
            kind = self.infer(value, env)
            if not isinstance(name, str) or name in fields:
                self._note(
                    "bad_key",
                    key,
                    "记录的键应为加引号的文字，且不能重复。",
                    "A key must be quoted text and given once.",
                )
            else:
                fields[name] = Field(kind)
        return Record(fields)


_OPERAND_HINTS = {
    "<": ("文本写的日期请用 date(…)。", " Read text as a date with date(…)."),
    "+": ("文字只能与文字相加。", " Text goes with text only."),
    "-": ("文本写的时长请用 duration(…)。", " Read text as a duration with duration(…)."),
    "in": ("右边应为列表。", " The right side must be a list."),
}


def _with_values(kind: Type) -> tuple[str, str]:
    if isinstance(kind, Text) and kind.values is not None:
        shown = ", ".join(f'"{value}"' for value in kind.values[:8])
        return shown, shown
    return names_of(kind)


def _hint(name: str, known: Mapping[str, Field]) -> tuple[str, str]:
    close = get_close_matches(name, list(known), n=1)
    return (f"是否指“{close[0]}”？", f"Did you mean '{close[0]}'?") if close else ("", "")
