"""Correcting what was signed (GSP 22): quality signs the new value with the reason; the old one stays on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from domain.errors import Fault, Refusal, Text
from domain.json_types import Json, JsonObject
from forms.model import load_form
from forms.validation import validate
from records import cases
from services import people, waking
from services.acting import Done, Intent, act_id_of, body_sha, repeated, send
from services.actor import Actor, Proof
from services.entered import invalid
from services.office import Office
from services.refusals import not_found, refuse
from workflows.engine.corrections import corrected

ACTION = "amend"
MEANING = "quality_rule"
CORRECTED = frozenset({"completed"})
"""The records that hold what a person has entered."""


@dataclass(frozen=True)
class Correction:
    """A wish: the record ``seq`` of a case, the field (a pointer into what was entered) and the value it should have."""

    case_id: str
    seq: int
    field: str
    value: Json
    reason: str


async def amend(office: Office, actor: Actor, wish: Correction, proof: Proof | None, given: str | None) -> JsonObject:
    """Correct a field of a record, also after its case has ended; answers ``{case, seq, recorded}``.

    Refuses, on record: unknown records, callers who are not quality, those who signed it themselves, a missing proof of
    identity, and cases with too many records to be called back after their end.
    """
    case = await office.db.reading(cases.case, wish.case_id)
    about: JsonObject = {"action": ACTION, "case": wish.case_id}
    if case is None:
        await refuse(office, actor, not_found("没有这个案例。", "There is no such case."), about)
    about.update(site=case.site, mode=case.mode, after_seq=case.seq)
    known = await act_id_of(office, actor, given, about)
    sha = body_sha(ACTION, wish.case_id, wish.seq, wish.field, wish.value, wish.reason)
    done = await repeated(office, actor, known, sha, about)
    if done is not None:
        return _answer(wish, done)
    path, faults = await _place_of(office, actor, wish, case.pinned_sha, about)
    why = invalid(faults, "/value")
    if why is not None:
        await refuse(office, actor, why, about)
    if proof is None or proof.meaning != MEANING:
        zh, en = (
            "更正须由质量管理人员签名，含义为“质量裁决”。",
            "A correction is signed; the meaning is 'quality_rule'.",
        )
        await refuse(office, actor, Refusal(422, "signature_missing", Text(zh, en), rule="signature"), about)
    intent = Intent(
        case_id=case.id,
        site=case.site,
        mode=case.mode,
        path=path,
        seat="",
        action=ACTION,
        pinned_sha=case.pinned_sha,
        body_sha=sha,
        values={"seq": wish.seq, "field": wish.field, "value": wish.value},
        meaning=MEANING,
        reason=wish.reason,
        role=next((role for role in ("quality_director", "quality_staff") if actor.has(role, case.site)), None),
        auth=await people.prove(office, actor, proof, reauth=True, about=about),
        about=about,
    )
    return _answer(wish, await send(office, actor, known, intent, partial(waking.deliver, office, intent.case_id)))


async def _place_of(
    office: Office, actor: Actor, wish: Correction, pinned_sha: str, about: JsonObject
) -> tuple[str, list[Fault]]:
    """The path of the record's step, and why the new value does not fit its form."""
    found = await office.db.reading(cases.records, wish.case_id, wish.seq - 1, 1)
    record: Any = found[0] if found else None
    if record is None or record.seq != wish.seq or record.action not in CORRECTED:
        zh, en = "这条记录没有可更正的填写内容。", "This record holds nothing that was entered."
        await refuse(office, actor, Refusal(422, "no_such_record", Text(zh, en)), about)
    model = await office.db.reading(office.model, pinned_sha)
    step = model.steps.get(str(record.step))
    entered: Any = record.detail["act"]["values"]
    try:
        values = corrected(entered, wish.field, wish.value)
    except (KeyError, IndexError, ValueError, TypeError):
        return str(record.path), []  # the case says that there is no such field
    if step is None or step.form is None:
        return str(record.path), []
    faults = validate(load_form(model.forms[step.form]), values)
    near = [fault for fault in faults if fault.pointer.startswith(wish.field) or wish.field.startswith(fault.pointer)]
    return str(record.path), [replace(fault, pointer="") for fault in near]


def _answer(wish: Correction, done: Done) -> JsonObject:
    seq: Json = done.answer["seq"] if done.answer else None
    return {"case": wish.case_id, "seq": seq, "recorded": done.answer is None}
