"""Where the parts of a drawing stand: lanes of roles from top to bottom, time from left to right.

Steps of success that follow each other in one lane stand in stacks of three before the next column begins, so that a
whole SOP fits one screen; what happens by exception stands below them. The same definition always gives the same
drawing. All measures in pixels at 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations

from workflows.language.diagram import SYSTEM, Diagram, Frame, Node
from workflows.language.diagram_labels import place_labels
from workflows.language.diagram_routes import route_edges

NODE_WIDTH, NODE_HEIGHT = 142, 46
CIRCLE = 34
GUTTER, ROW_GAP = 60, 22
LANE_PADDING = 15
FRAME_PADDING = 18
LEFT, RIGHT = 20, 40
STACK = 3
ROWS_MAX = 6
LANES_SORTED_MAX = 6
ROUND_KINDS = ("start", "end", "message")


@dataclass
class Grid:
    """Which cell is taken, and which columns belong to a frame."""

    taken: set[tuple[str, int, int]] = field(default_factory=set)
    placed: set[str] = field(default_factory=set)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    last: Node | None = None
    column: int = 0

    def put(self, node: Node, column: int, row: int) -> None:
        """Stand a node in a cell and widen the frames around it."""
        node.column, node.row = column, row
        self.taken.add((node.lane, column, row))
        self.placed.add(node.id)
        self.column = max(self.column, column)

    def empty(self, lane: str, column: int) -> bool:
        """Whether a lane has nothing in a column."""
        return all((lane, column, row) not in self.taken for row in range(ROWS_MAX))


def lay_out(diagram: Diagram) -> None:
    """Give every node, frame, lane and edge its place."""
    grid = Grid()
    _place_block(diagram, None, grid)
    _order_lanes(diagram)
    _measure(diagram, grid)
    route_edges(diagram, GUTTER, ROW_GAP)
    place_labels(diagram)


# ---------------------------------------------------------------- cells
def _place_block(diagram: Diagram, frame: str | None, grid: Grid) -> None:
    children: list[Node | Frame] = [node for node in diagram.nodes if node.frame == frame]
    children += [inner for inner in diagram.frames if inner.parent == frame]
    children.sort(key=lambda child: _text_order(child.pointer))
    for child in children:
        if isinstance(child, Frame):
            _place_frame(diagram, child, grid)
        elif child.main:
            _place_main(child, grid)
    for child in children:
        if isinstance(child, Node) and not child.main:
            _place_side(diagram, child, grid)


def _text_order(pointer: str) -> tuple[int, ...]:
    return tuple(int(part) for part in pointer.split("/") if part.isdigit())


def _place_frame(diagram: Diagram, frame: Frame, grid: Grid) -> None:
    first = grid.column + 1
    grid.column, grid.last = first, None
    _place_block(diagram, frame.id, grid)
    grid.spans[frame.id] = (first, grid.column)
    grid.column += 1
    grid.last = None


def _place_main(node: Node, grid: Grid) -> None:
    last = grid.last
    column, row = grid.column, 0
    if last is not None:
        column = last.column
        if last.lane == node.lane and last.kind not in ROUND_KINDS and last.row + 1 < STACK:
            row = last.row + 1
        elif last.lane == node.lane or not grid.empty(node.lane, column):
            column = grid.column + 1
    while (node.lane, column, row) in grid.taken:
        column, row = (column, row + 1) if row + 1 < STACK else (column + 1, 0)
    grid.put(node, column, row)
    grid.last = node


def _place_side(diagram: Diagram, node: Node, grid: Grid) -> None:
    """The first free cell at or after the column of what leads here, below the way of success."""
    sources = {edge.source for edge in diagram.edges if edge.target == node.id}
    known = [other for other in diagram.nodes if other.id in sources & grid.placed]
    nearest = min((other.column for other in known), default=grid.column)
    below = max(
        (other.row + 1 for other in diagram.nodes if other.main and other.lane == node.lane == SYSTEM), default=0
    )
    column = nearest
    while True:
        if _allowed(diagram, column, node.frame, grid):
            for row in range(below, below + STACK):
                if (node.lane, column, row) not in grid.taken:
                    grid.put(node, column, row)
                    return
        column += 1


def _allowed(diagram: Diagram, column: int, frame: str | None, grid: Grid) -> bool:
    around = {frame}
    parents = {item.id: item.parent for item in diagram.frames}
    while frame is not None:
        frame = parents.get(frame)
        around.add(frame)
    return all(not first <= column <= last for key, (first, last) in grid.spans.items() if key not in around)


def _order_lanes(diagram: Diagram) -> None:
    """The order in which the routes are shortest; beyond six lanes the order of the text. The first stays on top."""
    if len(diagram.lanes) > LANES_SORTED_MAX:
        return
    rows = {lane.id: _rows(diagram, lane.id) for lane in diagram.lanes}
    nodes = {node.id: node for node in diagram.nodes}
    pairs = [
        (nodes[edge.source], nodes[edge.target], 1 if edge.exception else 3)
        for edge in diagram.edges
        if edge.source in nodes and edge.target in nodes
    ]
    keys = [lane.id for lane in diagram.lanes]

    def length(order: tuple[str, ...]) -> int:
        top = {key: sum(rows[above] for above in order[:index]) for index, key in enumerate(order)}
        return sum(weight * abs(top[a.lane] + a.row - top[b.lane] - b.row) for a, b, weight in pairs)

    # min() keeps the first of equals, and permutations() begins with the order of the text.
    best = min((order for order in permutations(keys) if order[0] == keys[0]), key=length, default=tuple(keys))
    diagram.lanes.sort(key=lambda lane: best.index(lane.id))


def _rows(diagram: Diagram, lane: str) -> int:
    return 1 + max((node.row for node in diagram.nodes if node.lane == lane), default=0)


# ---------------------------------------------------------------- pixels
def _measure(diagram: Diagram, grid: Grid) -> None:
    top = 0
    for lane in diagram.lanes:
        lane.rows = _rows(diagram, lane.id)
        lane.y = top
        lane.height = 2 * LANE_PADDING + lane.rows * NODE_HEIGHT + (lane.rows - 1) * ROW_GAP
        top += lane.height
    lefts = _columns(diagram, grid)
    tops = {lane.id: lane.y + LANE_PADDING for lane in diagram.lanes}
    for node in diagram.nodes:
        round_one = node.kind in ROUND_KINDS
        node.width, node.height = (CIRCLE, CIRCLE) if round_one else (NODE_WIDTH, NODE_HEIGHT)
        node.x = lefts[node.column] + (NODE_WIDTH - node.width) // 2
        node.y = tops[node.lane] + node.row * (NODE_HEIGHT + ROW_GAP) + (NODE_HEIGHT - node.height) // 2
    for frame in diagram.frames:
        _bound(diagram, frame, grid, lefts)
    diagram.width = lefts[-1] + NODE_WIDTH + RIGHT
    diagram.height = top


def _columns(diagram: Diagram, grid: Grid) -> list[int]:
    """The left edge of every column; frames need room before and after."""
    last = max((node.column for node in diagram.nodes), default=0)
    left, lefts = LEFT, []
    for column in range(last + 2):
        opens = sum(1 for first, _ in grid.spans.values() if first == column)
        closed = sum(1 for _, end in grid.spans.values() if end == column - 1)
        left += FRAME_PADDING * (opens + closed)
        lefts.append(left)
        left += NODE_WIDTH + GUTTER
    return lefts[: last + 1]


def _bound(diagram: Diagram, frame: Frame, grid: Grid, lefts: list[int]) -> None:
    inside = [node for node in diagram.nodes if _within(diagram, node.frame, frame.id)]
    if not inside:
        return
    first, last = (min(column, len(lefts) - 1) for column in grid.spans[frame.id])
    frame.x = lefts[first] - GUTTER // 2 - FRAME_PADDING // 2
    frame.width = lefts[last] + NODE_WIDTH + GUTTER // 2 + FRAME_PADDING // 2 - frame.x
    frame.y = min(node.y for node in inside) - LANE_PADDING + 4
    frame.height = max(node.y + node.height for node in inside) + LANE_PADDING - 4 - frame.y


def _within(diagram: Diagram, frame: str | None, wanted: str) -> bool:
    parents = {item.id: item.parent for item in diagram.frames}
    while frame is not None:
        if frame == wanted:
            return True
        frame = parents.get(frame)
    return False
