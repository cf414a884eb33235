"""Legal parameters are what they were on the day."""

from datetime import date
from typing import Any

import pytest

from rules.parameters import ParameterError, load_parameters, value_on

DATA: dict[str, Any] = {
    "log_gap_min": [
        {"from": "2016-09-22", "value": 5, "unit": "min", "source": "guide 154"},
        {"from": date(2026, 7, 1), "value": 2, "unit": "min", "source": "guide 2026"},
    ]
}


@pytest.mark.parametrize(
    ("day", "value", "source"),
    [
        (date(2016, 9, 22), 5, "guide 154"),
        (date(2026, 6, 30), 5, "guide 154"),
        (date(2026, 7, 1), 2, "guide 2026"),
        (date(2099, 1, 1), 2, "guide 2026"),
    ],
)
def test_the_value_in_force_on_the_day_counts(day: date, value: int, source: str) -> None:
    parameters = load_parameters(DATA)
    assert value_on(parameters, "log_gap_min", day) == value
    assert parameters.value_on("log_gap_min", day).source == source


def test_all_values_of_a_day_leave_out_what_is_not_yet_in_force() -> None:
    late = {"late": [{"from": "2030-01-01", "value": 1, "unit": "", "source": "x"}]}
    assert load_parameters(DATA, late).all_on(date(2026, 1, 1)) == {"log_gap_min": 5}


@pytest.mark.parametrize(
    ("name", "day", "code"),
    [("nothing", date(2026, 1, 1), "parameter_unknown"), ("log_gap_min", date(2016, 9, 21), "parameter_not_yet")],
)
def test_a_question_without_answer_is_refused(name: str, day: date, code: str) -> None:
    with pytest.raises(ParameterError) as caught:
        load_parameters(DATA).value_on(name, day)
    assert caught.value.code == code and name in caught.value.text.zh


GOOD: dict[str, Any] = {"from": "2026-01-01", "value": 1, "unit": "min", "source": "law"}


@pytest.mark.parametrize(
    "entries",
    [
        [],
        "x",
        [GOOD, GOOD],
        [{**GOOD, "from": "2026-02-30"}],
        [{**GOOD, "source": " "}],
        [{**GOOD, "value": 0.5}],
        [{**GOOD, "extra": 1}],
        [{"from": "2026-01-01", "value": 1}],
        [5],
    ],
)
def test_data_without_date_source_or_order_is_refused(entries: object) -> None:
    with pytest.raises(ParameterError):
        load_parameters({"p": entries})


def test_a_name_given_in_two_files_is_refused() -> None:
    with pytest.raises(ParameterError):
        load_parameters(DATA, DATA)
