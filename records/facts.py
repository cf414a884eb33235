"""Snapshots of what is on file, in the shape that the hard rules decide on, and the decisions themselves.

`services` call these in a read session before an act; postings call them again in their own transaction
(`lock=True`
keeps the orders still). Nothing here trusts a form for what the files say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from domain import hard_rules as rules
from domain.clock import date_in_zone
from domain.errors import Text
from domain.json_types import Json, JsonObject
from domain.paths import is_within, parent_of
from domain.sale_rules import returned_cold_goods_have_a_log
from domain.stock import Evidence, Status, Zone
from domain.temperature import LogSummary, Range
from records import orders as order_rows
from records import organisation
from records import parties as party_rows
from records import products as product_rows
from records.base import COMPANY
from records.case_tables import CaseRow, CaseScope, CaseStep, PinnedSet, Signature
from records.products import Product
from records.stock import Warehouse, location_by_code

GAP_PARAMETER = "transport_log_gap_min"
"""The dated parameter: longest silence of a transit log in minutes, by transport mode."""


@dataclass(frozen=True)
class SignedLine:
    """The effective signatures about one line (or a whole case), oldest first, and the hashes of the signed
    acts."""

    rulings: tuple[rules.SignedRuling, ...]
    act_hashes: tuple[str, ...]

    def evidence(self) -> Evidence:
        """The newest signed inspection and the newest signed quality ruling."""
        newest: dict[str, str] = {}
        for ruling, act_sha in zip(self.rulings, self.act_hashes, strict=True):
            newest[ruling.meaning] = act_sha
        return Evidence(inspection=newest.get("inspected"), ruling=newest.get("quality_rule"))


# ------------------------------------------------------------------ snapshots


def today_at(session: Session, site: str, at: str) -> date:
    """The calendar date of a moment at a site."""
    row = organisation.site(session, site)
    return date_in_zone(at, row.zone if row else "Asia/Shanghai")


def supplier(session: Session, code: str, company: str = COMPANY) -> rules.Supplier:
    """A supplier's approvals and papers; a later suspension or rejection ends an approval the day before."""
    partner = party_rows.by_code(session, code, company)
    if partner is None or partner.id is None or partner.kind not in ("SUPPLIER", "MAKER"):
        return rules.Supplier(code, code, is_known=False)
    held = papers(session, party_rows.credentials(session, "partner", partner.id))
    decided = party_rows.qualifications(session, "partner", partner.id)
    return rules.Supplier(code, partner.name, True, tuple(_approvals(decided)), held)


def purchaser(session: Session, code: str, company: str = COMPANY) -> rules.Purchaser:
    """A purchaser's approvals and papers, as those of a supplier."""
    partner = party_rows.by_code(session, code, company)
    if partner is None or partner.id is None or partner.kind != "CUSTOMER":
        return rules.Purchaser(code, code, is_known=False)
    held = papers(session, party_rows.credentials(session, "partner", partner.id))
    approvals = tuple(_approvals(party_rows.qualifications(session, "partner", partner.id)))
    return rules.Purchaser(code, partner.name, True, partner.purchaser_type or "", approvals, held)


def papers(session: Session, rows: Sequence[party_rows.Credential]) -> tuple[rules.Paper, ...]:
    """Papers with what they cover."""
    scopes = party_rows.scopes(session, [row.id for row in rows if row.id is not None])
    return tuple(
        rules.Paper(
            row.kind,
            row.number,
            _date(row.valid_from),
            _date(row.valid_until),
            frozenset((one.kind, one.value) for one in scopes.get(row.id or 0, ())),
        )
        for row in rows
    )


def _approvals(decided: list[party_rows.Qualification]) -> Iterable[rules.Paper]:
    for index, row in enumerate(decided):
        if row.state != "approved":
            continue
        until = _date(row.valid_until)
        for later in decided[index + 1 :]:
            if later.state in ("suspended", "rejected"):
                stopped = date.fromisoformat(later.valid_from or later.decided_at[:10]) - timedelta(days=1)
                until = min(until, stopped) if until else stopped
                break
        yield rules.Paper("approval", str(row.id), _date(row.valid_from) or _date(row.decided_at[:10]), until)


def orders(
    session: Session, numbers: Iterable[str], mode: str = "live", company: str = COMPANY, *, lock: bool = False
) -> dict[str, rules.OrderFact]:
    """What orders still lack, by number; numbers that do not exist are there too, as not existing."""
    wanted = set(numbers)
    facts = {number: rules.OrderFact(number, exists=False) for number in wanted}
    for number, row in order_rows.by_numbers(session, wanted, company, lock=lock).items():
        assert row.id is not None
        partner = session.get(party_rows.Partner, row.supplier_id)
        left = order_rows.remaining(session, row.id, mode)
        codes = {i: session.get(Product, i) for i in left}
        facts[number] = rules.OrderFact(
            number=number,
            exists=row.state == "open",
            ordered_on=_date(row.ordered_on),
            supplier_code=partner.code if partner else "",
            remaining={product.code: left[i] for i, product in codes.items() if product is not None},
        )
    return facts


def product(row: Product | None, code: str = "") -> rules.ProductFact:
    """A product's file."""
    if row is None:
        return rules.ProductFact(code, "", is_known=False)
    return rules.ProductFact(
        code=row.code,
        name=row.name,
        is_known=True,
        is_approved=row.status == "APPROVED",
        registration_no=row.registration_no,
        registration_valid_from=_date(row.registration_valid_from),
        registration_valid_until=_date(row.registration_valid_until),
        is_cold_chain=row.is_cold_chain,
        is_ivd=row.is_ivd,
        storage=range_of(row.temp_min, row.temp_max),
        device_class=row.device_class,
        classification_code=row.classification_code,
    )


def location(session: Session, code: str, company: str = COMPANY) -> rules.LocationFact:
    """A scanned location: its zone and the range it keeps."""
    row = location_by_code(session, code, company)
    if row is None or row.warehouse_id is None:
        return rules.LocationFact(code, exists=False)
    zone = Zone(row.zone) if row.zone else None
    return rules.LocationFact(code, True, zone, range_of(row.temp_min, row.temp_max))


def signed(session: Session, case_id: str, path: str) -> SignedLine:
    """The signatures below the scope that `path` stands in: for a step of a line, all about that line.

    Signatures of superseded or cancelled work do not count. Empty for a scope without signatures.
    """
    rows = effective_signatures(session, case_id, parent_of(path))
    rulings = [rules.SignedRuling(r.meaning, r.outcome or "", r.role or "", r.signer_name, r.at) for r in rows]
    return SignedLine(tuple(rulings), tuple(row.act_sha for row in rows))


def effective_signatures(session: Session, case_id: str, scope: str) -> list[Signature]:
    """The signatures of a case below a scope, oldest first, without those of superseded or cancelled work."""
    query = select(Signature).where(Signature.case_id == case_id).order_by(col(Signature.seq))
    dead = ("superseded", "cancelled")
    gone = select(CaseStep.path).where(CaseStep.case_id == case_id, col(CaseStep.state).in_(dead))
    void = set(session.exec(gone))
    return [row for row in session.exec(query) if is_within(row.path, scope) and not _is_void(row.path, void)]


def _is_void(path: str, void: set[str]) -> bool:
    return any(path == dead or is_within(path, dead) for dead in void)


def gap_limit(session: Session, case_id: str, transport_mode: str) -> Decimal | None:
    """The longest silence that the case's own parameters allow for a transport mode, in minutes."""
    case = session.get(CaseRow, case_id)
    pinned = session.get(PinnedSet, case.pinned_sha) if case else None
    table = (pinned.body.get("parameters") or {}).get(GAP_PARAMETER) if pinned else None
    value = table.get(transport_mode) if isinstance(table, dict) else None
    return None if value is None else Decimal(value)


def start_of(session: Session, case_id: str) -> JsonObject:
    """What the case started with."""
    row = session.get(CaseScope, (case_id, "start"))
    return row.body if row is not None and isinstance(row.body, dict) else {}


# ------------------------------------------------------------------ decisions


def receipt_violations(
    session: Session,
    *,
    supplier_code: str | None,
    lines: Sequence[JsonObject],
    site: str,
    at: str,
    mode: str = "live",
    company: str = COMPANY,
    lock: bool = False,
    ordered: bool = True,
) -> list[rules.Violation]:
    """RULE-01 to 05 on the lines of a delivery (`received_quantity` > 0 are taken in).

    Goods that come from no supplier (`None`), such as returns, break no rule about suppliers and orders; those that no
    order is asked for (`ordered=False`) none about orders. A posting into stock always asks for both.
    """
    taken = [receipt_line(line) for line in lines]
    taken = [line for line in taken if line.accepted > 0]
    if not taken:
        return []
    day = today_at(session, site, at)
    numbers = {line.purchase_order_no for line in taken} if ordered and supplier_code is not None else set()
    order_facts = orders(session, numbers, mode, company, lock=lock)
    days = [(fact.ordered_on, _ORDER_DAY) for fact in order_facts.values() if fact.ordered_on]
    unique = sorted(set(days), key=lambda pair: pair[0])
    found: list[rules.Violation] = []
    seller = None if supplier_code is None else supplier(session, supplier_code, company)
    if seller is not None:
        found += rules.supplier_is_qualified(seller, [*unique, (day, _RECEIPT_DAY)])
    files = product_rows.by_codes(session, {line.product_code for line in taken}, company)
    own = papers(session, party_rows.of_company(session, company))
    for line in taken:
        fact = product(files.get(line.product_code), line.product_code)
        found += rules.product_is_registered(line, fact, day)
        found += dealing_violations(seller, own, fact, day, line.line_no) if fact.is_known else []
    if supplier_code is None or not ordered:
        return found
    return found + rules.receipt_is_ordered(taken, order_facts, supplier_code)


def dealing_violations(
    seller: rules.Supplier | None, own: Sequence[rules.Paper], fact: rules.ProductFact, day: date, line_no: str
) -> list[rules.Violation]:
    """RULE-02 on the seller's letters, RULE-04 on the seller's licences and on our own, for one product."""
    found = rules.scope_covers(_OURS, own, fact, day, ("GSP-51",), line_no)
    if seller is None:
        return found
    holder = Text(f"供货者“{seller.name}”", f"supplier “{seller.name}”")
    found += rules.scope_covers(holder, seller.papers, fact, day, ("GSP-51",), line_no)
    return found + rules.letter_covers(seller, fact, day, line_no)


def sale_violations(
    session: Session, *, purchaser_code: str, product_codes: Iterable[str], site: str, at: str, company: str = COMPANY
) -> list[rules.Violation]:
    """RULE-11 on who buys, RULE-03 and RULE-04 on each product sold to them: what every SOP of sale asks."""
    day, buyer = today_at(session, site, at), purchaser(session, purchaser_code, company)
    found = rules.purchaser_is_qualified(buyer, day)
    own = papers(session, party_rows.of_company(session, company))
    wanted = list(dict.fromkeys(product_codes))
    files = product_rows.by_codes(session, wanted, company)
    holder = Text(f"购货者“{buyer.name}”", f"purchaser “{buyer.name}”")
    for code in wanted:
        fact = product(files.get(code), code)
        found += rules.product_is_approved(fact)
        found += rules.scope_covers(_OURS, own, fact, day, ("GSP-51",))
        if buyer.kind == "dealer":
            found += rules.scope_covers(holder, buyer.papers, fact, day, ("GSP-82",))
    return found


def order_violations(
    session: Session, supplier_code: str, lines: Sequence[JsonObject], site: str, at: str, company: str = COMPANY
) -> list[rules.Violation]:
    """RULE-01 to 04 on an order before it is placed: supplier and products are on file, in force and in scope today."""
    day, seller = today_at(session, site, at), supplier(session, supplier_code, company)
    found = rules.supplier_is_qualified(seller, [(day, _ORDER_DAY)])
    own = papers(session, party_rows.of_company(session, company))
    files = product_rows.by_codes(session, (_text(line, "product_code") for line in lines), company)
    for line in lines:
        number, code = _text(line, "line_no"), _text(line, "product_code")
        fact = product(files.get(code), code)
        found += rules.product_may_be_ordered(number, fact, day)
        found += dealing_violations(seller, own, fact, day, number) if fact.is_known else []
    return found


def pending_place_violations(
    session: Session, line: JsonObject, site: str, company: str = COMPANY
) -> list[rules.Violation]:
    """RULE-08 on the pending location of a received line; cold goods also RULE-09: they go to a cold zone at once."""
    if _whole(line.get("received_quantity")) <= 0:
        return []
    code, line_no = _text(line, "quarantine_location"), _text(line, "line_no")
    place = location(session, code, company)
    found = rules.zone_admits(place, Status.PENDING, line_no) or _site_violations(session, code, site, line_no, company)
    fact = product(product_rows.by_code(session, _text(line, "product_code"), company))
    return found + (rules.climate_suits(place, fact, line_no) if fact.is_cold_chain else [])


def _site_violations(
    session: Session, code: str, site: str, line_no: str | None, company: str
) -> list[rules.Violation]:
    row = location_by_code(session, code, company)
    warehouse = session.get(Warehouse, row.warehouse_id) if row is not None and row.warehouse_id is not None else None
    return [] if warehouse is None else rules.stands_at_site(code, warehouse.site, site, line_no)


def inspection_violations(
    session: Session,
    *,
    case_id: str,
    path: str,
    line: JsonObject,
    roles: Iterable[str],
    outcome: str,
    at: str,
    site: str,
) -> list[rules.Violation]:
    """RULE-07 on whoever signs an inspection; RULE-03 (undated), RULE-06 and RULE-10 on a pass."""
    found = rules.inspector_has_post(roles, _text(line, "line_no"))
    return found + (release_violations(session, case_id, path, line, at, site) if outcome == "pass" else [])


def release_violations(
    session: Session, case_id: str, path: str, line: JsonObject, at: str, site: str, company: str = COMPANY
) -> list[rules.Violation]:
    """What keeps a line from passing: its expiry (RULE-10), a product past its registration (RULE-03), its log
    (RULE-06). What is no product (no `product_code`) has neither registration nor log."""
    if "product_code" not in line:
        ends = _date(_text(line, "expiry_date"))
        return rules.not_expired(_text(line, "line_no"), ends, today_at(session, site, at))
    code = _text(line, "product_code")
    fact = product(product_rows.by_code(session, code, company), code)
    rulings = signed(session, case_id, path).rulings
    today = today_at(session, site, at)
    undated = rules.product_is_registered(receipt_line(line), fact, today)
    number = _text(line, "line_no")
    expired = rules.not_expired(number, _date(_text(line, "expiry_date")), today)
    if "original_outbound_no" in line:  # what comes back was accepted once; its cold chain is that of the sold period
        return expired + returned_cold_goods_have_a_log(number, fact, line.get("transit_temp_ok") is True)
    mode = _text(start_of(session, case_id), "transport_mode") or _text(line, "transport_mode")
    log = log_fact(line, mode, gap_limit(session, case_id, mode))
    return expired + rules.refusing(undated, rulings) + rules.cold_log_is_whole(number, fact, log, rulings)


def ruling_violations(session: Session, *, case_id: str, path: str, role: str, outcome: str) -> list[rules.Violation]:
    """RULE-16 on whoever signs a quality ruling about a line."""
    return rules.rejection_stands(role, outcome, signed(session, case_id, path).rulings)


def put_away_violations(
    session: Session,
    *,
    location_code: str,
    product_code: str,
    line_no: str | None = None,
    status: Status = Status.QUALIFIED,
    company: str = COMPANY,
) -> list[rules.Violation]:
    """RULE-08 and RULE-09 on a scanned location."""
    place = location(session, location_code, company)
    fact = product(product_rows.by_code(session, product_code, company), product_code)
    return rules.zone_admits(place, status, line_no) + rules.climate_suits(place, fact, line_no)


# ------------------------------------------------------------------ reading a line


def receipt_line(line: JsonObject) -> rules.ReceiptLine:
    """A line of the receipt form as the rules read it."""
    return rules.ReceiptLine(
        line_no=_text(line, "line_no"),
        purchase_order_no=_text(line, "purchase_order_no"),
        product_code=_text(line, "product_code"),
        accepted=_whole(line.get("received_quantity")),
        production_date=_date(_text(line, "production_date")),
    )


def log_fact(line: JsonObject, transport_mode: str, limit: Decimal | None) -> rules.LogFact:
    """What `cold_chain.read_log` wrote into the line; without it there is no log."""
    if not line.get("transit_temp_log") or "log_points" not in line:
        return rules.LogFact(None, False, transport_mode, limit)
    gap, low, high = (_decimal(line.get(key)) for key in ("log_max_gap_min", "log_lowest", "log_highest"))
    summary = LogSummary(
        points=_whole(line.get("log_points")),
        first_at=None,
        last_at=None,
        max_gap_min=Decimal("Infinity") if gap is None else gap,
        min_c=low,
        max_c=high,
        covers=line.get("log_covers_transit") is True,
    )
    return rules.LogFact(summary, True, transport_mode, limit)


def range_of(low: Any, high: Any) -> Range:
    """A range from stored values."""
    return Range(_decimal(low), _decimal(high))


def _text(value: JsonObject, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _whole(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _decimal(value: Any) -> Decimal | None:
    return None if value is None or isinstance(value, bool) else Decimal(value)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_OURS = Text("本企业", "our own company")
_ORDER_DAY = Text("订购日期", "order date")
_RECEIPT_DAY = Text("收货日期", "receipt date")
