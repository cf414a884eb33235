"""Cases that the system starts by itself: for a step of another case, and for a period of a schedule.

The same door as for people (``services.cases``): the version in force, the start form, the business key and the act id
decide as always. Only the post is not asked for: the definition of the calling case, or whoever made the schedule,
was asked before.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.canonical import digest
from domain.json_types import JsonObject
from records import cases as rows
from services import cases
from services.acting import Intent, send
from services.actor import Actor
from services.office import Office

SYSTEM = Actor(id="system", name="系统", name_en="System", lang="zh", roles={}, method="system", is_machine=True)
"""Who begins such a case; the sealed start says on whose behalf (``facts.parent`` or ``facts.schedule``)."""


@dataclass(frozen=True)
class OwnStart:
    """A case the system is to start. ``key`` names it for ever; ``origin`` stands in the facts of the sealed start."""

    process: str
    site: str
    values: JsonObject
    key: str
    origin: JsonObject
    versions: str = "*"
    mode: str = "live"


class StartIsLateError(Exception):
    """The case is begun and its first wave not in the database yet: ask again, the answer will be there."""


async def start(office: Office, wish: OwnStart) -> JsonObject:
    """Start the case, or find it again; answers ``{id, version, sha256}``.

    Raises ``RefusedError`` (on record) for what people must put right and ``StartIsLateError`` or
    ``EngineUnreachable`` for what another attempt will settle.
    """
    begin = cases.Begin(
        definition=wish.process,
        start=wish.values,
        site=wish.site,
        mode=wish.mode,
        versions=wish.versions,
        origin=wish.origin,
    )
    answer = await cases.start(office, SYSTEM, begin, act_id_of(wish.key))
    if answer.get("recorded") is True:
        raise StartIsLateError(f"case {answer['id']} is begun and not recorded yet")
    return {name: answer[name] for name in ("id", "version", "sha256")}


async def cancel(office: Office, case_id: str, key: str) -> None:
    """Cancel a case that a step started, because the step is gone back over; one that has ended stays as it is.

    Raises ``RefusedError`` (on record) when the case cannot be cancelled.
    """
    case = await office.db.reading(rows.case, case_id)
    if case is None or case.state != "running":
        return
    about: JsonObject = {"action": "cancel", "case": case_id, "site": case.site, "mode": case.mode}
    intent = Intent(
        case_id=case_id,
        site=case.site,
        mode=case.mode,
        path="",
        seat="",
        action="cancel",
        pinned_sha=case.pinned_sha,
        body_sha=digest("own_cancel", key),
        reason="the step that started this case was gone back over",
        about=about,
    )
    await send(office, SYSTEM, f"cancel-{digest('own_cancel', key)[:48]}", intent)


def act_id_of(key: str) -> str:
    """The act id under which the system starts the case of a key, once."""
    return f"start-{digest('own_start', key)[:48]}"
