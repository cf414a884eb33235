"""Canonical JSON and the hashes made of it.

One value has one spelling, so that a hash identifies it for decades.
Source: RFC 8785 (JCS), restricted to numbers that every JSON reader keeps exactly: integers within ±(2^53−1),
decimals of at most 15 significant digits and 12 places with |x| < 10^15. Text is NFC.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from domain.errors import GspError
from domain.json_types import Json

INTEGER_MAX = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly."""
DECIMAL_DIGITS_MAX = 15
DECIMAL_PLACES_MAX = 12
DECIMAL_MAGNITUDE_MAX = Decimal(10) ** 15


class CanonicalError(GspError):
    """A value that has no canonical spelling (a float, NaN, a number out of bounds, a non-text key)."""


@dataclass(frozen=True)
class Spelled:
    """A value whose canonical text is at hand, as it travels: a wave was spelled to be hashed."""

    text: bytes


def loads(text: str | bytes) -> Any:
    """Read JSON text; numbers with a point or exponent become ``Decimal``, never ``float``.

    Raises ``CanonicalError`` for text that is not JSON, for NaN and Infinity.
    """
    try:
        return _DECODER.decode(
            text if isinstance(text, str) else text.decode(json.detect_encoding(text), "surrogatepass")
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise CanonicalError("not_json", f"这不是有效的 JSON：{error}", f"This is not valid JSON: {error}.") from error


def dumps(value: Json) -> str:
    """The canonical text of ``value``."""
    return _WRITERS.get(type(value), _unusual)(value)


def canonical_bytes(value: Json) -> bytes:
    """The canonical text of ``value`` as UTF-8: what is hashed and signed."""
    if type(value) in (dict, list):
        return _whole_text(value) or _in_pieces(value).encode("utf-8")
    return dumps(value).encode("utf-8")


def digest(kind: str, value: Json) -> str:
    """SHA-256 (64 hex digits) of ``value``, prefixed with its kind so that no hash can be taken for
    another's."""
    return digest_of(kind, canonical_bytes(value))


def digest_of(kind: str, spelled: bytes) -> str:
    """``digest`` of a value whose canonical text is at hand."""
    return hashlib.sha256(f"gspflow/{kind}\n".encode() + spelled).hexdigest()


def number_fault(value: int | Decimal) -> str | None:
    """Why ``value`` has no exact JSON spelling (``range``, ``digits``, ``places``, ``not_finite``), or
    ``None``."""
    if isinstance(value, int):
        return None if -INTEGER_MAX <= value <= INTEGER_MAX else "range"
    if not value.is_finite():
        return "not_finite"
    if abs(value) >= DECIMAL_MAGNITUDE_MAX:
        return "range"
    _, digits, exponent = value.normalize().as_tuple()
    if len(digits) > DECIMAL_DIGITS_MAX:
        return "digits"
    return "places" if isinstance(exponent, int) and -exponent > DECIMAL_PLACES_MAX else None


def normalize(value: Any) -> Json:
    """``value`` with text in NFC and whole decimals as integers: the form in which values are stored and
    compared."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, Decimal):
        return _normal_decimal(value)
    if isinstance(value, dict):
        return {normalize_key(key): normalize(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalize(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    raise CanonicalError(
        "not_json_value",
        f"不能存储的值类型：{type(value).__name__}",
        f"A {type(value).__name__} cannot be stored as JSON.",
    )


def normalize_key(key: Any) -> str:
    """An object key as NFC text."""
    if not isinstance(key, str):
        raise CanonicalError("key_not_text", "对象的键必须是文本。", "Object keys must be text.")
    return key if key.isascii() else unicodedata.normalize("NFC", key)


def _normal_decimal(value: Decimal) -> int | Decimal:
    if number_fault(value) is None and value == value.to_integral_value() and abs(value) <= INTEGER_MAX:
        return int(value)
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)
"""`json.loads` with these words makes a new one each time, which costs more than reading a small text."""


_escape = json.encoder.encode_basestring


def _writer_of_wholes() -> Callable[[Any], bytes | None]:
    """Writes a whole object or list at once where that gives our text; ``None``: to be written piece by piece.

    orjson sorts, separates and escapes as RFC 8785 does; what it would do otherwise (floats, other types, numbers out of
    range, half surrogates) never reaches it or is refused by it, and numbers with a point are spelled by us.
    """
    try:
        import orjson
    except ImportError:  # there is none for this machine: the same text, slower
        return lambda _: None
    options = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER | orjson.OPT_PASSTHROUGH_SUBCLASS
    dumps_, fragment = orjson.dumps, orjson.Fragment

    def spelled(value: Any) -> Any:
        return fragment(_number(value))

    def write(value: Any) -> bytes | None:
        if not _is_plain(value):
            return None
        try:
            text = dumps_(value, default=spelled, option=options)
        except TypeError:
            return None
        return text if text.isascii() or _is_settled(text.decode("utf-8")) else None

    return write


def _write_container(value: Any) -> str:
    """An object or list as text."""
    whole = _whole_text(value)
    return _in_pieces(value) if whole is None else whole.decode("utf-8")


def _in_pieces(value: Any) -> str:
    return _write_object(value) if isinstance(value, dict) else _write_list(value)


def _is_plain(value: Any) -> bool:
    """Whether ``value`` holds nothing but the exact JSON types; keys and the size of numbers are the writer's matter.

    It runs for every text that is spelled: comparing types one by one is twice as quick as any set of them.
    """
    kind = type(value)
    if kind is not dict and kind is not list:
        return False
    for item in value.values() if kind is dict else value:
        kind = type(item)
        if kind is str or kind is int or kind is bool or item is None or kind is Decimal:
            continue
        if not _is_plain(item):
            return False
    return True


def _is_settled(text: str) -> bool:
    """Whether text of a whole value needs neither NFC nor another order of keys.

    NFC is closed under substrings, so a settled whole has settled parts. Code points and UTF-16 sort alike as long as
    there is none above U+FFFF.
    """
    return len(text.encode("utf-16-le")) == 2 * len(text) and unicodedata.is_normalized("NFC", text)


def _write_list(items: Any) -> str:
    return "[" + ",".join([_WRITERS.get(type(item), _unusual)(item) for item in items]) + "]"


def _write_object(items: dict[Any, Any]) -> str:
    keys = {normalize_key(key): key for key in items}
    if len(keys) != len(items):
        raise CanonicalError("key_twice", "对象里有两个相同的键。", "An object has the same key twice.")
    parts = [
        f"{_text(name)}:{_WRITERS.get(type(items[keys[name]]), _unusual)(items[keys[name]])}"
        for name in sorted(keys, key=_utf16)
    ]
    return "{" + ",".join(parts) + "}"


def _unusual(value: Any) -> str:
    """Subclasses of the JSON types are written as these; anything else is refused."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, Decimal)):
        return _number(value)
    if isinstance(value, (dict, list, tuple)):
        return _write_container(value)
    raise CanonicalError(
        "not_json_value",
        f"不能存储的值类型：{type(value).__name__}",
        f"A {type(value).__name__} cannot be stored as JSON.",
    )


def _utf16(text: str) -> bytes:
    """RFC 8785 sorts keys by UTF-16 code units."""
    return text.encode("utf-16-be", "surrogatepass")


def _text(text: str) -> str:
    if text.isascii():
        return _escape(text)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError("not_text", "文本含有无效字符。", "The text holds an invalid character.") from error
    return _escape(unicodedata.normalize("NFC", text))


def _number(value: int | Decimal) -> str:
    return _whole(value) if isinstance(value, int) else _decimal(value)


def _whole(value: int) -> str:
    _must_fit(value)
    return str(value)


def _decimal(value: Decimal) -> str:
    if not value.is_finite():  # before the cache: a signalling NaN cannot even be looked up
        _must_fit(value)
    return _finite(value)


@lru_cache(maxsize=4096)
def _finite(value: Decimal) -> str:
    _must_fit(value)
    return _ecmascript(value)


def _must_fit(value: int | Decimal) -> None:
    fault = number_fault(value)
    if fault:
        raise CanonicalError(
            "number_" + fault,
            f"数值 {value} 超出可精确保存的范围。",
            f"The number {value} cannot be stored exactly.",
        )


def _ecmascript(value: Decimal) -> str:
    """``value`` as ECMAScript prints the double nearest to it; exact within 15 digits, checked on random
    values."""
    whole = _normal_decimal(value)
    if isinstance(whole, int):
        return str(whole)
    sign, digits, exponent = value.normalize().as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits))
    point = len(text) + exponent
    prefix = "-" if sign else ""
    if 0 < point <= 21:
        return prefix + (text[:point] + "." + text[point:] if point < len(text) else text + "0" * (point - len(text)))
    if -6 < point <= 0:
        return prefix + "0." + "0" * -point + text
    mantissa = text[0] + ("." + text[1:] if len(text) > 1 else "")
    return f"{prefix}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


_WRITERS: dict[type, Any] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: _text,
    int: _whole,
    Decimal: _decimal,
    dict: _write_container,
    list: _write_container,
    tuple: _write_list,
}

_whole_text = _writer_of_wholes()
