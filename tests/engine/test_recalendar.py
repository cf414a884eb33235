"""A newer working-time calendar in a running case: what moves, what stays, who may, and that the fold agrees."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.samples import AT, Case, task
from workflows.engine.appliers import fold
from workflows.engine.state import CaseState

# The samples begin on Sunday, 2026-11-22, 09:00 in Shanghai.
FREE_MONDAY: dict[str, Any] = {"days": {"2026-11-23": []}, "provisional": [2027], "until": "2028-12-31"}
END = {"id": "end", "end": "completed"}


def rows(case: Case) -> Any:
    return case.entries[-1].rows


def test_a_deadline_in_working_days_moves_with_its_reminders_and_one_in_hours_stays() -> None:
    steps = [
        {
            "id": "both",
            "parallel": [
                {"do": [task("work", due="work:P1D", escalate=[{"after": "work:PT2H", "remind": "assignee"}])]},
                {"do": [task("clock", due="PT24H", escalate=[{"after": "PT1H", "remind": "assignee"}])]},
            ],
        },
        END,
    ]
    case = Case.start(steps)
    work, clock = (next(one for one in case.state.active() if one.step == name) for name in ("work", "clock"))
    assert (work.due, work.alarms) == ("2026-11-23T09:30:00.000Z", {"escalate0": "2026-11-24T03:00:00.000Z"})
    before = (clock.due, dict(clock.alarms))
    assert case.tell("recalendar", calendar=FREE_MONDAY) is None
    assert (work.due, work.alarms) == ("2026-11-24T09:30:00.000Z", {"escalate0": "2026-11-25T03:00:00.000Z"})
    assert (clock.due, clock.alarms) == before
    assert [step["path"] for step in rows(case)["steps"]] == [work.path]
    assert [row["due"] for row in rows(case)["tasks"]] == ["2026-11-24T09:30:00.000Z"]


def test_what_opens_afterwards_counts_by_the_newer_calendar() -> None:
    case = Case.start([task("one"), task("two", due="work:P1D"), END])
    assert case.tell("recalendar", calendar=FREE_MONDAY) is None
    assert case.act("one#1") is None
    assert case.state.instances["two#1"].due == "2026-11-24T09:30:00.000Z"


def test_a_timer_in_working_time_rings_at_its_new_moment_only() -> None:
    late = {"id": "late", "end": "cancelled"}
    wait = {
        "id": "hear",
        "wait": {"first_of": [{"timer": "work:P1D", "to": "late"}, {"condition": "false", "to": "end"}]},
    }
    case = Case.start([wait, END, late])
    old = case.state.instances["hear#1"].alarms["arm0"]
    assert case.tell("recalendar", calendar=FREE_MONDAY) is None
    waiting: Any = case.state.instances["hear#1"].waits[0]
    assert waiting["at"] == "2026-11-24T09:30:00.000Z"
    assert case.ring() == "2026-11-24T09:30:00.000Z" != old
    assert case.state.state == "cancelled"


def test_a_reminder_that_has_rung_does_not_ring_again() -> None:
    case = Case.start([task("work", due="work:P1D", escalate=[{"after": "PT0S", "remind": "assignee"}]), END])
    case.ring()
    assert case.tell("recalendar", calendar=FREE_MONDAY) is None
    assert case.state.instances["work#1"].alarms == {}
    assert case.state.instances["work#1"].due == "2026-11-24T09:30:00.000Z"


def test_the_fold_of_the_records_gives_the_same_state_and_it_is_carried_on() -> None:
    case = Case.start([task("work", due="work:P1D"), END])
    assert case.tell("recalendar", calendar=FREE_MONDAY) is None
    assert fold(case.records).to_json() == case.state.to_json()
    carried = CaseState.from_json(case.state.to_json())
    assert carried.calendar == FREE_MONDAY
    (record,) = [one for one in case.records if one["action"] == "set"]
    assert record["act_sha"] and record["detail"]["actor"]["id"] == "system"


def test_the_same_calendar_twice_is_refused_and_another_one_is_taken() -> None:
    case = Case.start([task("work", due="work:P1D"), END])
    known = case.tell("recalendar", calendar={})
    assert known is not None and known.code == "calendar_known"
    assert case.tell("recalendar", calendar=FREE_MONDAY) is None
    again = case.tell("recalendar", calendar=FREE_MONDAY)
    assert again is not None and again.code == "calendar_known"
    assert case.tell("recalendar", calendar={"days": {}}) is None
    assert case.state.instances["work#1"].due == "2026-11-23T09:30:00.000Z"


@pytest.mark.parametrize(
    "calendar",
    [
        None,
        "free",
        {"week": [[]] * 7},
        {"week": [["09:00-17:30"]] * 6},
        {"days": {"soon": []}},
        {"days": {"2026-11-23": ["9-17"]}},
        {"days": {"2026-11-23": ["10:00-12:00", "09:00-11:00"]}},
        {"days": {"2026-11-23": [9]}},
        {"days": ["2026-11-23"]},
    ],
)
def test_what_is_no_calendar_is_refused(calendar: Any) -> None:
    case = Case.start([task("work", due="work:P1D"), END])
    refusal = case.tell("recalendar", calendar=calendar)
    assert refusal is not None and refusal.code == "bad_calendar"


def test_a_person_brings_no_calendar() -> None:
    case = Case.start([task("work", due="work:P1D"), END])
    refusal = case.act("", "recalendar", seat="", values={"calendar": FREE_MONDAY}, person="receiver")
    assert refusal is not None and refusal.status == 403
    assert case.state.calendar is None and case.state.at == AT
