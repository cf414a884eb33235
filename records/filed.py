"""A file under review as its forms hold it, read into what the hard rules decide on; our own licences beside it.

What a form asks says which file it is: an SOP of another name with the same fields is under the same law.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlmodel import Session

from domain import business_scope
from domain.dealing_rules import LICENCES
from domain.errors import Text
from domain.filed_rules import Filed, Sheet
from domain.json_types import JsonObject
from domain.rule_facts import Paper, ProductFact
from records import facts, parties, products
from records.base import COMPANY

_MARKS = (
    ("renewed_file", "renewal"), ("business_license", "supplier"), ("label_sample", "product"),
    ("purchaser_document", "purchaser"),
)  # fmt: skip
_SHEETS: dict[str, tuple[tuple[str, Text, str], ...]] = {
    "supplier": (
        ("business_license", Text("营业执照", "business licence"), ""),
        ("operation_license_file", Text("经营许可证或者备案凭证", "dealer licence or filing"), "operation_license_valid_until"),
        ("registration_certificate", Text("注册证或者备案凭证", "registration certificate"), ""),
        ("production_license_file", Text("生产许可证或者备案凭证", "production licence"), "production_license_valid_until"),
        ("authorization_letter", Text("授权书", "authorisation letter"), "authorized_until"),
        ("salesperson_id_copy", Text("销售人员身份证件复印件", "copy of the salesperson's ID"), ""),
        ("delivery_note_template", Text("随货同行单样式", "delivery note sample"), ""),
        ("seal_sample", Text("企业样章或者出库样章", "seal sample"), ""),
    ),
    "product": (
        ("registration_certificate", Text("注册证或者备案凭证", "registration certificate"), ""),
        ("label_sample", Text("标签样稿或者图片", "label sample"), ""),
    ),
    "purchaser": (
        ("purchaser_document", Text("购货者证明文件", "purchaser's document"), "valid_until"),
        ("usage_need_statement", Text("使用需求说明", "statement of need"), ""),
    ),
    "letter": (("authorization_letter", Text("授权书", "authorisation letter"), "authorized_until"),),
    "renewal": (("renewed_file", Text("更新后的文件", "renewed paper"), "renewed_until"),),
}  # fmt: skip
_NAMES = ("supplier_name", "purchaser_name", "product_name", "owner_name", "salesperson_name")
_CODES = ("supplier_code", "purchaser_code", "product_code", "owner_code", "sales_account")
_KINDS = ("supplier_type", "purchaser_type", "owner_kind")


def subject_of(names: Iterable[str]) -> str | None:
    """Which file a case with these fields is about; `None`: none of those that the law knows."""
    asked = set(names)
    for mark, subject in _MARKS:
        if mark in asked:
            return subject
    return "letter" if {"authorization_letter", "salesperson_id_no"} <= asked else None


def read(session: Session, subject: str, values: JsonObject, today: date, company: str = COMPANY) -> Filed:
    """The file as entered."""
    return Filed(
        subject=subject,
        code=_first(values, _CODES),
        name=_first(values, _NAMES),
        kind=_first(values, _KINDS),
        sheets=tuple(
            Sheet(name, words, bool(values.get(name)), until, _day(values.get(until)))
            for name, words, until in _SHEETS[subject]
        ),
        is_sealed=_flag(values.get("seal_present")),
        scope=frozenset(scope_entries(values.get("business_scope"))),
        goods=tuple(_goods(session, subject, values, company)),
        own=own_licences(session, company),
    )


def own_licences(session: Session, company: str = COMPANY) -> tuple[Paper, ...]:
    """Our own licences with their scope."""
    rows = [row for row in parties.of_company(session, company) if row.kind in LICENCES]
    return facts.papers(session, rows)


def scope_entries(given: Any) -> list[str]:
    """The rows of a business scope as papers keep them."""
    rows = given if isinstance(given, list) else []
    found = [(str(row.get("device_class") or ""), str(row.get("classification_code") or "")) for row in rows]
    return [business_scope.entry(*pair) for pair in found if pair[0]]


def _goods(session: Session, subject: str, values: JsonObject, company: str) -> list[ProductFact]:
    if subject == "product":
        return [_entered(values)]
    listed: Any = values.get("authorized_products")
    rows: list[Any] = listed if isinstance(listed, list) else []
    known = products.by_codes(session, {str(row.get("product_code") or "") for row in rows}, company)
    found = (known.get(str(row.get("product_code") or "")) for row in rows)
    return [_entered(row) if one is None else facts.product(one) for one, row in zip(found, rows, strict=True)]


def _entered(row: JsonObject) -> ProductFact:
    code, name = str(row.get("product_code") or ""), str(row.get("product_name") or "")
    return ProductFact(
        code,
        name,
        is_known=bool(code),
        registration_no=str(row.get("registration_no") or ""),
        device_class=str(row.get("device_class") or ""),
        classification_code=str(row.get("classification_code") or ""),
    )


def _first(values: JsonObject, names: Iterable[str]) -> str:
    return next((str(values[name]) for name in names if values.get(name)), "")


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None
