"""Everything that ships passes; editors accept it; the check is fast enough to run while somebody types."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from workflows.language import words
from workflows.language.check import Checked, check_source
from workflows.language.findings import Report
from workflows.language.schema import process_schema, schema_text
from workflows.language.source import read_yaml

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(ROOT.glob("definitions/*/*/process.yaml"))


def _check(process: Path, catalogue: Any) -> Checked:
    folder = process.parent
    forms = {f"forms/{path.name}": path.read_text("utf-8") for path in folder.glob("forms/*.json")}
    tables = {f"tables/{path.name}": path.read_text("utf-8") for path in folder.glob("tables/*.yaml")}
    cases = folder / "cases.yaml"
    text = cases.read_text("utf-8") if cases.exists() else None
    file = str(process.relative_to(ROOT))
    return check_source(process.read_text("utf-8"), forms, tables, text, catalogue, file)


def _value(text: str) -> Any:
    return read_yaml(text, "f", Report()).value


def _schemas() -> Iterator[dict[str, Any]]:
    yield json.loads((ROOT / "definitions/schema/process.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("process", SHIPPED, ids=lambda path: path.parent.parent.name)
def test_every_shipped_definition_passes(process: Path, catalogue: Any):
    checked = _check(process, catalogue)
    assert checked.errors == [], [finding.as_line("en") for finding in checked.errors]
    assert checked.definition_sha


@pytest.mark.parametrize("process", SHIPPED, ids=lambda path: path.parent.parent.name)
def test_editors_accept_every_shipped_definition(process: Path):
    value = _value(process.read_text("utf-8"))
    for schema in _schemas():
        errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
        assert [(error.json_path, error.message) for error in errors] == []


def test_the_schema_for_editors_is_current_and_valid():
    assert (ROOT / "definitions/schema/process.schema.json").read_text("utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(process_schema())


def test_the_schema_knows_every_word_and_explains_it():
    schema = process_schema()
    step = schema["$defs"]["step"]["properties"]
    assert set(schema["properties"]) == set(words.TOP)
    assert set(step) == set(words.KINDS) | set(words.KEYS)
    for shape in (*schema["properties"].values(), *step.values()):
        assert re.search(r"[\u4e00-\u9fff].* / [A-Za-z]", shape["description"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("task: receiver", "tsk: receiver"),
        ("meaning: received", "meaning: recieved"),
        ("gspflow: 1", "gspflow: 2"),
        ("as: line", "as: 7"),
    ],
)
def test_the_schema_refuses_what_is_wrong(old: str, new: str, draft: Any):
    validator = jsonschema.Draft202012Validator(process_schema())
    assert validator.is_valid(_value(draft.yaml))
    assert not validator.is_valid(_value(draft.replace(old, new).yaml))
