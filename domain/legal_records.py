"""The record field sets of the law (R-01 …) as data: which fields a record has, under which words, by which article.

`definitions/records.yaml` and `definitions/glossary.yaml` are the only place where they are listed: registers, printed
documents and forms take their columns and words from here. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Text


@dataclass(frozen=True)
class Word:
    """A key of the glossary: its words, its type, the values of a fixed choice."""

    key: str
    text: Text
    type: str = "string"
    unit: str = ""


@dataclass(frozen=True)
class LegalField:
    """A field of a record; ``need`` is ``required``, ``optional`` or ``one_of`` (of its ``group``)."""

    word: Word
    need: str = "required"
    group: str = ""

    @property
    def key(self) -> str:
        """Its key in the glossary."""
        return self.word.key


@dataclass(frozen=True)
class LegalRecord:
    """One record set: ``law`` as people cite it, ``articles`` as the clause catalogue names them."""

    id: str
    title: Text
    law: str
    articles: tuple[str, ...]
    fields: tuple[LegalField, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its fields, in the order of the law."""
        return tuple(one.key for one in self.fields)


@dataclass(frozen=True)
class LegalBook:
    """Every record set by id, and every word by key."""

    records: Mapping[str, LegalRecord] = field(default_factory=dict)
    words: Mapping[str, Word] = field(default_factory=dict)

    def said(self, key: str, lang: str) -> str:
        """The words of a key; the key itself where the glossary has none."""
        found = self.words.get(key)
        return found.text.said_in(lang) if found else key


def load_legal_book(records: Any, glossary: Any) -> LegalBook:
    """The book of what `records.yaml` and `glossary.yaml` hold. Raises `KeyError` for a field without words."""
    words = {row["key"]: _word(row) for row in glossary["glossary"]}
    return LegalBook({row["id"]: _record(row, words) for row in records["records"]}, words)


def _word(row: Mapping[str, Any]) -> Word:
    en = str(row["en"])
    text = Text(str(row["zh"]), en[:1].upper() + en[1:])
    return Word(str(row["key"]), text, str(row.get("type", "string")), str(row.get("unit", "")))


def _record(row: Mapping[str, Any], words: Mapping[str, Word]) -> LegalRecord:
    title = Text(str(row["title"]["zh"]), str(row["title"]["en"]))
    fields = tuple(
        LegalField(words[one["key"]], str(one.get("need", "required")), str(one.get("group", "")))
        for one in row["fields"]
    )
    return LegalRecord(str(row["id"]), title, str(row["law"]), tuple(row.get("articles", ())), fields)
