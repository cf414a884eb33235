"""The deadlines that laws and the company's own policy set, as typed data (``definitions/deadlines.yaml``).

The start day is not counted (Civil Code 201). A deadline with several cases has ``parts``; ``amount`` is then the
general one or left out. ``kind: legal`` binds, ``internal`` is a default that a company changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import Text

AMOUNTS = ("hour", "natural_day", "working_day", "month", "year")
"""Units whose amount is a number; the unit ``date`` has a word: ``03-31``, ``quarter_end``, ``same_day`` …"""
DATE = "date"
DIRECTIONS = ("after", "before", "by")
KINDS = ("legal", "internal")
HOURS_OF = {"hour": 1, "natural_day": 24}
"""Units in which the law gives time to do something. Months and years are how often it is done, or how long it is kept."""


@dataclass(frozen=True)
class Limit:
    """So much of a unit, or for ``date`` a word. ``None``: the source gives no number."""

    amount: int | str | None
    unit: str
    kind: str
    when: str = ""
    text: Text | None = None

    def longest_hours(self) -> int | None:
        """How much time it gives at the most, in real hours; ``None`` for what gives no time to do something in."""
        if self.unit == DATE:
            return 24 if self.amount == "same_day" else None
        if not isinstance(self.amount, int):
            return None
        if self.unit == "working_day":
            return working_days_in_hours(self.amount)
        return self.amount * HOURS_OF[self.unit] if self.unit in HOURS_OF else None


@dataclass(frozen=True)
class Deadline:
    """One entry of the catalogue; ``sources`` name articles, ``processes`` the SOPs that it concerns."""

    id: str
    text: Text
    trigger: Text
    trigger_field: str | None
    limit: Limit
    parts: tuple[Limit, ...]
    direction: str
    window_opens: int | None
    who: str
    roles: tuple[str, ...]
    sources: tuple[str, ...]
    processes: tuple[str, ...]
    mark: str
    word: str | None
    informative: bool

    def legal_limits(self) -> tuple[Limit, ...]:
        """The limits of the law itself; none where it only says 'at once', or binds another party."""
        if self.informative:
            return ()
        return tuple(one for one in (self.limit, *self.parts) if one.kind == "legal" and one.amount is not None)


def working_days_in_hours(days: int) -> int:
    """The usual longest time that so many working days take, weekends included, public holidays not."""
    return (days + 2 * -(-days // 5)) * 24


def load_deadlines(raw: Mapping[str, Any]) -> tuple[Deadline, ...]:
    """The catalogue of a file. Raises ``ValueError`` for an id that stands twice, a unit or direction that does not
    exist, an amount that does not fit its unit, or an entry with neither amount, word nor parts."""
    found = tuple(_deadline(one) for one in raw["deadlines"])
    ids = [one.id for one in found]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"{twice[0]} stands twice")
    return found


def _deadline(raw: Mapping[str, Any]) -> Deadline:
    name = str(raw["id"])
    limit = _limit(name, raw, raw["kind"])
    parts = tuple(_limit(name, one, one["kind"]) for one in raw.get("parts") or ())
    if raw["direction"] not in DIRECTIONS:
        raise ValueError(f"{name}: no direction {raw['direction']!r}")
    if limit.amount is None and not parts and not raw.get("word"):
        raise ValueError(f"{name}: neither amount, word nor parts")
    return Deadline(
        id=name,
        text=Text(raw["zh"], raw["en"]),
        trigger=Text(raw["trigger"]["zh"], raw["trigger"]["en"]),
        trigger_field=raw["trigger"].get("field"),
        limit=limit,
        parts=parts,
        direction=raw["direction"],
        window_opens=raw.get("window_opens"),
        who=raw["who"],
        roles=tuple(raw["roles"]),
        sources=tuple(raw["source"]),
        processes=tuple(raw["process"]),
        mark=raw["mark"],
        word=raw.get("word"),
        informative=bool(raw.get("informative", False)),
    )


def _limit(name: str, raw: Mapping[str, Any], kind: str) -> Limit:
    amount, unit = raw["amount"], raw["unit"]
    if kind not in KINDS:
        raise ValueError(f"{name}: no kind {kind!r}")
    if unit != DATE and unit not in AMOUNTS:
        raise ValueError(f"{name}: no unit {unit!r}")
    fits = isinstance(amount, str) if unit == DATE else isinstance(amount, int) and not isinstance(amount, bool)
    if amount is not None and not fits:
        raise ValueError(f"{name}: {amount!r} is no amount of {unit}")
    words = Text(raw["zh"], raw["en"]) if "when" in raw else None
    return Limit(amount, unit, kind, str(raw.get("when") or ""), words)


def longest_legal_hours(deadlines: tuple[Deadline, ...]) -> dict[str, tuple[int, str]]:
    """Article → the longest time that it leaves for something after its trigger, in hours, and the deadline's id.

    Where an article has several limits (an adverse event with and without a death), only more than the longest is surely
    too long.
    """
    found: dict[str, tuple[int, str]] = {}
    for deadline in deadlines:
        if deadline.direction == "before":
            continue
        for hours in (limit.longest_hours() for limit in deadline.legal_limits()):
            if hours is None:
                continue
            for source in deadline.sources:
                if hours > found.get(source, (0, ""))[0]:
                    found[source] = (hours, deadline.id)
    return found


def told(limit: Limit) -> Text:
    """A limit in words: 7 个自然日 / 7 natural days."""
    if limit.amount is None:
        return Text("未写明数字", "no number given")
    if limit.unit == DATE:
        zh, en = _DATES.get(str(limit.amount), (str(limit.amount), str(limit.amount)))
        return Text(zh, en)
    zh, en = _UNITS[limit.unit]
    return Text(f"{limit.amount} {zh}", f"{limit.amount} {en}{'' if limit.amount == 1 else 's'}")


_UNITS = {
    "hour": ("小时", "hour"),
    "natural_day": ("个自然日", "natural day"),
    "working_day": ("个工作日", "working day"),
    "month": ("个月", "month"),
    "year": ("年", "year"),
}
_DATES = {
    "03-31": ("3月31日", "31 March"),
    "quarter_end": ("季度末", "end of the quarter"),
    "same_day": ("当日", "the same day"),
    "each_day_am_and_pm": ("每天上午和下午各一次", "each day, morning and afternoon"),
    "before_post": ("上岗前", "before taking the post"),
    "before_use": ("使用前", "before use"),
    "before_restart": ("恢复经营前", "before the restart"),
    "per_training_plan": ("按培训计划", "by the training plan"),
    "permanent": ("永久", "for ever"),
}


def deadlines_page(deadlines: tuple[Deadline, ...]) -> str:
    """``docs/reference/deadlines.md``: the catalogue as a table."""
    lines = [
        "# Deadlines",
        "",
        "Generated from `definitions/deadlines.yaml`; a test says when it is not current. The start day is not counted.",
        "*legal* binds; *internal* is a default that a company changes. What binds another party is in brackets.",
        "",
        "| id | deadline | 期限 | from | limit | kind | who | source |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in deadlines:
        lines += [
            _row(one, limit) for limit in (one.limit, *one.parts) if limit is one.limit or limit.amount is not None
        ]
    return "\n".join(lines) + "\n"


def _row(one: Deadline, limit: Limit) -> str:
    words = limit.text or one.text
    main = limit is one.limit
    told_by = told(limit).en if limit.amount is not None or not one.word else one.word.replace("_", " ")
    if main and one.window_opens is not None:
        told_by = f"from {one.window_opens} to {told_by}"
    who = f"({one.who.replace('_', ' ')})" if one.informative else one.who.replace("_", " ")
    cells = [
        f"`{one.id}`" if main else "",
        words.en,
        words.zh,
        one.trigger.en if main else "",
        f"{told_by} before" if one.direction == "before" and limit.unit != DATE else told_by,
        limit.kind,
        who if main else "",
        ", ".join(one.sources) if main else "",
    ]
    return "| " + " | ".join(cells) + " |"
