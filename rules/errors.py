"""What can be wrong with an expression: as text (`ExprSyntaxError`) or with the data it meets (`ExprFault`)."""

from __future__ import annotations


class ExprSyntaxError(ValueError):
    """An expression, pattern, template or table cell that cannot be read.

    `offset` counts characters from 0; `line` and `column` count from 1.
    """

    def __init__(self, message_zh: str, message_en: str, offset: int, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message_en}")
        self.message_zh = message_zh
        self.message_en = message_en
        self.offset = offset
        self.line = line
        self.column = column


class ExprFault(Exception):
    """An evaluation that has no answer for this data. It is never the same as `false`.

    Codes: `unknown_name missing_field not_boolean type arity division_by_zero overflow index empty_list
    bad_text mixed_duration limit_steps limit_list limit_text limit_depth`.
    `offset` is where the failing part begins in the expression's text.
    """

    def __init__(self, code: str, zh: str, en: str, offset: int = 0) -> None:
        super().__init__(f"{code} at {offset}: {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.offset = offset


class ValueFault(Exception):
    """The same as `ExprFault` before its place is known; operators raise it, the compiled node adds the place."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code = code
        self.zh = zh
        self.en = en

    def at(self, offset: int) -> ExprFault:
        """The fault with its place in the text."""
        return ExprFault(self.code, self.zh, self.en, offset)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Place of a character, both counted from 1.

    >>> line_and_column("ab\\ncd", 4)
    (2, 2)
    """
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def syntax_error(zh: str, en: str, text: str, offset: int) -> ExprSyntaxError:
    """An `ExprSyntaxError` at a character of `text`."""
    line, column = line_and_column(text, offset)
    return ExprSyntaxError(zh, en, offset, line, column)
