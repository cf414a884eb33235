"""What activities wrote into files of partners, products and papers, each exactly once; and who was warned of what.

An effect keeps its answer: the same key and request give it again, an undo leaves a row of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from domain.canonical import digest
from domain.errors import GspError
from domain.json_types import JsonObject
from records.base import COMPANY, BigKey, JsonText, Stored

UNDO = "/undo"
BURIED = "tombstone"


class FileEffect(Stored, table=True):
    """One effect on files. `result` is what was answered, `kept` what an undo has to know. Append-only."""

    __table_args__ = (Index("ix_file_effect_case", "case_id"),)

    effect_key: str = Field(primary_key=True)
    company: str = COMPANY
    kind: str
    request_sha: str
    case_id: str
    at: str
    result: dict[str, Any] = Field(sa_type=JsonText)
    kept: dict[str, Any] = Field(sa_type=JsonText)


class PaperWarning(Stored, table=True):
    """That people were warned of a paper at a step (days before its end, -1 once over). Append-only.

    `paper` is the credential's number, or `product-` and the product's for a registration; with `valid_until` it names
    one term of the paper.
    """

    paper: str = Field(primary_key=True)
    valid_until: str = Field(primary_key=True)
    step: int = Field(primary_key=True, sa_type=BigKey)  # type: ignore[call-overload]
    effect_key: str
    at: str


class EffectKeyError(GspError):
    """The effect key was used before for another request, or the effect was undone before it ran."""


def once(
    session: Session, key: str, kind: str, request: JsonObject, case_id: str, at: str,
    work: Callable[[], tuple[JsonObject, JsonObject]],
) -> JsonObject:  # fmt: skip
    """Do an effect, or answer what it answered before; `work` gives the answer and what an undo has to know."""
    sha = digest("file_effect", {"kind": kind, "request": request})
    known = session.get(FileEffect, key)
    if known is not None:
        return _answer(known, sha)
    result, kept = work()
    session.add(
        FileEffect(effect_key=key, kind=kind, request_sha=sha, case_id=case_id, at=at, result=result, kept=kept)
    )
    session.flush()
    return result


def _answer(known: FileEffect, sha: str) -> JsonObject:
    if known.kind == BURIED:
        raise EffectKeyError(
            "undone_before",
            f"该操作（{known.effect_key}）在执行前已被撤销，迟到的执行已拒绝。",
            f"This effect ({known.effect_key}) was undone before it ran; the late attempt is refused.",
        )
    if known.request_sha != sha:
        raise EffectKeyError(
            "effect_key_reused",
            f"操作键 {known.effect_key} 已用于另一请求。请管理员核对。",
            f"The effect key {known.effect_key} was used for another request; somebody must look.",
        )
    return known.result


def undone(session: Session, key: str, case_id: str, at: str, work: Callable[[FileEffect], JsonObject]) -> JsonObject:
    """Undo the effect whose key is `key` without its `/undo`, once; where it never ran, a late attempt is refused."""
    known = session.get(FileEffect, key)
    if known is not None:
        return known.result
    original = session.get(FileEffect, key.removesuffix(UNDO))
    if original is None:
        first = key.removesuffix(UNDO)
        session.add(
            FileEffect(effect_key=first, kind=BURIED, request_sha="", case_id=case_id, at=at, result={}, kept={})
        )
    result: JsonObject = {"tombstone": key.removesuffix(UNDO)} if original is None else work(original)
    session.add(FileEffect(effect_key=key, kind="undo", request_sha="", case_id=case_id, at=at, result=result, kept={}))
    session.flush()
    return result


def warned(session: Session, papers: list[str]) -> dict[tuple[str, str], int]:
    """The narrowest step at which people were warned, by (paper, its last day)."""
    found: dict[tuple[str, str], int] = {}
    for row in session.exec(select(PaperWarning).where(col(PaperWarning.paper).in_(papers))):
        name = (row.paper, row.valid_until)
        found[name] = min(row.step, found.get(name, row.step))
    return found
