"""What a migration is told beyond the version: where open steps go that the new version has no place for, and data to
set. ``{map: {old step: new step}, set: {field: expression}}``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.errors import GspError, Text
from domain.json_types import Json, JsonObject
from rules.ast import Expr
from rules.errors import ExprSyntaxError
from rules.parse import parse
from workflows.language.model import Model

ENTRIES_MAX = 200
_WORDS = frozenset({"map", "set"})


@dataclass(frozen=True)
class Reason:
    """Why a case cannot be migrated: where in the case (or in the plan), and whether it passes by itself."""

    code: str
    path: str
    text: Text
    passes: bool = False

    def as_json(self) -> JsonObject:
        """In both languages."""
        return {"code": self.code, "path": self.path, "message": self.text.as_json(), "passes": self.passes}


def reason(code: str, path: str, zh: str, en: str, *, passes: bool = False) -> Reason:
    """A reason of these words."""
    return Reason(code, path, Text(zh, en), passes)


@dataclass(frozen=True)
class Plan:
    """A plan that could be read. ``map``: step of the old version → step of the new one at which its people go on;
    ``set``: field of the case's data → expression over the case as it was."""

    map: dict[str, str] = field(default_factory=dict)
    set: dict[str, Expr] = field(default_factory=dict)

    @staticmethod
    def from_json(raw: Json) -> Plan:
        """The plan as written; ``None`` is the empty one. Raises ``GspError`` (``bad_plan``) and says where."""
        if raw is None:
            return Plan()
        if not isinstance(raw, dict) or not set(raw) <= _WORDS:
            raise _bad("方案只含 map 和 set。", "A plan holds map and set, nothing else.")
        moves, values = _texts(raw, "map"), _texts(raw, "set")
        return Plan(moves, {name: _parsed(name, text) for name, text in values.items()})

    def as_json(self) -> JsonObject:
        """As ``from_json`` takes it; parts without an entry are left out."""
        body: JsonObject = {}
        if self.map:
            body["map"] = {**self.map}
        if self.set:
            body["set"] = {name: expr.text for name, expr in self.set.items()}
        return body

    def faults(self, old: Model, new: Model) -> Iterator[Reason]:
        """What of the plan fits no case of these two versions."""
        for source, target in self.map.items():
            where = f"map/{source}"
            if source not in old.steps:
                yield reason(
                    "plan_unknown_step", where, f"{old.version} 没有步骤“{source}”。", f"{old.version} has no {source}."
                )
            if target not in new.steps:
                yield reason(
                    "plan_unknown_step", where, f"{new.version} 没有步骤“{target}”。", f"{new.version} has no {target}."
                )
        known: Any = new.data_schema.get("properties") or {}
        for name in self.set:
            if name not in known:
                zh, en = f"{new.version} 的数据没有字段“{name}”。", f"The data of {new.version} have no field {name}."
                yield reason("plan_unknown_field", f"set/{name}", zh, en)


def _texts(raw: JsonObject, word: str) -> dict[str, str]:
    part = {} if raw.get(word) is None else raw[word]
    if not isinstance(part, dict) or len(part) > ENTRIES_MAX:
        raise _bad(
            f"{word} 是最多 {ENTRIES_MAX} 项的对照表。", f"{word} is a mapping of at most {ENTRIES_MAX} entries."
        )
    found: dict[str, str] = {}
    for name, value in part.items():
        if not isinstance(value, str | int) or isinstance(value, bool) and word == "map":
            raise _bad(f"{word}/{name} 须是文字。", f"{word}/{name} is a text.")
        found[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _parsed(name: str, text: str) -> Expr:
    try:
        return parse(text)
    except ExprSyntaxError as error:
        raise _bad(f"set/{name}：{error.message_zh}", f"set/{name}: {error.message_en}") from error


def _bad(zh: str, en: str) -> GspError:
    return GspError("bad_plan", zh, en)
