"""A definition as the engine walks it: frozen, made from a pinned set, standard library and ``rules`` only.

``load_model`` expects a pinned set whose definition passed ``check``; it does not repeat the checks. What a word means
is said once, here: the success outcome of each kind, the default ``into``, which block a step stands in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.canonical import digest
from domain.errors import Text
from domain.json_types import JsonObject
from rules.ast import Expr
from rules.parse import parse
from rules.tables import DecisionTable, load_table
from rules.template import parse_template
from workflows.language.steps import (
    Allow,
    Arm,
    Block,
    Escalation,
    OnMessage,
    Outcome,
    Retry,
    Sign,
    Step,
    Title,
    WaitArm,
)

KINDS = tuple("task approve call decide set branch parallel foreach loop wait start notify end".split())
"""The 13 step kinds of the language; exactly one of these keys stands in a step."""
INTO_NONE = "none"
END_OF_BLOCK = "end_of_block"


@dataclass(frozen=True)
class Model:
    """A pinned set, ready to run."""

    pinned_sha: str
    process: str
    version: str
    title: Text
    definition_sha: str
    start_roles: tuple[str, ...]
    start_form: str
    key: Expr | None
    data_schema: JsonObject
    root: Block
    forms: dict[str, JsonObject]
    form_shas: dict[str, str]
    tables: dict[str, DecisionTable]
    contracts: dict[str, JsonObject]
    parameters: JsonObject
    site: str
    zone: str
    steps: dict[str, Step]
    block_of: dict[str, Block]
    on_message: dict[str, OnMessage]
    calendar: JsonObject
    watched: frozenset[str]
    """The steps that are looked at after every move: conditions, mutexes."""

    def enclosing(self, step_id: str) -> list[Step]:
        """The steps around ``step_id``, innermost first."""
        found: list[Step] = []
        owner = self.block_of[step_id].owner
        while owner is not None:
            found.append(self.steps[owner])
            owner = self.block_of[owner].owner
        return found

    def four_eyes_with(self, step_id: str) -> frozenset[str]:
        """The steps whose people may not act at ``step_id``: ``not_same_as`` works in both directions."""
        return self._four_eyes.get(step_id, frozenset())

    _four_eyes: dict[str, frozenset[str]] = field(default_factory=dict)


def definition_sha(definition: JsonObject, forms: JsonObject, tables: JsonObject) -> str:
    """The identity of a definition version: its YAML as plain data with its forms and tables."""
    return digest("definition", {"definition": definition, "forms": forms, "tables": tables})


def pinned_sha(pinned: JsonObject) -> str:
    """The identity of all the rules of a case."""
    return digest("pinned", pinned)


def load_model(pinned: JsonObject) -> Model:
    """The model of a pinned set. Cache it by ``pinned_sha``: parsing costs milliseconds, walking microseconds."""
    body: Any = pinned
    definition = body["definition"]
    root = _block(None, 0, definition["steps"])
    steps: dict[str, Step] = {}
    block_of: dict[str, Block] = {}
    _register(root, steps, block_of)
    start = definition["start"]
    return Model(
        pinned_sha=pinned_sha(pinned),
        process=definition["process"],
        version=str(definition["version"]),
        title=_text(definition["title"]),
        definition_sha=definition_sha(definition, body["forms"], body["tables"]),
        start_roles=tuple(start["by"]),
        start_form=start["form"],
        key=_expr(definition.get("key")),
        data_schema=_data_schema(definition, body["forms"]),
        root=root,
        forms=body["forms"],
        form_shas={key: digest("form", form) for key, form in body["forms"].items()},
        tables={key: load_table(table) for key, table in body["tables"].items()},
        contracts=body["contracts"],
        parameters=body["parameters"],
        site=body["site"]["key"],
        zone=body["site"]["zone"],
        steps=steps,
        block_of=block_of,
        on_message=_on_message(definition.get("on_message") or {}),
        calendar=body.get("calendar") or {},
        watched=frozenset(step.id for step in steps.values() if step.is_watched),
        _four_eyes=_four_eyes(steps),
    )


def _data_schema(definition: Any, forms: Any) -> JsonObject:
    data = definition.get("data")
    return forms[data["schema"]]["schema"] if data else {"type": "object", "properties": {}}


def _on_message(raw: dict[str, Any]) -> dict[str, OnMessage]:
    return {name: OnMessage(name, parse(str(one["keys"])), one["to"]) for name, one in raw.items()}


def _register(block: Block, steps: dict[str, Step], block_of: dict[str, Block]) -> None:
    for step in block.steps:
        steps[step.id] = step
        block_of[step.id] = block
        for inner in step.blocks:
            _register(inner, steps, block_of)


def _four_eyes(steps: dict[str, Step]) -> dict[str, frozenset[str]]:
    pairs: dict[str, set[str]] = {}
    for step in steps.values():
        for other in step.not_same_as:
            pairs.setdefault(step.id, set()).add(other)
            pairs.setdefault(other, set()).add(step.id)
    return {key: frozenset(value) for key, value in pairs.items()}


def _block(owner: str | None, index: int, raw: list[Any]) -> Block:
    return Block(owner, index, tuple(_step(item) for item in raw))


def kind_of(raw: dict[str, Any]) -> str:
    """The one kind key of a checked step."""
    return next(kind for kind in KINDS if kind in raw)


def _step(raw: dict[str, Any]) -> Step:
    kind = kind_of(raw)
    common: dict[str, Any] = {
        "id": raw["id"],
        "kind": kind,
        "title": _title(raw.get("title")),
        "when": _expr(raw.get("when")),
        "next": raw.get("next"),
        "on": dict(raw.get("on") or {}),
        "into": raw.get("into") or "",
        "due": raw.get("due"),
        "sign": _sign(raw.get("sign")),
        "external_signature": raw.get("external_signature"),
        "not_same_as": tuple(raw.get("not_same_as") or ()),
        "form": raw.get("form"),
        "outcomes": tuple(_outcome(item) for item in raw.get("outcomes") or ()),
        "success": "done",
        "basis": tuple(raw.get("basis") or ()),
        "help": _text(raw["help"]) if raw.get("help") else None,
        **_rarer(raw),
    }
    common.update(_KIND_FIELDS[kind](raw))
    return Step(**common)


PRIORITIES = {"low": -1, "normal": 0, "high": 1, "urgent": 2}
"""The words of ``priority``."""


def _rarer(raw: dict[str, Any]) -> dict[str, Any]:
    """The common words that few steps use."""
    return {
        "cancel_when": _expr(raw.get("cancel_when")),
        "escalate": tuple(
            Escalation(item["after"], item.get("remind"), item.get("add")) for item in raw.get("escalate") or ()
        ),
        "fields": dict(raw.get("fields") or {}),
        "allow": _allow(raw.get("allow") or ()),
        "same_as": raw.get("same_as"),
        "needs": tuple(raw.get("needs") or ()),
        "priority": PRIORITIES[raw.get("priority") or "normal"],
        "mutex": raw.get("mutex"),
        "on_return": raw.get("on_return") or "redo",
        "after_return": raw.get("after_return") or "walk",
        "child_on_return": raw.get("child_on_return") or "keep",
    }


def _allow(raw: Any) -> Allow:
    verbs = frozenset(item for item in raw if isinstance(item, str))
    targets = [target for item in raw if isinstance(item, dict) for target in item["return_to"]]
    return Allow(verbs, tuple(targets))


def _task(raw: dict[str, Any]) -> dict[str, Any]:
    outcomes = raw.get("outcomes") or [{"key": "done"}]
    return {"roles": (raw["task"],), "success": _outcome(outcomes[0]).key}


def _approve(raw: dict[str, Any]) -> dict[str, Any]:
    spec = raw["approve"]
    own = tuple(_outcome(item) for item in raw.get("outcomes") or ())
    given = {item.key for item in own}
    outcomes = tuple(item for item in APPROVE_OUTCOMES if item.key not in given) + own
    return {
        "roles": tuple(spec["by"]),
        "rule": spec.get("rule", "all"),
        "n": int(spec.get("n", 0)),
        "ratio": Decimal(str(spec.get("ratio", 0))),
        "veto": tuple(spec.get("veto") or ()),
        "success": "approved",
        "outcomes": outcomes,
    }


def _call(raw: dict[str, Any]) -> dict[str, Any]:
    arguments = {key: parse(str(text)) for key, text in (raw.get("with") or {}).items()}
    return {
        "call": raw["call"],
        "arguments": arguments,
        "retry": Retry(_retries(raw)),
        "undo": raw.get("undo"),
    }


def _retries(raw: dict[str, Any]) -> int:
    return int((raw.get("retry") or {}).get("max", 5))


def _set(raw: dict[str, Any]) -> dict[str, Any]:
    return {"assignments": {key: parse(str(text)) for key, text in raw["set"].items()}}


def _branch(raw: dict[str, Any]) -> dict[str, Any]:
    arms = [Arm(parse(arm["when"]), arm["to"]) if "when" in arm else Arm(None, arm["else"]) for arm in raw["branch"]]
    return {"arms": tuple(arms)}


def _parallel(raw: dict[str, Any]) -> dict[str, Any]:
    blocks = tuple(_block(raw["id"], index, item["do"]) for index, item in enumerate(raw["parallel"]))
    return {"blocks": blocks, **_joined(raw)}


def _joined(raw: dict[str, Any]) -> dict[str, Any]:
    """When a block is complete and what becomes of the rest; ``any`` is one of them."""
    join = raw.get("join", "all")
    return {"join": join, "n": 1 if join == "any" else int(raw.get("n", 0)), "rest": raw.get("rest", "cancel")}


def _foreach(raw: dict[str, Any]) -> dict[str, Any]:
    source = raw["foreach"].strip()
    head, _, tail = source.partition(".")
    return {
        "items": parse(source),
        "list_field": tail if head == "data" and tail.isidentifier() else None,
        "item_name": raw["as"],
        "item_key": parse(raw["item_key"]),
        "minimum": int(raw.get("min", 1)),
        "blocks": (_block(raw["id"], 0, raw["do"]),),
        "sequential": raw.get("mode") == "sequence",
        "is_open": bool(raw.get("open", False)),
        "add_by": tuple(raw.get("add_by") or ()),
        "until": _expr(raw.get("until")),
        **_joined(raw),
    }


def _loop(raw: dict[str, Any]) -> dict[str, Any]:
    spec = raw["loop"]
    blocks = (_block(raw["id"], 0, raw["do"]),)
    return {"condition": parse(str(spec["while"])), "maximum": int(spec["max"]), "blocks": blocks}


def _wait(raw: dict[str, Any]) -> dict[str, Any]:
    spec = raw["wait"]
    return {"waits": tuple(_arm_of_wait(arm) for arm in spec.get("first_of") or [spec])}


def _arm_of_wait(raw: dict[str, Any]) -> WaitArm:
    kind = next(word for word in ("timer", "message", "condition") if word in raw)
    return WaitArm(
        kind=kind,
        timer=str(raw.get("timer") or ""),
        message=raw.get("message") or "",
        keys=_expr(raw.get("keys")),
        keep=bool(raw.get("keep", True)),
        condition=_expr(raw.get("condition")),
        to=raw.get("to"),
    )


def _start(raw: dict[str, Any]) -> dict[str, Any]:
    name, _, versions = raw["start"].partition("@")
    arguments = {key: parse(str(text)) for key, text in (raw.get("with") or {}).items()}
    detached = bool(raw.get("detached", False))
    success = "done" if detached else "completed"
    given = {"child": name, "child_range": versions or "*", "arguments": arguments, "detached": detached}
    return {**given, "success": success, "retry": Retry(_retries(raw))}


def _notify(raw: dict[str, Any]) -> dict[str, Any]:
    return {"roles": tuple(raw["notify"]), "acknowledge": bool(raw.get("acknowledge", False))}


_KIND_FIELDS = {
    "task": _task,
    "approve": _approve,
    "call": _call,
    "decide": lambda raw: {"table": raw["decide"]},
    "set": _set,
    "branch": _branch,
    "parallel": _parallel,
    "foreach": _foreach,
    "loop": _loop,
    "wait": _wait,
    "start": _start,
    "notify": _notify,
    "end": lambda raw: {"end": raw["end"], "seal": bool(raw.get("seal", False))},
}

APPROVE_OUTCOMES = (Outcome("approved", Text("批准", "Approve")), Outcome("rejected", Text("否决", "Reject")))
"""What every ``approve`` step offers; own ``outcomes`` may give these other words."""
GLOSSARY_OUTCOMES = {"done": Text("完成", "Done"), **{item.key: item.title for item in APPROVE_OUTCOMES}}


def _outcome(raw: Any) -> Outcome:
    if isinstance(raw, str):
        return Outcome(raw, GLOSSARY_OUTCOMES.get(raw) or Text(raw, raw))
    default = GLOSSARY_OUTCOMES.get(raw["key"]) or Text(raw["key"], raw["key"])
    return Outcome(raw["key"], Text(raw.get("zh") or default.zh, raw.get("en") or default.en))


def _sign(raw: Any) -> Sign | None:
    return Sign(raw["meaning"], bool(raw.get("reauth", False))) if raw else None


def _title(raw: Any) -> Title | None:
    return Title(parse_template(raw["zh"]), parse_template(raw["en"])) if raw else None


def _text(raw: Any) -> Text:
    return Text(raw["zh"], raw["en"])


def _expr(raw: Any) -> Expr | None:
    return parse(str(raw)) if raw is not None else None
