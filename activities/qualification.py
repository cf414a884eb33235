"""Applications of suppliers, purchasers and products: what is on file, the automatic checks, the decision put on file.

Each decision is one transaction: partner or product, papers with scope and validity, and the decision tied to the
signature that made it. The hard rules and the signatures are looked at again inside it. A drill decides the same and
writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from activities.context import ActivityContext, BusinessError, Call, rule_refused
from domain import file_findings as findings
from domain.canonical import normalize
from domain.errors import Text
from domain.file_findings import Finding
from domain.filed_rules import Filed, Signed, decision_is_signed, file_is_lawful
from domain.json_types import Json, JsonObject
from domain.paths import ROOT
from domain.roles import role_text
from records import facts, file_effects, filed, files, parties, products
from records.file_effects import EffectKeyError
from records.files import NewPaper, Owner
from records.master import Because
from records.parties import Partner
from records.products import Product

RULES = {"supplier": "RULE-01", "purchaser": "RULE-11", "product": "RULE-03", "letter": "RULE-02", "renewal": "RULE-01"}
SOURCES: dict[str, tuple[str, ...]] = {"supplier": ("SUPPLIER", "MAKER"), "purchaser": ("CUSTOMER",)}


@dataclass(frozen=True)
class Vouched:
    """A lawful file under its signatures: who decides, by which signature."""

    filed: Filed
    because: Because
    seq: int | None
    day: str


# ------------------------------------------------------------------ what is on file


def suppliers_facts(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`suppliers.facts`: the standing of a supplier code, and what its file says."""
    names = {"address": "supplier_address", "contact": "supplier_contact"}
    return _partner_facts(ctx, Call.from_json(envelope), "supplier", names)


def purchasers_facts(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`purchasers.facts`: the standing of a purchaser code, and what its file says."""
    names = {"uscc": "uscc", "address": "delivery_address", "contact": "purchaser_contact"}
    return _partner_facts(ctx, Call.from_json(envelope), "purchaser", names)


def _partner_facts(ctx: ActivityContext, call: Call, side: str, names: dict[str, str]) -> JsonObject:
    code = str(call.input["code"])
    with ctx.database.read() as session:
        row = parties.by_code(session, code, call.company)
        if row is None:
            return {"on_file": "new"}
        if row.kind not in SOURCES[side]:
            raise BusinessError(
                "other_kind",
                Text(
                    f"编号 {code} 已用于另一类往来单位“{row.name}”。请换一个编号重新申请。",
                    f"Code {code} belongs to “{row.name}”, which is another kind of partner. Apply again with another code.",
                ),
                {"code": code},
            )
        held: JsonObject = {name: getattr(row, column) for column, name in names.items() if getattr(row, column)}
        return {"on_file": files.standing(session, owner_of(row)), **held}


def products_facts(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`products.facts`: the standing of a product code, and what its file says."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        row = products.by_code(session, str(call.input["code"]), call.company)
        if row is None or row.id is None:
            return {"on_file": "new"}
        dis = [one.di for one in products.dis_of(session, row.id)]
        values: dict[str, Any] = {name: getattr(row, name) for name in _PRODUCT_FIELDS}
        values["udi_di"] = dis[0] if dis else None
        state = "approved" if row.status == "APPROVED" else files.standing(session, _product_owner(row))
    return {"on_file": state, **{key: normalize(value) for key, value in values.items() if value not in (None, "")}}


# ------------------------------------------------------------------ automatic checks


def suppliers_check(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`suppliers.check`: validity, scope, seal, credit code and doubles of a supplier's file."""
    return _checked(ctx, Call.from_json(envelope), "supplier", _partner_findings)


def purchasers_check(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`purchasers.check`: validity, scope, credit code and doubles of a purchaser's file."""
    return _checked(ctx, Call.from_json(envelope), "purchaser", _partner_findings)


def products_check(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`products.check`: registration number, our own scope, UDI-DI and doubles of a product's file."""
    return _checked(ctx, Call.from_json(envelope), "product", _product_findings)


def _checked(
    ctx: ActivityContext, call: Call, subject: str, more: Callable[[Session, Call, Filed], list[Finding]]
) -> JsonObject:
    with ctx.database.read() as session:
        today = facts.today_at(session, call.site, call.at)
        given = filed.read(session, subject, _file(call), today, call.company)
        found = findings.of_sheets(given.sheets, today) + more(session, call, given)
    ends = [sheet.valid_until for sheet in given.sheets if sheet.valid_until]
    listed: list[Json] = [one.as_json() for one in found]
    answer: JsonObject = {"check_findings": listed}
    return answer | ({"qualification_valid_until": min(ends).isoformat()} if ends else {})


def _partner_findings(session: Session, call: Call, given: Filed) -> list[Finding]:
    uscc = str(_file(call).get("uscc") or "")
    others = files.others_with_uscc(session, uscc, given.code, call.company)
    return findings.of_scope(given) + findings.of_seal(given) + findings.of_uscc(uscc, others)


def _product_findings(session: Session, call: Call, given: Filed) -> list[Finding]:
    di = str(_file(call).get("udi_di") or "")
    return findings.of_product(given, di, files.others_with_di(session, di, given.code))


# ------------------------------------------------------------------ decisions


def suppliers_qualify(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`suppliers.qualify`: supplier, papers and approval go on file (GSP 53)."""
    return _qualified(ctx, Call.from_json(envelope), "supplier", _keep_supplier)


def purchasers_qualify(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`purchasers.qualify`: purchaser, papers and approval go on file (GSP 81, 82)."""
    return _qualified(ctx, Call.from_json(envelope), "purchaser", _keep_purchaser)


def products_qualify(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`products.qualify`: product, certificate and approval go on file (GSP 54)."""
    return _qualified(ctx, Call.from_json(envelope), "product", _keep_product)


def qualification_reject(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`qualification.reject`: the subject is on file as rejected, so that nobody deals with it."""
    call = Call.from_json(envelope)
    subject = str(call.input["subject"])

    def work(session: Session) -> tuple[JsonObject, JsonObject]:
        because = Because("system", call.at, "资质审核不通过 / qualification rejected", call.case_id, call.effect_key)
        signed = facts.effective_signatures(session, call.case_id, ROOT)
        if signed:
            because = Because(signed[-1].signer, call.at, because.reason, call.case_id, call.effect_key)
        owner = _rejected_owner(session, call, subject, because)
        day = facts.today_at(session, call.site, call.at).isoformat()
        number = files.decide(session, owner, "rejected", because, day=day, company=call.company)
        return {"qualification": str(number)}, {"owner": [owner.type, owner.id, owner.subject], "papers": []}

    return once(ctx, call, "reject", work)


def _rejected_owner(session: Session, call: Call, subject: str, because: Because) -> Owner:
    code, name = str(call.input["code"]), str(call.input["name"])
    if subject == "product":
        row = products.by_code(session, code, call.company)
        known = row or files.keep_product(session, code, {"name": name, "status": "DRAFT"}, "", because, call.company)
        return _product_owner(known)
    partner = parties.by_code(session, code, call.company)
    values: JsonObject = {"name": name, "kind": SOURCES[subject][0]}
    return owner_of(partner or files.keep_partner(session, code, values, because, call.company))


def qualification_undo(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`qualification.undo`: papers of the decision are withdrawn, the approval ends, a product is as it was before."""
    call = Call.from_json(envelope)

    def work(session: Session, original: file_effects.FileEffect) -> JsonObject:
        because = Because("system", call.at, "撤回，恢复原状 / gone back over", call.case_id, call.effect_key)
        kept: Any = original.kept
        files.withdraw_papers(session, kept.get("papers") or [], because)
        if kept.get("owner"):
            day = facts.today_at(session, call.site, call.at).isoformat()
            files.decide(session, Owner(*kept["owner"]), "suspended", because, day=day, company=call.company)
        if kept.get("product"):
            files.keep_product(session, kept["product"], kept["before"], "", because, call.company)
        return {"undone": original.effect_key}

    with ctx.database.write() as session:
        return _translated(
            lambda: file_effects.undone(
                session, call.effect_key, call.case_id, call.at, lambda original: work(session, original)
            )
        )


def _qualified(
    ctx: ActivityContext, call: Call, subject: str,
    keep: Callable[[Session, Call, Vouched], tuple[Owner, list[NewPaper], JsonObject]],
) -> JsonObject:  # fmt: skip
    def work(session: Session) -> tuple[JsonObject, JsonObject]:
        vouched = vouch(session, call, subject, "quality_director")
        owner, papers, kept = keep(session, call, vouched)
        because = vouched.because
        made = files.keep_papers(session, owner, papers, because, call.company)
        until = min((paper.valid_until for paper in papers if paper.valid_until), default=None)
        number = files.decide(
            session, owner, "approved", because, day=vouched.day, until=None if subject == "product" else until,
            seq=vouched.seq, company=call.company,
        )  # fmt: skip
        numbers: list[Json] = [*made]
        return {"qualification": str(number)}, {
            **kept, "owner": [owner.type, owner.id, owner.subject], "papers": numbers,
        }  # fmt: skip

    return once(ctx, call, f"qualify_{subject}", work)


def vouch(session: Session, call: Call, subject: str, approver: str | None, *, reviewed: bool = True) -> Vouched:
    """The file of the call under its signatures; refuses one that the hard rules do not let pass now."""
    today = facts.today_at(session, call.site, call.at)
    given = filed.read(session, subject, _file(call), today, call.company)
    rows = facts.effective_signatures(session, call.case_id, ROOT)
    signed = [Signed(row.meaning, row.outcome or "", row.role or "", row.signer) for row in rows]
    found = file_is_lawful(given, today) + decision_is_signed(RULES[subject], signed, approver, reviewed=reviewed)
    if found:
        raise rule_refused(found)
    meaning = "review" if approver is None else "approve"
    decisive = [row for row in rows if row.meaning == meaning]
    by = decisive[-1].signer if decisive else "system"
    post = role_text(decisive[-1].role or "").zh if decisive else ""
    reason = f"资质审核通过 / qualified（{post}）" if post else "资质审核通过 / qualified"
    because = Because(by, call.at, reason, call.case_id, call.effect_key)
    return Vouched(given, because, decisive[-1].seq if decisive else None, today.isoformat())


# ------------------------------------------------------------------ what goes on file


def _keep_supplier(session: Session, call: Call, vouched: Vouched) -> tuple[Owner, list[NewPaper], JsonObject]:
    values, given = _file(call), vouched.filed
    row = files.keep_partner(
        session,
        given.code,
        {
            "name": given.name, "supplier_type": given.kind, "uscc": str(values.get("uscc") or ""),
            "address": str(values.get("supplier_address") or ""), "contact": str(values.get("supplier_contact") or ""),
        } | _kind_if_new(session, call, given.code, "SUPPLIER"),
        vouched.because,
        call.company,
    )  # fmt: skip
    return owner_of(row), _supplier_papers(values, given), {}


def _kind_if_new(session: Session, call: Call, code: str, kind: str) -> JsonObject:
    return {} if parties.by_code(session, code, call.company) is not None else {"kind": kind}


_SUPPLIER_PAPERS = (
    ("business_license", "business_license", "uscc", ""),
    ("operation_license_file", "operation_license", "operation_license_no", "operation_license_valid_until"),
    ("registration_certificate", "registration_certificate", "", ""),
    ("production_license_file", "production_license", "production_license_no", "production_license_valid_until"),
    ("authorization_letter", "authorization_letter", "", "authorized_until"),
    ("salesperson_id_copy", "salesperson_id", "", ""),
    ("delivery_note_template", "delivery_note_template", "", ""),
    ("seal_sample", "seal_sample", "", ""),
    ("quality_agreement", "quality_agreement", "", ""),
    ("on_site_audit_report", "on_site_audit_report", "", ""),
)
"""Field of the scan, kind of paper, fields of its number and last day."""


def _supplier_papers(values: JsonObject, given: Filed) -> list[NewPaper]:
    covered = {
        "operation_license": tuple(("class_code", entry) for entry in sorted(given.scope)),
        "authorization_letter": letter_scopes(values),
    }
    return [
        NewPaper(kind, str(values.get(number) or ""), _text(values, until), sha_of(values, scan), covered.get(kind, ()))
        for scan, kind, number, until in _SUPPLIER_PAPERS
        if values.get(scan)
    ]


def letter_scopes(values: JsonObject, person: str = "") -> tuple[tuple[str, str], ...]:
    """What a letter covers: its products by code, else by name, its region, its person."""
    listed: Any = values.get("authorized_products")
    rows: list[Any] = listed if isinstance(listed, list) else []
    goods = [("product", str(row.get("product_code") or row.get("product_name") or "")) for row in rows]
    named = [
        ("region", str(values.get("authorized_region") or "")),
        ("person", person or str(values["salesperson_name"])),
    ]
    return tuple(sorted({pair for pair in (*goods, *named) if pair[1]}))


_PURCHASER_PAPER = {
    "dealer": "operation_license", "manufacturer": "production_license", "medical_institution": "practice_license",
    "other": "business_license",
}  # fmt: skip


def _keep_purchaser(session: Session, call: Call, vouched: Vouched) -> tuple[Owner, list[NewPaper], JsonObject]:
    values, given = _file(call), vouched.filed
    row = files.keep_partner(
        session,
        given.code,
        {
            "name": given.name, "purchaser_type": given.kind, "uscc": str(values.get("uscc") or ""),
            "address": str(values.get("delivery_address") or ""), "contact": str(values.get("purchaser_contact") or ""),
        } | _kind_if_new(session, call, given.code, "CUSTOMER"),
        vouched.because,
        call.company,
    )  # fmt: skip
    number, until = str(values.get("purchaser_license_no") or ""), _text(values, "valid_until")
    covered = tuple(("class_code", entry) for entry in sorted(given.scope))
    papers = [
        NewPaper(_PURCHASER_PAPER[given.kind], number, until, sha_of(values, "purchaser_document"), covered),
        NewPaper("usage_need_statement", "", None, sha_of(values, "usage_need_statement")),
    ]
    return owner_of(row), [paper for paper in papers if paper.file_sha256], {}


_PRODUCT_FIELDS = (
    "model", "specification", "registration_valid_until", "registrant_name", "contract_manufacturer_name",
    "production_license_no", "device_class", "classification_code", "is_implant", "is_sterile", "is_ivd", "is_cold_chain",
    "storage_condition", "transport_condition", "temp_min", "temp_max", "humidity_min", "humidity_max",
)  # fmt: skip


def _keep_product(session: Session, call: Call, vouched: Vouched) -> tuple[Owner, list[NewPaper], JsonObject]:
    values, code = _file(call), vouched.filed.code
    before = products.by_code(session, code, call.company)
    names = ("status", "approved_at", "name", "registration_no", *_PRODUCT_FIELDS)
    draft: JsonObject = {"status": "DRAFT"}
    was = draft if before is None else {name: normalize(getattr(before, name)) for name in names}
    now: JsonObject = {name: values[name] for name in _PRODUCT_FIELDS if name in values}
    now |= {"name": values.get("product_name"), "registration_no": values.get("registration_no")}
    now |= {"status": "APPROVED", "approved_at": vouched.day}
    di = str(values.get("udi_di") or "")
    if before is None:
        now |= {"udi_required": bool(di)}
    row = files.keep_product(session, code, now, di, vouched.because, call.company)
    number, until = str(values.get("registration_no") or ""), _text(values, "registration_valid_until")
    papers = [
        NewPaper("registration_certificate", number, until, sha_of(values, "registration_certificate")),
        NewPaper("label_sample", "", None, sha_of(values, "label_sample")),
    ]
    return _product_owner(row), papers, {"product": code, "before": was}


# ------------------------------------------------------------------ small things


def once(
    ctx: ActivityContext, call: Call, kind: str, work: Callable[[Session], tuple[JsonObject, JsonObject]]
) -> JsonObject:
    """One effect in one transaction; a drill does the same and leaves nothing."""
    request: JsonObject = dict(call.input)
    if call.mode != "live":
        return _rehearsed(ctx, work)
    with ctx.database.write() as session:
        return _translated(
            lambda: file_effects.once(
                session, call.effect_key, kind, request, call.case_id, call.at, lambda: work(session)
            )
        )


class _RehearsedError(Exception):
    """Carries the answer of a drill out of the transaction, which is rolled back."""

    def __init__(self, answer: JsonObject) -> None:
        super().__init__("rehearsed")
        self.answer = answer


def _rehearsed(ctx: ActivityContext, work: Callable[[Session], tuple[JsonObject, JsonObject]]) -> JsonObject:
    try:
        with ctx.database.write() as session:
            raise _RehearsedError(work(session)[0])
    except _RehearsedError as over:
        return over.answer


def _translated(effect: Callable[[], JsonObject]) -> JsonObject:
    try:
        return effect()
    except EffectKeyError as error:
        raise BusinessError(error.code, error.text) from error


def owner_of(row: Partner) -> Owner:
    """A partner as the owner of papers."""
    assert row.id is not None
    return Owner("partner", row.id, f"partner/{row.code}")


def _product_owner(row: Product) -> Owner:
    assert row.id is not None
    return Owner("product", row.id, f"product/{row.code}")


def sha_of(values: JsonObject, name: str) -> str | None:
    """The hash of an attached file."""
    given = values.get(name)
    return str(given["sha256"]) if isinstance(given, dict) and given.get("sha256") else None


def _file(call: Call) -> JsonObject:
    given = call.input.get("file")
    return given if isinstance(given, dict) else {}


def _text(values: JsonObject, name: str) -> str | None:
    given = values.get(name)
    return given if isinstance(given, str) and given else None
