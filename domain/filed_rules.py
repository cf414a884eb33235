"""The hard rules on a file under review: what an application for qualification must hold before anybody may sign for it.

Decided when it is submitted, reviewed and approved, and again when the decision is written (GSP 53, 54, 78, 81, 82).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from domain import business_scope
from domain.dealing_rules import scope_covers
from domain.errors import Text
from domain.json_types import JsonObject
from domain.roles import role_text
from domain.rule_facts import Paper, ProductFact, Violation

QUALITY = ("quality_staff", "quality_director")
LETS_PASS = ("pass", "approved", "done")


@dataclass(frozen=True)
class Sheet:
    """One paper of a file: the field that holds it and the one that says until when it counts."""

    field: str
    name: Text
    is_there: bool
    until_field: str = ""
    valid_until: date | None = None


@dataclass(frozen=True)
class Filed:
    """A file as entered. ``kind`` is what the subject is (dealer, registrant, other …); ``own`` are our own licences."""

    subject: str
    code: str = ""
    name: str = ""
    kind: str = ""
    sheets: tuple[Sheet, ...] = ()
    is_sealed: bool | None = None
    scope: frozenset[str] = frozenset()
    goods: tuple[ProductFact, ...] = ()
    own: tuple[Paper, ...] = field(default=())


def file_is_lawful(filed: Filed, today: date) -> list[Violation]:
    """Everything that the law does not let pass in this file."""
    rules = {
        "supplier": _supplier,
        "product": _product,
        "purchaser": _purchaser,
        "letter": _letter,
        "renewal": _renewal,
    }
    return rules[filed.subject](filed, today)


_NEEDED = {
    ("supplier", "dealer"): ("operation_license_file",),
    ("supplier", "registrant"): ("registration_certificate", "production_license_file"),
    ("purchaser", "other"): ("usage_need_statement",),
}
"""Papers that only some kinds of a subject need; the rest of a file is needed of all (GSP 53, 81)."""
_ALWAYS = {
    "supplier": (
        "business_license", "authorization_letter", "salesperson_id_copy", "delivery_note_template", "seal_sample",
    ),
    "product": ("registration_certificate", "label_sample"),
    "purchaser": ("purchaser_document",),
    "letter": (),
    "renewal": ("renewed_file",),
}  # fmt: skip


def _supplier(filed: Filed, today: date) -> list[Violation]:
    found = [_missing(filed, sheet, "RULE-01", ("GSP-53",)) for sheet in _lacking(filed)]
    for sheet in _ended(filed, today):
        letter = sheet.field == "authorization_letter"
        found.append(_expired(filed, sheet, "RULE-02" if letter else "RULE-01", ("GSP-53", "GSP-51"), today))
    return found + _unsealed(filed, "RULE-01", "GSP-53") + _out_of_scope(filed)


def _out_of_scope(filed: Filed) -> list[Violation]:
    """A dealer's own scope covers what it is authorised to sell us (RULE-04)."""
    if filed.kind != "dealer" or not filed.scope:
        return []
    licence = _licence(filed.scope)
    holder = Text(f"供货者“{filed.name}”", f"supplier “{filed.name}”")
    found = [
        violation
        for product in filed.goods
        for violation in scope_covers(holder, [licence], product, date.max, ("GSP-51",))
    ]
    return [_at(violation, "business_scope") for violation in found]


def _licence(scope: frozenset[str]) -> Paper:
    return Paper("operation_license", "", None, None, frozenset(("class_code", entry) for entry in scope))


def _product(filed: Filed, today: date) -> list[Violation]:
    found = [_missing(filed, sheet, "RULE-03", ("GSP-54",)) for sheet in _lacking(filed)]
    own = Text("本企业", "our own company")
    for product in filed.goods:
        told = business_scope.of_registration(product.registration_no)
        if told is not None and told[0] != product.device_class:
            found.append(_wrong_class(product, told[0]))
        outside = scope_covers(own, filed.own, product, today, ("GSP-51",))
        found += [_at(violation, "device_class") for violation in outside]
    return found


def _wrong_class(product: ProductFact, told: str) -> Violation:
    return Violation(
        "RULE-03",
        ("GSP-54",),
        Text(
            f"注册证（备案）编号 {product.registration_no} 表明管理类别为 {told} 类，填写的是 {product.device_class} 类。"
            "请按注册证更正。",
            f"The number {product.registration_no} tells class {told}; class {product.device_class} was entered. "
            "Correct it from the certificate.",
        ),
        ("purchaser", *QUALITY),
        facts={"field": "device_class", "registration_no": product.registration_no, "told": told},
    )


def _purchaser(filed: Filed, today: date) -> list[Violation]:
    found = []
    for sheet in _lacking(filed):
        article = "GSP-81" if sheet.field == "usage_need_statement" else "GSP-82"
        found.append(_missing(filed, sheet, "RULE-11", (article,)))
    return found + [_expired(filed, one, "RULE-11", ("GSP-82", "GSP-51"), today) for one in _ended(filed, today)]


def _letter(filed: Filed, today: date) -> list[Violation]:
    """A letter is asked for and approved before it is printed and sealed, so its scan may still be missing."""
    found = [_expired(filed, sheet, "RULE-02", ("GSP-78",), today) for sheet in _ended(filed, today)]
    return found + _unsealed(filed, "RULE-02", "GSP-78")


_RENEWED = {
    "supplier": ("RULE-01", ("GSP-53", "GSP-51")), "purchaser": ("RULE-11", ("GSP-82", "GSP-51")),
    "product": ("RULE-03", ("GSP-54", "GSP-51")), "company": ("RULE-04", ("GSP-51",)),
}  # fmt: skip


def _renewal(filed: Filed, today: date) -> list[Violation]:
    rule, articles = _RENEWED.get(filed.kind, _RENEWED["supplier"])
    found = [_missing(filed, sheet, rule, articles) for sheet in _lacking(filed)]
    found += [_expired(filed, sheet, rule, articles, today) for sheet in _ended(filed, today)]
    return found + _unsealed(filed, rule, articles[0])


def _lacking(filed: Filed) -> list[Sheet]:
    needed = {*_ALWAYS[filed.subject], *_NEEDED.get((filed.subject, filed.kind), ())}
    return [sheet for sheet in filed.sheets if sheet.field in needed and not sheet.is_there]


def _ended(filed: Filed, today: date) -> Iterable[Sheet]:
    return [sheet for sheet in filed.sheets if sheet.valid_until is not None and sheet.valid_until < today]


def _missing(filed: Filed, sheet: Sheet, rule: str, articles: tuple[str, ...]) -> Violation:
    why = Text(
        f"“{filed.name}”的资料缺少{sheet.name.zh}，不能提交或批准。请上传后再试。",
        f"The file of “{filed.name}” lacks the {sheet.name.en}; it can be neither submitted nor approved. Upload it first.",
    )
    facts: JsonObject = {"field": sheet.field, "subject": filed.subject, "code": filed.code}
    return Violation(rule, articles, why, ("purchaser", "sales", *QUALITY), facts=facts)


def _expired(filed: Filed, sheet: Sheet, rule: str, articles: tuple[str, ...], today: date) -> Violation:
    ended = str(sheet.valid_until)
    why = Text(
        f"“{filed.name}”的{sheet.name.zh}有效期至 {ended}，已过期，不能提交或批准。请先取得有效的文件。",
        f"The {sheet.name.en} of “{filed.name}” ran until {ended} and has expired; the file can be neither submitted nor "
        "approved. Obtain a paper in force first.",
    )
    facts: JsonObject = {
        "field": sheet.until_field, "subject": filed.subject, "code": filed.code, "valid_until": ended,
        "today": today.isoformat(),
    }  # fmt: skip
    return Violation(rule, articles, why, ("purchaser", "sales", *QUALITY), facts=facts)


def _unsealed(filed: Filed, rule: str, article: str) -> list[Violation]:
    if filed.is_sealed is not False:
        return []
    why = Text(
        f"“{filed.name}”的资料没有加盖公章，不能提交或批准。请取得盖章的复印件或扫描件。",
        f"The papers of “{filed.name}” bear no company seal; the file can be neither submitted nor approved. Obtain "
        "sealed copies.",
    )
    facts: JsonObject = {"field": "seal_present", "subject": filed.subject, "code": filed.code}
    return [Violation(rule, (article,), why, ("purchaser", "sales", *QUALITY), facts=facts)]


def _at(violation: Violation, name: str) -> Violation:
    facts: JsonObject = {**violation.facts, "field": name}
    return Violation(violation.rule, violation.articles, violation.message, violation.who_can, facts=facts)


@dataclass(frozen=True)
class Signed:
    """A signature under an application: its meaning, outcome, the role acted in and who it was."""

    meaning: str
    outcome: str
    role: str
    signer: str


def decision_is_signed(
    rule: str, signed: Iterable[Signed], approver: str | None = "quality_director", *, reviewed: bool = True
) -> list[Violation]:
    """An application takes effect only reviewed by the quality unit (GSP 19) and, where it has an approver, approved by
    that post, by another person than the reviewer."""
    given = _since_submitted(signed)
    reviewers = {one.signer for one in given if one.meaning == "review" and one.role in QUALITY}
    approvers = {one.signer for one in given if one.meaning == "approve" and one.role == approver}
    if reviewed and not reviewers:
        why = Text(
            "质量管理机构尚未审核，不能建立档案。请质量管理人员先审核签名。",
            "The quality unit has not reviewed it, so nothing goes on file. Quality staff must review and sign first.",
        )
        return [Violation(rule, ("GSP-19",), why, ("quality_staff",))]
    if approver is None or any(not reviewed or reviewers - {one} for one in approvers):
        return []
    post = role_text(approver)
    why = Text(
        f"尚未由{post.zh}（与审核人不是同一人）批准，不能建立档案。",
        f"The {post.en.lower()} has not approved it (another person than the reviewer), so nothing goes on file.",
    )
    return [Violation(rule, (), why, (approver,))]


def _since_submitted(signed: Iterable[Signed]) -> list[Signed]:
    """What was signed for the file as it was submitted last; of several reviews the newest counts."""
    given = list(signed)
    last = max((place for place, one in enumerate(given) if one.meaning == "submitted"), default=-1)
    newest = {(one.meaning, one.role): one for one in given[last + 1 :]}
    return [one for one in newest.values() if one.outcome in LETS_PASS]
