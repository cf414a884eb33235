"""What the case itself refuses to have signed, whatever a client or a service let through."""

from __future__ import annotations

from typing import Any

from tests.engine.samples import Case, task

OUTCOMES = [{"key": "good", "zh": "好", "en": "Good"}, {"key": "bad", "zh": "坏", "en": "Bad"}]
EACH = {"id": "lines", "foreach": "data.lines", "as": "line", "item_key": "line.no", "do": [task("look")]}


def rows(*keys: str) -> dict[str, Any]:
    return {"lines": [{"no": key} for key in keys]}


def entered(case: Case, values: dict[str, Any]) -> Any:
    """The receiver fills in the list."""
    return case.act("enter#1", values=values, form_sha=case.model.form_shas["forms/a.v1.json"])


def test_signed_step_with_several_outcomes_needs_one_that_was_chosen() -> None:
    sign = {"meaning": "received", "reauth": False}
    case = Case.start([task("a", sign=sign, outcomes=OUTCOMES), task("b")])
    refused = case.act("a#1", meaning="received")
    assert refused is not None and (refused.status, refused.code) == (422, "outcome_missing")
    assert [fault.pointer for fault in refused.faults] == ["/outcome"]
    assert case.act("a#1", meaning="received", outcome="bad") is None


def test_unsigned_step_without_an_outcome_takes_the_first() -> None:
    case = Case.start([task("a", outcomes=OUTCOMES), task("b")])
    assert case.act("a#1") is None and case.state.instances["a#1"].output["outcome"] == "good"  # type: ignore[index]


def test_rows_that_a_later_step_goes_through_need_keys_of_their_own() -> None:
    case = Case.start([task("enter", form="forms/a.v1.json"), EACH])
    refused = entered(case, rows("L1", "L2", "L1"))
    assert refused is not None and (refused.status, refused.code) == (422, "repeated_key")
    assert [fault.pointer for fault in refused.faults] == ["/lines/2/no"]
    assert "L1" in refused.message.zh and "L1" in refused.message.en
    assert entered(case, rows("L1", "L2")) is None and "lines#1/[L2]#1/look#1" in case.state.instances


def test_list_that_goes_nowhere_may_repeat_itself() -> None:
    case = Case.start([task("enter", form="forms/a.v1.json", into="none"), task("b")])
    assert entered(case, rows("L1", "L1")) is None
