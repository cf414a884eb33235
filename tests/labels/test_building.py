"""What is built for a label is what is read from it: the reader and the builder are each other's inverse."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import document_codes
from domain.udi import UnbuildableError, read
from domain.udi.building import bracketed, element_string, sscc, sscc_of, udi_pairs
from domain.udi.gs1_contents import CSET82, check_digit
from tests.examples import examples

TODAY = date(2026, 12, 1)
GTIN = "09521234543213"
GS = "\x1d"
gtins = (
    st.integers(0, 10**13 - 1)
    .map(lambda n: f"{n:013}")
    .filter(lambda d: d[1:5].isdigit())
    .map(lambda digits: digits + check_digit(digits))
)
words = st.text(CSET82, min_size=1, max_size=20)
days = st.dates(TODAY - timedelta(days=365 * 40), TODAY + timedelta(days=365 * 40)).map(lambda day: day.isoformat())


@settings(max_examples=examples(50), deadline=None)
@given(gtins, st.none() | words, st.none() | words, st.none() | days, st.none() | days, st.none() | words)
def test_reading_what_was_built_gives_the_fields_back(di, lot, serial, expiry, made, own) -> None:
    pairs = udi_pairs(di, TODAY, lot=lot, serial=serial, expiry=expiry, made=made, own=own)
    for spelled in (element_string(pairs, TODAY), "]d2" + element_string(pairs, TODAY), bracketed(pairs)):
        found = read(spelled, TODAY)
        assert (found.di, found.lot, found.serial, found.expiry, found.made) == (di, lot, serial, expiry, made)
        assert [one.key for one in found.elements] == [ai for ai, _ in pairs]
        assert dict(pairs).get("91") == next((one.value for one in found.elements if one.key == "91"), None)


def test_separators_stand_only_where_a_length_is_not_laid_down() -> None:
    pairs = udi_pairs(GTIN, TODAY, lot="A", serial="S", expiry="2028-03-31", own="7")
    assert element_string(pairs, TODAY) == f"01{GTIN}1728033110A{GS}21S{GS}917"


def test_everything_wrong_is_told_at_once_with_its_identifier() -> None:
    pairs = [("01", "09521234543214"), ("10", "批号"), ("10", "B"), ("17", "280231"), ("9", "x"), ("21", "x" * 21)]
    with pytest.raises(UnbuildableError) as caught:
        element_string(pairs, TODAY)
    told = [(one.pointer, one.code) for one in caught.value.faults]
    assert told == [
        ("/01", "bad_value"), ("/10", "bad_value"), ("/17", "bad_value"), ("/9", "no_ai"), ("/21", "bad_value"),
        ("/10", "twice"),
    ]  # fmt: skip
    assert "校验位应为 3" in caught.value.text.zh and "more" not in caught.value.text.zh


@pytest.mark.parametrize("pairs", [[("10", "A")], [("01", GTIN), ("02", GTIN)], []])
def test_elements_that_do_not_belong_together_are_refused(pairs) -> None:
    with pytest.raises(UnbuildableError):
        element_string(pairs, TODAY)


@pytest.mark.parametrize("day", ["2077-01-01", "1970-01-01", "31.12.2028", ""])
def test_day_that_two_digits_cannot_say_is_refused_and_none_is_left_away(day: str) -> None:
    if not day:
        assert udi_pairs(GTIN, TODAY, expiry=day) == (("01", GTIN),)
        return
    with pytest.raises(UnbuildableError):
        udi_pairs(GTIN, TODAY, expiry=day)


@settings(max_examples=examples(25), deadline=None)
@given(st.integers(1000, 10**9), st.integers(0, 10**6), st.integers(0, 9))
def test_logistic_unit_is_read_back_and_one_wrong_digit_is_not(prefix: int, number: int, extension: int) -> None:
    made = sscc(str(prefix), number, extension)
    assert len(made) == 18
    assert {sscc_of(text) for text in (f"00{made}", f"]C100{made}", f"(00){made}")} == {made}
    assert sscc_of(f"00{made[:5]}{(int(made[5]) + 1) % 10}{made[6:]}") is None


def test_logistic_unit_needs_a_prefix_and_room() -> None:
    for prefix, number in (("12", 1), ("69x1", 1), ("690123456789", 10**4)):
        with pytest.raises(UnbuildableError):
            sscc(prefix, number)


# ------------------------------------------------------------------ document codes

ids = st.text(document_codes.ALPHABET, min_size=26, max_size=26)


@settings(max_examples=examples(40), deadline=None)
@given(ids, st.integers(0, 32**12 - 1))
def test_document_code_is_read_back_however_it_is_typed(identity: str, number: int) -> None:
    case, task = document_codes.case_code("0" + identity[1:]), document_codes.task_code(identity)
    voucher = document_codes.number_code("voucher", number)
    for code in (case, task, voucher):
        sloppy = code.printed.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert document_codes.read(code.text) == document_codes.read(sloppy) == code
        assert document_codes.looks_like_one(sloppy)
    low, high = document_codes.bounds(case)
    assert low <= "0" + identity[1:] <= high
    assert document_codes.bounds(task)[0] <= identity <= document_codes.bounds(task)[1]
    assert document_codes.read(voucher.printed).number == number


@settings(max_examples=examples(40), deadline=None)
@given(ids, st.integers(2, 15), st.sampled_from(document_codes.ALPHABET))
def test_one_wrong_character_and_changed_neighbours_are_always_found(identity: str, place: int, letter: str) -> None:
    text = document_codes.task_code(identity).text
    wrong = {text[:place] + letter + text[place + 1 :]}
    if place < 15:
        wrong.add(text[:place] + text[place + 1] + text[place] + text[place + 2 :])
    for one in wrong - {text}:
        with pytest.raises(document_codes.DocumentCodeFault):
            document_codes.read(one)


@pytest.mark.parametrize(("text", "at"), [("GFC1KC9", 7), ("GFC1KC93NXQZ7FU4K", 14), ("XX", 0), ("GFTU", 3)])
def test_document_code_fault_says_the_place(text: str, at: int) -> None:
    with pytest.raises(document_codes.DocumentCodeFault) as caught:
        document_codes.read(text)
    assert caught.value.position == at


@pytest.mark.parametrize("text", [GTIN, "HZ-Q-02", "GF", "GFCH公司1234567", "B20261103"])
def test_other_texts_are_no_document_codes(text: str) -> None:
    assert not document_codes.looks_like_one(text)
