"""Whether a start is what its sealed act says: a raw Temporal client can bring any input it likes."""

from __future__ import annotations

from typing import Any

from domain import acts
from rules.errors import ExprFault
from rules.evaluate import evaluate
from workflows.engine.events import Started
from workflows.engine.late_entries import late_fault
from workflows.engine.scope import Lazy
from workflows.language.model import Model


def start_fault(model: Model, started: Started) -> str | None:
    """What of the start its act does not cover (``seal``, ``case``, ``rules``, ``site``, ``mode``, ``key`` …)."""
    fault = acts.fault_of(started.act, started.keys)
    if fault is not None:
        return fault
    envelope: Any = started.act.envelope
    if envelope["action"] != "start" or envelope["path"] or envelope["seat"]:
        return "action"
    if envelope["case"] != started.case_id:
        return "case"
    if envelope["pinned_sha"] != model.pinned_sha:
        return "rules"
    if started.site != model.site:
        return "site"
    if envelope["facts"].get("mode") != started.mode:
        return "mode"
    if envelope["facts"].get("parent") != started.parent:
        return "parent"
    if late_fault(envelope) is not None:
        return "late entry"
    return None if business_key(model, started) == started.business_key else "key"


def business_key(model: Model, started: Started) -> str | None:
    """The key that the definition makes of the start's values."""
    if model.key is None:
        return None
    values = started.act.values
    try:
        return str(evaluate(model.key, Lazy({"start": lambda: values})).value)
    except ExprFault:
        return None
