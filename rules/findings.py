"""What the checker has to say about an expression, with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rules.ast import Node

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class ExprFinding:
    """One thing wrong (or doubtful) in an expression.

    Codes: `unknown_name unknown_field possibly_missing possibly_null wrong_type wrong_arity not_boolean bad_pattern
    bad_literal bad_key never_equal` (the last is a warning). `offset` from 0; `line`, `column` from 1.
    """

    code: str
    severity: Severity
    zh: str
    en: str
    offset: int
    line: int
    column: int


def finding(code: str, node: Node, zh: str, en: str, severity: Severity = "error") -> ExprFinding:
    """A finding at the beginning of a node."""
    span = node.span
    return ExprFinding(code, severity, zh, en, span.start, span.line, span.column)
