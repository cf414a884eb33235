"""The operators on values: exact decimals, dates and durations. Every refusal is a `ValueFault`."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import cast

from domain.canonical import DECIMAL_DIGITS_MAX, DECIMAL_PLACES_MAX, INTEGER_MAX
from rules.errors import ValueFault
from rules.values import (
    DAY_MS,
    MAX_LIST,
    MAX_NESTING,
    MAX_TEXT,
    Duration,
    Value,
    is_list,
    is_number,
    nfc,
    read_date,
    read_datetime,
    read_duration,
    type_fault,
)

# Its own context, so that nothing set elsewhere in the process can change a result.
_ARITHMETIC = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-999_999,
    Emax=999_999,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
_RESULT = Context(prec=DECIMAL_DIGITS_MAX, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_LAST_PLACE = Decimal(1).scaleb(-DECIMAL_PLACES_MAX)
Number = int | Decimal


def overflow() -> ValueFault:
    """A result outside the bounds of our numbers."""
    return ValueFault(
        "overflow",
        "结果超出范围：整数 ±(2^53−1)，小数绝对值小于 10^15。",
        "The result is out of range: integers within ±(2^53−1), decimals below 10^15.",
    )


def settle(value: Decimal) -> Number:
    """A result in our bounds: at most 15 significant digits and 12 places, whole numbers as `int`."""
    if not value.is_finite():
        raise overflow()
    if value == 0:
        return 0
    exponent = int(value.as_tuple().exponent)
    lowest = max(value.adjusted() - (DECIMAL_DIGITS_MAX - 1), -DECIMAL_PLACES_MAX)
    if exponent >= 0 and value.adjusted() <= DECIMAL_DIGITS_MAX:
        return whole(int(value))
    if value.adjusted() >= DECIMAL_DIGITS_MAX + 1:
        raise overflow()
    if exponent < lowest:
        value = value.quantize(Decimal(1).scaleb(lowest), context=_ARITHMETIC)
    if value == value.to_integral_value():
        return whole(int(value))
    if value.adjusted() >= DECIMAL_DIGITS_MAX:
        raise overflow()
    return value


def whole(value: int) -> int:
    """An integer in our bounds."""
    if -INTEGER_MAX <= value <= INTEGER_MAX:
        return value
    raise overflow()


def _calculate(op: str, left: Number, right: Number) -> Number:
    if op in "/%" and right == 0:
        raise ValueFault("division_by_zero", "除数为零。", "Division by zero.")
    if type(left) is int and type(right) is int and op in "+-*":
        return whole(left + right if op == "+" else left - right if op == "-" else left * right)
    a, b = Decimal(left), Decimal(right)
    try:
        if op == "+":
            return _bounded(_ARITHMETIC.add(a, b))
        if op == "-":
            return _bounded(_ARITHMETIC.subtract(a, b))
        if op == "*":
            return _bounded(_ARITHMETIC.multiply(a, b))
        return _bounded(_ARITHMETIC.divide(a, b) if op == "/" else _ARITHMETIC.remainder(a, b))
    except DecimalException as exc:
        raise overflow() from exc


def _bounded(value: Decimal) -> Decimal:
    # A step keeps all 34 digits, so that 1 / 3 * 3 is 1; comparisons and results round to 15 (`settle`).
    if value.adjusted() > DECIMAL_DIGITS_MAX:
        raise overflow()
    return value


def add(left: Value, right: Value) -> Value:
    """`+`: numbers, text, lists, a date or instant and a duration, two durations."""
    if is_number(left) and is_number(right):
        return _calculate("+", left, right)  # type: ignore[arg-type]
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MAX_TEXT:
            raise text_limit()
        return nfc(left + right)
    if is_list(left) and is_list(right):
        if len(left) + len(right) > MAX_LIST:  # type: ignore[arg-type]
            raise list_limit()
        return [*left, *right]  # type: ignore[misc]
    if isinstance(right, Duration):
        return _shift(left, right, 1)
    if isinstance(left, Duration):
        return _shift(right, left, 1)
    raise type_fault(
        "“+”两边应为两个数、两段文字、两个列表或日期与时长",
        "'+' takes two numbers, texts or lists, or a date and a duration",
        left,
        right,
    )


def subtract(left: Value, right: Value) -> Value:
    """`-`: numbers, a date or instant less a duration, two dates, two instants, two durations."""
    if is_number(left) and is_number(right):
        return _calculate("-", left, right)  # type: ignore[arg-type]
    if isinstance(right, Duration):
        return _shift(left, right, -1)
    first, second = _moments(left, right)
    if type(first) is datetime and type(second) is datetime:
        return Duration(ms=(first - second) // timedelta(milliseconds=1))
    if type(first) is date and type(second) is date:
        return Duration(ms=(first - second).days * DAY_MS)
    raise type_fault(
        "“-”两边应为两个数、两个日期或日期与时长",
        "'-' takes two numbers, two dates, or a date and a duration",
        left,
        right,
    )


def multiply(op: str, left: Value, right: Value) -> Number:
    """`*`, `/` and `%` of two numbers; `7 / 2` is `3.5`, `%` has the sign of the left number."""
    if is_number(left) and is_number(right):
        return _calculate(op, left, right)  # type: ignore[arg-type]
    raise type_fault(f"“{op}”两边应为数字", f"'{op}' takes two numbers", left, right)


def negate(value: Value) -> Value:
    """`-x` of a number or a duration."""
    if type(value) is int or type(value) is Decimal:
        return _calculate("-", 0, value)
    if isinstance(value, Duration):
        return Duration(-value.months, -value.ms)
    raise type_fault("负号后应为数字或时长", "'-' takes a number or a duration", value)


def _moments(left: Value, right: Value) -> tuple[Value, Value]:
    """Both values, where text that writes a date or an instant is read as one if the other side is one.

    JSON has no dates, so a date field of a form arrives as text.
    """
    if isinstance(left, str) and isinstance(right, str):
        for reader in (read_datetime, read_date):
            first, second = reader(left), reader(right)
            if first is not None and second is not None:
                return first, second
        return left, right
    return _as_moment(left, right), _as_moment(right, left)


def _as_moment(value: Value, other: Value) -> Value:
    if isinstance(value, str):
        if type(other) is datetime:
            return read_datetime(value) or value
        if type(other) is date:
            return read_date(value) or value
        if type(other) is Duration:
            return read_duration(value) or value
    return value


def _shift(moment: Value, by: Duration, sign: int) -> Value:
    if isinstance(moment, Duration):
        return Duration(moment.months + sign * by.months, moment.ms + sign * by.ms)
    if isinstance(moment, str):
        moment = read_datetime(moment) or read_date(moment) or moment
    try:
        if type(moment) is datetime:
            return _add_months(moment, sign * by.months) + timedelta(milliseconds=sign * by.ms)
        if type(moment) is date:
            return _add_months(moment, sign * by.months) + timedelta(days=sign * _whole_days(by))
    except (OverflowError, ValueError) as exc:
        raise ValueFault("overflow", "日期超出公元 1 至 9999 年。", "The date is outside the years 1 to 9999.") from exc
    raise type_fault(
        "时长只能与日期、时间或时长相加减", "A duration goes with a date, a date-time or a duration", moment
    )


def _whole_days(by: Duration) -> int:
    days, rest = divmod(by.ms, DAY_MS)
    if rest:
        raise ValueFault(
            "mixed_duration",
            "日期只能加减整天；请用时间字段，或写 P1D。",
            "A date moves by whole days only; use a date-time, or write P1D.",
        )
    return days


def _add_months(moment: date, months: int) -> date:
    """Same day of a later month, or its last day: 31 January + 1 month is 28 or 29 February."""
    if not months:
        return moment
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    if not 1 <= year <= 9999:
        raise OverflowError
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _settled(value: Value) -> Number:
    """`settle` without making whole decimals integers: enough for comparing, and several times quicker."""
    if type(value) is int:
        return value
    number = cast("Decimal", value)
    magnitude = number.adjusted()
    if magnitude >= DECIMAL_DIGITS_MAX - 1 or not number:
        return settle(number)
    # From the third digit before the point on, 15 digits are coarser than 12 places.
    coarse = magnitude > DECIMAL_DIGITS_MAX - 1 - DECIMAL_PLACES_MAX
    return _RESULT.plus(number) if coarse else number.quantize(_LAST_PLACE, context=_ARITHMETIC)


def settle_all(value: Value, spend: Callable[[int], None], depth: int = 0) -> Value:
    """The value with every number in it settled: what an evaluation gives out. Large answers cost steps."""
    if type(value) is Decimal:
        number = settle(value)
        return number if type(number) is int else _ARITHMETIC.normalize(number)
    if not isinstance(value, (list, tuple, Mapping)):
        return value
    if depth > MAX_NESTING:
        raise nesting_limit()
    spend(1 + len(value) // 8)
    if isinstance(value, Mapping):
        return {key: settle_all(item, spend, depth + 1) for key, item in value.items()}
    return [settle_all(item, spend, depth + 1) for item in value]


def equal(left: Value, right: Value) -> bool:
    """`==`. Values of different kinds are unequal; numbers compare by value; lists and records in depth."""
    if left is None or right is None:
        return left is right
    if is_number(left) and is_number(right):
        return _settled(left) == _settled(right)
    if isinstance(left, str) and isinstance(right, str):
        return _equal_text(left, right)
    if is_list(left) and is_list(right):
        return len(left) == len(right) and all(map(equal, left, right))  # type: ignore[arg-type]
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    first, second = _moments(left, right)
    return type(first) is type(second) and first == second


def _equal_text(left: str, right: str) -> bool:
    if left == right or nfc(left) == nfc(right):
        return True
    first, second = _moments(left, right)
    return type(first) is datetime and first == second


def order(left: Value, right: Value) -> int:
    """-1, 0 or 1 as `left` is before, the same as or after `right`; numbers, text, dates, instants, durations."""
    if is_number(left) and is_number(right):
        a, b = _settled(left), _settled(right)
        return (a > b) - (a < b)
    first, second = _moments(left, right)
    if isinstance(first, Duration) and isinstance(second, Duration):
        return _order_durations(first, second)
    if type(first) is type(second) and type(first) in (str, date, datetime):
        if type(first) is str:
            first, second = nfc(first), nfc(second)  # type: ignore[arg-type]
        return (first > second) - (first < second)  # type: ignore[operator]
    raise type_fault(
        "只能比较同类的数字、文字、日期、时间或时长",
        "Only numbers, texts, dates, date-times or durations of one kind can be ordered",
        left,
        right,
    )


def _order_durations(left: Duration, right: Duration) -> int:
    if (left.months == right.months) or (left.ms == right.ms):
        a, b = (left.months, left.ms), (right.months, right.ms)
        return (a > b) - (a < b)
    if (left.months == 0 and left.ms == 0) or (right.months == 0 and right.ms == 0):
        difference = Duration(left.months - right.months, left.ms - right.ms)
        if difference.months * difference.ms > 0:
            return 1 if difference.ms > 0 else -1
    raise ValueFault(
        "mixed_duration",
        "按月的时长不能与按天的时长比大小；请先加到日期上再比较。",
        "Months cannot be compared with days; add them to a date first.",
    )


def nesting_limit() -> ValueFault:
    """Data nested deeper than an expression may handle."""
    return ValueFault(
        "limit_depth", f"数据嵌套超过 {MAX_NESTING} 层。", f"The data is nested deeper than {MAX_NESTING}."
    )


def list_limit() -> ValueFault:
    """A list longer than an expression may handle."""
    return ValueFault("limit_list", f"列表超过 {MAX_LIST} 项。", f"The list has more than {MAX_LIST} items.")


def text_limit() -> ValueFault:
    """A text longer than an expression may handle."""
    return ValueFault("limit_text", f"文字超过 {MAX_TEXT} 个字符。", f"The text has more than {MAX_TEXT} characters.")
