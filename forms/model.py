"""A form as programs walk it: sections, fields with labels, limits and expressions. Pure; made from ``{schema, ui}``.

``load_form`` expects a form that ``dialect.check_form`` accepts and does not repeat its checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.canonical import digest
from domain.errors import Text
from domain.json_types import Json, JsonObject
from forms.order import columns_in_order, in_order
from forms.pointers import field_pointer
from forms.schema import choices, engine_schema, resolved
from rules.ast import Expr
from rules.parse import parse

MAIN_SECTION = "main"
REST_SECTION = "rest"
_CACHE_MAX = 512


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``pointer`` has no row indices (``/lines/lot_no``); ``required`` is the unconditional requirement.

    ``read_only`` covers computed fields too: a client sets neither. Limits are the schema's, ``None`` = no limit.
    """

    pointer: str
    name: str
    type: str
    label: Text
    widget: str
    format: str | None = None
    help: Text | None = None
    placeholder: Text | None = None
    required: bool = False
    read_only: bool = False
    computed: Expr | None = None
    visible: Expr | None = None
    enum: tuple[tuple[Json, Text], ...] = ()
    default: Json = None
    scale: int | None = None
    unit: str | None = None
    section: str | None = None
    minimum: Any = None
    maximum: Any = None
    exclusive_minimum: Any = None
    exclusive_maximum: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    columns: int | None = None
    autofocus: bool = False
    scan: bool = False
    personal: bool = False
    external_event_time: bool = False
    row_key: str | None = None
    """Of an array of objects: the column by which a row keeps its identity (see ``fill``)."""
    fields: tuple[Field, ...] = ()
    """The fields of a nested object."""
    items: tuple[Field, ...] = ()
    """The columns of an array of objects, in the order of the schema."""
    row_order: tuple[Field, ...] = ()
    """The same columns, each after the columns that its expressions read."""
    item: Field | None = None
    """The element of an array of single values or attachments."""

    @property
    def is_grid(self) -> bool:
        """Whether this is an array of objects."""
        return bool(self.items)

    def choice(self, value: Json) -> Text | None:
        """The words for one of the permitted values."""
        return next((text for key, text in self.enum if key == value and type(key) is type(value)), None)

    def walk(self) -> Iterator[Field]:
        """The field and everything below it."""
        yield self
        for below in (*self.fields, *self.items):
            yield from below.walk()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form with a heading; a section that is not visible hides its fields."""

    key: str
    title: Text
    fields: tuple[str, ...]
    visible: Expr | None = None


@dataclass(frozen=True, eq=False)
class Form:
    """A form. ``sha`` identifies it; ``fields`` are the top-level fields in the order of the sections."""

    sha: str
    schema: JsonObject
    constraints: JsonObject
    ui: JsonObject
    title: Text
    sections: tuple[Section, ...]
    fields: tuple[Field, ...]
    by_pointer: dict[str, Field] = field(repr=False)
    order: tuple[Field, ...] = field(repr=False)
    """Fields outside rows in an order in which each comes after all that its expressions read."""
    section_of: dict[str, Section] = field(repr=False)

    has_expressions: bool = True

    def field(self, pointer: str) -> Field | None:
        """The field at a field pointer or a value pointer (``/lines/lot_no``, ``/lines/0/lot_no``)."""
        return self.by_pointer.get(pointer) or self.by_pointer.get(field_pointer(pointer))


_loaded: dict[str, Form] = {}


def form_sha(form: JsonObject) -> str:
    """The identity of a form, schema and ui together."""
    return digest("form", form)


def load_form(form: JsonObject, sha: str | None = None) -> Form:
    """The form as fields; kept by its hash, so loading again costs the hash only (nothing when ``sha`` is given)."""
    key = sha or form_sha(form)
    found = _loaded.get(key)
    if found is None:
        if len(_loaded) >= _CACHE_MAX:
            _loaded.clear()
        found = _loaded[key] = _load(form, key)
    return found


def text_of(value: Any, fallback: str) -> Text:
    """``{zh, en}`` as ``Text``; a missing language falls back to the other, then to ``fallback``."""
    words = value if isinstance(value, dict) else {}
    zh, en = words.get("zh"), words.get("en")
    return Text(str(zh or en or fallback), str(en or zh or fallback))


def _load(form: Any, sha: str) -> Form:
    schema = resolved(form["schema"])
    ui = form.get("ui") or {}
    reader = _Reader(ui.get("fields") or {})
    plain = {name: reader.field(schema, name, "") for name in _properties(schema)}
    sections = _sections(ui, list(plain))
    section_of = {name: section for section in sections for name in section.fields}
    fields = tuple(plain[name] for section in sections for name in section.fields)
    fields = tuple(_with_section(one, section_of[one.name].key) for one in fields)
    by_pointer = {one.pointer: one for top in fields for one in top.walk()}
    outside = [one for top in fields for one in _outside_rows(top)]
    return Form(
        sha,
        schema,
        engine_schema(schema),
        ui,
        text_of(ui.get("title"), str(schema.get("title", ""))),
        sections,
        fields,
        by_pointer,
        tuple(in_order(outside, section_of)),
        section_of,
        any(one.visible or one.computed for one in by_pointer.values()) or any(one.visible for one in sections),
    )


def _properties(schema: Any) -> JsonObject:
    return schema.get("properties") or {}


def _outside_rows(one: Field) -> Iterator[Field]:
    yield one
    for below in one.fields:
        yield from _outside_rows(below)


def _with_section(one: Field, section: str) -> Field:
    values = {name: getattr(one, name) for name in Field.__slots__}
    return Field(**{**values, "section": section})


def _sections(ui: Any, names: list[str]) -> tuple[Section, ...]:
    listed = [_section(one, names) for one in ui.get("sections") or []]
    placed = {name for section in listed for name in section.fields}
    rest = tuple(name for name in names if name not in placed)
    if rest and listed:
        return (*listed, Section(REST_SECTION, Text("其他", "Other"), rest))
    return tuple(listed) or (Section(MAIN_SECTION, text_of(ui.get("title"), ""), rest),)


def _section(one: Any, names: list[str]) -> Section:
    fields = tuple(name for name in one["fields"] if name in names)
    return Section(one["key"], text_of(one.get("title"), one["key"]), fields, _expression(one.get("visible")))


def _expression(text: Any) -> Expr | None:
    return parse(text) if isinstance(text, str) else None


class _Reader:
    """Reads fields from a resolved schema and the hints by pointer."""

    def __init__(self, hints: dict[str, Any]) -> None:
        self._hints = hints

    def field(self, parent: Any, name: str, prefix: str) -> Field:
        """The field ``name`` of an object schema."""
        return self._read(parent["properties"][name], name, f"{prefix}/{name}", name in parent.get("required", []))

    def _read(self, node: Any, name: str, pointer: str, required: bool) -> Field:
        hint = self._hints.get(pointer) or {}
        computed = _expression(hint.get("computed"))
        items = node.get("items") or {}
        columns = (
            tuple(self.field(items, column, pointer) for column in _properties(items)) if _is_object(items) else ()
        )
        return Field(
            pointer=pointer,
            name=name,
            type=node.get("type", "string"),
            format=node.get("format"),
            label=text_of(hint.get("label"), str(node.get("title") or name)),
            help=_optional(hint.get("help")),
            placeholder=_optional(hint.get("placeholder")),
            widget=hint.get("widget") or default_widget(node, computed is not None),
            required=required,
            read_only=bool(node.get("readOnly")) or computed is not None,
            computed=computed,
            visible=_expression(hint.get("visible")),
            enum=_enum(node, hint),
            default=node.get("default"),
            scale=node.get("scale"),
            unit=hint.get("unit"),
            minimum=node.get("minimum"),
            maximum=node.get("maximum"),
            exclusive_minimum=node.get("exclusiveMinimum"),
            exclusive_maximum=node.get("exclusiveMaximum"),
            min_length=node.get("minLength"),
            max_length=node.get("maxLength"),
            pattern=node.get("pattern"),
            min_items=node.get("minItems"),
            max_items=node.get("maxItems"),
            columns=hint.get("columns"),
            autofocus=bool(hint.get("autofocus")),
            scan=bool(hint.get("scan")),
            personal=bool(node.get("personal")),
            external_event_time=bool(node.get("external_event_time")),
            row_key=_row_key(hint, columns),
            items=columns,
            row_order=tuple(columns_in_order(columns)),
            item=self._element(items, name, pointer, columns),
            fields=tuple(self.field(node, sub, pointer) for sub in _properties(node)) if _is_object(node) else (),
        )

    def _element(self, items: Any, name: str, pointer: str, columns: tuple[Field, ...]) -> Field | None:
        return None if columns or not items else self._read(items, name, pointer, False)


def _is_object(node: Any) -> bool:
    return node.get("type") == "object" and node.get("format") != "attachment"


def _optional(words: Any) -> Text | None:
    return text_of(words, "") if words else None


def _enum(node: Any, hint: Any) -> tuple[tuple[Json, Text], ...]:
    titles = hint.get("enumTitles") or {}
    return tuple((value, text_of(titles.get(str(value)), title or str(value))) for value, title in choices(node))


def _row_key(hint: Any, columns: tuple[Field, ...]) -> str | None:
    if not columns:
        return None
    return hint.get("row_key") or next((one.name for one in columns if one.name == "line_no"), None)


_BY_FORMAT = {"date": "date", "date-time": "datetime", "attachment": "file", "udi": "udi_scan"}
_BY_TYPE = {"boolean": "checkbox", "integer": "integer", "number": "number", "object": "group"}
_LONG_TEXT = 200


def default_widget(node: Any, computed: bool = False) -> str:
    """The widget of a field without a ``widget`` hint."""
    if computed:
        return "computed"
    if node.get("type") == "array":
        return _array_widget(node.get("items") or {})
    if node.get("readOnly"):
        return "readonly"
    if node.get("format") in _BY_FORMAT:
        return _BY_FORMAT[node["format"]]
    if "enum" in node or "oneOf" in node:
        return "select"
    if node.get("type") in _BY_TYPE:
        return _BY_TYPE[node["type"]]
    return "textarea" if node.get("maxLength", 0) > _LONG_TEXT else "text"


def _array_widget(items: Any) -> str:
    if items.get("format") == "attachment":
        return "file"
    return "grid" if items.get("type") == "object" else "select" if "enum" in items or "oneOf" in items else "list"
