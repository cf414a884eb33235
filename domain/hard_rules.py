"""Hard rules: what no definition and no person can switch off. Pure functions on a snapshot of facts.

``services`` decide before an act is accepted; the posting decides again in its own transaction with the
same functions.
An article is named only where the law itself says so; numbers that come from a guide or the company are
facts, not articles.
Sources: GSP 2023 arts. 18, 20, 40, 42, 51, 53, 54, 57, 60, 63, 64, 67, 69, 71, 81, 82; Order 739 (medical device
regulation).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from domain.dealing_rules import (
    letter_covers,
    product_is_approved,
    purchaser_is_qualified,
    scope_covers,
    seller_is_authorised,
)
from domain.errors import Text
from domain.json_types import JsonObject
from domain.receipt_rules import (
    PAPERS_REQUIRED,
    product_is_registered,
    product_may_be_ordered,
    receipt_is_ordered,
    supplier_is_qualified,
)
from domain.rule_facts import (
    LocationFact,
    LogFact,
    OrderFact,
    Paper,
    ProductFact,
    Purchaser,
    ReceiptLine,
    SignedRuling,
    Supplier,
    Violation,
)
from domain.stock import Status, zone_fault
from domain.temperature import judge

__all__ = [
    "LocationFact",
    "LogFact",
    "OrderFact",
    "PAPERS_REQUIRED",
    "Paper",
    "ProductFact",
    "Purchaser",
    "ReceiptLine",
    "SignedRuling",
    "Supplier",
    "Violation",
    "blocking_at_receipt",
    "climate_suits",
    "cold_log_is_whole",
    "inspector_has_post",
    "letter_covers",
    "not_expired",
    "product_is_approved",
    "product_is_registered",
    "product_may_be_ordered",
    "publication_is_signed",
    "purchaser_is_qualified",
    "receipt_is_ordered",
    "refusing",
    "rejection_stands",
    "release_is_ruled",
    "scope_covers",
    "seller_is_authorised",
    "stands_at_site",
    "supplier_is_qualified",
    "zone_admits",
]

# ------------------------------------------------------------------ rules


def refusing(violations: Iterable[Violation], rulings: Sequence[SignedRuling] = ()) -> list[Violation]:
    """Those that refuse now: all that no ruling can heal, and the rest unless the quality director has
    ruled."""
    return [v for v in violations if v.remedy == "none" or not _director_approved(rulings)]


def blocking_at_receipt(violations: Iterable[Violation]) -> list[Violation]:
    """Those that refuse a receipt; what a quality ruling may heal goes to quality instead."""
    return [violation for violation in violations if violation.remedy == "none"]


def cold_log_is_whole(
    line_no: str, product: ProductFact, fact: LogFact, rulings: Sequence[SignedRuling]
) -> list[Violation]:
    """RULE-06: cold goods pass only with a log that covers the journey, without gap and in range, or a
    signed ruling
    of the quality director."""
    if not product.is_cold_chain or _director_approved(rulings):
        return []
    facts: JsonObject = {"transport_mode": fact.transport_mode, "max_gap_min_allowed": fact.max_gap_min}
    if fact.log is None or not fact.readable:
        reason = Text("没有可读取的在途温度记录。", "There is no readable transit temperature log.")
    elif fact.max_gap_min is None:
        reason = Text(
            f"运输方式“{fact.transport_mode}”没有规定允许的记录中断时长。",
            f"No gap is stated for transport mode “{fact.transport_mode}”.",
        )
    else:
        verdict = judge(fact.log, product.storage, fact.max_gap_min)
        if verdict.key == "ok":
            return []
        reason = verdict.reason
        facts |= {"verdict": verdict.key, "max_gap_min": fact.log.max_gap_min}
        facts |= {"min_c": fact.log.min_c, "max_c": fact.log.max_c}
    return [
        Violation(
            "RULE-06",
            ("GSP-63", "GSP-67"),
            Text(
                f"第 {line_no} 行“{product.name}”为冷链商品：{reason.zh}须由质量负责人签署冷链裁决后才能验收合格。",
                f"Line {line_no}, “{product.name}”, is cold-chain: {reason.en} It can pass only after the "
                f"quality director has signed a ruling.",
            ),
            ("quality_director",),
            "quality_ruling",
            line_no,
            facts,
        )
    ]


def not_expired(line_no: str, expiry: date | None, today: date) -> list[Violation]:
    """RULE-10 where goods would become qualified: an expired lot never does, and no ruling heals it.

    Goods may be used up to and including the day of expiry.
    """
    if expiry is None or today <= expiry:
        return []
    return [
        Violation(
            "RULE-10",
            ("GSP-57",),
            Text(
                f"第 {line_no} 行已于 {expiry} 失效，不得判为合格。请判不合格并按不合格品处理。",
                f"Line {line_no} expired on {expiry} and cannot pass. Fail it; it goes the way of nonconforming goods.",
            ),
            ("quality_staff",),
            line_no=line_no,
            facts={"expiry_date": expiry.isoformat(), "today": today.isoformat()},
        )
    ]


def _director_approved(rulings: Sequence[SignedRuling]) -> bool:
    """Whether the newest ruling of the quality director lets the line pass."""
    own = [ruling for ruling in rulings if ruling.meaning == "quality_rule" and ruling.role == "quality_director"]
    return bool(own) and own[-1].outcome == "approved"


def inspector_has_post(roles: Iterable[str], line_no: str | None = None) -> list[Violation]:
    """RULE-07, the part about the post: acceptance is signed by a person who holds the post of inspector."""
    held = sorted(roles)
    if "inspector" in held:
        return []
    return [
        Violation(
            "RULE-07",
            ("GSP-64",),
            Text(
                "验收须由验收人员签名，您在该场所没有验收人员岗位。请交由验收人员处理。",
                "Acceptance must be signed by an inspector; you do not hold that post at this site. "
                "Leave it to an inspector.",
            ),
            ("inspector",),
            line_no=line_no,
            facts={"roles": list(held)},
        )
    ]


def zone_admits(location: LocationFact, status: Status, line_no: str | None = None) -> list[Violation]:
    """RULE-08: only qualified goods enter the qualified zone, and each zone only the goods it is for."""
    if not location.exists or location.zone is None:
        return [
            Violation(
                "RULE-08",
                ("GSP-40",),
                Text(
                    f"货位 {location.code} 不存在、已停用或没有划分库区。请重新扫描货位。",
                    f"Location {location.code} does not exist, is closed or belongs to no zone. Scan the "
                    f"location again.",
                ),
                ("warehouse_keeper",),
                line_no=line_no,
                facts={"location_code": location.code},
            )
        ]
    fault = zone_fault(location.code, location.zone, status)
    if fault is None:
        return []
    facts: JsonObject = {"location_code": location.code, "zone": location.zone.value, "status": status.value}
    return [Violation("RULE-08", ("GSP-40", "GSP-69"), fault, ("warehouse_keeper",), line_no=line_no, facts=facts)]


def stands_at_site(code: str, stands_at: str, site: str, line_no: str | None = None) -> list[Violation]:
    """RULE-08, the part about the place: goods of a site stay in locations of that site."""
    if stands_at == site:
        return []
    message = Text(
        f"货位 {code} 不属于本场所（{site}）。请选择本场所的货位。",
        f"Location {code} is not at this site ({site}). Choose a location of this site.",
    )
    facts: JsonObject = {"location_code": code, "site": site}
    return [Violation("RULE-08", (), message, ("warehouse_keeper",), line_no=line_no, facts=facts)]


def climate_suits(location: LocationFact, product: ProductFact, line_no: str | None = None) -> list[Violation]:
    """RULE-09: the temperature range that a location keeps lies within the range on the product's label."""
    if not location.exists or location.climate.is_within(product.storage):
        return []
    return [
        Violation(
            "RULE-09",
            ("GSP-42", "GSP-71"),
            Text(
                f"货位 {location.code} 的温度范围为 {location.climate}，“{product.name}”标签要求 "
                f"{product.storage}。请选择符合贮存条件的货位。",
                f"Location {location.code} keeps {location.climate}; the label of “{product.name}” asks "
                f"for {product.storage}. "
                "Choose a location with fitting storage conditions.",
            ),
            ("warehouse_keeper",),
            line_no=line_no,
            facts={
                "location_code": location.code,
                "location_range": str(location.climate),
                "product_range": str(product.storage),
            },
        )
    ]


_LETS_PASS = frozenset({"approved", "pass"})


def rejection_stands(
    role: str, outcome: str, earlier: Sequence[SignedRuling], line_no: str | None = None
) -> list[Violation]:
    """RULE-16: nobody below the quality director turns a quality rejection into a pass.

    ``earlier`` holds the effective signed decisions about the line, oldest first; ``role`` is what the
    person acts as.
    """
    if outcome not in _LETS_PASS or role == "quality_director":
        return []
    standing: SignedRuling | None = None
    for ruling in earlier:
        if ruling.meaning == "quality_rule" and ruling.outcome == "rejected":
            standing = ruling
        elif ruling.role == "quality_director" and ruling.outcome in _LETS_PASS:
            standing = None
    if standing is None:
        return []
    return [
        Violation(
            "RULE-16",
            ("GSP-18",),
            Text(
                f"{standing.actor} 已于 {standing.at} 作出质量否决。只有质量负责人可以改变该裁决。",
                f"{standing.actor} rejected this for quality at {standing.at}. Only the quality director "
                f"can change that ruling.",
            ),
            ("quality_director",),
            line_no=line_no,
            facts={"rejected_by": standing.actor, "rejected_at": standing.at, "role": role},
        )
    ]


def release_is_ruled(line_no: str, signed: Sequence[SignedRuling]) -> list[Violation]:
    """RULE-16 at the posting: a line whose newest inspection was not a pass becomes qualified only by a
    later ruling
    that the quality director approved."""
    last = max((i for i, ruling in enumerate(signed) if ruling.meaning == "inspected"), default=None)
    if last is None or signed[last].outcome == "pass" or _director_approved(signed[last + 1 :]):
        return []
    return [
        Violation(
            "RULE-16",
            ("GSP-18",),
            Text(
                f"第 {line_no} 行验收结论不是合格，须由质量负责人裁决后才能放行。",
                f"Line {line_no} did not pass inspection; it can be released only after a ruling of the "
                f"quality director.",
            ),
            ("quality_director",),
            "quality_ruling",
            line_no,
            {"inspected_by": signed[last].actor, "outcome": signed[last].outcome},
        )
    ]


def publication_is_signed(signers: Sequence[tuple[str, str]]) -> list[Violation]:
    """RULE-18: a definition takes effect only signed by the quality director and the company head, two
    persons.

    ``signers`` are (role acted as, person). The law names the head's approval; the second person is the
    platform's law.
    """
    by_role = {role: {person for signed_as, person in signers if signed_as == role} for role, _ in signers}
    missing = [role for role in ("quality_director", "company_head") if not by_role.get(role)]
    if missing:
        return [_unsigned(missing)]
    if len(by_role["quality_director"] | by_role["company_head"]) < 2:
        return [
            Violation(
                "RULE-18",
                (),
                Text(
                    "质量负责人与企业负责人的两个签名须由两个人作出。",
                    "The signatures of quality director and company head must come from two persons.",
                ),
                ("quality_director", "company_head"),
            )
        ]
    return []


def _unsigned(missing: list[str]) -> Violation:
    words = {
        "quality_director": Text("质量负责人", "quality director"),
        "company_head": Text("企业负责人", "company head"),
    }
    return Violation(
        "RULE-18",
        ("GSP-20",) if "company_head" in missing else (),
        Text(
            f"文件须经{'、'.join(words[role].zh for role in missing)}批准后才能生效。",
            f"The definition takes effect only once approved by the "
            f"{' and the '.join(words[role].en for role in missing)}.",
        ),
        tuple(missing),
        facts={"missing": list(missing)},
    )
