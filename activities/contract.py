"""What a contract is, and the words its schemas are written with."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import Text
from domain.json_types import JsonObject


@dataclass(frozen=True)
class DeclaredError:
    """A business error that is an outcome of the step and must be routed."""

    key: str
    text: Text


@dataclass(frozen=True)
class Contract:
    """One activity as a process owner sees it. `drill` says what a drill does instead of the real thing."""

    name: str
    version: int
    title: Text
    description: Text
    input: JsonObject
    output: JsonObject
    errors: tuple[DeclaredError, ...]
    undo: str | None
    drill: Text

    def as_json(self) -> JsonObject:
        """The contract as the language's catalogue and the pinned set hold it."""
        return {
            "name": self.name,
            "version": self.version,
            "title": dict(self.title.as_json()),
            "description": dict(self.description.as_json()),
            "input": self.input,
            "output": self.output,
            "errors": [
                {"key": e.key, "code": e.key, "zh": e.text.zh, "en": e.text.en, "title": dict(e.text.as_json())}
                for e in self.errors
            ],
            "undo": self.undo,
            "drill": dict(self.drill.as_json()),
        }


def text(title: str) -> JsonObject:
    """A text."""
    return {"type": "string", "title": title}


def integer(title: str) -> JsonObject:
    """A whole number."""
    return {"type": "integer", "title": title}


def number(title: str) -> JsonObject:
    """A decimal number."""
    return {"type": "number", "title": title}


def flag(title: str) -> JsonObject:
    """Yes or no."""
    return {"type": "boolean", "title": title}


def day(title: str) -> JsonObject:
    """A day of the calendar."""
    return {"type": "string", "format": "date", "title": title}


def moment(title: str) -> JsonObject:
    """A moment."""
    return {"type": "string", "format": "date-time", "title": title}


def object_of(properties: JsonObject, required: list[str] | None = None, open_: bool = False) -> JsonObject:
    """An object; all its properties are required unless `required` says which."""
    return {
        "type": "object",
        "additionalProperties": open_,
        "properties": properties,
        "required": list(required if required is not None else properties),
    }


def list_of(items: JsonObject, title: str) -> JsonObject:
    """A list of such items."""
    return {"type": "array", "items": items, "title": title}
