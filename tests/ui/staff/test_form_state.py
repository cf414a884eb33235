"""What typed text becomes, and what a form says while it is being filled in. No browser."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from forms.model import load_form
from ui.forms import values
from ui.forms.columns import in_hand_order
from ui.forms.state import FormState

ZONE = "Asia/Shanghai"
FORMS = Path(__file__).parents[3] / "definitions" / "receiving_inspection" / "1.0.0" / "forms"


def form(name: str) -> Any:
    """A form that ships."""
    return load_form(json.loads((FORMS / f"{name}.v1.json").read_text("utf-8"), parse_float=Decimal))


@pytest.mark.parametrize("typed", ["20261103", "2026-11-3", "2026/11/03", "2026年11月3日"])
def test_day_is_understood_however_it_is_typed(typed: str) -> None:
    assert values.day(typed) == "2026-11-03"


@pytest.mark.parametrize("typed", ["2026-02-30", "11-03", "2026113", "yesterday"])
def test_no_day_is_made_up(typed: str) -> None:
    assert values.day(typed) is None


def test_moment_of_the_site_is_kept_in_utc_and_shown_as_typed() -> None:
    one = form("arrival").field("/arrival_time")
    kept = values.read(one, "2026-11-03 08:47", ZONE)
    assert kept == "2026-11-03T00:47:00.000Z"
    assert values.typed(one, kept, ZONE) == "2026-11-03 08:47"


def test_decimal_comma_is_a_number_and_words_stay_words() -> None:
    one = form("inspection").field("/box_temp")
    assert values.read(one, "4,4", ZONE) == Decimal("4.4")
    assert values.read(one, "warm", ZONE) == "warm"


def test_fault_of_a_field_is_said_once_it_was_left_and_all_after_the_first_try() -> None:
    state = FormState(form("arrival"), {"arrival_time": "soon"})
    assert state.said() == []
    state.touch("/arrival_time")
    assert [fault.pointer for fault in state.said()] == ["/arrival_time"]
    state.told_all = True
    assert {"/supplier_code", "/delivery_note_no"} <= {fault.pointer for fault in state.said()}


def test_cold_chain_section_appears_with_a_cold_line_only() -> None:
    cold = FormState(form("inspection"), {}, scope={"line": {"is_cold_chain": True, "received_quantity": 3}})
    warm = FormState(form("inspection"), {}, scope={"line": {"is_cold_chain": False, "received_quantity": 3}})
    assert cold.is_shown("/box_temp") and not warm.is_shown("/box_temp")


def test_computed_difference_follows_what_is_typed() -> None:
    state = FormState(form("inspection"), {}, scope={"line": {"is_cold_chain": False, "received_quantity": 40}})
    state.put("/accepted_quantity", 38)
    state.put("/rejected_quantity", 1)
    state.settle()
    assert state.get("/quantity_difference") == 1


def test_columns_stand_in_the_order_of_the_hands() -> None:
    grid = form("receipt").field("/lines")
    names = [one.name for one in in_hand_order(grid.items, grid.row_key)]
    assert names.index("line_no") == 0 and names.index("product_code") < names.index("lot_no") < names.index(
        "received_quantity"
    )
