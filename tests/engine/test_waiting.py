"""Every step that waits says why, in both languages, in one sentence, and the sentence names what it waits for."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Text
from tests.engine.samples import Case, task
from tests.engine.test_patterns import FILES, STEPS_MAX, begun, model_of, move
from workflows.engine.events import CallFailed, CallReturned
from workflows.engine.looked import Known, Looked, Tried
from workflows.engine.waiting import why

NOW = "2026-11-22T02:00:00.000Z"
NAMES = {"inspector2": Text("周敏", "Zhou Min"), "receiver": Text("林海", "Lin Hai")}
END: dict[str, Any] = {"id": "done", "end": "completed"}


def all_of(case: Any, known: Known | None = None) -> dict[str, Text]:
    """Path → sentence of everything that waits; fails when one has none."""
    looked = Looked(case.model, case.state, NOW, known)
    found: dict[str, Text] = {}
    for one in case.state.active():
        said = why(looked, one)
        assert said is not None and said.zh.strip() and said.en.strip(), one.path
        assert "\n" not in said.en and not re.search(r"\bNone\b|\{|；；|; ;", said.zh + said.en), said
        assert "is working on" not in said.en, "no kind of step is told by the sentence that fits all"
        found[one.path] = said
    silent = [one for one in case.state.instances.values() if not one.is_active]
    assert [why(looked, one) for one in silent] == [None] * len(silent)
    return found


def one_of(case: Any, path: str, *parts: str, known: Known | None = None) -> Text:
    """The sentence of one step, which holds these parts in one of the languages."""
    said = all_of(case, known)[path]
    told = f"{said.zh}\n{said.en}".lower()
    assert [part for part in parts if part.lower() not in told] == [], said
    return said


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
@pytest.mark.parametrize("seed", range(2))
def test_no_waiting_step_of_a_pattern_is_without_a_sentence(path: Path, seed: int) -> None:
    case, chance = begun(model_of(path)), random.Random(seed)
    for _ in range(STEPS_MAX):
        waits = all_of(case)
        assert waits or case.state.state != "running"
        if case.state.state != "running" or not move(case, chance):
            return


# ---------------------------------------------------------------- people
def test_a_task_says_who_may_act_until_when_and_what_happens_by_itself() -> None:
    late = [{"after": "PT1H", "remind": "assignee"}, {"after": "PT2H", "add": "quality_staff"}]
    case = Case.start([task("look", "inspector", due="PT3H", escalate=late), END])
    one_of(
        case,
        "look#1",
        "等待验收人员处理",
        "应于 2026-11-22 12:00 前",
        "2026-11-22 13:00 提醒经办人",
        "Waiting for: Inspector",
    )
    case.act("look#1", "claim", person="inspector2", roles=["inspector"])
    one_of(case, "look#1", "等待周敏处理", "Zhou Min", known=Known(NAMES))


def test_a_suspended_task_names_who_is_asked_and_what() -> None:
    case = Case.start([task("look"), END])
    values = {"to": {"id": "inspector2", "name": "x"}, "text": "Which order?", "suspend": True}
    assert case.act("look#1", "ask", values=values, facts={"to_roles": ["inspector"]}) is None
    one_of(case, "look#1", "等待周敏答复“Which order?”", "suspended until Zhou Min answers", known=Known(NAMES))


def test_an_added_signer_and_a_delegate_are_named() -> None:
    step = task("look", allow=["add_signer", "delegate"])
    case, to = Case.start([step, END]), {"id": "inspector2", "name": "x"}
    given = {"values": {"to": to}, "reason": "why", "facts": {"to_roles": ["receiver"]}}
    assert case.act("look#1", "delegate", **given) is None
    one_of(case, "look#1", "周敏（为林海准备", "Zhou Min (prepares it for Lin Hai", known=Known(NAMES))
    case = Case.start([step, END])
    given["values"] = {"to": to, "position": "before"}
    assert case.act("look#1", "add_signer", **given) is None
    one_of(case, "look#1", "须先由周敏加签", "Zhou Min signs first", known=Known(NAMES))


def test_a_vote_says_how_it_stands_and_a_sequence_who_comes_after() -> None:
    by = ["quality_staff", "quality_director", "company_head"]
    more: Any = {"title": {"zh": "裁决", "en": "Rule"}, "on": {"rejected": "done"}}
    case = Case.start([{"id": "vote", "approve": {"by": by, "rule": "n_of", "n": 2}, **more}, END])
    case.act("vote#1", person="quality_staff", outcome="approved")
    one_of(case, "vote#1", "3 票中已批准 1 票", "需 2 票批准", "2 are needed", "质量负责人")
    case = Case.start([{"id": "vote", "approve": {"by": by, "rule": "sequence"}, **more}, END])
    one_of(
        case,
        "vote#1",
        "等待质量管理人员处理",
        "其后：质量负责人、企业负责人",
        "after that: Quality director, Company head",
    )


# ---------------------------------------------------------------- time, messages, conditions, mutexes
def test_a_wait_for_the_first_of_several_tells_all_of_them() -> None:
    arms: list[Any] = [
        {"message": "approved_by_maker", "keys": '["N-1", "N-2"]', "to": "done"},
        {"timer": "P2D", "to": "late"},
        {"condition": "has(data.note)", "to": "done"},
    ]
    steps = [{"id": "hear", "wait": {"first_of": arms}}, END, {"id": "late", "end": "cancelled"}]
    case = Case.start(steps, data={"schema": "forms/a.v1.json"})
    parts = ("“approved_by_maker”（键 N-1、N-2）", "2026-11-24 09:00", "“has(data.note)”", "转到“late”", "the first of")
    one_of(case, "hear#1", *parts)


def test_a_timer_a_condition_and_a_mutex_say_when_what_and_by_whom() -> None:
    case = Case.start([{"id": "pause", "wait": {"timer": "PT12H"}}, END])
    one_of(case, "pause#1", "等待时间到 2026-11-22 21:00", "Waiting for the clock to reach 2026-11-22 21:00")
    case = Case.start([{"id": "ready", "wait": {"condition": "size(start.note) > 3"}}, END], {"note": "ab"})
    one_of(case, "ready#1", "条件“size(start.note) > 3”成立", "= 2")
    branches = [{"do": [task("weigh", mutex="scales")]}, {"do": [task("label", "inspector", mutex="scales")]}]
    case = Case.start([{"id": "both", "parallel": branches}, END])
    one_of(
        case,
        "both#1/label#1",
        "等待“scales”空出",
        "“weigh”占用",
        "等待收货人员处理",
        "step “weigh” of this case has it",
    )
    one_of(case, "both#1", "还有 2 个分支未办完", "“weigh”、“label”")


# ---------------------------------------------------------------- what the system does, other cases
def test_a_call_says_how_often_it_was_tried_and_an_incident_its_cause_and_who_can_help() -> None:
    case = Case.start([{"id": "post", "call": "stock.receive", "with": {}}, END])
    one_of(case, "post#1", "系统正在执行 stock.receive", "The system is running stock.receive")
    tried = Known(tries={"post#1": Tried(3, Text("数据库忙", "the database is locked"))})
    one_of(case, "post#1", "第 3 次尝试", "the database is locked", known=tried)
    case.happen(CallFailed("post#1", case.calls[-1].effect_key, "disk full"))
    one_of(case, "post#1", "故障：", "disk full", "质量管理人员、系统管理员", "Incident:")


def test_a_sub_process_is_named_by_its_key() -> None:
    case = Case.start([{"id": "child", "start": "capa@^1", "on": {"cancelled": "done", "terminated": "done"}}, END])
    one_of(case, "child#1", "系统正在发起子流程 capa")
    case.answer({"id": "CHILD", "version": "1.0.0", "sha256": "0" * 64})
    one_of(case, "child#1", "等待子流程 capa 的案例 CHILD 结束")
    one_of(case, "child#1", "case NC-7 of the sub-process capa", known=Known(cases={"CHILD": "NC-7"}))


def test_what_is_reversed_says_so_and_where_the_case_goes_then() -> None:
    steps = [task("first"), {"id": "post", "call": "stock.receive", "with": {}, "undo": "stock.reverse"},
             task("look", "inspector", allow=[{"return_to": ["first"]}]), END]  # fmt: skip
    case = Case.start(steps)
    case.act("first#1")
    case.answer({})
    assert case.act("look#1", "return", person="inspector", values={"to": "first"}, reason="wet") is None
    one_of(case, "post#1", "系统正在冲销 stock.receive", "之后退回到“first”", "then the case returns to “first”")
    case.happen(CallFailed("post#1", case.calls[-1].effect_key, "locked"))
    one_of(case, "post#1", "冲销未成功：", "the reversal failed", "locked")


# ---------------------------------------------------------------- lists and rounds
def test_an_open_list_says_who_adds_what_is_unfinished_and_when_it_closes_by_itself() -> None:
    step: Any = {"id": "lines", "foreach": "start.lines", "as": "line", "item_key": "line.no", "open": True, "min": 2,
                 "add_by": ["receiver"], "until": "has(data.note)", "do": [task("check", "inspector")]}  # fmt: skip
    case = Case.start([step, END], {"lines": [{"no": "L1"}]}, data={"schema": "forms/a.v1.json"})
    parts = (
        "收货人员增加项目或关闭列表",
        "还差 1 项",
        "L1",
        "条件“has(data.note)”成立",
        "1 of 1 lines are not finished",
    )
    one_of(case, "lines#1", *parts)
    case.act("lines#1", "add_item", seat="", values={"item": {"no": "L2"}})
    case.act("lines#1/[L1]#1/check#1", person="inspector")
    one_of(case, "lines#1", "2 项中还有 1 项未办完：L2")


def test_a_loop_says_its_round() -> None:
    step = {"id": "again", "loop": {"while": "true", "max": 5}, "do": [task("once")]}
    case = Case.start([step, END])
    case.act("again#1/once#1")
    one_of(case, "again#1", "第 2 轮（最多 5 轮）", "“once”", "Round 2 of at most 5")


def test_who_holds_a_role_is_being_looked_up_and_readers_are_waited_for() -> None:
    notice = {
        "id": "tell",
        "notify": ["everyone(inspector)"],
        "title": {"zh": "告知", "en": "Tell"},
        "acknowledge": True,
    }
    case = Case.start([notice, END])
    one_of(case, "tell#1", "系统正在查找在岗的验收人员")
    call = case.calls[-1]
    case.happen(CallReturned(call.path, call.effect_key, {"holders": {"inspector": [{"id": "inspector2"}]}}))
    one_of(case, "tell#1", "等待周敏处理", known=Known(NAMES))
