"""Acts on cases that have ended: the case comes back in a run of its own, takes the act, and ends again or goes on.

The run is given the stored records, as after a restore, and verifies them. Only who holds the case's lease may start one,
and what it is given expires before the lease does, so no run ever begins from records that have become old.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus

from domain.acts import VALID_SECONDS, Act
from domain.clock import from_text, to_text
from domain.errors import GspError, Refusal, Text
from domain.json_types import JsonObject
from records import cases
from records import waking as rows
from services import stored_cases
from services.gateway import ANSWER_SECONDS, ActRefused, CaseUnknown, EngineUnreachable
from services.office import Office

LEASE_SECONDS = VALID_SECONDS + 30
AGAIN_SECONDS = 0.1


async def deliver(office: Office, case_id: str, act: Act) -> JsonObject | None:
    """Send an act to a case whether it runs or has ended; answers like ``Gateway.act``.

    Raises ``ActRefused``, ``CaseUnknown`` (there is no such case), ``EngineUnreachable``.
    """
    until = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < until:
        case = await office.db.reading(cases.case, case_id)
        if case is None:
            raise CaseUnknown
        try:
            if case.state == "running":
                return await office.gateway.act(case_id, act)
            return await _called_back(office, case_id, act)
        except CaseUnknown:  # its run has just ended: its rows say so in a moment
            await asyncio.sleep(AGAIN_SECONDS)
    raise EngineUnreachable


async def _called_back(office: Office, case_id: str, act: Act) -> JsonObject | None:
    lease, now = office.new_id(), office.now()
    ends = to_text(from_text(now) + timedelta(seconds=LEASE_SECONDS))
    if not await office.db.writing(rows.take, case_id, lease, now, ends):
        return await office.gateway.act(case_id, act)  # somebody else has called it: it hears us as well
    try:
        answer = await _started(office, case_id, act)
    except (ActRefused, CaseUnknown):
        await office.db.writing(rows.give_back, case_id, lease)
        raise
    # Whatever else went wrong, a start may still be on its way with these records: then the lease runs out by itself.
    await office.db.writing(rows.give_back, case_id, lease)
    return answer


async def _started(office: Office, case_id: str, act: Act) -> JsonObject | None:
    last = await office.gateway.describe(case_id)
    if last is not None and last.status is WorkflowExecutionStatus.RUNNING:
        return await office.gateway.act(case_id, act)
    try:
        back = await stored_cases.returning(office, case_id)
    except GspError as fault:
        raise ActRefused(_stays_closed(fault)) from fault
    given: JsonObject = {**back.given, "after_run": last.run_id if last is not None else ""}
    return await office.gateway.wake(case_id, given, back.about, act)


def _stays_closed(fault: GspError) -> Refusal:
    zh = f"案例已结束，不能再办理：{fault.text.zh}"
    en = f"The case has ended and cannot be called back: {fault.text.en}"
    return Refusal(409, fault.code, Text(zh, en))
