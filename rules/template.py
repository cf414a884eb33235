"""Titles with values in them: `'验收 {line.product_name} 批号 {line.lot_no}'`.

A title is read by people: a value that is not there shows as `—` and never stops a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from rules.ast import Expr
from rules.errors import ExprFault, ExprSyntaxError, line_and_column, syntax_error
from rules.evaluate import evaluate
from rules.findings import ExprFinding
from rules.parse import parse
from rules.typecheck import check
from rules.types import Record
from rules.values import Value, is_list, to_json

__all__ = ["MISSING", "Template", "check_template", "parse_template", "render"]

MISSING = "—"
_MAX_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression in braces, beginning at character `offset` of the template."""

    expr: Expr
    offset: int


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: text and slots in order."""

    text: str
    parts: tuple[str | Slot, ...] = field(compare=False)

    @property
    def expressions(self) -> tuple[Expr, ...]:
        """The expressions in the braces."""
        return tuple(part.expr for part in self.parts if isinstance(part, Slot))


@lru_cache(maxsize=1024)
def parse_template(text: str) -> Template:
    """The template that `text` writes; `{{` and `}}` are literal braces. Raises `ExprSyntaxError`."""
    parts: list[str | Slot] = []
    plain, position = "", 0
    while position < len(text):
        pair = text[position : position + 2]
        if pair in ("{{", "}}"):
            plain, position = plain + pair[0], position + 2
        elif pair[0] == "{":
            slot, position = _slot(text, position)
            parts += [plain, slot]
            plain = ""
        elif pair[0] == "}":
            raise syntax_error("单独的 } 请写作 }}。", "A lone '}' is written '}}'.", text, position)
        else:
            plain, position = plain + pair[0], position + 1
    return Template(text, tuple(part for part in (*parts, plain) if part != ""))


def _slot(text: str, opening: int) -> tuple[Slot, int]:
    """The expression after `{`; braces and quotes inside it are its own."""
    depth, quote, position = 0, "", opening + 1
    while position < len(text):
        character = text[position]
        if quote:
            position += character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}" and depth == 0:
            return Slot(_expression(text, opening + 1, position), opening + 1), position + 1
        elif character == "}":
            depth -= 1
        position += 1
    raise syntax_error(
        "{ 没有闭合；字面的花括号写作 {{。", "'{' is not closed; a literal brace is '{{'.", text, opening
    )


def _expression(text: str, start: int, end: int) -> Expr:
    try:
        return parse(text[start:end])
    except ExprSyntaxError as fault:
        raise syntax_error(fault.message_zh, fault.message_en, text, start + fault.offset) from fault


def render(template: Template, scope: Mapping[str, Value]) -> str:
    """The title for this data. Never fails: a value that is missing or cannot be had shows as `—`."""
    return "".join(part if isinstance(part, str) else _shown(part.expr, scope) for part in template.parts)


def _shown(expr: Expr, scope: Mapping[str, Value]) -> str:
    try:
        return _for_people(evaluate(expr, scope).value)
    except ExprFault:
        return MISSING


def _for_people(value: Value) -> str:
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if is_list(value):
        shown = "、".join(_for_people(item) for item in value) or MISSING  # type: ignore[union-attr]
    elif isinstance(value, Mapping):
        return MISSING
    elif isinstance(value, Decimal):
        shown = f"{value:f}"
    elif isinstance(value, datetime):
        shown = f"{value:%Y-%m-%d %H:%M}Z"
    else:
        shown = str(to_json(value))
    return shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 1] + "…"


def check_template(template: Template, scope: Record) -> list[ExprFinding]:
    """Names and fields that do not exist; a value that may be absent is fine in a title. Places are the template's."""
    found: list[ExprFinding] = []
    for part in template.parts:
        if isinstance(part, Slot):
            found += [
                _moved(one, template.text, part.offset)
                for one in check(part.expr, scope)[1]
                if one.code not in ("possibly_missing", "possibly_null")
            ]
    return found


def _moved(one: ExprFinding, text: str, by: int) -> ExprFinding:
    offset = one.offset + by
    return ExprFinding(one.code, one.severity, one.zh, one.en, offset, *line_and_column(text, offset))
