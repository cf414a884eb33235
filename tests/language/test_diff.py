"""Changes between two versions, in words, with a weight that is computed."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from domain.errors import GspError, Text
from domain.json_types import JsonObject
from workflows.language.diff import Change, classify, diff_definitions, next_version
from workflows.language.model import load_model
from workflows.language.pinned import called_by, pin

SITE: JsonObject = {"key": "hz", "zone": "Asia/Shanghai"}


def _parts(draft: Any) -> Any:
    checked = draft.check()
    assert checked.ok, checked.errors
    return {"definition": checked.definition, "forms": checked.forms, "tables": checked.tables}


def _changes(draft: Any, change: Any) -> list[Change]:
    before = _parts(draft)
    change(draft)
    return diff_definitions(before, _parts(draft))


def _rows(changes: list[Change]) -> list[tuple[str, str, str | None]]:
    return [(change.kind, change.severity, change.step) for change in changes]


def test_the_same_definition_has_no_changes(draft: Any):
    assert _changes(draft, lambda it: it.replace("version: 1.0.0", "version: 1.0.1")) == []


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ("zh: 到货核对", "zh: 到货清点", ("text", "patch", None)),
        ("due: PT2H", "due: PT4H", ("time", "patch", "count")),
        ("zh: 清点完毕", "zh: 点完", ("text", "patch", "count")),
        ("basis: [GSP-60]", "basis: [GSP-60, GSP-61]", ("text", "patch", None)),
        ("owner: quality_staff", "owner: quality_director", ("people", "major", None)),
        ("task: inspector", "task: receiver", ("people", "major", "inspect")),
        ("data.total > 0", "data.total > 5", ("route", "major", "triage")),
        ("{meaning: received}", "{meaning: performed}", ("people", "major", "count")),
        ("not_same_as: [count]", "help: {zh: 看清批号, en: Read the lot}", ("people", "major", "inspect")),
        ("key: start.note_no", "key: start.note_no + '/x'", ("route", "major", None)),
        ("- {id: done,", "- {id: cc, notify: [sales]}\n- {id: done,", ("route", "minor", "cc")),
        ("- {id: done,", "- {id: ask, task: sales, title: {zh: 问, en: Ask}}\n- {id: done,", ("route", "major", "ask")),
        ("start: {by: [receiver]", "start: {by: [receiver, purchaser]", ("people", "major", None)),
    ],
)
def test_a_change_has_its_group_and_weight(old: str, new: str, row: Any, draft: Any):
    changes = _changes(draft, lambda it: it.replace(old, new))
    assert row in _rows(changes)
    for change in changes:
        assert change.text.zh and change.text.en and change.pointer


def test_words_show_what_was_and_what_is(draft: Any):
    (change,) = _changes(draft, lambda it: it.replace("due: PT2H", "due: PT4H"))
    assert change.text.zh.endswith("的期限：2 小时 → 4 小时") and change.text.zh.startswith("“")
    assert change.text.en.endswith(", deadline: 2 h → 4 h")
    assert change.pointer == "/steps/0/due"
    assert change.as_json("zh")["text"] == change.text.zh


def test_people_and_outcomes_are_named_in_words(draft: Any):
    (change,) = _changes(draft, lambda it: it.replace("task: inspector", "task: receiver"))
    assert "验收人员 → 收货人员" in change.text.zh and "inspector" not in change.text.zh
    (change,) = _changes(draft, lambda it: it.replace("{meaning: received}", "{meaning: performed}"))
    assert "{" not in change.text.zh and "meaning" not in change.text.zh


def test_a_moved_step_is_told(draft: Any):
    before = _parts(draft)
    after = deepcopy(before)
    steps = after["definition"]["steps"]
    steps.insert(1, steps.pop(3))
    assert ("route", "major", "grade") in _rows(diff_definitions(before, after))


def test_a_removed_step_is_told(draft: Any):
    changes = _changes(draft, lambda it: it.replace("- {id: stopped, end: cancelled}\n", ""))
    assert ("route", "major", "stopped") in _rows(changes)


def test_an_optional_field_is_minor_and_a_required_one_major(form_with: Any):
    draft = form_with("colour", {"type": "string", "title": "Colour", "maxLength": 9})
    after = _parts(draft)
    before = deepcopy(after)
    form: Any = before["forms"]["forms/inspect.v1.json"]
    del form["schema"]["properties"]["colour"], form["ui"]["fields"]["/colour"]
    form["ui"]["sections"][0]["fields"].remove("colour")
    weights = {change.severity for change in diff_definitions(before, after) if "inspect" in change.pointer}
    assert "minor" in weights and "major" not in weights
    after["forms"]["forms/inspect.v1.json"]["schema"]["required"] = ["colour"]
    assert classify(diff_definitions(before, after)) == "major"


def test_a_new_file_version_is_told_field_by_field(draft: Any):
    before = _parts(draft)
    draft.replace("forms/inspect.v1.json", "forms/inspect.v2.json")
    draft.forms["forms/inspect.v2.json"] = draft.forms.pop("forms/inspect.v1.json")
    assert diff_definitions(before, _parts(draft)) == []


def test_a_table_is_told_rule_by_rule(draft: Any):
    def change(it: Any) -> None:
        it.tables["tables/grade.v1.yaml"] = it.tables["tables/grade.v1.yaml"].replace(">= 10", ">= 20")

    (found,) = _changes(draft, change)
    assert (found.kind, found.severity) == ("table", "major")
    assert ">= 10 ⇒ good became >= 20 ⇒ good" in found.text.en


def test_the_weight_of_all_is_the_heaviest():
    def change(severity: Any) -> Change:
        return Change("text", severity, "", None, Text("", ""))

    assert classify([]) is None
    assert classify([change("patch"), change("major"), change("minor")]) == "major"
    assert [next_version("1.2.3", weight) for weight in ("patch", "minor", "major")] == ["1.2.4", "1.3.0", "2.0.0"]


# ---------------------------------------------------------------- the pinned set
def test_a_pinned_set_holds_all_that_a_case_depends_on(draft: Any):
    checked = draft.check()
    pinned = pin(checked, SITE, {"near_expiry_days": 90}, draft.catalogue.contracts)
    assert set(pinned) == {"gspflow", "definition", "forms", "tables", "site", "calendar", "parameters", "contracts"}
    model = load_model(pinned)
    assert model.definition_sha == checked.definition_sha
    assert set(model.steps) >= {"count", "inspect", "ruling", "done"}


def test_only_what_is_called_is_pinned(draft: Any):
    definition: Any = {"steps": [{"id": "a", "call": "stock.receive", "undo": "stock.reverse"}]}
    assert called_by(definition) == {"stock.receive", "stock.reverse"}


def test_a_definition_with_errors_is_not_pinned(draft: Any):
    draft.replace("next: end_of_block", "next: nowhere")
    with pytest.raises(GspError, match="not_checked"):
        pin(draft.check(), SITE, {}, {})


def test_the_identity_follows_the_content_not_the_spelling(draft: Any):
    first = draft.check().definition_sha
    draft.yaml = "# a comment\n" + draft.yaml.replace("basis: [GSP-60]", "basis:\n- GSP-60")
    assert draft.check().definition_sha == first
    draft.forms["forms/inspect.v1.json"]["ui"]["fields"]["/remark"]["label"]["zh"] = "说明"
    assert draft.check().definition_sha != first


NEWER = """\
- {id: again, loop: {while: data.total > 3, max: 5}, do: [{id: once, task: inspector, title: {zh: 甲, en: A}}]}
- {id: pause, wait: {timer: PT8H}}
- {id: child, start: 'capa@^1', detached: true}
- {id: vote, approve: {by: [sales, finance]}, title: {zh: 表决, en: Vote}, on: {rejected: tell}}
- id: look
  task: inspector
  title: {zh: 复核, en: Look again}
  due: P1D
  escalate: [{after: PT4H, remind: assignee}]
  allow: [transfer]
  priority: low
  mutex: bench
- {id: told, notify: [sales], title: {zh: 告知, en: Tell}}
"""


@pytest.mark.parametrize(
    ("old", "new", "row", "words"),
    [
        ("max: 5}", "max: 9}", ("route", "major", "again"), ("次数 9", "times 9")),
        ("{timer: PT8H}", "{timer: 'work:PT8H'}", ("route", "major", "pause"), ("8 个工作小时", "8 working h")),
        ("capa@^1", "capa@^2", ("route", "major", "child"), ("启动的流程", "process it starts")),
        (
            "[sales, finance]}",
            "[sales, finance], rule: n_of, n: 1}",
            ("people", "major", "vote"),
            ("其中几个", "n of them"),
        ),
        ("[sales, finance]}", "['everyone(sales)']}", ("people", "major", "vote"), ("每一位销售人员", "every sales")),
        ("{after: PT4H,", "{after: 'work:P1D',", ("time", "patch", "look"), ("1 个工作日", "1 working d")),
        ("[transfer]", "[transfer, delegate]", ("people", "major", "look"), ("委派", "have another act")),
        ("priority: low", "priority: urgent", ("time", "patch", "look"), ("紧急", "urgent")),
        ("mutex: bench", "same_as: count", ("people", "major", "look"), ("须同一人的步骤", "same person")),
        (
            "mutex: bench",
            "needs: [ivd_inspector_when_ivd]",
            ("people", "major", "look"),
            ("须有的资格", "qualifications"),
        ),
        (
            "mutex: bench",
            "cancel_when: data.total > 5",
            ("route", "major", "look"),
            ("取消条件", "condition of cancelling"),
        ),
        ("notify: [sales],", "notify: [sales], acknowledge: true,", ("people", "major", "told"), ("是", "yes added")),
    ],
)
def test_a_change_of_a_newer_word_is_told_in_words(old: str, new: str, row: Any, words: Any, draft: Any):
    draft.add_step(NEWER)
    changes = _changes(draft, lambda it: it.replace(old, new))
    assert row in _rows(changes), _rows(changes)
    told = [change.text for change in changes if change.step == row[2]]
    assert any(words[0] in text.zh for text in told) and any(words[1] in text.en for text in told), told


def test_a_message_to_the_whole_case_is_a_change_of_the_way(draft: Any):
    changes = _changes(
        draft, lambda it: it.replace("steps:\n", "on_message: {recall: {keys: '[]', to: count}}\nsteps:\n")
    )
    assert _rows(changes) == [("route", "major", None)]
    assert "收到消息" in changes[0].text.zh and "message" in changes[0].text.en


def test_a_notice_that_must_be_read_is_more_than_an_addition(draft: Any):
    changes = _changes(draft, lambda it: it.add_step("- {id: cc, notify: [sales], acknowledge: true}\n"))
    assert ("route", "major", "cc") in _rows(changes)
