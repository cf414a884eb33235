"""Characters to tokens, by the lexical rules of CEL less bytes, triple quotes and hexadecimal numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from domain.canonical import DECIMAL_DIGITS_MAX, DECIMAL_PLACES_MAX, INTEGER_MAX
from rules.errors import ExprSyntaxError, syntax_error

_SKIP = re.compile(r"(?:[ \t\r\n\f]+|//[^\n]*)*")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?|\.[0-9]+(?:[eE][+-]?[0-9]{1,3})?")
_NAME = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_OPERATOR = re.compile(r"&&|\|\||==|!=|<=|>=|[!<>+\-*/%?:.,()\[\]{}]")
_TEXT = re.compile(r"[rR]?(['\"])")
_SIMPLE_ESCAPES = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "`": "`",
    "?": "?",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_CODED_ESCAPES = {"x": 2, "u": 4, "U": 8}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression; `kind` is `name`, `number`, `text`, `operator` or `end`."""

    kind: str
    value: int | Decimal | str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """All tokens of `text`, the last one of kind `end`. Raises `ExprSyntaxError`."""
    found: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        token = _token_at(text, position)
        found.append(token)
        position = _skip(text, token.end)
    found.append(Token("end", "", len(text), len(text)))
    return found


def _skip(text: str, position: int) -> int:
    match = _SKIP.match(text, position)
    return match.end() if match else position


def _token_at(text: str, position: int) -> Token:
    if quoted := text_at(text, position):
        return quoted
    if match := _NUMBER.match(text, position):
        return _number_token(text, match)
    if match := _NAME.match(text, position):
        return Token("name", match.group(), position, match.end())
    if match := _OPERATOR.match(text, position):
        return Token("operator", match.group(), position, match.end())
    character = text[position]
    raise syntax_error(
        f"此处不能使用字符“{character}”。文字须加引号，“且/或”写作 && 和 ||，等于写作 ==。",
        f"The character {character!r} has no meaning here. Text needs quotes; write && and || for and/or, == for equals.",
        text,
        position,
    )


def _number_token(text: str, match: re.Match[str]) -> Token:
    start, end = match.span()
    if end < len(text) and (text[end] == "_" or text[end].isalnum()):
        raise syntax_error("数字后紧跟字母，无法识别。", "A number runs into a letter.", text, start)
    value = number_from(match.group())
    if value is None:
        raise syntax_error(
            "数字超出范围：整数不超过 ±(2^53−1)，小数最多 15 位有效数字、12 位小数。",
            "The number is out of range: integers within ±(2^53−1), decimals up to 15 digits and 12 places.",
            text,
            start,
        )
    return Token("number", value, start, end)


def number_from(text: str) -> int | Decimal | None:
    """The number that `text` writes, `None` when it is outside the bounds of our numbers."""
    exact = Decimal(text)
    if exact == exact.to_integral_value() and exact.adjusted() <= DECIMAL_DIGITS_MAX:
        whole = int(exact)
        return whole if abs(whole) <= INTEGER_MAX else None
    reduced = exact.normalize()
    places = -int(reduced.as_tuple().exponent)
    if (
        len(reduced.as_tuple().digits) > DECIMAL_DIGITS_MAX
        or places > DECIMAL_PLACES_MAX
        or exact.adjusted() >= DECIMAL_DIGITS_MAX
    ):
        return None
    return reduced


def text_at(text: str, start: int) -> Token | None:
    """The quoted text that begins at `start`, `None` when no quote is there. Raises `ExprSyntaxError`."""
    quote = _TEXT.match(text, start)
    return _text_token(text, start, quote.end(), quote.group(1)) if quote else None


def _text_token(text: str, start: int, position: int, quote: str) -> Token:
    raw = text[start] in "rR"
    parts: list[str] = []
    while position < len(text) and text[position] != quote:
        if text[position] == "\n":
            break
        if text[position] == "\\" and not raw:
            part, position = _escape(text, position)
        else:
            part, position = text[position], position + 1
        parts.append(part)
    if position >= len(text) or text[position] != quote:
        raise syntax_error("文字的引号没有闭合。", "The text has no closing quote.", text, start)
    return Token("text", unicodedata.normalize("NFC", "".join(parts)), start, position + 1)


def _escape(text: str, position: int) -> tuple[str, int]:
    letter = text[position + 1 : position + 2]
    if letter in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[letter], position + 2
    if letter in _CODED_ESCAPES:
        return _coded(text, position, position + 2, _CODED_ESCAPES[letter], 16)
    if letter and letter in "0123":
        return _coded(text, position, position + 1, 3, 8)
    raise _bad_escape(text, position)


def _coded(text: str, position: int, first: int, length: int, base: int) -> tuple[str, int]:
    digits = text[first : first + length]
    if not re.fullmatch("[0-9a-fA-F]+" if base == 16 else "[0-7]+", digits) or len(digits) != length:
        raise _bad_escape(text, position)
    code = int(digits, base)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise _bad_escape(text, position)
    return chr(code), first + length


def _bad_escape(text: str, position: int) -> ExprSyntaxError:
    return syntax_error(
        "无法识别的转义。可用 \\\\ \\' \\\" \\n \\t \\xHH \\uHHHH；正则请用 r'…'。",
        "Unknown escape. Use \\\\ \\' \\\" \\n \\t \\xHH \\uHHHH; write patterns as r'…'.",
        text,
        position,
    )
