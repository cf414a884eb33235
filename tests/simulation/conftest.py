"""The shipped SOP and small definitions, as simulations take them."""

from __future__ import annotations

from typing import Any

import pytest

from app.published_lock import DEFINITIONS
from app.sop_files import read_source
from app.wiring import catalogue
from services.publishing import Source
from workflows.language.check import Checked, check_source
from workflows.language.findings import Report
from workflows.language.model import Model, load_model
from workflows.language.pinned import pin
from workflows.language.source import read_yaml


@pytest.fixture(scope="session")
def source() -> Source:
    """Receiving, inspection and put-away 1.0.0, as typed."""
    return read_source(DEFINITIONS / "receiving_inspection" / "1.0.0" / "process.yaml")


@pytest.fixture(scope="session")
def checked(source: Source) -> Checked:
    """The same after its check."""
    found = check_source(source.yaml, source.form_texts(), dict(source.tables), source.cases, catalogue())
    assert found.ok
    return found


@pytest.fixture(scope="session")
def model(checked: Checked) -> Model:
    """The same, ready to run."""
    return load_model(pin(checked, {"key": "HQ", "zone": "Asia/Shanghai"}, {}, catalogue().contracts))


@pytest.fixture(scope="session")
def cases(source: Source) -> list[Any]:
    """Its owner's tests."""
    read: Any = read_yaml(source.cases or "", "cases.yaml", Report()).value
    return read["cases"]
