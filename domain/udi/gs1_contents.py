"""What the parts of GS1 values must hold besides the right characters: check digits, dates, codes of lists.

Each check gets a part and answers the place of the first wrong character with the reason, or ``None``.
Source: GS1 General Specifications 25, chapters 3 and 7; check character pair: section 7.9.5.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from domain.errors import Text
from domain.udi.dates import calendar_day, full_year
from domain.udi.gs1_lists import COUNTRIES, COUNTRY_LETTERS, CURRENCIES

Wrong = tuple[int, Text]
Check = Callable[[str, int], Wrong | None]

CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_CSET32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CHARACTERS = {
    "N": frozenset("0123456789"),
    "X": frozenset(CSET82),
    "Y": frozenset("#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "Z": frozenset("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz="),
}
_KEY_DIGITS = 4
"""A GS1 Company Prefix has at least so many digits."""


def check_digit(digits: str) -> str:
    """The check digit of a GS1 key without it: weights 3, 1, 3, 1 … from the right, to the next ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def check_pair(value: str) -> str:
    """The check character pair of an alphanumeric key: primes from the right, modulo 1021, as two digits of base 32."""
    total = sum(
        CSET82.index(letter) * prime for letter, prime in zip(reversed(value), _primes(len(value)), strict=True)
    )
    return _CSET32[total % 1021 >> 5] + _CSET32[total % 1021 & 31]


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % one for one in found):
            found.append(number)
        number += 1
    return found


def _csum(value: str, year: int) -> Wrong | None:
    del year
    right = check_digit(value[:-1])
    if value[-1] == right:
        return None
    zh, en = f"校验位应为 {right}，扫到的是 {value[-1]}", f"the check digit should be {right}, not {value[-1]}"
    return len(value) - 1, Text(zh, en)


def _csumalpha(value: str, year: int) -> Wrong | None:
    del year
    if len(value) < 2:
        return 0, Text("太短，没有校验字符", "it is too short for its check characters")
    place = next((place for place in (len(value) - 2, len(value) - 1) if value[place] not in _CSET32), None)
    if place is not None:
        return place, Text("校验字符不允许是这个字符", "this is no check character")
    if value[-2:] == check_pair(value[:-2]):
        return None
    return len(value) - 2, Text("校验字符不对", "the check characters are wrong")


def _key(value: str, year: int) -> Wrong | None:
    del year
    place = next((place for place, letter in enumerate(value[:_KEY_DIGITS]) if not letter.isdigit()), None)
    if place is None and len(value) >= _KEY_DIGITS:
        return None
    why = Text("须以厂商识别代码开头（至少 4 位数字）", "it begins with a GS1 Company Prefix of at least 4 digits")
    return (0 if place is None else place), why


def _key1(value: str, year: int) -> Wrong | None:
    wrong = _key(value[1:], year)
    return None if wrong is None else (wrong[0] + 1, wrong[1])


def _nondigit(value: str, year: int) -> Wrong | None:
    del year
    return (0, Text("须含有非数字字符", "it has a character that is no digit")) if value.isdigit() else None


def _day(year: int, text: str, *, may_lack_day: bool) -> Wrong | None:
    month, day = int(text[:2]), int(text[2:])
    if not 1 <= month <= 12:
        return 0, Text(f"没有 {month} 月", f"there is no month {month}")
    if (day == 0 and may_lack_day) or calendar_day(year, month, day):
        return None
    return 2, Text(f"{year} 年 {month} 月没有 {day} 日", f"there is no day {day} in {year}-{month:02}")


def _moved(wrong: Wrong | None, by: int) -> Wrong | None:
    return None if wrong is None else (wrong[0] + by, wrong[1])


def _date(value: str, year: int) -> Wrong | None:
    return _moved(_day(full_year(int(value[:2]), year), value[2:], may_lack_day=False), 2)


def _date0(value: str, year: int) -> Wrong | None:
    return _moved(_day(full_year(int(value[:2]), year), value[2:], may_lack_day=True), 2)


def _date8(value: str, year: int) -> Wrong | None:
    del year
    if value[:4] == "0000":
        return 0, Text("没有公元 0 年", "there is no year 0")
    return _moved(_day(int(value[:4]), value[4:], may_lack_day=False), 4)


def _upto(most: int, zh: str, en: str) -> Check:
    def check(value: str, year: int) -> Wrong | None:
        del year
        return None if int(value) <= most else (0, Text(f"没有 {value} {zh}", f"there is no {en} {value}"))

    return check


_hour, _minute = _upto(23, "时", "hour"), _upto(59, "分（秒）", "minute or second")


def _hhmi(value: str, year: int) -> Wrong | None:
    return _hour(value[:2], year) or _moved(_minute(value[2:], year), 2)


def _zero(value: str, year: int) -> Wrong | None:
    del year
    return None if not value.strip("0") else (0, Text("这里须为 0", "this has to be 0"))


def _nonzero(value: str, year: int) -> Wrong | None:
    del year
    return None if value.strip("0") else (0, Text("这里不能为 0", "this must not be 0"))


def _nozero(value: str, year: int) -> Wrong | None:
    del year
    wrong = len(value) > 1 and value.startswith("0")
    return (0, Text("不能以 0 开头", "it must not begin with 0")) if wrong else None


def _piece(value: str, year: int) -> Wrong | None:
    del year
    piece, total = value[:2], value[2:]
    if piece == "00":
        return 0, Text("件号不能为 0", "the piece has no number")
    if total == "00":
        return 2, Text("总件数不能为 0", "the number of pieces is 0")
    return None if piece <= total else (0, Text("件号大于总件数", "the piece's number is above their total"))


def _sequence(value: str, year: int) -> Wrong | None:
    del year
    if not re.fullmatch(r"[1-9]/[1-9]", value):
        return 0, Text("须写成 1/2 的样子", "it is written like 1/2")
    return None if value[0] <= value[2] else (0, Text("序号大于总数", "the position is above the total"))


def _one_of(letters: str) -> Check:
    def check(value: str, year: int) -> Wrong | None:
        del year
        return None if value in letters else (0, Text(f"只能是 {letters} 之一", f"it is one of {letters}"))

    return check


def _listed(known: Callable[[str], object], zh: str, en: str) -> Check:
    def check(value: str, year: int) -> Wrong | None:
        del year
        return None if known(value) else (0, Text(zh, en))

    return check


def _percent(value: str, year: int) -> Wrong | None:
    del year
    wrong = re.search(r"%(?![0-9A-Fa-f]{2})", value)
    return None if wrong is None else (wrong.start(), Text("百分号编码不完整", "a percent sign lacks its two digits"))


def _iban(value: str, year: int) -> Wrong | None:
    del year
    if not re.fullmatch(r"[A-Z]{2}\d{2}[0-9A-Z]{6,}", value) or value[:2] not in COUNTRY_LETTERS:
        return 0, Text("不是 IBAN 账号", "this is no IBAN")
    moved = "".join(str(int(letter, 36)) for letter in value[4:] + value[:4])
    return None if int(moved) % 97 == 1 else (2, Text("IBAN 校验位不对", "the check digits of the IBAN are wrong"))


def _place(most: int, zh: str, en: str) -> Check:
    def check(value: str, year: int) -> Wrong | None:
        del year
        return None if int(value) <= most else (0, Text(zh, en))

    return check


_NO_COUNTRY = "没有这个国家代码", "there is no such country code"
CHECKS: dict[str, Check] = {
    "csum": _csum,
    "csumalpha": _csumalpha,
    "key": _key,
    "key1": _key1,
    "nondigit": _nondigit,
    "date": _date,
    "date0": _date0,
    "date8": _date8,
    "hour": _hour,
    "minute": _minute,
    "hhmi": _hhmi,
    "zero": _zero,
    "nonzero": _nonzero,
    "nozero": _nozero,
    "piece": _piece,
    "sequence": _sequence,
    "yesno": _one_of("01"),
    "winding": _one_of("019"),
    "sex": _one_of("0129"),
    "hyphen": _one_of("-"),
    "importer": _one_of("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"),
    "media": _listed(re.compile(r"0[1-9]|10|[89]\d").fullmatch, "没有这种介质", "there is no such medium"),
    "percent": _percent,
    "iban": _iban,
    "latitude": _place(1_800_000_000, "纬度越界", "the latitude is out of range"),
    "longitude": _place(3_600_000_000, "经度越界", "the longitude is out of range"),
    "country": _listed(COUNTRIES.__contains__, *_NO_COUNTRY),
    "country999": _listed(lambda value: value == "999" or value in COUNTRIES, *_NO_COUNTRY),
    "letters2": _listed(COUNTRY_LETTERS.__contains__, *_NO_COUNTRY),
    "currency": _listed(CURRENCIES.__contains__, "没有这个货币代码", "there is no such currency code"),
    "package": _listed(re.compile(r"[0-9A-Z]{1,3}").fullmatch, "没有这种包装代码", "there is no such package code"),
    "coupon": _listed(str.isdigit, "优惠券代码只有数字", "a coupon has digits only"),
}
"""Packages and coupons say nothing of a device: of them the form alone is judged."""
