"""From a published version to the pinned set of a case at one site on one day."""

from __future__ import annotations

from typing import Any

from domain.clock import date_in_zone, from_text
from domain.json_types import Json, JsonObject
from records import organisation
from records.definitions import DefinitionVersion
from services import calendars
from services.office import Office
from workflows.engine.scope import Lazy
from workflows.language.model import Model, pinned_sha
from workflows.language.pinned import pin_parts

DEFAULT_ZONE = "Asia/Shanghai"


def pin_version(
    session: Any, office: Office, version: DefinitionVersion, site: str, now: str
) -> tuple[JsonObject, str]:
    """The pinned set of a version for a site, and its hash. Raises ``LookupError`` for a version with errors."""
    checked: Any = version.checked
    if not checked:
        raise LookupError(f"{version.name}@{version.version} has not passed the check")
    row = organisation.site(session, site)
    zone = row.zone if row else DEFAULT_ZONE
    today = date_in_zone(now, zone)
    place: JsonObject = {"key": site, "zone": zone}
    pinned = pin_parts(
        checked["definition"],
        checked["forms"],
        checked["tables"],
        place,
        office.parameters.all_on(today),
        office.catalogue.contracts,
        calendars.in_force(session, office, site, now),
    )
    return pinned, pinned_sha(pinned)


def parameters_today(office: Office) -> dict[str, Json]:
    """The legal parameters in force now, where no site says what day it is."""
    return office.parameters.all_on(date_in_zone(office.now(), DEFAULT_ZONE))


def start_scope(model: Model, now: str) -> Lazy:
    """What the start form's own expressions read."""
    return Lazy({"now": lambda: from_text(now), "today": lambda: date_in_zone(now, model.zone)})
