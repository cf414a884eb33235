"""First loading of products, partners and places from Excel: dry run, then new rows alone, each taken or told why not.

A row that stands there already is left as it is; one that differs is a change and belongs to `access_and_master_data`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, SQLModel

from domain.errors import Fault, Refusal, Text
from domain.json_types import Json, JsonObject
from domain.master_data import loading
from domain.master_data.loading import TEMPLATES, Judged, Template
from records import master, master_rows, sheet_rows
from records.master import Because
from records.parties import Credential, Partner
from records.products import Product, ProductDi, ProductUnit
from services import attachments, links, sheets
from services.actor import Actor
from services.admin_laws import need
from services.office import Office
from services.refusals import not_found, refuse

LOADERS = ("quality_staff",)
_CHUNK = 500
_TOLD_MOST = 100
LOADED, ALREADY, REFUSED = "loaded", "already", "refused"
_WORDS = {LOADED: "已导入 loaded", ALREADY: "已存在 already there", REFUSED: "未导入 not loaded"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Wish:
    """A sheet to load: the hash of the uploaded file, why, and the loader's password unless it is a dry run."""

    sha256: str
    dry_run: bool
    reason: str
    password: str


async def template(office: Office, actor: Actor, key: str) -> bytes:
    """The empty sheet."""
    await need(office, actor, LOADERS, {"action": "read_template", "subject": key})
    return sheets.write(await _known(office, actor, key))


async def load(office: Office, actor: Actor, key: str, wish: Wish) -> JsonObject:
    """Judge every row and, unless it is a dry run, write the new ones: `{rows, loaded, already, refused, returned, faults}`."""
    about: JsonObject = {"action": "first_loading", "subject": key, "sha256": wish.sha256[:64], "dry_run": wish.dry_run}
    await need(office, actor, LOADERS, about)
    chosen = await _known(office, actor, key)
    if not wish.dry_run:
        if len(wish.reason.strip()) < 2:
            text = Text("请写明导入理由。", "Say why it is loaded.")
            await refuse(office, actor, Refusal(422, "reason_missing", text), about)
        await links.prove_password(office, actor, wish.password, about)
    path, _ = await attachments.find(office, actor, wish.sha256)
    try:
        sheet = await office.db.run(sheet_rows.read, chosen, path.read_bytes())
    except sheet_rows.SheetError as error:
        await refuse(office, actor, Refusal(422, "bad_sheet", Text(error.zh, error.en)), about)
    judged = await office.db.run(loading.judge, chosen, sheet.rows)
    because = Because(actor.id, office.now(), wish.reason.strip(), None, f"sheet/{wish.sha256}")
    results = await _written(office, chosen, judged, None if wish.dry_run else because)
    return await answer(office, actor, chosen, sheet, results)


async def _known(office: Office, actor: Actor, key: str) -> Template:
    found = TEMPLATES.get(key)
    if found is None:
        why = not_found(f"没有模板“{key}”。", f"There is no template '{key}'.")
        await refuse(office, actor, why, {"action": "first_loading", "subject": key})
    return found


Result = tuple[Judged, str, tuple[Fault, ...]]


async def _written(office: Office, chosen: Template, judged: list[Judged], because: Because | None) -> list[Result]:
    """Chunk by chunk, so that nobody waits long for the one writer of SQLite."""
    results: list[Result] = []
    for start in range(0, len(judged), _CHUNK):
        part = judged[start : start + _CHUNK]
        if because is None:
            results += await office.db.reading(_sorted_out, chosen, part)
        else:
            results += await office.db.writing(_chunk, chosen, part, because)
    return results


def _sorted_out(session: Session, chosen: Template, part: list[Judged]) -> list[Result]:
    there = master_rows.by_codes(session, chosen.entity.key, [str(one.values.get("code")) for one in part])
    return [_fate(session, chosen, one, there) for one in part]


def _fate(session: Session, chosen: Template, one: Judged, there: dict[str, SQLModel]) -> Result:
    if one.faults:
        return one, REFUSED, one.faults
    entity = chosen.entity.key
    row = there.get(str(one.values["code"]))
    if row is None:
        try:
            with session.no_autoflush:
                master_rows.KEPT[entity].columns(session, one.values)
        except master_rows.UnknownError as error:
            return one, REFUSED, (error.fault,)
        return _beside_fate(session, one)
    differs = [key for key, value in master_rows.values_of(session, entity, row).items() if _differs(one, key, value)]
    if not differs:
        return one, ALREADY, ()
    text = Text(
        "档案已存在且内容不同，请走基础数据变更。", "It is on file with other content: ask for a change of master data."
    )
    return one, REFUSED, tuple(Fault(f"/{key}", "differs", text) for key in differs)


def _differs(one: Judged, key: str, value: Any) -> bool:
    wanted = one.values.get(key)
    return wanted is not None and wanted != value


def _beside_fate(session: Session, one: Judged) -> Result:
    di = one.beside.get("udi_di")
    if di is not None and session.get(ProductDi, di) is not None:
        text = Text(f"UDI-DI {di} 已属于另一产品。", f"UDI-DI {di} belongs to another product.")
        return one, REFUSED, (Fault("/udi_di", "exists", text),)
    return one, LOADED, ()


def _chunk(session: Session, chosen: Template, part: list[Judged], because: Because) -> list[Result]:
    results: list[Result] = []
    taken_dis: set[str] = set()
    for one, fate, faults in _sorted_out(session, chosen, part):
        di = one.beside.get("udi_di")
        if fate == LOADED and di in taken_dis:
            text = Text(f"UDI-DI {di} 在表中重复。", f"UDI-DI {di} repeats in the sheet.")
            fate, faults = REFUSED, (Fault("/udi_di", "duplicate", text),)
        if fate == LOADED and di:
            taken_dis.add(di)
        results.append((one, fate, faults))
    new = [one for one, fate, _ in results if fate == LOADED]
    rows = [_row(session, chosen, one) for one in new]
    subjects = [master_rows.subject_of(chosen.entity.key, one.values) for one in new]
    master.write_all(session, list(zip(subjects, rows, strict=True)), because)
    beside = [(s, more) for s, row, one in zip(subjects, rows, new, strict=True) for more in _beside(row, one)]
    master.write_all(session, beside, because)
    return results


def _row(session: Session, chosen: Template, one: Judged) -> SQLModel:
    kept = master_rows.KEPT[chosen.entity.key]
    return kept.model(**kept.columns(session, one.values))


def _beside(row: SQLModel, one: Judged) -> list[SQLModel]:
    """What was entered beside the row: UDI-DI, larger unit, papers."""
    given = one.beside
    if isinstance(row, Product) and row.id is not None:
        di = [ProductDi(di=given["udi_di"], product_id=row.id)] if given.get("udi_di") else []
        unit = (
            [ProductUnit(product_id=row.id, unit=given["pack_unit"], base_qty=given["pack_qty"])]
            if given.get("pack_unit")
            else []
        )
        return [*di, *unit]
    if isinstance(row, Partner) and row.id is not None:
        licence = (
            "production_license" if row.kind == "MAKER" or row.supplier_type == "registrant" else "operation_license"
        )
        papers = (
            ("business_license", "business_license_no", None),
            (licence, "licence_no", "licence_until"),
            ("authorization_letter", "authorization_no", "authorization_until"),
        )
        return [
            Credential(owner_id=row.id, kind=kind, number=given[number], valid_until=given[until] if until else None)
            for kind, number, until in papers
            if given.get(number)
        ]
    return []


async def answer(
    office: Office, actor: Actor, chosen: Template, sheet: sheet_rows.Sheet, results: list[Result]
) -> JsonObject:
    """What became of the rows, with the sheet of those that were refused as an attachment."""
    given = dict(sheet.rows)
    back = [
        (given[one.number], _WORDS[fate], _reasons(chosen, faults)) for one, fate, faults in results if fate == REFUSED
    ]
    returned: Json = None
    if back:
        book = await office.db.run(sheets.write, chosen, back)
        returned = await attachments.store(office, actor, _stream(book), f"{chosen.key}-returned.xlsx", XLSX)
    told: list[JsonObject] = [
        {"row": one.number, "pointer": fault.pointer, "code": fault.code, **fault.message.as_json()}
        for one, fate, faults in results
        if fate == REFUSED
        for fault in faults
    ][:_TOLD_MOST]
    counts = {fate: sum(1 for _, found, _ in results if found == fate) for fate in (LOADED, ALREADY, REFUSED)}
    return {"rows": len(results), **counts, "returned": returned, "faults": [*told]}


def _reasons(chosen: Template, faults: tuple[Fault, ...]) -> str:
    words = {field.key: field.text.zh for field in chosen.fields}
    return "；".join(
        f"{words.get(fault.pointer[1:], fault.pointer)}：{fault.message.zh} {fault.message.en}" for fault in faults
    )


async def _stream(raw: bytes) -> AsyncIterator[bytes]:
    yield raw
