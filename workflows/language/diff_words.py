"""Words of a difference: what a key is called in a sentence, and a value as a person would say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from domain.canonical import dumps
from domain.errors import Text
from domain.roles import MEANINGS, ROLES
from workflows.language.words import ALLOW_VERBS

CHARACTERS_MAX = 160
"""A value is shown up to this length."""
NAMES: dict[str, Text] = {
    "title": Text("名称", "name"),
    "help": Text("操作说明", "advice"),
    "basis": Text("依据条款", "clauses"),
    "when": Text("进入条件", "condition of entry"),
    "next": Text("下一步", "next step"),
    "on": Text("各结果的去向", "ways after each outcome"),
    "form": Text("表单", "form"),
    "with": Text("调用的输入", "input of the call"),
    "outcomes": Text("结果按钮", "outcome buttons"),
    "into": Text("结果写入处", "place of the values"),
    "due": Text("期限", "deadline"),
    "sign": Text("签名", "signature"),
    "external_signature": Text("外部人员签名", "outside signature"),
    "not_same_as": Text("须不同人的步骤", "steps another person must have done"),
    "retry": Text("失败后的重试", "retries after a failure"),
    "cancel_when": Text("取消条件", "condition of cancelling"),
    "escalate": Text("催办与升级", "reminders and escalation"),
    "priority": Text("优先级", "priority"),
    "fields": Text("隐藏与只读的字段", "hidden and read-only fields"),
    "allow": Text("允许的操作", "things people may do"),
    "same_as": Text("须同一人的步骤", "step the same person must have done"),
    "needs": Text("须有的资格", "qualifications needed"),
    "mutex": Text("互斥", "mutex"),
    "on_return": Text("退回后的处理", "what a return does"),
    "after_return": Text("退回重做后去哪里", "way after a return"),
    "child_on_return": Text("退回时子流程的处理", "what a return does with the sub-process"),
    "detached": Text("子流程独立运行", "running on its own"),
    "acknowledge": Text("须确认已阅", "confirmation of reading"),
    "n": Text("几个即汇合", "number that completes it"),
    "rest": Text("其余的处理", "what becomes of the rest"),
    "open": Text("可增加项", "adding of items"),
    "add_by": Text("谁可增加项", "people who may add items"),
    "until": Text("不再增加项的条件", "condition that ends adding"),
    "loop": Text("重复条件与次数", "condition and number of rounds"),
    "wait": Text("等待什么", "thing it waits for"),
    "start": Text("启动的流程", "process it starts"),
    "on_message": Text("收到消息时去哪一步", "ways after a message"),
    "undo": Text("撤销动作", "reverse action"),
    "join": Text("汇合方式", "way of joining"),
    "as": Text("本项的名字", "name of the item"),
    "item_key": Text("本项的唯一键", "key of the item"),
    "min": Text("最少项数", "fewest items"),
    "mode": Text("执行方式", "way of running"),
    "seal": Text("封存", "sealing"),
    "task": Text("由谁办理", "role that acts"),
    "approve": Text("审批人", "approvers"),
    "call": Text("系统动作", "system activity"),
    "decide": Text("决策表", "decision table"),
    "set": Text("写入的数据", "data it writes"),
    "branch": Text("分支条件", "conditions of the branch"),
    "parallel": Text("同时进行的步骤", "steps at the same time"),
    "foreach": Text("逐项的列表", "list it goes through"),
    "notify": Text("通知谁", "people told"),
    "end": Text("结束方式", "way it ends"),
    "owner": Text("负责岗位", "role that owns it"),
    "effective_from": Text("生效日期", "first day in force"),
    "key": Text("业务键", "business key"),
    "data": Text("案卷数据的结构", "schema of the case's data"),
    "process": Text("流程键", "key of the process"),
    "gspflow": Text("语言版本", "version of the language"),
    "by": Text("谁可发起", "people who may start"),
    "start_form": Text("发起表单", "form to start with"),
}
_WORDS: dict[str, Text] = {
    "completed": Text("完成", "completed"),
    "cancelled": Text("取消", "cancelled"),
    "end_of_block": Text("离开本组", "leave the group"),
    "done": Text("完成", "Done"),
    "approved": Text("批准", "Approved"),
    "rejected": Text("否决", "Rejected"),
    "meaning": Text("含义", "meaning"),
    "reauth": Text("签名时再认证", "re-authentication"),
    "max": Text("次数", "times"),
    "then": Text("之后", "then"),
    "incident": Text("记异常", "incident"),
    "by": Text("由", "by"),
    "rule": Text("方式", "rule"),
    "all": Text("全部", "all"),
    "any": Text("任一", "any"),
    "sequence": Text("依次", "in sequence"),
    "n_of": Text("其中几个", "n of them"),
    "ratio": Text("按比例", "ratio"),
    "n": Text("几个", "number"),
    "veto": Text("有否决权", "veto"),
    "terminated": Text("终止", "terminated"),
    "cancel": Text("取消", "cancel"),
    "ignore": Text("不再影响去向", "route nothing"),
    "parallel": Text("同时", "at the same time"),
    "low": Text("低", "low"),
    "normal": Text("一般", "normal"),
    "high": Text("高", "high"),
    "urgent": Text("紧急", "urgent"),
    "hide": Text("隐藏", "hidden"),
    "read": Text("只读", "read-only"),
    "redo": Text("重做", "redo"),
    "keep_unchanged": Text("未变的保留", "keep what is unchanged"),
    "walk": Text("逐步走", "step by step"),
    "jump_back": Text("直接跳回", "straight back"),
    "keep": Text("保留", "keep"),
    "refuse": Text("不许退回", "refuse the return"),
    "return_to": Text("退回到", "return to"),
    "after": Text("到期后", "after the deadline"),
    "remind": Text("提醒", "remind"),
    "add": Text("增加", "add"),
    "assignee": Text("办理人", "the assignee"),
    "while": Text("当", "while"),
    "timer": Text("时间", "after"),
    "message": Text("消息", "message"),
    "keys": Text("匹配", "by"),
    "condition": Text("条件", "condition"),
    "first_of": Text("最先的", "first of"),
    "to": Text("去", "go to"),
    **ALLOW_VERBS,
}
Titles = Mapping[str, Text]
"""Titles of steps by id, of the version that is shown and the one before."""


def span(text: str) -> Text:
    """An ISO 8601 length in words: `P1D` → 1 天, `work:PT2H` → 2 个工作小时; an odd one as written."""
    working = text.startswith("work:")
    found = re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text.removeprefix("work:"))
    if not found:
        return Text(text, text)
    names_zh, names_en = (_WORKING_ZH, _WORKING_EN) if working else (_UNITS_ZH, _UNITS_EN)
    zh = [f"{number} {unit}" for number, unit in zip(found.groups(), names_zh, strict=True) if number]
    en = [f"{number} {unit}" for number, unit in zip(found.groups(), names_en, strict=True) if number]
    return Text(" ".join(zh) or text, " ".join(en) or text)


_UNITS_ZH, _UNITS_EN = ("周", "天", "小时", "分", "秒"), ("wk", "d", "h", "min", "s")
_WORKING_ZH = ("个工作周", "个工作日", "个工作小时", "个工作分钟", "秒工作时间")
_WORKING_EN = ("working wk", "working d", "working h", "working min", "working s")


def shown(value: Any, titles: Titles) -> Text:
    """A value as a sentence needs it: roles, steps, meanings and lengths of time in words, lists and pairs in a row;
    an expression stands as written."""
    told = _told(value, titles)
    return Text(_cut(told.zh), _cut(told.en))


def _told(value: Any, titles: Titles) -> Text:
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, str):
        return _word(value, titles)
    if isinstance(value, list) and value:
        words = [_told(item, titles) for item in value]
        return Text("、".join(word.zh for word in words), ", ".join(word.en for word in words))
    if isinstance(value, dict) and value:
        return _object(value, titles)
    return Text(dumps(value), dumps(value))


def _object(value: dict[str, Any], titles: Titles) -> Text:
    if isinstance(value.get("zh"), str) and isinstance(value.get("en"), str):  # an outcome or a title
        return Text(f"“{value['zh']}”", f"'{value['en']}'")
    pairs = [(_word(key, titles), _told(item, titles)) for key, item in value.items()]
    return Text("；".join(f"{k.zh} {v.zh}" for k, v in pairs), "; ".join(f"{k.en} {v.en}" for k, v in pairs))


def _word(text: str, titles: Titles) -> Text:
    known = titles.get(text) or ROLES.get(text) or MEANINGS.get(text) or _WORDS.get(text)
    return known or (everyone(text) if text.startswith("everyone(") else span(text))


def everyone(text: str) -> Text:
    """`everyone(inspector)` in words."""
    key = text.removeprefix("everyone(").removesuffix(")").strip()
    role = ROLES.get(key) or Text(key, key)
    return Text(f"每一位{role.zh}", f"every {role.en.lower()}")


def _cut(text: str) -> str:
    return text if len(text) <= CHARACTERS_MAX else text[: CHARACTERS_MAX - 1] + "…"
