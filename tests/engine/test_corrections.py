"""Corrections of signed records: who may, what stays, what changes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

_spec = importlib.util.spec_from_file_location("engine_samples", Path(__file__).with_name("samples.py"))
assert _spec and _spec.loader
samples = importlib.util.module_from_spec(_spec)
sys.modules["engine_samples"] = samples
_spec.loader.exec_module(samples)
Case, task = samples.Case, samples.task
FORM = "forms/a.v1.json"
STEPS = [task("count", form=FORM, sign={"meaning": "received"}), task("next"), {"id": "end", "end": "completed"}]


def counted() -> Any:
    case = Case.start(STEPS)
    sha = case.model.form_shas[FORM]
    assert case.act("count#1", values={"note": "5"}, form_sha=sha, meaning="received") is None
    return case


def amend(case: Any, **changed: Any) -> Any:
    given: dict[str, Any] = {"person": "qa", "roles": ["quality_staff"], "reason": "misread", "meaning": "quality_rule"}
    values = {"seq": case.state.seq, "field": "/note", "value": "6", **changed.pop("values", {})}
    return case.act("count#1", "amend", seat="", values=values, **{**given, **changed})


def test_a_correction_keeps_the_old_value_and_changes_what_the_case_reads() -> None:
    case = counted()
    assert amend(case) is None
    assert case.state.data == {"note": "6"}
    assert case.state.instances["count#1"].output["values"] == {"note": "5"}
    told = case.records[-1]
    assert (told["action"], told["detail"]["old"], told["detail"]["new"]) == ("amended", "5", "6")
    assert samples.fold_of(case) == case.state.to_json()


def test_only_quality_corrects_and_never_what_it_signed_itself() -> None:
    case = counted()
    assert amend(case, roles=["receiver"]).code == "wrong_role"
    assert amend(case, person="receiver").code == "four_eyes"
    assert amend(case, auth={"method": "session", "at": samples.AT}).code == "reauth_needed"
    assert amend(case, reason=" ").code == "reason_missing"
    assert amend(case, values={"field": "/nothing"}).code == "unknown_field"
    assert amend(case, values={"value": "5"}).code == "unchanged"
    assert case.state.data == {"note": "5"}
