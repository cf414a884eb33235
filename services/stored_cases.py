"""Cases that the database holds and the process engine has lost: brought back as a new run of the same workflow.

The run is given every stored record. It, and whoever replays it, verifies start, seals, details and chain; a statement
sealed with the act key names the head that they must lead to.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from domain.acts import Act
from domain.errors import GspError
from domain.json_types import JsonObject
from records import acts as act_rows
from records import cases
from records.case_tables import CaseRow
from records.checkpoint import Checkpoints, compare
from records.verify import CASE
from services import seals
from services.acting import Intent, body_sha, sealed
from services.actor import Actor
from services.case_rows import as_record
from services.office import Office
from services.witnesses import checkpoint_file
from workflows.converter import EXACT_CONVERTER
from workflows.engine.events import ENGINE_REV
from workflows.engine.restored import ACTION, Stored, state_from, stated, waves_again
from workflows.engine.rulebook import Rulebook, rules_named
from workflows.language.model import Model, load_model

GIVEN_BYTES_MAX = 2_000_000
"""The most that a run is given, compressed. Temporal takes 2 MiB for one value (``limit.blobSize.error``)."""
RECORDS_MAX = 2_500
"""The most records of one case: they are verified in one go, and a worker may think for two seconds at a time."""
BACK_SECONDS = 60
"""How long to wait until a case that was started again has its first wave in the database."""
REASON = "restored: the database is ahead, the case goes on in a new run from its stored records"
_SYSTEM = Actor(id="system", name="system", name_en="system", lang="en", roles={})


@dataclass(frozen=True)
class Return:
    """A case on its way back: the row as it was stored, and what its new run is given."""

    case: CaseRow
    given: JsonObject

    @property
    def about(self) -> dict[str, str]:
        """How Temporal finds it."""
        case = self.case
        about = {"process": case.process, "version": case.version, "site": case.site, "mode": case.mode}
        return {**about, "state": case.state}


def doubted(session: Session, office: Office) -> set[str]:
    """The cases of which a checkpoint has seen another story than the database tells."""
    keys = seals.trusted(session, seals.keys_on_file(office.keys.folder))
    seen, _ = Checkpoints(checkpoint_file(office.checkpoints)).read(keys)
    return {each.where.removeprefix(CASE) for each in compare(session, seen) if each.found.kind != "cut"}


async def returning(office: Office, case_id: str) -> Return:
    """What a case is brought back with, verified as its new run will verify it.

    Raises ``GspError`` for records that are not believed, and for more than ``GIVEN_BYTES_MAX`` or ``RECORDS_MAX``.
    """
    found = await office.db.reading(_returning, office, case_id)
    payloads = await EXACT_CONVERTER.encode([found.given])
    size = sum(payload.ByteSize() for payload in payloads)
    if size > GIVEN_BYTES_MAX:
        zh = f"记录压缩后有 {size} 字节，超过一次可带回的 {GIVEN_BYTES_MAX} 字节。"
        en = f"its records have {size} bytes compressed; {GIVEN_BYTES_MAX} can be brought back"
        raise GspError("stored_too_large", zh, en)
    return found


def _returning(session: Session, office: Office, case_id: str) -> Return:
    case = cases.case(session, case_id)
    pinned = cases.pinned(session, case.pinned_sha) if case else None
    records = [as_record(row) for row in cases.records(session, case_id)]
    waves = _waves(session, case_id)
    if case is None or pinned is None or not records or not waves:
        raise GspError("stored_fault", "缺少案例、规则或记录。", "the case, its rules or its records are missing")
    if len(records) > RECORDS_MAX:
        zh = f"案例有 {len(records)} 条记录，最多可带回 {RECORDS_MAX} 条。"
        raise GspError("stored_too_large", zh, f"it has {len(records)} records; {RECORDS_MAX} can be brought back")
    model = load_model(pinned)
    earlier = [cases.pinned(session, sha) for sha in rules_named(records) if sha != case.pinned_sha]
    if None in earlier:
        raise GspError("stored_fault", "缺少早先的规则。", "the rules of before it changed its version are missing")
    before: list[Any] = earlier
    rules = Rulebook([*(load_model(one) for one in before), model])
    act = _statement(office, model, case, records, waves)
    stored = Stored(case_id, records, waves, act)
    state = state_from(rules, stored)
    if (state.head, state.seq) != (case.head, case.seq):
        raise GspError("stored_fault", "案例行与记录不符。", "the row of the case is not what its records make")
    waves_again(rules, stored)
    given: Any = {"records": records, "waves": waves, "wave": case.wave, "act": act.as_json()}
    more: JsonObject = {"engine_rev": ENGINE_REV, "pinned": pinned, "continue_after": office.continue_after}
    if before:
        more["earlier"] = before
    return Return(case, {**more, **given})


def _waves(session: Session, case_id: str) -> list[Any]:
    """Where the waves end, each with its answers: an answer stands in the wave in which its act was complete."""
    answers = act_rows.answers_of(session, case_id)
    found: list[Any] = []
    for wave in cases.waves(session, case_id):
        mine = [answer for answer in answers if wave.first_seq <= answer.seq <= wave.last_seq]
        told = [_answer(answer) for answer in mine]
        found.append({"no": wave.no, "last_seq": wave.last_seq, "sha256": wave.sha256, "answers": told})
    return found


def _answer(row: act_rows.ActAnswer) -> JsonObject:
    return {name: getattr(row, name) for name in ("act_id", "seq", "path", "caller", "body_sha", "answer")}


def _statement(office: Office, model: Model, case: CaseRow, records: list[Any], waves: list[Any]) -> Act:
    """The installation's word that the case had come so far."""
    keys: dict[str, str] = records[0]["detail"].get("keys") or {}
    intent = Intent(
        case.id,
        case.site,
        case.mode,
        "",
        "",
        ACTION,
        model.pinned_sha,
        body_sha(case.head),
        facts=stated(records, waves, case.head),
        auth={"method": "installation", "at": office.now()},
    )
    return sealed(office, _SYSTEM, office.new_id(), intent, office.keys.act_for(keys))


async def arrival(office: Office, back: Return) -> str | None:
    """Wait until the case has arrived: its first new wave is projected, or, when it had ended, its run has.

    Returns why it has not, or ``None``. Needs a worker.
    """
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        ended, why = await office.gateway.ending(back.case.id)
        row = await office.db.reading(cases.case, back.case.id)
        if why is not None:
            return why
        if row is not None and (row.wave > back.case.wave or (ended and row.state != "running")):
            return None
        await asyncio.sleep(0.05)
    return f"its new run wrote nothing within {BACK_SECONDS} s; is a worker there?"
