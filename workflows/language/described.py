"""What the text says of one step, word by word in the language of the reader: the panel beside the drawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.canonical import dumps
from domain.errors import Text
from domain.roles import MEANINGS, ROLES
from workflows.language.diff_words import shown, span
from workflows.language.outline import StepView, wait_arms
from workflows.language.step_words import approvers, arm_words, outcome_words, roles_words
from workflows.language.words import ALLOW_VERBS

HIDDEN_WORDS = frozenset({"id", "title", "help", "basis", "do", "parallel", "on", "next"})
"""What the drawing or its panel shows in another way."""
_CODED = frozenset(
    "priority join rest mode on_return after_return child_on_return end open detached acknowledge seal fields".split()
)
"""Words whose values are words of the language themselves."""


def described(step: StepView, lang: str) -> list[tuple[str, str]]:
    """What the text says of a step, for the panel beside the drawing: (word of the language, its value in words)."""
    return [(word, _in_words(step, word, value, lang)) for word, value in step.raw.items() if word not in HIDDEN_WORDS]


def described_message(raw: Any) -> list[tuple[str, str]]:
    """The same for a message of the whole case."""
    return [(word, str(raw[word])) for word in ("keys", "to") if isinstance(raw, dict) and word in raw]


def _in_words(step: StepView, word: str, value: Any, lang: str) -> str:
    say = _WORDS.get(word)
    if say is not None:
        return say(step, value, lang)
    if word in _CODED:
        return shown(value, {}).said_in(lang)
    return _plainly(value)


def _roles(step: StepView, value: Any, lang: str) -> str:
    return roles_words(value if isinstance(value, list) else [value]).said_in(lang)


def _approve(step: StepView, value: Any, lang: str) -> str:
    by, veto = step.mapping("approve").get("by"), step.mapping("approve").get("veto")
    said = f"{_roles(step, by if isinstance(by, list) else [], lang)} · {approvers(step).said_in(lang)}"
    if not isinstance(veto, list) or not veto:
        return said
    return f"{said} · {Text('否决权：', 'veto: ').said_in(lang)}{_roles(step, veto, lang)}"


def _span(step: StepView, value: Any, lang: str) -> str:
    return span(value).said_in(lang) if isinstance(value, str) else _plainly(value)


def _sign(step: StepView, value: Any, lang: str) -> str:
    sign = step.mapping("sign")
    key = sign.get("meaning")
    meaning = MEANINGS.get(key, Text(key, key)) if isinstance(key, str) else Text("", "")
    if not sign.get("reauth"):
        return meaning.said_in(lang)
    return Text(f"{meaning.zh}，须再认证", f"{meaning.en}, identity proved again").said_in(lang)


def _outcomes(step: StepView, value: Any, lang: str) -> str:
    keys = [item.get("key") if isinstance(item, dict) else item for item in step.listing("outcomes")]
    words = [outcome_words(step, key) or Text(key, key) for key in keys if isinstance(key, str)]
    return " · ".join(word.said_in(lang) for word in words)


def _branch(step: StepView, value: Any, lang: str) -> str:
    arms = [arm for arm in step.listing("branch") if isinstance(arm, dict)]
    return "\n".join(f"{arm.get('when', 'else')} → {arm.get('to', arm.get('else'))}" for arm in arms)


def _wait(step: StepView, value: Any, lang: str) -> str:
    lines: list[str] = []
    for arm in wait_arms(step):
        what = str(arm["condition"]) if "condition" in arm else arm_words(arm).said_in(lang)
        keys = f": {arm['keys']}" if "keys" in arm else ""
        lines.append(f"{what}{keys} → {arm['to']}" if "to" in arm else f"{what}{keys}")
    return "\n".join(lines)


def _loop(step: StepView, value: Any, lang: str) -> str:
    spec = step.mapping("loop")
    most = Text(f"至多 {spec.get('max')} 遍", f"{spec.get('max')} times at most").said_in(lang)
    return f"{spec.get('while', '')}\n{most}"


def _escalate(step: StepView, value: Any, lang: str) -> str:
    lines: list[str] = []
    for item in step.listing("escalate"):
        if not isinstance(item, dict):
            continue
        after = _past(str(item.get("after", "")))
        remind, add = item.get("remind"), item.get("add")
        who = Text("办理人", "the assignee") if remind == "assignee" else _role(remind or add)
        verb = Text("提醒", "remind ") if remind else Text("增加", "add ")
        lines.append(Text(f"{after.zh}：{verb.zh}{who.zh}", f"{after.en}: {verb.en}{who.en}").said_in(lang))
    return "\n".join(lines)


def _past(after: str) -> Text:
    """So long past the deadline."""
    if after.removeprefix("work:") == "PT0S":
        return Text("到期时", "at the deadline")
    length = span(after)
    return Text(f"到期后 {length.zh}", f"{length.en} later")


def _role(key: Any) -> Text:
    return ROLES.get(key) or Text(str(key), str(key)) if isinstance(key, str) else Text("", "")


def _allow(step: StepView, value: Any, lang: str) -> str:
    words: list[str] = []
    for item in step.listing("allow"):
        if isinstance(item, dict):
            targets = item.get("return_to")
            names = ", ".join(str(name) for name in targets) if isinstance(targets, list) else ""
            words.append(Text(f"退回到 {names}", f"return to {names}").said_in(lang))
        elif isinstance(item, str):
            words.append((ALLOW_VERBS.get(item) or Text(item, item)).said_in(lang))
    return Text("、", "; ").said_in(lang).join(words)


def _plainly(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if isinstance(value, dict) and all(isinstance(item, (str, int)) for item in value.values()):
        return "\n".join(f"{key}: {item}" for key, item in value.items())
    return dumps(value)


_WORDS: dict[str, Callable[[StepView, Any, str], str]] = {
    "task": _roles,
    "notify": _roles,
    "add_by": _roles,
    "approve": _approve,
    "due": _span,
    "sign": _sign,
    "outcomes": _outcomes,
    "branch": _branch,
    "wait": _wait,
    "loop": _loop,
    "escalate": _escalate,
    "allow": _allow,
}
