"""What a form may say: ``check_form`` finds everything wrong with a form document at once.

First the closed meta-schema (``dialect.schema.json``: a misspelt keyword is refused), then what a schema cannot say:
references, limits, expressions, hints that fit their fields, and RULE-17 (``system_fields``).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from domain.canonical import CanonicalError, canonical_bytes, normalize
from domain.errors import Fault, GspError, Text
from domain.json_types import JsonObject
from forms.dialect_schema import SchemaCheck
from forms.dialect_ui import UiCheck
from forms.model import load_form
from forms.pointers import value_at
from forms.schema import resolved
from forms.validation import Problem, meta_problems, meta_schema

FORM_BYTES_MAX = 256 * 1024


def check_form(form: Any) -> list[Fault]:
    """All faults of a form ``{schema, ui?}``; pointers lead into the form document. An empty list: it can be used.

    Without ``ui`` (the schema of case data) no labels are asked for; everything else holds.
    """
    if not isinstance(form, dict) or not isinstance(form.get("schema"), dict):
        message = Text("表单应为 {schema, ui}。", "A form is an object {schema, ui}.")
        return [Fault("", "not_a_form", message)]
    faults = [*_size_faults(form), *_meta_faults(form)]
    if any(fault.code == "not_json" for fault in faults):
        return faults
    faults += SchemaCheck(form).faults()
    try:
        schema = resolved(form["schema"])
    except GspError as error:
        return _unique([*faults, Fault("/schema", error.code, error.text)])
    ui = UiCheck(schema, form.get("ui"))
    faults = _unique([*faults, *ui.faults()])
    return faults or _load_faults(form)


def _size_faults(form: JsonObject) -> list[Fault]:
    try:
        size = len(canonical_bytes(normalize(form)))
    except CanonicalError as error:
        return [Fault("", "not_json", error.text)]
    if size <= FORM_BYTES_MAX:
        return []
    message = Text(
        f"表单共 {size // 1024} KB，最多 {FORM_BYTES_MAX // 1024} KB。请拆成两个表单。",
        f"The form takes {size // 1024} KB, at most {FORM_BYTES_MAX // 1024} KB fit. Split it into two forms.",
    )
    return [Fault("", "form_too_large", message)]


def _load_faults(form: JsonObject) -> list[Fault]:
    try:
        load_form(form)
    except GspError as error:
        return [Fault("/ui", error.code, error.text)]
    return []


def _unique(faults: list[Fault]) -> list[Fault]:
    return list({(fault.pointer, fault.code): fault for fault in reversed(faults)}.values())[::-1]


def _meta_faults(form: JsonObject) -> list[Fault]:
    return [_meta_fault(form, problem) for problem in meta_problems(form)]


def _meta_fault(form: JsonObject, problem: Problem) -> Fault:
    name = problem.pointer.rpartition("/")[2].replace("~1", "/")
    value = value_at(form, problem.pointer)
    if problem.keyword == "additionalProperties":
        return Fault(problem.pointer, "unknown_keyword", _unknown_keyword(name))
    if problem.keyword == "required":
        message = Text(f"这里缺少“{name}”。", f"“{name}” is missing here.")
        return Fault(problem.pointer, "keyword_missing", message)
    if problem.keyword in ("propertyNames", "pattern"):
        message = Text(
            f"“{name}”的写法不对：字段名用小写英文字母、数字、下划线，以字母开头；"
            "ui 中的位置写作 /lines/lot_no，不带序号。",
            f"“{name}” is not written correctly: names use lower-case letters, digits and _, and begin with a letter; "
            "places in ui are written /lines/lot_no, without indices.",
        )
        return Fault(problem.pointer, "bad_name", message)
    return Fault(problem.pointer, "keyword_value", _bad_value(name, value, problem))


def _unknown_keyword(name: str) -> Text:
    if name == "multipleOf":
        return Text(
            "表单不用 multipleOf（两种校验程序对 0.3/0.1 的结果不同）。请用 scale 限定小数位数。",
            "Forms do not use multipleOf (validators disagree on 0.3/0.1). Use scale to limit the decimal places.",
        )
    near = difflib.get_close_matches(name, _keywords(), n=1, cutoff=0.6)
    zh = f"您是否想写“{near[0]}”？" if near else "请删除它，可用的关键字见 forms/README.md。"
    en = f"Did you mean “{near[0]}”?" if near else "Remove it; forms/README.md lists the keywords."
    return Text(f"表单里没有关键字“{name}”。{zh}", f"Forms have no keyword “{name}”. {en}")


def _keywords() -> list[str]:
    return sorted(set(_property_names(meta_schema())))


def _property_names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for value in node.values():
            yield from _property_names(value)


def _bad_value(name: str, value: Any, problem: Problem) -> Text:
    limit = problem.limit
    allowed_zh = (
        f"可用：{'、'.join(map(str, limit))}。" if isinstance(limit, list) else f"规则：{problem.keyword} {limit}。"
    )
    allowed_en = (
        f"Allowed: {', '.join(map(str, limit))}." if isinstance(limit, list) else f"Rule: {problem.keyword} {limit}."
    )
    return Text(
        f"“{name}”的值 {value!r} 在这里不允许。{allowed_zh}",
        f"The value {value!r} of “{name}” is not allowed here. {allowed_en}",
    )
