"""A definition as a drawing: what is drawn, where it stands, how routes run."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from workflows.language.diagram import Diagram, Node, diagram_of, plain_title

SHIPPED = Path(__file__).parents[2] / "definitions/receiving_inspection/1.0.0/process.yaml"


@pytest.fixture(scope="module")
def shipped() -> Diagram:
    return diagram_of(YAML(typ="safe", pure=True).load(SHIPPED.read_text(encoding="utf-8")))


def overlap(one: Node, other: Node) -> bool:
    return (
        abs(one.x + one.width / 2 - other.x - other.width / 2) < (one.width + other.width) / 2
        and abs(one.y + one.height / 2 - other.y - other.height / 2) < (one.height + other.height) / 2
    )


def test_every_step_stands_once_in_the_lane_of_its_role(shipped: Diagram) -> None:
    lanes = {node.id: node.lane for node in shipped.nodes}
    assert lanes["receive"] == "receiver" and lanes["inspect"] == "inspector" and lanes["ruling"] == "quality_staff"
    assert lanes["post_pending"] == "system" and len(lanes) == len(shipped.nodes)
    by_lane = {lane.id: lane for lane in shipped.lanes}
    for node in shipped.nodes:
        assert (
            by_lane[node.lane].y <= node.y and node.y + node.height <= by_lane[node.lane].y + by_lane[node.lane].height
        )


def test_no_two_steps_cover_each_other(shipped: Diagram) -> None:
    assert [(a.id, b.id) for a, b in combinations(shipped.nodes, 2) if overlap(a, b)] == []


def test_a_group_holds_its_steps_and_no_others(shipped: Diagram) -> None:
    frame = next(frame for frame in shipped.frames if frame.id == "lines")
    for node in shipped.nodes:
        middle = (node.x + node.width // 2, node.y + node.height // 2)
        inside = frame.x < middle[0] < frame.x + frame.width and frame.y < middle[1] < frame.y + frame.height
        assert inside == (node.frame == "lines"), node.id


def test_every_outcome_has_its_route_with_its_words(shipped: Diagram) -> None:
    routes = {(edge.source, edge.outcome): (edge.target, edge.label.zh, edge.exception) for edge in shipped.edges}
    assert routes["inspect", "fail"] == ("ruling", "不合格", True)
    assert routes["inspect", "pass"] == ("release", "", False)
    assert routes["cold_check", "fail"][0] == "cold_ruling"
    assert routes["ruling", "rejected"] == ("reject_line", "否决", True)


def test_routes_have_right_angles_and_pass_through_no_step(shipped: Diagram) -> None:
    for edge in shipped.edges:
        assert len(edge.points) >= 2, (edge.source, edge.target)
        for (x1, y1), (x2, y2) in pairwise(edge.points):
            assert x1 == x2 or y1 == y2
            for node in shipped.nodes:
                if node.id in (edge.source, edge.target):
                    continue
                crosses = min(x1, x2) < node.x + node.width and max(x1, x2) > node.x
                crosses = crosses and min(y1, y2) < node.y + node.height and max(y1, y2) > node.y
                assert not crosses, (edge.source, edge.target, node.id)


def test_the_same_text_gives_the_same_drawing(shipped: Diagram) -> None:
    again = diagram_of(YAML(typ="safe", pure=True).load(SHIPPED.read_text(encoding="utf-8")))
    assert again.as_json("zh") == shipped.as_json("zh")


def test_branches_of_a_parallel_stand_in_one_frame() -> None:
    steps: Any = [
        {
            "id": "both",
            "parallel": [{"do": [{"id": "a", "task": "receiver"}]}, {"do": [{"id": "b", "task": "inspector"}]}],
        },
        {"id": "done", "end": "completed"},
    ]
    drawn = diagram_of({"start": {"by": ["receiver"]}, "steps": steps})
    assert {node.id: node.frame for node in drawn.nodes} == {"start": None, "a": "both", "b": "both", "done": None}
    assert {(edge.source, edge.target) for edge in drawn.edges} >= {("start", "a"), ("start", "b"), ("both", "done")}


def test_values_of_a_case_become_dots_in_a_title() -> None:
    assert plain_title("验收 {line.product_name} 批号 {line.lot_no}") == "验收 … 批号"


WORDS = st.sampled_from(["a", "b", "c", "none", "end_of_block"])
STEP = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "id": WORDS,
            "task": st.sampled_from(["receiver", "nobody"]),
            "approve": st.one_of(st.none(), st.dictionaries(WORDS, WORDS)),
            "branch": st.lists(st.dictionaries(st.sampled_from(["when", "to", "else"]), WORDS), max_size=2),
            "on": st.dictionaries(WORDS, st.one_of(WORDS, st.none())),
            "next": st.one_of(WORDS, st.integers()),
            "outcomes": st.lists(st.one_of(WORDS, st.dictionaries(st.sampled_from(["key", "zh"]), WORDS)), max_size=2),
            "title": st.one_of(WORDS, st.dictionaries(st.sampled_from(["zh", "en"]), WORDS)),
        },
    ),
    lambda inner: st.fixed_dictionaries({"id": WORDS, "foreach": WORDS, "do": st.lists(inner, max_size=3)}),
    max_leaves=8,
)


@given(st.one_of(st.none(), st.fixed_dictionaries({"steps": st.lists(STEP, max_size=6)})))
def test_any_half_typed_text_draws(definition: Any) -> None:
    diagram_of(definition).as_json("en")


NEW_KINDS: Any = {
    "start": {"by": ["receiver"]},
    "on_message": {"recall": {"keys": "[]", "to": "stop"}, "nowhere": {"to": "gone"}},
    "steps": [
        {"id": "again", "loop": {"while": "data.more", "max": 5}, "do": [{"id": "once", "task": "inspector"}]},
        {
            "id": "hear",
            "wait": {
                "first_of": [
                    {"message": "answer", "keys": "[]", "to": "child"},
                    {"timer": "work:P2D", "to": "done"},
                    {"condition": "data.ready"},
                ]
            },
        },
        {"id": "child", "start": "capa@^1", "on": {"cancelled": "again", "terminated": "again"}},
        {
            "id": "lines",
            "foreach": "data.lines",
            "as": "l",
            "item_key": "l.no",
            "open": True,
            "join": "n_of",
            "n": 2,
            "do": [{"id": "look", "notify": ["everyone(inspector)"], "acknowledge": True}],
        },
        {"id": "done", "end": "completed"},
        {"id": "stop", "end": "terminated"},
    ],
}


@pytest.fixture(scope="module")
def newer() -> Diagram:
    return diagram_of(NEW_KINDS)


def test_loops_and_open_groups_are_frames_that_say_so(newer: Diagram) -> None:
    frames = {frame.id: (frame.kind, frame.note.en) for frame in newer.frames}
    assert frames == {
        "again": ("loop", "5 times at most"),
        "lines": ("foreach", "once for each item, items can be added, 2 will do"),
    }
    assert newer.node("once") is not None and newer.node("again") is None


def test_every_arm_of_a_wait_has_its_route(newer: Diagram) -> None:
    routes = {(edge.target, edge.label.en, edge.exception) for edge in newer.edges if edge.source == "hear"}
    assert routes == {("child", "message answer", True), ("done", "after 2 working d", True), ("child", "", False)}


def test_a_sub_process_is_told_from_the_start_of_the_case(newer: Diagram) -> None:
    child = newer.node("child")
    assert child is not None and (child.kind, child.note.en) == ("subprocess", "capa ^1")
    routes = {(edge.target, edge.label.zh, edge.exception) for edge in newer.edges if edge.source == "child"}
    assert routes == {("once", "取消", True), ("once", "终止", True), ("look", "", False)}


def test_a_message_to_the_whole_case_is_drawn_where_it_leads(newer: Diagram) -> None:
    messages = [node for node in newer.nodes if node.kind == "message"]
    assert [(node.id, node.width) for node in messages] == [("on_message:recall", messages[0].height)]
    assert [edge.target for edge in newer.edges if edge.source == "on_message:recall"] == ["stop"]
    stop = newer.node("stop")
    assert stop is not None and stop.title.zh == "终止"


def test_marks_of_newer_words(newer: Diagram) -> None:
    look = newer.node("look")
    assert look is not None and (look.marks, look.note.zh) == (["acknowledge"], "每一位验收人员")


def test_no_two_steps_of_newer_kinds_cover_each_other(newer: Diagram) -> None:
    assert [(a.id, b.id) for a, b in combinations(newer.nodes, 2) if overlap(a, b)] == []
