"""Making the evidence bundle of one case, for somebody who may read it, or at the machine itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session
from temporalio.client import WorkflowHistory

from domain.canonical import dumps
from domain.errors import GspError
from domain.json_types import Json, JsonObject
from domain.roles import READERS
from records import attachments, audit, cases
from records.attachments import Attachment
from records.base import as_dict
from records.case_tables import CaseRow
from services import people, seals
from services.actor import Actor
from services.bundle import attachments_in, lines, packed
from services.case_rows import as_record
from services.cases import open_file
from services.history import refusal_view
from services.office import Office
from services.refusals import forbidden, refuse
from services.witnesses import histories_of
from workflows.engine.rulebook import rules_named

REFUSALS_MAX = 10_000
_README = """GSPFlow 证据包 / evidence bundle

案例 Case {case}（{process} {version}）
导出 Exported {at}

内容：histories/ 执行历史（Temporal JSON）；records.jsonl 有序记录与哈希链；signatures.jsonl 签名；pinned.json 当时生效的规则；
refusals.jsonl 被拒绝的操作；attachments/ 附件；keys.json 公钥；manifest.json 所有文件的 SHA-256 与封签。
核验：gspflow history replay --file 本文件。会重演执行历史，重算哈希链，核对每个签名信封；不需要数据库，也不需要服务器。
keys.json 也要与出具单位另行公布的公钥核对：连密钥一起伪造的包，只有这样才能发现。

Contents: histories/ as recorded by Temporal; records.jsonl, in order and chained; signatures.jsonl; pinned.json, the rules in
force then; refusals.jsonl, what was refused; attachments/; keys.json, public keys; manifest.json, SHA-256 of every file, sealed.
To verify: gspflow history replay --file THIS. It re-executes the histories, recomputes the chain and checks every signed act;
it needs no database and no server. Compare keys.json with the keys that the company publishes elsewhere, too: a bundle
that was forged together with its keys shows in no other way.
"""


async def bundle(office: Office, actor: Actor, case_id: str) -> bytes:
    """The bundle of a case as zip; exporting is on record. For those who may read every case of its site."""
    file = await open_file(office, actor, case_id, "export_evidence")
    if not actor.reads_site(file.case.site):
        zh, en = (
            "证据包由质量、审计人员和负责人导出。",
            "Evidence is exported by quality, auditors and those in charge.",
        )
        about: JsonObject = {"action": "export_evidence", "case": case_id, "site": file.case.site}
        await refuse(office, actor, forbidden(zh, en, who_can=tuple(sorted(READERS))), about)
    made = await assemble(office, case_id)
    await people.note_reading(office, actor, f"case/{case_id}/evidence", {})
    await office.db.writing(_note, actor.id, case_id, office.now())
    return made


def _note(session: Session, who: str, case_id: str, at: str) -> None:
    audit.append(session, audit.ADMIN, who, "evidence_exported", case_id, {"case": case_id}, at)


def file_name(case_id: str) -> str:
    """What the file is called."""
    return f"gspflow-evidence-{case_id}.zip"


async def assemble(office: Office, case_id: str) -> bytes:
    """The bundle without asking who wants it: for the terminal. Raises ``GspError`` when there is nothing to export."""
    histories = await histories_of(office.db, office.gateway, case_id)
    case = await office.db.reading(cases.case, case_id)
    if case is None or not histories:
        raise GspError("no_such_case", f"没有案例 {case_id}。", f"There is no case {case_id} with a recorded history.")
    return await office.db.reading(_packed, office, case_id, histories)


def _packed(session: Session, office: Office, case_id: str, histories: Sequence[WorkflowHistory]) -> bytes:
    case, at = cases.case(session, case_id), office.now()
    assert case is not None, "it was there a moment ago"
    records: list[JsonObject] = [{**as_record(row), "head": row.head} for row in cases.records(session, case_id)]
    named = sorted({sha for record in records for sha in attachments_in(record["detail"])})
    known: list[Any] = [attachments.find(session, sha) for sha in named]
    described: list[Json] = [_described(row) for row in known if row is not None]
    keys: dict[str, Any] = seals.trusted(session, seals.keys_on_file(office.keys.folder))
    files = {
        "pinned.json": dumps(cases.pinned(session, case.pinned_sha)).encode(),
        "records.jsonl": lines(records),
        "signatures.jsonl": lines([as_dict(row) for row in cases.signatures(session, case_id)]),
        "refusals.jsonl": lines(_refusals(session, case_id)),
        "attachments.json": dumps(described).encode(),
        "keys.json": dumps(keys).encode(),
        "README.txt": _README.format(case=case_id, process=case.process, version=case.version, at=at).encode(),
    }
    for sha in rules_named(records):
        if sha != case.pinned_sha:
            files[f"pinned/{sha}.json"] = dumps(cases.pinned(session, sha)).encode()
    for number, history in enumerate(histories, start=1):
        files[f"histories/run-{number}.json"] = history.to_json().encode()
    for sha in named:
        path = office.attachments / sha[:2] / sha
        if path.exists():
            files[f"attachments/{sha}"] = path.read_bytes()
    return packed(_about(case, at), files, office.keys.seal.private, office.keys.seal.key_id)


def _about(case: CaseRow, at: str) -> JsonObject:
    return {
        "case": case.id,
        "process": case.process,
        "version": case.version,
        "definition_sha256": case.definition_sha,
        "pinned_sha256": case.pinned_sha,
        "state": case.state,
        "seq": case.seq,
        "head": case.head,
        "wave": case.wave,
        "engine_rev": case.engine_rev,
        "made_at": at,
    }


def _described(row: Attachment) -> JsonObject:
    return {"sha256": row.sha256, "name": row.name, "size": row.size, "media_type": row.media_type}


def _refusals(session: Session, case_id: str) -> list[JsonObject]:
    found = audit.events(session, prefix="refusals/", case_id=case_id, limit=REFUSALS_MAX)
    return [refusal_view(row) for row in reversed(found)]


async def write(office: Office, case_id: str, path: Any) -> int:
    """Write the bundle of a case to a file; returns its size in bytes."""
    made = await assemble(office, case_id)
    await asyncio.to_thread(path.write_bytes, made)
    return len(made)
