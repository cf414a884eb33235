"""What the functions of the language take and give, for the checker."""

from __future__ import annotations

from collections.abc import Callable

from rules import operand_types as operands
from rules.ast import Call, Literal
from rules.errors import ExprSyntaxError
from rules.findings import ExprFinding, finding
from rules.functions import ARITIES
from rules.regex import compile_pattern
from rules.types import (
    Bool,
    Date,
    DateTime,
    Duration,
    Dyn,
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
)
from rules.values import read_date, read_datetime, read_duration

_MOMENTS: dict[str, tuple[Type, Callable[[str], object], str]] = {
    "date": (Date(), read_date, "2026-01-01"),
    "datetime": (DateTime(), read_datetime, "2026-01-01T08:00:00+08:00"),
    "duration": (Duration(), read_duration, "P1D"),
}


def call_type(node: Call, kinds: list[Type], findings: list[ExprFinding]) -> Type:
    """The type of a call's value; adds to `findings` what is wrong with its arguments."""
    least, most = ARITIES[node.function]
    if not least <= len(kinds) <= most:
        wanted = str(least) if least == most else f"{least}–{most}"
        findings.append(
            finding(
                "wrong_arity",
                node,
                f"{node.function}() 需要 {wanted} 个参数，这里有 {len(kinds)} 个。",
                f"{node.function}() takes {wanted} argument(s), not {len(kinds)}.",
            )
        )
        return Dyn()
    if node.function in _MOMENTS:
        return _moment(node, kinds[0], findings)
    if node.function in ("min", "max"):
        return _extreme(node, kinds, findings)
    if node.function == "sum":
        return _sum(node, kinds[0], findings)
    if node.function == "size":
        _expect(node, 0, kinds[0], (Text, List, Record, MapOf), findings)
        return Integer()
    for place, kind in enumerate(kinds):
        _expect(node, place, kind, (Text,), findings)
    if node.function == "matches":
        _pattern(node, findings)
    return Bool()


def _expect(node: Call, place: int, kind: Type, allowed: tuple[type, ...], findings: list[ExprFinding]) -> None:
    if operands.all_are(kind, allowed):
        return
    if operands.may_be_null(kind) and operands.all_are(kind, (*allowed, Null)) and len(options(kind)) > 1:
        zh, en, code = (
            "可能为空，请先用 != null 或 has() 判断",
            "may be null; ask != null or has() first",
            "possibly_null",
        )
    else:
        got_zh, got_en = names_of(kind)
        zh, en, code = f"不能是{got_zh}", f"cannot be {got_en}", "wrong_type"
    findings.append(
        finding(
            code,
            node.arguments[place],
            f"{node.function}() 的参数{zh}。",
            f"The argument of {node.function}() {en}.",
        )
    )


def _moment(node: Call, kind: Type, findings: list[ExprFinding]) -> Type:
    result, reader, example = _MOMENTS[node.function]
    argument = node.arguments[0]
    literal = argument.value if isinstance(argument, Literal) else None
    if isinstance(literal, str) and reader(literal) is None:
        findings.append(
            finding(
                "bad_literal",
                argument,
                f"{node.function}() 读不懂“{literal}”，应写作 {example}。",
                f"{node.function}() cannot read '{literal}'; write it like {example}.",
            )
        )
    _expect(node, 0, kind, (Text, type(result)), findings)
    return result


def _pattern(node: Call, findings: list[ExprFinding]) -> None:
    pattern = node.arguments[1]
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
        return
    try:
        compile_pattern(pattern.value)
    except ExprSyntaxError as fault:
        findings.append(finding("bad_pattern", pattern, fault.message_zh, fault.message_en))


def _extreme(node: Call, kinds: list[Type], findings: list[ExprFinding]) -> Type:
    if len(kinds) == 1:
        _expect(node, 0, kinds[0], (List,), findings)
        kinds = [option.item for option in options(kinds[0]) if isinstance(option, List)]
    whole = union(kinds)
    if operands.pairwise(whole, whole, operands.ordered) is None:
        zh, en = names_of(whole)
        findings.append(
            finding(
                "wrong_type",
                node,
                f"{node.function}() 的各项应为同类的数字、文字、日期或时长，而不是{zh}。",
                f"{node.function}() takes numbers, texts, dates or durations of one kind, not {en}.",
            )
        )
        return Dyn()
    return whole


def _sum(node: Call, kind: Type, findings: list[ExprFinding]) -> Type:
    _expect(node, 0, kind, (List,), findings)
    item = union(option.item for option in options(kind) if isinstance(option, List))
    if operands.all_are(item, (Integer,)):
        return Integer()
    if operands.all_are(item, (Number, Integer)):
        return Number()
    if operands.all_are(item, (Duration,)):
        # The sum of nothing is the number 0, whatever the list would have held.
        return union((Duration(), Integer()))
    zh, en = names_of(item)
    findings.append(
        finding(
            "wrong_type",
            node,
            f"sum() 的各项应为数字，而不是{zh}。",
            f"sum() takes a list of numbers, not of {en}.",
        )
    )
    return Dyn()
