"""The hard rules of what may be sold, what may leave the house, and what may come back.

Pure, on facts that `records` read. RULE-08, RULE-10 and RULE-25 say which goods may be promised to an order, RULE-12 and
RULE-13 what the outbound review and the delivery note ask, RULE-14 and RULE-26 what a return must show. An article is named
only where the law says so; that goods are promised once (RULE-25) is the platform's law.
Source: GSP 2023 arts. 40, 67, 69, 74, 76, 80, 87, 88, 91, 92, 106, 107.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from domain.errors import Text
from domain.json_types import JsonObject
from domain.rule_facts import ProductFact, Violation

_SALE = ("sales", "department_manager")
_QUALITY = ("quality_staff", "quality_director")
_REVIEW = ("outbound_reviewer", "warehouse_keeper")


@dataclass(frozen=True)
class Offer:
    """What stands at a site of one product (of one lot, where the order asks for a lot), against what is wanted of it.

    `free` units are qualified, in date and promised to nobody else; `promised` are promised to others; `pending` wait for
    their acceptance, `stopped` are held, recalled or rejected, `expired` are past their date, `short` may not be sold any
    more by the product's own limit of days left.
    """

    line_no: str
    product_code: str
    product_name: str
    wanted: int
    free: int
    promised: int = 0
    pending: int = 0
    stopped: int = 0
    expired: int = 0
    short: int = 0
    lot_no: str = ""

    @property
    def named(self) -> str:
        """The goods as people call them."""
        return f"{self.product_code} {self.product_name}" + (f" / {self.lot_no}" if self.lot_no else "")


def goods_are_free(offers: Iterable[Offer]) -> list[Violation]:
    """RULE-08, RULE-10, RULE-25: only qualified goods in date that nobody else was promised are sold."""
    return [_not_free(offer) for offer in offers if offer.wanted > offer.free]


def _not_free(offer: Offer) -> Violation:
    facts: JsonObject = {
        "product_code": offer.product_code, "wanted": offer.wanted, "free": offer.free, "promised": offer.promised,
        "pending": offer.pending, "stopped": offer.stopped, "expired": offer.expired,
    }  # fmt: skip
    rule, articles, zh, en = _why(offer)
    said = Text(
        f"第 {offer.line_no} 行 {offer.named}：需要 {offer.wanted}，可售 {offer.free}。{zh}",
        f"Line {offer.line_no}, {offer.named}: {offer.wanted} wanted, {offer.free} for sale. {en}",
    )
    return Violation(rule, articles, said, _SALE, line_no=offer.line_no, facts=facts)


def _why(offer: Offer) -> tuple[str, tuple[str, ...], str, str]:
    if offer.promised and offer.free + offer.promised >= offer.wanted:
        zh = f"其余 {offer.promised} 已预留给其他订单，同一商品只能承诺一次。请减少数量或等待到货。"
        en = f"{offer.promised} more are promised to other orders; goods are promised once. Order less or wait for stock."
        return "RULE-25", (), zh, en
    if offer.pending:
        zh = f"另有 {offer.pending} 待验，验收合格前不得销售。请等待验收结论。"
        en = f"{offer.pending} more await acceptance and may not be sold before. Wait for the inspector."
        return "RULE-08", ("GSP-40", "GSP-69"), zh, en
    if offer.stopped:
        zh = f"另有 {offer.stopped} 已停售、召回或不合格，不得销售。请换批号，或等待质量判定。"
        en = f"{offer.stopped} more are on hold, recalled or rejected and may not be sold. Take another lot or wait for quality."
        return "RULE-10", ("GSP-74", "GSP-80"), zh, en
    if offer.expired:
        zh = f"另有 {offer.expired} 已过有效期，不得销售。请换批号。"
        en = f"{offer.expired} more are past their expiry and may not be sold. Take another lot."
        return "RULE-10", ("GSP-76", "GSP-80"), zh, en
    zh = f"另有 {offer.short} 剩余效期不足销售下限。" if offer.short else ""
    en = f"{offer.short} more have too few days left to be sold. " if offer.short else ""
    return (
        "RULE-25",
        (),
        f"{zh}库存不足。请减少数量或等待到货。",
        f"{en}There is not enough stock. Order less or wait for it.",
    )


# ------------------------------------------------------------------ outbound


@dataclass(frozen=True)
class Picked:
    """One line of a pick list, with what was picked and what the review found. `None`: not entered yet.

    `reserved` units of it are promised to this order. `expired` and `stopped` say why the goods may not leave now.
    `scanned_lot` is what was read at the review (from the UDI, or typed); `fits` is `False` where the scanned code is of
    another product. `unit_is_there` is `False` where a numbered unit does not stand at the location.
    """

    line_no: str
    product_name: str
    lot_no: str
    location: str
    reserved: int
    picked: int | None = None
    reviewed: int | None = None
    serial_no: str = ""
    scanned_lot: str = ""
    scanned_serial: str = ""
    is_numbered: bool = False
    has_lot: bool = True
    expired_on: str = ""
    stopped: str = ""
    fits: bool = True
    unit_is_there: bool = True


def pick_is_lawful(lines: Iterable[Picked]) -> list[Violation]:
    """RULE-25, RULE-10, RULE-12 on whoever picked: not more than promised, nothing expired or stopped, units that are there."""
    found: list[Violation] = []
    for line in (one for one in lines if one.picked):
        found += _fit_to_leave(line)
        if (line.picked or 0) > line.reserved:
            found.append(_too_much(line, line.picked or 0))
        if line.picked and line.is_numbered and not (line.serial_no and line.unit_is_there):
            found.append(_unit_missing(line))
    return found


def review_agrees(lines: Iterable[Picked]) -> list[Violation]:
    """RULE-12 on a review that lets goods go: what was scanned is what was picked, promised and may leave (GSP 87)."""
    listed = list(lines)
    found: list[Violation] = [] if any(line.reviewed for line in listed) else [_nothing_leaves()]
    for line in (one for one in listed if one.picked or one.reviewed):
        found += _fit_to_leave(line)
        if (line.reviewed or 0) > line.reserved:
            found.append(_too_much(line, line.reviewed or 0))
        elif (line.reviewed or 0) != (line.picked or 0):
            found.append(_other_count(line))
        if line.picked:
            found += _scanned(line)
    return found


def _nothing_leaves() -> Violation:
    zh = "没有一行有复核数量，无货可出。请填写复核数量，或选“停止出库”。"
    en = "No line has a reviewed quantity, so nothing would leave. Enter what was counted, or choose “Stop”."
    return Violation("RULE-12", ("GSP-87",), Text(zh, en), _REVIEW)


def _fit_to_leave(line: Picked) -> list[Violation]:
    if line.expired_on:
        zh = (
            f"第 {line.line_no} 行 {line.product_name} 批号 {line.lot_no} 已于 {line.expired_on} 失效，不得出库。"
            "请停止出库并报质量管理人员。"
        )
        en = (
            f"Line {line.line_no}, {line.product_name}: lot {line.lot_no} expired on {line.expired_on} and may not leave. "
            "Stop it and report to quality staff."
        )
        return [_outbound("RULE-10", ("GSP-76", "GSP-80", "GSP-87"), zh, en, line)]
    if line.stopped:
        zh = f"第 {line.line_no} 行 {line.product_name} 批号 {line.lot_no}：{line.stopped}，不得出库。请停止出库并报质量管理人员。"
        en = (
            f"Line {line.line_no}, {line.product_name}: lot {line.lot_no} is on hold, recalled or no longer qualified there "
            "and may not leave. Stop it and report to quality staff."
        )
        return [_outbound("RULE-10", ("GSP-74", "GSP-80", "GSP-87"), zh, en, line)]
    return []


def _too_much(line: Picked, count: int) -> Violation:
    zh = f"第 {line.line_no} 行 {line.product_name}：{count} 多于为本单预留的 {line.reserved}。请按预留数量出库，多要的另下订单。"
    en = (
        f"Line {line.line_no}, {line.product_name}: {count} is more than the {line.reserved} promised to this order. Send what "
        "was promised; more needs an order of its own."
    )
    return _outbound("RULE-25", (), zh, en, line)


def _unit_missing(line: Picked) -> Violation:
    zh = (
        f"第 {line.line_no} 行 {line.product_name}：序列号 {line.serial_no or '（未填）'} 不在货位 {line.location} 的合格品中。"
        "请重新扫描。"
    )
    en = (
        f"Line {line.line_no}, {line.product_name}: serial number {line.serial_no or '(none)'} is not among the qualified "
        f"goods at {line.location}. Scan it again."
    )
    return _outbound("RULE-12", ("GSP-87",), zh, en, line)


def _other_count(line: Picked) -> Violation:
    zh = (
        f"第 {line.line_no} 行 {line.product_name}：复核数量 {line.reviewed or 0} 与拣货数量 {line.picked or 0} 不符。"
        "请清点，不符的停止出库。"
    )
    en = (
        f"Line {line.line_no}, {line.product_name}: {line.reviewed or 0} reviewed but {line.picked or 0} picked. Count again; "
        "if they differ, stop it."
    )
    return _outbound("RULE-12", ("GSP-87",), zh, en, line)


def _scanned(line: Picked) -> list[Violation]:
    wanted, read = (line.serial_no, line.scanned_serial) if line.is_numbered else (line.lot_no, line.scanned_lot)
    if line.fits and (read == wanted or (not line.has_lot and not line.is_numbered)):
        return []
    what_zh, what_en = ("序列号", "serial number") if line.is_numbered else ("批号", "lot")
    if not line.fits:
        zh, en = "扫描的条码属于其他产品", "the scanned code is of another product"
    elif not read:
        zh, en = f"没有扫描{what_zh}", f"no {what_en} was scanned"
    else:
        zh = f"扫描的{what_zh} {read} 与拣货单的 {wanted} 不符"
        en = f"the {what_en} scanned is {read}, the pick list says {wanted}"
    zh = f"第 {line.line_no} 行 {line.product_name}：{zh}。请核对实物；拣错的退回货位重拣。"
    en = f"Line {line.line_no}, {line.product_name}: {en}. Compare the goods; what was picked wrongly goes back."
    return [_outbound("RULE-12", ("GSP-87",), zh, en, line)]


def _outbound(rule: str, articles: tuple[str, ...], zh: str, en: str, line: Picked) -> Violation:
    facts: JsonObject = {
        "lot_no": line.lot_no, "reserved": line.reserved, "picked": line.picked, "reviewed": line.reviewed,
        "scanned_lot": line.scanned_lot,
    }  # fmt: skip
    return Violation(rule, articles, Text(zh, en), (*_REVIEW, "quality_staff"), line_no=line.line_no, facts=facts)


STOP_CHECKS = {
    "outbound_package_check": Text("包装无破损、污染、封口不牢", "the package is whole, clean and sealed"),
    "outbound_label_check": Text("标签清晰、与实物相符", "the label is legible and fits the goods"),
    "outbound_expiry_check": Text("在有效期内", "the goods are in date"),
    "outbound_other_check": Text("没有其他异常", "nothing else is out of order"),
}
"""The four cases of GSP 87 in which goods do not leave, as what the review affirms."""


def stop_cases_are_clear(checks: JsonObject) -> list[Violation]:
    """RULE-12: a review lets goods go only when none of the four stop cases of GSP 87 was found."""
    found: list[Violation] = []
    for key, what in STOP_CHECKS.items():
        if checks.get(key) == "pass":
            continue
        zh = f"出库复核：“{what.zh}”不成立，不得出库。请选“停止出库”并写明情形，由质量管理人员处理。"
        en = f"Outbound review: it is not so that {what.en}; the goods may not leave. Choose “Stop” and say what was found."
        facts: JsonObject = {"field": key}
        found.append(
            Violation("RULE-12", ("GSP-87",), Text(zh, en), ("outbound_reviewer", "quality_staff"), facts=facts)
        )
    return found


def reviewer_did_not_pick(reviewers: Iterable[str], pickers: Iterable[str]) -> list[Violation]:
    """RULE-12: the review is another pair of eyes than the picking."""
    both = sorted(set(reviewers) & set(pickers))
    if not both:
        return []
    zh = f"{'、'.join(both)} 是拣货人，不能复核自己拣的货。请由另一位复核人员复核。"
    en = f"{', '.join(both)} picked the goods and cannot review them. Another reviewer must."
    return [Violation("RULE-12", ("GSP-87",), Text(zh, en), ("outbound_reviewer",), facts={"persons": [*both]})]


def note_is_complete(note: JsonObject, lines: Sequence[JsonObject], *, sealed: bool) -> list[Violation]:
    """RULE-13: goods leave only with a delivery note that says all that GSP 92 asks for, under the outbound seal (GSP 91)."""
    missing = [name for name in _NOTE if not note.get(name)]
    for line in lines:
        number = str(line.get("line_no") or "")
        missing += [f"{number} {name}" for name in _NOTE_LINE if not line.get(name)]
        missing += [
            f"{number} {one}/{other}" for one, other in _NOTE_EITHER if not line.get(one) and not line.get(other)
        ]
    found: list[Violation] = []
    if missing:
        listed = "、".join(missing)
        zh = f"随货同行单缺少：{listed}，不得放行。请补全产品或购货者档案。"
        en = f"The delivery note lacks {', '.join(missing)}; the goods may not leave. Complete the file of product or purchaser."
        found.append(Violation("RULE-13", ("GSP-92",), Text(zh, en), _QUALITY, facts={"missing": [*missing]}))
    return found + note_is_sealed(sealed)


def note_is_sealed(sealed: bool) -> list[Violation]:
    """RULE-13, the seal (GSP 91)."""
    found: list[Violation] = []
    if not sealed:
        zh = "随货同行单没有加盖出库印章，不得放行。请盖章后确认。"
        en = "The delivery note does not bear the outbound seal; the goods may not leave. Seal it and confirm."
        why = Text(zh, en)
        found.append(Violation("RULE-13", ("GSP-91",), why, ("outbound_reviewer",), facts={"field": "outbound_sealed"}))
    return found


_NOTE = ("shipper_name", "consignee_name", "delivery_address", "consignee_contact", "ship_date")
_NOTE_LINE = ("registrant_name", "product_name", "registration_no", "quantity", "storage_condition")
_NOTE_EITHER = (("lot_no", "serial_no"), ("expiry_date", "service_life"), ("model", "specification"))


# ------------------------------------------------------------------ returns


@dataclass(frozen=True)
class Claimed:
    """A line that somebody wants to bring back: `sold` units of it went to this purchaser, `back` have come back already.

    `named` is how the goods were identified: the outbound number, the lot or the serial number.
    """

    line_no: str
    product_name: str
    named: str
    quantity: int
    sold: int
    back: int = 0
    facts: JsonObject = field(default_factory=dict)


def return_is_ours(lines: Iterable[Claimed]) -> list[Violation]:
    """RULE-26: what comes back is what we sold to this purchaser and has not come back yet; else it is refused."""
    found: list[Violation] = []
    for line in lines:
        if not line.sold:
            zh = f"第 {line.line_no} 行 {line.product_name}：查不到向该单位出库 {line.named} 的记录，不能收退。请核对单号、批号或序列号。"
            en = (
                f"Line {line.line_no}, {line.product_name}: nothing shows that {line.named} was shipped to this purchaser; it "
                "cannot be taken back. Check outbound number, lot or serial number."
            )
        elif line.quantity > line.sold - line.back:
            zh = f"第 {line.line_no} 行 {line.product_name} {line.named}：出库 {line.sold}，已退 {line.back}，不能再退 {line.quantity}。"
            en = (
                f"Line {line.line_no}, {line.product_name}, {line.named}: {line.sold} were shipped and {line.back} came back; "
                f"{line.quantity} more cannot."
            )
        else:
            continue
        facts: JsonObject = {"sold": line.sold, "back": line.back, "quantity": line.quantity, **line.facts}
        who = ("receiver", *_QUALITY)
        found.append(Violation("RULE-26", ("GSP-107",), Text(zh, en), who, line_no=line.line_no, facts=facts))
    return found


def returned_cold_goods_have_a_log(line_no: str, product: ProductFact, log_ok: bool) -> list[Violation]:
    """RULE-14: cold goods that come back pass only with a record of their temperature while they were sold, in range.

    No ruling heals it: without the record they are rejected (GSP 67).
    """
    if not product.is_cold_chain or log_ok:
        return []
    zh = (
        f"第 {line_no} 行“{product.name}”为冷链商品，售出期间没有完整且合格的温度记录，不得判为合格。"
        "请判不合格，或取得购货者的温度记录后重新收货。"
    )
    en = (
        f"Line {line_no}, “{product.name}”, is cold-chain and has no whole record in range of its temperature while it was sold; "
        "it cannot pass. Fail it, or obtain the purchaser's record."
    )
    facts: JsonObject = {"product_code": product.code, "field": "sold_period_temp_log"}
    return [Violation("RULE-14", ("GSP-67",), Text(zh, en), ("inspector", *_QUALITY), line_no=line_no, facts=facts)]
