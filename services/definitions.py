"""Definitions as people see them: what there is, which versions, what a version says, how two differ in words."""

from __future__ import annotations

from typing import Any

from domain.json_types import JsonObject
from records import definitions as rows
from records.definitions import DefinitionSignature, DefinitionVersion
from services.actor import Actor
from services.office import Office
from services.refusals import not_found, refuse
from workflows.language.change_class import classed
from workflows.language.diff import classify


async def listing(office: Office, actor: Actor) -> list[JsonObject]:
    """Every definition with all its versions, newest first; drafts only to those who write or approve them."""
    found = await office.db.reading(_current, office.now())
    by_name: dict[str, list[DefinitionVersion]] = {}
    for version in found:
        if version.state != "draft" or sees_drafts(actor):
            by_name.setdefault(version.name, []).append(version)
    return [_definition_view(name, versions) for name, versions in sorted(by_name.items())]


def _current(session: Any, now: str) -> list[DefinitionVersion]:
    return _as_of(rows.versions(session), now)


def _as_of(versions: list[DefinitionVersion], now: str) -> list[DefinitionVersion]:
    """The states as the clock has them: a scheduled version whose time has come is effective."""
    for version in versions:
        if version.state == "scheduled" and version.effective_from and version.effective_from <= now:
            version.state = "effective"
        if version.state == "effective" and version.effective_until and version.effective_until <= now:
            version.state = "superseded"
    return versions


def sees_drafts(actor: Actor) -> bool:
    """Process owners write drafts; quality and the company head read them before they sign; auditors read all."""
    return any(
        actor.has(role) for role in ("process_owner", "quality_staff", "quality_director", "company_head", "auditor")
    )


def _definition_view(name: str, versions: list[DefinitionVersion]) -> JsonObject:
    ordered = sorted(versions, key=_order, reverse=True)
    in_force = next((version for version in ordered if version.state == "effective"), None)
    shown = in_force or ordered[0]
    return {
        "name": name,
        "title": shown.title,
        "owner": shown.owner,
        "version": shown.version,
        "state": shown.state,
        "sha256": shown.sha256,
        "versions": [version_view(version) for version in ordered],
    }


def _order(version: DefinitionVersion) -> tuple[int, ...]:
    core = version.version.split("-")[0].split("+")[0].split(".")
    return tuple(int(part) if part.isdigit() else 0 for part in core)


def version_view(version: DefinitionVersion) -> JsonObject:
    """A version without its texts."""
    return {
        "name": version.name,
        "version": version.version,
        "state": version.state,
        "sha256": version.sha256,
        "title": version.title,
        "owner": version.owner,
        "source": version.source,
        "rev": version.rev,
        "reason": version.reason,
        "saved_by": version.saved_by,
        "saved_at": version.saved_at,
        "submitted_by": version.submitted_by,
        "submitted_at": version.submitted_at,
        "effective_from": version.effective_from,
        "effective_until": version.effective_until,
    }


async def detail(office: Office, actor: Actor, name: str) -> JsonObject:
    """One definition with its versions."""
    found = await office.db.reading(rows.versions, name)
    visible = [version for version in _as_of(found, office.now()) if version.state != "draft" or sees_drafts(actor)]
    if not visible:
        why = not_found(f"没有流程“{name}”。", f"There is no definition '{name}'.")
        await refuse(office, actor, why, {"action": "open_definition", "subject": name})
    return _definition_view(name, visible)


async def version(office: Office, actor: Actor, name: str, number: str) -> JsonObject:
    """One version with its texts, signatures and what it means."""
    found, signatures = await office.db.reading(_version, name, number)
    if found is None or (found.state == "draft" and not sees_drafts(actor)):
        why = not_found(f"没有 {name} {number}。", f"There is no {name} {number}.")
        await refuse(office, actor, why, {"action": "open_definition", "subject": f"{name}@{number}"})
    _as_of([found], office.now())
    return {
        **version_view(found),
        "yaml": found.yaml,
        "forms": found.forms,
        "tables": found.tables,
        "cases": found.cases,
        "checked": found.checked,
        "signatures": [signature_view(item) for item in signatures],
    }


def _version(session: Any, name: str, number: str) -> tuple[DefinitionVersion | None, list[DefinitionSignature]]:
    return rows.version(session, name, number), rows.signatures(session, name, number)


def signature_view(signature: DefinitionSignature) -> JsonObject:
    """Who approved a version, as what, when, over which hash."""
    return {
        "signer": signature.signer,
        "role": signature.role,
        "meaning": signature.meaning,
        "at": signature.at,
        "sha256": signature.sha256,
    }


async def diff(office: Office, actor: Actor, old: tuple[str, str], new: tuple[str, str]) -> JsonObject:
    """How two versions differ, in words, and the class of the change (``None``: nothing changed)."""
    before, after = await version(office, actor, *old), await version(office, actor, *new)
    first: Any = before["checked"] or {}
    second: Any = after["checked"] or {}
    changes = classed(first, second)
    listed: list[Any] = [change.as_json() for change in changes]
    severity = classify([change.change for change in changes])
    return {"old": f"{old[0]}@{old[1]}", "new": f"{new[0]}@{new[1]}", "severity": severity, "changes": listed}
