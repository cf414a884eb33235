"""The automatic checks of an application: what the system finds in a file before people look at it.

Findings are rows of keys, so that forms say them in the reader's language; nothing here refuses, that is the hard rules'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain import business_scope
from domain.dealing_rules import class_and_code
from domain.filed_rules import Filed, Sheet
from domain.json_types import JsonObject
from domain.paper_watch import days_left
from domain.udi.gs1_contents import check_digit

SOON_DAYS = 30
"""A paper with fewer days left is pointed out to the reviewer."""
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, what came out, and a word about it that needs no language."""

    item: str
    result: str
    note: str = ""

    def as_json(self) -> JsonObject:
        """A row of the findings."""
        row: JsonObject = {"check_item": self.item, "check_result": self.result}
        return row | ({"check_said": self.note} if self.note else {})


def of_sheets(sheets: Iterable[Sheet], today: date) -> list[Finding]:
    """Validity of every paper with a last day."""
    return [Finding(sheet.field, *_validity(sheet.valid_until, today)) for sheet in sheets if sheet.valid_until]


def _validity(until: date, today: date) -> tuple[str, str]:
    left = days_left(until, today)
    result = "expired" if left < 0 else "ends_soon" if left <= SOON_DAYS else "ok"
    return result, until.isoformat()


def of_scope(filed: Filed) -> list[Finding]:
    """Whether a dealer's stated scope covers each of the goods; a scope that is not stated is missing."""
    if filed.kind != "dealer":
        return []
    if not filed.scope:
        return [Finding("business_scope", "missing")]
    outside = [one for one in filed.goods if not _covered(filed.scope, class_and_code(one))]
    return [Finding("business_scope", "not_covered", one.code or one.name) for one in outside] or [
        Finding("business_scope", "ok")
    ]


def _covered(scope: frozenset[str], pair: tuple[str, str]) -> bool:
    return not pair[0] or business_scope.covers(scope, *pair)


def of_seal(filed: Filed) -> list[Finding]:
    """Whether the papers bear the company's seal."""
    return [] if filed.is_sealed is None else [Finding("seal_present", "ok" if filed.is_sealed else "missing")]


def of_uscc(code: str, others: Iterable[str]) -> list[Finding]:
    """The credit code's check character, and who else on file has the same code."""
    if not code:
        return []
    found = [Finding("uscc", "ok" if uscc_is_sound(code) else "doubt", code)]
    return found + [Finding("duplicate", "doubt", other) for other in others]


def uscc_is_sound(code: str) -> bool:
    """Whether the check character of a 统一社会信用代码 fits (GB 32100-2015, weights 3^i mod 31)."""
    if not re.fullmatch(f"[{_USCC}]{{18}}", code):
        return False
    total = sum(_USCC.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return _USCC[(31 - total % 31) % 31] == code[17]


def of_product(filed: Filed, udi_di: str, others: Iterable[str]) -> list[Finding]:
    """Shape of the registration number, own scope, check digit of the UDI-DI, and who else carries it."""
    found: list[Finding] = []
    for product in filed.goods:
        known = business_scope.of_registration(product.registration_no) is not None
        found.append(Finding("registration_no", "ok" if known else "doubt", product.registration_no))
        own = frozenset(entry for paper in filed.own for entry in paper.scope("class_code"))
        if own:
            inside = _covered(own, class_and_code(product))
            found.append(Finding("business_scope", "ok" if inside else "not_covered", product.code))
        if not udi_di and product.device_class == "III":
            found.append(Finding("udi_di", "missing_if_any"))
    if udi_di:
        sound = not udi_di.isdigit() or len(udi_di) != 14 or check_digit(udi_di[:-1]) == udi_di[-1]
        found.append(Finding("udi_di", "ok" if sound else "doubt", udi_di))
    return found + [Finding("duplicate", "doubt", other) for other in others]


ITEMS = (
    "business_license", "operation_license_file", "production_license_file", "registration_certificate",
    "authorization_letter", "purchaser_document", "usage_need_statement", "renewed_file", "business_scope", "seal_present",
    "uscc", "duplicate", "registration_no", "udi_di",
)  # fmt: skip
RESULTS = ("ok", "ends_soon", "expired", "missing", "missing_if_any", "not_covered", "doubt")
