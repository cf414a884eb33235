"""The words of the user interface, in Chinese and English.

One file a page or group under `ui/catalog/`: `login.yaml` holds `title: {zh: 登录, en: Sign in}` and is read
as `t("login.title", lang)`. Both languages stand side by side, so a missing translation is seen while writing.
Words of definitions (titles of steps, labels of fields) are data and never come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from ruamel.yaml import YAML

from domain.errors import Text

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)
CATALOG = Path(__file__).parent / "catalog"
#: What Quasar and the `lang` attribute of the page call our languages.
PAGE_LANGUAGE: dict[Lang, Literal["zh-CN", "en-US"]] = {"zh": "zh-CN", "en": "en-US"}


class TextMissing(LookupError):
    """A page asked for words that no catalogue file has."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no text {key!r}: add it, in zh and en, to ui/catalog/{key.partition('.')[0]}.yaml")


@cache
def catalogue() -> dict[str, dict[Lang, str]]:
    """All texts by key `file.key`; nested keys are joined by dots.

    Raises `ValueError` naming the key when a text lacks a language.
    """
    texts: dict[str, dict[Lang, str]] = {}
    for file in sorted(CATALOG.glob("*.yaml")):
        _flatten(file.stem, YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {}, texts)
    return texts


def _flatten(prefix: str, node: dict[str, object], into: dict[str, dict[Lang, str]]) -> None:
    if not any(isinstance(value, dict) for value in node.values()):
        if set(node) != set(LANGS) or not all(isinstance(value, str) and value for value in node.values()):
            raise ValueError(f"text {prefix!r} needs exactly the languages {', '.join(LANGS)}")
        into[prefix] = cast("dict[Lang, str]", node)
        return
    for name, child in node.items():
        if not isinstance(child, dict):
            raise ValueError(f"text {prefix}.{name} needs exactly the languages {', '.join(LANGS)}")
        _flatten(f"{prefix}.{name}", cast("dict[str, object]", child), into)


def t(key: str, lang: Lang, **values: object) -> str:
    """The text of `key` in `lang`, its `{names}` filled from `values`.

    Raises `TextMissing` for an unknown key, so a test that draws the page fails.
    """
    text = catalogue().get(key)
    if text is None:
        raise TextMissing(key)
    return text[lang].format(**values) if values else text[lang]


def label(group: str, code: str, lang: Lang) -> str:
    """The word for a code that comes from data, e.g. `label("role", "inspector", "zh")`.

    An unknown code is shown as it is: data may be newer than the catalogue, and a record must stay readable.
    """
    text = catalogue().get(f"{group}.{code}")
    return text[lang] if text else code


def choose(words: Mapping[str, str] | Text | str | None, lang: Lang) -> str:
    """A text that data brings in one or both languages (`{zh, en}`); the other language if this one is missing."""
    if words is None:
        return ""
    if isinstance(words, Text):
        return words.said_in(lang)
    if isinstance(words, str):
        return words
    return words.get(lang) or next((words[other] for other in LANGS if words.get(other)), "")


def as_lang(value: str | None) -> Lang | None:
    """`zh` or `en` out of a stored setting or a language tag, else None."""
    start = (value or "").strip().lower()[:2]
    return cast(Lang, start) if start in LANGS else None


def preferred(accept_language: str) -> Lang | None:
    """The first language of an `Accept-Language` header that we speak."""
    weighted: list[tuple[float, int, Lang]] = []
    for position, part in enumerate(accept_language.split(",")):
        tag, _, weight = part.partition(";q=")
        lang = as_lang(tag)
        if lang:
            weighted.append((-_weight(weight), position, lang))
    return min(weighted)[2] if weighted else None


def _weight(text: str) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0
