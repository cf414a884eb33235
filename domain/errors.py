"""Refusals in words for the person who can act: a stable code, Chinese and English, and where it happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from domain.json_types import JsonObject

Language = Literal["zh", "en"]


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    zh: str
    en: str

    def said_in(self, lang: str) -> str:
        """The sentence in ``lang``; anything but ``zh`` gives English."""
        return self.zh if lang == "zh" else self.en

    def as_json(self) -> JsonObject:
        """``{"zh": …, "en": …}``."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True)
class Fault:
    """One thing wrong in data that somebody sent: ``pointer`` (RFC 6901) says where, ``code`` is stable."""

    pointer: str
    code: str
    message: Text


class GspError(Exception):
    """A refusal that a person can act on. ``code`` is stable; the sentences say what, where, why and what
    next."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.text = Text(zh, en)


@dataclass(frozen=True)
class Refusal:
    """Why an act was not done. It is recorded in the refusals stream before the person gets it.

    ``status`` is the HTTP status (401, 403, 404, 409, 422); ``rule`` names a hard rule (``RULE-06``) or a
    law of the
    platform (``four_eyes``); ``articles`` only where the law says so; ``who_can`` lists roles or names that
    may act.
    """

    status: int
    code: str
    message: Text
    rule: str | None = None
    articles: tuple[str, ...] = ()
    who_can: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    done_by: str | None = None
    done_at: str | None = None
    outcome: str | None = None
    facts: dict[str, object] = field(default_factory=dict)
    within: str = ""
    """Where in the request the pointers of ``faults`` begin: ``/data`` or ``/start`` for those of a form."""


class RefusedError(GspError):
    """Raised by ``services`` once the refusal is on record; ``refusal_id`` is its number in the refusals
    stream."""

    def __init__(self, refusal: Refusal, refusal_id: str | None = None) -> None:
        super().__init__(refusal.code, refusal.message.zh, refusal.message.en)
        self.refusal = refusal
        self.refusal_id = refusal_id
