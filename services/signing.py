"""What has to be there before a step is signed: the person's proof, and the mark of the other party."""

from __future__ import annotations

import re
from typing import Any

from domain import roles
from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from forms.formats import has_control
from records import attachments
from services import people
from services.actor import Actor, Proof
from services.desk import Desk
from services.entered import NOT_STORED
from services.office import Office
from services.refusals import refuse

SHA = re.compile(r"[0-9a-f]{64}")


async def signature(
    office: Office, actor: Actor, desk: Desk, proof: Proof | None, external: JsonObject | None, about: JsonObject
) -> JsonObject:
    """Prove the person behind a signature; ``{}`` for an unsigned step. Refuses what is missing, on record."""
    sign = desk.step.sign
    why = await external_fault(office, desk, external) or _missing(desk, proof)
    if why is not None:
        await refuse(office, actor, why, about)
    if sign is None or proof is None:
        return {}
    return await people.prove(office, actor, proof, reauth=sign.reauth, about=about)


def _missing(desk: Desk, proof: Proof | None) -> Refusal | None:
    sign = desk.step.sign
    if sign is None:
        return None
    if proof is None or proof.meaning != sign.meaning:
        meaning = roles.MEANINGS[sign.meaning]
        text = Text(f"这一步须签名，含义为“{meaning.zh}”。", f"This step is signed; the meaning is '{meaning.en}'.")
        return _refusal("signature_missing", text, "signature", "/signature")
    if has_control(proof.reason or ""):
        return _refusal("control_character", CONTROL, "signature", "/signature/reason")
    return None


CONTROL = Text(
    "内容含有看不见的控制字符，请删除后重新填写。",
    "The text holds invisible control characters. Remove them and enter it again.",
)


async def external_fault(office: Office, desk: Desk, external: JsonObject | None) -> Refusal | None:
    """What is missing in the mark of the other party: name, way, and a file that is stored."""
    role = desk.step.external_signature
    if role is None:
        return None
    given: Any = external or {}
    sha = given.get("attachment_sha256")
    signed = given.get("name") and given.get("how") in ("glass", "note") and isinstance(sha, str)
    if not signed or SHA.fullmatch(sha) is None:
        return _refusal("external_signature_missing", _unsigned(role), "external_signature", "/external_signature")
    if has_control(str(given["name"])):
        return _refusal("control_character", CONTROL, "external_signature", "/external_signature/name")
    if not await office.db.reading(attachments.known, [sha]):
        place = "/external_signature/attachment_sha256"
        return _refusal("attachment_unknown", NOT_STORED, "external_signature", place)
    return None


def _unsigned(role: str) -> Text:
    who = roles.role_text(role)
    zh = f"还缺{who.zh}的签名：请在屏幕上签字，或拍下已签字的单据。"
    en = f"The signature of the {who.en.lower()} is missing: let them sign on the glass, or photograph the signed note."
    return Text(zh, en)


def _refusal(code: str, text: Text, rule: str, pointer: str) -> Refusal:
    return Refusal(422, code, text, rule=rule, faults=(Fault(pointer, code, text),))
