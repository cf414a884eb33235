"""In which order the fields of a form are worked out: each after the fields that its expressions read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING

from domain.errors import GspError
from rules.ast import Expr, Index, Literal, Member, Name, Node

if TYPE_CHECKING:
    from forms.model import Field, Section

Path = tuple[str, ...]


def paths_of(expr: Expr, root: str) -> set[Path]:
    """What an expression reads below the scope name ``root``: ``form.a.b`` → ``("a", "b")``, bare ``form`` → ``()``."""
    found: set[Path] = set()
    _collect(expr.root, root, found)
    return found


def in_order(outside: Sequence[Field], section_of: Mapping[str, Section]) -> list[Field]:
    """The fields outside rows in working order. Raises ``GspError`` (``cycle``) when expressions read in a circle."""
    reads = {one.pointer: _reads(one, section_of) for one in outside}
    return sorted_by(outside, lambda one, other: _depends(one, other, reads[one.pointer]))


def columns_in_order(columns: Sequence[Field]) -> list[Field]:
    """The columns of a row in working order, by what they read of ``row``."""
    reads = {one.name: {path[0] if path else "" for path in _own(one, "row")} for one in columns}
    return sorted_by(columns, lambda one, other: bool(reads[one.name] & {other.name, ""}))


def sorted_by(nodes: Sequence[Field], depends: Callable[[Field, Field], bool]) -> list[Field]:
    """A stable topological order; a circle is a ``GspError``."""
    done: list[Field] = []
    state: dict[str, str] = {}

    def visit(one: Field) -> None:
        if state.get(one.pointer) == "open":
            raise _cycle(one)
        if one.pointer in state:
            return
        state[one.pointer] = "open"
        for other in nodes:
            if depends(one, other):
                visit(other)
        state[one.pointer] = "done"
        done.append(one)

    for one in nodes:
        visit(one)
    return done


def _cycle(one: Field) -> GspError:
    return GspError(
        "cycle",
        f"字段“{one.label.zh}”（{one.pointer}）的显示条件或计算公式绕了一圈又依赖它自己。请去掉其中一个引用。",
        f"The visible or computed expressions around “{one.label.en}” ({one.pointer}) depend on each other in a "
        "circle. Take one of the references out.",
    )


def _reads(one: Field, section_of: Mapping[str, Section]) -> set[Path]:
    section = section_of.get(one.pointer[1:])
    found = _own(one, "form")
    if section is not None and section.visible is not None:
        found |= paths_of(section.visible, "form")
    for column in one.items:
        found |= _own(column, "form")
    return found


def _own(one: Field, root: str) -> set[Path]:
    return {path for expr in (one.visible, one.computed) if expr is not None for path in paths_of(expr, root)}


def _depends(one: Field, other: Field, reads: set[Path]) -> bool:
    mine, its = tuple(one.pointer.split("/")[1:]), tuple(other.pointer.split("/")[1:])
    if one is not other and mine[: len(its)] == its:
        return True  # a nested field comes after the object it stands in
    return any(_touches(path, its) for path in reads)


def _touches(path: Path, its: Path) -> bool:
    short = min(len(path), len(its))
    return path[:short] == its[:short]


def _collect(node: Node, root: str, found: set[Path]) -> None:
    chain = _chain(node, root)
    if chain is not None:
        found.add(chain)
        return
    for child in _children(node):
        _collect(child, root, found)


def _chain(node: Node, root: str) -> Path | None:
    if isinstance(node, Name):
        return () if node.name == root else None
    if isinstance(node, Member):
        inner = _chain(node.target, root)
        return None if inner is None else (*inner, node.field_name)
    if isinstance(node, Index) and isinstance(node.index, Literal) and isinstance(node.index.value, str):
        inner = _chain(node.target, root)
        return None if inner is None else (*inner, node.index.value)
    return None


def _children(node: Node) -> Iterator[Node]:
    for one in dataclass_fields(node):
        yield from _nodes(getattr(node, one.name))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)
