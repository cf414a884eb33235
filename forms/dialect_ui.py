"""What the meta-schema cannot say about the ``ui`` half of a form: hints that fit, expressions, sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from domain.errors import Fault, Text
from forms.order import paths_of
from forms.pointers import pointer_of
from forms.scan_hint import scan_faults
from forms.schema import choices
from forms.system_fields import section_fault
from rules.ast import Expr
from rules.errors import ExprSyntaxError
from rules.parse import parse

FIELDS_MAX = 150
"""Fields of one page outside grids; a longer form is split into steps."""
WIDGETS: dict[str, frozenset[str]] = {
    "text": frozenset({"string"}),
    "textarea": frozenset({"string"}),
    "number": frozenset({"number", "integer"}),
    "integer": frozenset({"integer", "number"}),
    "date": frozenset({"string"}),
    "datetime": frozenset({"string"}),
    "select": frozenset({"string", "integer", "number", "boolean", "array"}),
    "radio": frozenset({"string", "integer", "number", "boolean"}),
    "segmented": frozenset({"string", "integer", "number", "boolean"}),
    "checkbox": frozenset({"boolean"}),
    "grid": frozenset({"array"}),
    "group": frozenset({"object"}),
    "list": frozenset({"array"}),
    "file": frozenset({"object", "array"}),
    "photo": frozenset({"object", "array"}),
    "udi_scan": frozenset({"string"}),
    "temperature_chart": frozenset({"object", "array", "string"}),
}
"""Widgets by the types they can show; ``computed`` and ``readonly`` show any."""
_FORMAT_OF = {"date": "date", "datetime": "date-time", "udi_scan": None, "file": "attachment", "photo": "attachment"}
_NEEDS_CHOICES = frozenset({"radio", "segmented"})


class UiCheck:
    """Checks the hints against the resolved schema."""

    def __init__(self, schema: Any, ui: Any) -> None:
        self._ui: Any = ui if isinstance(ui, dict) else None
        self._schema = schema
        self._nodes = dict(_nodes(schema, ""))

    def faults(self) -> list[Fault]:
        """All faults of the hints; none when there is no ``ui``."""
        if self._ui is None:
            return []
        out = [*self._sections(), *self._structure(), *scan_faults(self._schema, self._ui)]
        hints = _dict(self._ui.get("fields"))
        for pointer, hint in hints.items():
            out += self._hint(pointer, _dict(hint))
        for pointer, node in self._nodes.items():
            out += self._words(pointer, node, _dict(hints.get(pointer)))
        return out

    # ------------------------------------------------------------ layout

    def _structure(self) -> Iterator[Fault]:
        outside = [pointer for pointer in self._nodes if not self._in_row(pointer)]
        if len(outside) > FIELDS_MAX:
            yield _fault(
                ("schema",),
                "too_many_fields",
                f"表单有 {len(outside)} 个字段，最多 {FIELDS_MAX} 个。请分成几个步骤。",
                f"The form has {len(outside)} fields, at most {FIELDS_MAX} fit on a page. Split it into steps.",
            )
        for pointer, node in self._nodes.items():
            inner = node.get("items") if node.get("type") == "array" else node
            deep = self._in_row(pointer) and (
                _dict(inner).get("type") == "object" and _dict(inner).get("format") != "attachment"
            )
            if deep:
                yield _fault(
                    ("ui", "fields", pointer),
                    "nested_rows",
                    f"表格行里的“{pointer}”不能再是一组字段或表格。",
                    f"“{pointer}” stands in a row and cannot be a group or a grid itself.",
                )

    def _sections(self) -> Iterator[Fault]:
        sections = [one for one in _list(self._ui.get("sections")) if isinstance(one, dict)]
        known = list(_dict(self._schema.get("properties")))
        placed = Counter(name for one in sections for name in _list(one.get("fields")))
        for key, count in Counter(one.get("key") for one in sections).items():
            if count > 1:
                yield _fault(
                    ("ui", "sections"),
                    "section_twice",
                    f"分区“{key}”出现了 {count} 次。",
                    f"The section “{key}” stands {count} times.",
                )
        for index, one in enumerate(sections):
            yield from self._section(index, one, known, placed)
        for name in known if sections else ():
            if name not in placed:
                yield _fault(
                    ("schema", "properties", name),
                    "field_without_section",
                    f"字段“{name}”不在任何分区里，没有人看得到它。",
                    f"The field “{name}” stands in no section: nobody would see it.",
                )

    def _section(self, index: int, one: Any, known: list[str], placed: Counter[Any]) -> Iterator[Fault]:
        where = ("ui", "sections", index)
        for place, name in enumerate(_list(one.get("fields"))):
            if name not in known:
                yield _fault(
                    (*where, "fields", place),
                    "unknown_property",
                    f"表单没有字段“{name}”。",
                    f"The form has no field “{name}”.",
                )
            elif placed[name] > 1:
                yield _fault(
                    (*where, "fields", place),
                    "field_in_two_sections",
                    f"字段“{name}”在两个分区里。",
                    f"The field “{name}” stands in two sections.",
                )
        found = section_fault(one.get("title"))
        if found is not None and any(self._is_entered(name) for name in _list(one.get("fields"))):
            yield Fault(pointer_of((*where, "title")), *found)
        if isinstance(one.get("visible"), str):
            yield from self._expression(one["visible"], (*where, "visible"), None)

    def _is_entered(self, name: Any) -> bool:
        node, hint = self._nodes.get(f"/{name}", {}), _dict(_dict(self._ui.get("fields")).get(f"/{name}"))
        return not node.get("readOnly") and "computed" not in hint

    # ------------------------------------------------------------ hints

    def _hint(self, pointer: str, hint: Any) -> Iterator[Fault]:
        where = ("ui", "fields", pointer)
        node = self._nodes.get(pointer)
        if node is None:
            yield _fault(
                where, "unknown_property", f"表单没有位于“{pointer}”的字段。", f"The form has no field at “{pointer}”."
            )
            return
        yield from self._widget(hint.get("widget"), node, where)
        for key in ("visible", "computed"):
            if isinstance(hint.get(key), str):
                yield from self._expression(hint[key], (*where, key), self._grid_of(pointer))
        permitted = {str(value) for value, _ in _choices(node)}
        for value in _dict(hint.get("enumTitles")):
            if value not in permitted:
                yield _fault(
                    (*where, "enumTitles", value),
                    "unknown_choice",
                    f"“{value}”不是此字段的选项。",
                    f"“{value}” is no choice of this field.",
                )
        columns = _dict(_dict(node.get("items")).get("properties"))
        if "row_key" in hint and hint["row_key"] not in columns:
            yield _fault(
                (*where, "row_key"),
                "unknown_property",
                f"表格没有列“{hint['row_key']}”。",
                f"The grid has no column “{hint['row_key']}”.",
            )

    def _widget(self, widget: Any, node: Any, where: tuple[Any, ...]) -> Iterator[Fault]:
        types = WIDGETS.get(widget) if isinstance(widget, str) else None
        if types is None:
            return
        inner = _dict(node.get("items")) if node.get("type") == "array" else node
        wanted = _FORMAT_OF.get(widget)
        fits = node.get("type") in types and (wanted is None or inner.get("format") == wanted)
        if widget in _NEEDS_CHOICES and node.get("type") != "boolean":
            fits = fits and bool(_choices(node))
        if widget == "grid":
            fits = fits and inner.get("type") == "object" and inner.get("format") != "attachment"
        if not fits:
            yield _fault(
                (*where, "widget"),
                "widget_for_type",
                f"控件 {widget} 不适合这个字段（类型 {node.get('type')}）。",
                f"The widget {widget} does not fit this field (type {node.get('type')}).",
            )

    def _words(self, pointer: str, node: Any, hint: Any) -> Iterator[Fault]:
        where = ("ui", "fields", pointer)
        if "label" not in hint:
            yield _fault(
                where,
                "label_missing",
                f"字段“{pointer}”没有中英文标签（label）。",
                f"The field “{pointer}” has no label in zh and en.",
            )
        titles = _dict(hint.get("enumTitles"))
        missing = [str(value) for value, _ in _choices(node) if str(value) not in titles]
        if missing:
            yield _fault(
                (*where, "enumTitles"),
                "enum_title_missing",
                f"选项没有中英文名称：{'、'.join(missing)}。",
                f"Choices without words in zh and en: {', '.join(missing)}.",
            )

    # ------------------------------------------------------------ expressions

    def _expression(self, text: str, where: tuple[Any, ...], grid: str | None) -> Iterator[Fault]:
        try:
            expr = parse(text)
        except ExprSyntaxError as error:
            yield Fault(
                pointer_of(where),
                "expression",
                Text(f"表达式有误：{error.message_zh}", f"In the expression: {error.message_en}"),
            )
            return
        yield from self._names(expr, "form", "", where)
        if grid is not None:
            yield from self._names(expr, "row", grid, where)
        elif paths_of(expr, "row"):
            yield _fault(
                where,
                "row_outside_grid",
                "row 只能用在表格的列里，这里请用 form。",
                "row is for columns of a grid; use form here.",
            )

    def _names(self, expr: Expr, root: str, base: str, where: tuple[Any, ...]) -> Iterator[Fault]:
        for path in sorted(paths_of(expr, root)):
            here = base
            for name in path:
                node = self._nodes.get(f"{here}/{name}")
                if node is None:
                    yield _fault(
                        where,
                        "unknown_property",
                        f"表达式中的 {root}.{'.'.join(path)} 不是本表单的字段。",
                        f"{root}.{'.'.join(path)} in the expression is no field of this form.",
                    )
                    break
                here = f"{here}/{name}"
                if node.get("type") != "object" or node.get("format") == "attachment":
                    break

    def _grid_of(self, pointer: str) -> str | None:
        parent = pointer.rpartition("/")[0]
        return parent if parent and self._nodes.get(parent, {}).get("type") == "array" else None

    def _in_row(self, pointer: str) -> bool:
        while parent := pointer.rpartition("/")[0]:
            if self._nodes.get(parent, {}).get("type") == "array":
                return True
            pointer = parent
        return False


def _nodes(schema: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    inner = _dict(schema.get("items")) if schema.get("type") == "array" else schema
    for name, node in _dict(inner.get("properties")).items():
        if isinstance(node, dict):
            yield f"{prefix}/{name}", node
            yield from _nodes(node, f"{prefix}/{name}")


def _choices(node: Any) -> list[Any]:
    inner = _dict(node.get("items")) if node.get("type") == "array" else node
    return choices(inner)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _fault(path: tuple[Any, ...], code: str, zh: str, en: str) -> Fault:
    return Fault(pointer_of(path), code, Text(zh, en))
