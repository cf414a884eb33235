"""The unified social credit code 统一社会信用代码. Source: GB 32100-2015, 18 characters with a check character."""

from __future__ import annotations

from domain.errors import Text

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def fault_of(code: str) -> Text | None:
    """What is wrong with a code, or `None`."""
    if len(code) != 18 or any(char not in _ALPHABET for char in code):
        return Text(
            "统一社会信用代码为 18 位数字和大写字母（不含 I、O、S、V、Z）。",
            "A unified social credit code has 18 digits and capitals (no I, O, S, V, Z).",
        )
    if check_character(code[:17]) != code[17]:
        return Text(
            f"统一社会信用代码的校验位应为 {check_character(code[:17])}，请核对营业执照。",
            f"The check character should be {check_character(code[:17])}; compare it with the licence.",
        )
    return None


def check_character(first: str) -> str:
    """The 18th character for the first 17."""
    total = sum(_ALPHABET.index(char) * weight for char, weight in zip(first, _WEIGHTS, strict=True))
    return _ALPHABET[(31 - total % 31) % 31]
