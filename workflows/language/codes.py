"""Every code a finding can have. Codes are stable: people and scripts search for them.

Each has its severity and what it means, in both languages; ``docs/reference/findings.md`` is generated from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from domain.errors import Text


@dataclass(frozen=True)
class Code:
    """A code's family (the check that reports it), severity and meaning."""

    family: str
    severity: Literal["error", "warning"]
    meaning: Text


def _codes(family: str, *rows: tuple[str, str, str]) -> dict[str, Code]:
    return {
        name.lstrip("~"): Code(family, "warning" if name.startswith("~") else "error", Text(zh, en))
        for name, zh, en in rows
    }


CODES: dict[str, Code] = {
    **_codes(
        "files",
        ("yaml_syntax", "YAML 无法读取。", "The YAML cannot be read."),
        ("yaml_documents", "一个文件里有多个 YAML 文档。", "More than one YAML document in a file."),
        ("yaml_directive", "使用了 YAML 指令。", "A YAML directive is used."),
        (
            "yaml_anchor",
            "使用了锚点、别名或合并键；签名的内容须一目了然。",
            "An anchor, alias or merge key is used; what is signed is written out.",
        ),
        ("yaml_tag", "使用了 YAML 标签。", "A YAML tag is used."),
        ("yaml_duplicate_key", "同一处有两个相同的键。", "A key stands twice in one place."),
        ("yaml_key", "键不是文本。", "A key is not text."),
        ("yaml_number", "数值无法精确保存。", "A number cannot be kept exactly."),
        ("json_syntax", "JSON 无法读取。", "The JSON cannot be read."),
        ("json_duplicate_key", "JSON 对象里有重复的键。", "A JSON object has a key twice."),
        ("file_too_large", "文件过大。", "A file is too large."),
        (
            "file_name",
            "文件名不合规则（forms/x.v1.json、tables/x.v1.yaml）。",
            "A file name does not follow forms/x.v1.json or tables/x.v1.yaml.",
        ),
        ("file_missing", "引用的文件不存在。", "A file that is named is not there."),
        ("~file_unused", "文件没有被引用。", "A file is named nowhere."),
    ),
    **_codes(
        "structure",
        ("not_a_definition", "文件最外层不是键值对。", "The file is not a mapping of words."),
        ("language_version", "gspflow 不是 1。", "gspflow is not 1."),
        ("unknown_word", "语言里没有这个词。", "The language has no such word."),
        ("missing_word", "缺少必需的词。", "A required word is missing."),
        (
            "wrong_shape",
            "值的写法不对（例如应为文本却是列表）。",
            "A value has the wrong shape, e.g. a list where text belongs.",
        ),
        ("wrong_value", "值不在允许范围内。", "A value is not one of those allowed."),
        ("word_not_for_kind", "这个词不能用于这种步骤。", "A word does not belong to this kind of step."),
        ("no_kind", "步骤没有种类词。", "A step has no word that says its kind."),
        ("several_kinds", "步骤有多个种类词。", "A step has more than one kind."),
        ("else_required", "branch 缺少 else，或 else 不在最后。", "A branch has no else, or not at its end."),
        ("outcome_words", "结果缺少中英文名称。", "An outcome has no words in both languages."),
        ("wait_shape", "wait 没有说清等什么。", "A wait does not say what it waits for."),
        (
            "word_needs_word",
            "一个词须与另一个词一起写（如 n 与 n_of、escalate 与 due）。",
            "A word says nothing without another one, e.g. `n` without `n_of`, `escalate` without `due`.",
        ),
        ("more_than_there_are", "n 大于分支数或席位数。", "`n` is larger than the number of branches or seats."),
        (
            "pattern_refused",
            "语言不支持这种控制流模式；说明里有替代写法。",
            "A control-flow pattern that the language refuses; the message says what to write instead.",
        ),
        ("duplicate_entry", "同一列表里有重复的内容。", "An entry stands twice in a list."),
    ),
    **_codes(
        "identity",
        (
            "key_form",
            "键的写法不对（小写字母、数字、下划线）。",
            "A key is not lower-case letters, digits and underscores.",
        ),
        ("version_form", "版本不是语义化版本（1.0.0）。", "The version is not semantic (1.0.0)."),
        ("date_form", "日期不是 YYYY-MM-DD。", "A date is not YYYY-MM-DD."),
        ("duplicate_step", "步骤键重复。", "Two steps have the same id."),
        ("reserved_name", "名称已被语言占用。", "A name is taken by the language."),
        ("shadowed_name", "内层 as 与外层同名。", "An inner `as` hides an outer one."),
    ),
    **_codes(
        "flow",
        ("unknown_step", "去往的步骤不存在。", "A step that is named does not exist."),
        ("jump_into_block", "跳转进入了另一组步骤内部。", "A jump enters a group of steps."),
        ("unreachable_step", "没有路径能到达这一步。", "No path reaches this step."),
        ("outcome_not_routed", "有结果没有去向。", "An outcome has nowhere to go."),
        ("undeclared_outcome", "on 里有步骤不会产生的结果。", "`on` names an outcome the step does not have."),
        ("cannot_end", "从这一步起案卷无法结束。", "From this step on the case can never end."),
        (
            "~no_end_step",
            "最外层可能走过最后一步：案卷按 completed 结束，但不封存。",
            "The outermost steps can run past the last one: the case then ends as completed, unsealed.",
        ),
        ("~falls_into_recovery", "上一步完成后会落入一个补救步骤。", "The step before falls into a recovery step."),
        (
            "falls_into_message",
            "上一步完成后会落入 on_message 的目标。",
            "The step before falls into the target of a message: it would run without the message.",
        ),
        (
            "~loop_without_person",
            "一个没有上限的循环里没有人工步骤，也不等待什么。",
            "A cycle without a limit has no step where a person acts or something is waited for.",
        ),
        (
            "return_target",
            "return_to 的目标不在前面，或在另一组步骤里。",
            "A target of `return_to` does not stand before, in the same or an enclosing group.",
        ),
        (
            "jump_back_over",
            "after_return: jump_back 会越过签名或有反向动作的步骤。",
            "`after_return: jump_back` would pass over a step that is signed or has an `undo`.",
        ),
        ("mutex_nested", "互斥不能嵌套。", "A mutex inside another one."),
        ("parallel_write", "可能同时进行的步骤写同一字段。", "Steps that can be active together write the same field."),
        ("next_and_on", "成功结果同时由 next 和 on 指定去向。", "The success is routed by both `next` and `on`."),
    ),
    **_codes(
        "people",
        ("unknown_role", "岗位不存在。", "The role does not exist."),
        (
            "role_cannot_act",
            "该岗位没有业务和质量权限，不能办理或签名（GSP 18）。",
            "The role has no business or quality right: it cannot act or sign (GSP 18).",
        ),
        ("unknown_meaning", "签名含义不存在。", "The meaning of a signature does not exist."),
        ("unknown_party", "外部签名方不存在。", "The external party does not exist."),
        (
            "not_same_as_target",
            "not_same_as 指向的不是人工步骤，或就是本步骤。",
            "`not_same_as` names no step of people, or the step itself.",
        ),
        (
            "same_as_target",
            "same_as 指向的步骤不可能是同一人。",
            "`same_as` names a step whose person could never act here.",
        ),
        ("veto_not_a_seat", "veto 里的岗位不在 by 里。", "A holder of a veto has no seat in `by`."),
        ("unknown_need", "资格不存在。", "The qualification does not exist."),
        (
            "ruling_role",
            "质量裁决的签名须由质量管理人员作出。",
            "A quality ruling is signed by quality staff only (RULE-16).",
        ),
    ),
    **_codes(
        "forms",
        ("form_fault", "表单不合表单规则。", "A form breaks the rules of forms."),
        (
            "typed_signer",
            "表单让人填写或选择签名人；姓名由系统写入（INSP 5.51(3)，RULE-17）。",
            "A form lets people type or choose who signs; the system writes the name (INSP 5.51(3), RULE-17).",
        ),
        (
            "typed_time",
            "表单让人填写本人操作的时间；时间由系统写入（INSP 5.51(3)，RULE-17）。",
            "A form lets people type the time of their own act; the system writes it (INSP 5.51(3), RULE-17).",
        ),
        (
            "signer_not_from_system",
            "签名人或操作时间的值不是来自系统。",
            "A signer or time of an act is not taken from what the system wrote.",
        ),
        ("field_unknown", "fields 里的字段不在表单里。", "A field of `fields` is not in the form."),
        (
            "hidden_required",
            "必填字段被隐藏，且没有计算值或默认值。",
            "A required field is hidden, and nothing computes or fills it.",
        ),
        (
            "~title_shows_hidden",
            "名称显示了在某步隐藏的字段；名称人人可见。",
            "A title shows a field that some step hides; titles are for everybody.",
        ),
        ("into_unknown", "into 的目标不存在。", "The target of `into` does not exist here."),
        (
            "into_field_missing",
            "写入的字段在目标结构里没有。",
            "A field that is written is missing in the target's schema.",
        ),
        (
            "into_field_type",
            "写入的字段类型与目标不同。",
            "A field that is written has another type in the target's schema.",
        ),
    ),
    **_codes(
        "expressions",
        ("expression_syntax", "表达式无法读取。", "An expression cannot be read."),
        ("expression_type", "表达式的类型或字段不对。", "An expression does not fit the types of what it reads."),
        (
            "expression_result",
            "表达式的结果类型不是此处所需。",
            "An expression gives another type than is needed here.",
        ),
        ("~expression_doubt", "表达式可能在某些数据下没有结果。", "An expression may have no answer for some data."),
        (
            "condition_reads_clock",
            "wait 的 condition 读了 now 或 today。",
            "The condition of a wait reads `now` or `today`.",
        ),
        ("key_reads_start", "业务键只能读 start 的字段。", "The business key reads start fields only."),
        ("template_fault", "名称模板有错。", "A title's template is wrong."),
    ),
    **_codes(
        "calls",
        ("unknown_call", "目录中没有这个动作。", "The catalogue has no such activity."),
        ("unknown_input", "动作没有这个输入。", "The activity has no such input."),
        ("missing_input", "缺少动作必需的输入。", "A required input of the activity is missing."),
        ("unknown_undo", "反向动作不在目录中或不匹配。", "The reverse action is not in the catalogue or does not fit."),
    ),
    **_codes(
        "tables",
        (
            "table_fault",
            "决策表有错（语法、缺口、重叠或类型）。",
            "A decision table is wrong: syntax, gap, overlap or type.",
        ),
        ("~table_doubt", "决策表可能有问题。", "A decision table may be wrong."),
    ),
    **_codes(
        "clauses",
        ("unknown_clause", "条款目录中没有这一条。", "The clause is not in the catalogue."),
        (
            "~clause_of_other_process",
            "目录把这一条归于其他流程。",
            "The catalogue gives the clause to other processes.",
        ),
    ),
    **_codes(
        "deadlines",
        ("time_too_far", "期限超过二十年。", "A length of time is beyond twenty years."),
        (
            "~due_beyond_law",
            "期限比所引条款允许的更长。",
            "A due date is later than an article of the step's basis allows.",
        ),
    ),
    **_codes(
        "limits",
        ("too_many_steps", "步骤过多。", "There are too many steps."),
        ("too_large", "定义总量过大。", "The definition as a whole is too large."),
        ("text_too_long", "文字过长。", "A text is too long."),
    ),
    **_codes(
        "cases",
        ("cases_shape", "测试文件的写法不对。", "The process owner's tests have a wrong shape."),
        ("cases_unknown_step", "测试引用了不存在的步骤。", "A test names a step that does not exist."),
        (
            "cases_unknown_name",
            "测试引用了不存在的岗位、动作或结果。",
            "A test names a role, activity or outcome that does not exist.",
        ),
    ),
}


def findings_page() -> str:
    """The reference page of all codes (Markdown)."""
    lines = [
        "# Findings of `definitions check`",
        "",
        "Generated from `workflows/language/codes.py`; a test says when it is not current. Codes never change their meaning.",
        "An *error* keeps a definition from being submitted; a *warning* does not.",
    ]
    family = ""
    for name, code in CODES.items():
        if code.family != family:
            family = code.family
            lines += ["", f"## {family}", "", "| code | severity | meaning | 含义 |", "|---|---|---|---|"]
        lines.append(f"| `{name}` | {code.severity} | {code.meaning.en} | {code.meaning.zh} |")
    return "\n".join(lines) + "\n"
