"""The map: every location is drawn once, in the zone and aisle of its code; a thousand of them become strips."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from ui.stock.places import CELLS_SHOWN, ZONES, aisle_of, degrees, drawn

CELLS = st.lists(
    st.fixed_dictionaries(
        {
            "location": st.from_regex(r"[A-Z]{1,2}(-[A-Z0-9]{1,2}){0,3}", fullmatch=True),
            "zone": st.sampled_from([*ZONES, None]),
            "temp_min": st.sampled_from([None, -25, 2, 10]),
            "temp_max": st.sampled_from([None, 8, 30]),
            "lots": st.integers(0, 3),
            "expiry": st.sampled_from([None, "expired", "d30", "later"]),
            "stopped": st.booleans(),
        }
    ),
    unique_by=lambda cell: str(cell["location"]),
    max_size=20,
)


def codes(zones: list[Any]) -> list[str]:
    return [cell["code"] for zone in zones for aisle in zone["aisles"] for cell in aisle["cells"]]


@settings(max_examples=examples(25), deadline=None)
@given(cells=CELLS)
def test_every_location_is_drawn_once(cells: list[Any]) -> None:
    zones = drawn(cells, "en")
    assert sorted(codes(zones)) == sorted(cell["location"] for cell in cells)
    order = [ZONES.index(zone["zone"]) if zone["zone"] else len(ZONES) for zone in zones]
    assert order == sorted(order)
    for zone in zones:
        for aisle in zone["aisles"]:
            assert aisle["filled"] == sum(cell["state"] != "free" for cell in aisle["cells"])


def test_a_thousand_locations_become_strips_by_aisle() -> None:
    cells = [
        {
            "location": f"HZ-A-{aisle:02d}-{number:02d}", "zone": "qualified", "temp_min": 10, "temp_max": 30,
            "lots": number % 2, "expiry": None, "stopped": False,
        }
        for aisle in range(20) for number in range(50)
    ]  # fmt: skip
    zone = drawn(cells, "zh")[0]
    assert len(cells) > CELLS_SHOWN and zone["strips"] and zone["range"] == "10–30 ℃"
    assert [(aisle["name"], aisle["filled"], len(aisle["cells"])) for aisle in zone["aisles"]][:1] == [("A-00", 25, 50)]
    assert len(zone["aisles"]) == 20


def test_what_is_stopped_shows_before_what_expires() -> None:
    def state(**more: Any) -> str:
        cell = {"location": "HZ-A-01", "zone": "qualified", "temp_min": None, "temp_max": None}
        whole = {**cell, "lots": 1, "expiry": "later", "stopped": False, **more}
        return str(drawn([whole], "en")[0]["aisles"][0]["cells"][0]["state"])

    assert state(stopped=True, expiry="expired") == "stopped"
    assert state(expiry="expired") == "expired" and state(expiry="d90") == "soon" and state() == "full"
    assert state(lots=0, stopped=False, expiry=None) == "free"


def test_codes_and_degrees_as_people_read_them() -> None:
    assert (
        aisle_of("HZ-A-02-03") == ("A-02", "03") and aisle_of("HZ-Q-02") == ("Q", "02") and aisle_of("X") == ("X", "X")
    )
    assert degrees(2, 8) == "2–8 ℃" and degrees(-25, -18) == "-25 ~ -18 ℃" and degrees(None, 8) == "≤ 8 ℃"
