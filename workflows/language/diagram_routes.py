"""The lines of a drawing: right angles, in the gutters between columns and rows, never through a node.

Lines that share a gutter run beside each other on tracks; lines to the same step may share a track, for they join.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workflows.language.diagram import Diagram, Edge, Frame, Node

COLUMN_TRACKS = (0, 7, -7, 14, -14, 20, -20)
ROW_TRACKS = (0, 5, -5, 10, -10)
EXIT_SHIFT = 12
Point = tuple[int, int]


@dataclass
class Tracks:
    """Which stretch of which gutter is taken, and by lines to which step."""

    used: dict[tuple[str, int, int], list[tuple[int, int, str]]] = field(default_factory=dict)

    def take(self, way: str, gutter: int, low: int, high: int, target: str, offsets: tuple[int, ...]) -> int:
        """The offset of a free track from `low` to `high`; the last one when all are taken."""
        low, high = min(low, high), max(low, high)
        for offset in offsets:
            held = self.used.setdefault((way, gutter, offset), [])
            if all(other == target or high < start - 4 or low > end + 4 for start, end, other in held):
                held.append((low, high, target))
                return offset
        return offsets[-1]


class Router:
    """Draws the lines of one diagram."""

    def __init__(self, diagram: Diagram, gutter: int, gap: int) -> None:
        self.diagram, self.gutter, self.gap = diagram, gutter, gap
        self.nodes = {node.id: node for node in diagram.nodes}
        self.frames = {frame.id: frame for frame in diagram.frames}
        first_rows: dict[str, int] = {}
        total = 0
        for lane in diagram.lanes:
            first_rows[lane.id] = total
            total += lane.rows
        self.line_of = {node.id: first_rows[node.lane] + node.row for node in diagram.nodes}
        self.cells = {(node.column, self.line_of[node.id]) for node in diagram.nodes}
        self.tracks = Tracks()

    def route(self, edge: Edge) -> list[Point]:
        """The broken line of one edge; empty when an end is not in the drawing."""
        source, target = self.nodes.get(edge.source), self.nodes.get(edge.target)
        if source is None and edge.source in self.frames and target is not None:
            return self._out_of_frame(self.frames[edge.source], target)
        if source is not None and edge.target in self.frames:
            return self._to_frame(source, self.frames[edge.target])
        if source is None or target is None:
            return []
        return self._straight(source, target, edge) or self._bent(source, target, edge)

    def _straight(self, source: Node, target: Node, edge: Edge) -> list[Point]:
        one, other = self.line_of[source.id], self.line_of[target.id]
        if source.column == target.column and other > one and self._free_column(source.column, one, other):
            middle = source.x + source.width // 2
            return [(middle, source.y + source.height), (middle, target.y)]
        if one == other and source.column < target.column and self._free_row(one, source.column, target.column):
            middle = _middle(source)
            return [(source.x + source.width, middle), (target.x, middle)]
        return []

    def _free_column(self, column: int, one: int, other: int) -> bool:
        return all((column, line) not in self.cells for line in range(one + 1, other))

    def _free_row(self, line: int, first: int, last: int) -> bool:
        return all((column, line) not in self.cells for column in range(first + 1, last))

    def _bent(self, source: Node, target: Node, edge: Edge) -> list[Point]:
        down = target.column == source.column and self.line_of[target.id] > self.line_of[source.id]
        # Beside its own column a route goes down on the left and comes back up on the right.
        forward = target.column > source.column or down
        right_out = target.column >= source.column and not down
        exit_gutter = source.column + 1 if right_out else source.column
        enter_gutter = target.column if forward else target.column + 1
        start = (source.x + source.width if right_out else source.x, self._exit(source, target, edge))
        end = (target.x if forward else target.x + target.width, _middle(target))
        if exit_gutter == enter_gutter:
            x = self._vertical(exit_gutter, start[1], end[1], edge)
            return [start, (x, start[1]), (x, end[1]), end]
        line = self.line_of[target.id] + (0 if self.line_of[source.id] < self.line_of[target.id] else 1)
        height = self._height(line)
        y = height + self.tracks.take("row", line, start[0], end[0], target.id, ROW_TRACKS)
        first, second = self._vertical(exit_gutter, start[1], y, edge), self._vertical(enter_gutter, y, end[1], edge)
        return [start, (first, start[1]), (first, y), (second, y), (second, end[1]), end]

    def _exit(self, source: Node, target: Node, edge: Edge) -> int:
        if not edge.exception or source.height < 3 * EXIT_SHIFT:
            return _middle(source)
        return _middle(source) + (EXIT_SHIFT if target.y >= source.y else -EXIT_SHIFT)

    def _vertical(self, gutter: int, low: int, high: int, edge: Edge) -> int:
        offset = self.tracks.take("column", gutter, low, high, edge.target, COLUMN_TRACKS)
        return self._gutter_x(gutter) + offset

    def _gutter_x(self, gutter: int) -> int:
        """The middle of the gutter left of column `gutter`."""
        width = max((node.width for node in self.diagram.nodes), default=0)
        ahead = [node for node in self.diagram.nodes if node.column == gutter]
        if ahead:
            node = ahead[0]
            return node.x - (width - node.width) // 2 - self.gutter // 2
        behind = next(node for node in self.diagram.nodes if node.column == gutter - 1)
        return behind.x + behind.width + (width - behind.width) // 2 + self.gutter // 2

    def _height(self, line: int) -> int:
        """The middle of the gap above row `line`, counted over all lanes."""
        total = 0
        for lane in self.diagram.lanes:
            if line < total + lane.rows:
                step = self._row_height(lane.height, lane.rows)
                return lane.y + (line - total) * step + (4 if line == total else 0) + self._inset(line == total)
            total += lane.rows
        return self.diagram.height - 8

    def _row_height(self, height: int, rows: int) -> int:
        node = max((node.height for node in self.diagram.nodes), default=0)
        return node + self.gap if rows else height

    def _inset(self, first: bool) -> int:
        return 2 if first else 15 - self.gap // 2

    def _out_of_frame(self, frame: Frame, target: Node) -> list[Point]:
        x, y = frame.x + frame.width, _middle(target)
        inside = min(max(y, frame.y + 12), frame.y + frame.height - 12)
        if target.x <= x:
            below = frame.y + frame.height
            return [(frame.x + 24, below), (frame.x + 24, y), (target.x + target.width, y)]
        if inside == y:
            return [(x, y), (target.x, y)]
        middle = (x + target.x) // 2
        return [(x, inside), (middle, inside), (middle, y), (target.x, y)]

    def _to_frame(self, source: Node, frame: Frame) -> list[Point]:
        y, last = _middle(source), max(node.column for node in self.diagram.nodes)
        end = frame.x + frame.width
        inside = [column for column in range(source.column + 1, last + 1) if self._column_x(column) < end]
        if any((column, self.line_of[source.id]) in self.cells for column in inside):
            return []
        return [(source.x + source.width, y), (end, y)]

    def _column_x(self, column: int) -> int:
        return next((node.x for node in self.diagram.nodes if node.column == column), 0)


def _middle(node: Node) -> int:
    return node.y + node.height // 2


def route_edges(diagram: Diagram, gutter: int, gap: int) -> None:
    """Draw every line: the way of success first, so that it gets the straight tracks."""
    router = Router(diagram, gutter, gap)
    for edge in sorted(diagram.edges, key=lambda item: item.exception):
        edge.points = router.route(edge)
