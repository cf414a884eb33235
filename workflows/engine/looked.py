"""A case as it is looked at to tell why it waits: its rules, its state, the moment, and what the state does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Text
from forms.model import text_of
from workflows.engine.phrases import moment, quoted
from workflows.engine.state import CaseState, Instance
from workflows.language.diagram import plain_title
from workflows.language.model import Model


@dataclass(frozen=True)
class Tried:
    """A call that runs: the number of the attempt, and what the one before it failed of."""

    attempt: int
    fault: Text | None = None


@dataclass(frozen=True)
class Known:
    """What is known beside the state: account → name, other case → its key, path → attempts of its call, and the fields
    whose values are not told to whoever asks."""

    names: Mapping[str, Text] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)
    tries: Mapping[str, Tried] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


class Looked:
    """A case at one moment, with its active instances found once."""

    def __init__(self, model: Model, state: CaseState, now: str, known: Known | None = None) -> None:
        self.model, self.state, self.now = model, state, now
        self.known = known or Known()
        self.active = state.active()
        self.inside: dict[str, list[Instance]] = {}
        for one in self.active:
            above = state.instance_above(one.scope)
            if above is not None:
                self.inside.setdefault(above.path, []).append(one)
        self._labels: dict[str, Text] | None = None

    def time(self, at: str) -> str:
        """A moment at the clock of the site."""
        return moment(at, self.model.zone)

    def person(self, account: str) -> Text:
        """The name of an account."""
        return self.known.names.get(account) or Text(account, account)

    def title(self, instance: Instance) -> Text:
        """What an instance is called: with the values it was opened with, else as the definition says."""
        title: Any = instance.title
        return Text(title["zh"], title["en"]) if title else self.title_of(instance.step)

    def title_of(self, step: str) -> Text:
        """What a step is called in the definition; its id when it has no title."""
        known = self.model.steps.get(step)
        if known is None or known.title is None:
            return Text(step, step)
        return Text(plain_title(known.title.zh.text) or step, plain_title(known.title.en.text) or step)

    def call(self, instance: Instance) -> Text:
        """What the system does at a step: the step's title with the activity, or the activity alone."""
        made: Any = instance.call or {}
        name, step = str(made.get("name") or instance.kind), self.model.steps.get(instance.step)
        if instance.title is None and (step is None or step.title is None):
            return Text(f" {name}", name)
        said = quoted(self.title(instance))
        return Text(f"{said.zh}（{name}）", f"{said.en} ({name})")

    def tried(self, instance: Instance) -> Text | None:
        """How often a call was tried, and what the last attempt failed of; nothing while the first one runs."""
        tried = self.known.tries.get(instance.path)
        if tried is None or (tried.attempt < 2 and tried.fault is None):
            return None
        zh, en = f"第 {tried.attempt} 次尝试", f"attempt {tried.attempt}"
        if tried.fault is None:
            return Text(zh, en)
        return Text(f"{zh}，上一次的错误：{tried.fault.zh}", f"{en}, the last error: {tried.fault.en}")

    def label(self, name: str) -> Text | None:
        """The words of a field in the pinned forms, if any of them has words for it."""
        if self._labels is None:
            self._labels = _labels(self.model)
        return self._labels.get(name)


def _labels(model: Model) -> dict[str, Text]:
    found: dict[str, Text] = {}
    for form in model.forms.values():
        ui: Any = form.get("ui") or {}
        for pointer, hints in (ui.get("fields") or {}).items():
            name = pointer.rpartition("/")[2]
            if hints.get("label"):
                found.setdefault(name, text_of(hints["label"], name))
    return found
