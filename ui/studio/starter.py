"""What a new SOP begins with: the smallest one that passes the check, so that its owner changes instead of inventing."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from services.publishing import Source

FORMS = ("forms/request.v1.json", "forms/data.v1.json")


@cache
def text_of(file: str) -> str:
    """A file of the smallest SOP, as it lies in `first/`."""
    return files("ui.studio").joinpath("first").joinpath(file).read_text("utf-8")


def starter(name: str, zh: str, en: str) -> Source:
    """The texts of a new SOP: a form, the schema of its data, one task, one end."""
    words = {"KEY": name, "NAME_ZH": quoted(zh), "NAME_EN": quoted(en)}
    lines = re.sub("|".join(words), lambda slot: words[slot.group()], text_of("process.yaml"))
    return Source(lines, {form: text_of(form) for form in FORMS}, {}, None)


def quoted(text: str) -> str:
    """A YAML scalar in single quotes: nothing in it is read as YAML."""
    return "'" + text.replace("'", "''").replace("\n", " ") + "'"
