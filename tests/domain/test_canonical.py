"""One value has one spelling, exact for numbers, and a hash that is nobody else's."""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.canonical import CanonicalError, canonical_bytes, digest, dumps, loads, normalize, number_fault
from tests.examples import examples

decimals = st.builds(
    lambda digits, places, sign: Decimal(digits).scaleb(-places) * sign,
    st.integers(0, 10**15 - 1),
    st.integers(0, 12),
    st.sampled_from([1, -1]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53 - 1), 2**53 - 1) | decimals | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=examples(300), deadline=None)
@given(values)
def test_text_reads_back_to_the_same_text(value: object) -> None:
    try:
        text = dumps(value)  # type: ignore[arg-type]
    except CanonicalError as refused:
        assert refused.code in ("not_text", "number_digits", "number_places", "key_twice")
        return
    assert dumps(loads(text)) == text


def reference(value: object) -> str:
    """RFC 8785 written down once more, piece by piece."""
    if isinstance(value, dict):
        named = {unicodedata.normalize("NFC", key): item for key, item in value.items()}
        names = sorted(named, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{reference(name)}:{reference(named[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(reference, value)) + "]"
    if isinstance(value, str):
        return json.dumps(unicodedata.normalize("NFC", value), ensure_ascii=False)
    return dumps(value)  # type: ignore[arg-type]


@settings(max_examples=examples(300), deadline=None)
@given(values)
def test_whole_values_are_spelled_as_their_pieces(value: object) -> None:
    try:
        text = dumps(value)  # type: ignore[arg-type]
    except CanonicalError:
        return
    assert text == reference(value)
    assert canonical_bytes(value) == text.encode()  # type: ignore[arg-type]


def test_every_character_is_escaped_as_rfc_8785_says() -> None:
    text = "".join(map(chr, range(0x2100)))
    assert dumps([text]) == reference([text])
    assert dumps({text: text}) == reference({text: text})


@given(decimals)
def test_decimals_keep_their_exact_value(value: Decimal) -> None:
    if number_fault(value) is None:
        assert Decimal(loads(dumps(value))) == value


@given(decimals)
def test_decimals_are_spelt_as_javascript_spells_the_nearest_double(value: Decimal) -> None:
    if number_fault(value) is None:
        assert float(dumps(value)) == float(value)


def test_keys_stand_in_utf16_order_and_without_spaces() -> None:
    assert dumps({"b": 1, "a": [True, None], "收": "货", "\U0001f600": 0, "\uff21": 1}) == (
        '{"a":[true,null],"b":1,"收":"货","\U0001f600":0,"\uff21":1}'
    )


def test_examples_of_rfc_8785_are_spelt_as_there() -> None:
    shown = {Decimal("4.50"): "4.5", Decimal("2E-3"): "0.002", Decimal("1E-7"): "1e-7", Decimal("-0.0"): "0"}
    assert [dumps(number) for number in shown] == list(shown.values())


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        {1: 2},
        object(),
        b"x",
        {"a": {1, 2}},
        {"a": [1.5]},
        [uuid4()],
        ["\ud800"],
        {"a": datetime.now()},
    ],
)
def test_floats_and_strangers_are_refused(value: object) -> None:
    with pytest.raises(CanonicalError):
        dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [2**53, -(2**53), Decimal(10) ** 15, Decimal("NaN"), Decimal("1." + "1" * 15)])
def test_numbers_that_json_cannot_keep_are_refused(value: object) -> None:
    with pytest.raises(CanonicalError):
        dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{", "", "\udcff"])
def test_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(CanonicalError):
        loads(text)


def test_reading_gives_decimals_never_floats() -> None:
    assert loads("[0.1, 1e2, 3]") == [Decimal("0.1"), Decimal("1E+2"), 3]
    assert not any(isinstance(item, float) for item in loads("[0.1, 1e2, 3]"))


def test_composed_and_decomposed_text_are_the_same() -> None:
    assert dumps("e\u0301") == dumps("\u00e9")
    assert normalize({"e\u0301": "e\u0301"}) == {"\u00e9": "\u00e9"}


def test_escapes_are_those_of_json() -> None:
    text = '"\\\n\t\u0001/'
    assert json.loads(dumps(text)) == text


def test_hash_of_one_kind_is_never_that_of_another() -> None:
    assert digest("values", {"a": 1}) != digest("act", {"a": 1})
    assert digest("values", {"a": 1, "b": 2}) == digest("values", {"b": 2, "a": 1})
