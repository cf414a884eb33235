"""How an SOP comes into force: check, draft, submission, two signatures. One door for studio, REST and command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from domain import roles
from domain.canonical import dumps
from domain.clock import to_text
from domain.errors import Fault, GspError, Refusal, Text
from domain.hard_rules import publication_is_signed
from domain.json_types import JsonObject
from records import definitions as rows
from records.definitions import DefinitionSignature, DefinitionVersion
from services import people
from services.acting import Intent, body_sha, sealed
from services.actor import Actor, Proof
from services.definitions import version_view
from services.office import Office
from services.owner_tests import Tested, run_tests
from services.pinning import DEFAULT_ZONE, parameters_today
from services.refusals import forbidden, not_found, refuse
from services.version_numbers import number_fault
from workflows.language.check import Checked, check_source

SIGNING_ROLES = ("quality_director", "company_head")
"""Whose signatures publishing needs (GSP 20): two persons, one as each."""
SYSTEM = "system"
SHIPPED_REASON = "随产品提供 / shipped with the product"
"""The reason on record of a version that came with the product; pages say it in the reader's language."""


@dataclass(frozen=True)
class Source:
    """A definition as typed: the YAML and the files beside it, keyed as the YAML writes them."""

    yaml: str
    forms: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    cases: str | None = None

    def form_texts(self) -> dict[str, str]:
        """Forms as text; an object is written as canonical JSON."""
        return {name: text if isinstance(text, str) else dumps(text) for name, text in self.forms.items()}


async def check(office: Office, actor: Actor, source: Source) -> JsonObject:
    """All findings of a source, in the caller's language."""
    checked = await office.db.run(_checked, office, source)
    lang = actor.lang or "en"
    return {"ok": checked.ok, "findings": [finding.as_json(lang) for finding in checked.findings]}


def _checked(office: Office, source: Source) -> Checked:
    return check_source(source.yaml, source.form_texts(), dict(source.tables), source.cases, office.catalogue)


async def save_draft(office: Office, actor: Actor, source: Source, expected_rev: int | None = None) -> JsonObject:
    """Save a draft, faults and all; its name and version come from the text."""
    about: JsonObject = {"action": "save_definition"}
    await _need(office, actor, ("process_owner",), about)
    checked = await office.db.run(_checked, office, source)
    name, number = _identity(checked)
    if name is None or number is None:
        findings = faults_of(checked)
        text = Text("草稿至少要有可读的 process 和 version。", "A draft needs at least a readable process and version.")
        await refuse(office, actor, Refusal(422, "no_identity", text, faults=findings), about)
    draft = _row(source, checked, name, number, actor.id, office.now())
    try:
        await office.db.writing(rows.save_draft, draft, expected_rev=expected_rev)
    except rows.DraftConflictError as conflict:
        subject = {**about, "subject": f"{name}@{number}"}
        await refuse(office, actor, Refusal(409, conflict.code, conflict.text), subject)
    stored = await office.db.reading(rows.version, name, number)
    assert stored is not None
    findings = [finding.as_json(actor.lang or "en") for finding in checked.findings]
    return {**version_view(stored), "ok": checked.ok, "findings": [*findings]}


def _identity(checked: Checked) -> tuple[str | None, str | None]:
    definition: Any = checked.definition or {}
    name, number = definition.get("process"), definition.get("version")
    return (name if isinstance(name, str) and name else None), (str(number) if number else None)


def _row(source: Source, checked: Checked, name: str, number: str, by: str, now: str) -> DefinitionVersion:
    definition: Any = checked.definition or {}
    title = definition.get("title")
    meaning = {"definition": checked.definition, "forms": checked.forms, "tables": checked.tables}
    return DefinitionVersion(
        name=name,
        version=number,
        sha256=checked.definition_sha,
        title=title if isinstance(title, dict) else {"zh": name, "en": name},
        owner=definition.get("owner") if isinstance(definition.get("owner"), str) else None,
        yaml=source.yaml,
        forms=source.form_texts(),
        tables=dict(source.tables),
        cases=source.cases,
        checked=meaning if checked.ok else None,
        saved_by=by,
        saved_at=now,
    )


def faults_of(checked: Checked) -> tuple[Fault, ...]:
    """The errors of a check as faults of a request: the place is in the words."""
    return tuple(
        Fault(
            f"{finding.file}#{finding.pointer}",
            finding.code,
            Text(
                f"{finding.file}:{finding.line}:{finding.column} {finding.message.zh}",
                f"{finding.file}:{finding.line}:{finding.column} {finding.message.en}",
            ),
        )
        for finding in checked.errors
    )


async def discard_draft(office: Office, actor: Actor, name: str, number: str) -> None:
    """Throw a draft away; nothing that was ever submitted can be."""
    about: JsonObject = {"action": "discard_definition", "subject": f"{name}@{number}"}
    await _need(office, actor, ("process_owner",), about)
    stored = await _stored(office, actor, name, number, about)
    if not await office.db.writing(rows.delete_draft, name, number):
        await refuse(office, actor, _wrong_state(stored, "draft"), about)


async def submit(office: Office, actor: Actor, name: str, number: str, reason: str) -> JsonObject:
    """Give a draft to signing. From now on its text cannot change."""
    about: JsonObject = {"action": "submit_definition", "subject": f"{name}@{number}", "reason": reason}
    await _need(office, actor, ("process_owner",), about)
    stored = await _stored(office, actor, name, number, about)
    source = Source(stored.yaml, stored.forms, stored.tables, stored.cases)
    checked = await office.db.run(_checked, office, source)
    if not checked.ok:
        zh, en = (
            f"有 {len(checked.errors)} 处错误，不能提交。",
            f"{len(checked.errors)} errors keep it from being submitted.",
        )
        await refuse(office, actor, Refusal(422, "has_errors", Text(zh, en), faults=faults_of(checked)), about)
    if not reason.strip():
        text = Text("请写明修改原因。", "Say why the SOP changes.")
        await refuse(office, actor, Refusal(422, "reason_missing", text), about)
    why = await office.db.reading(number_fault, name, number, stored.checked or {})
    if why is not None:
        await refuse(office, actor, why, about)
    tested = await office.db.run(run_tests, checked, stored.cases, parameters_today(office), office.catalogue.contracts)
    if not tested.ok:
        await refuse(office, actor, _tests_failed(tested), about)
    stamps = {"submitted_by": actor.id, "submitted_at": office.now(), "reason": reason.strip()}
    moved = await office.db.writing(_submit, name, number, stamps)
    if not moved:
        await refuse(office, actor, _wrong_state(stored, "draft"), about)
    return await _view(office, name, number)


def _tests_failed(tested: Tested) -> Refusal:
    failed = sum(not result.passed for result in tested.results)
    zh = f"{len(tested.results)} 个测试中有 {failed} 个失败，不能提交。请修改流程，或修改测试里的预期。"
    en = f"{failed} of its {len(tested.results)} tests fail: correct the SOP, or what the tests expect; then submit."
    return Refusal(422, "tests_failed", Text(zh, en), faults=tested.faults())


def _submit(session: Any, name: str, number: str, stamps: dict[str, str]) -> bool:
    return rows.set_state(session, name, number, "submitted", was=("draft",), **stamps)


async def publish(office: Office, actor: Actor, name: str, number: str, proof: Proof | None, role: str) -> JsonObject:
    """One of the two signatures. With the second the version comes into force; running cases stay on theirs."""
    about: JsonObject = {"action": "publish_definition", "subject": f"{name}@{number}", "role": role}
    stored = await _stored(office, actor, name, number, about)
    await _may_publish(office, actor, stored, role, about)
    if proof is None or proof.meaning != "approve":
        text = Text("批准须签名，含义为“批准”（approve）。", "Publishing is signed; the meaning is 'approve'.")
        await refuse(office, actor, Refusal(422, "signature_missing", text, rule="signature"), about)
    auth = await people.prove(office, actor, proof, reauth=True, about=about)
    signature = _signature(office, actor, stored, role, auth, proof.reason)
    refusal = await office.db.writing(_sign, office, stored, signature)
    if refusal is not None:
        await refuse(office, actor, refusal, about)
    return await _view(office, name, number)


async def _may_publish(office: Office, actor: Actor, stored: DefinitionVersion, role: str, about: JsonObject) -> None:
    if stored.state != "submitted":
        await refuse(office, actor, _wrong_state(stored, "submitted"), about)
    if role not in SIGNING_ROLES or not actor.has(role):
        words = "、".join(roles.role_text(item).zh for item in SIGNING_ROLES)
        named = " and ".join(roles.role_text(item).en for item in SIGNING_ROLES)
        why = Refusal(
            403,
            "wrong_role",
            Text(
                f"发布须由{words}各签一次，您没有所选岗位。",
                f"Publishing is signed by {named}; you do not hold that post.",
            ),
            rule="RULE-18",
            articles=("GSP-20",),
            who_can=SIGNING_ROLES,
        )
        await refuse(office, actor, why, about)
    if stored.submitted_by == actor.id:
        text = Text("提交人不能批准自己的版本。", "Whoever submitted a version does not approve it.")
        await refuse(office, actor, Refusal(403, "four_eyes", text, rule="four_eyes", who_can=SIGNING_ROLES), about)


def _signature(
    office: Office, actor: Actor, stored: DefinitionVersion, role: str, auth: JsonObject, reason: str | None
) -> DefinitionSignature:
    """The sealed act over the version's hash."""
    intent = Intent(
        case_id="",
        site="",
        mode="live",
        path=f"definition/{stored.name}@{stored.version}",
        seat=role,
        action="publish",
        pinned_sha=str(stored.sha256),
        body_sha=body_sha("publish", stored.name, stored.version, stored.sha256, role),
        outcome="approved",
        meaning="approve",
        reason=reason,
        role=role,
        auth=auth,
    )
    act = sealed(office, actor, office.new_id(), intent)
    return DefinitionSignature(
        name=stored.name,
        version=stored.version,
        sha256=str(stored.sha256),
        signer=actor.id,
        role=role,
        meaning="approve",
        at=office.now(),
        act=act.as_json(),
        seal=act.seal,
    )


def _sign(session: Any, office: Office, seen: DefinitionVersion, signature: DefinitionSignature) -> Refusal | None:
    """One transaction: the state is read again, the signature added, and with both the version put in force."""
    stored = rows.version(session, seen.name, seen.version, lock=True)
    if stored is None or stored.state != "submitted" or stored.sha256 != signature.sha256:
        return _wrong_state(stored or seen, "submitted")
    before = rows.signatures(session, seen.name, seen.version)
    same = next((item for item in before if item.role == signature.role), None)
    if same is not None:
        zh, en = f"这个岗位已由 {same.signer} 于 {same.at} 签过。", f"{same.signer} signed for this post at {same.at}."
        return Refusal(409, "already_signed", Text(zh, en), done_by=same.signer, done_at=same.at)
    if any(item.signer == signature.signer for item in before):
        text = Text("两个签名须由两个人作出。", "The two signatures must come from two persons.")
        return Refusal(403, "four_eyes", text, rule="RULE-18", who_can=SIGNING_ROLES)
    rows.add_signature(session, signature)
    signers = [(item.role, item.signer) for item in (*before, signature)]
    if not publication_is_signed(signers):
        now = office.now()
        rows.make_effective(session, seen.name, seen.version, effective_moment(stored, now), now)
    return None


def effective_moment(stored: DefinitionVersion, now: str) -> str:
    """When a fully signed version comes into force: on its day, but never before its last signature."""
    checked: Any = stored.checked or {}
    day = (checked.get("definition") or {}).get("effective_from")
    if not isinstance(day, str):
        return now
    midnight = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(DEFAULT_ZONE))
    return max(now, to_text(midnight))


def _wrong_state(stored: DefinitionVersion, wanted: str) -> Refusal:
    zh = {"draft": "草稿", "submitted": "已提交待批准"}[wanted]
    text = Text(
        f"{stored.name} {stored.version} 的状态是 {stored.state}，须为{zh}。",
        f"{stored.name} {stored.version} is {stored.state}; it has to be {wanted}.",
    )
    return Refusal(409, "wrong_state", text, done_by=stored.submitted_by, done_at=stored.submitted_at)


async def _need(office: Office, actor: Actor, wanted: tuple[str, ...], about: JsonObject) -> None:
    if any(actor.has(role) for role in wanted):
        return
    zh = "、".join(roles.role_text(role).zh for role in wanted)
    en = ", ".join(roles.role_text(role).en for role in wanted)
    await refuse(office, actor, forbidden(f"这须由{zh}来做。", f"This is for: {en}.", who_can=wanted), about)


async def _stored(office: Office, actor: Actor, name: str, number: str, about: JsonObject) -> DefinitionVersion:
    stored = await office.db.reading(rows.version, name, number)
    if stored is None:
        await refuse(office, actor, not_found(f"没有 {name} {number}。", f"There is no {name} {number}."), about)
    return stored


async def _view(office: Office, name: str, number: str) -> JsonObject:
    stored = await office.db.reading(rows.version, name, number)
    signatures = await office.db.reading(rows.signatures, name, number)
    assert stored is not None
    signed: list[Any] = [{"role": item.role, "signer": item.signer, "at": item.at} for item in signatures]
    missing: list[Any] = [role for role in SIGNING_ROLES if all(item.role != role for item in signatures)]
    return {**version_view(stored), "signatures": signed, "missing": missing}


async def register_shipped(office: Office, source: Source) -> bool:
    """Put a shipped version on the shelf as submitted; the company's own director and head sign it.

    ``False`` when it is there already. Raises ``GspError`` when the shipped text has errors: the package is broken.
    """
    checked = await office.db.run(_checked, office, source)
    name, number = _identity(checked)
    if not checked.ok or name is None or number is None:
        first = checked.errors[0].as_line("en") if checked.errors else "no identity"
        raise GspError("shipped_definition", f"随附的流程有错误：{first}", f"A shipped definition has errors: {first}")
    row = _row(source, checked, name, number, SYSTEM, office.now())
    row.source = "shipped"
    return await office.db.writing(_register, row, office.now())


def _register(session: Any, row: DefinitionVersion, now: str) -> bool:
    row.state, row.submitted_by, row.submitted_at = "submitted", SYSTEM, now
    row.reason = SHIPPED_REASON
    return rows.register(session, row)


async def withdraw(office: Office, actor: Actor, name: str, number: str, reason: str) -> JsonObject:
    """Take a submitted version back, or keep an effective one from starting new cases."""
    about: JsonObject = {"action": "withdraw_definition", "subject": f"{name}@{number}", "reason": reason}
    await _need(office, actor, ("process_owner", "quality_director"), about)
    stored = await _stored(office, actor, name, number, about)
    stamps = {"withdrawn_by": actor.id, "withdrawn_at": office.now(), "withdrawn_reason": reason}
    if not await office.db.writing(_withdraw, name, number, stamps):
        await refuse(office, actor, _wrong_state(stored, "submitted"), about)
    return await _view(office, name, number)


def _withdraw(session: Any, name: str, number: str, stamps: dict[str, str]) -> bool:
    return rows.set_state(session, name, number, "withdrawn", was=("submitted", "scheduled", "effective"), **stamps)
