"""What a definition is checked against: clauses, contracts of activities, roles, meanings, parameters. Given as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.deadlines import Deadline, longest_legal_hours
from domain.json_types import JsonObject
from domain.roles import EXTERNAL_PARTIES, MEANINGS, NEVER_SIGNS, ROLES

NEEDS = frozenset({"ivd_inspector_when_ivd"})
"""Qualifications that `needs` may name unless the caller knows of more."""


@dataclass(frozen=True)
class Catalogue:
    """Everything outside the definition that its words may name.

    ``contracts`` maps an activity's name to ``{version, input, output, errors, undo}`` (``input`` and ``output`` are
    JSON Schemas, ``errors`` the declared business errors, ``undo`` a name or ``None``).
    """

    clauses: frozenset[str]
    process_keys_by_clause: Mapping[str, frozenset[str]] = field(default_factory=dict)
    contracts: Mapping[str, JsonObject] = field(default_factory=dict)
    roles: frozenset[str] = frozenset(ROLES)
    never_signs: frozenset[str] = NEVER_SIGNS
    external_parties: frozenset[str] = frozenset(EXTERNAL_PARTIES)
    meanings: frozenset[str] = frozenset(MEANINGS)
    parameters: frozenset[str] = frozenset()
    needs: frozenset[str] = NEEDS
    legal_hours: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Article → the longest time that it leaves, in hours, and the deadline that says so (``domain.deadlines``)."""

    def errors_of(self, call: str) -> tuple[str, ...]:
        """The declared business errors of an activity; they are outcomes of its ``call``."""
        errors: Any = self.contracts.get(call, {}).get("errors") or ()
        return tuple(str(item.get("key") if isinstance(item, dict) else item) for item in errors)


def catalogue_from(
    clauses: Mapping[str, Any],
    contracts: Mapping[str, JsonObject] | None = None,
    parameters: Iterable[str] = (),
    needs: Iterable[str] = NEEDS,
    deadlines: tuple[Deadline, ...] = (),
) -> Catalogue:
    """The catalogue of the shipped clause file (``articles`` and ``inspection_items``, each with ``id`` and
    ``processes``), the contracts of the activities, the names of the legal parameters, the keys of the qualifications
    and the deadlines; an article that a deadline rests on may be named as a basis too."""
    processes: dict[str, frozenset[str]] = {}
    for section in ("articles", "inspection_items"):
        for entry in clauses.get(section) or ():
            processes[entry["id"]] = frozenset(entry.get("processes") or ())
    return Catalogue(
        clauses=frozenset(processes) | {source for one in deadlines for source in one.sources},
        process_keys_by_clause=processes,
        contracts=dict(contracts or {}),
        parameters=frozenset(parameters),
        needs=frozenset(needs),
        legal_hours=longest_legal_hours(deadlines),
    )
