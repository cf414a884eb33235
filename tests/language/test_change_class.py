"""The class of a change is computed: nothing silent, the whole at least as heavy as each part, the number must fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from workflows.language.change_class import classed, misfit
from workflows.language.diff import classify
from workflows.language.findings import Report
from workflows.language.outline import outline_of
from workflows.language.source import read_yaml

SOP = Path(__file__).resolve().parents[2] / "definitions/receiving_inspection/1.0.0"
ORDER = [None, "patch", "minor", "major"]
Edit = Callable[[Any], None]


def _yaml(path: Path) -> Any:
    return read_yaml(path.read_text("utf-8"), path.name, Report()).value


def _parts() -> Any:
    """The shipped SOP, with a text for everything that the edits touch."""
    forms = {f"forms/{path.name}": json.loads(path.read_text("utf-8")) for path in SOP.glob("forms/*.json")}
    tables = {f"tables/{path.name}": _yaml(path) for path in SOP.glob("tables/*.yaml")}
    return {"definition": _yaml(SOP / "process.yaml"), "forms": forms, "tables": tables}


BASE = _parts()


def _step(parts: Any, name: str) -> Any:
    return outline_of(parts["definition"]).by_id[name].raw


def _patch_title(parts: Any) -> None:
    parts["definition"]["title"] = {"zh": "另一名称", "en": "Another name"}


def _patch_help(parts: Any) -> None:
    _step(parts, "receive")["help"] = {"zh": "看清", "en": "Look"}


def _patch_due(parts: Any) -> None:
    _step(parts, "receive")["due"] = "PT9H"


def _patch_label(parts: Any) -> None:
    fields = parts["forms"]["forms/inspection.v1.json"]["ui"]["fields"]
    next(iter(fields.values()))["label"] = {"zh": "记事", "en": "Memo"}


def _patch_outcome_words(parts: Any) -> None:
    _step(parts, "receive")["outcomes"][0]["zh"] = "点过了"


def _minor_notice(parts: Any) -> None:
    parts["definition"]["steps"].insert(1, {"id": "cc", "notify": ["sales"], "title": {"zh": "抄送", "en": "Copy"}})


def _major_role(parts: Any) -> None:
    _step(parts, "receive")["task"] = "inspector"


def _major_sign(parts: Any) -> None:
    del _step(parts, "receive")["sign"]


def _major_message(parts: Any) -> None:
    parts["definition"]["on_message"] = {"recall_notice": {"keys": "[start.note_no]", "to": "refused"}}


def _major_order(parts: Any) -> None:
    steps = parts["definition"]["steps"]
    steps[0], steps[1] = steps[1], steps[0]


def _major_table(parts: Any) -> None:
    next(iter(parts["tables"].values()))["rules"][0]["when"] = ["77", "77"]


def _major_seal(parts: Any) -> None:
    _step(parts, "done")["seal"] = False


EDITS: dict[str, Edit] = {
    name[1:]: one for name, one in globals().items() if name.startswith(("_patch", "_minor", "_major"))
}


def _after(names: Any) -> Any:
    parts = deepcopy(BASE)
    for name in names:
        EDITS[name](parts)
    return parts


def _class(old: Any, new: Any) -> Any:
    return classify([one.change for one in classed(old, new)])


def test_identical_versions_have_no_class() -> None:
    assert classed(BASE, deepcopy(BASE)) == []


@pytest.mark.parametrize("name", sorted(EDITS))
def test_an_edit_has_the_class_of_its_kind_and_says_why(name: str) -> None:
    found = classed(BASE, _after([name]))
    assert classify([one.change for one in found]) == name.partition("_")[0]
    for one in found:
        assert one.why.zh and one.why.en and one.as_json()["why"]


@settings(max_examples=examples(150), deadline=None)
@given(st.sets(st.sampled_from(sorted(EDITS)), min_size=1))
def test_the_whole_weighs_at_least_as_much_as_each_of_its_parts(names: set[str]) -> None:
    ordered = sorted(names)  # the order of steps is changed before a step is inserted
    whole = _class(BASE, _after(ordered))
    assert ORDER.index(whole) >= max(ORDER.index(_class(BASE, _after([name]))) for name in ordered)


@settings(max_examples=examples(100), deadline=None)
@given(st.sets(st.sampled_from(sorted(EDITS)), min_size=1), st.sets(st.sampled_from(sorted(EDITS))))
def test_a_patch_is_one_in_both_directions_and_so_is_no_change(one: set[str], other: set[str]) -> None:
    first, second = _after(sorted(one)), _after(sorted(other))
    there, back = _class(first, second), _class(second, first)
    for mild in (None, "patch"):
        assert (there == mild) == (back == mild)
    if "minor" in (there, back):
        assert "major" in (there, back), "what was added without harm is not taken away without harm"


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in _leaves(item, (*path, index))]
    return [path]


@pytest.mark.parametrize("path", _leaves(BASE["definition"]), ids=str)
def test_no_change_of_a_definition_is_silent(path: tuple[Any, ...]) -> None:
    changed = deepcopy(BASE)
    holder: Any = changed["definition"]
    for part in path[:-1]:
        holder = holder[part]
    before = holder[path[-1]]
    holder[path[-1]] = (not before) if isinstance(before, bool) else f"{before}x"
    if path == ("version",):
        assert classed(BASE, changed) == []
    else:
        assert classed(BASE, changed), f"{path} changed and nobody is told"


@pytest.mark.parametrize(
    ("edit", "number", "wanted"),
    [
        ("patch_due", "1.2.4", None),
        ("patch_due", "2.0.0", None),
        ("minor_notice", "1.2.4", "1.3.0"),
        ("minor_notice", "1.3.0", None),
        ("major_role", "1.2.4", "2.0.0"),
        ("major_role", "1.9.0", "2.0.0"),
        ("major_role", "2.0.0", None),
    ],
)
def test_a_number_that_says_too_little_is_told_with_the_change_that_makes_it_so(
    edit: str, number: str, wanted: str | None
) -> None:
    changes = [one.change for one in classed(BASE, _after([edit, "patch_title"]))]
    found = misfit("1.2.3", number, changes)
    assert (found.wanted if found else None) == wanted
    if found:
        assert found.change.severity == found.severity == edit.partition("_")[0]
