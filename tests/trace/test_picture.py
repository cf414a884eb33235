"""The picture: goods go from left to right, groups fold what is too much, nothing lies over another, nothing is lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from ui.trace.graph import as_props
from ui.trace.panels import did
from ui.trace.picture import FOLD_AT, draw


def node(kind: str, number: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{kind}:{number}",
        "kind": kind,
        "name": f"{kind} {number}",
        "code": "",
        "quantity": 1,
        "unit": "",
        **more,
    }


def link(source: str, target: str, qty: int = 1, kind: str = "flow") -> dict[str, Any]:
    return {"from": source, "to": target, "kind": kind, "quantity": qty, "lot_id": 1}


def ways(customers: int) -> dict[str, Any]:
    nodes = [node("supplier"), node("lot", 1), node("store", 1, held={"QUALIFIED": 3, "HOLD": 2}), node("lot", 2)]
    nodes += [node("customer", n) for n in range(customers)]
    links = [link("supplier:0", "lot:1", 400), link("lot:1", "store:1", 400), link("store:1", "lot:2", 24, "repack")]
    links += [link("store:1", f"customer:{n}", n + 1) for n in range(customers)]
    return {"nodes": nodes, "links": [*links, link("lot:2", "customer:0", 10)]}


def test_goods_go_from_left_to_right_and_the_widest_line_is_the_largest_quantity() -> None:
    picture = draw(ways(4))
    x = {one.id: one.x for one in picture.nodes}
    assert x["supplier:0"] < x["lot:1"] < x["store:1"] < x["lot:2"] < x["customer:0"] == x["customer:3"]
    by_ends = {(line.source, line.target): line for line in picture.lines}
    assert by_ends["supplier:0", "lot:1"].width > by_ends["store:1", "lot:2"].width >= 2
    assert by_ends["store:1", "lot:2"].kind == "repack"


def test_too_many_fold_into_a_group_with_their_sum_and_open_again() -> None:
    told = ways(40)
    picture = draw(told)
    group = next(one for one in picture.nodes if one.kind == "group")
    assert group.facts["count"] == 40 - FOLD_AT["customer"] and group.facts["of"] == "customer"
    assert sum(line.qty for line in picture.lines if line.target == group.id) == group.facts["quantity"]
    assert picture.shown("customer:3") == group.id and picture.shown("customer:39") == "customer:39"
    assert len(draw(told, {"customer"}).nodes) == 44
    assert len(draw(ways(3_000), {"customer"}).nodes) <= 200
    assert as_props(picture, "en", {"lot:1"})["nodes"][-1]["title"] == "28 more customers"


def test_an_empty_road_between_two_stores_is_one_line() -> None:
    nodes = [node("store", 1), node("transit", 1, quantity=0), node("store", 2)]
    picture = draw(
        {
            "nodes": nodes,
            "links": [link("store:1", "transit:1", 9, "transit"), link("transit:1", "store:2", 9, "transit")],
        }
    )
    assert [(line.source, line.target, line.kind) for line in picture.lines] == [("store:1", "store:2", "flow")]
    nodes[1]["quantity"] = 4
    picture = draw(
        {
            "nodes": nodes,
            "links": [link("store:1", "transit:1", 9, "transit"), link("transit:1", "store:2", 5, "transit")],
        }
    )
    assert {line.kind for line in picture.lines} == {"transit"} and len(picture.nodes) == 3


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 99)), max_size=60))
def test_whatever_the_way_every_unit_is_drawn_and_no_box_lies_on_another(pairs: list[tuple[int, int, int]]) -> None:
    links = [link(f"store:{a}", f"store:{b}", qty) for a, b, qty in pairs if a != b]
    picture = draw({"nodes": [node("store", n) for n in range(13)], "links": links})
    assert sum(line.qty for line in picture.lines) == sum(one["quantity"] for one in links)
    columns: dict[float, list[Any]] = {}
    for one in picture.nodes:
        columns.setdefault(one.x, []).append(one)
    for nodes in columns.values():
        nodes.sort(key=lambda one: one.y)
        assert all(low.y + low.height < high.y for low, high in zip(nodes, nodes[1:], strict=False))
    assert all(0 <= one.x and 0 <= one.y and one.y + one.height <= picture.height for one in picture.nodes)


def test_what_a_step_did_follows_from_its_places() -> None:
    def step(source: str, target: str, same: bool = False) -> dict[str, Any]:
        return {"from": {"kind": source, "location": "a"}, "to": {"kind": target, "location": "a" if same else "b"}}

    told = {
        ("SUPPLIER", "INTERNAL"): "receive", ("INTERNAL", "CUSTOMER"): "issue", ("CUSTOMER", "INTERNAL"): "return",
        ("INTERNAL", "TRANSIT"): "depart", ("TRANSIT", "INTERNAL"): "arrive", ("INTERNAL", "REPACK"): "repack",
        ("REPACK", "DOCK"): "made", ("INTERNAL", "CONSIGNMENT"): "lend", ("CONSIGNMENT", "INTERNAL"): "back",
        ("INTERNAL", "INTERNAL"): "move", ("INTERNAL", "SUPPLIER"): "send_back", ("INTERNAL", "DESTROYED"): "destroy",
    }  # fmt: skip
    assert {pair: did(step(*pair)) for pair in told} == told
    assert did(step("INTERNAL", "INTERNAL", same=True)) == "status"
