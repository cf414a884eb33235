"""Hard rules of goods on the shelves: who lets held goods go, what becomes of rejected ones, who signs an adjustment.

Pure, on signatures and statuses read from the records. An article is named only where the law itself says so; that
two persons are needed is the platform's law. Source: GSP 2023 arts. 19(6), 69, 74, 76, 77.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.errors import Text
from domain.json_types import JsonObject
from domain.roles import QUALITY
from domain.rule_facts import Violation
from domain.stock import Status

LETS_GO = frozenset({"approved", "pass"})
"""Outcomes of a signature that would let goods go."""
ADJUSTERS = ("finance", "quality_staff", "quality_director")
"""Whose signature stands under an adjustment of the books."""


@dataclass(frozen=True)
class Signed:
    """An effective signature of a case: what it means, who gave it, with which post."""

    meaning: str
    outcome: str
    role: str
    person: str
    act_sha: str = ""
    step: str = ""


def hold_is_ruled(signed: Sequence[Signed]) -> list[Violation]:
    """RULE-21: held goods go only when the newest quality ruling, signed by quality, says so."""
    rulings = [one for one in signed if one.meaning == "quality_rule"]
    if rulings and rulings[-1].outcome == "approved" and rulings[-1].role in QUALITY:
        return []
    newest = rulings[-1] if rulings else None
    facts: JsonObject = {"role": newest.role, "outcome": newest.outcome} if newest else {}
    return [
        Violation(
            "RULE-21",
            ("GSP-74",),
            Text(
                "停售的商品须由质量管理人员判定并签名后才能解除，未找到同意解除的质量判定。请先完成质量判定。",
                "Goods on hold go only after quality has ruled and signed; no ruling lets these go. "
                "Have quality staff rule first.",
            ),
            ("quality_staff", "quality_director"),
            facts=facts,
        )
    ]


def rejected_stays_rejected(status: str, outcome: str) -> list[Violation]:
    """RULE-22: rejected goods are returned or destroyed; no signature makes anything else of them."""
    if status != Status.REJECTED.value or outcome not in LETS_GO:
        return []
    return [
        Violation(
            "RULE-22",
            ("GSP-69",),
            Text(
                "已判为不合格的商品只能退货或销毁，不能再判为合格。请选择退货或销毁。",
                "Goods that were rejected are returned or destroyed; they cannot pass any more. Choose one of the two.",
            ),
            ("quality_director",),
            facts={"stock_status": status, "outcome": outcome},
        )
    ]


def adjustment_is_explained(causes: Sequence[tuple[str, int, str]]) -> list[Violation]:
    """RULE-23, the cause: every difference between goods and books is explained; `causes` are (line, variance, cause)."""
    return [
        Violation(
            "RULE-23",
            ("GSP-77",),
            Text(
                f"第 {line_no} 行差异 {variance:+d} 没有写明原因。请查清原因后再调整。",
                f"Line {line_no} differs by {variance:+d} and no cause is given. Find the cause before adjusting.",
            ),
            ("warehouse_keeper",),
            line_no=line_no,
            facts={"variance": variance},
        )
        for line_no, variance, cause in causes
        if variance and not cause.strip()
    ]


def adjustment_is_signed(signed: Sequence[Signed]) -> list[Violation]:
    """RULE-23, the signature: finance or quality signs an adjustment, and nobody who counted."""
    approvals = approvals_of(signed)
    if not approvals:
        return [_unsigned_adjustment()]
    counters = counters_of(signed)
    return counter_signs_not([one.person for one in approvals], counters)


def approvals_of(signed: Sequence[Signed]) -> list[Signed]:
    """The signatures that approve an adjustment: those after the newest rejection."""
    kept: list[Signed] = []
    for one in signed:
        if one.meaning == "approve" and one.outcome != "approved":
            kept = []
        elif one.meaning == "approve" and one.role in ADJUSTERS:
            kept.append(one)
    return kept


def counters_of(signed: Iterable[Signed]) -> set[str]:
    """Who counted."""
    return {one.person for one in signed if one.meaning == "performed"}


def counter_signs_not(approvers: Iterable[str], counters: Iterable[str]) -> list[Violation]:
    """RULE-23, the persons: whoever counted does not sign the adjustment."""
    both = sorted(set(approvers) & set(counters))
    if not both:
        return []
    return [
        Violation(
            "RULE-23",
            (),
            Text(
                f"{'、'.join(both)} 参加了盘点，不能批准本次调整。请由未参加盘点的财务或质量管理人员签名。",
                f"{', '.join(both)} counted, and cannot approve the adjustment. Finance or quality staff who did not "
                "count must sign it.",
            ),
            ADJUSTERS,
            facts={"persons": [*both]},
        )
    ]


def _unsigned_adjustment() -> Violation:
    return Violation(
        "RULE-23",
        (),
        Text(
            "盘点调整须由财务或质量管理人员批准签名，未找到。请先完成批准。",
            "An adjustment needs the signature of finance or quality; there is none. Have it approved first.",
        ),
        ADJUSTERS,
    )


def destruction_is_signed(signed: Sequence[Signed]) -> list[Violation]:
    """RULE-24: destruction is approved by the quality director and watched by quality, not by whoever destroys."""
    found: list[Violation] = []
    approved = [one for one in signed if one.meaning == "approve" and one.role == "quality_director"]
    if not approved or approved[-1].outcome != "approved":
        found.append(_undirected())
    destroyers = {one.person for one in signed if one.meaning == "performed"}
    watched = {one.person for one in signed if one.meaning == "verified" and one.role in QUALITY}
    if not watched - destroyers:
        found.append(_unwatched())
    return found


def _undirected() -> Violation:
    return Violation(
        "RULE-24",
        (),
        Text(
            "销毁须经质量负责人批准，未找到批准签名。请先完成批准。",
            "Destruction needs the approval of the quality director; there is none. Have it approved first.",
        ),
        ("quality_director",),
    )


def _unwatched() -> Violation:
    return Violation(
        "RULE-24",
        ("GSP-19",),
        Text(
            "销毁须由质量管理人员现场监督并签名，且不能是销毁操作者本人。请由质量管理人员监销。",
            "Quality staff must watch the destruction and sign, and not the person who destroys. Have it witnessed.",
        ),
        ("quality_staff", "quality_director"),
    )
