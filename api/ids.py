"""Identifiers in addresses: `{id:word}` ends at a colon, so that `/tasks/{id}:claim` never reads as an id."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class Word(Convertor[str]):
    """A part of an address without slash and colon."""

    regex = "[^/:]+"

    def convert(self, value: str) -> str:
        """The text itself."""
        return value

    def to_string(self, value: str) -> str:
        """The text itself."""
        return value


def register() -> None:
    """Make `{name:word}` known to the router."""
    register_url_convertor("word", Word())
