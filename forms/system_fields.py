"""RULE-17: no field of a form may ask who signs or when one's own act took place; the system writes both.

A field is judged by its name, its labels and hints, its choices and its format, wherever it stands in the schema
(nested, in a row, in ``$defs``, not shown). Times of outside events are marked ``external_event_time: true``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from domain.errors import Text
from forms.system_words import (
    ACT_VERBS,
    ASKS_SIGNER_EN,
    ASKS_SIGNER_ZH,
    ASKS_TIME_EN,
    ASKS_TIME_ZH,
    BARE_SIGNER,
    BARE_TIME,
    NAME_WORDS,
    NAMELESS,
    OUTSIDE_ZH,
    PERSON_WORDS,
    PINYIN_SURNAMES,
    SIGNER_NOUNS,
    SIGNER_PINYIN,
    SIGNER_ZH,
    SIMPLIFIED,
    SURNAMES,
    SYSTEM_FIELDS,
    TIME_PINYIN,
    TIME_WORDS,
    TIME_ZH,
)
from rules.ast import Expr, Member, Name
from rules.errors import ExprSyntaxError, ValueFault
from rules.regex import Pattern, compile_pattern

__all__ = ["SYSTEM_FIELDS", "section_fault", "system_field_fault", "writes_system_fact"]

SIGNER = "typed_signer"
TIME = "typed_time"
_NOTE = re.compile(r"[（(【\[][^）)】\]]*[）)】\]]\s*$")
_DATE_TEXTS = (
    "2026-01-31",
    "2026/01/31",
    "2026.01.31",
    "2026年1月31日",
    "31/01/2026",
    "2026-01-31 08:30",
    "08:30",
    "08:30:00",
)
_OTHER_TEXTS = ("12-3456789", "1234567", "ABC-12", "99-99-99-99", "1.5", "1/2", "年月", "A:B", "")
_PATTERN_STEPS = 100_000
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LEET = str.maketrans("0134578@$", "oieastbas")
_SQUASHED = frozenset(name.replace("_", "") for name in SYSTEM_FIELDS) | {"yourname", "myname", "yoursignature"}
_TIME_ENDS = ("at", "on", "date", "time", "now", "timestamp")
_FUZZY = tuple(sorted(word for word in SIGNER_NOUNS if len(word) >= 8))
_LATIN_TAIL = {"of", "the", "a", "an", "and", "s", "my", "your", "his", "her", "please", "full", "real"}
_LOOKALIKES = str.maketrans("аеіорсухѕԁɡ", "aeiopcyxsdg")  # Cyrillic and other letters that look Latin
_ROLE_ACCOUNT = re.compile(
    r"(?:inspector|receiver|keeper|warehouse_keeper|reviewer|outbound_reviewer|quality|quality_staff|director|head|"
    r"purchaser|sales|auditor|owner|admin|user|operator|checker)[_-]?[0-9]{1,3}"
)


def system_field_fault(name: str, node: Any, hint: Any, computed: Expr | None) -> tuple[str, Text] | None:
    """The fault (``typed_signer`` or ``typed_time``) of one property with its ui hints, or ``None``."""
    if node.get("type") == "boolean" or (computed is not None and writes_system_fact(computed)):
        return None
    code = _named(name, node, hint) or _asked(node, hint) or _by_content(node, hint, computed)
    return None if code is None else (code, _message(code, _label(name, node, hint)))


def section_fault(title: Any) -> tuple[str, Text] | None:
    """The fault of a section whose heading asks for signer or time, so that the fields below it need not."""
    words = _words(title)
    code = next(filter(None, (_meaning(one, False) for one in words)), None) or _bare(words)
    return None if code is None else (code, _message(code, words[0]))


def writes_system_fact(expr: Expr) -> bool:
    """Whether an expression is nothing but who acted or when: ``steps.<id>.actor…`` or ``steps.<id>.at``."""
    chain: list[str] = []
    node = expr.root
    while isinstance(node, Member):
        chain.append(node.field_name)
        node = node.target
    path = chain[::-1]
    return isinstance(node, Name) and node.name == "steps" and len(path) >= 2 and path[1] in ("actor", "at")


def _named(name: str, node: Any, hint: Any) -> str | None:
    labels = [*_words(hint.get("label")), *_text(node.get("title"))]
    for words in (name, *labels, *_words(hint.get("placeholder"))):
        code = _meaning(words, node.get("external_event_time") is True)
        if code:
            return code
    return _bare(labels or [name])


def _bare(labels: Iterable[str]) -> str | None:
    for words in labels:
        plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", words).lower())
        if plain in BARE_SIGNER:
            return SIGNER
        if plain in BARE_TIME:
            return TIME
    return None


def _meaning(words: str, external: bool) -> str | None:
    text = unicodedata.normalize("NFKC", words).strip()
    chinese = _plain_chinese(text)
    if SIGNER_ZH.search(chinese):
        return SIGNER
    when = TIME_ZH.search(chinese)
    if when and not (external and OUTSIDE_ZH.search(chinese[: when.start()])):
        return TIME
    return _latin(text) or _latin(_NOTE.sub("", text))


def _plain_chinese(text: str) -> str:
    letters = re.sub(r"[\s\W_]+", "", _NOTE.sub("", text).translate(SIMPLIFIED))
    return re.sub(r"[0-9一二三四五甲乙丙]+$", "", letters)


def _latin(text: str) -> str | None:
    folded = _fold(text)
    tokens = [token for token in re.split(r"[^a-z0-9@$]+", _CAMEL.sub(" ", folded).lower()) if token]
    tokens = [_unleet(token) for token in tokens]
    squashed = "".join(tokens)
    if not squashed:
        return None
    if squashed in _SQUASHED:
        return TIME if squashed.endswith(_TIME_ENDS) else SIGNER
    if SIGNER_PINYIN.fullmatch(squashed):
        return SIGNER
    if TIME_PINYIN.fullmatch(squashed):
        return TIME
    return _english([token for token in tokens if token not in _LATIN_TAIL])


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_LOOKALIKES))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _unleet(token: str) -> str:
    return token if token.isdigit() else re.sub(r"\d+$", "", token).translate(_LEET) or token


def _english(tokens: list[str]) -> str | None:
    if not tokens:
        return None
    if tokens[-1] == "by" and len(tokens) > 1 and _is_verb(tokens[-2]):
        return SIGNER
    if len(tokens) > 1 and {*tokens} <= NAMELESS | PERSON_WORDS and {*tokens} & PERSON_WORDS and {*tokens} & NAMELESS:
        return SIGNER
    if tokens[0] == "by" or tokens[:2] == ["sign", "off"]:
        return SIGNER
    if _asks_when(tokens):
        return TIME
    while len(tokens) > 1 and tokens[-1] in NAME_WORDS:
        tokens = tokens[:-1]
    if tokens[0] in NAME_WORDS and len(tokens) > 1:
        tokens = tokens[1:]
    return SIGNER if _is_signer(tokens[-1]) else None


def _asks_when(tokens: list[str]) -> bool:
    last, first = tokens[-1], tokens[0]
    if last in TIME_WORDS and len(tokens) > 1:
        before = tokens[-2] if tokens[-2] not in TIME_WORDS else tokens[0]
        return _is_verb(before) and not _outside(tokens)
    return first in TIME_WORDS and len(tokens) == 2 and _is_verb(last)


def _outside(tokens: list[str]) -> bool:
    # "complaint received at", "notice received at": somebody else's event, judged by its external mark instead
    return (
        len(tokens) > 2
        and tokens[0] not in ACT_VERBS
        and tokens[0] not in SIGNER_NOUNS
        and tokens[0] not in ("goods", "actual", "system", "current", "this")
    )


def _is_verb(token: str) -> bool:
    return token in ACT_VERBS


def _is_signer(token: str) -> bool:
    if token in SIGNER_NOUNS:
        return True
    if token.endswith("s") and (token[:-1] in SIGNER_NOUNS or token[:-3] + "y" in SIGNER_NOUNS):
        return True
    return len(token) >= 7 and not token.endswith(("ed", "ing", "ion")) and any(_near(token, word) for word in _FUZZY)


def _near(one: str, other: str) -> bool:
    """Whether two words differ by at most one inserted, removed or changed letter, or two swapped neighbours."""
    if abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped


def _asked(node: Any, hint: Any) -> str | None:
    hints = [*_words(hint.get("help")), *_words(hint.get("placeholder")), *_text(node.get("description"))]
    for words in hints:
        text = unicodedata.normalize("NFKC", words)
        if ASKS_SIGNER_ZH.search(text) or ASKS_SIGNER_EN.search(text.lower()):
            return SIGNER
        if ASKS_TIME_ZH.search(text) or ASKS_TIME_EN.search(text.lower()):
            return TIME
    return None


def _by_content(node: Any, hint: Any, computed: Expr | None) -> str | None:
    if _holds_people(node, hint):
        return SIGNER
    if node.get("readOnly") or computed is not None or node.get("external_event_time") is True:
        return None
    if node.get("format") in ("date-time", "time") or hint.get("widget") == "datetime":
        return TIME
    return TIME if "format" not in node and _writes_dates(node.get("pattern")) else None


def _writes_dates(pattern: Any) -> bool:
    """Whether a pattern is there to take a date or a time of day as plain text (and not, say, any digits and dashes)."""
    if not isinstance(pattern, str):
        return False
    try:
        matcher = compile_pattern(pattern)
        return _takes(matcher, _DATE_TEXTS) and not _takes(matcher, _OTHER_TEXTS)
    except (ExprSyntaxError, ValueFault):
        return False  # told where patterns are checked


def _takes(matcher: Pattern, texts: Iterable[str]) -> bool:
    return any(matcher.search(text, _PATTERN_STEPS)[0] for text in texts)


def _holds_people(node: Any, hint: Any) -> bool:
    values = [str(one.get("title") or one.get("const")) for one in node.get("oneOf") or [] if isinstance(one, dict)]
    values += [str(one) for one in node.get("enum") or []]
    titles = [words for words in (hint.get("enumTitles") or {}).values() if isinstance(words, dict)]
    shown = [str(words.get(lang)) for words in titles for lang in ("zh", "en") if words.get(lang)]
    groups = (values, [text for text in shown if not text.isascii()], [text for text in shown if text.isascii()])
    return any(len(group) >= 2 and all(_is_person(text) for text in group) for group in groups)


def _is_person(text: str) -> bool:
    plain = text.strip()
    if _ROLE_ACCOUNT.fullmatch(plain.lower()):
        return True
    if plain and not plain.isascii():
        return plain[0] in SURNAMES and 2 <= len(plain) <= 3
    words = plain.split()
    return (
        2 <= len(words) <= 3
        and all(word[:1].isupper() for word in words)
        and bool({words[0].lower(), words[-1].lower()} & PINYIN_SURNAMES)
    )


def _words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [words for words in value.values() if isinstance(words, str)]
    return _text(value)


def _text(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else []


def _label(name: str, node: Any, hint: Any) -> str:
    return next(iter([*_words(hint.get("label")), *_text(node.get("title"))]), name)


def _message(code: str, label: str) -> Text:
    if code == SIGNER:
        return Text(
            f"字段“{label}”让人填写或选择签名人（检查指导原则 ※5.51(3) 不允许）。签名人由系统写入：请删除此字段，"
            "需要显示时用计算公式 steps.<步骤>.actor.name。",
            f"The field “{label}” lets a person type or pick a signer (not allowed, INSP ※5.51(3)). The system "
            "writes the signer: remove the field; to show one, compute it from steps.<step>.actor.name.",
        )
    return Text(
        f"字段“{label}”让人填写自己操作的时间（检查指导原则 ※5.51(3) 不允许）。操作时间由系统写入：请删除此字段；"
        "若是外部事件的时间（如启运、到货、获知），请标记 external_event_time: true 并按该事件命名。",
        f"The field “{label}” lets a person type the time of their own act (not allowed, INSP ※5.51(3)). The "
        "system writes that time: remove the field; for the time of an outside event (departure, arrival, becoming "
        "aware) mark it external_event_time: true and name it after the event.",
    )
