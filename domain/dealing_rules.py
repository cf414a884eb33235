"""The hard rules about whom we deal with in what: RULE-02 (authorisation), RULE-04 (business scope), RULE-11 (purchaser).

A paper that states no scope is not judged by scope: files from before the platform may not say. Every paper that is
qualified here states it. Used through `domain.hard_rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from domain import business_scope
from domain.errors import Text
from domain.rule_facts import Paper, ProductFact, Purchaser, Supplier, Violation

LETTER = "authorization_letter"
STATEMENT = "usage_need_statement"
LICENCES = frozenset({"operation_license"})
"""Papers whose scope limits what their holder deals with."""
NATIONWIDE = frozenset({"全国", "中国", "中国大陆", "nationwide"})
PURCHASER_PAPERS = frozenset({"operation_license", "production_license", "practice_license", "business_license"})
"""What shows that a purchaser may buy; the kind says which (GSP 82)."""
_QUALITY = ("quality_staff", "quality_director")


def letter_covers(
    supplier: Supplier,
    product: ProductFact,
    day: date,
    line_no: str | None = None,
    *,
    region: str = "",
    person: str = "",
) -> list[Violation]:
    """RULE-02: a letter in force covers the product, and where they are known the region and the salesperson."""
    letters = [paper for paper in supplier.papers if paper.kind == LETTER and paper.is_valid_on(day)]
    if not letters or any(_letter_fits(one, product, region, person) for one in letters):
        return []  # without a letter in force RULE-01 has spoken
    return [
        Violation(
            "RULE-02",
            ("GSP-53",),
            Text(
                f"供货者“{supplier.name}”的授权书不包括产品 {product.code} {product.name}"
                f"（品种、地域或销售人员不在授权范围内）。请采购人员取得相应授权书并经审核，或拒收该产品。",
                f"No authorisation letter of supplier “{supplier.name}” covers {product.code} {product.name} (product, "
                "region or salesperson). The purchaser must obtain one and quality staff verify it, or refuse the goods.",
            ),
            ("purchaser", *_QUALITY),
            line_no=line_no,
            facts={"supplier_code": supplier.code, "product_code": product.code, "day": day.isoformat()},
        )
    ]


def seller_is_authorised(
    letters: Iterable[Paper], person: str, product: ProductFact, day: date, region: str = ""
) -> list[Violation]:
    """RULE-02 for our own sales staff: a letter of ours in force names the person, the product and the region (GSP 78)."""
    own = [one for one in letters if one.kind == LETTER and person in one.scope("person") and one.is_valid_on(day)]
    if any(_letter_fits(one, product, region, person) for one in own):
        return []
    why = Text(
        f"销售人员 {person} 在 {day} 没有包括产品 {product.code} {product.name}的有效授权书，不得销售。请先办理销售人员授权。",
        f"Salesperson {person} had no letter in force on {day} that covers {product.code} {product.name}; issue one first.",
    )
    facts = {"person": person, "product_code": product.code, "day": day.isoformat()}
    return [Violation("RULE-02", ("GSP-78",), why, ("sales", "company_head"), facts=dict(facts))]


def _letter_fits(letter: Paper, product: ProductFact, region: str, person: str) -> bool:
    people, regions = letter.scope("person"), letter.scope("region")
    if person and people and person not in people:
        return False
    if region and regions and not any(_within(region, one) for one in regions):
        return False
    named, classes = letter.scope("product"), letter.scope("class_code")
    if not named and not classes:
        return True
    by_class = bool(classes) and business_scope.covers(classes, *class_and_code(product))
    return product.code in named or product.name in named or by_class


def _within(place: str, region: str) -> bool:
    return region in NATIONWIDE or place.startswith(region) or region.startswith(place)


def class_and_code(product: ProductFact) -> tuple[str, str]:
    """Class and classification code of a product: as filed, else as its registration number tells."""
    told = business_scope.of_registration(product.registration_no)
    code = product.classification_code or (told[1] if told else "")
    return product.device_class or (told[0] if told else ""), code


def scope_covers(
    holder: Text, papers: Iterable[Paper], product: ProductFact, day: date, articles: tuple[str, ...],
    line_no: str | None = None,
) -> list[Violation]:  # fmt: skip
    """RULE-04: the business scope of the holder's licences in force covers class and code of the product."""
    valid = [paper for paper in papers if paper.kind in LICENCES and paper.is_valid_on(day)]
    entries = {entry for paper in valid for entry in paper.scope("class_code")}
    device_class, code = class_and_code(product)
    if not entries or not device_class or business_scope.covers(entries, device_class, code):
        return []
    return [
        Violation(
            "RULE-04",
            articles,
            Text(
                f"{holder.zh}的经营范围不包括 {product.code} {product.name}（{device_class} 类 {code}），不得购销。"
                "请核对许可证或备案凭证，范围已变更的先更新资质。",
                f"The business scope of {holder.en} does not cover {product.code} {product.name} (class {device_class}, "
                f"code {code}); it may not be bought or sold. Check the licence; if it was changed, renew the paper first.",
            ),
            _QUALITY,
            line_no=line_no,
            facts={
                "product_code": product.code, "device_class": device_class, "classification_code": code,
                "scope": [*sorted(entries)],
            },
        )
    ]  # fmt: skip


def product_is_approved(product: ProductFact) -> list[Violation]:
    """RULE-03 where goods are ordered or sold: the product has an approved file."""
    if product.is_known and product.is_approved:
        return []
    return [
        Violation(
            "RULE-03",
            ("GSP-54",),
            Text(
                f"产品 {product.code} {product.name}没有经审核的产品档案，不得购销。请质量管理人员先完成产品审核。",
                f"Product {product.code} {product.name} has no approved product file; it may not be bought or sold. "
                "Quality staff must finish its qualification first.",
            ),
            _QUALITY,
            facts={"product_code": product.code},
        )
    ]


def purchaser_is_qualified(purchaser: Purchaser, day: date) -> list[Violation]:
    """RULE-11: approved and with papers in force on the day of sale; any other unit has stated its need first."""
    if not purchaser.is_known:
        why = Text(
            f"购货者 {purchaser.code} 没有档案。首次销售前须审核并建立购货者档案。",
            f"There is no purchaser file for {purchaser.code}. A purchaser must be verified before the first sale.",
        )
        return [_unqualified(purchaser, why, ("GSP-82",), day)]
    found: list[Violation] = []
    if not any(approval.is_valid_on(day) for approval in purchaser.approvals):
        why = Text(
            f"购货者“{purchaser.name}”在 {day} 没有有效的审核结论，不得销售。请质量管理人员先完成资格审核。",
            f"Purchaser “{purchaser.name}” had no valid approval on {day} and may not be sold to. Quality staff must "
            "finish the qualification first.",
        )
        found.append(_unqualified(purchaser, why, ("GSP-82",), day))
    if not _has(purchaser.papers, PURCHASER_PAPERS, day):
        why = Text(
            f"购货者“{purchaser.name}”在 {day} 没有在有效期内的证明文件，不得销售。请销售人员更新资质并经审核。",
            f"Purchaser “{purchaser.name}” had no licence or document in force on {day} and may not be sold to. Sales "
            "must renew it and quality staff verify it.",
        )
        found.append(_unqualified(purchaser, why, ("GSP-82", "GSP-51"), day))
    if purchaser.kind == "other" and not _has(purchaser.papers, {STATEMENT}, day):
        why = Text(
            f"购货者“{purchaser.name}”不是生产、经营或使用单位，销售前须提交使用需求说明。",
            f"Purchaser “{purchaser.name}” is no maker, dealer or user; a statement of need comes before the sale.",
        )
        found.append(_unqualified(purchaser, why, ("GSP-81",), day))
    return found


def _has(papers: Sequence[Paper], kinds: Iterable[str], day: date) -> bool:
    wanted = set(kinds)
    return any(paper.kind in wanted and paper.is_valid_on(day) for paper in papers)


def _unqualified(purchaser: Purchaser, why: Text, articles: tuple[str, ...], day: date) -> Violation:
    facts = {"purchaser_code": purchaser.code, "day": day.isoformat()}
    return Violation("RULE-11", articles, why, ("sales", *_QUALITY), facts=dict(facts))
