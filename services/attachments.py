"""Files by their SHA-256: streamed in with limits that the server keeps, checked by content, readable by name and hash."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from domain import roles
from domain.errors import Refusal, Text
from domain.json_types import JsonObject
from forms.formats import has_control
from records import attachments as rows
from services.actor import Actor
from services.office import Office
from services.refusals import forbidden, no_business, not_found, refuse

SIGNS: dict[str, tuple[bytes, ...]] = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/webp": (b"RIFF",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (b"PK\x03\x04",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (b"PK\x03\x04",),
}
"""How accepted binary files begin. Text (CSV, TXT) is accepted when it is text."""
TEXTS = ("text/csv", "text/plain")
NAME_MAX = 200
_HIDDEN = frozenset("\t\r\n\x1d")
"""What text may hold, and a file's name may not."""


def media_type_of(head: bytes, claimed: str, name: str) -> str | None:
    """The media type by content, or ``None`` for a kind that is not accepted. What the client claims only chooses
    between kinds that begin alike."""
    for media_type, signs in SIGNS.items():
        if any(head.startswith(sign) for sign in signs) and _agrees(media_type, claimed, name):
            return media_type
    if b"\x00" in head[:4096] and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    if any(head.startswith(sign) for signs in SIGNS.values() for sign in signs):
        return None
    return "text/csv" if name.lower().endswith(".csv") or claimed == "text/csv" else _plain_text(name)


def _agrees(media_type: str, claimed: str, name: str) -> bool:
    alike = [kind for kind, signs in SIGNS.items() if signs == SIGNS[media_type]]
    return len(alike) == 1 or claimed == media_type or name.lower().endswith(media_type[-5:-1])


def _plain_text(name: str) -> str | None:
    suffix = Path(name.lower()).suffix
    return "text/plain" if suffix in ("", ".txt", ".log", ".tsv") else None


async def store(
    office: Office, actor: Actor, stream: AsyncIterator[bytes], name: str, media_type: str, site: str | None = None
) -> JsonObject:
    """Keep a file: ``{sha256, name, size, media_type}``. Refuses what is too large or of a kind we do not take, and
    people who only read."""
    about: JsonObject = {"action": "upload", "subject": name[:NAME_MAX], "site": site}
    if not set(actor.roles) - roles.NEVER_SIGNS:
        why = forbidden("您的岗位只能查阅，不能上传文件。", "Your post only reads; it stores no files.")
        await refuse(office, actor, why, about)
    shown = Path(name.replace("\\", "/")).name[:NAME_MAX] or "file"
    if has_control(shown) or not _HIDDEN.isdisjoint(shown):
        zh = "文件名含有看不见的控制字符，请改名后再上传。"
        en = "The file's name holds invisible control characters. Rename it and send it again."
        await refuse(office, actor, Refusal(422, "file_name", Text(zh, en)), about)
    folder = office.attachments
    descriptor, spare = tempfile.mkstemp(dir=folder, prefix=".incoming-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            size, sha, head = await _copied(office, actor, stream, file, about)
        kind = media_type_of(head, media_type.split(";")[0].strip().lower(), shown)
        if size == 0 or kind is None:
            await refuse(office, actor, _not_taken(size), about)
        await office.db.run(_keep, Path(spare), folder / sha[:2] / sha)
    finally:
        Path(spare).unlink(missing_ok=True)
    row = rows.Attachment(
        sha256=sha, name=shown, size=size, media_type=kind, stored_by=actor.id, stored_at=office.now()
    )
    await office.db.writing(rows.keep, row)
    return {"sha256": sha, "name": shown, "size": size, "media_type": kind}


async def _copied(
    office: Office, actor: Actor, stream: AsyncIterator[bytes], file: Any, about: JsonObject
) -> tuple[int, str, bytes]:
    size, digest, head = 0, hashlib.sha256(), b""
    async for chunk in stream:
        size += len(chunk)
        if size > office.attachment_max_bytes:
            limit = office.attachment_max_bytes // (1024 * 1024)
            text = Text(f"文件超过 {limit} MB。", f"The file is larger than {limit} MB.")
            await refuse(office, actor, Refusal(413, "file_too_large", text, rule="limit"), about)
        digest.update(chunk)
        head = head if len(head) >= 8192 else head + chunk[: 8192 - len(head)]
        file.write(chunk)
    file.flush()
    os.fsync(file.fileno())
    return size, digest.hexdigest(), head


def _keep(spare: Path, target: Path) -> None:
    """Move into place atomically; the same content is kept once."""
    target.parent.mkdir(mode=0o700, exist_ok=True)
    if target.exists():
        return
    spare.replace(target)


def _not_taken(size: int) -> Refusal:
    if size == 0:
        return Refusal(422, "file_empty", Text("文件是空的。", "The file is empty."))
    zh = "不接受这种文件；可用 PDF、PNG、JPEG、WebP、XLSX、DOCX、CSV、TXT。"
    en = "This kind of file is not taken; PDF, PNG, JPEG, WebP, XLSX, DOCX, CSV and TXT are."
    return Refusal(422, "file_kind", Text(zh, en))


async def find(office: Office, actor: Actor, sha256: str) -> tuple[Path, JsonObject]:
    """The file of a hash and what is known of it. Whoever knows the hash of a file has seen the record it belongs to;
    a signed-in person with no post at all is refused."""
    about: JsonObject = {"action": "download", "subject": sha256[:64]}
    if not actor.works_at() and actor.roles:
        await refuse(office, actor, no_business(), about)
    row = await office.db.reading(rows.find, sha256) if len(sha256) == 64 and sha256.isalnum() else None
    path = office.attachments / sha256[:2] / sha256
    if row is None or not actor.roles or not path.exists():
        await refuse(office, actor, not_found("没有这个文件。", "There is no such file."), about)
    return path, {"sha256": row.sha256, "name": row.name, "size": row.size, "media_type": row.media_type}
