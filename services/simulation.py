"""What an SOP would do, asked by the people who write, approve or audit it: nothing real is touched."""

from __future__ import annotations

from domain.json_types import Json, JsonObject
from services.actor import Actor
from services.definitions import sees_drafts
from services.office import Office
from services.owner_tests import Tested, run_tests
from services.pinning import parameters_today
from services.publishing import Source
from services.refusals import forbidden, refuse
from workflows.language.check import Checked, check_source

WHO_SIMULATES = ("process_owner", "quality_staff", "quality_director", "company_head", "auditor")


async def simulate(office: Office, actor: Actor, source: Source) -> JsonObject:
    """The findings of a source and, when it has no errors, its owner's tests with what they reach."""
    await may_simulate(office, actor, "simulate_definition")
    checked, tested = await office.db.run(_tested, office, source)
    findings: list[Json] = [finding.as_json(actor.lang or "en") for finding in checked.findings]
    told = tested.as_json() if tested else {"results": [], "coverage": None}
    return {**told, "ok": checked.ok and (tested is None or tested.ok), "checked": checked.ok, "findings": findings}


def _tested(office: Office, source: Source) -> tuple[Checked, Tested | None]:
    checked = check_source(source.yaml, source.form_texts(), dict(source.tables), source.cases, office.catalogue)
    if not checked.ok:
        return checked, None
    return checked, run_tests(checked, source.cases, parameters_today(office), office.catalogue.contracts)


async def may_simulate(office: Office, actor: Actor, action: str) -> None:
    """Refuse those who neither write nor approve nor audit SOPs."""
    if not sees_drafts(actor):
        zh = "模拟由编写、批准或审计流程的人使用。"
        en = "Simulation is for those who write, approve or audit SOPs."
        await refuse(office, actor, forbidden(zh, en, who_can=WHO_SIMULATES), {"action": action})
