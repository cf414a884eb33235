"""What words become in the auditor's box, and what differs between two moments of a case."""

from __future__ import annotations

import pytest

from ui.audit.explanation import changes_between
from ui.audit.filters import address, asked, moments
from ui.audit.outline import state_word, states_of
from ui.audit.search import token_of
from ui.audit.tell import Teller, item_key, short
from ui.audit.verify_tab import claim_of
from ui.texts import catalogue
from workflows.engine.appliers import APPLIERS

PEOPLE = {"inspector": {"zh": "陈晓雯", "en": "Chen Xiaowen"}}
STEPS = {"receive": {"zh": "收货核对", "en": "Receive and check"}}


@pytest.mark.parametrize(
    ("typed", "token"),
    [
        ("GSP-62", ("clause", "GSP-62")),
        ("insp 6.62", ("clause", "INSP-6.62")),
        ("2026-11-22", ("from", "2026-11-22")),
        ("陈晓雯", ("person", "inspector")),
        ("Receive and check", ("step", "receive")),
        ("sup-003", ("supplier", "SUP-003")),
        ("lot:B2610", ("lot", "B2610")),
        ("B2610", ("q", "B2610")),
        ("lot:", ("q", "lot:")),
    ],
)
def test_a_word_is_recognised(typed: str, token: tuple[str, str]) -> None:
    assert token_of(typed, PEOPLE, STEPS) == token


def test_changes_are_named_leaf_by_leaf_and_rows_by_their_key() -> None:
    before = {"a": 1, "lines": [{"line_no": "L1", "x": 1}, {"line_no": "L2", "x": 1}]}
    after = {"a": 1, "b": "new", "lines": [{"line_no": "L1", "x": 1}, {"line_no": "L2", "x": 2}]}
    assert changes_between(before, after) == [("lines[L2].x", 1, 2), ("b", None, "new")]


def test_days_mean_the_sites_own_calendar_and_include_the_last() -> None:
    found = moments({"from": "2026-11-22", "to": "2026-11-22", "lot": "A"}, "Asia/Shanghai")
    assert found == {"lot": "A", "from": "2026-11-21T16:00:00.000Z", "to": "2026-11-22T16:00:00.000Z"}
    assert moments({"from": "yesterday"}, "Asia/Shanghai") == {}


def test_the_address_carries_what_is_asked() -> None:
    filters = asked({"lot": " A 1 ", "junk": "x", "state": ""}, ("lot", "state"))
    assert filters == {"lot": "A 1"}
    assert address("/cases", filters, state="running") == "/cases?lot=A+1&state=running"
    assert address("/cases", filters, lot=None) == "/cases"


def test_every_action_of_a_record_is_said_in_words() -> None:
    unsaid = [action for action in APPLIERS if f"audit.action.{action}" not in catalogue()]
    assert unsaid == []


def test_a_return_names_the_step_returned_to_and_a_cancel_the_case() -> None:
    story = {"zone": "Asia/Shanghai", "names": PEOPLE, "steps": {"receive": {"title": STEPS["receive"]}}}
    record = {"seq": 3, "action": "returned", "actor": {"id": "inspector", "name": "陈晓雯"}, "step": "put_away"}
    teller = Teller(story, [], "zh")
    assert teller.record({**record, "path": "put_away#1", "to": "receive"}).words == "陈晓雯 退回到 收货核对"
    assert teller.record({**record, "path": "", "step": None}).words == "陈晓雯 撤销案例"


def test_the_item_of_a_path_is_the_innermost() -> None:
    assert item_key("lines#1/[L2]#1/inspect#1") == "L2"
    assert item_key("receive#1") == ""


def test_a_title_is_cut_before_its_first_value() -> None:
    assert short("验收 {line.product_name}") == "验收"
    assert "{" not in short("{line.product_name} 第 {line.line_no} 行拒收")


def test_the_last_round_counts_and_other_lines_do_not() -> None:
    rows = [
        {"path": "lines#1/[L1]#1/inspect#1", "step": "inspect", "round": 1, "state": "superseded"},
        {"path": "lines#1/[L1]#1/inspect#2", "step": "inspect", "round": 2, "state": "open"},
        {"path": "lines#1/[L2]#1/inspect#1", "step": "inspect", "round": 1, "state": "done"},
    ]
    assert state_word(states_of(rows, "L1")["inspect"]) == "active"
    assert state_word(states_of(rows, "L2")["inspect"]) == "done"


def test_a_finding_is_put_to_the_claim_that_it_breaks() -> None:
    assert claim_of({"stream": "ledger", "witness": "invariant"}) == "ledger"
    assert claim_of({"stream": "case/1", "witness": "history"}) == "histories"
    assert claim_of({"stream": "case/1", "witness": "chain"}) == "records"
