"""Is a decision table sound: does every possible value have an answer, and only one where only one may be?

The product of all columns is searched region by region (`regions`), remembering what was seen, so the answer is
exact; a table too wide for that within the cap is reported as not checked instead of being passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rules.errors import ValueFault
from rules.findings import ExprFinding, Severity
from rules.regions import CellMismatch, cells_fit, regions
from rules.show import show_text
from rules.table_model import DecisionTable
from rules.typecheck import check
from rules.types import Record, Text, Type, names_of, options
from rules.values import Value, to_json

__all__ = ["TableFinding", "check_table"]

STATES_CAP = 50_000


@dataclass(frozen=True, slots=True)
class TableFinding:
    """One thing wrong with a table; `pointer` (RFC 6901) is its place in the table's data.

    Codes: those of `ExprFinding` for the input expressions, and `table_gap table_overlap table_cell_type
    table_cell_never table_rule_unreachable table_outcome_unused table_not_checked`.
    `example` are input values by column name that show a gap or an overlap. `offset` is the place within an
    input's expression.
    """

    code: str
    severity: Severity
    pointer: str
    zh: str
    en: str
    example: Mapping[str, Value] | None = field(default=None, hash=False)
    offset: int = 0


def check_table(table: DecisionTable, scope_type: Record) -> list[TableFinding]:
    """Everything wrong with the table for scopes of this type."""
    kinds: list[Type] = []
    findings: list[TableFinding] = []
    for number, column in enumerate(table.inputs):
        kind, found = check(column.expr, scope_type)
        kinds.append(kind)
        findings += [_of_expression(one, f"/inputs/{number}/expr") for one in found]
    findings += _cells(table, kinds)
    findings += _outcomes(table)
    if not any(finding.severity == "error" for finding in findings):
        findings += _coverage(table, kinds)
    return findings


def _of_expression(one: ExprFinding, pointer: str) -> TableFinding:
    return TableFinding(one.code, one.severity, pointer, one.zh, one.en, offset=one.offset)


def _cells(table: DecisionTable, kinds: list[Type]) -> list[TableFinding]:
    findings: list[TableFinding] = []
    for row, rule in enumerate(table.rules):
        for place, (cell, kind) in enumerate(zip(rule.cells, kinds, strict=True)):
            pointer = f"/rules/{row}/when/{place}"
            zh, en = names_of(kind)
            if not cells_fit(cell, kind):
                message = (
                    f"单元格 {cell.text} 不适用于{zh}列。",
                    f"The cell {cell.text} does not suit a column of {en}.",
                )
                findings.append(TableFinding("table_cell_type", "error", pointer, *message))
            elif unknown := _impossible(kind, [test.low for test in cell.tests if test.low == test.high]):
                message = f"{unknown} 不是此列可能的值。", f"{unknown} is not a possible value of this column."
                findings.append(TableFinding("table_cell_never", "warning", pointer, *message))
    return findings


def _impossible(kind: Type, values: list[object]) -> str:
    """The texts of a cell that the column's schema rules out."""
    known = [option.values for option in options(kind) if isinstance(option, Text)]
    if len(known) != 1 or known[0] is None:
        return ""
    texts = [value for value in values if isinstance(value, str) and value not in known[0]]
    return ", ".join(show_text(value) for value in texts)


def _outcomes(table: DecisionTable) -> list[TableFinding]:
    given = {rule.outcome for rule in table.rules}
    return [
        TableFinding(
            "table_outcome_unused",
            "warning",
            f"/outcomes/{number}",
            f"没有任何一行给出“{outcome}”。",
            f"No rule gives '{outcome}'.",
        )
        for number, outcome in enumerate(table.outcomes)
        if outcome not in given
    ]


def _coverage(table: DecisionTable, kinds: list[Type]) -> list[TableFinding]:
    try:
        grid = _Grid.of(table, kinds)
        findings = _gap(table, grid)
        findings += _overlap(table, grid) if table.hit == "unique" else []
        return findings + (_unreachable(grid) if table.hit == "first" else [])
    except (CellMismatch, _TooWide, ValueFault):
        return [
            TableFinding(
                "table_not_checked",
                "warning",
                "",
                "此表的缺口与重叠无法完整检查（列太多，或按大小比较文字）。",
                "Gaps and overlaps of this table cannot be checked exactly (too wide, or texts in ranges).",
            )
        ]


class _TooWide(Exception):
    """The search met more states than the cap."""


@dataclass(frozen=True)
class _Grid:
    """Per column: an example of each group of regions, and the rules (as bits) whose cell it matches."""

    names: tuple[str, ...]
    columns: tuple[tuple[tuple[int, Value], ...], ...]
    rule_count: int

    @staticmethod
    def of(table: DecisionTable, kinds: list[Type]) -> _Grid:
        """The grid of a table whose columns have these types."""
        columns: list[tuple[tuple[int, Value], ...]] = []
        for place, kind in enumerate(kinds):
            cells = [rule.cells[place] for rule in table.rules]
            groups: dict[int, Value] = {}
            for value in regions(kind, list(dict.fromkeys(cells))):
                groups.setdefault(sum(1 << row for row, cell in enumerate(cells) if cell.matches(value)), value)
            columns.append(tuple(groups.items()))
        return _Grid(tuple(column.name for column in table.inputs), tuple(columns), len(table.rules))

    def find(
        self,
        start: int,
        *,
        hopeless: Callable[[int], bool],
        found: Callable[[int], bool],
        own: int = 0,
    ) -> dict[str, Value] | None:
        """Values, one per column, whose remaining rules satisfy `found`; `None` when there are none.

        `hopeless` cuts a branch by the rules still alive; with `own` set only values matching that rule count.
        """
        seen: set[tuple[int, int]] = set()

        def walk(place: int, alive: int) -> dict[str, Value] | None:
            if hopeless(alive) or (place, alive) in seen:
                return None
            seen.add((place, alive))
            if len(seen) > STATES_CAP:
                raise _TooWide
            if place == len(self.columns):
                return {} if found(alive) else None
            for mask, value in self.columns[place]:
                if own and not mask & own:
                    continue
                rest = walk(place + 1, alive & mask)
                if rest is not None:
                    return {self.names[place]: value, **rest}
            return None

        return walk(0, start)

    def always_from(self) -> list[int]:
        """For each column, the rules that match everything from there on."""
        everything = (1 << self.rule_count) - 1
        found = [everything]
        for column in reversed(self.columns):
            mask = found[0]
            for bits, _ in column:
                mask &= bits
            found.insert(0, mask)
        return found


def _shown(example: Mapping[str, Value]) -> str:
    return ", ".join(
        f"{name} = {show_text(value) if isinstance(value, str) else _plain(value)}" for name, value in example.items()
    )


def _plain(value: Value) -> str:
    return (
        {True: "true", False: "false", None: "null"}[value]
        if value is None or isinstance(value, bool)
        else str(to_json(value))
    )


def _gap(table: DecisionTable, grid: _Grid) -> list[TableFinding]:
    everything = (1 << grid.rule_count) - 1
    catch_all = grid.always_from()[0]
    example = grid.find(everything, hopeless=lambda alive: bool(alive & catch_all), found=lambda alive: not alive)
    if example is None:
        return []
    return [
        TableFinding(
            "table_gap",
            "error",
            "/rules",
            f"没有一行适用于：{_shown(example)}。请补一行，或最后加一行全为“-”。",
            f"No rule fits {_shown(example)}. Add a rule for it, or a last rule of '-' only.",
            example,
        )
    ]


def _overlap(table: DecisionTable, grid: _Grid) -> list[TableFinding]:
    def alone(alive: int) -> bool:
        return alive & (alive - 1) == 0

    example = grid.find((1 << grid.rule_count) - 1, hopeless=alone, found=lambda alive: not alone(alive))
    if example is None:
        return []
    rows = [
        row
        for row, rule in enumerate(table.rules)
        if all(cell.matches(example[name]) for cell, name in zip(rule.cells, grid.names, strict=True))
    ]
    shown = ", ".join(str(row + 1) for row in rows)
    return [
        TableFinding(
            "table_overlap",
            "error",
            f"/rules/{rows[1]}",
            f"hit: unique 只允许一行适用，而第 {shown} 行都适用于：{_shown(example)}。",
            f"hit: unique lets one rule fit, but rules {shown} all fit {_shown(example)}.",
            example,
        )
    ]


def _unreachable(grid: _Grid) -> list[TableFinding]:
    """Rules of a `first` table that can never win, because earlier ones take every value of theirs."""
    findings: list[TableFinding] = []
    for row in range(grid.rule_count):
        own, earlier = 1 << row, (1 << row) - 1
        wins = grid.find(
            earlier | own,
            own=own,
            hopeless=lambda alive, own=own: not alive & own,
            found=lambda alive, own=own: alive == own,
        )
        if wins is None:
            findings.append(
                TableFinding(
                    "table_rule_unreachable",
                    "warning",
                    f"/rules/{row}",
                    f"第 {row + 1} 行永远轮不到：前面的行已涵盖它。",
                    f"Rule {row + 1} can never apply: earlier rules cover it.",
                )
            )
    return findings
