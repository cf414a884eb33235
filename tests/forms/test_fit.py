"""Data on record are asked whether they fit by the same measure as data that are entered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from forms.fit import misfits, unknown_fields

SCHEMA: Any = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"},
        "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "weight": {"type": "number", "exclusiveMinimum": 0},
        "kind": {"oneOf": [{"const": "a"}, {"const": "b"}]},
        "day": {"type": "string", "format": "date"},
        "rows": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/row"}},
        "ready": {"type": "boolean"},
    },
    "required": ["name"],
    "$defs": {"row": {"type": "object", "properties": {"no": {"type": "string"}}, "required": ["no"]}},
}


@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        ({"name": "ab", "count": 3, "weight": Decimal("0.1"), "kind": "b", "ready": True}, []),
        ({"name": "a"}, ["/name"]),
        ({"name": "abcde"}, ["/name"]),
        ({"name": "AB"}, ["/name"]),
        ({"count": 0}, ["/count"]),
        ({"count": Decimal("1.5")}, ["/count"]),
        ({"count": True}, ["/count"]),
        ({"weight": 0}, ["/weight"]),
        ({"kind": "c"}, ["/kind"]),
        ({"day": "2026-02-30"}, ["/day"]),
        ({"rows": []}, ["/rows"]),
        ({"rows": [{"no": "1"}, {}, {"no": 2}]}, ["/rows/1/no", "/rows/2/no"]),
        ({"ready": "yes"}, ["/ready"]),
    ],
)
def test_what_does_not_fit_is_named_at_its_place(value: Any, pointers: list[str]) -> None:
    found = misfits(SCHEMA, value, complete=False)
    assert [fault.pointer for fault in found] == pointers
    assert all(fault.message.zh and fault.message.en for fault in found)


def test_a_missing_field_counts_only_where_the_data_are_complete() -> None:
    assert [fault.pointer for fault in misfits(SCHEMA, {}, complete=True)] == ["/name"]
    assert misfits(SCHEMA, {}, complete=False) == []


def test_a_field_that_the_schema_does_not_know_is_named() -> None:
    assert unknown_fields(SCHEMA, {"name": "ab", "colour": "red"}) == ["colour"]
