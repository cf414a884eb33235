"""The rarer words of the language: what is right checks clean, what cannot work gets its finding at its line."""

from __future__ import annotations

from typing import Any

import pytest

TITLE = "title: {zh: 甲, en: A}"


def task(step_id: str, more: str = "") -> str:
    """A task that writes nothing."""
    return f"{{id: {step_id}, task: inspector, {TITLE}{', ' + more if more else ''}}}"


RIGHT = [
    "- {id: again, loop: {while: 'has(data.ready) && data.ready', max: 2}, on: {exhausted: lines}, do: ["
    + task("once")
    + "]}\n",
    "- {id: again, loop: {while: 'has(data.ready) && data.ready', max: 5}, do: [" + task("once") + "]}\n",
    "- {id: pause, wait: {timer: P1D}}\n",
    "- {id: pause, wait: {timer: 'work:PT2H'}, cancel_when: data.ready}\n",
    "- {id: hear, wait: {message: approved_by_maker, keys: '[start.note_no]', keep: false}}\n",
    "- {id: hear, wait: {condition: 'has(data.grade) && data.total > 3'}}\n",
    "- {id: hear, wait: {first_of: [{message: answer, keys: '[start.note_no]', to: lines}, {timer: P2D, to: done}]}}\n",
    "- {id: child, start: 'capa@^1', with: {note: start.note_no}, retry: {max: 3}, on: {cancelled: tell, terminated: tell}}\n",
    "- {id: child, start: 'capa@1.2.3', detached: true, child_on_return: refuse, mutex: bench}\n",
    "- {id: told, notify: [sales, 'everyone(inspector)'], acknowledge: true}\n",
    "- {id: over, when: data.total > 900, end: terminated}\n",
    "- {id: vote, approve: {by: ['everyone(quality_staff)', quality_director], rule: ratio, ratio: 0.6, "
    "veto: [quality_director]}, " + TITLE + ", on: {rejected: tell}}\n",
    "- {id: vote, approve: {by: [sales, purchaser, finance], rule: n_of, n: 2}, " + TITLE + ", on: {rejected: tell}}\n",
    "- {id: vote, approve: {by: [sales]}, outcomes: [{key: later, zh: 再议, en: Later}], "
    + TITLE
    + ", on: {rejected: tell, later: lines}}\n",
    "- {id: both, parallel: [{do: [" + task("a") + "]}, {do: [" + task("b") + "]}], join: n_of, n: 1, rest: ignore}\n",
    "- {id: more, foreach: data.lines, as: one, item_key: one.line_no, mode: sequence, join: any, do: ["
    + task("look", "into: none")
    + "]}\n",
    "- {id: more, foreach: data.lines, as: one, item_key: one.line_no, open: true, add_by: [receiver], "
    "until: data.ready, "
    "min: 0, on_return: keep_unchanged, do: [" + task("look", "into: none") + "]}\n",
    "- "
    + task(
        "look",
        "due: 'work:PT8H', escalate: [{after: PT0S, remind: assignee}, {after: 'work:PT4H', add: quality_staff}], "
        "allow: [transfer, delegate, add_signer, remove_signer, withdraw, ask, comment, urge, snooze, {return_to: [count, lines]}], "
        "needs: [ivd_inspector_when_ivd], priority: urgent, mutex: bench, same_as: count, after_return: walk",
    )
    + "\n",
    "- {id: look, task: inspector, form: forms/inspect.v1.json, fields: {remark: hide}, into: none, " + TITLE + "}\n",
]


@pytest.mark.parametrize("step", RIGHT, ids=range(len(RIGHT)))
def test_a_right_use_of_every_word_checks_clean(step: str, draft: Any) -> None:
    checked = draft.add_step(step).check()
    assert [finding.as_line("en") for finding in checked.findings] == []


def test_a_message_to_the_whole_case_checks_clean(draft: Any) -> None:
    draft.replace("steps:\n", "on_message: {recall: {keys: 'has(data.grade) ? [data.grade] : []', to: stop}}\nsteps:\n")
    draft.yaml += "- {id: stop, set: {grade: msg.reason}}\n- {id: stop_end, end: cancelled}\n"
    assert draft.check().findings == []


WRONG = [
    ("- {id: again, loop: {while: data.total, max: 5}, do: [" + task("once") + "]}\n", "expression_result"),
    ("- {id: again, loop: {while: data.ready}, do: [" + task("once") + "]}\n", "missing_word"),
    ("- {id: again, loop: {while: data.ready, max: 51}, do: [" + task("once") + "]}\n", "wrong_shape"),
    ("- {id: again, loop: {while: data.ready, max: 5}}\n", "missing_word"),
    ("- {id: pause, wait: {}}\n", "wait_shape"),
    ("- {id: pause, wait: {first_of: []}}\n", "wait_shape"),
    ("- {id: pause, wait: {timer: P1D, condition: data.ready}}\n", "wait_shape"),
    ("- {id: pause, wait: {timer: one day}}\n", "wrong_value"),
    ("- {id: pause, wait: {timer: P1D, to: done}}\n", "unknown_word"),
    ("- {id: pause, wait: {first_of: [{timer: P1D, to: nowhere}, {condition: data.ready}]}}\n", "unknown_step"),
    ("- {id: pause, wait: {first_of: [{timer: P1D, to: inspect}, {condition: data.ready}]}}\n", "jump_into_block"),
    ("- {id: hear, wait: {message: answer}}\n", "missing_word"),
    ("- {id: hear, wait: {message: answer, keys: start.note_no}}\n", "expression_result"),
    ("- {id: hear, wait: {message: answer, keys: '[msg.no]'}}\n", "expression_type"),
    ("- {id: hear, wait: {condition: now > datetime('2026-01-01T00:00:00Z')}}\n", "condition_reads_clock"),
    ("- {id: hear, wait: {condition: data.total}}\n", "expression_result"),
    ("- {id: child, start: capa, detached: true}\n", "wrong_value"),
    ("- {id: child, start: 'capa@latest', detached: true}\n", "wrong_value"),
    ("- {id: child, start: 'capa@^1'}\n", "outcome_not_routed"),
    ("- {id: child, start: 'capa@^1', on: {cancelled: tell, terminated: tell, failed: tell}}\n", "undeclared_outcome"),
    ("- {id: told, notify: ['everyone(nobody)']}\n", "unknown_role"),
    ("- {id: over, end: finished}\n", "wrong_value"),
    (
        "- {id: vote, approve: {by: [sales], rule: ratio, ratio: 1.5}, " + TITLE + ", on: {rejected: tell}}\n",
        "wrong_shape",
    ),
    ("- {id: vote, approve: {by: [sales], rule: ratio}, " + TITLE + ", on: {rejected: tell}}\n", "word_needs_word"),
    ("- {id: vote, approve: {by: [sales], n: 1}, " + TITLE + ", on: {rejected: tell}}\n", "word_needs_word"),
    (
        "- {id: vote, approve: {by: [sales], rule: n_of, n: 2}, " + TITLE + ", on: {rejected: tell}}\n",
        "more_than_there_are",
    ),
    (
        "- {id: vote, approve: {by: [sales], rule: any, veto: [quality_director]}, "
        + TITLE
        + ", on: {rejected: tell}}\n",
        "veto_not_a_seat",
    ),
    (
        "- {id: vote, approve: {by: [sales]}, outcomes: [{key: later, zh: 再议, en: Later}], "
        + TITLE
        + ", on: {rejected: tell}}\n",
        "outcome_not_routed",
    ),
    ("- {id: both, parallel: [{do: [" + task("a") + "]}, {do: [" + task("b") + "]}], join: n_of}\n", "word_needs_word"),
    (
        "- {id: both, parallel: [{do: [" + task("a") + "]}, {do: [" + task("b") + "]}], join: n_of, n: 3}\n",
        "more_than_there_are",
    ),
    (
        "- {id: both, parallel: [{do: [" + task("a") + "]}, {do: [" + task("b") + "]}], rest: ignore}\n",
        "word_needs_word",
    ),
    (
        "- {id: more, foreach: data.lines, as: one, item_key: one.line_no, open: true, do: ["
        + task("look", "into: none")
        + "]}\n",
        "word_needs_word",
    ),
    (
        "- {id: more, foreach: data.lines, as: one, item_key: one.line_no, until: data.ready, do: ["
        + task("look", "into: none")
        + "]}\n",
        "word_needs_word",
    ),
    ("- " + task("look", "cancel_when: data.total") + "\n", "expression_result"),
    ("- " + task("look", "escalate: [{after: PT1H, remind: assignee}]") + "\n", "word_needs_word"),
    ("- " + task("look", "due: P1D, escalate: [{after: PT1H, remind: boss}]") + "\n", "unknown_role"),
    ("- " + task("look", "due: P1D, escalate: [{after: PT1H, add: it_admin}]") + "\n", "role_cannot_act"),
    ("- " + task("look", "due: P1D, escalate: [{after: PT1H}]") + "\n", "wrong_shape"),
    ("- " + task("look", "fields: {remark: hide}") + "\n", "field_unknown"),
    ("- {id: look, task: receiver, form: forms/count.v1.json, fields: {totl: read}, " + TITLE + "}\n", "field_unknown"),
    (
        "- {id: look, task: receiver, form: forms/count.v1.json, fields: {total: hide}, " + TITLE + "}\n",
        "hidden_required",
    ),
    ("- {id: look, task: receiver, form: forms/count.v1.json, fields: {total: gone}, " + TITLE + "}\n", "wrong_value"),
    ("- " + task("look", "allow: [transfr]") + "\n", "wrong_value"),
    ("- " + task("look", "allow: [{return_to: [inspect]}]") + "\n", "return_target"),
    ("- " + task("look", "allow: [{return_to: [done]}]") + "\n", "return_target"),
    ("- " + task("look", "allow: [{return_to: [cuont]}]") + "\n", "unknown_step"),
    ("- " + task("look", "allow: [{return_to: [count]}], after_return: jump_back") + "\n", "jump_back_over"),
    ("- " + task("look", "after_return: jump_back") + "\n", "word_needs_word"),
    ("- " + task("look", "same_as: inspect") + "\n", "same_as_target"),
    ("- " + task("look", "same_as: triage") + "\n", "same_as_target"),
    ("- " + task("look", "same_as: count, not_same_as: [count]") + "\n", "same_as_target"),
    ("- " + task("look", "needs: [ivd_inspector]") + "\n", "unknown_need"),
    ("- " + task("look", "priority: asap") + "\n", "wrong_value"),
    (
        "- {id: again, mutex: bench, loop: {while: data.ready, max: 5}, do: [" + task("once", "mutex: oven") + "]}\n",
        "mutex_nested",
    ),
    (
        "- {id: vote, approve: {by: ['everyone(sales)'], veto: ['everyone(sales)']}, "
        + TITLE
        + ", on: {rejected: tell}}\n",
        "veto_not_a_seat",
    ),
    (
        "- {id: vote, approve: {by: ['everyone(sales)'], rule: sequence}, " + TITLE + ", on: {rejected: tell}}\n",
        "wrong_value",
    ),
    ("- " + task("look", "on_return: keep_unchanged") + "\n", "word_not_for_kind"),
    ("- " + task("look", "allow: [cancel]") + "\n", "wrong_value"),
    ("- {id: x, wait: {timer: P1D}, due: P1D}\n", "word_not_for_kind"),
    ("- {id: x, call: stock.move, cancel_when: data.ready}\n", "word_not_for_kind"),
]


@pytest.mark.parametrize(("step", "code"), WRONG, ids=[f"{index}-{code}" for index, (_, code) in enumerate(WRONG)])
def test_what_cannot_work_gets_its_finding_at_its_line(step: str, code: str, draft: Any) -> None:
    draft.add_step(step)
    found = draft.findings(code)
    assert found, [one.as_line("en") for one in draft.check().findings]
    assert {finding.line for finding in found} == {draft.line_of(step.strip())}


def test_a_title_that_prints_what_a_step_hides_is_a_warning(draft: Any) -> None:
    hides = (
        "{id: look, task: inspector, form: forms/inspect.v1.json, fields: {remark: hide}, into: none, " + TITLE + "}"
    )
    draft.add_step(f"- {hides}\n")
    told = "{id: tell_it, notify: [sales], title: {zh: '备注 {line.remark}', en: 'Done'}}"
    draft.add_step(f"- {told}\n")
    (found,) = draft.findings("title_shows_hidden")
    assert (found.severity, found.line) == ("warning", draft.line_of(told))


MESSAGES = [
    ("{keys: '[]'}", "missing_word"),
    ("{to: tell}", "missing_word"),
    ("{keys: '[]', to: nowhere}", "unknown_step"),
    ("{keys: '[]', to: inspect}", "jump_into_block"),
    ("{keys: '[data.total]', to: tell}", "expression_result"),
    ("{keys: '[data.grade]', to: tell}", "expression_doubt"),
    ("{keys: '[msg.lot]', to: tell}", "expression_type"),
    ("{keys: '[]', to: triage}", "falls_into_message"),
]


@pytest.mark.parametrize(("text", "code"), MESSAGES)
def test_a_message_that_cannot_work_gets_its_finding(text: str, code: str, draft: Any) -> None:
    draft.replace("steps:\n", f"on_message: {{recall: {text}}}\nsteps:\n")
    assert [finding.line for finding in draft.findings(code)] == [draft.line_of("on_message")]


REFUSED = [
    ("- {id: both, parallel: [{do: [" + task("a", "next: done") + "]}, {do: [" + task("b", "next: done") + "]}]}\n", 8),
    ("- {id: both, parallel: [{do: [" + task("a") + "]}, {do: [" + task("b") + "]}], join: any, rest: block}\n", 28),
    (
        "- {id: both, parallel: [{do: ["
        + task("a")
        + "]}, {do: ["
        + task("b")
        + "]}], join: n_of, n: 1, rest: wait}\n",
        31,
    ),
    ("- " + task("a", "join: all") + "\n", 33),
    ("- " + task("a", "wait_for: [count]") + "\n", 33),
    ("- {id: both, parallel: [{do: [" + task("a") + "]}, {do: [" + task("b") + "]}], join: or}\n", 38),
    ("- " + task("a", "thread_merge: 3") + "\n", 41),
    ("- {id: both, parallel: 3}\n", 42),
]


@pytest.mark.parametrize(("step", "number"), REFUSED)
def test_a_refused_pattern_is_explained(step: str, number: int, draft: Any) -> None:
    draft.add_step(step)
    (finding,) = draft.findings("pattern_refused")
    assert f"pattern {number} (" in finding.message.en and "Instead, " in finding.message.en
    assert finding.line == draft.line_of(step.strip())
