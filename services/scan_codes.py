"""What a scanned text names: a pack with its UDI, a lot of ours, a shelf, or a plain text that a line may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlmodel import Session

from domain import document_codes
from domain.document_codes import DocumentCodeFault
from domain.errors import Text
from forms.scan_words import unreadable
from forms.scanning import Code
from records import document_codes as rows
from records.products import Product, ProductDi, by_codes, by_di, dis_of
from records.stock import location_by_code
from services import udi

_LOOKS_LIKE_UDI = re.compile(r"^(\][A-Za-z]\d|\(\d{2}\)|01\d{14}|\+[A-Z]|=[A-Za-z]|https?://)|[\x1d␝]")
_DEPTH_MAX = 8


def known(session: Session, texts: Iterable[str], company: str) -> dict[str, Code]:
    """What each text names."""
    return {text: code_of(session, text, company) for text in dict.fromkeys(texts)}


def code_of(session: Session, text: str, company: str) -> Code:
    """What one text names; a code that is none of these stays a plain text."""
    plain = text.strip()
    if location_by_code(session, plain, company) is not None:
        return Code(plain, is_place=True)
    if document_codes.looks_like_one(plain):
        return _document(session, plain, company)
    try:
        return _pack(session, plain, udi.parse(plain))
    except udi.UdiFault as fault:
        return Code(plain, unreadable=unreadable(fault.text, plain) if _LOOKS_LIKE_UDI.search(plain) else None)


def _pack(session: Session, text: str, found: Any) -> Code:
    product = by_di(session, str(found["di"]))
    return Code(
        text,
        products=(product.code,) if product else (),
        di=found["di"],
        lot=found["lot"],
        serial=found["serial"] if product is None or "SERIAL" in product.tracking else None,
        unit=found["serial"],
        made=found["made"],
        expiry=found["expiry"],
        udi=text,
        units=_units(session, product, str(found["di"])) if product else 1,
    )


def _units(session: Session, product: Product, di: str) -> int:
    """How many base units lie in one pack: a box of ten boxes of fifty holds 500."""
    assert product.id is not None
    packs: dict[str, ProductDi] = {one.di: one for one in dis_of(session, product.id)}
    units, here = 1, packs.get(di)
    for _ in range(_DEPTH_MAX):
        if here is None or here.contains_di is None:
            break
        units *= max(1, here.contains_qty)
        here = packs.get(here.contains_di)
    return units


def _document(session: Session, text: str, company: str) -> Code:
    try:
        code = document_codes.read(text)
    except DocumentCodeFault as fault:
        return Code(text, unreadable=unreadable(fault.text, text))
    lot = rows.lot(session, code.number, company) if code.kind == "lot" else None
    product = session.get(Product, lot.product_id) if lot else None
    if lot is None or product is None:
        why = Text("这是单据的码，不是商品或货位的码。", "It is the code of a document, not of goods or a shelf.")
        return Code(text, unreadable=unreadable(why, text))
    return Code(text, (product.code,), lot=lot.lot_no or None, made=lot.made_on, expiry=lot.expiry or None)


def packs_of(session: Session, codes: Iterable[str], company: str) -> dict[str, dict[str, int]]:
    """Product → its UDI-DIs with the base units in such a pack: what a device in a dead zone tells lines apart by."""
    found = by_codes(session, codes, company)
    return {
        code: {one.di: _units(session, row, one.di) for one in dis_of(session, row.id or 0)}
        for code, row in found.items()
    }
