"""What a person must have on file to act: education, title, training, health check, authorisation, valid on the day.

Pure: the book of needs is data (`definitions/needs.yaml`), papers and the day are given. Source: GSP 2023 arts. 26–33.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.errors import GspError, Text
from domain.json_types import Json, JsonObject

FOREVER = "9999-12-31"
"""Valid without an end."""


class NeedsError(GspError):
    """A book of needs that cannot be used; code `needs_data`."""


@dataclass(frozen=True)
class Word:
    """A key of the book with its words."""

    key: str
    text: Text


@dataclass(frozen=True)
class Kind:
    """A kind of paper. `levels` rise; the first of `results` is the good one; `months`: how long one usually counts."""

    key: str
    text: Text
    keepers: tuple[str, ...]
    levels: tuple[Word, ...] = ()
    results: tuple[Word, ...] = ()
    months: int | None = None
    strict: bool = False
    subjects: tuple[Word, ...] = ()

    def rank(self, level: str) -> int:
        """How high a level is; an unknown one is below all."""
        return next((place for place, one in enumerate(self.levels) if one.key == level), -1)


@dataclass(frozen=True)
class Paper:
    """One record on file. `on` is its day, `until` the last day on which it counts (`None`: without end)."""

    kind: str
    subject: str
    on: str
    until: str | None = None
    level: str = ""
    result: str = ""
    sites: frozenset[str] | None = None


@dataclass(frozen=True)
class Way:
    """One way to meet a need: a paper of `kind` in one of `subjects`, at `at_least` this level."""

    kind: str
    subjects: frozenset[str]
    at_least: str = ""


@dataclass(frozen=True)
class Need:
    """A need: met by any of its ways. `when`: a field of what the task is about, and the value at which it is asked.

    `posts`: the law asks it of these posts at every step (RULE-19), not only where an SOP names it.
    """

    key: str
    text: Text
    basis: tuple[str, ...]
    any_of: tuple[Way, ...]
    when: tuple[str, Json] | None = None
    posts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Verdict:
    """Whether a need is met. `until`: the last day (`None` when it is not met or not asked); `why`: why it is not met."""

    need: str
    met: bool
    asked: bool = True
    until: str | None = None
    why: Text | None = None


@dataclass(frozen=True)
class NeedBook:
    """Every kind of paper and every need, by key."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    needs: Mapping[str, Need] = field(default_factory=dict)

    def by_law(self, post: str) -> tuple[str, ...]:
        """The needs that the law asks of a post, in the book's order."""
        return tuple(key for key, need in self.needs.items() if post in need.posts)

    def judge(self, key: str, papers: Sequence[Paper], day: str, rows: Sequence[JsonObject], site: str) -> Verdict:
        """Whether somebody with these papers (in the order of entry) meets a need on `day`; `rows`: what the task is about."""
        need = self.needs.get(key)
        if need is None:
            why = Text(
                f"资格要求“{key}”没有定义，请流程负责人改正。",
                f"The need '{key}' is not defined; ask the process owner.",
            )
            return Verdict(key, False, why=why)
        if need.when is not None and not any(_holds(row, *need.when) for row in rows):
            return Verdict(key, True, asked=False)
        found = [self._counts(way, papers, day, site) for way in need.any_of]
        untils = [until for until, _ in found if until is not None]
        if untils:
            return Verdict(key, True, until=max(untils))
        return Verdict(key, False, why=_reason(need, [why for _, why in found]))

    def _counts(self, way: Way, papers: Sequence[Paper], day: str, site: str) -> tuple[str | None, Text]:
        """The last day on which a way is met, or why it is not. The newest paper decides where papers have results."""
        kind = self.kinds[way.kind]
        mine = [
            one
            for one in papers
            if one.kind == way.kind
            and one.subject in way.subjects
            and one.on <= day
            and (one.sites is None or site in one.sites)
            and kind.rank(one.level) >= (kind.rank(way.at_least) if way.at_least else -1)
        ]
        if not mine:
            return None, Text(f"没有{kind.text.zh}记录", f"no {kind.text.en.lower()} on file")
        newest = max(reversed(mine), key=lambda one: one.on)  # of one day the last that was entered
        if kind.results and newest.result != kind.results[0].key:
            said = next((one.text for one in kind.results if one.key == newest.result), kind.text)
            zh = f"{newest.on} 的{kind.text.zh}结论为{said.zh}"
            return None, Text(zh, f"{kind.text.en.lower()} of {newest.on}: {said.en}")
        until = max(one.until or FOREVER for one in ([newest] if kind.results else mine))
        if until < day:
            return None, Text(f"{kind.text.zh}已于 {until} 到期", f"{kind.text.en.lower()} ran out on {until}")
        return until, kind.text


def _holds(row: Mapping[str, Any], name: str, value: Json) -> bool:
    return name in row and row[name] == value


def _reason(need: Need, whys: list[Text]) -> Text:
    zh = "、".join(dict.fromkeys(one.zh for one in whys))
    en = ", ".join(dict.fromkeys(one.en for one in whys))
    return Text(f"缺少{need.text.zh}：{zh}。", f"Missing: {need.text.en} ({en}).")


def months_after(day: str, months: int) -> str:
    """The last day of so many months that begin on `day`: a check of 2026-03-01 for 12 months counts to 2027-02-28."""
    begin = date.fromisoformat(day)
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    same = date(year, month + 1, min(begin.day, last))
    return date.fromordinal(same.toordinal() - 1).isoformat() if begin.day <= last else same.isoformat()


def load_needs(document: Mapping[str, Any]) -> NeedBook:
    """The book from plain data. Raises `NeedsError` naming the first entry that is wrong."""
    subjects = {str(one["key"]): one for one in _list(document, "subjects")}
    kinds = {str(one["key"]): _kind(one, subjects.values()) for one in _list(document, "kinds")}
    needs = {str(one["key"]): _need(one) for one in _list(document, "needs")}
    for need in needs.values():
        for way in need.any_of:
            _known(need.key, way, kinds)
    return NeedBook(kinds, needs)


def _list(document: Mapping[str, Any], name: str) -> Iterable[Any]:
    found = document.get(name)
    if not isinstance(found, list):
        raise _wrong(name, "应为列表", "has to be a list")
    return found


def _kind(given: Any, subjects: Iterable[Any]) -> Kind:
    return Kind(
        key=given["key"],
        text=Text(given["zh"], given["en"]),
        keepers=tuple(given["keepers"]),
        levels=tuple(_word(one) for one in given.get("levels") or ()),
        results=tuple(_word(one) for one in given.get("results") or ()),
        months=given.get("months"),
        strict=bool(given.get("strict")),
        subjects=tuple(_word(one) for one in subjects if given["key"] in one["kinds"]),
    )


def _word(given: Any) -> Word:
    return Word(given["key"], Text(given["zh"], given["en"]))


def _need(given: Any) -> Need:
    when = given.get("when")
    return Need(
        key=given["key"],
        text=Text(given["zh"], given["en"]),
        basis=tuple(given["basis"]),
        any_of=tuple(_way(one) for one in given["any_of"]),
        when=(when["field"], when["is"]) if when else None,
        posts=frozenset(given.get("posts") or ()),
    )


def _way(given: Any) -> Way:
    subject = given["subject"]
    return Way(given["kind"], frozenset([subject] if isinstance(subject, str) else subject), given.get("at_least", ""))


def _known(key: str, way: Way, kinds: Mapping[str, Kind]) -> None:
    kind = kinds.get(way.kind)
    if kind is None:
        raise _wrong(key, f"没有“{way.kind}”这一类记录", f"there is no kind '{way.kind}'")
    if not way.subjects <= {one.key for one in kind.subjects}:
        raise _wrong(key, f"{way.kind} 没有这个类别", f"{way.kind} has no such subject")
    if way.at_least and kind.rank(way.at_least) < 0:
        raise _wrong(key, f"{way.kind} 没有“{way.at_least}”这一级", f"{way.kind} has no level '{way.at_least}'")


def _wrong(key: str, zh: str, en: str) -> NeedsError:
    return NeedsError("needs_data", f"资格要求“{key}”：{zh}。", f"Needs, '{key}': {en}.")
