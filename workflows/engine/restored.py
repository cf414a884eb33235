"""A case brought back from its stored records, when the process engine has lost what the database still holds.

Nothing that was stored is believed for its own sake: the start, every act's seal, every detail and the chain are
verified, and a sealed statement names the head that they must lead to. Records without an act are covered by it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import acts
from domain.acts import Act
from domain.canonical import digest
from domain.errors import GspError
from domain.json_types import JsonObject
from workflows.engine.appliers import apply, blank, fold
from workflows.engine.events import Started
from workflows.engine.rows import rows_of
from workflows.engine.rulebook import Rulebook
from workflows.engine.start import start_fault
from workflows.engine.state import CaseState
from workflows.engine.turn import Entry
from workflows.engine.wave import Wave, wave_of

ACTION = "restore"
"""What the envelope of the statement says; only the installation's own act key can say it."""
_BROKEN = (KeyError, TypeError, AttributeError, IndexError, ValueError, AssertionError)


class StoredFault(GspError):
    """Stored records that are not what they claim: the case is not brought back from them."""


@dataclass(frozen=True)
class Stored:
    """What the database holds of one case.

    ``records``: all case records in order. ``waves``: ``{no, last_seq, sha256, answers}`` of each, so that the waves
    can be made again hash for hash. ``act``: the sealed statement.
    """

    case_id: str
    records: list[Any]
    waves: list[Any]
    act: Act

    @staticmethod
    def from_json(case_id: str, raw: Any) -> Stored:
        """The input of a run that is brought back. Raises ``StoredFault`` for another shape."""
        try:
            return Stored(case_id, raw["records"], raw["waves"], Act.from_json(raw["act"]))
        except _BROKEN as error:
            raise _fault("shape", 0) from error


def stated(records: Any, waves: Any, head: str) -> JsonObject:
    """The facts of the statement: how far the case had come, and a hash over where its waves end."""
    return {
        "head": head,
        "seq": records[-1]["seq"],
        "wave": waves[-1]["no"],
        "waves_sha": digest("restored-waves", waves),
    }


def state_from(rules: Rulebook, stored: Stored) -> CaseState:
    """The state that the records add up to, once all of them are verified. Raises ``StoredFault``."""
    try:
        _check_start(rules, stored)
        keys: dict[str, str] = stored.records[0]["detail"]["keys"]
        in_force = str(stored.records[0]["detail"]["pinned_sha"])
        for number, record in enumerate(stored.records, start=1):
            _check_record(in_force, stored.case_id, record, number, keys)
            in_force = _rules_after(record, in_force)
        state = fold(stored.records)
        _check_statement(stored, state, keys)
    except _BROKEN as error:
        raise _fault(f"shape ({error})", 0) from error
    return state


def _rules_after(record: Any, in_force: str) -> str:
    """The rules by which the case goes on after a record. A change of them is what its own act was sealed over."""
    if record["action"] != "migrated":
        return in_force
    detail = record["detail"]
    to = str(detail["to"]["pinned_sha"])
    if (detail["from"]["pinned_sha"], detail["act"]["values"]["pinned_sha"]) != (in_force, to):
        raise _fault("its act changes to other rules", record["seq"])
    return to


def waves_again(rules: Rulebook, stored: Stored) -> list[Wave]:
    """The waves as the engine wrote them. Raises ``StoredFault`` when one has another hash than it had then."""
    try:
        return _waves(rules, stored)
    except _BROKEN as error:
        raise _fault(f"shape ({error})", 0) from error


def _waves(rules: Rulebook, stored: Stored) -> list[Wave]:
    state, entries, made = blank(stored.records[0]), list[Entry](), list[Wave]()
    for record in stored.records:
        before = state.head
        apply(state, record)
        entries.append(Entry(record, rows_of(rules.by_sha(state.pinned_sha), state, record), before))
        told = stored.waves[len(made)]
        if record["seq"] != told["last_seq"]:
            continue
        wave = wave_of(entries, told["answers"], told["no"])
        if wave.sha != told["sha256"] or wave.no != len(made) + 1:
            raise _fault(f"wave {told['no']} becomes another one", record["seq"])
        made.append(wave)
        entries = []
    if entries or len(made) != len(stored.waves):
        raise _fault("records and waves do not end together", stored.records[-1]["seq"])
    return made


def _check_start(rules: Rulebook, stored: Stored) -> None:
    first = stored.records[0]
    detail: Any = first["detail"]
    if first["action"] != "started" or first["path"]:
        raise _fault("it does not begin with the start", 1)
    names = ("case_id", "company", "site", "mode", "business_key", "keys", "engine_rev")
    act = Act.from_json(detail["act"])
    parent = detail.get("parent")
    model = rules.by_sha(str(detail["pinned_sha"]))
    fault = start_fault(model, Started(**{name: detail[name] for name in names}, act=act, parent=parent))
    told = (detail["case_id"], detail["pinned_sha"], detail["start"], detail["definition_sha"])
    if fault is None and told != (stored.case_id, model.pinned_sha, act.values, model.definition_sha):
        fault = "case"
    if fault is not None:
        raise _fault(f"start: {fault}", 1)


def _check_record(in_force: str, case_id: str, record: Any, number: int, keys: dict[str, str]) -> None:
    if record["seq"] != number:
        raise _fault("a record is missing", number)
    detail: Any = record["detail"]
    if digest("detail", detail) != record["detail_sha"]:
        raise _fault("its content is not what was sealed", number)
    raw = detail.get("act")
    if raw is None and record["act_sha"] is None:
        return
    if raw is None:
        raise _fault("its act is gone", number)
    act = Act.from_json(raw)
    envelope: Any = act.envelope
    told = (act.sha, envelope["case"], envelope["pinned_sha"], envelope["actor"]["id"])
    fault = acts.fault_of(act, keys)
    if fault is None and told != (record["act_sha"], case_id, in_force, detail["actor"]["id"]):
        fault = "record"
    if fault is not None:
        raise _fault(f"its act is not authentic: {fault}", number)


def _check_statement(stored: Stored, state: CaseState, keys: dict[str, str]) -> None:
    """The chain leads from the start to the head that the installation itself has sealed."""
    envelope: Any = stored.act.envelope
    fault: str | None = acts.fault_of(stored.act, keys)
    if fault is None and (envelope["action"], envelope["case"]) != (ACTION, stored.case_id):
        fault = "action"
    if fault is None and envelope["pinned_sha"] != state.pinned_sha:
        fault = "rules"
    expected = stated(stored.records, stored.waves, state.head)
    if fault is None and {name: envelope["facts"].get(name) for name in expected} != expected:
        fault = "head"
    if fault is not None:
        raise _fault(f"the statement does not hold: {fault}", state.seq)


def _fault(why: str, seq: int) -> StoredFault:
    zh, en = (f"已存的第 {seq} 条记录", f"stored record {seq}") if seq else ("已存的记录", "what is stored")
    return StoredFault("stored_fault", f"{zh}不能采信：{why}。", f"{en} is not believed: {why}")


def brought_back_detail(state: CaseState, act: Act, engine_rev: int, actor: JsonObject) -> JsonObject:
    """What history says of it: why, how much was brought back, up to which head, on whose word."""
    return {
        "step": None,
        "because": "restored",
        "engine_rev": engine_rev,
        "records": state.seq,
        "head": state.head,
        "actor": actor,
        "act_id": act.envelope["act"],
        "act": act.as_json(),
    }
