"""Scanned codes are read strictly: nothing is guessed, and what is wrong is told with its place."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

import biip.gs1_application_identifiers as biip_table
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.udi import UdiFault, read
from domain.udi.dates import full_year
from domain.udi.gs1_contents import CSET82, check_digit, check_pair
from domain.udi.gs1_table import identifiers
from domain.udi.hibc import check_character
from tests.examples import examples

TODAY = date(2026, 12, 1)
GTIN = "09521234543213"
GS = "\x1d"


def with_check(hibc: str) -> str:
    return hibc + check_character(hibc)


def fault(code: str) -> UdiFault:
    with pytest.raises(UdiFault) as caught:
        read(code, TODAY)
    return caught.value


# ------------------------------------------------------------------ GS1


def test_a_label_is_read_into_product_and_production() -> None:
    found = read(f"]d201{GTIN}1728033111260102" + f"10AB-7/2{GS}21S0001", TODAY)
    assert (found.issuer, found.di, found.lot, found.serial) == ("GS1", GTIN, "AB-7/2", "S0001")
    assert (found.expiry, found.made, found.warnings) == ("2028-03-31", "2026-01-02", ())
    assert [one.key for one in found.elements] == ["01", "17", "11", "10", "21"]


@pytest.mark.parametrize(("two_digits", "year"), [(26, 2026), (76, 2076), (77, 1977), (0, 2000), (99, 1999)])
def test_century_is_the_nearest(two_digits: int, year: int) -> None:
    assert full_year(two_digits, 2026) == year
    assert read(f"(01){GTIN}(17){two_digits:02}0115", TODAY).expiry == f"{year}-01-15"


def test_expiry_without_a_day_is_the_last_of_the_month_and_production_without_one_is_left_to_the_person() -> None:
    found = read(f"(01){GTIN}(17)280200(11)260200", TODAY)
    assert (found.expiry, found.made) == ("2028-02-29", None)
    assert [one.code for one in found.warnings] == ["day_unknown"]


@pytest.mark.parametrize(
    ("code", "at"),
    [
        (f"01{GTIN[:-1]}4", 15),  # check digit
        (f"01{GTIN[:5]}A{GTIN[6:]}", 7),  # a letter among digits
        (f"01{GTIN[:12]}", 14),  # too short
        (f"01{GTIN}17279931", 20),  # month 99
        (f"01{GTIN}17270230", 22),  # the 30th of February
        (f"01{GTIN}10", 18),  # nothing in it
        (f"01{GTIN}10AB CD", 20),  # a space
        (f"01{GTIN}89123", 16),  # no such identifier
        (f"01{GTIN}10{'A' * 21}", 38),  # longer than a lot may be
        (f"]C101{GTIN}2421234567", 28),  # longer than this one may be, behind a symbology identifier
        (f"(01){GTIN}(17)9", 23),
        (f"(01){GTIN}(1A)2", 18),
        (f"(01){GTIN}(10)", 22),
        (f"(01){GTIN}(8013)1987654Ad4X4bL5ttr2310cXK", 47),
    ],
)
def test_what_is_wrong_is_told_with_its_place(code: str, at: int) -> None:
    assert fault(code).position == at


@pytest.mark.parametrize(
    "code",
    [
        f"(01){GTIN}(02){GTIN}(37)1(00)123456789012345675",  # a product and the content of a carton
        f"(01){GTIN}(37)12",
        f"(01){GTIN}(21)A(235)B",
        f"(01){GTIN}(250)A",  # a secondary serial needs the serial
        f"(01){GTIN}(3925)12599",  # a price needs what it is for
        f"(01){GTIN}(10)A(10)B",
        f"(01){GTIN}(7258)1/2(8018)123456789012345675",
    ],
)
def test_what_does_not_belong_together_is_refused(code: str) -> None:
    fault(code)


@pytest.mark.parametrize(
    "code",
    [
        f"(01){GTIN}(10)A(10)A",
        f"(01){GTIN}(21)A(250)B",
        f"(01){GTIN}(3925)12599(3100)654321",
        f"{GS}01{GTIN}{GS}10A{GS}",  # separators that were not asked for
        f"01{GTIN}7007260102260104",
        f"(01){GTIN}(8008)26010215(8012)V1",
        f"(01){GTIN}(10)A\\(1)",
        f"(01){GTIN}(4309)00000000000000000000(00)123456789012345675",
    ],
)
def test_what_belongs_together_is_read(code: str) -> None:
    assert read(code, TODAY).di == GTIN


def test_a_code_without_a_product_is_refused() -> None:
    for code in ("10ABC", "(10)ABC", "https://id.gs1.org/10/ABC", "https://example.com/products?id=7"):
        fault(code)


def test_a_bare_number_is_taken_for_a_product_only_when_the_scanner_says_so() -> None:
    assert read("]E06901234567892", TODAY).di == "06901234567892"
    assert fault("]E06901234567893").position == 15
    fault("6901234567892")  # it might as well be lot 01234567892 behind AI 69


def test_a_lost_separator_is_suspected_where_a_lot_ends_in_a_date() -> None:
    found = read(f"01{GTIN}10ABC17270101", TODAY)
    assert found.lot == "ABC17270101" and [one.code for one in found.warnings] == ["missing_separator"]
    for plain in (f"01{GTIN}10ABC17279901", f"01{GTIN}10ABC{GS}17270101", f"(01){GTIN}(10)ABC17270101"):
        assert read(plain, TODAY).warnings == ()


def test_digits_and_pairs_are_checked_as_published() -> None:
    for gtin in ("06901234567892", "06950123456786", "09521234543213", "06942221705071", "51022222233336"):
        assert check_digit(gtin[:-1]) == gtin[-1]
    for key in ("1987654Ad4X4bL5ttr2310c2K", "12345_ABCDEFGHIJKLMCP", "99999zzzzzzzzzzzzzzzzzzT2", "00000!HV"):
        assert check_pair(key[:-2]) == key[-2:]


def test_the_table_is_that_of_others() -> None:
    """biip has a table of its own, made from another publication of GS1."""
    table, theirs = identifiers(), biip_table._GS1_APPLICATION_IDENTIFIERS  # pyright: ignore[reportPrivateUsage]
    assert set(table) == set(theirs)
    assert [ai for ai, one in table.items() if one.has_fixed_length == theirs[ai].separator_required] == []
    words = {word for one in table.values() for group in one.needs for many in group for word in many}
    words |= {word for one in table.values() for word in one.excludes}
    assert all(any(ai.startswith(word.rstrip("n")) for ai in table) for word in words)


LOT = st.text(st.sampled_from([letter for letter in CSET82 if letter not in "()"]), min_size=1, max_size=8)
DAY = st.dates(date(1980, 1, 1), date(2075, 12, 31))


def _gtin(digits: int) -> str:
    body = str(digits).zfill(13)
    return body + check_digit(body)


@settings(max_examples=examples(80), deadline=None)
@given(st.integers(0, 10**13 - 1), LOT, LOT, DAY)
def test_three_spellings_say_the_same(number: int, lot: str, serial: str, day: date) -> None:
    gtin, expiry = _gtin(number), f"{day:%y%m%d}"
    link = f"https://id.example/x/01/{gtin}/10/{quote(lot, safe='')}/21/{quote(serial, safe='')}?17={expiry}"
    codes = (f"01{gtin}17{expiry}10{lot}{GS}21{serial}", f"(01){gtin}(17){expiry}(10){lot}(21){serial}", link)
    for code in codes:
        found = read(code, TODAY)
        assert (found.di, found.lot, found.serial, found.expiry) == (gtin, lot, serial, day.isoformat())


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 10**13 - 1), st.integers(0, 13), st.integers(1, 9))
def test_no_wrong_digit_of_a_product_is_read(number: int, place: int, more: int) -> None:
    gtin = _gtin(number)
    damaged = gtin[:place] + str((int(gtin[place]) + more) % 10) + gtin[place + 1 :]
    fault(f"01{damaged}10A")


@settings(max_examples=examples(200), deadline=None)
@given(st.one_of(st.text(max_size=60), st.text("01789()]dC+=/&MA.$\x1d-ABC 2", max_size=60)))
def test_anything_is_read_or_refused_with_a_place_in_it(code: str) -> None:
    try:
        assert read(code, TODAY).di
    except UdiFault as told:
        assert 0 <= told.position <= len(code) and told.text.zh and told.text.en


# ------------------------------------------------------------------ Digital Link


@pytest.mark.parametrize(
    ("code", "at"),
    [
        (f"https://id.gs1.org/01/{GTIN}?17=279931", 42),
        (f"https://id.gs1.org/01/{GTIN}/10/", 37),
        ("https://id.gs1.org/01/0952123454321X", 35),
        ("https://id.gs1.org/01/09521234543214", 35),
        (f"https://id.gs1.org/01/{GTIN}/21/A/10/B", 37),  # lot comes before serial
        (f"https://id.gs1.org/01/{GTIN}?21=A", 37),  # a serial stands in the path
        (f"https://id.gs1.org/01/{GTIN}/10/A%2", 40),
        (f"https://id.gs1.org/01/{GTIN}/10/%E4%B8%AD", 40),
    ],
)
def test_fault_of_a_link_has_its_place(code: str, at: int) -> None:
    assert fault(code).position == at


def test_link_may_carry_more_than_gs1() -> None:
    found = read(f"HTTPS://shop.example/de/01/{GTIN[1:]}/10/L%2F1/?11=250101&17=271231&utm_source=x#top", TODAY)
    assert (found.di, found.lot, found.made, found.expiry) == (GTIN, "L/1", "2025-01-01", "2027-12-31")


# ------------------------------------------------------------------ HIBC, ICCBBA, MA, AHM


@pytest.mark.parametrize(
    ("code", "di", "lot", "serial", "expiry", "made"),
    [
        ("+A123BJC5D6E71G", "A123BJC5D6E71", None, None, None, None),
        ("*+H123ABC01234567890D*", "H123ABC01234567890", None, None, None, None),
        ("+A99912345/$$52001510X33", "A99912345", "10X3", None, "2020-01-15", None),
        ("]C0+A123BJC5D6E71/$$52001510X3C", "A123BJC5D6E71", "10X3", None, "2020-01-15", None),
        (
            "+A99912345/$$52001510X3/16D20111212/S77DEFG457",
            *("A99912345", "10X3", "77DEFG45", "2020-01-15", "2011-12-12"),
        ),
        (
            "+A123ABCDEFGHI1234567891/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202$",
            *("A123ABCDEFGHI1234567891", "LOT123456789012345", "XYZ456789012345678", "2020-02-02", "2013-02-02"),
        ),
        ("+A999ABC123DE0/$+1234567Y", "A999ABC123DE0", None, "1234567", None, None),
    ],
)
def test_hibc_is_read_as_published(
    code: str, di: str, lot: str | None, serial: str | None, expiry: str | None, made: str | None
) -> None:
    found = read(code, TODAY)
    assert found.issuer == "HIBC" and (found.di, found.lot) == (di, lot)
    assert (found.serial, found.expiry, found.made) == (serial, expiry, made)


@pytest.mark.parametrize(
    ("code", "at"),
    [
        ("+A123BJC5D6E71H", 14),  # check character
        ("+a123BJC5D6E71G", 1),  # small letters
        ("+$$52001510X3GD", 1),  # secondary data alone
        (with_check("+A99912345/$$521366L"), 14),  # 2021 has 365 days
    ],
)
def test_a_wrong_hibc_code_is_refused(code: str, at: int) -> None:
    assert fault(code).position == at


def test_a_space_can_be_the_check_character_of_hibc() -> None:
    bodies = (f"+A999X{number:02}0" for number in range(100))
    body = next(body for body in bodies if check_character(body) == " ")
    assert read(f"{body} ", TODAY).di == body[1:]
    assert fault(body).position == len(body) - 1


def test_iccbba_is_read_as_published() -> None:
    found = read("=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123", TODAY)
    assert (found.issuer, found.di, found.serial) == ("ICCBBA", "A9999XYZ100T0944", "000025")
    assert (found.lot, found.expiry, found.made) == ("000000000000XYZ123", "2014-02-01", "2013-02-01")
    bag = read("=)1TE123456A&)RZ12345678", TODAY)
    assert (bag.di, bag.lot) == ("1TE123456A", "RZ12345678")
    assert fault("=/A9999XYZ100T0944=>014367").position == 20
    assert fault("=,000025").position == 0


def test_ma_is_read_and_two_ends_that_do_not_agree_are_told() -> None:
    found = read("MA.156.M0.100350.01004YA10017.SLMSAGAAAC.M210628.LAY21062803.E220628.V220627.C3", TODAY)
    assert (found.issuer, found.di) == ("MA", "MA.156.M0.100350.01004YA10017")
    assert (found.serial, found.lot) == ("LMSAGAAAC", "AY21062803")
    assert (found.made, found.expiry, found.warnings) == ("2021-06-28", "2022-06-27", ())
    other = read("MA.156.M0.100761.21234561.Sx00008.M220117.L20220117.D20220118.E220130.V220117.C3", TODAY)
    assert other.expiry == "2022-01-17" and [one.code for one in other.warnings] == ["two_values"]
    assert fault("MA.156.M0.100761.21234561.E221330").position == 27
    assert fault("MA.156.M0").position == 0


def test_a_code_whose_form_is_not_public_is_kept_whole() -> None:
    found = read("81234567890123456789", TODAY)
    assert (found.issuer, found.di, found.lot) == ("AHM", "81234567890123456789", None)
    assert not found.is_checked and read("+A123BJC5D6E71G", TODAY).is_checked
    assert [one.code for one in found.warnings] == ["not_taken_apart"]


def test_nothing_and_far_too_much_are_refused() -> None:
    for code in ("", "   ", GS, "(", "]d2", "1" * 400):
        fault(code)


def test_digits_of_other_scripts_are_no_digits() -> None:
    for code in ("=/A9999XYZ100T0944=>٠١٤٠٣٢", "MA.١٥٦.M0.100761.21234561", "8٠234567890123456789"):
        fault(code)


def test_every_fault_says_what_to_do_next() -> None:
    for code in ("+A123BJC5D6E71H", "=/A9999XYZ100T0944=>014367", "MA.156.M0", f"01{GTIN[:-1]}4", "https://x/01/1"):
        assert "手工录入" in fault(code).text.zh and "type it" in fault(code).text.en
