"""Records in words: who did what where, at the site's clock, with the titles of the definition of that time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain import paths
from domain.clock import from_text
from domain.roles import MEANINGS
from ui.components.chips import role_name
from ui.texts import Lang, choose, label, t
from workflows.language.diagram import plain_title

#: action of a record -> icon, tone
DRAWINGS: dict[str, tuple[str, str]] = {
    "started": ("start", "blue"),
    "opened": ("inbox", ""),
    "claimed": ("claim", "blue"),
    "released": ("release", "blue"),
    "completed": ("form", "blue"),
    "decided": ("gateway", "yellow"),
    "called": ("system", ""),
    "posted": ("stock", ""),
    "incident": ("incident", "red"),
    "retried": ("retry", "blue"),
    "cancelled": ("cancelled", ""),
    "ended": ("locked", "green"),
    "set": ("edit", ""),
    "notified": ("message", ""),
    "not_entered": ("next", ""),
    "superseded": ("superseded", ""),
    "continued": ("next", ""),
    "late": ("due", "red"),
    "timed": ("timer", ""),
    "returned": ("returned", "yellow"),
    "withdrawn": ("returned", "yellow"),
    "undone": ("undo", "yellow"),
    "messaged": ("message", ""),
    "reopened": ("retry", "yellow"),
    "transferred": ("switch", "blue"),
    "delegated": ("switch", "blue"),
    "signer_added": ("person", "blue"),
    "signer_removed": ("person", ""),
    "asked": ("message", "blue"),
    "acknowledged": ("done", "blue"),
    "item_added": ("add", "blue"),
    "items_closed": ("done", "blue"),
    "deviated": ("next", "red"),
    "amended": ("edit", "violet"),
    "migrated": ("switch", "violet"),
}
BY_VERB = frozenset(
    "transferred delegated signer_added signer_removed asked acknowledged withdrawn returned reopened item_added "
    "items_closed deviated amended".split()
)
BY_PEOPLE = frozenset({"started", "claimed", "released", "completed", "retried"}) | BY_VERB
#: What a person would name when asked what happened; the rest steers.
TOLD_SHORT = frozenset({"started", "completed", "incident", "retried", "ended", "cancelled", "superseded"}) | BY_VERB
#: Words of an item of a list that people call it by.
ITEM_NAMES = ("product_name", "lot_no", "serial_no", "name", "title")
BAD = frozenset({"fail", "rejected", "refused", "rule_refused", "doubt", "error", "refuse"})


@dataclass(frozen=True)
class Told:
    """One record as a sentence, with the shape it has on the slider."""

    icon_of: str
    tone: str
    kind: str
    words: str
    note: str


class Teller:
    """Tells one case in one language. `story` is the answer of `services.case_story.story`."""

    def __init__(self, story: Mapping[str, Any], steps: list[Any], lang: Lang) -> None:
        self.story = story
        self.lang: Lang = lang
        self.zone = ZoneInfo(str(story["zone"]))
        self.titles = {row["path"]: row["title"] for row in steps if row.get("title")}

    # ------------------------------------------------------------ times and people

    def moment(self, at: str) -> datetime:
        """A stored time at the clock of the site."""
        return from_text(at).astimezone(self.zone)

    def clock(self, at: str) -> str:
        """`10:52:40`."""
        return self.moment(at).strftime("%H:%M:%S")

    def full(self, at: str) -> str:
        """`2026-12-18 10:52:40`."""
        return self.moment(at).strftime("%Y-%m-%d %H:%M:%S")

    def person(self, who: Any) -> str:
        """A person by account, or by the actor object of a record."""
        if isinstance(who, Mapping):
            if who.get("id") == "system":
                return t("audit.system", self.lang)
            zh, en = str(who.get("name") or who.get("id")), str(who.get("name_en") or who.get("name") or who.get("id"))
            return zh if self.lang == "zh" else en
        if not who or who == "system":
            return t("audit.system", self.lang)
        return choose(self.story["names"].get(who) or str(who), self.lang)

    def roles(self, keys: list[Any]) -> str:
        """Posts in one phrase."""
        return ("、" if self.lang == "zh" else ", ").join(role_name(str(key), self.lang) for key in keys)

    # ------------------------------------------------------------ places

    def step(self, path: str, step: str = "") -> str:
        """The title of a step instance with its values, else the definition's title up to its first value."""
        if path in self.titles:
            return choose(self.titles[path], self.lang)
        known = self.story["steps"].get(step or (paths.step_of(path) if path else ""))
        if known is None:
            return step or path
        return short(choose(known["title"], self.lang)) or step

    def item(self, path: str) -> str:
        """`第 L2 行` for a step inside a list, nothing for a step of the case itself."""
        key = item_key(path)
        return t("audit.item", self.lang, no=key) if key else ""

    def outcome(self, step: str, outcome: Any) -> str:
        """The word on the button, else the usual word for the result."""
        if not outcome:
            return ""
        known = self.story["steps"].get(step) or {}
        if known.get("kind") == "branch" and outcome in self.story["steps"]:  # it names the step it leads to
            return t("audit.leads", self.lang, step=self.step("", str(outcome)))
        own = known.get("outcomes", {}).get(outcome)
        return choose(own, self.lang) if own else label("audit.outcome", str(outcome), self.lang)

    def field(self, name: str) -> str:
        """The words of a field; its name when no form says any."""
        known = self.story["labels"].get(name)
        return choose(known, self.lang) if known else name

    # ------------------------------------------------------------ values

    def value(self, value: Any, name: str = "") -> str:
        """Any value in one line."""
        if value is None or value == "":
            return t("audit.value.none", self.lang)
        if isinstance(value, bool):
            return t(f"audit.value.{'yes' if value else 'no'}", self.lang)
        if isinstance(value, (int, Decimal)):
            return f"{value:,}" if isinstance(value, int) else f"{value:f}"
        if isinstance(value, list):
            return t("audit.value.rows", self.lang, n=len(value))
        if isinstance(value, Mapping):
            return str(value.get("name") or str(value.get("sha256") or "")[:12] or t("audit.value.object", self.lang))
        return self._text(str(value), name)

    def _text(self, value: str, name: str) -> str:
        words = self.story["choices"].get(name) or {}
        if value in words:
            return choose(words[value], self.lang)
        if len(value) == 24 and value.endswith("Z") and value[10:11] == "T":
            return self.moment(value).strftime("%Y-%m-%d %H:%M")
        return value

    # ------------------------------------------------------------ records

    def record(self, record: Mapping[str, Any]) -> Told:
        """One record of the history."""
        action = str(record["action"])
        drawing, tone = DRAWINGS.get(action, ("info", ""))
        path, step = str(record.get("path") or ""), str(record.get("step") or "")
        outcome = self.outcome(step, record.get("outcome"))
        where = self.step(path, step) if step else ""
        if action == "posted" and not outcome_matters(record):
            outcome = ""
        words = label_of(_kind_of(record), self.lang).format(
            who=self.person(record["actor"]),
            step=where,
            outcome=outcome,
            roles=self._awaited(step),
            to=self._to(record),
        )
        if record.get("signature"):
            drawing, tone = "signed", "violet"
        if str(record.get("outcome")) in BAD:
            tone = "red" if action != "completed" or tone != "violet" else tone
        words = words.strip(" ：:·") + self._late(record.get("late_entry"))
        return Told(drawing, tone, shape_of(record), words, self.item(path))

    def _late(self, late: Any) -> str:
        """What was entered afterwards says so: the paper, when it really was, who saw it."""
        if not late:
            return ""
        who, when = self.person(late["second"]), self.moment(late["business_at"])
        return t("audit.late", self.lang, paper=late["paper_no"], time=f"{when:%Y-%m-%d %H:%M}", who=who)

    def _to(self, record: Mapping[str, Any]) -> str:
        """To whom a task was handed, or to which step a case went back."""
        to = record.get("to") or (record.get("data") or {}).get("to")
        if isinstance(to, Mapping):
            return self.person(to)
        return self.step("", str(to)) if to else ""

    def _awaited(self, step: str) -> str:
        return self.roles((self.story["steps"].get(step) or {}).get("roles", []))

    def meaning(self, meaning: str) -> str:
        """What a signature means."""
        return choose(MEANINGS.get(meaning, meaning), self.lang)


def _kind_of(record: Mapping[str, Any]) -> str:
    """The action, told apart where one word stands for two things."""
    action, path = str(record["action"]), str(record.get("path") or "")
    if action == "ended" and item_key(path):  # the end of one item of a list, not of the case
        return "item_ended"
    if action == "returned" and not path:  # of the whole case
        return "case_cancelled"
    return "prepared" if action == "delegated" and record.get("prepared_by") else action


def outcome_matters(record: Mapping[str, Any]) -> bool:
    """Whether the result of a call says more than that it came."""
    return record.get("outcome") not in (None, "done")


def label_of(action: str, lang: Lang) -> str:
    """The sentence of an action; an action that is newer than the catalogue stands as it is."""
    words = label("audit.action", action, lang)
    return words if "{" in words or words != action else f"{{who}} {action} {{step}}"


def shape_of(record: Mapping[str, Any]) -> str:
    """The shape on the slider: signed, act, decided, incident, end or system."""
    action = record["action"]
    if record.get("signature"):
        return "signed"
    if action in ("ended", "cancelled"):
        return "end"
    if action in BY_PEOPLE:
        return "act"
    if action == "decided":
        return "decided"
    return "incident" if action == "incident" else "system"


def item_key(path: str) -> str:
    """The key of the innermost list item around a step instance."""
    parts = [part for part in path.split("/") if part.startswith("[")]
    return paths.unescape_key(parts[-1][1 : parts[-1].rindex("]")]) if parts else ""


def short(template: str) -> str:
    """A title up to its first value: `验收 {line.product_name}` → `验收`; one that begins with a value keeps `…` for it."""
    return template.partition("{")[0].strip(" ·：:，,-") or plain_title(template) or template


def item_name(item: Any) -> str:
    """What people call an item of a list: product and lot."""
    if not isinstance(item, Mapping):
        return ""
    return " ".join(str(item[name]) for name in ITEM_NAMES if item.get(name))
