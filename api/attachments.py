"""Files: stored by their SHA-256, read by it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel
from starlette.responses import FileResponse, Response

from api import repeats
from api.caller import Acting, Caller, Reading
from api.exact import ExactJson
from api.multipart import SURROUND_MAX, Upload, file_in
from api.problems import Problem
from api.shapes import answers
from domain.errors import Text
from services import attachments, people

router = APIRouter(prefix="/attachments", tags=["attachments"])
SHOWN_INLINE = ("image/png", "image/jpeg", "image/webp")
"""Kinds that a page may show; every other one is offered for saving."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600, immutable",
}
_PIECE = 64 * 1024
FILE_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
                "required": ["file"],
            }
        }
    },
}


class Stored(BaseModel):
    """A file that is kept; the same content is kept once."""

    sha256: str
    name: str
    size: int
    media_type: str


@router.post("", responses=answers(413, ok=Stored, status=201), openapi_extra={"requestBody": FILE_FORM})
async def store(request: Request, caller: Acting) -> Response:
    """Keep a file: PDF, image, spreadsheet, text. What it is goes by its content, not by its name."""
    limit = caller.office.attachment_max_bytes
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > limit + SURROUND_MAX:
        shown = limit // (1024 * 1024)
        raise Problem(413, "file_too_large", Text(f"文件超过 {shown} MB。", f"The file is larger than {shown} MB."))
    upload = await file_in(request, limit)
    if caller.key is None:
        return await _kept(caller, upload.chunks, upload)
    with tempfile.TemporaryFile() as spare:
        sha = await _read(upload, spare)
        asked = await repeats.claim(caller.office, caller.actor, caller.key, sha, "POST /attachments")
        answer: Response | None = None
        try:
            answer = await _kept(caller, _pieces(spare), upload)
            return answer
        finally:
            await repeats.settle(asked, answer)


async def _kept(caller: Caller, chunks: AsyncIterator[bytes], upload: Upload) -> Response:
    kept = await attachments.store(caller.office, caller.actor, chunks, upload.name, upload.media_type)
    return ExactJson(kept, 201, {"Location": f"/api/v1/attachments/{kept['sha256']}"})


async def _read(upload: Upload, spare: IO[bytes]) -> str:
    """Take a file aside until it is known whether its key stands for it; the hash over its name, kind and content."""
    found = hashlib.sha256(f"{upload.name}\n{upload.media_type}\n".encode())
    async for chunk in upload.chunks:
        found.update(chunk)
        spare.write(chunk)
    spare.seek(0)
    return found.hexdigest()


async def _pieces(spare: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := spare.read(_PIECE):
        yield chunk


@router.get("/{sha256:word}", responses=answers(404), response_class=Response)
async def fetch(caller: Reading, sha256: Annotated[str, Path(max_length=64)]) -> Response:
    """A file by its hash."""
    path, known = await attachments.find(caller.office, caller.actor, sha256)
    about: Any = known
    await people.note_reading(caller.office, caller.actor, f"attachment/{sha256}", {})
    how = "inline" if about["media_type"] in SHOWN_INLINE else "attachment"
    name = quote(about["name"], safe="")
    headers = {**HEADERS, "Content-Disposition": f"{how}; filename*=UTF-8''{name}", "ETag": f'"{sha256}"'}
    return FileResponse(path, headers=headers, media_type=about["media_type"])
