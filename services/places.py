"""Company, sites and departments, as the administrator keeps them."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import Session

from domain.json_types import Json, JsonObject
from records import organisation
from records.organisation import Company, Department, Site
from services.actor import Actor
from services.admin_laws import READERS, changing, invalid, need, told
from services.office import Office

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,19}")


async def organisation_of(office: Office, actor: Actor) -> JsonObject:
    """``{company, sites, departments}``."""
    await need(office, actor, READERS, {"action": "read_organisation"})
    return await office.db.reading(_organisation)


def _organisation(session: Session) -> JsonObject:
    company = organisation.company(session)
    sites: list[Json] = [site_view(row) for row in organisation.sites(session)]
    departments: list[Json] = [department_view(row) for row in organisation.departments(session)]
    return {"company": company_view(company) if company else None, "sites": sites, "departments": departments}


def company_view(row: Company) -> JsonObject:
    """The legal entity."""
    return {"name": row.name, "name_en": row.name_en, "uscc": row.uscc, "licence_no": row.licence_no}


def site_view(row: Site) -> JsonObject:
    """A place of business."""
    return {"key": row.key, "name": row.name, "name_en": row.name_en, "zone": row.zone, "address": row.address}


def department_view(row: Department) -> JsonObject:
    """A department."""
    return {
        "key": row.key,
        "name": row.name,
        "name_en": row.name_en,
        "site": row.site,
        "superior": row.superior,
    }


async def set_company(office: Office, actor: Actor, given: dict[str, str]) -> JsonObject:
    """Change name, English name, unified social credit code or licence number."""
    about = await changing(office, actor, "company_changed", "company")
    if not given.get("name", "").strip():
        await invalid(office, actor, "name_missing", "企业名称必填。", "The company needs a name.", about)
    await office.db.writing(
        _save, Company, "main", _only(given, "name name_en uscc licence_no"), actor, about, office.now()
    )
    return await organisation_of(office, actor)


async def save_site(office: Office, actor: Actor, key: str, given: dict[str, str]) -> JsonObject:
    """Add a site or change its names, address and time zone; its key never changes."""
    about = await changing(office, actor, "site_saved", key)
    await _good_key(office, actor, key, given, about)
    zone = given.get("zone") or "Asia/Shanghai"
    if not _is_zone(zone):
        await invalid(office, actor, "unknown_zone", f"没有时区“{zone}”。", f"There is no time zone '{zone}'.", about)
    values = {**_only(given, "name name_en address"), "zone": zone}
    await office.db.writing(_save, Site, key, values, actor, about, office.now())
    return await organisation_of(office, actor)


async def save_department(office: Office, actor: Actor, key: str, given: dict[str, str | None]) -> JsonObject:
    """Add a department or change its names, site and the department above it."""
    about = await changing(office, actor, "department_saved", key)
    await _good_key(office, actor, key, given, about)
    known = {row.key: row.superior for row in await office.db.reading(organisation.departments)}
    if _is_above(key, given.get("superior"), known):
        zh, en = (
            "上级部门须存在，且不能绕成圈。",
            "The department above has to exist, and departments never form a circle.",
        )
        await invalid(office, actor, "bad_superior", zh, en, about)
    site = given.get("site")
    if site is not None and await office.db.reading(organisation.site, site) is None:
        await invalid(office, actor, "unknown_site", f"没有机构“{site}”。", f"There is no site '{site}'.", about)
    values = {**_only(given, "name name_en"), "site": site, "superior": given.get("superior")}
    await office.db.writing(_save, Department, key, values, actor, about, office.now())
    return await organisation_of(office, actor)


async def _good_key(office: Office, actor: Actor, key: str, given: dict[str, Any], about: JsonObject) -> None:
    if not KEY.fullmatch(key) or not str(given.get("name") or "").strip():
        zh = "代码须为 1–20 个字母、数字、_ 或 -，以字母开头；名称必填。"
        en = "A key has 1–20 letters, digits, _ or -, beginning with a letter; the name is needed."
        await invalid(office, actor, "invalid_place", zh, en, about)


def _only(given: dict[str, Any], names: str) -> dict[str, str]:
    return {name: str(given.get(name) or "").strip() for name in names.split()}


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _is_above(key: str, superior: str | None, known: dict[str, str | None]) -> bool:
    """Whether the chain above would be broken: unknown, or leading back to the department itself."""
    while superior is not None:
        if superior == key or superior not in known:
            return True
        superior = known[superior]
    return False


def _save(
    session: Session, model: Any, key: str, values: dict[str, Any], actor: Actor, about: JsonObject, now: str
) -> None:
    row = session.get(model, key)
    changes: JsonObject = {}
    for name, value in values.items():
        before = getattr(row, name) if row is not None else None
        if before != value:
            changes[name] = [before, value]
    if row is None:
        row = model(key=key, **values)
    else:
        for name, value in values.items():
            setattr(row, name, value)
    session.add(row)
    session.flush()
    told(session, actor, {**about, "changes": changes}, now)
