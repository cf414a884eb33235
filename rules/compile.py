"""Expression to closures: the tree is walked once, each evaluation then only calls functions.

Evaluation is strictly from left to right and stops at the operand that decides, so that `has()` can guard what
follows and a fault is never taken for `false`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import cast

from rules.arithmetic import list_limit, negate
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
from rules.errors import ExprFault, ValueFault
from rules.functions import ARITIES, PLAIN, matches
from rules.operations import SMALL, operation, weight
from rules.paths import Missing, Run, locate
from rules.values import MAX_LIST, Value, admit, is_list, type_fault

Closure = Callable[[Run], Value]


@lru_cache(maxsize=4096)
def compiled(expr: Expr) -> Closure:
    """The closure of an expression, made once per text."""
    return _traced(expr.root)


def _node(node: Node) -> Closure:
    match node:
        case Literal():
            value = node.value
            return lambda run: value
        case Name() | Member() | Index():
            return _read(node)
        case Has():
            return _has(node)
        case Unary():
            return _unary(node)
        case Binary():
            return _binary(node)
        case Logic():
            return _logic(node)
        case Ternary():
            return _ternary(node)
        case Call():
            return _call(node)
        case Comprehension():
            return _comprehension(node)
        case ListLiteral():
            return _list(node)
        case MapLiteral():
            return _map(node)
    raise AssertionError(f"unknown node {node!r}")


def _read(node: Node) -> Closure:
    where = locate(node, _node)
    start = node.span.start

    def read(run: Run) -> Value:
        raw, path = where(run)
        try:
            value = admit(raw)
        except ValueFault as fault:
            raise fault.at(start) from fault
        if path is not None:
            run.record(path, value)
        return value

    return read


def _has(node: Has) -> Closure:
    where = locate(node.path, _node, soft=True)

    def present(run: Run) -> Value:
        value, path = where(run)
        found = value is not Missing and value is not None
        if path is not None:
            run.record(f"has({path})", found)
        return found

    return present


def _traced(node: Node) -> Closure:
    """The node's closure, which also notes it as the part that decided, unless a part of it does so itself."""
    closure = _node(node)
    if _routes(node):
        return closure
    span = (node.span.start, node.span.end)

    def trace(run: Run) -> Value:
        value = closure(run)
        run.decided = span
        return value

    return trace


def _routes(node: Node) -> bool:
    return isinstance(node, (Logic, Ternary)) or (isinstance(node, Unary) and node.op == "!" and _routes(node.operand))


def _logic(node: Logic) -> Closure:
    stops_at = node.op == "||"
    parts = [(_traced(part), part.span.start) for part in node.operands]
    span = (node.span.start, node.span.end)

    def logic(run: Run) -> Value:
        run.spend(1)
        for closure, start in parts:
            value = closure(run)
            if value is stops_at:
                return value
            if type(value) is not bool:
                raise _not_boolean(value, start)
        run.decided = span
        return not stops_at

    return logic


def _ternary(node: Ternary) -> Closure:
    test, then, other = _node(node.test), _traced(node.then), _traced(node.other)
    start = node.test.span.start

    def choose(run: Run) -> Value:
        run.spend(1)
        value = test(run)
        if type(value) is not bool:
            raise _not_boolean(value, start)
        return then(run) if value else other(run)

    return choose


def _not_boolean(value: Value, start: int) -> ExprFault:
    fault = type_fault("此处应为真假值", "A true/false value is needed here", value)
    return ExprFault("not_boolean", fault.zh, fault.en, start)


def _unary(node: Unary) -> Closure:
    operand = _traced(node.operand) if _routes(node) else _node(node.operand)
    start, inner = node.span.start, node.operand.span.start

    def invert(run: Run) -> Value:
        run.spend(1)
        value = operand(run)
        if type(value) is not bool:
            raise _not_boolean(value, inner)
        return not value

    def minus(run: Run) -> Value:
        run.spend(1)
        try:
            return negate(operand(run))
        except ValueFault as fault:
            raise fault.at(start) from fault

    return invert if node.op == "!" else minus


def _binary(node: Binary) -> Closure:
    left, right, start = _node(node.left), _node(node.right), node.span.start
    operate = operation(node.op)

    def binary(run: Run) -> Value:
        run.spend(1)
        first = left(run)
        second = right(run)
        try:
            # Long texts and lists pay for their length.
            if type(first) not in SMALL or type(second) not in SMALL:
                run.spend(weight(first) + weight(second))
            return operate(first, second)
        except ValueFault as fault:
            raise fault.at(start) from fault

    return binary


def _call(node: Call) -> Closure:
    least, most = ARITIES[node.function]
    start = node.span.start
    if not least <= len(node.arguments) <= most:
        return _wrong_arity(node)
    arguments = [_node(argument) for argument in node.arguments]
    if node.function == "size" and isinstance(node.arguments[0], (Name, Member, Index)):
        return _size_of_path(node.arguments[0], start)
    function = PLAIN.get(node.function)

    def call(run: Run) -> Value:
        run.spend(1)
        values = [argument(run) for argument in arguments]
        try:
            run.spend(sum(map(weight, values)))
            if function is not None:
                return function(*values)
            found, steps = matches(values[0], values[1], run.left)
            run.spend(steps)
            return found
        except ValueFault as fault:
            raise fault.at(start) from fault

    return call


def _wrong_arity(node: Call) -> Closure:
    def refuse(run: Run) -> Value:
        raise ExprFault(
            "arity",
            f"{node.function}() 的参数个数不对。",
            f"{node.function}() has a wrong number of arguments.",
            node.span.start,
        )

    return refuse


def _size_of_path(path: Node, start: int) -> Closure:
    """`size(data.lines)` notes the count it used, not the whole list."""
    where, size = locate(path, _node), PLAIN["size"]

    def measure(run: Run) -> Value:
        run.spend(1)
        raw, name = where(run)
        try:
            count = size(admit(raw))
        except ValueFault as fault:
            raise fault.at(start) from fault
        if name is not None:
            run.record(f"size({name})", count)
        return count

    return measure


def _source(node: Node) -> Callable[[Run], tuple[list[Value], list[str | None]]]:
    """The items a comprehension goes over, each with its path when it lies in the scope."""
    is_path = isinstance(node, (Name, Member, Index))
    where = locate(node, _node) if is_path else None
    plain, start = _node(node), node.span.start

    def items(run: Run) -> tuple[list[Value], list[str | None]]:
        raw, path = where(run) if where else (plain(run), None)
        if is_list(raw):
            values = list(cast("list[Value]", raw))
            paths = [f"{path}[{number}]" if path else None for number in range(len(values))]
        elif isinstance(raw, Mapping):
            values = cast("list[Value]", sorted(raw))
            paths = cast("list[str | None]", [None] * len(values))
        else:
            raise type_fault("此处应为列表", "A list is needed here", raw).at(start)
        if len(values) > MAX_LIST:
            raise list_limit().at(start)
        if path:
            run.record(f"size({path})", len(values))
        return values, paths

    return items


def _comprehension(node: Comprehension) -> Closure:
    items, body = _source(node.source), _node(node.body)
    condition = _node(node.condition) if node.condition is not None else None
    finish = _COLLECTORS[node.kind]
    needs_bool = (node.kind != "map", node.body.span.start)
    start = node.condition.span.start if node.condition is not None else 0

    def each(run: Run) -> Value:
        run.spend(1)
        values, paths = items(run)
        outer = run.bind(node.variable)

        def results():  # noqa: ANN202 - a generator of (item, result), consumed at once
            for value, path in zip(values, paths, strict=True):
                run.spend(1)
                run.set(node.variable, value, path)
                if condition is not None:
                    chosen = condition(run)
                    if type(chosen) is not bool:
                        raise _not_boolean(chosen, start)
                    if not chosen:
                        continue
                result = body(run)
                if needs_bool[0] and type(result) is not bool:
                    raise _not_boolean(result, needs_bool[1])
                yield value, result

        try:
            return finish(results())
        finally:
            run.unbind(node.variable, outer)

    return each


_COLLECTORS: dict[str, Callable[..., Value]] = {
    "all": lambda results: all(result for _, result in results),
    "exists": lambda results: any(result for _, result in results),
    "exists_one": lambda results: sum(1 for _, result in results if result) == 1,
    "filter": lambda results: [value for value, result in results if result],
    "map": lambda results: [result for _, result in results],
}


def _list(node: ListLiteral) -> Closure:
    items, start = [_node(item) for item in node.items], node.span.start
    if len(items) > MAX_LIST:

        def refuse(run: Run) -> Value:
            raise list_limit().at(start)

        return refuse

    def build(run: Run) -> Value:
        run.spend(1)
        return [item(run) for item in items]

    return build


def _map(node: MapLiteral) -> Closure:
    entries = [(_node(key), _node(value), key.span.start) for key, value in node.entries]

    def build(run: Run) -> Value:
        run.spend(1)
        found: dict[str, Value] = {}
        for key, value, start in entries:
            name = key(run)
            if not isinstance(name, str):
                raise type_fault("记录的键应为文字", "A key of a record is a text", name).at(start)
            if name in found:
                raise ExprFault("type", f"键“{name[:40]}”重复。", f"The key {name[:40]!r} is given twice.", start)
            found[name] = value(run)
        return found

    return build
