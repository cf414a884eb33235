"""Hard rules of what leaves the house before the act: cold packing, carriers, selections that add up.

They attach to what a signature means and to the glossary's names (`cool_readings`, `departure_temp`, `carrier_code`,
`used_quantity`), not to an SOP; the activities decide again.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from domain import transport_rules as rules
from domain.errors import Text
from domain.json_types import JsonObject
from domain.rule_facts import Violation
from domain.temperature import Range
from domain.transport_rules import Parted, Reading
from records import departures, facts

_PACKING = ("cool_readings", "logger_started_at")
"""Fields by which packing cold goods is known."""


def performed(about: JsonObject, values: JsonObject, role: str) -> list[Violation]:
    """RULE-30 on whoever signs that cold goods were cooled, packed or loaded."""
    if not any(name in values for name in _PACKING):
        return []
    found = rules.cold_post_acts(role)
    return found + (rules.cooled_first(readings_of(values), range_of(about)) if "cool_readings" in values else [])


def handed_over(session: Session, about: JsonObject, values: JsonObject, day: date) -> list[Violation]:
    """RULE-33 on the carrier; of cold goods RULE-34 on the means and RULE-30 on the temperature at departure."""
    found: list[Violation] = []
    if _text(values, "carrier_code"):
        found += departures.carrier_violations(session, _text(values, "carrier_code"), day)
    if about.get("has_cold") is True and "transport_mode" in values:
        found += rules.cold_means(_text(values, "transport_mode"))
        measured = values.get("departure_temp")
        reading = [] if measured is None else [Reading(_AT_DEPARTURE, Decimal(str(measured)), "departure_temp")]
        found += rules.cooled_first(reading, range_of(about))
    return found


def submitted(values: JsonObject) -> list[Violation]:
    """RULE-32 on whoever enters what a hospital confirmed."""
    rows = [row for row in _rows(values, "selection_lines") if "used_quantity" in row]
    return rules.selection_adds_up([_parted(row) for row in rows])


def readings_of(values: JsonObject) -> list[Reading]:
    """What was measured before packing: each box and vehicle, and the packing room."""
    found = [
        Reading(_of_equipment(row), Decimal(str(row["cool_temp"])), "cool_readings")
        for row in _rows(values, "cool_readings")
        if row.get("cool_temp") is not None
    ]
    room = values.get("packing_env_temp")
    return found + ([] if room is None else [Reading(_ROOM, Decimal(str(room)), "packing_env_temp")])


def range_of(about: JsonObject) -> Range:
    """The range that all cold goods of a case allow."""
    return facts.range_of(about.get("temp_min"), about.get("temp_max"))


_ROOM = Text("包装环境", "The packing room")
_AT_DEPARTURE = Text("启运温度", "The departure")


def _of_equipment(row: JsonObject) -> Text:
    number = _text(row, "equipment_no")
    return Text(f"设备 {number} ", f"{number}")


def _parted(row: JsonObject) -> Parted:
    used, back, gone = (_whole(row, name) for name in ("used_quantity", "return_quantity", "missing_quantity"))
    return Parted(_text(row, "line_no"), _whole(row, "quantity"), used, back, gone)


def _rows(values: JsonObject, key: str) -> list[JsonObject]:
    listed: Any = values.get(key)
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []


def _text(value: JsonObject, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _whole(value: JsonObject, key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else 0
