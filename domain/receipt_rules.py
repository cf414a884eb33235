"""The hard rules of a receipt: RULE-01 (supplier), RULE-03 (product), RULE-05 (order). Used through
`domain.hard_rules`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from domain.errors import Text
from domain.json_types import JsonObject
from domain.rule_facts import OrderFact, ProductFact, ReceiptLine, Supplier, Violation

PAPERS_REQUIRED: tuple[tuple[frozenset[str], Text], ...] = (
    (frozenset({"business_license"}), Text("营业执照", "business licence")),
    (
        frozenset({"operation_license", "production_license"}),
        Text("经营或生产许可证（备案凭证）", "dealer or production licence (filing)"),
    ),
    (frozenset({"authorization_letter"}), Text("授权书", "authorisation letter")),
)
"""What a supplier's file must hold (GSP 53); one kind of each group must be in force."""


def supplier_is_qualified(supplier: Supplier, days: Iterable[tuple[date, Text]]) -> list[Violation]:
    """RULE-01: approved and with papers in force on the day of each order and on the day of receipt."""
    if not supplier.is_known:
        return [
            Violation(
                "RULE-01",
                ("GSP-53",),
                Text(
                    f"供货者 {supplier.code} 没有档案。首次采购前须审核并建立供货者档案。",
                    f"There is no supplier file for {supplier.code}. A supplier must be verified before "
                    f"the first purchase.",
                ),
                ("purchaser", "quality_staff", "quality_director"),
                facts={"supplier_code": supplier.code},
            )
        ]
    found: list[Violation] = []
    for day, word in days:
        if not any(approval.is_valid_on(day) for approval in supplier.approvals):
            found.append(_not_approved(supplier, day, word))
        for kinds, name in PAPERS_REQUIRED:
            if not any(paper.kind in kinds and paper.is_valid_on(day) for paper in supplier.papers):
                found.append(_paper_missing(supplier, kinds, name, day, word))
    return found


def _not_approved(supplier: Supplier, day: date, word: Text) -> Violation:
    return Violation(
        "RULE-01",
        ("GSP-53",),
        Text(
            f"供货者“{supplier.name}”在{word.zh}（{day}）没有有效的审核结论。请质量管理人员先完成资质审核。",
            f"Supplier “{supplier.name}” had no valid approval on the {word.en} ({day}). Quality staff "
            f"must finish its qualification first.",
        ),
        ("quality_staff", "quality_director"),
        facts={"supplier_code": supplier.code, "day": day.isoformat()},
    )


def _paper_missing(supplier: Supplier, kinds: frozenset[str], name: Text, day: date, word: Text) -> Violation:
    ends = [p.valid_until for p in supplier.papers if p.kind in kinds and p.valid_until is not None]
    last = max(ends, default=None)
    known = Text(f"（最近一份有效期至 {last}）", f" (the latest ran until {last})") if last else Text("", "")
    return Violation(
        "RULE-01",
        ("GSP-53", "GSP-51"),
        Text(
            f"供货者“{supplier.name}”在{word.zh}（{day}）没有在有效期内的{name.zh}{known.zh}。"
            f"请采购人员更新资质并经审核。",
            f"Supplier “{supplier.name}” had no valid {name.en} on the {word.en} ({day}){known.en}. "
            "The purchaser must renew it and quality staff verify it.",
        ),
        ("purchaser", "quality_staff", "quality_director"),
        facts={
            "supplier_code": supplier.code,
            "paper": sorted(kinds)[0],
            "day": day.isoformat(),
            "valid_until": last.isoformat() if last else None,
        },
    )


def product_is_registered(line: ReceiptLine, product: ProductFact, received_on: date) -> list[Violation]:
    """RULE-03: the product is approved, and the unit was made while its registration was valid.

    Without a production date that can only be told while the registration is still valid; else quality must
    rule.
    """
    if not product.is_known or not product.is_approved:
        return [_product_not_approved(line, product)]
    made, start, end = line.production_date, product.registration_valid_from, product.registration_valid_until
    if end is None or (made is None and received_on <= end):
        return []
    facts: JsonObject = {
        "product_code": product.code,
        "registration_no": product.registration_no,
        "registration_valid_until": end.isoformat(),
        "production_date": made.isoformat() if made else None,
    }
    if made is None:
        return [_made_when(line, product, facts)]
    if made <= end and (start is None or made >= start):
        return []
    return [
        Violation(
            "RULE-03",
            ("GSP-57",),
            Text(
                f"第 {line.line_no} 行“{product.name}”生产日期 {made} 不在注册证 "
                f"{product.registration_no} 的有效期内（至 {end}），不得购进。请拒收该行。",
                f"Line {line.line_no}, “{product.name}”: made on {made}, outside the validity of "
                f"registration "
                f"{product.registration_no} (until {end}). It may not be bought; refuse the line.",
            ),
            ("quality_staff", "quality_director"),
            line_no=line.line_no,
            facts=facts,
        )
    ]


def product_may_be_ordered(line_no: str, product: ProductFact, day: date) -> list[Violation]:
    """RULE-03 on an order: the product is approved and registered on that day; what was made earlier, nobody can order."""
    line, end = ReceiptLine(line_no, "", product.code, 1), product.registration_valid_until
    if not product.is_known or not product.is_approved:
        return [_product_not_approved(line, product)]
    if end is None or day <= end:
        return []
    return [
        Violation(
            "RULE-03",
            ("GSP-57",),
            Text(
                f"第 {line_no} 行“{product.name}”的注册证 {product.registration_no} 已于 {end} 到期，不得再订购。"
                "请质量管理人员更新产品档案，或删去该行。",
                f"Line {line_no}, “{product.name}”: registration {product.registration_no} ended on {end}; it may not be "
                "ordered any more. Quality staff must renew the product's file, or take the line out.",
            ),
            ("quality_staff", "quality_director"),
            line_no=line_no,
            facts={"product_code": product.code, "registration_valid_until": end.isoformat()},
        )
    ]


def _product_not_approved(line: ReceiptLine, product: ProductFact) -> Violation:
    return Violation(
        "RULE-03",
        ("GSP-54",),
        Text(
            f"第 {line.line_no} 行产品 {product.code} {product.name}没有经审核的产品档案。"
            f"请质量管理人员先完成审核，或拒收该行。",
            f"Line {line.line_no}: product {product.code} {product.name} has no approved product file. "
            "Quality staff must approve it first, or refuse the line.",
        ),
        ("quality_staff", "quality_director"),
        line_no=line.line_no,
        facts={"product_code": product.code},
    )


def _made_when(line: ReceiptLine, product: ProductFact, facts: JsonObject) -> Violation:
    return Violation(
        "RULE-03",
        (),
        Text(
            f"第 {line.line_no} 行“{product.name}”没有生产日期，而注册证 {product.registration_no} 已于 "
            f"{facts['registration_valid_until']} 到期，"
            "无法判断是否在有效期内生产。请填写生产日期，或由质量负责人裁决。",
            f"Line {line.line_no}, “{product.name}”: no production date, and registration "
            f"{product.registration_no} ended on "
            f"{facts['registration_valid_until']}, so it cannot be told whether it was made in time. "
            f"Enter the date, or the quality director rules.",
        ),
        ("receiver", "quality_director"),
        "quality_ruling",
        line.line_no,
        facts,
    )


def receipt_is_ordered(
    lines: Sequence[ReceiptLine], orders: dict[str, OrderFact], supplier_code: str
) -> list[Violation]:
    """RULE-05: every accepted line has an order line of this supplier, and no order gets more than it still
    lacks."""
    found: list[Violation] = []
    wanted: dict[tuple[str, str], list[ReceiptLine]] = defaultdict(list)
    for line in lines:
        if line.accepted > 0:
            wanted[line.purchase_order_no, line.product_code].append(line)
    for (number, product_code), group in wanted.items():
        order = orders.get(number)
        if order is None or not order.exists or order.supplier_code != supplier_code:
            found.append(_no_order(group[0], number, supplier_code))
        elif product_code not in order.remaining:
            found.append(_not_on_order(group[0], number))
        else:
            total = sum(line.accepted for line in group)
            if total > order.remaining[product_code]:
                found.append(_too_many(group, number, total, order.remaining[product_code]))
    return found


def _no_order(line: ReceiptLine, number: str, supplier_code: str) -> Violation:
    return Violation(
        "RULE-05",
        ("GSP-60",),
        Text(
            f"第 {line.line_no} 行的采购订单 {number} 不存在或不属于供货者 {supplier_code}。"
            f"没有采购记录的商品不得收货，请核对订单号或拒收。",
            f"Line {line.line_no}: purchase order {number} does not exist or is not of supplier "
            f"{supplier_code}. "
            "Goods without a purchase record may not be received; check the number or refuse them.",
        ),
        ("purchaser",),
        line_no=line.line_no,
        facts={"purchase_order_no": number, "supplier_code": supplier_code},
    )


def _not_on_order(line: ReceiptLine, number: str) -> Violation:
    return Violation(
        "RULE-05",
        ("GSP-60",),
        Text(
            f"第 {line.line_no} 行产品 {line.product_code} 不在采购订单 {number} 中。请核对或拒收。",
            f"Line {line.line_no}: product {line.product_code} is not on purchase order {number}. Check "
            f"it or refuse the line.",
        ),
        ("purchaser",),
        line_no=line.line_no,
        facts={"purchase_order_no": number, "product_code": line.product_code},
    )


def _too_many(group: list[ReceiptLine], number: str, total: int, remaining: int) -> Violation:
    line = group[-1]
    return Violation(
        "RULE-05",
        ("GSP-60",),
        Text(
            f"第 {line.line_no} 行：订单 {number} 的产品 {line.product_code} 尚欠 {remaining}，本次收货 "
            f"{total}。超出部分请填入“超订单数量”，不得收货。",
            f"Line {line.line_no}: order {number} still lacks {remaining} of {line.product_code}, this "
            f"receipt accepts {total}. "
            "Enter the rest as excess; it is not received.",
        ),
        ("purchaser",),
        line_no=line.line_no,
        facts={
            "purchase_order_no": number,
            "product_code": line.product_code,
            "remaining": remaining,
            "accepted_quantity": total,
        },
    )
