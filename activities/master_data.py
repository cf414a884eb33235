"""Master data and posts are changed here alone: judged again in the transaction, once for an effect key (GSP 19(3), 51).

Quality staff apply master data after quality review and the director's approval; an approved post is given with the same
signatures, and the administrator is told. A drill judges and writes nothing.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from activities.context import ActivityContext, BusinessError, Call, rule_refused
from domain.errors import Fault, Text
from domain.hard_rules import Violation
from domain.json_types import Json, JsonObject
from domain.master_data import changes
from domain.master_data.changes import Line, Verdict
from domain.master_data.entities import ENTITIES
from records import facts, master, master_rows
from records.case_tables import Signature
from records.master import Because, MasterVersion

RULE = "MASTER-DATA"
ARTICLES = ("GSP-19", "GSP-51")
REVIEWED, APPROVED, PERFORMED = "review", "approve", "performed"


def check(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`master.check`: the request against what stands there; lines that change nothing are left out."""
    call = Call.from_json(envelope)
    with ctx.database.read() as session:
        verdict = _judged(session, call)
    refuse(verdict.faults)
    return {"changes": _lines_json(call, verdict), "change_summary": _summary(call, verdict)}


def apply(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`master.apply`: the approved change, with its history; asked again it answers what it did."""
    call = Call.from_json(envelope)
    with ctx.database.write() as session:
        done = _done(session, call)
        if done:
            return _applied(call, done)
        verdict = _judged(session, call)
        refuse(verdict.faults)
        because = authority(session, call, APPROVED, str(call.input["change_reason"]))
        if call.mode != "live":
            return {"versions": 0, "subject": _subject(call, verdict)}
        return _applied(call, _written(session, call, verdict, because))


def changes_between(ctx: ActivityContext, envelope: JsonObject) -> JsonObject:
    """`master.changes_between`: what was changed from one day to another, for the periodic review."""
    call = Call.from_json(envelope)
    since, until = f"{call.input['review_from']}T00:00:00.000Z", f"{call.input['review_until']}T23:59:59.999Z"
    with ctx.database.read() as session:
        found = master.between(session, since, until, limit=300)
        return {"review_lines": [_review_line(session, version) for version in found], "review_count": len(found)}


def authority(session: Session, call: Call, wanted: str, reason: str) -> Because:
    """Who executes it, once quality review and approval are signed in this case; refuses what is not.

    The executor is the quality person who signed the execution, or the director where approval is the last signature.
    """
    standing = set(facts.signed(session, call.case_id, call.path).act_hashes)
    mine = select(Signature).where(Signature.case_id == call.case_id).order_by(col(Signature.seq))
    signed = {(row.meaning, row.role): row for row in session.exec(mine) if row.act_sha in standing}
    missing = [
        role
        for meaning, role in ((REVIEWED, "quality_staff"), (APPROVED, "quality_director"))
        if (meaning, role) not in signed
    ]
    if missing:
        zh, en = (
            "基础数据变更须经质量管理人员审核、质量负责人批准并签名。",
            "It needs the signed quality review and approval.",
        )
        raise rule_refused([Violation(RULE, ARTICLES, Text(zh, en), who_can=tuple(missing))])
    last = signed.get((PERFORMED, "quality_staff")) if wanted == APPROVED else None
    executor = last or signed[APPROVED, "quality_director"]
    return Because(executor.signer, call.at, reason, call.case_id, call.effect_key)


def refuse(faults: tuple[Fault, ...]) -> None:
    """All faults at once, each as a violation that stands in the refusals stream."""
    if faults:
        raise rule_refused([Violation(RULE, ARTICLES, one.message, facts={"pointer": one.pointer}) for one in faults])


def _judged(session: Session, call: Call) -> Verdict:
    key, name, action = (str(call.input[word]) for word in ("subject_kind", "subject_code", "change_action"))
    entity = ENTITIES[key]
    row = master_rows.named(session, entity, name)
    present = master_rows.values_of(session, key, row) if row is not None else None
    verdict = changes.judge(key, name, action, _lines(call, key), present, call.at[:10])
    if verdict.faults:
        return verdict
    try:
        with session.no_autoflush:
            master_rows.prepared(session, key, verdict.values)
            session.expunge_all()
    except master_rows.UnknownError as error:
        return Verdict(verdict.values, verdict.lines, (error.fault,))
    return verdict


def _lines(call: Call, entity: str) -> list[Line]:
    given: Any = call.input.get("changes") or []
    return [
        Line(
            str(line["field_name"]).removeprefix(f"{entity}."),
            str(line.get("master_data_before") or ""),
            str(line.get("master_data_after") or ""),
            bool(line.get("is_cleared")),
        )
        for line in given
    ]


def _lines_json(call: Call, verdict: Verdict) -> list[Json]:
    key = str(call.input["subject_kind"])
    found: list[Json] = []
    for line in verdict.lines:
        row: JsonObject = {"field_name": f"{key}.{line.field_name}", "master_data_before": line.before}
        row |= {"is_cleared": True} if line.is_cleared else {"master_data_after": line.after}
        found.append({name: value for name, value in row.items() if value != ""})
    return found


def _summary(call: Call, verdict: Verdict) -> str:
    said = changes.summary(str(call.input["subject_kind"]), verdict.lines)
    return f"{said.zh} / {said.en}"[:4000]


def _subject(call: Call, verdict: Verdict) -> str:
    return master_rows.subject_of(str(call.input["subject_kind"]), verdict.values)


def _written(session: Session, call: Call, verdict: Verdict, because: Because) -> list[MasterVersion]:
    try:
        return master_rows.write(session, str(call.input["subject_kind"]), verdict.values, because)
    except master_rows.UnknownError as error:
        raise rule_refused([Violation(RULE, ARTICLES, error.fault.message)]) from error


def _done(session: Session, call: Call) -> list[MasterVersion]:
    mine = select(MasterVersion).where(
        MasterVersion.case_id == call.case_id, MasterVersion.effect_key == call.effect_key
    )
    return list(session.exec(mine.order_by(col(MasterVersion.id))))


def _applied(call: Call, versions: list[MasterVersion]) -> JsonObject:
    if not versions:
        raise BusinessError("nothing_changed", Text("没有任何修改。", "Nothing was changed."), {"key": call.effect_key})
    return {"versions": len(versions), "subject": versions[0].subject}


def _review_line(session: Session, version: MasterVersion) -> JsonObject:
    was = master.before(session, version)
    names = [str(name) for name in version.changed] or sorted(version.body)
    told = [f"{name}: {_said(was.body.get(name) if was else None)} → {_said(version.body.get(name))}" for name in names]
    return {
        "line_no": str(version.id),
        "review_subject": version.subject,
        "review_change": f"{version.by} {version.at[:10]} {version.action} {version.table_name}; {'; '.join(told)}"[
            :1000
        ],
        "change_reason": version.reason[:500] or "—",
    }


def _said(value: Any) -> str:
    return "—" if value is None or value == "" else str(value)
