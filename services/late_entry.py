"""补录: what was done on paper while the system was away is entered later, with the paper, its photograph and a witness.

SEMANTICS 43: a late entry carries the paper's number, a photograph of it, when it was really done, why it is late, and a
second person, and is marked as late wherever it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.clock import from_text, to_text
from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from forms.formats import has_control
from records import attachments
from services import people
from services.actor import Actor, Proof
from services.office import Office
from services.refusals import refuse
from services.signing import SHA


@dataclass(frozen=True)
class LateEntry:
    """What the caller says of the paper. ``second`` saw it and proves who it is with ``proof``."""

    paper_no: str
    photo_sha256: str
    business_at: str
    reason: str
    second: str
    proof: Proof


def told(given: LateEntry | None) -> list[str]:
    """What makes a request with this entry another one than a request without it."""
    if given is None:
        return []
    return [given.paper_no, given.photo_sha256, given.business_at, given.reason, given.second]


async def facts_of(office: Office, actor: Actor, given: LateEntry | None, about: JsonObject) -> JsonObject:
    """The entry as it stands in the sealed act; nothing for what is entered in time. Refuses, on record, what is missing."""
    if given is None:
        return {}
    told: JsonObject = {**about, "late": True, "second": given.second}
    why = await _fault(office, actor, given)
    if why is not None:
        await refuse(office, actor, why, told)
    second = await people.actor_named(office, given.second)
    if second is None:
        await refuse(office, actor, _nobody(given.second), told)
    assert second is not None
    when = _moment(given.business_at)
    assert when is not None
    auth = await people.prove(office, second, given.proof, reauth=True, about={**told, "for": actor.id})
    late: JsonObject = {
        "paper_no": given.paper_no,
        "photo": await _photo(office, given.photo_sha256),
        "business_at": to_text(when),
        "reason": given.reason,
        "second": {"id": second.id, "name": second.name, "name_en": second.name_en},
        "second_auth": auth,
    }
    return {"late": late}


async def seen_by(office: Office, actor: Actor, username: str, proof: Proof) -> tuple[JsonObject, Proof]:
    """The second person proves who it is before anything is sent; returns who it is, and the proof that was checked."""
    about: JsonObject = {"action": "late_entry_witness", "second": username}
    if username == actor.id:
        fault = _of("second", "same_person", "复核人须是另一个人。", "The second person is somebody else.")
        why = Refusal(422, fault.code, fault.message, rule="four_eyes", faults=(fault,))
        await refuse(office, actor, why, about)
    second = await people.actor_named(office, username)
    if second is None:
        await refuse(office, actor, _nobody(username), about)
    assert second is not None
    proved = await people.prove_once(office, second, proof, {**about, "for": actor.id})
    return {"id": second.id, "name": second.name, "name_en": second.name_en}, proved


async def _fault(office: Office, actor: Actor, given: LateEntry) -> Refusal | None:
    faults = [
        *(_empty(name) for name in ("paper_no", "reason") if not getattr(given, name).strip()),
        *(_odd(name) for name in ("paper_no", "reason") if has_control(getattr(given, name))),
    ]
    when = _moment(given.business_at)
    if when is None:
        faults.append(_of("business_at", "not_a_time", "请写明实际发生的时间。", "Say when it was really done."))
    elif when > office.clock():
        faults.append(
            _of("business_at", "in_future", "实际发生的时间不能晚于现在。", "It cannot have been done in the future.")
        )
    known = SHA.fullmatch(given.photo_sha256) and await office.db.reading(attachments.known, [given.photo_sha256])
    if not known:
        zh, en = "请附上纸质记录的照片。", "Attach a photograph of the paper."
        faults.append(_of("photo_sha256", "unknown_attachment", zh, en))
    if given.second == actor.id:
        faults.append(_of("second", "same_person", "复核人须是另一个人。", "The second person is somebody else."))
    if not faults:
        return None
    text = Text("补录信息不完整。", "The late entry is not complete.")
    return Refusal(422, "late_entry_incomplete", text, rule="late_entry", articles=("GSP-22",), faults=tuple(faults))


async def _photo(office: Office, sha256: str) -> JsonObject:
    found = (await office.db.reading(attachments.by_hashes, [sha256]))[sha256]
    return {"sha256": sha256, "name": found.name, "size": found.size, "media_type": found.media_type}


def _moment(text: str) -> datetime | None:
    try:
        return from_text(text)
    except ValueError:
        return None


def _of(name: str, code: str, zh: str, en: str) -> Fault:
    return Fault(f"/late_entry/{name}", code, Text(zh, en))


def _empty(name: str) -> Fault:
    return _of(name, "required", "请填写。", "Fill this in.")


def _odd(name: str) -> Fault:
    return _of(name, "control_character", "含有看不见的控制字符。", "It holds invisible control characters.")


def _nobody(name: str) -> Refusal:
    text = Text(f"没有账号“{name}”，或已停用。", f"There is no account '{name}', or it is disabled.")
    return Refusal(422, "unknown_person", text, faults=(Fault("/late_entry/second", "unknown_person", text),))
