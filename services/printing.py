"""PDF/A-3b by Typst: a view for the eye, the record inside for machines, the same bytes for the same record. Pure.

Pictures (a seal, scans) are given as files of a folder of their own, since a view holds words only; where that folder
lies leaves no trace in the document.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from domain import document_codes
from domain.canonical import dumps
from domain.clock import from_text
from domain.documents import Document, Paper
from domain.legal_records import LegalBook
from services import barcodes
from services.documents import TEMPLATES, fonts
from services.paper_view import view_of

SEAL = "seal.typ"
"""What the templates of several documents share."""


def paper_pdf(
    record: Mapping[str, Any],
    document: Document,
    paper: Paper,
    lang: str,
    book: LegalBook,
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """A document with lines; `pictures` holds the seal where the record names one."""
    view = view_of(record, document, paper, lang, book)
    return compiled(document.template, view, record, code_of(record), pictures or {})


def code_of(record: Mapping[str, Any]) -> str:
    """The document code as a QR code (SVG): scanned, it opens what the paper is about."""
    text = document_codes.read(str(record["code"])).text
    return barcodes.draw("qr", text).content.decode("utf-8")


def compiled(template: str, view: Any, record: Mapping[str, Any], code: str, pictures: Mapping[str, bytes]) -> bytes:
    """The PDF/A-3b of a template; its date is the record's, so that it never depends on when it is printed."""
    with tempfile.TemporaryDirectory(prefix="gspflow-print-") as folder:
        root = Path(folder)
        for part in (template, SEAL):
            (root / part).write_bytes((TEMPLATES / part).read_bytes())
        for name, content in pictures.items():
            (root / name).write_bytes(content)
        made = typst.compile(
            str(root / template),
            root=str(root),
            font_paths=fonts(),
            ignore_system_fonts=True,
            sys_inputs={"view": dumps(view), "record": dumps(dict(record)), "code": code},
            format="pdf",
            pdf_standards=["a-3b"],
            timestamp=int(from_text(str(record["made_at"])).timestamp()),
        )
    assert isinstance(made, bytes)
    return made
