"""Ask an expression about data: the answer, what was read for it, and which part decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.arithmetic import settle_all
from rules.ast import Expr
from rules.compile import compiled
from rules.errors import ExprFault, ValueFault
from rules.paths import Run
from rules.values import Value

__all__ = ["BUDGET", "Evaluation", "ExprFault", "evaluate"]

BUDGET = 10_000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`reads` are the scope paths used, in order, each once, with their values (`size(p)` and `has(p)` where only
    that was asked). `decided` is the part of the text (start, end) that settled a true/false answer."""

    value: Value
    reads: list[tuple[str, Value]]
    decided: tuple[int, int] | None


def evaluate(expr: Expr, scope: Mapping[str, Value], budget: int = BUDGET) -> Evaluation:
    """Evaluate a parsed expression. Raises `ExprFault`, and nothing else, when there is no answer.

    >>> from rules.parse import parse
    >>> evaluate(parse("0.1 + 0.2 == 0.3"), {}).value
    True
    """
    run = Run(scope, budget)
    value = _answer(compiled(expr)(run), run)
    return Evaluation(value, list(run.reads.items()), run.decided if type(value) is bool else None)


def _answer(value: Value, run: Run) -> Value:
    if type(value) is bool:
        return value
    try:
        return settle_all(value, run.spend)
    except ValueFault as fault:
        raise fault.at(0) from fault
