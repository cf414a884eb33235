"""Flow: jumps, outcomes, reachability and endings."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_jump_into_a_group_is_refused(draft: Any):
    draft.replace("{else: tell}", "{else: inspect}")
    (finding,) = draft.findings("jump_into_block")
    assert finding.line == draft.line_of("{else: inspect}")


def test_a_jump_out_of_a_group_is_allowed(draft: Any):
    draft.replace("on: {rejected: tell}", "on: {rejected: stopped}")
    assert draft.check().ok


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("on: {fail: ruling}", "on: {}", "outcome_not_routed"),
        ("  on: {poor: tell}\n", "", "outcome_not_routed"),
        ("on: {rejected: tell}", "help: {zh: 无, en: none}", "outcome_not_routed"),
        ("on: {fail: ruling}", "on: {fail: ruling, failed: ruling}", "undeclared_outcome"),
        ("next: end_of_block", "next: nowhere", "unknown_step"),
        ("on: {fail: ruling}", "on: {fail: ruling, pass: ruling}", "next_and_on"),
        ("not_same_as: [count]", "not_same_as: [cuont]", "unknown_step"),
        ("not_same_as: [count]", "not_same_as: [triage]", "not_same_as_target"),
        ("not_same_as: [count]", "not_same_as: [inspect]", "not_same_as_target"),
        ("as: line", "as: data", "reserved_name"),
        ("id: ruling", "id: Ruling", "key_form"),
        ("version: 1.0.0", "version: 'one'", "version_form"),
        ("basis: [GSP-60]", "basis: [GSP-60]\neffective_from: 2026-02-30", "date_form"),
        ("basis: [GSP-60]", "basis: [GSP-82]", "clause_of_other_process"),
        ("{meaning: received}", "{meaning: recieved}", "unknown_meaning"),
        ("task: receiver", "task: it_admin", "role_cannot_act"),
        ("task: receiver", "task: guest_auditor", "role_cannot_act"),
        ("[quality_staff, quality_director], rule", "[quality_staff, it_admin], rule", "role_cannot_act"),
        ("[quality_staff, quality_director], rule", "[quality_staff, sales], rule", "ruling_role"),
        ("start: {by: [receiver]", "start: {by: [it_admin]", "role_cannot_act"),
        ("sign: {meaning: received}", "external_signature: driver", "unknown_party"),
        ("  due: PT2H", "  due: 2 hours", "wrong_value"),
        ("forms/inspect.v1.json", "forms/Inspect.json", "file_name"),
        ("seal: true", "seal: yes", "wrong_shape"),
        ("{key: counted, zh: 清点完毕, en: Counted}", "{key: counted, zh: 清点完毕}", "outcome_words"),
        ("{key: counted, zh: 清点完毕, en: Counted}", "counted", "outcome_words"),
        ("{key: refused, zh: 拒收", "{key: counted, zh: 拒收", "duplicate_entry"),
        ("gspflow: 1", "gspflow: 2", "language_version"),
    ],
)
def test_one_fault_gives_its_finding_at_its_line(old: str, new: str, code: str, draft: Any):
    draft.replace(old, new)
    found = draft.findings(code)
    assert found, [finding.as_line("en") for finding in draft.check().findings]
    changed = draft.line_of(new.split("\n")[-1]) if new else None
    assert changed is None or any(abs(finding.line - changed) <= 8 for finding in found)


def test_a_step_that_nothing_reaches(draft: Any):
    draft.add_step("- {id: a, notify: [sales], next: done}\n- {id: b, notify: [sales]}\n")
    (finding,) = draft.findings("unreachable_step")
    assert "'b'" in finding.message.en


def test_an_unreachable_group_is_reported_once(draft: Any):
    draft.add_step(
        "- {id: a, notify: [sales], next: done}\n"
        "- {id: b, foreach: data.lines, as: one, item_key: one.line_no, do: [{id: c, notify: [sales]}]}\n"
    )
    assert len(draft.findings("unreachable_step")) == 1


def test_a_case_that_could_never_end(draft: Any):
    draft.replace(
        "- {id: done, end: completed, seal: true}", "- {id: ask, task: sales, title: {zh: 问, en: Ask}, next: grade}"
    )
    draft.replace(
        "- {id: stopped, end: cancelled}", "- {id: again, task: sales, title: {zh: 再, en: Again}, next: tell}"
    )
    assert draft.findings("cannot_end")


def test_running_past_the_last_step_is_a_warning(draft: Any):
    draft.replace("- {id: stopped, end: cancelled}", "- {id: last, notify: [sales]}")
    (finding,) = draft.findings("no_end_step")
    assert finding.severity == "warning"


def test_falling_into_a_recovery_step_is_a_warning(draft: Any):
    draft.replace("    next: end_of_block\n", "")
    (finding,) = draft.findings("falls_into_recovery")
    assert finding.severity == "warning"
    assert finding.line == draft.line_of("- id: ruling")
    assert "'inspect' falls into 'ruling'" in finding.message.en


def test_a_cycle_without_people_is_a_warning(draft: Any):
    draft.add_step("- {id: spin, when: data.ready, set: {ready: 'false'}, next: grade}\n")
    assert [finding.severity for finding in draft.findings("loop_without_person")] == ["warning"]


def test_too_many_steps(draft: Any):
    draft.add_step("".join(f"- {{id: n{number}, notify: [sales]}}\n" for number in range(220)))
    assert len(draft.findings("too_many_steps")) == 1


def test_an_inner_item_cannot_hide_an_outer_one(draft: Any):
    draft.replace(
        "  - id: ruling\n",
        "  - {id: deep, foreach: data.lines, as: line, item_key: line.line_no, do: [{id: c, notify: [sales]}]}\n  - id: ruling\n",
    )
    assert draft.findings("shadowed_name")


def test_a_title_that_is_too_long(draft: Any):
    draft.replace("到货核对", "长" * 201)
    assert draft.findings("text_too_long")
