"""Control-flow patterns that the language refuses: a text that asks for one is told why, and what to write instead.

Numbers are those of workflowpatterns.com. Blocks that begin and end together make a definition sound by construction:
8, 28, 31, 33, 38, 41 and 42 need tokens that no block holds, so no case could say what it still waits for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.errors import Text
from workflows.language.outline import BlockView, StepView
from workflows.language.subject import Subject
from workflows.language.words import END_OF_BLOCK


@dataclass(frozen=True)
class Refused:
    """A pattern that is refused: its number, its name, and what to write instead."""

    number: int
    name: Text
    instead: Text


MULTI_MERGE = Refused(
    8,
    Text("多重合并", "multi-merge"),
    Text(
        "要只走一次，请让各分支正常结束并在 parallel 之后接这一步（join: any 表示先到为准）；要每个分支各走一次，请把这些步骤写进各分支",
        "to walk on once, let the branches end and put the step after the `parallel` (`join: any` when the first one is "
        "enough); to walk on once for each branch, write the steps into each branch",
    ),
)
BLOCKING_DISCRIMINATOR = Refused(
    28,
    Text("阻塞鉴别器", "blocking discriminator"),
    Text(
        "请写 rest: cancel（取消其余）或 rest: ignore（其余做完但不再影响去向）；要等全部完成写 join: all",
        "write `rest: cancel` (the others are cancelled) or `rest: ignore` (they finish and route nothing); "
        "to wait for all of them write `join: all`",
    ),
)
BLOCKING_PARTIAL_JOIN = Refused(31, Text("阻塞部分汇合", "blocking partial join"), BLOCKING_DISCRIMINATOR.instead)
GENERAL_AND_JOIN = Refused(
    33,
    Text("广义与汇合", "generalised AND-join"),
    Text(
        "汇合总在它的分支组末尾：请把要等待的步骤写成一个 parallel，本步紧随其后；要等某个事实，用 wait: {condition: …}",
        "a join stands at the end of its own group: write the steps to be waited for as one `parallel` with this step after "
        "it; to wait for a fact write `wait: {condition: …}`",
    ),
)
GENERAL_SYNCHRONISING_MERGE = Refused(
    38,
    Text("一般同步合并", "general synchronising merge"),
    Text(
        "请在 parallel 的每个分支首步写 when：不成立的分支即跳过，join: all 只等真正进行的分支",
        "give the first step of each branch of a `parallel` a `when`: a branch whose condition is false is skipped, and "
        "`join: all` waits for those that run",
    ),
)
THREAD_MERGE = Refused(
    41,
    Text("线程合并", "thread merge"),
    Text(
        "请用 foreach 逐项执行，join: n_of 与 n 说明要几项完成",
        "use a `foreach`; `join: n_of` with `n` says how many items have to be done",
    ),
)
THREAD_SPLIT = Refused(
    42,
    Text("线程拆分", "thread split"),
    Text(
        "请用 foreach 对一个列表逐项执行，每项有自己的键",
        "use a `foreach` over a list: each item has a key of its own",
    ),
)
_WORDS = {
    "after": GENERAL_AND_JOIN,
    "wait_for": GENERAL_AND_JOIN,
    "depends_on": GENERAL_AND_JOIN,
    "merge": GENERAL_SYNCHRONISING_MERGE,
    "sync": GENERAL_SYNCHRONISING_MERGE,
    "threads": THREAD_SPLIT,
    "split": THREAD_SPLIT,
    "thread_merge": THREAD_MERGE,
}
"""Words that people bring from other notations."""
_BLOCKING = frozenset({"block", "blocking", "wait", "hold"})
_SYNCHRONISING = frozenset({"or", "sync", "synchronise", "synchronize", "active"})
_MERGING = frozenset({"multi", "each", "merge"})


def refused_word(subject: Subject, pointer: str, word: str) -> bool:
    """Report a word that asks for a refused pattern; whether it did."""
    pattern = _WORDS.get(word)
    if pattern is not None:
        _refuse(subject, pointer, pattern, key=True)
    return pattern is not None


def refused_rest(subject: Subject, pointer: str, value: Any) -> bool:
    """Report a `rest` that would hold back the next round until the others are done; whether it did."""
    asks = isinstance(value, str) and value in _BLOCKING
    if asks:
        group = next((step for step in subject.outline.steps if step.at("rest") == pointer), None)
        several = group is not None and group.text("join") == "n_of"
        _refuse(subject, pointer, BLOCKING_PARTIAL_JOIN if several else BLOCKING_DISCRIMINATOR)
    return asks


def refused_join(subject: Subject, pointer: str, value: Any) -> bool:
    """Report a `join` that merges without knowing what it waits for; whether it did."""
    asks = isinstance(value, str) and value in _SYNCHRONISING | _MERGING
    if asks:
        _refuse(subject, pointer, MULTI_MERGE if value in _MERGING else GENERAL_SYNCHRONISING_MERGE)
    return asks


def join_without_split(subject: Subject, pointer: str) -> bool:
    """Report a `join` at a step that split nothing."""
    _refuse(subject, pointer, GENERAL_AND_JOIN, key=True)
    return True


def split_by_number(subject: Subject, pointer: str, value: Any) -> bool:
    """Report a `parallel` that is a number of threads; whether it is one."""
    asks = isinstance(value, int) and not isinstance(value, bool)
    if asks:
        _refuse(subject, pointer, THREAD_SPLIT)
    return asks


def check(subject: Subject) -> None:
    """Report groups whose branches go on, each by itself, to the same step outside: a multi-merge."""
    for step in subject.outline.steps:
        if step.kind == "parallel":
            _same_way_out(subject, step)


def _same_way_out(subject: Subject, group: StepView) -> None:
    earlier: dict[str, BlockView] = {}
    for block in group.blocks:
        for step, target in _ways_out(subject, block, group):
            if earlier.setdefault(target, block) is not block:
                _refuse(subject, step.at("next"), MULTI_MERGE)


def _ways_out(subject: Subject, block: BlockView, group: StepView) -> list[tuple[StepView, str]]:
    """Steps directly in a branch whose success goes to a step outside the group."""
    found: list[tuple[StepView, str]] = []
    for step in block.steps:
        target = step.text("next")
        there = subject.outline.by_id.get(target or "")
        if target and target != END_OF_BLOCK and there is not None and there.block in group.block.scopes():
            found.append((step, target))
    return found


def _refuse(subject: Subject, pointer: str, pattern: Refused, *, key: bool = False) -> None:
    subject.add(
        "pattern_refused",
        pointer,
        f"这是控制流模式 {pattern.number}（{pattern.name.zh}），语言不支持：案卷无法说清还在等什么。{pattern.instead.zh}。",
        f"This is control-flow pattern {pattern.number} ({pattern.name.en}), which the language refuses: no case could say "
        f"what it still waits for. Instead, {pattern.instead.en}.",
        key=key,
    )
