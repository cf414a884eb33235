"""The control-flow patterns (numbers of workflowpatterns.com): one small definition for each that is supported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workflows.language.check import Checked, check_source
from workflows.language.findings import Report
from workflows.language.model import load_model
from workflows.language.pinned import pin
from workflows.language.source import read_yaml

FOLDER = Path(__file__).parent / "patterns"
FILES = sorted(FOLDER.glob("*.yaml"))
SUPPORTED = {*range(1, 8), *range(9, 28), 29, 30, 32, *range(34, 38), 39, 40, 43}
REFUSED = {8, 28, 31, 33, 38, 41, 42}


def checked(path: Path, catalogue: Any) -> Checked:
    text = path.read_text("utf-8")
    forms = {f"forms/{one.name}": one.read_text("utf-8") for one in (FOLDER / "forms").iterdir()}
    used = {name: form for name, form in forms.items() if name in text}
    return check_source(text, used, {}, None, catalogue, file=path.name)


def test_every_supported_pattern_has_its_definition() -> None:
    assert {int(path.name[:2]) for path in FILES} == SUPPORTED
    assert SUPPORTED | REFUSED == set(range(1, 44))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_pattern_checks_clean_and_loads(path: Path, catalogue: Any) -> None:
    found = checked(path, catalogue)
    expected = {"no_end_step"} if path.name.startswith("11_") else set[str]()
    assert {finding.code for finding in found.findings} == expected, [one.as_line("en") for one in found.findings]
    model = load_model(pin(found, {"key": "hz", "zone": "Asia/Shanghai"}, {}, catalogue.contracts))
    assert model.process == f"pattern_{path.stem}"


def test_every_form_beside_the_patterns_is_used() -> None:
    texts = "".join(path.read_text("utf-8") for path in FILES)
    assert all(f"forms/{form.name}" in texts for form in (FOLDER / "forms").iterdir())
    assert all(read_yaml(path.read_text("utf-8"), path.name, Report()).readable for path in FILES)
