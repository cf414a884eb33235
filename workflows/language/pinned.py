"""The pinned set of a case: everything its rules depend on, frozen at start. Its hash is the identity of the rules."""

from __future__ import annotations

from collections.abc import Mapping

from domain.errors import GspError
from domain.json_types import Json, JsonObject
from workflows.language.check import Checked
from workflows.language.outline import outline_of

START_CASE = "cases.start"
"""The activity behind the step kind `start`."""


def pin(
    checked: Checked,
    site: JsonObject,
    parameters: Mapping[str, Json],
    contracts: Mapping[str, JsonObject],
) -> JsonObject:
    """The pinned set of a definition that passed its check.

    ``site`` is ``{key, zone}``, ``parameters`` the legal parameters in force on the start day, ``contracts`` the
    catalogue; only those that the definition calls or undoes with are taken. Raises ``GspError`` (``not_checked``) for a
    definition with errors.
    """
    if not checked.ok or checked.definition is None:
        raise GspError("not_checked", "定义还有错误，不能使用。", "The definition has errors and cannot be used.")
    return pin_parts(checked.definition, checked.forms, checked.tables, site, parameters, contracts)


def pin_parts(
    definition: JsonObject,
    forms: Mapping[str, JsonObject],
    tables: Mapping[str, JsonObject],
    site: JsonObject,
    parameters: Mapping[str, Json],
    contracts: Mapping[str, JsonObject],
    calendar: JsonObject | None = None,
) -> JsonObject:
    """The pinned set of stored parts that passed their check when they were published.

    ``calendar`` has the form of ``domain.working_time``; left out, it is the empty one.
    """
    called = called_by(definition)
    return {
        "gspflow": 1,
        "definition": definition,
        "forms": dict(forms),
        "tables": dict(tables),
        "site": {"key": site["key"], "zone": site["zone"]},
        "calendar": calendar or {},
        "parameters": dict(parameters),
        "contracts": {name: _contract(contracts[name]) for name in sorted(called) if name in contracts},
    }


def called_by(definition: JsonObject) -> set[str]:
    """The activities that a definition calls, and their reverse actions; a `start` step calls `cases.start`."""
    found: set[str] = set()
    for step in outline_of(definition).steps:
        found |= {name for name in (step.text("call"), step.text("undo")) if name}
        found |= {START_CASE} if step.text("start") else set()
    return found


def _contract(contract: JsonObject) -> JsonObject:
    return {word: contract.get(word) for word in ("version", "input", "output", "errors", "undo")}
