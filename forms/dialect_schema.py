"""What the meta-schema cannot say about the schema half of a form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.errors import Fault, GspError, Text
from domain.json_types import JsonObject
from forms.pointers import Token, pointer_of
from forms.schema import engine_schema, resolved
from forms.system_fields import system_field_fault
from forms.validation import constraint_problems
from rules.ast import Expr
from rules.errors import ExprSyntaxError
from rules.parse import parse
from rules.regex import compile_pattern

_ANY = frozenset("$ref title description default readOnly personal type".split())
_OF_TYPE: dict[str, frozenset[str]] = {
    "object": frozenset(
        "properties required additionalProperties dependentRequired allOf if then else format $defs $schema $id".split()
    ),
    "array": frozenset("items minItems maxItems uniqueItems".split()),
    "string": frozenset("enum const oneOf minLength maxLength pattern format external_event_time".split()),
    "integer": frozenset("enum const oneOf minimum maximum exclusiveMinimum exclusiveMaximum scale".split()),
    "number": frozenset("enum const oneOf minimum maximum exclusiveMinimum exclusiveMaximum scale".split()),
    "boolean": frozenset({"const"}),
}
_KNOWN = frozenset().union(*_OF_TYPE.values())
_PYTHON_ESCAPES = ("\\s", "\\S", "\\b", "\\B", "\\w", "\\W", "\\D", "\\p", "\\P", "\\x", "\\u")


class SchemaCheck:
    """Walks the schema as written (references followed where they stand), so that pointers name the author's text."""

    def __init__(self, form: JsonObject) -> None:
        self._form: Any = form
        defs = self._form["schema"].get("$defs")
        self._defs: dict[str, Any] = defs if isinstance(defs, dict) else {}
        ui = self._form.get("ui")
        hints = ui.get("fields") if isinstance(ui, dict) else None
        self._hints: dict[str, Any] = hints if isinstance(hints, dict) else {}

    def faults(self) -> list[Fault]:
        """All faults of the schema."""
        root = self._form["schema"]
        out = list(self._node(root, ("schema",), ""))
        for name, node in self._defs.items():
            # an entry nobody refers to is looked at as well: nothing may hide there
            out += self._field(name, node, ("schema", "$defs", name), f"/{name}")
        return out

    def _node(self, node: Any, path: tuple[Token, ...], pointer: str) -> Iterator[Fault]:
        if not isinstance(node, dict):
            return
        yield from self._keywords(node, path)
        yield from self._limits(node, path)
        yield from self._pattern(node, path)
        yield from self._values(node, path)
        if isinstance(node.get("properties"), dict):
            yield from self._object(node, path, pointer)
        if isinstance(node.get("items"), dict):
            yield from self._items(node["items"], path, pointer)

    def _items(self, items: Any, path: tuple[Token, ...], pointer: str) -> Iterator[Fault]:
        name = pointer.rpartition("/")[2]
        if self._seen(items).get("type") == "object":
            yield from self._node(items, (*path, "items"), pointer)
        else:
            yield from self._field(name, items, (*path, "items"), pointer)

    def _object(self, node: Any, path: tuple[Token, ...], pointer: str) -> Iterator[Fault]:
        if node.get("additionalProperties") is not False:
            yield _fault(
                path,
                "open_object",
                "这一层要写 additionalProperties: false，否则写错的字段名不会被发现。",
                "This level needs additionalProperties: false, else misspelt fields go unnoticed.",
            )
        yield from self._names(node, node["properties"], path)
        for name, sub in node["properties"].items():
            yield from self._field(name, sub, (*path, "properties", name), f"{pointer}/{name}")

    def _field(self, name: str, node: Any, path: tuple[Token, ...], pointer: str) -> Iterator[Fault]:
        if not isinstance(node, dict):
            return
        seen = self._seen(node)
        if "type" not in seen:
            yield _fault(path, "type_missing", f"字段“{name}”没有 type。", f"The field “{name}” has no type.")
        hint = self._hints.get(pointer)
        words = hint if isinstance(hint, dict) else {}
        found = system_field_fault(name, seen, words, _parsed(words.get("computed")))
        if found is not None:
            yield Fault(pointer_of(path), *found)
        yield from self._node(node, path, pointer)

    def _seen(self, node: Any) -> Any:
        """The node with its reference followed, as far as it can be."""
        for _ in range(8):
            ref = node.get("$ref")
            target = self._defs.get(ref.removeprefix("#/$defs/")) if isinstance(ref, str) else None
            if not isinstance(target, dict):
                return node
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    # ------------------------------------------------------------ single rules

    def _keywords(self, node: Any, path: tuple[Token, ...]) -> Iterator[Fault]:
        kind = self._seen(node).get("type")
        allowed = _OF_TYPE.get(kind) if isinstance(kind, str) else None
        for key in node if allowed is not None else ():
            if key in _KNOWN and key not in allowed and key not in _ANY:
                yield _fault(
                    (*path, key),
                    "keyword_for_type",
                    f"“{key}”不适用于 {kind} 类型的字段。",
                    f"“{key}” does not apply to a field of type {kind}.",
                )
        yield from self._format(node, kind, path)

    def _format(self, node: Any, kind: Any, path: tuple[Token, ...]) -> Iterator[Fault]:
        name = node.get("format")
        if name is not None and kind in ("string", "object") and (name == "attachment") != (kind == "object"):
            yield _fault(
                (*path, "format"),
                "format_for_type",
                "format: attachment 用于 type: object，其他格式用于 type: string。",
                "format: attachment goes with type: object, the other formats with type: string.",
            )
        if node.get("external_event_time") and self._seen(node).get("format") not in ("date", "date-time", "time"):
            yield _fault(
                (*path, "external_event_time"),
                "format_for_type",
                "external_event_time 只用于日期或时间字段。",
                "external_event_time is for dates and times only.",
            )

    def _limits(self, node: Any, path: tuple[Token, ...]) -> Iterator[Fault]:
        pairs = (
            ("minimum", "maximum"),
            ("minLength", "maxLength"),
            ("minItems", "maxItems"),
            ("exclusiveMinimum", "exclusiveMaximum"),
        )
        for low, high in pairs:
            least, most = node.get(low), node.get(high)
            if _is_number(least) and _is_number(most) and least > most:
                yield _fault(
                    (*path, low),
                    "limits_crossed",
                    f"{low}（{least}）大于 {high}（{most}），任何值都填不进去。",
                    f"{low} ({least}) is more than {high} ({most}): no value fits.",
                )

    def _pattern(self, node: Any, path: tuple[Token, ...]) -> Iterator[Fault]:
        for where, pattern in _patterns(node, path):
            problem = _pattern_problem(pattern)
            if problem is not None:
                yield Fault(pointer_of(where), "pattern", problem)

    def _values(self, node: Any, path: tuple[Token, ...]) -> Iterator[Fault]:
        if "default" not in node or not isinstance(self._seen(node).get("type"), str):
            return
        try:
            schema = engine_schema(resolved({**node, "$defs": self._defs}))
            problems = constraint_problems(schema, node["default"])
        except (GspError, ValueError) as error:  # a broken reference or pattern
            yield _fault(
                (*path, "default"),
                "default_invalid",
                f"默认值无法检查：{error}",
                f"The default cannot be checked: {error}",
            )
            return
        if problems:
            yield _fault(
                (*path, "default"),
                "default_invalid",
                "默认值不符合这个字段自己的规则。",
                "The default breaks the rules of its own field.",
            )

    def _names(self, node: Any, known: Any, path: tuple[Token, ...]) -> Iterator[Fault]:
        for where, name in _named(node, path):
            if name not in known:
                yield _fault(where, "unknown_property", f"这里没有字段“{name}”。", f"There is no field “{name}” here.")


def _named(node: Any, path: tuple[Token, ...]) -> Iterator[tuple[tuple[Token, ...], str]]:
    """The fields that requirements and conditions of an object name, with the place where they do."""
    for index, name in enumerate(_list(node.get("required"))):
        yield (*path, "required", index), name
    for name, needed in _dict(node.get("dependentRequired")).items():
        yield (*path, "dependentRequired", name), name
        for index, other in enumerate(_list(needed)):
            yield (*path, "dependentRequired", name, index), other
    for key in ("if", "then", "else"):
        yield from _named_in_clause(node.get(key), (*path, key))
    for index, clause in enumerate(_list(node.get("allOf"))):
        yield from _named_in_clause(clause, (*path, "allOf", index))


def _named_in_clause(clause: Any, path: tuple[Token, ...]) -> Iterator[tuple[tuple[Token, ...], str]]:
    if isinstance(clause, dict):
        for name in _dict(clause.get("properties")):
            yield (*path, "properties", name), name
        yield from _named(clause, path)


def _patterns(node: Any, path: tuple[Token, ...]) -> Iterator[tuple[tuple[Token, ...], str]]:
    if isinstance(node.get("pattern"), str):
        yield (*path, "pattern"), node["pattern"]
    clauses = [((*path, key), node.get(key)) for key in ("if", "then", "else")]
    clauses += [((*path, "allOf", index), clause) for index, clause in enumerate(_list(node.get("allOf")))]
    for where, clause in clauses:
        if isinstance(clause, dict):
            for name, sub in _dict(clause.get("properties")).items():
                yield from _patterns(_dict(sub), (*where, "properties", name))
            yield from _patterns({key: clause[key] for key in clause if key != "pattern"}, where)


def _pattern_problem(pattern: str) -> Text | None:
    used = next((escape for escape in _PYTHON_ESCAPES if escape in pattern), None)
    if used is not None:
        return Text(
            f"正则中的 {used} 在不同程序里含义不同，请写明字符，例如 [A-Za-z0-9]。",
            f"{used} means different things in different programs; write the characters out, such as [A-Za-z0-9].",
        )
    try:
        compile_pattern(pattern)
        constraint_problems({"type": "string", "pattern": pattern}, "")
    except ExprSyntaxError as error:
        return Text(error.message_zh, error.message_en)
    except ValueError as error:
        return Text(f"正则写法不支持：{error}", f"This pattern is not supported: {error}")
    return None


def _parsed(text: Any) -> Expr | None:
    try:
        return parse(text) if isinstance(text, str) else None
    except ExprSyntaxError:
        return None  # told where expressions are checked


def _is_number(value: Any) -> bool:
    return value is not None and not isinstance(value, (bool, str, list, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _fault(path: tuple[Token, ...], code: str, zh: str, en: str) -> Fault:
    return Fault(pointer_of(path), code, Text(zh, en))
