"""Hard rules of what leaves the house: hospital selections, cold packing, carriers, journeys.

Pure, on signatures, readings and papers read from the records. Degrees are Celsius. An article is named only where the
law itself says so. Source: GSP 2023 arts. 89, 90, 95, 97, 98.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.errors import Text
from domain.json_types import JsonObject
from domain.roles import QUALITY
from domain.rule_facts import Paper, Violation
from domain.stock_rules import Signed
from domain.temperature import Range

AGREEMENT = "quality_agreement"
TRANSIT_HOURS = "transit_hours"
"""The scope of a quality agreement that states how many hours the goods may be under way (GSP 98)."""
COLD_POST = "cold_chain_operator"


# ------------------------------------------------------------------ hospital selections


def selection_is_reviewed(signed: Sequence[Signed]) -> list[Violation]:
    """RULE-31: what a hospital chooses from leaves only after the outbound review and the check by quality."""
    reviewed = _newest(signed, "verified", frozenset({"outbound_reviewer"}), "pass")
    checked = _newest(signed, "review", QUALITY, "approved")
    if reviewed and checked and reviewed != checked:
        return []
    return [
        Violation(
            "RULE-31",
            ("GSP-89",),
            Text(
                "选配商品出库前须经出库复核人员复核并由质量管理人员核对（不同的两人），签名不全。请先完成复核和核对。",
                "Selection goods leave only after the outbound reviewer has reviewed them and quality staff have "
                "checked them (two persons); a signature is missing. Have both done first.",
            ),
            ("outbound_reviewer", "quality_staff"),
            facts={"reviewed": bool(reviewed), "checked": bool(checked)},
        )
    ]


def _newest(signed: Sequence[Signed], meaning: str, roles: frozenset[str], outcome: str) -> str:
    """Who gave the newest signature of that meaning, where it let the goods pass."""
    own = [one for one in signed if one.meaning == meaning and one.role in roles]
    return own[-1].person if own and own[-1].outcome == outcome else ""


@dataclass(frozen=True)
class Parted:
    """What became of a line that left the house, in base units."""

    line_no: str
    out: int
    used: int
    returned: int
    missing: int


def selection_adds_up(lines: Sequence[Parted]) -> list[Violation]:
    """RULE-32: the records of what went out, was sold and came back agree, line by line."""
    return [
        Violation(
            "RULE-32",
            ("GSP-90",),
            Text(
                f"第 {one.line_no} 行出库 {one.out}，使用 {one.used}、退回 {one.returned}、短缺 {one.missing}，"
                f"合计 {one.used + one.returned + one.missing}，不相符。请核对实物后改正。",
                f"Line {one.line_no}: {one.out} went out; {one.used} used, {one.returned} returned and {one.missing} "
                f"missing make {one.used + one.returned + one.missing}. Compare with the goods and correct it.",
            ),
            ("sales",),
            line_no=one.line_no,
            facts={"out": one.out, "used": one.used, "returned": one.returned, "missing": one.missing},
        )
        for one in lines
        if one.used + one.returned + one.missing != one.out
    ]


# ------------------------------------------------------------------ cold packing


@dataclass(frozen=True)
class Reading:
    """A temperature measured before packing: of a box, a vehicle, or the packing room (`what` in both languages)."""

    what: Text
    celsius: Decimal
    field: str


def cold_post_acts(role: str) -> list[Violation]:
    """RULE-30, the person: cold goods are packed and loaded by the designated person."""
    if role == COLD_POST:
        return []
    return [
        Violation(
            "RULE-30",
            ("GSP-95",),
            Text(
                "冷链商品的装箱、装车须由冷链作业专人操作并签名。请交由冷链作业专人处理。",
                "Cold-chain goods are packed and loaded by the designated cold-chain operator. Leave it to that post.",
            ),
            (COLD_POST,),
            facts={"role": role},
        )
    ]


def cooled_first(readings: Sequence[Reading], goods: Range) -> list[Violation]:
    """RULE-30, the readings: box, vehicle and packing room are within the range of the goods before anything is packed."""
    if not readings:
        return [_not_cooled(Text("没有预冷读数。", "There is no reading of the pre-cooling."), "cool_readings", {})]
    return [
        _not_cooled(
            Text(
                f"{one.what.zh}为 {one.celsius} °C，商品要求 {goods}。",
                f"{one.what.en} is at {one.celsius} °C; the goods ask for {goods}.",
            ),
            one.field,
            {"celsius": str(one.celsius), "goods": str(goods)},
        )
        for one in readings
        if not goods.contains(one.celsius)
    ]


def _not_cooled(why: Text, field: str, facts: JsonObject) -> Violation:
    return Violation(
        "RULE-30",
        ("GSP-95",),
        Text(
            f"{why.zh}箱体、车辆和包装环境达到规定温度前不得装箱装车。请继续预冷后复测。",
            f"{why.en} Nothing is packed or loaded before box, vehicle and packing room are at temperature. Go on "
            "cooling and measure again.",
        ),
        (COLD_POST,),
        facts={"field": field, **facts},
    )


# ------------------------------------------------------------------ carriers and journeys


def carrier_is_bound(name: str, is_known: bool, papers: Sequence[Paper], day: date) -> list[Violation]:
    """RULE-33: goods are entrusted only to a carrier whose quality agreement is in force."""
    if is_known and any(one.kind == AGREEMENT and one.is_valid_on(day) for one in papers):
        return []
    return [
        Violation(
            "RULE-33",
            ("GSP-98",),
            Text(
                f"承运单位“{name}”在 {day} 没有在有效期内的委托运输质量保证协议，不得委托运输。"
                "请先签订协议，或改用自有车辆、其他承运单位。",
                f"Carrier “{name}” has no quality agreement in force on {day}; goods may not be entrusted to it. "
                "Sign one first, or use an own vehicle or another carrier.",
            ),
            ("transport_staff", "quality_staff"),
            facts={"field": "carrier_code", "carrier": name, "day": day.isoformat()},
        )
    ]


def transit_hours(papers: Sequence[Paper], day: date) -> int | None:
    """How long the goods may be under way as the carrier's agreement in force says; `None`: it does not say."""
    stated = [
        int(value)
        for one in papers
        if one.kind == AGREEMENT and one.is_valid_on(day)
        for value in one.scope(TRANSIT_HOURS)
        if value.isdigit()
    ]
    return min(stated, default=None)


def journey_is_cold(is_ok: bool, signed: Sequence[Signed]) -> list[Violation]:
    """RULE-34: a cold journey closes with a log that is whole and in range, or with a ruling of the quality director."""
    ruled = [one for one in signed if one.meaning == "quality_rule" and one.role == "quality_director"]
    if is_ok or ruled:
        return []
    return [
        Violation(
            "RULE-34",
            ("GSP-97",),
            Text(
                "冷链运输没有全程连续且符合范围的温度记录，须由质量负责人裁决后才能办结。",
                "There is no log that shows the whole cold journey in range; it closes only after a ruling of the "
                "quality director.",
            ),
            ("quality_director",),
            "quality_ruling",
        )
    ]


COLD_MODES = ("vehicle", "cold_box", "insulated_box")


def cold_means(mode: str) -> list[Violation]:
    """RULE-34, the means: cold goods travel by means that keep their temperature."""
    if mode in COLD_MODES:
        return []
    return [
        Violation(
            "RULE-34",
            ("GSP-97",),
            Text(
                "含冷链商品，不得用普通运输。请选择冷藏车、冷藏箱或保温箱。",
                "There are cold-chain goods; ordinary transport is not allowed. Choose a refrigerated vehicle or a box.",
            ),
            (COLD_POST, "transport_staff"),
            facts={"field": "transport_mode", "transport_mode": mode},
        )
    ]
