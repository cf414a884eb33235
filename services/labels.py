"""Labels and document codes: for a lot's units, a shelf, a case, a task, a pallet; as a label (PDF) or as the bare code.

Printing is asking: it changes nothing and needs a post that has to do with goods or quality. Labels that say what
goods are (unit, pallet) are on record with who printed how many: a second label on a box is a question an inspector
asks. Fields: GSP 2023 art. 69 (what is told apart in the store); UDI rules (NMPA 2019 no. 66) art. 9–11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, NoReturn

import typst
from sqlmodel import Session, col, select

from domain import document_codes
from domain.canonical import dumps
from domain.document_codes import DocumentCode
from domain.errors import Fault, Refusal, Text
from domain.json_types import JsonObject
from domain.stock import ZONE_COLOURS, ZONE_TEXTS, Zone
from domain.udi.building import UnbuildableError, bracketed, require_sound, sscc_of, udi_pairs
from records import audit, vouchers
from records.document_codes import lot as lot_of
from records.organisation import company as company_of
from records.products import Product, ProductDi
from records.stock import Lot, Serial, Warehouse, location_by_code
from services import barcodes, people
from services.actor import Actor
from services.barcodes import SymbolName
from services.cases import open_file
from services.documents import TEMPLATES, fonts
from services.label_view import SIZES, Label, lettered, udi_rows, view_of
from services.office import Office
from services.refusals import no_business, not_found, refuse
from services.scanned import TEST_PAIRS
from services.tasks import detail as task_detail

COPIES_MAX = 500
Form = Literal["pdf", "svg", "png"]
MEDIA: dict[Form, str] = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True)
class Wish:
    """How a label is wanted: label size in mm, symbol (each kind has its own), copies, language, file."""

    lang: str = "zh"
    size: str = "60x40"
    symbol: SymbolName | None = None
    copies: int = 1
    form: Form = "pdf"


@dataclass(frozen=True)
class Unit:
    """Which unit of a lot: a packing level's UDI-DI, the maker's serial number, a number of our own."""

    di: str | None = None
    serial: str | None = None
    own: str | None = None


@dataclass(frozen=True)
class Printed:
    """A file to send."""

    content: bytes
    media_type: str
    name: str


async def of_lot(office: Office, actor: Actor, lot_id: int, unit: Unit, wish: Wish) -> Printed:
    """The label of a unit or box of a lot: UDI with lot, dates, serial number; our own code for goods without a UDI."""
    about: JsonObject = {"action": "print_label", "subject": f"lot/{lot_id}"}
    await _need(office, actor, about)
    try:
        label = await office.db.reading(_unit_label, lot_id, unit, wish, office)
    except UnbuildableError as wrong:
        await _refuse_faults(office, actor, about, wrong.faults, wrong.text)
    if label is None:
        await refuse(office, actor, not_found("没有这个批次。", "There is no such lot."), about)
    if isinstance(label, Fault):
        await _refuse_faults(office, actor, about, (label,))
    made = await _made(office, actor, label, wish, about)
    await _note_printed(office, actor, f"lot/{lot_id}", label, wish)
    return made


async def of_location(office: Office, actor: Actor, code: str, wish: Wish) -> Printed:
    """The label of a shelf: its code, its zone's colour (GSP 40), the temperature it is kept at."""
    about: JsonObject = {"action": "print_label", "subject": f"location/{code}"}
    await _need(office, actor, about)
    label = await office.db.reading(_location_label, code, wish, office.company)
    if label is None:
        await refuse(office, actor, not_found("没有这个货位。", "There is no such location."), about)
    await people.note_reading(office, actor, f"location/{code}", {"document": "label"})
    return await _made(office, actor, label, wish, about)


async def of_case(office: Office, actor: Actor, case_id: str, wish: Wish) -> Printed:
    """The document code of a case that the actor may read: typed or scanned, it opens the case."""
    file = await open_file(office, actor, case_id, "print_label")
    title = Text(file.model.title.zh, file.model.title.en) if file.model.title else Text(file.case.process, "")
    label = _document_label(
        document_codes.case_code(case_id), title.said_in(wish.lang), str(file.case.business_key), wish
    )
    await people.note_reading(office, actor, f"case/{case_id}", {"document": "label"})
    drill = Text("演练", "Drill").said_in(wish.lang) if file.case.mode != "live" else ""
    return await _made(office, actor, replace(label, foot=drill), wish, {"action": "print_label", "case": case_id})


async def of_task(office: Office, actor: Actor, task_id: str, wish: Wish) -> Printed:
    """The document code of a task that the actor may read."""
    found: Any = await task_detail(office, actor, task_id)
    about: JsonObject = {"action": "print_label", "task": task_id}
    title = found["title"].get(wish.lang) or found["title"].get("zh") or ""
    label = _document_label(document_codes.task_code(task_id), title, str(found.get("business_key") or ""), wish)
    await people.note_reading(office, actor, f"task/{task_id}", {"document": "label"})
    return await _made(office, actor, label, wish, about)


async def of_voucher(office: Office, actor: Actor, number: str, wish: Wish) -> Printed:
    """The document code of a voucher of a site that the actor works at; its code opens the case that made it."""
    about: JsonObject = {"action": "print_label", "subject": f"voucher/{number}"}
    await _need(office, actor, about)
    found = await office.db.reading(vouchers.voucher, number, office.company)
    if found is None or found.site not in actor.works_at():
        await refuse(
            office, actor, not_found("没有这张凭证，或您无权查看。", "There is no such voucher, or not for you."), about
        )
    code = document_codes.number_code("voucher", found.posting_id)
    drill = Text("演练", "Drill").said_in(wish.lang) if found.mode != "live" else ""
    await people.note_reading(office, actor, f"voucher/{number}", {"document": "label"})
    return await _made(office, actor, replace(_document_label(code, "", number, wish), foot=drill), wish, about)


async def of_pallet(office: Office, actor: Actor, sscc: str, wish: Wish) -> Printed:
    """The label of a logistic unit: its SSCC as GS1-128 (GS1 Logistic Label Guideline)."""
    about: JsonObject = {"action": "print_label", "subject": f"sscc/{sscc}"}
    await _need(office, actor, about)
    if sscc_of(f"00{sscc}") is None:
        text = Text("SSCC 应为 18 位数字且校验位正确。", "An SSCC is 18 digits with the right check digit.")
        await _refuse_faults(office, actor, about, (Fault("/sscc", "bad_sscc", text),))
    company = await office.db.reading(company_of, office.company)
    name = (company.name_en if wish.lang == "en" and company.name_en else company.name) if company else ""
    pairs = (("00", sscc),)
    label = Label(
        "pallet", name, pairs, wish.symbol or "gs1_128", Text("物流单元", "Logistic unit").said_in(wish.lang),
        ((Text("SSCC", "SSCC"), sscc),), lettered(pairs),
    )  # fmt: skip
    made = await _made(office, actor, label, wish, about)
    await _note_printed(office, actor, f"sscc/{sscc}", label, wish)
    return made


async def of_test(office: Office, actor: Actor, symbol: SymbolName, wish: Wish) -> Printed:
    """A code to test scanners with; it names no goods, so whoever is signed in may have it."""
    name = Text("测试码，不是商品", "Test code, no goods").said_in(wish.lang)
    shown = replace(wish, symbol=symbol)
    label = Label("test", name, TEST_PAIRS, symbol, letters=lettered(TEST_PAIRS))
    return await _made(office, actor, label, shown, {"action": "print_label", "subject": "test"})


# ------------------------------------------------------------------ what stands on them


def _unit_label(session: Session, lot_id: int, unit: Unit, wish: Wish, office: Office) -> Label | Fault | None:
    lot = lot_of(session, lot_id, office.company)
    product = session.get(Product, lot.product_id) if lot else None
    if lot is None or product is None:
        return None
    known = list(
        session.exec(select(ProductDi).where(ProductDi.product_id == lot.product_id).order_by(col(ProductDi.level)))
    )
    chosen = next((one for one in known if unit.di in (None, one.di)), None)
    if unit.di and chosen is None:
        return _fault("di", "unknown_di", "产品档案里没有这个 UDI-DI", "the product's file has no such UDI-DI")
    if unit.serial and not _is_unit(session, lot, unit.serial):
        return _fault(
            "serial", "unknown_serial", "这个批次没有这个序列号", "the lot has no unit with this serial number"
        )
    name = product.name_en if wish.lang == "en" and product.name_en else product.name
    kind = " · ".join(part for part in (product.model, product.specification, product.unit) if part)
    foot = [product.registration_no, product.storage_condition, _drill(lot, wish.lang)]
    if chosen is None or chosen.issuing_agency != "GS1":
        return _own_label(lot, unit, name, kind, wish)
    pairs = udi_pairs(
        chosen.di, office.clock().date(), lot=lot.lot_no or None, serial=unit.serial, expiry=lot.expiry or None,
        made=lot.made_on, own=unit.own,
    )  # fmt: skip
    rows = udi_rows(pairs, {"17": lot.expiry, "11": lot.made_on or ""})
    return Label(
        "unit",
        name,
        pairs,
        wish.symbol or "datamatrix",
        kind,
        rows,
        lettered(pairs),
        foot=" · ".join(filter(None, foot)),
    )


def _own_label(lot: Lot, unit: Unit, name: str, kind: str, wish: Wish) -> Label:
    """Goods without a GS1 UDI get a label with our lot code: nobody may make up a UDI for them."""
    assert lot.id is not None
    code = document_codes.number_code("lot", lot.id)
    rows = [
        (Text("批号", "Lot"), lot.lot_no),
        (Text("生产日期", "Made"), lot.made_on),
        (Text("失效日期", "Expires"), lot.expiry),
    ]
    rows += [(Text("序列号", "Serial"), unit.serial), (Text("本企业编号", "Own no."), unit.own)]
    shown = tuple((words, str(value)) for words, value in rows if value)
    return Label("lot", name, code.text, "qr", kind, shown, code.printed, foot=_drill(lot, wish.lang))


def _location_label(session: Session, code: str, wish: Wish, company: str) -> Label | None:
    place = location_by_code(session, code, company)
    house = session.get(Warehouse, place.warehouse_id) if place and place.warehouse_id else None
    if place is None or house is None:  # a virtual place has no shelf
        return None
    zone = Zone(place.zone) if place.zone else None
    kept = f"{place.temp_min}–{place.temp_max} ℃" if place.temp_min is not None and place.temp_max is not None else ""
    name = house.name_en if wish.lang == "en" and house.name_en else house.name
    rows = ((Text("温度", "Kept at"), kept),) if kept else ()
    subtitle = ZONE_TEXTS[zone].said_in(wish.lang) if zone else ""
    colour = ZONE_COLOURS[zone] if zone else ""
    return Label("location", name, code, "qr", subtitle, rows, big=code, colour=colour)


def _document_label(code: DocumentCode, title: str, number: str, wish: Wish) -> Label:
    kind = {"case": Text("案例", "Case"), "task": Text("任务", "Task"), "voucher": Text("凭证", "Voucher")}[
        code.kind
    ].said_in(wish.lang)
    rows = ((Text("单号", "No."), number),) if number else ()
    return Label(code.kind, title or kind, code.text, "qr", kind, rows, code.printed)


def _is_unit(session: Session, lot: Lot, serial: str) -> bool:
    found = select(Serial.id).where(Serial.lot_id == lot.id, Serial.serial_no == serial)
    return session.exec(found).first() is not None


def _drill(lot: Lot, lang: str) -> str:
    return "" if lot.mode == "live" else Text("演练", "Drill").said_in(lang)


def _fault(field: str, code: str, zh: str, en: str) -> Fault:
    return Fault(f"/{field}", code, Text(f"{zh}；请核对后重打。", f"{en.capitalize()}; check it and print again."))


# ------------------------------------------------------------------ made


def label_pdf(label: Label, wish: Wish) -> bytes:
    """The label as PDF/A-3b with what it holds as data inside; the same label gives the same bytes. Pure."""
    drawing = barcodes.draw(label.symbol, label.content)
    inputs = {
        "view": dumps(view_of(label, drawing, wish.size, wish.lang)),
        "record": dumps(label.as_json()),
        "code": drawing.content.decode("utf-8"),
        "copies": str(wish.copies),
    }
    made = typst.compile(
        (TEMPLATES / "label.typ").read_bytes(), font_paths=fonts(), ignore_system_fonts=True, sys_inputs=inputs,
        format="pdf", pdf_standards=["a-3b"], timestamp=0,
    )  # fmt: skip
    assert isinstance(made, bytes)
    return made


def picture_of(label: Label, form: Form) -> bytes:
    """The bare code of a label."""
    return barcodes.draw(label.symbol, label.content, "png" if form == "png" else "svg").content


async def _made(office: Office, actor: Actor, label: Label, wish: Wish, about: JsonObject) -> Printed:
    """The file, or a refusal on record with everything that keeps the code from being drawn."""
    try:
        if not isinstance(label.content, str) and label.kind == "unit":
            require_sound(label.content, office.clock().date())
        if wish.form == "pdf":
            content = await office.db.run(label_pdf, label, wish)
        else:
            content = await office.db.run(picture_of, label, wish.form)
    except UnbuildableError as wrong:
        await _refuse_faults(office, actor, about, wrong.faults, wrong.text)
    return Printed(content, MEDIA[wish.form], f"label-{label.kind}.{wish.form}")


async def _need(office: Office, actor: Actor, about: JsonObject) -> None:
    if not actor.works_at():
        await refuse(office, actor, no_business(), about)


async def _refuse_faults(
    office: Office, actor: Actor, about: JsonObject, faults: tuple[Fault, ...], text: Text | None = None
) -> NoReturn:
    said = text or Text("标签打不出来，原因见各字段。", "The label cannot be made; each field says why.")
    await refuse(office, actor, Refusal(422, "label_unbuildable", said, faults=faults), about)


async def _note_printed(office: Office, actor: Actor, subject: str, label: Label, wish: Wish) -> None:
    held = label.content if isinstance(label.content, str) else bracketed(label.content)
    what: JsonObject = {"content": held, "symbol": label.symbol, "copies": wish.copies, "form": wish.form}
    await office.db.writing(_record_print, actor.id, subject, what, office.now())


def _record_print(session: Session, who: str, subject: str, what: JsonObject, now: str) -> None:
    audit.append(session, audit.ADMIN, who, "label_printed", subject, what, now)


def is_size(size: str) -> bool:
    """Whether labels of this size are printed."""
    return size in SIZES
