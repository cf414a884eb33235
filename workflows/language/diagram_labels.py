"""Where the words of routes stand: on their line, near the step that decides, and not on top of anything else."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.language.diagram import Diagram, Edge

HEIGHT = 18
STEP = 8
WIDE, NARROW, BORDER, WIDEST = 11, 6, 14, 112
Box = tuple[int, int, int, int]


def place_labels(diagram: Diagram) -> None:
    """Give every route with words its place; routes between the same two steps share one."""
    taken = [(node.x, node.y, node.x + node.width, node.y + node.height) for node in diagram.nodes]
    taken += [(frame.x, frame.y - 14, frame.x + 190, frame.y + 14) for frame in diagram.frames]
    groups: dict[tuple[str, str], list[Edge]] = {}
    for edge in diagram.edges:
        if edge.label.zh and len(edge.points) > 1:
            groups.setdefault((edge.source, edge.target), []).append(edge)
    for edges in groups.values():
        width = min(WIDEST, BORDER + sum(max(_width(edge.label.zh), _width(edge.label.en)) for edge in edges))
        x, y = _best(edges[0].points, width, taken)
        taken.append(_around(x, y, width))
        for edge in edges:
            edge.x, edge.y = x, y


def _best(points: list[tuple[int, int]], width: int, taken: list[Box]) -> tuple[int, int]:
    """The first place along the line where nothing is covered, else where least is."""
    places = list(_along(points))
    costs = [sum(_shared(_around(x, y, width), other) for other in taken) for x, y in places]
    return places[costs.index(min(costs))]


def _along(points: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Points on the line a few pixels apart, the first and last stretch (at the nodes) left out a little."""
    for (x1, y1), (x2, y2) in zip(points, points[1:], strict=False):
        length = abs(x2 - x1) + abs(y2 - y1)
        if length < 2 * STEP:
            continue
        for distance in range(STEP, length - STEP + 1, STEP):
            yield x1 + (x2 - x1) * distance // length, y1 + (y2 - y1) * distance // length
    first, last = points[0], points[-1]
    yield (first[0] + last[0]) // 2, (first[1] + last[1]) // 2


def _around(x: int, y: int, width: int) -> Box:
    return (x - width // 2, y - HEIGHT // 2, x + width // 2, y + HEIGHT // 2)


def _shared(one: Box, other: Box) -> int:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide * high if wide > 0 and high > 0 else 0


def _width(text: str) -> int:
    return sum(NARROW if ord(character) < 0x2E80 else WIDE for character in text)
