"""Decision tables: read from plain data, asked about a scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from domain.errors import Fault, Text
from rules.ast import Expr
from rules.cells import Cell, parse_cell
from rules.errors import ExprFault, ExprSyntaxError, ValueFault
from rules.evaluate import BUDGET, evaluate
from rules.parse import parse
from rules.values import Value

MAX_RULES = 1_000
MAX_INPUTS = 32
HITS = ("first", "unique", "collect")


class TableError(ValueError):
    """A table that cannot be read; `faults` are all of them, each with a JSON pointer into the table."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.pointer}: {fault.message.en}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class TableInput:
    """A column: what it is called and the expression that fills it."""

    name: str
    expr: Expr


@dataclass(frozen=True, slots=True)
class TableRule:
    """A row: one cell per input, and the outcome when all fit."""

    cells: tuple[Cell, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table; the first of `outcomes` is the success."""

    name: str
    hit: str
    inputs: tuple[TableInput, ...]
    outcomes: tuple[str, ...]
    rules: tuple[TableRule, ...]


@dataclass(frozen=True, slots=True)
class TableDecision:
    """What a table said: the outcome, the rule that gave it (from 0), all rules that matched, and on what values.

    With `hit: collect` several rules may match; the outcome is then the matched one that stands last in `outcomes`,
    so the success wins only when nothing speaks against it.
    """

    outcome: str
    rule_index: int
    matched: tuple[int, ...]
    inputs: dict[str, Value]
    reads: list[tuple[str, Value]]


def evaluate_table(table: DecisionTable, scope: Mapping[str, Value]) -> TableDecision:
    """Ask the table. Raises `ExprFault`: `no_rule` when none fits, `several_rules` when `unique` has more than one,
    else what an input expression or a cell of another kind gives."""
    inputs: dict[str, Value] = {}
    reads: dict[str, Value] = {}
    for column in table.inputs:
        evaluation = evaluate(column.expr, scope, BUDGET)
        inputs[column.name] = evaluation.value
        for path, value in evaluation.reads:
            reads.setdefault(path, value)
    matched = _matched(table, tuple(inputs.values()))
    chosen = _chosen(table, matched)
    return TableDecision(table.rules[chosen].outcome, chosen, matched, inputs, list(reads.items()))


def _matched(table: DecisionTable, values: tuple[Value, ...]) -> tuple[int, ...]:
    found: list[int] = []
    for number, rule in enumerate(table.rules):
        if _fits(table, rule, values):
            found.append(number)
            if table.hit == "first":
                break
    return tuple(found)


def _fits(table: DecisionTable, rule: TableRule, values: tuple[Value, ...]) -> bool:
    for column, cell, value in zip(table.inputs, rule.cells, values, strict=True):
        try:
            if not cell.matches(value):
                return False
        except ValueFault as fault:
            zh, en = f"判定表“{table.name}”的 {column.name} 列：", f"Table '{table.name}', column {column.name}: "
            raise ExprFault(fault.code, zh + fault.zh, en + fault.en) from fault
    return True


def _chosen(table: DecisionTable, matched: tuple[int, ...]) -> int:
    if len(matched) == 0:
        raise ExprFault(
            "no_rule",
            f"判定表“{table.name}”没有一行适用于这些值。",
            f"No rule of table '{table.name}' fits these values.",
        )
    if table.hit == "unique" and len(matched) > 1:
        shown = ", ".join(str(number + 1) for number in matched)
        raise ExprFault(
            "several_rules",
            f"判定表“{table.name}”应只有一行适用，而第 {shown} 行都适用。",
            f"Only one rule of table '{table.name}' may fit, but rules {shown} do.",
        )
    if table.hit == "collect":
        return max(matched, key=lambda number: (table.outcomes.index(table.rules[number].outcome), -number))
    return matched[0]


def load_table(data: object) -> DecisionTable:
    """The table that plain data (YAML as loaded) writes. Raises `TableError` with every fault."""
    loader = _Loader()
    table = loader.table(data)
    if loader.faults or table is None:
        raise TableError(loader.faults)
    return table


_cell = lru_cache(maxsize=4096)(parse_cell)


class _Loader:
    """Reads the parts of a table and gathers what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, pointer: str, code: str, zh: str, en: str) -> None:
        self.faults.append(Fault(pointer, code, Text(zh, en)))

    def table(self, data: object) -> DecisionTable | None:
        plain = self._mapping("", data, required=("table", "hit", "inputs", "outcomes", "rules"))
        if plain is None:
            return None
        hit = str(plain["hit"])
        if hit not in HITS:
            self.fault("/hit", "table_hit", "hit 应为 first、unique 或 collect。", "hit is first, unique or collect.")
        inputs = self._inputs(plain["inputs"])
        outcomes = self._outcomes(plain["outcomes"])
        rules = self._rules(plain["rules"], len(inputs), outcomes)
        return DecisionTable(str(plain["table"]), hit, inputs, outcomes, rules)

    def _mapping(self, pointer: str, data: object, required: tuple[str, ...]) -> Mapping[str, object] | None:
        keys = "、".join(required), ", ".join(required)
        if isinstance(data, Mapping) and set(data) == set(required):
            return cast("Mapping[str, object]", data)
        self.fault(
            pointer,
            "table_shape",
            f"这里应有且只有：{keys[0]}。",
            f"Exactly these keys belong here: {keys[1]}.",
        )
        return None

    def _list(self, pointer: str, data: object, most: int) -> Sequence[object]:
        if isinstance(data, Sequence) and not isinstance(data, str) and 1 <= len(data) <= most:
            return data
        self.fault(
            pointer,
            "table_shape",
            f"这里应为 1 至 {most} 项的列表。",
            f"A list of 1 to {most} entries belongs here.",
        )
        return ()

    def _inputs(self, data: object) -> tuple[TableInput, ...]:
        found: list[TableInput] = []
        for number, entry in enumerate(self._list("/inputs", data, MAX_INPUTS)):
            pointer = f"/inputs/{number}"
            plain = self._mapping(pointer, entry, required=("name", "expr"))
            name, expr = (str(plain["name"]), str(plain["expr"])) if plain else ("", "null")
            if plain and name in {column.name for column in found}:
                self.fault(f"{pointer}/name", "table_name", "列名重复。", "The name is used twice.")
            found.append(TableInput(name, self._expression(f"{pointer}/expr", expr)))
        return tuple(found)

    def _expression(self, pointer: str, text: str) -> Expr:
        try:
            return parse(text)
        except ExprSyntaxError as fault:
            self.fault(pointer, "table_syntax", fault.message_zh, fault.message_en)
            return parse("null")

    def _outcomes(self, data: object) -> tuple[str, ...]:
        found = tuple(str(entry) for entry in self._list("/outcomes", data, 64))
        if len(set(found)) < len(found):
            self.fault("/outcomes", "table_outcome", "结果重复。", "An outcome is given twice.")
        return found

    def _rules(self, data: object, width: int, outcomes: tuple[str, ...]) -> tuple[TableRule, ...]:
        found: list[TableRule] = []
        for number, entry in enumerate(self._list("/rules", data, MAX_RULES)):
            pointer = f"/rules/{number}"
            plain = self._mapping(pointer, entry, required=("when", "then"))
            if plain is not None:
                found.append(self._rule(pointer, plain, width, outcomes))
        return tuple(found)

    def _rule(self, pointer: str, plain: Mapping[str, object], width: int, outcomes: tuple[str, ...]) -> TableRule:
        cells = self._list(f"{pointer}/when", plain["when"], MAX_INPUTS)
        if cells and len(cells) != width:
            self.fault(
                f"{pointer}/when",
                "table_width",
                f"应有 {width} 个单元格，这里有 {len(cells)} 个。",
                f"The rule needs {width} cells and has {len(cells)}.",
            )
        outcome = str(plain["then"])
        if outcome not in outcomes:
            self.fault(
                f"{pointer}/then",
                "table_outcome",
                f"“{outcome}”不在 outcomes 中。",
                f"'{outcome}' is not one of the outcomes.",
            )
        read = tuple(self._cell(f"{pointer}/when/{place}", cell) for place, cell in enumerate(cells))
        return TableRule(read, outcome)

    def _cell(self, pointer: str, data: object) -> Cell:
        try:
            return _cell(data if isinstance(data, (str, bool)) else str(data) if data is not None else "")
        except ExprSyntaxError as fault:
            self.fault(pointer, "table_cell", fault.message_zh, fault.message_en)
            return Cell("-", ())
