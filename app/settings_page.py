"""The page of all settings, made from their definitions so that it cannot grow old."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.settings import ROOT, Settings

PAGE = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Every setting is an environment variable.
On one machine none is needed: `./gspflow up` chooses well and keeps everything in the data folder.
Several machines need at least `GSPFLOW_DATABASE_URL` and `GSPFLOW_TEMPORAL_ADDRESS`.
They also share the folders of secrets and attachments.
This page is made by `./gspflow settings-page`; a test compares it with the code.

| Variable | Default | Meaning |
|---|---|---|
"""


def page() -> str:
    """The Markdown text of `docs/settings.md`."""
    return HEAD + "".join(row(name, field) for name, field in Settings.model_fields.items())


def row(name: str, field: FieldInfo) -> str:
    """One line of the table."""
    return f"| `GSPFLOW_{name.upper()}` | {shown_default(name, field)} | {field.description} |\n"


def shown_default(name: str, field: FieldInfo) -> str:
    """The default in words a reader can use, without the folder this happens to run in."""
    value = field.default
    if name == "data":
        return "`data` beside the launcher"
    if value is None or value == "" or isinstance(value, SecretStr):
        return "empty"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"
