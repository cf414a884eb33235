"""A form that uses the whole dialect: the example of the README, so that what is documented is what is tested."""

from __future__ import annotations

import copy
import pathlib
import re
from collections.abc import Callable
from typing import Any

import pytest

import forms
from domain.canonical import loads
from domain.json_types import JsonObject
from forms.model import Form, load_form

README = pathlib.Path(forms.__file__).with_name("README.md")


def example() -> JsonObject:
    """The example form of the README, a fresh copy."""
    found = re.search(r"```json\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return loads(found.group(1))


@pytest.fixture
def receipt() -> JsonObject:
    return example()


@pytest.fixture(scope="session")
def receipt_form() -> Form:
    return load_form(example())


@pytest.fixture
def photo() -> JsonObject:
    return {"sha256": "a" * 64, "name": "note.jpg", "size": 1234, "media_type": "image/jpeg"}


@pytest.fixture
def entered(photo: JsonObject) -> Callable[..., JsonObject]:
    """What a receiver enters, all right; keyword arguments replace fields."""
    line: JsonObject = {"lot_no": "B240101", "expiry_date": "2027-05-31", "received_quantity": 10}
    right: JsonObject = {"transport_mode": "courier", "delivery_note_file": photo, "lines": [line]}

    def make(**changes: Any) -> JsonObject:
        return {**copy.deepcopy(right), **changes}

    return make
