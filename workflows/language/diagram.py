"""A definition as a drawing: steps as nodes in lanes of roles, routes as edges, groups as frames, and the messages that
the whole case listens for as nodes of their own.

Pure, and tolerant of faults in the text: what cannot be read is left out, so a half-written draft still draws. The
places of things come from ``diagram_layout``; the drawing is a view, the text stays the truth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Text
from domain.json_types import Json, JsonObject
from domain.roles import ROLES
from workflows.language.findings import join
from workflows.language.outline import Outline, StepView, outline_of, wait_arms
from workflows.language.step_words import arm_words, group_note, note_of, outcome_words, role_of
from workflows.language.words import CHILD_OUTCOMES, END_OF_BLOCK

SYSTEM = "system"
"""The lane of what no person does."""
START = "start"
"""Id of the start circle; no step can be called so (it is a reserved name)."""
SUBPROCESS = "subprocess"
"""Kind of the node of a `start` step, which is another thing than the start circle."""
MESSAGE = "message"
"""Kind of the node of an `on_message`; its id is `on_message:<name>`."""
FRAME_KINDS = ("foreach", "parallel", "loop")


@dataclass
class Node:
    """One step (or the start). ``frame`` is the id of the group it stands in; ``main`` says it lies on the way of
    success. Place and size in pixels are set by the layout."""

    id: str
    kind: str
    lane: str
    title: Text
    note: Text
    marks: list[str]
    pointer: str
    frame: str | None
    main: bool = True
    column: int = 0
    row: int = 0
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0


@dataclass
class Edge:
    """One route. ``exception`` is drawn dashed; ``points`` is its broken line in pixels and
    ``x``, ``y`` the middle of its words, set by the layout."""

    source: str
    target: str
    outcome: str | None
    label: Text
    exception: bool
    points: list[tuple[int, int]] = field(default_factory=list)
    x: int = 0
    y: int = 0


@dataclass
class Frame:
    """A group that is walked once for each item, again and again, or whose branches run at the same time."""

    id: str
    kind: str
    title: Text
    note: Text
    parent: str | None
    pointer: str
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0


@dataclass
class Lane:
    """One role; ``rows`` is how many nodes stand above each other in it."""

    id: str
    title: Text
    rows: int = 1
    y: int = 0
    height: int = 0


@dataclass
class Diagram:
    """The whole drawing; ``width`` and ``height`` in pixels at 100 %."""

    lanes: list[Lane]
    nodes: list[Node]
    edges: list[Edge]
    frames: list[Frame]
    width: int = 0
    height: int = 0

    def as_json(self, lang: str) -> JsonObject:
        """What the drawing element takes, in one language."""
        return {
            "width": self.width,
            "height": self.height,
            "lanes": [_said(lane, lang) for lane in self.lanes],
            "nodes": [_said(node, lang) for node in self.nodes],
            "edges": [_said(edge, lang) for edge in self.edges],
            "frames": [_said(frame, lang) for frame in self.frames],
        }

    def node(self, step: str) -> Node | None:
        """The node of a step, ``None`` for a step that is a frame or is not there."""
        return next((node for node in self.nodes if node.id == step), None)


def _said(thing: Any, lang: str) -> JsonObject:
    said: dict[str, Any] = {}
    for name, value in vars(thing).items():
        said[name] = value.said_in(lang) if isinstance(value, Text) else value
    if "points" in said:
        said["points"] = [list(point) for point in said["points"]]
    return said


def diagram_of(definition: Json) -> Diagram:
    """The drawing of a definition as the YAML loads it."""
    from workflows.language.diagram_layout import lay_out

    outline = outline_of(definition)
    body: Any = definition if isinstance(definition, dict) else {}
    steps = [step for step in outline.steps if _drawn(step, outline)]
    nodes = [_start(body), *(_node(step, outline) for step in steps if step.kind not in FRAME_KINDS)]
    nodes += [_message(name) for name, _ in _messages(body, outline)]
    frames = [_frame(step, outline) for step in steps if step.kind in FRAME_KINDS]
    diagram = Diagram(_lanes(nodes), nodes, [*_edges(outline), *_message_edges(body, outline)], frames)
    _mark_main(diagram)
    lay_out(diagram)
    return diagram


# ---------------------------------------------------------------- nodes
def _start(body: Any) -> Node:
    start = body.get("start") if isinstance(body.get("start"), dict) else {}
    by = start.get("by")
    lane = by[0] if isinstance(by, list) and by and isinstance(by[0], str) else SYSTEM
    title = Text("发起", "Start")
    return Node(START, START, lane, title, Text("", ""), [], "/start", None)


def _messages(body: Any, outline: Outline) -> list[tuple[str, str]]:
    """``(name, step)`` of every message that leads somewhere."""
    given = body.get("on_message")
    found: list[tuple[str, str]] = []
    for name, raw in given.items() if isinstance(given, dict) else ():
        target = raw.get("to") if isinstance(raw, dict) else None
        if isinstance(name, str) and isinstance(target, str) and target in outline.by_id:
            found.append((name, target))
    return found


def _message(name: str) -> Node:
    title = Text(f"消息 {name}", f"Message {name}")
    return Node(f"on_message:{name}", MESSAGE, SYSTEM, title, Text("", ""), [], join("/on_message", name), None)


def _message_edges(body: Any, outline: Outline) -> list[Edge]:
    return [
        Edge(f"on_message:{name}", entry, None, Text("", ""), True)
        for name, target in _messages(body, outline)
        for entry in _targets(target, outline)
    ]


def _drawn(step: StepView, outline: Outline) -> bool:
    """Of several steps with one id (a fault) the first is drawn."""
    return bool(step.id) and step.id != START and outline.by_id.get(step.id) is step


def _group_of(step: StepView, outline: Outline) -> str | None:
    """The nearest group around a step that is drawn as a frame."""
    owner = step.block.owner
    while owner is not None and not (owner.kind in FRAME_KINDS and _drawn(owner, outline)):
        owner = owner.block.owner
    return owner.id if owner else None


def _node(step: StepView, outline: Outline) -> Node:
    group = _group_of(step, outline)
    kind = SUBPROCESS if step.kind == "start" else step.kind
    return Node(step.id, kind, _lane(step), title_of(step), note_of(step), _marks(step), step.pointer, group)


def _lane(step: StepView) -> str:
    if step.kind == "task":
        return step.text("task") or SYSTEM
    if step.kind == "approve":
        by = step.mapping("approve").get("by")
        return role_of(by[0]) if isinstance(by, list) and by and isinstance(by[0], str) else SYSTEM
    return SYSTEM


def title_of(step: StepView) -> Text:
    """The title without what its braces would read from a case; else the word for the kind and the id."""
    title = step.mapping("title")
    zh, en = title.get("zh"), title.get("en")
    if isinstance(zh, str) and isinstance(en, str):
        return Text(plain_title(zh) or step.id, plain_title(en) or step.id)
    return ENDS.get(step.text("end") or "") or Text(step.id, step.id)


ENDS = {
    "completed": Text("完成", "Completed"),
    "cancelled": Text("取消", "Cancelled"),
    "terminated": Text("终止", "Terminated"),
}


def plain_title(template: str) -> str:
    """A title with `…` for each value of a case; nothing at its ends.

    >>> plain_title("Inspect {line.product_name} lot {line.lot_no}")
    'Inspect … lot'
    """
    return re.sub(r"\s+", " ", re.sub(r"\{[^{}]*\}", "…", template)).strip(" …,:，：")


def _marks(step: StepView) -> list[str]:
    marks = ["signed"] if step.mapping("sign") else []
    if step.mapping("sign").get("reauth"):
        marks.append("reauth")
    marks += [
        mark
        for mark, key in (
            ("four_eyes", "not_same_as"),
            ("external", "external_signature"),
            ("needs", "needs"),
            ("acknowledge", "acknowledge"),
        )
        if step.raw.get(key)
    ]
    if step.raw.get("when") is not None:
        marks.append("when")
    return marks + (["due"] if step.text("due") else [])


def _frame(step: StepView, outline: Outline) -> Frame:
    return Frame(step.id, step.kind, title_of(step), group_note(step), _group_of(step, outline), step.pointer)


def _lanes(nodes: list[Node]) -> list[Lane]:
    keys = dict.fromkeys(node.lane for node in nodes)
    system = Text("系统", "System")
    return [Lane(key, system if key == SYSTEM else ROLES.get(key, Text(key, key))) for key in keys]


# ---------------------------------------------------------------- edges
def _edges(outline: Outline) -> list[Edge]:
    edges: list[Edge] = []
    first = outline.root.steps[0] if outline.root.steps else None
    if first is not None and first.id:
        edges += [Edge(START, target, None, Text("", ""), False) for target in _entries(first)]
    for step in outline.steps:
        if _drawn(step, outline):
            edges += [edge for edge in _edges_of(step, outline) if edge.source != edge.target]
    return edges


def _edges_of(step: StepView, outline: Outline) -> list[Edge]:
    if step.kind == "end":
        return []
    if step.kind == "branch":
        return _branch_edges(step, outline)
    if step.kind == "wait" and step.mapping("wait").get("first_of"):
        return _wait_edges(step, outline)
    routes = step.mapping("on")
    outcomes = _outcomes(step)
    success = outcomes[0] if outcomes else None
    edges = [
        Edge(step.id, target, str(outcome), _outcome_words(step, str(outcome)), outcome != success)
        for outcome, wanted in routes.items()
        if isinstance(wanted, str)
        for target in _targets(wanted, outline)
    ]
    if success is None or success not in routes:
        edges += [Edge(step.id, target, success, Text("", ""), False) for target in _following(step, outline)]
    return edges


def _wait_edges(step: StepView, outline: Outline) -> list[Edge]:
    """The arms of a `first_of` that go their own way, and the usual way of the others; without these the first arm is it."""
    own = [arm for arm in wait_arms(step) if isinstance(arm.get("to"), str)]
    others = len(own) < len(wait_arms(step))
    usual = [Edge(step.id, target, None, Text("", ""), False) for target in _following(step, outline)] if others else []
    edges = [
        Edge(step.id, target, "arm", arm_words(arm), others or arm is not own[0])
        for arm in own
        for target in _targets(arm["to"], outline)
    ]
    return [*edges, *usual]


def _branch_edges(step: StepView, outline: Outline) -> list[Edge]:
    """The arms; the one to the next step is the usual way, else the one without a condition."""
    arms = [arm for arm in step.listing("branch") if isinstance(arm, dict)]
    ahead = step.following.id if step.following else None
    usual = ahead if any(arm.get("to", arm.get("else")) == ahead for arm in arms) else None
    edges: list[Edge] = []
    for arm in arms:
        to = arm.get("to", arm.get("else"))
        exception = to != usual if usual else "else" not in arm
        if isinstance(to, str):
            edges += [Edge(step.id, t, "when", _arm_words(arm), exception) for t in _targets(to, outline)]
    return edges


def _arm_words(arm: dict[str, Any]) -> Text:
    """Short: the condition itself stands with the step."""
    return Text("满足条件", "if so") if "when" in arm else Text("否则", "else")


def _targets(wanted: str, outline: Outline) -> list[str]:
    step = outline.by_id.get(wanted)
    return _entries(step) if step else []


def _entries(step: StepView) -> list[str]:
    """Where an arrow to a step ends: inside a group at its first steps."""
    if step.kind not in FRAME_KINDS or not any(block.steps for block in step.blocks):
        return [step.id]
    return [target for block in step.blocks if block.steps for target in _entries(block.steps[0]) if target]


def _following(step: StepView, outline: Outline) -> list[str]:
    """Where success leads; the last step of a group leads to the group's own frame, which goes on from there."""
    wanted = step.text("next")
    if wanted and wanted != END_OF_BLOCK:
        return _targets(wanted, outline)
    if step.following is not None and step.following.id and not wanted:
        return _entries(step.following)
    group = _group_of(step, outline)
    return [group] if group else []


def _outcomes(step: StepView) -> list[str]:
    listed = [item.get("key") if isinstance(item, dict) else item for item in step.listing("outcomes")]
    own = [key for key in listed if isinstance(key, str)]
    if step.kind == "approve":
        return list(dict.fromkeys(["approved", "rejected", *own]))
    if step.kind == "start" and step.raw.get("detached") is not True:
        return list(CHILD_OUTCOMES)
    return own


def _outcome_words(step: StepView, outcome: str) -> Text:
    return outcome_words(step, outcome) or ENDS.get(outcome) or CODES.get(outcome) or Text(outcome, outcome)


CODES = {
    "rule_refused": Text("规则拒绝", "refused by a rule"),
    "pass": Text("符合", "pass"),
    "fail": Text("不符", "fail"),
    "unknown_supplier": Text("供货者不明", "unknown supplier"),
    "unreadable_log": Text("记录读不出", "unreadable log"),
}
"""Words for results of calls and tables that stand in every definition."""


def _mark_main(diagram: Diagram) -> None:
    """The way of success: what is reached from the start without an exceptional route."""
    follow: dict[str, list[str]] = {}
    for edge in diagram.edges:
        if not edge.exception:
            follow.setdefault(edge.source, []).append(edge.target)
    reached, waiting = {START}, [START]
    while waiting:
        here = waiting.pop()
        for target in [*follow.get(here, []), *_frame_around(diagram, here)]:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    for node in diagram.nodes:
        node.main = node.id in reached


def _frame_around(diagram: Diagram, step: str) -> list[str]:
    node = diagram.node(step)
    parent = node.frame if node else next((frame.parent for frame in diagram.frames if frame.id == step), None)
    return [parent] if parent else []
