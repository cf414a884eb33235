"""Short codes of cases, tasks, lots, vouchers, products and partners: printed on paper, typed or scanned, they open the page.

``GF``, a letter for the kind, 12 characters of the identity and a check character: ``GFC1-KC93-NXQZ-7F4K``.
The letters are Crockford's base 32 (no I, L, O, U); a person who types o for 0, i or l for 1 is understood.
The check character follows Damm over GF(32): one wrong character and two neighbours changed over are always found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import GspError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
KINDS = {"C": "case", "T": "task", "B": "lot", "V": "voucher", "P": "product", "S": "partner"}
LETTERS = {kind: letter for letter, kind in KINDS.items()}
BODY = 12
_MARK = "GF"
_LENGTH = len(_MARK) + 1 + BODY + 1
_SAME = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SPACING = re.compile(r"[\s\-‐‑–—_]+")
_OURS = re.compile(r"GF[BCPSTV]")


class DocumentCodeFault(GspError):
    """A text that begins like a document code and is none; ``position`` counts its characters without spacing from 0."""

    def __init__(self, zh: str, en: str, position: int = 0) -> None:
        super().__init__(
            "document_code", f"单据码有误：{zh}请重扫或重新录入。", f"Not a document code: {en} Scan or type it again."
        )
        self.position = position


@dataclass(frozen=True)
class DocumentCode:
    """What a code names: its kind and the first characters of the identity (a number for lots, vouchers and files)."""

    kind: str
    body: str

    @property
    def text(self) -> str:
        """The code as a scanner reads it."""
        inner = LETTERS[self.kind] + self.body
        return _MARK + inner + check_character(inner)

    @property
    def printed(self) -> str:
        """The code in groups of four, as people read it."""
        return "-".join(self.text[at : at + 4] for at in range(0, _LENGTH, 4))

    @property
    def number(self) -> int:
        """The number that the code of a lot, voucher or file holds."""
        return _number(self.body)


def case_code(case_id: str) -> DocumentCode:
    """The code of a case: its ULID begins with 0 until the year 3084; then follow its time and some of its chance."""
    if len(case_id) <= BODY or case_id[0] != "0" or not set(case_id) <= set(ALPHABET):
        raise ValueError(f"no case id: {case_id!r}")
    return DocumentCode("case", case_id[1 : BODY + 1])


def task_code(task_id: str) -> DocumentCode:
    """The code of a task: the first 60 bits of its id, which is a hash."""
    if len(task_id) < BODY or not set(task_id) <= set(ALPHABET):
        raise ValueError(f"no task id: {task_id!r}")
    return DocumentCode("task", task_id[:BODY])


def number_code(kind: str, number: int) -> DocumentCode:
    """The code of something that the database numbers: a lot, a voucher (a posting), a product, a partner."""
    if not 0 <= number < 32**BODY:
        raise ValueError(f"no number of a {kind}: {number}")
    return DocumentCode(kind, "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(BODY))))


def looks_like_one(text: str) -> bool:
    """Whether somebody meant a document code: it begins like one and is about as long."""
    plain = _plain(text)
    return _OURS.match(plain) is not None and abs(len(plain) - _LENGTH) <= 2 and plain.isalnum()


def read(text: str) -> DocumentCode:
    """The code that was scanned or typed. Raises ``DocumentCodeFault`` with the place."""
    plain = _plain(text)
    if _OURS.match(plain) is None:
        raise DocumentCodeFault(
            "应以 GFC、GFT、GFB、GFV、GFP 或 GFS 开头。", "it begins with GFC, GFT, GFB, GFV, GFP or GFS."
        )
    inner = plain[len(_MARK) :].translate(_SAME)
    wrong = next((place for place, letter in enumerate(inner) if letter not in ALPHABET), None)
    if wrong is not None:
        place = wrong + len(_MARK)
        raise DocumentCodeFault(
            f"第 {place + 1} 位不允许“{plain[place]}”。", f"'{plain[place]}' at {place + 1}.", place
        )
    if len(plain) != _LENGTH:
        raise DocumentCodeFault(
            f"应为 {_LENGTH} 位，现有 {len(plain)} 位。", f"it has {_LENGTH} characters, not {len(plain)}.", len(plain)
        )
    if check_character(inner[:-1]) != inner[-1]:
        raise DocumentCodeFault("校验字符不符，有一位录错。", "its check character is wrong.", _LENGTH - 1)
    return DocumentCode(KINDS[inner[0]], inner[1:-1])


def bounds(code: DocumentCode) -> tuple[str, str]:
    """The first and last identity that begin as the code says: a search between them uses the primary key."""
    begin = ("0" if code.kind == "case" else "") + code.body
    return begin, begin + ALPHABET[-1] * (26 - len(begin))


def check_character(text: str) -> str:
    """The check character of letters of ``ALPHABET``."""
    interim = 0
    for letter in text:
        interim = _doubled(interim ^ ALPHABET.index(letter))
    return ALPHABET[interim]


def _doubled(number: int) -> int:
    """Times two in GF(32) with x⁵ + x² + 1."""
    return (number << 1 ^ (0x25 if number & 16 else 0)) & 31


def _number(body: str) -> int:
    found = 0
    for letter in body:
        found = found << 5 | ALPHABET.index(letter)
    return found


def _plain(text: str) -> str:
    return _SPACING.sub("", text).upper()
