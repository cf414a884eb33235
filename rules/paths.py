"""Where values are read: `data.lines[0].qty`. One evaluation (`Run`) keeps what it read, under such paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from rules.ast import Index, Member, Name, Node
from rules.errors import ExprFault, ValueFault
from rules.values import Value, admit, is_list, is_number, type_fault


class _MissingType:
    """The answer of a soft lookup that found nothing; JSON's `null` is something."""


Missing: Final = _MissingType()
Found = tuple[object, str | None]
Where = Callable[["Run"], Found]
CompileNode = Callable[[Node], Callable[["Run"], Value]]


class Run:
    """The state of one evaluation: scope, remaining steps, what was read, what decided, bound variables."""

    __slots__ = ("_values", "decided", "left", "reads", "scope")

    def __init__(self, scope: Mapping[str, Value], budget: int) -> None:
        self.scope = scope
        self.left = budget
        self.reads: dict[str, Value] = {}
        self.decided: tuple[int, int] | None = None
        self._values: dict[str, Found] = {}

    def spend(self, steps: int) -> None:
        """Pay for work; a faulty expression ends here instead of running on."""
        self.left -= steps
        if self.left < 0:
            raise ExprFault("limit_steps", "求值步数超过上限。", "The evaluation takes more steps than allowed.")

    def record(self, path: str, value: Value) -> None:
        """Note a value that was read; the first reading of a path counts."""
        if path not in self.reads:
            self.reads[path] = value

    def bind(self, variable: str) -> Found | None:
        """What the variable meant outside, to be given back to `unbind`."""
        return self._values.get(variable)

    def set(self, variable: str, value: object, path: str | None) -> None:
        """Bind the variable to an item and the item's path."""
        self._values[variable] = (value, path)

    def unbind(self, variable: str, outer: Found | None) -> None:
        """Restore the meaning the variable had outside."""
        if outer is None:
            self._values.pop(variable, None)
        else:
            self._values[variable] = outer

    def name(self, name: str) -> Found:
        """A bound variable, else a name of the scope; `Missing` when it is neither."""
        if name in self._values:
            return self._values[name]
        if name in self.scope:
            return self.scope[name], name
        return Missing, name


def locate(node: Node, compile_node: CompileNode, *, soft: bool = False) -> Where:
    """A function that finds the value of a name, member or index together with its path.

    With `soft`, what is not there is `Missing`; else it is a fault.
    """
    match node:
        case Name():
            return _name(node)
        case Member():
            return _member(node, locate(node.target, compile_node, soft=soft), soft)
        case Index():
            return _index(node, locate(node.target, compile_node, soft=soft), compile_node(node.index), soft)
    closure = compile_node(node)
    return lambda run: (closure(run), None)


def _name(node: Name) -> Where:
    name, start = node.name, node.span.start

    def find(run: Run) -> Found:
        found = run.name(name)
        if found[0] is Missing:
            raise ExprFault("unknown_name", f"没有名称“{name}”。", f"There is no name '{name}' here.", start)
        return found

    return find


def _member(node: Member, target: Where, soft: bool) -> Where:
    name, start, suffix = node.field_name, node.span.start, f".{node.field_name}"

    def find(run: Run) -> Found:
        run.spend(1)
        whole, path = target(run)
        path = path + suffix if path is not None else None
        if isinstance(whole, dict) and name in whole:
            return whole[name], path
        if soft and (whole is Missing or whole is None):
            return Missing, path
        if not isinstance(whole, Mapping):
            raise _not_a_record(whole, start)
        if name in whole:
            return whole[name], path
        if soft:
            return Missing, path
        raise _missing(path or name, start)

    return find


def _not_a_record(whole: object, start: int) -> ExprFault:
    return type_fault("“.”左边应为记录", "A record is needed left of '.'", whole).at(start)


def _missing(path: str, start: int) -> ExprFault:
    return ExprFault(
        "missing_field",
        f"{path} 没有值；如可为空，请先用 has({path}) 判断。",
        f"{path} has no value; if it may be absent, ask has({path}) first.",
        start,
    )


def _index(node: Index, target: Where, index: Callable[[Run], Value], soft: bool) -> Where:
    start = node.span.start

    def find(run: Run) -> Found:
        run.spend(1)
        whole, path = target(run)
        key = index(run)
        if whole is Missing or (soft and whole is None):
            return Missing, path
        shown = f'{path}["{key}"]' if isinstance(key, str) else f"{path}[{key}]"
        try:
            value = _item(whole, key)
        except ValueFault as fault:
            if soft and fault.code in ("index", "missing_field"):
                return Missing, shown if path is not None else None
            raise fault.at(start) from fault
        return value, shown if path is not None else None

    return find


def _item(whole: object, key: Value) -> object:
    if is_list(whole):
        items = cast("list[object]", whole)
        if not is_number(key) or key != int(cast("int", key)):
            raise type_fault("列表的下标应为整数", "A list index is an integer", key)
        if not 0 <= cast("int", key) < len(items):
            raise ValueFault(
                "index",
                f"下标 {key} 超出列表（共 {len(items)} 项，从 0 起）。",
                f"Index {key} is outside the list of {len(items)} items (counted from 0).",
            )
        return items[int(cast("int", key))]
    if isinstance(whole, Mapping):
        if not isinstance(key, str):
            raise type_fault("记录的键应为文字", "A key of a record is a text", key)
        if key not in whole:
            raise ValueFault("missing_field", f"没有键“{key[:40]}”。", f"There is no key {key[:40]!r}.")
        return whole[key]
    raise type_fault("[ ] 左边应为列表或记录", "A list or record is needed left of [ ]", admit(whole))
