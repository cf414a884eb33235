"""Where the nodes of a trace are drawn: columns from left to right as the goods went, folded where there are too many.

Pure: facts in, places out. The browser only draws them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH, GAP_X, GAP_Y, TOP, LEFT = 164, 62, 14, 14, 14
LINE, PADDING = 19, 14
FOLD_AT: Mapping[str, int] = {"customer": 12, "lot": 8, "supplier": 6, "sent_back": 4}
"""So many nodes of a kind are drawn at once; opened groups show up to `OPEN_MAX`."""
OPEN_MAX = 150
WIDEST, THINNEST = 20.0, 2.0
ENDS = frozenset({"customer", "sent_back", "destroyed", "adjusted", "elsewhere", "other_sites"})
"""Kinds in which goods end; they stand in the last column."""
SOURCES = frozenset({"supplier", "found"})


@dataclass
class Node:
    """A box of the picture: `members` are the nodes folded into a group."""

    id: str
    kind: str
    facts: dict[str, Any]
    members: tuple[str, ...] = ()
    column: int = 0
    x: float = 0
    y: float = 0
    height: float = 56


@dataclass
class Line:
    """A line of the picture and where its words stand."""

    source: str
    target: str
    kind: str
    qty: int
    width: float = THINNEST
    path: str = ""
    x: float = 0
    y: float = 0


@dataclass
class Picture:
    """Everything that is drawn, and in which group a folded node is."""

    nodes: list[Node]
    lines: list[Line]
    width: float = 0
    height: float = 0
    folded: dict[str, str] = field(default_factory=dict)

    def shown(self, node: str) -> str:
        """The box in which a node is seen: itself, or the group it is folded into."""
        return self.folded.get(node, node)


def draw(told: Mapping[str, Any], opened: Iterable[str] = ()) -> Picture:
    """Place what `services.trace_ways.ways` told; groups named in `opened` (kinds) show their members."""
    nodes = {one["id"]: Node(one["id"], one["kind"], dict(one)) for one in told["nodes"]}
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    folded = _fold(nodes, told["links"], set(opened))
    for link in told["links"]:
        source, target = (folded.get(str(link[end]), str(link[end])) for end in ("from", "to"))
        if source != target:
            sums[source, target, link["kind"]] += link["quantity"]
    lines = [Line(*key, qty) for key, qty in sums.items()]
    picture = Picture(list(nodes.values()), lines, folded=folded)
    _pass_through(picture)
    _columns(picture)
    _rows(picture)
    _paths(picture)
    return picture


# ------------------------------------------------------------------ folding


def _fold(nodes: dict[str, Node], links: Sequence[Mapping[str, Any]], opened: set[str]) -> dict[str, str]:
    """Take the smallest of a kind together, so that the rest stays readable."""
    size: dict[str, int] = defaultdict(int)
    for link in links:
        size[link["from"]] += link["quantity"]
        size[link["to"]] += link["quantity"]
    folded: dict[str, str] = {}
    for kind, most in FOLD_AT.items():
        same = sorted((n for n in nodes.values() if n.kind == kind), key=lambda n: (-size[n.id], n.id))
        most = OPEN_MAX if kind in opened else most
        if len(same) <= most + 1:  # a group of one says less than the one
            continue
        rest = same[most:]
        group = Node(f"group:{kind}", "group", {"of": kind, "count": len(rest), "quantity": _came(rest, links)})
        group.members = tuple(node.id for node in rest)
        for node in rest:
            folded[node.id] = group.id
            del nodes[node.id]
        nodes[group.id] = group
    return folded


def _came(rest: Sequence[Node], links: Sequence[Mapping[str, Any]]) -> int:
    """The units that came to a group, or left it where none came."""
    names = {node.id for node in rest}
    into = sum(link["quantity"] for link in links if link["to"] in names)
    return into or sum(link["quantity"] for link in links if link["from"] in names)


def _pass_through(picture: Picture) -> None:
    """A road on which nothing is any more, between two ends, is one line between them."""
    for node in [one for one in picture.nodes if one.kind == "transit" and not one.facts.get("quantity")]:
        into = [line for line in picture.lines if line.target == node.id]
        out = [line for line in picture.lines if line.source == node.id]
        if len(into) == 1 and len(out) == 1 and into[0].source != out[0].target:
            into[0].target, into[0].kind = out[0].target, "flow"
            picture.lines.remove(out[0])
            picture.nodes.remove(node)
            picture.folded[node.id] = into[0].target


# ------------------------------------------------------------------ places


def _columns(picture: Picture) -> None:
    """The longest way to a node is its column; lines that would lead back do not count. Ends stand last."""
    after: dict[str, list[str]] = defaultdict(list)
    for line in picture.lines:
        after[line.source].append(line.target)
    depth = _depths([node.id for node in picture.nodes], after)
    last = max((depth[node.id] for node in picture.nodes), default=0)
    if any(node.kind not in ENDS and not _is_end_group(node) and depth[node.id] == last for node in picture.nodes):
        last += any(node.kind in ENDS or _is_end_group(node) for node in picture.nodes)
    for node in picture.nodes:
        node.column = last if node.kind in ENDS or _is_end_group(node) else depth[node.id]


def _is_end_group(node: Node) -> bool:
    return node.kind == "group" and node.facts["of"] in ENDS


def _depths(names: Sequence[str], after: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Depth by the longest way, found from the end without recursion, ways back left out."""
    order: list[str] = []
    state: dict[str, int] = {}
    forward: dict[str, list[str]] = defaultdict(list)
    for start in names:
        stack: list[tuple[str, int]] = [(start, 0)] if start not in state else []
        if stack:
            state[start] = 1
        while stack:
            here, place = stack.pop()
            targets = after.get(here, ())
            if place == len(targets):
                state[here] = 2
                order.append(here)
                continue
            stack.append((here, place + 1))
            target = targets[place]
            if state.get(target) == 1:
                continue  # a way back
            forward[here].append(target)
            if target not in state:
                state[target] = 1
                stack.append((target, 0))
    depth = dict.fromkeys(names, 0)
    for here in reversed(order):
        for target in forward[here]:
            depth[target] = max(depth[target], depth[here] + 1)
    return depth


def _rows(picture: Picture) -> None:
    """Within a column, nodes stand near what they came from; the column is centred."""
    columns: dict[int, list[Node]] = defaultdict(list)
    for node in picture.nodes:
        node.height = PADDING + LINE * (1 + line_count(node))
        columns[node.column].append(node)
    tall = {column: sum(node.height + GAP_Y for node in nodes) - GAP_Y for column, nodes in columns.items()}
    picture.height = max(tall.values(), default=0) + 2 * TOP
    picture.width = LEFT * 2 + (max(columns, default=0) + 1) * (WIDTH + GAP_X) - GAP_X
    middle: dict[str, float] = {}
    for column in sorted(columns):
        came = {node.id: _pull(node, picture.lines, middle) for node in columns[column]}
        columns[column].sort(
            key=lambda node: (node.kind == "group", came[node.id], -_weight(node, picture.lines), node.id)
        )
        y = TOP + (picture.height - 2 * TOP - tall[column]) / 2
        for node in columns[column]:
            node.x, node.y = LEFT + column * (WIDTH + GAP_X), y
            middle[node.id] = y + node.height / 2
            y += node.height + GAP_Y


def line_count(node: Node) -> int:
    """The lines of facts below the name of a node."""
    if node.kind == "store":
        return max(1, len(node.facts.get("held") or ()))
    return 2 if node.kind in ("lot", "group") else 1


def _pull(node: Node, lines: Sequence[Line], middle: Mapping[str, float]) -> float:
    near = [(middle[line.source], line.qty) for line in lines if line.target == node.id and line.source in middle]
    total = sum(qty for _, qty in near)
    return sum(y * qty for y, qty in near) / total if total else 0.0


def _weight(node: Node, lines: Sequence[Line]) -> int:
    return sum(line.qty for line in lines if node.id in (line.source, line.target))


def _paths(picture: Picture) -> None:
    """Curves from the right side of a node to the left side of the next, as wide as the quantity."""
    places = {node.id: node for node in picture.nodes}
    most = max((line.qty for line in picture.lines), default=1)
    starts, ends = _ports(picture, places, "source", "target"), _ports(picture, places, "target", "source")
    for line in picture.lines:
        line.width = round(max(THINNEST, WIDEST * line.qty / most), 1)
        source, target = places[line.source], places[line.target]
        x1, y1, x2, y2 = source.x + WIDTH, starts[id(line)], target.x, ends[id(line)]
        bend = max(40.0, abs(x2 - x1) / 2) if x2 > x1 else GAP_X
        line.path = f"M{x1:.0f},{y1:.1f} C{x1 + bend:.0f},{y1:.1f} {x2 - bend:.0f},{y2:.1f} {x2:.0f},{y2:.1f}"
        line.x, line.y = (x1 + x2) / 2, (y1 + y2) / 2


def _ports(picture: Picture, places: Mapping[str, Node], here: str, there: str) -> dict[int, float]:
    """Where each line touches the side of its node: spread over it, in the order of the other ends."""
    of: dict[str, list[Line]] = defaultdict(list)
    for line in picture.lines:
        of[getattr(line, here)].append(line)
    found: dict[int, float] = {}
    for name, lines in of.items():
        node = places[name]
        lines.sort(key=lambda line: (places[getattr(line, there)].y, line.kind))
        for place, line in enumerate(lines):
            found[id(line)] = node.y + node.height * (place + 1) / (len(lines) + 1)
    return found
