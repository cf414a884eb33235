"""The rules that a case has had: one pinned set from its start, and one more for each time it changed to another version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from workflows.language.model import Model


class Rulebook:
    """The models of a case by the hashes of their pinned sets."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._models = {model.pinned_sha: model for model in models}

    def by_sha(self, pinned_sha: str) -> Model:
        """The model in force under this hash. Raises ``KeyError`` when it is not at hand."""
        return self._models[pinned_sha]

    def __contains__(self, pinned_sha: object) -> bool:
        return pinned_sha in self._models


def rules_named(records: Iterable[Any]) -> list[str]:
    """The hashes of all rules that a case's records name, those of its start first, each once."""
    found: dict[str, None] = {}
    for record in records:
        detail = record["detail"]
        told = detail.get("to") or {} if record["action"] == "migrated" else detail
        if record["action"] in ("started", "migrated") and told.get("pinned_sha"):
            found[str(told["pinned_sha"])] = None
    return list(found)


def with_earlier(model: Model, earlier: Iterable[Model]) -> Model:
    """The rules in force, with the steps and forms that only earlier versions had: for reading what was done, never for
    deciding."""
    steps, blocks, forms, shas = dict(model.steps), dict(model.block_of), dict(model.forms), dict(model.form_shas)
    for other in earlier:
        steps, blocks = {**other.steps, **steps}, {**other.block_of, **blocks}
        forms, shas = {**other.forms, **forms}, {**other.form_shas, **shas}
    return replace(model, steps=steps, block_of=blocks, forms=forms, form_shas=shas)
