"""Regular expressions in time linear in the text: a set of states walks along, nothing is ever tried again.

The subset (meaning as in RE2): literals, `.` (not a line break), `[a-z]` `[^a-z]`, `\\d \\D \\w \\W \\s \\S` (ASCII),
`\\t \\n \\r` and escaped punctuation, `^` `$` (ends of the text), `( )` `(?: )`, `|`, `* + ? {m} {m,} {m,n}`.
Back references, look-around, lazy and possessive repeats, flags and `\\b` are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rules.errors import ValueFault, syntax_error

__all__ = ["MAX_STATES", "Pattern", "compile_pattern"]

MAX_STATES = 2_000
_MAX_NESTING = 32
_MAX_REPEAT = 1_000
Ranges = tuple[tuple[str, str], ...]
_LAST = chr(0x10FFFF)
_DIGIT: Ranges = (("0", "9"),)
_WORD: Ranges = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_SPACE: Ranges = (("\t", "\n"), ("\f", "\r"), (" ", " "))
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def _inverse(ranges: Ranges) -> Ranges:
    found: list[tuple[str, str]] = []
    low = "\0"
    for first, last in sorted(ranges):
        if first > low:
            found.append((low, chr(ord(first) - 1)))
        if last >= low:
            if last == _LAST:
                return tuple(found)
            low = chr(ord(last) + 1)
    return (*found, (low, _LAST))


_DOT = _inverse((("\n", "\n"),))


@dataclass(frozen=True, slots=True)
class _State:
    """One instruction: take a character in `ranges`, or hold at `edge`, or (neither) go to every state of `out`."""

    ranges: Ranges | None
    edge: str
    out: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    text: str
    states: tuple[_State, ...]
    start: int
    final: int

    def search(self, text: str, allowance: int) -> tuple[bool, int]:
        """Whether the pattern occurs in `text`, and the work done (state visits).

        Raises `ValueFault` `limit_steps` when the work exceeds `allowance`.
        """
        used, active = 0, set[int]()
        for position in range(len(text) + 1):
            active = self._closure(active | {self.start}, position == 0, position == len(text))
            used += len(active)
            if self.final in active:
                return True, used
            if used > allowance:
                raise ValueFault("limit_steps", "正则匹配用步过多。", "The pattern takes too many steps on this text.")
            if position < len(text):
                active = self._step(active, text[position])
        return False, used

    def _closure(self, seeds: set[int], at_start: bool, at_end: bool) -> set[int]:
        seen, waiting = set(seeds), list(seeds)
        while waiting:
            state = self.states[waiting.pop()]
            if state.ranges is not None or (state.edge == "^" and not at_start) or (state.edge == "$" and not at_end):
                continue
            for target in state.out:
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        return seen

    def _step(self, active: set[int], character: str) -> set[int]:
        after: set[int] = set()
        for number in active:
            state = self.states[number]
            if state.ranges is not None and any(low <= character <= high for low, high in state.ranges):
                after.add(state.out[0])
        return after


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """The pattern that `text` writes. Raises `ExprSyntaxError` (offset within the pattern).

    >>> compile_pattern("^L[0-9]{2}$").search("L07", 1000)[0]
    True
    """
    return _Compiler(text).pattern()


# A fragment is built backwards: given the state that follows, it adds its states and returns its first.
_Fragment = Callable[[int], int]


class _Compiler:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._nesting = 0
        self._states: list[_State] = []
        self._copies = 0

    def pattern(self) -> Pattern:
        """The whole text."""
        fragment = self._either()
        if self._at < len(self._text):
            raise self._error("多余的右括号。", "A closing parenthesis has no opening one.")
        final = self._add(None, "", ())
        start = fragment(final)
        return Pattern(self._text, tuple(self._states), start, final)

    def _add(self, ranges: Ranges | None, edge: str, out: tuple[int, ...]) -> int:
        if len(self._states) >= MAX_STATES:
            raise self._error(
                f"正则展开后超过 {MAX_STATES} 个状态，请缩小重复次数。",
                f"The pattern expands to more than {MAX_STATES} states; use smaller repeats.",
            )
        self._states.append(_State(ranges, edge, out))
        return len(self._states) - 1

    def _error(self, zh: str, en: str) -> Exception:
        return syntax_error(f"正则：{zh}", f"Pattern: {en}", self._text, min(self._at, len(self._text)))

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _either(self) -> _Fragment:
        choices = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            choices.append(self._sequence())
        if len(choices) == 1:
            return choices[0]
        return lambda after: self._add(None, "", tuple(choice(after) for choice in choices))

    def _sequence(self) -> _Fragment:
        parts: list[_Fragment] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))

        def build(after: int) -> int:
            for part in reversed(parts):
                after = part(after)
            return after

        return build

    def _repeated(self, atom: _Fragment) -> _Fragment:
        sign = self._peek()
        if sign in ("*", "+", "?"):
            self._at += 1
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        elif sign == "{":
            least, most = self._bounds()
        else:
            return atom
        if self._peek() in ("*", "+", "?", "{"):
            raise self._error("不支持连续的重复符号。", "Stacked, lazy or possessive repeats are not supported.")
        return lambda after: self._repeat(atom, least, most, after)

    def _repeat(self, atom: _Fragment, least: int, most: int | None, after: int) -> int:
        if most is None:
            loop = self._add(None, "", ())
            self._states[loop] = _State(None, "", (atom(loop), after))
            after = loop
        for _ in range(0 if most is None else most - least):
            after = self._add(None, "", (self._copy(atom, after), after))
        for _ in range(least):
            after = self._copy(atom, after)
        return after

    def _copy(self, atom: _Fragment, after: int) -> int:
        # Copies of nothing, as in ((){99}){99}, add no state but would still take time.
        self._copies += 1
        if self._copies > 2 * MAX_STATES:
            raise self._error("重复次数过多。", "The repeats multiply to too many copies.")
        return atom(after)

    def _bounds(self) -> tuple[int, int | None]:
        close = self._text.find("}", self._at)
        body = self._text[self._at + 1 : close] if close > 0 else ""
        first, comma, second = body.partition(",")
        if not _digits(first) or (second and not _digits(second)):
            raise self._error(
                "{} 应写作 {2}、{2,} 或 {2,5}；字面的 { 写作 \\{。",
                "Write {2}, {2,} or {2,5}; a literal brace is \\{.",
            )
        least = int(first)
        most = None if comma and not second else int(second or first)
        if least > _MAX_REPEAT or (most is not None and (most > _MAX_REPEAT or most < least)):
            raise self._error("重复次数无效。", f"The repeat is out of order or above {_MAX_REPEAT}.")
        self._at = close + 1
        return least, most

    def _atom(self) -> _Fragment:
        character = self._peek()
        if character == "(":
            return self._group()
        if character in ("*", "+", "?", "{"):
            raise self._error("重复符号前缺少内容。", "A repeat has nothing before it.")
        self._at += 1
        if character in ("^", "$"):
            return lambda after: self._add(None, character, (after,))
        if character == ".":
            ranges = _DOT
        elif character == "[":
            ranges = self._class()
        elif character == "\\":
            ranges = self._escaped()
        else:
            ranges = ((character, character),)
        return lambda after: self._add(ranges, "", (after,))

    def _group(self) -> _Fragment:
        self._at += 1
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise self._error("括号嵌套过深。", "Groups are nested too deeply.")
        if self._text.startswith("?:", self._at):
            self._at += 2
        elif self._peek() == "?":
            raise self._error("不支持 (?…)，只支持 (?:…)。", "Only (?:…) is supported, not other (?…) forms.")
        inner = self._either()
        if self._peek() != ")":
            raise self._error("括号没有闭合。", "A group is not closed.")
        self._at += 1
        self._nesting -= 1
        return inner

    def _escaped(self) -> Ranges:
        letter = self._peek()
        self._at += 1
        if letter.lower() in _CLASSES and letter:
            ranges = _CLASSES[letter.lower()]
            return ranges if letter.islower() else _inverse(ranges)
        if letter in _CONTROLS:
            return ((_CONTROLS[letter], _CONTROLS[letter]),)
        if letter and not letter.isalnum():
            return ((letter, letter),)
        self._at -= 1
        raise self._error(f"不支持的转义 \\{letter}。", f"The escape \\{letter} is not supported.")

    def _class(self) -> Ranges:
        negated = self._peek() == "^"
        self._at += negated
        ranges: list[tuple[str, str]] = []
        while self._peek() != "]" or not ranges:
            if not self._peek():
                raise self._error("方括号没有闭合。", "A character class is not closed.")
            ranges.extend(self._class_item())
        self._at += 1
        return _inverse(tuple(ranges)) if negated else tuple(ranges)

    def _class_item(self) -> Ranges:
        first = self._class_character()
        if self._peek() != "-" or self._text[self._at + 1 : self._at + 2] in ("]", ""):
            return first
        self._at += 1
        last = self._class_character()
        if len(first) != 1 or len(last) != 1 or first[0][0] != first[0][1] or last[0][0] != last[0][1]:
            raise self._error("范围两端应为单个字符。", "A range needs single characters at both ends.")
        if last[0][0] < first[0][0]:
            raise self._error("范围前后颠倒。", "A range is out of order.")
        return ((first[0][0], last[0][0]),)

    def _class_character(self) -> Ranges:
        character = self._peek()
        if not character:
            raise self._error("方括号没有闭合。", "A character class is not closed.")
        self._at += 1
        if character == "\\":
            return self._escaped()
        if character == "[" and self._peek() == ":":
            raise self._error("不支持 [:名称:]。", "[:name:] classes are not supported.")
        return ((character, character),)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4
