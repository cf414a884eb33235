"""What a person must have on file: the newest paper decides, and a day after the last one it is too late."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from domain.needs import NeedBook, NeedsError, Paper, load_needs, months_after
from domain.roles import ROLES

DATA: Any = YAML(typ="safe").load((Path(__file__).parents[2] / "definitions/needs.yaml").read_text("utf-8"))
BOOK = load_needs(DATA)
TODAY = "2026-11-28"
DAYS = st.dates(date(2024, 1, 1), date(2028, 1, 1)).map(date.isoformat)
PAPERS = st.lists(
    st.builds(Paper, kind=st.just("training"), subject=st.just("post"), on=DAYS, until=DAYS,
              result=st.sampled_from(["passed", "failed"])), max_size=6,
)  # fmt: skip


def judged(key: str, *papers: Paper, rows: tuple[Any, ...] = (), day: str = TODAY) -> Any:
    return BOOK.judge(key, papers, day, rows, "HQ")


def training(on: str, until: str, result: str = "passed") -> Paper:
    return Paper("training", "post", on, until, result=result)


def test_a_training_counts_on_its_last_day_and_not_the_day_after() -> None:
    paper = training("2025-11-29", TODAY)
    assert judged("post_training", paper).until == TODAY
    late = judged("post_training", paper, day="2026-11-29")
    assert not late.met and "2026-11-28" in late.why.zh and "2026-11-28" in late.why.en


def test_a_failed_assessment_ends_an_earlier_one_that_would_still_count() -> None:
    assert not judged(
        "post_training", training("2026-05-01", "2027-04-30"), training("2026-10-01", "2027-09-30", "failed")
    ).met


def test_of_one_day_the_last_entry_decides() -> None:
    failed, passed = training(TODAY, "2027-11-27", "failed"), training(TODAY, "2027-11-27")
    assert judged("post_training", failed, passed).met and not judged("post_training", passed, failed).met


def test_a_title_or_a_diploma_makes_an_ivd_inspector_and_another_field_does_not() -> None:
    ivd = ({"is_ivd": True},)
    title = Paper("title", "medical_laboratory", "2020-01-01", level="junior")
    assert judged("ivd_inspector_when_ivd", title, rows=ivd).until == "9999-12-31"
    other = Paper("education", "medical_device", "2020-01-01", level="doctor")
    assert not judged("ivd_inspector_when_ivd", other, rows=ivd).met


def test_a_level_below_the_asked_one_does_not_count() -> None:
    low, high = (Paper("education", "medical_device", "2020-01-01", level=one) for one in ("secondary", "bachelor"))
    assert not judged("quality_degree", low).met and judged("quality_degree", low, high).met


def test_a_need_with_a_condition_is_not_asked_of_other_goods() -> None:
    verdict = judged("ivd_inspector_when_ivd", rows=({"is_ivd": False}, {}))
    assert verdict.met and not verdict.asked


def test_an_authorisation_of_one_site_does_not_count_at_another() -> None:
    paper = Paper("authorisation", "ruling", "2020-01-01", sites=frozenset({"B2"}))
    assert not judged("authorised_for_rulings", paper).met
    assert BOOK.judge("authorised_for_rulings", [paper], TODAY, (), "B2").met


def test_an_unknown_need_is_never_met() -> None:
    assert not judged("no_such_need").met


@given(PAPERS, DAYS)
def test_no_need_is_met_by_a_paper_that_does_not_count_on_the_day(papers: list[Paper], day: str) -> None:
    verdict = judged("post_training", *papers, day=day)
    counting = [one for one in papers if one.result == "passed" and one.on <= day <= (one.until or "")]
    assert not verdict.met or any(one.until == verdict.until for one in counting)


@given(DAYS, st.integers(1, 36))
def test_a_month_count_never_ends_before_it_begins_and_never_takes_a_day_too_many(day: str, months: int) -> None:
    ends = date.fromisoformat(months_after(day, months))
    begins = date.fromisoformat(day)
    assert begins + timedelta(days=27 * months) <= ends <= begins + timedelta(days=31 * months)


def test_twelve_months_end_on_the_day_before_the_anniversary() -> None:
    assert months_after("2026-03-01", 12) == "2027-02-28" and months_after("2024-02-29", 12) == "2025-02-28"


def test_the_shipped_book_names_roles_that_exist() -> None:
    assert {post for need in BOOK.needs.values() for post in need.posts} <= set(ROLES)
    assert {keeper for kind in BOOK.kinds.values() for keeper in kind.keepers} <= set(ROLES)


@pytest.mark.parametrize(
    "way",
    [{"kind": "diploma", "subject": "post"}, {"kind": "training", "subject": "medicine"},
     {"kind": "title", "subject": "medicine", "at_least": "king"}],
)  # fmt: skip
def test_a_book_that_names_what_it_does_not_have_is_refused(way: Any) -> None:
    wrong = {**DATA, "needs": [{"key": "x", "zh": "x", "en": "x", "basis": [], "any_of": [way]}]}
    with pytest.raises(NeedsError):
        load_needs(wrong)


def test_an_empty_book_asks_nothing() -> None:
    assert NeedBook().by_law("inspector") == ()
