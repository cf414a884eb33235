"""Printed records: PDF/A-3b by Typst, with the record itself as JSON inside, the same bytes every time.

The record is data (`acceptance_record_of`), the document a view of it (`acceptance_record_pdf`, pure). Only
our own font
is used. Fields: GSP 2023 arts. 60–63 (receipt), 65 (acceptance), 70 (inbound).
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst
from sqlmodel import Session

from domain.canonical import dumps
from domain.clock import from_text
from domain.json_types import JsonObject
from domain.paths import split
from records import cases, organisation
from records.case_tables import CaseRecord, Signature
from rules.template import Template
from services.actor import Actor
from services.cases import open_file
from services.document_view import view_of
from services.office import Office
from workflows.language.model import Model, Step

TEMPLATES = Path(__file__).parent / "templates"


async def acceptance_record(office: Office, actor: Actor, case_id: str, lang: str) -> bytes:
    """The acceptance record of a case that the actor may read, as PDF; `lang` is `zh` or `en`."""
    file = await open_file(office, actor, case_id, "print")
    record = await office.db.reading(_gathered, office.company, file)
    return await office.db.run(acceptance_record_pdf, record, lang)


def acceptance_record_pdf(record: JsonObject, lang: str) -> bytes:
    """The PDF/A-3b of a record with the record attached as `record.json`; equal records give equal bytes."""
    inputs = {"view": dumps(view_of(record, lang)), "record": dumps(record)}
    made = typst.compile(
        (TEMPLATES / "acceptance_record.typ").read_bytes(),
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs=inputs,
        format="pdf",
        pdf_standards=["a-3b"],
        timestamp=_made_at(record),
    )
    assert isinstance(made, bytes)
    return made


def acceptance_record_of(
    file: Any, company: JsonObject, zone: str, proofs: Proofs, basis: tuple[str, ...] = ()
) -> JsonObject:
    """The record of a receiving case as data: what was entered, who signed what, which clauses it rests
    on."""
    case, model = file.case, file.model
    data = file.data
    lines = [line for line in data.get("lines") or [] if isinstance(line, dict)]
    return {
        "kind": "acceptance_record",
        "case": case.id,
        "business_key": case.business_key,
        "definition": case.process,
        "version": case.version,
        "definition_sha": case.definition_sha,
        "pinned_sha": case.pinned_sha,
        "state": case.state,
        "outcome": case.outcome,
        "seq": case.seq,
        "head": case.head,
        "site": case.site,
        "zone": zone,
        "mode": case.mode,
        "company": company,
        "started_at": case.started_at,
        "closed_at": case.closed_at,
        "start": file.start,
        "data": {key: value for key, value in data.items() if key not in ("lines", "expected_lines")},
        "lines": [{**line, "signatures": proofs.within(str(line.get("line_no")))} for line in lines],
        "signatures": proofs.outside(),
        "basis": _basis(model, basis),
    }


class Proofs:
    """The signatures of a case with what they were put under, and the outside parties' marks."""

    def __init__(self, signatures: list[Signature], records: list[CaseRecord], model: Model) -> None:
        late = {record.seq: record.detail.get("late") for record in records}
        self._rows = [_signature(row, model, late.get(row.seq)) for row in signatures]
        self._rows += [mark for record in records if (mark := _outside_mark(record, model)) is not None]
        self._rows.sort(key=lambda row: (str(row["at"]), str(row["meaning"])))

    def within(self, item_key: str) -> list[Any]:
        """Those about one line."""
        return [row for row in self._rows if item_key in _items(str(row["path"]))]

    def outside(self) -> list[Any]:
        """Those about the whole delivery."""
        return [row for row in self._rows if not _items(str(row["path"]))]


def _gathered(session: Session, company_key: str, file: Any) -> JsonObject:
    row, site = organisation.company(session, company_key), organisation.site(session, file.case.site)
    company: JsonObject = {
        "name": row.name if row else "",
        "name_en": row.name_en if row else "",
        "uscc": row.uscc if row else "",
    }
    signed = cases.signatures(session, file.case.id)
    proofs = Proofs(signed, cases.records(session, file.case.id), file.model)
    pinned: Any = cases.pinned(session, file.case.pinned_sha) or {"definition": {}}
    basis = tuple(pinned["definition"].get("basis") or ())
    return acceptance_record_of(file, company, site.zone if site else "Asia/Shanghai", proofs, basis)


def _items(path: str) -> list[str]:
    """The item keys that a path goes through."""
    return [segment.name for segment in split(path) if segment.is_item]


def _signature(row: Signature, model: Model, late: Any) -> JsonObject:
    step = model.steps.get(row.step or "")
    return {
        "path": row.path,
        "step": row.step,
        "step_title": _title(step),
        "signer": row.signer,
        "signer_name": row.signer_name,
        "role": row.role,
        "meaning": row.meaning,
        "outcome": row.outcome,
        "reason": row.reason,
        "at": row.at,
        "method": row.method,
        "act_sha": row.act_sha,
        "values_sha": row.values_sha,
        **({"late": late} if late else {}),
    }


def _outside_mark(record: CaseRecord, model: Model) -> JsonObject | None:
    """The signature of somebody without an account, on the glass or on the photographed note."""
    act = record.detail.get("act")
    mark = act["envelope"].get("external") if isinstance(act, dict) else None
    if not isinstance(mark, dict):
        return None
    step = model.steps.get(record.step or "")
    return {
        "path": record.path,
        "step": record.step,
        "step_title": _title(step),
        "signer": None,
        "signer_name": mark.get("name"),
        "role": mark.get("role") or "deliverer",
        "meaning": "handed_over",
        "outcome": None,
        "reason": None,
        "at": record.at,
        "method": mark.get("how"),
        "act_sha": record.act_sha,
        "values_sha": mark.get("attachment_sha256"),
    }


def _title(step: Step | None) -> JsonObject | None:
    """The first words of a step's title, without what its template inserts."""
    if step is None or step.title is None:
        return None
    return {"zh": _plain(step.title.zh), "en": _plain(step.title.en)}


def _plain(template: Template) -> str:
    words = [text for part in template.parts if isinstance(part, str) and (text := part.strip(" :：,，、"))]
    return words[0] if words else ""


def _basis(model: Model, whole: tuple[str, ...]) -> list[Any]:
    where: dict[str, list[Step]] = {clause: [] for clause in whole}
    for step in model.steps.values():
        for clause in step.basis:
            where.setdefault(clause, []).append(step)
    return [
        {"clause": clause, "steps": [{"id": step.id, "title": _title(step)} for step in steps]}
        for clause, steps in sorted(where.items(), key=lambda entry: _article(entry[0]))
    ]


def _article(clause: str) -> list[Any]:
    """`GSP-60` before `GSP-107`: sources by name, numbers by size."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in clause.replace(".", "-").split("-")]


def _made_at(record: JsonObject) -> int:
    """The document's date is the record's, so that it never depends on when it is printed."""
    moment = record.get("closed_at") or record.get("started_at")
    return int(from_text(moment).timestamp()) if isinstance(moment, str) else 0


@cache
def fonts() -> typst.Fonts:
    """The one font family that is printed with."""
    spec = find_spec("manimgx_fonts_cjk")
    assert spec is not None and spec.origin is not None, "the font wheel manimgx-fonts-cjk is not installed"
    return typst.Fonts(include_system_fonts=False, font_paths=[str(Path(spec.origin).parent)])
